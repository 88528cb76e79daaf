"""Sound locks in by power: a diffusion model samples a waveform, and its estimate is heard on the way.

manim -pql scenes/listening.py
"""

from __future__ import annotations

from manim import FadeIn, FadeOut

from manim_spectral.chapters.listening.measures import Spectrograms
from manim_spectral.stage.run_scene import RunScene
from manim_spectral.stage.run_sound import RunSound, hearable
from manim_spectral.views.run_view import PanelContent, RunView
from spectral import Trajectory


class Listening(RunScene):
    """The estimate as a waveform and as a spectrogram; the octaves, each with its own lock; and the sound."""

    modality = "waveform"
    run_time = 7.0  # seconds in which the clock moves

    def construct(self) -> None:
        self.open()
        # The viewer sees: noise as a waveform, and the model's first guess;
        self.noise()
        # its spectrum under water; then the estimate alone, as a waveform and as a spectrogram;
        self.bands()
        # and hears: the run, which stops to play its estimates; when each octave was written; a free run.
        self.lock_in()
        self.writing()
        if self.free is not None:
            self.free_run(self.free)

    def suited(self, trajectory: Trajectory) -> Trajectory:
        return hearable(trajectory, "waveform")

    def sound_of(self, run: RunView) -> RunSound:
        return RunSound(run.trajectory.sample_rate or 0, lambda signal: signal.mean(axis=0))

    def contents(self, run: RunView) -> tuple[PanelContent, PanelContent]:
        wave = run.views[1]
        spectrograms = Spectrograms(run.trajectory)
        return wave, PanelContent("its mel spectrogram", "", spectrograms.at, "stretched", across=wave.across)

    def noise(self) -> None:
        # It starts with what the sampler holds; the spectrogram comes later.
        of = self.display
        panels, of.panels = (
            of.panels,
            [of.panel(content, box) for content, box in zip(self.run.views, self.layout.panels, strict=True)],
        )
        super().noise()
        self.opening, of.panels = of.panels, panels

    def bands(self) -> None:
        super().bands()
        self.play(FadeOut(*self.opening), FadeIn(*self.display.panels), run_time=0.8)
