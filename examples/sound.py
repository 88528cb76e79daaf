"""A voice out of noise, heard at its end: which octaves come back first.

manim -pql examples/sound.py
"""

from manim import DOWN, Group, Scene

import spectral
from manim_spectral import BandRack, Waveform
from spectral.assets import carried


class Sound(Scene):
    def construct(self):
        clip = carried("clips", "speech_do_not_disturb.flac")
        sound = spectral.read_audio(clip)
        run = spectral.wiener_bridge(sound.samples[0], sr=sound.sr, source="do not disturb")
        wave, rack = Waveform.of(run, width=12, height=2.5), BandRack.of(run, width=12)
        self.add(Group(wave, rack).arrange(DOWN, buff=0.8))
        self.play(wave.animate.set_moment(1), rack.animate.set_moment(1), run_time=6)
        self.add_sound(clip)
        self.wait(sound.samples.shape[1] / sound.sr)
