"""On spectrograms the story of pictures returns: a diffusion model samples one, and it is heard on the way.

    manim -pql scenes/cepstrum.py

A log-mel spectrogram taken as a picture has a falling spectrum, near a power law as photographs are, so its
bands lock from coarse to fine. The spectrum of a log spectrum is a cepstrum (Bogert, Healy and Tukey, 1963):
hence cepstral autoregression. What is heard is the spectrogram inverted, its phases invented.
"""

from __future__ import annotations

from functools import cached_property

from manim import Create, FadeIn, FadeOut, Group, Rectangle, Transform, smooth, squish_rate_func

import spectral
from manim_spectral import theme
from manim_spectral.mobjects.law_plot import LawPlot
from manim_spectral.mobjects.picture import Picture
from manim_spectral.mobjects.spectrum_plot import LEFT_OF_PLOT, UNDER_PLOT
from manim_spectral.sources import material, settings
from manim_spectral.sources.recordings import LOUDNESS
from manim_spectral.stage.layout import Box
from manim_spectral.stage.run_scene import RunScene
from manim_spectral.stage.run_sound import RunSound, faded, hearable
from manim_spectral.views.collection import Collection
from manim_spectral.views.run_view import RunView
from manim_spectral.views.spectra import SignalSpectra
from spectral import MelSettings, Trajectory


class Cepstrum(RunScene):
    """Real spectrograms and the power law of their spectra; then the image stage with mels upward and time
    to the right."""

    modality = "mel"
    run_time = 7.0  # seconds in which the clock moves
    moments_heard = 8
    count = 8  # spectrograms, at most
    examples = 2  # of them heard
    compared = 60  # photographs, at most
    least_mels = 8  # fewer have no line worth drawing
    near = 2.0  # decibels: about as far as the furthest of the carried photographs lies off its own line
    gap = 0.16  # between spectrograms

    def construct(self) -> None:
        self.open()
        # The viewer sees: spectrograms of real clips, two of them heard, and the power law of their spectra;
        if self.mel.n_mels >= self.least_mels:
            self.gather()
            self.spectrograms()
            self.power_law()
        # then a run as of pictures, which stops to play its estimates, its order, and a free run.
        self.noise()
        self.bands()
        self.lock_in()
        self.writing()
        if self.free is not None:
            self.free_run(self.free)

    def suited(self, trajectory: Trajectory) -> Trajectory:
        return hearable(trajectory, "mel")

    @cached_property
    def mel(self) -> MelSettings:
        return MelSettings.from_dict(self.run.trajectory.mel or {})

    def sound_of(self, run: RunView) -> RunSound:
        return RunSound(
            self.mel.sr, lambda signal: spectral.mel_to_audio(signal[0], settings=self.mel), panel=1
        )

    # -- before the run ------------------------------------------------------------------------------------

    def gather(self) -> None:
        """Spectrograms of clips, as wide as they are high, and their spectra beside those of photographs."""
        mel = self.mel
        seconds = mel.n_mels * mel.hop_length / mel.sr
        clips = material.clips(self.settings, self.count, seconds=seconds, sr=mel.sr)
        photographs = material.pictures(self.settings, self.compared)
        with settings.one_line_errors():
            sounds = [clip.sound.samples[0] for clip in clips]
            self.clips = [faded(y, sr=mel.sr) for y in sounds]
            levelled = [spectral.level(y, sr=mel.sr, loudness=LOUDNESS) for y in sounds]
            self.mels = [spectral.log_mel(y, settings=mel) for y in levelled]
            self.gathered = SignalSpectra.spectrograms(self.mels)
            self.photographs = Collection(photographs).law

    @property
    def halves(self) -> tuple[Box, Box]:
        body = self.layout.body
        return body.columns(0.7) if body.wide else body.rows(0.4)

    def spectrograms(self) -> None:
        # The viewer sees and hears: spectrograms of real clips, side by side like photographs.
        self.beat(
            "spectrograms",
            "A spectrogram turns a sound into a picture: time to the right, pitch upward, the "
            "logarithm of the power as brightness.",
        )
        mel, count = self.mel, len(self.mels)
        self.pictures = self.grid(self.layout.body)
        footer = self.sign(
            f"{count} clip{'s' * (count > 1)} · {mel.n_mels} mels upward, "
            f"{self.mels[0].shape[-1] * mel.hop_length / mel.sr:.1f} s to the right",
            "measured",
        )
        self.about = footer
        self.play(
            *self.headline("The logarithm of a sound’s spectrum, as a picture"),
            FadeIn(self.pictures, footer),
            run_time=1,
        )
        for k in range(min(self.examples, count)):
            self.play_example(k)
        self.wait(1.9)

    def grid(self, room: Box) -> Group:
        """The spectrograms in rows that fill a room, low mels at the bottom."""
        count = len(self.mels)
        columns = max(
            range(1, count + 1),
            key=lambda n: min((room.width + self.gap) / n, (room.height + self.gap) / -(-count // n)),
        )
        rows = -(-count // columns)
        pitch = min((room.width + self.gap) / columns, (room.height + self.gap) / rows)
        pictures = Group(*[Picture(mel[::-1], height=pitch - self.gap) for mel in self.mels])
        for k, picture in enumerate(pictures):
            row, column = divmod(k, columns)
            picture.move_to((column * pitch, -row * pitch, 0.0))
        return pictures.move_to(room.centre)

    def play_example(self, k: int) -> None:
        """Play a clip, a playhead moving over its spectrogram."""
        picture, y = self.pictures[k], self.clips[k]
        frame = Rectangle(width=picture.width, height=picture.height).move_to(picture)
        frame.set_stroke(theme.palette.signal, theme.LINE)
        self.play_sound(y, sr=self.mel.sr, over=picture, movers=[frame])
        self.remove(frame)

    def power_law(self) -> None:
        # The viewer sees: the spectra of these pictures, their mean, and the line that it comes near.
        law, theirs = self.gathered.law, self.photographs
        near = law.residual_db < self.near
        self.beat(
            "cepstrum",
            "The spectrum of a log spectrum is a cepstrum. Here it falls with an exponent of "
            f"{law.exponent:.1f}, for photographs {theirs.exponent:.1f}{': a power law again' * near}. "
            "So diffusion on spectrograms is cepstral autoregression.",
        )
        room = self.halves[1]
        inside = Box(room.left + LEFT_OF_PLOT, room.bottom + UNDER_PLOT, room.right - 0.15, room.top - 0.1)
        of = self.gathered
        plot = LawPlot(
            of.freq,
            of.power,
            of.mean,
            law,
            meaning=(
                f"rms off the line of exponent {law.exponent:.1f}",
                f"photographs: {theirs.residual_db:.1f} dB, exponent {theirs.exponent:.1f}",
            ),
            edges=of.edges,
            ticks=of.ticks,
            power_range=of.power_range,
            axis_label=of.axis_label,
            width=inside.width,
            height=inside.height,
        )
        self.law_plot = plot.shift(inside.centre - plot.frame.get_center())
        headline = "Their spectrum, a cepstrum: a power law again" if near else "Their spectrum, a cepstrum"
        places = self.grid(self.halves[0])
        moves = [Transform(picture, place) for picture, place in zip(self.pictures, places, strict=True)]
        late = squish_rate_func(smooth, 0.5, 1)
        self.play(
            *self.headline(headline),
            *moves,
            FadeIn(plot.empty, plot.singles, plot.moving, rate_func=late),
            run_time=1.4,
        )
        self.play(Create(plot.line), run_time=0.8)
        self.play(FadeIn(plot.miss, plot.words), run_time=0.6)
        self.wait(4.5)
        self.play(FadeOut(*self.others()), run_time=0.5)
