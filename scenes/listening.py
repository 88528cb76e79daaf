"""Sound locks in by power: a diffusion model samples a waveform, and its estimate is heard on the way.

    manim -pql scenes/listening.py

Speech has its power near 250 Hz and no one power law, so its bands do not lock from bass to treble.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np
from manim import FadeIn, FadeOut
from manim_spectral.scenes.hearing import Hearing

import spectral
from manim_spectral.mobjects.picture import Picture
from manim_spectral.views.run_view import PanelContent, RunView
from spectral import InputError, MelSettings, Trajectory
from spectral.trajectory.trajectory import Modality

FRAMES = 128  # columns of the spectrogram, about
RANGE = 60.0  # dB from the strongest place of the final spectrogram to black
SCALE = (-160.0, 40.0)  # dB: wide enough for any sound


class Listening(Hearing):
    """The estimate as a waveform and as a spectrogram; the octaves, each with its own lock; and the sound."""

    modality: ClassVar[Modality] = "waveform"

    def suited(self, trajectory: Trajectory) -> Trajectory:
        super().suited(trajectory)
        if not trajectory.sample_rate:
            raise InputError("trajectory without a sample rate, expected one to be heard")
        return trajectory

    @property
    def sr(self) -> int:
        return self.run.trajectory.sample_rate

    def sound_of(self, signal: np.ndarray) -> np.ndarray:
        return signal.mean(axis=0)

    # -- panels --------------------------------------------------------------------------------------------

    def views_of(self, run: RunView) -> tuple[PanelContent, PanelContent]:
        wave = run.views[1]
        spectrogram = PanelContent("its mel spectrogram", "", self.spectrogram, filled, across=wave.across)
        return (wave, spectrogram)

    @cached_property
    def _mel(self) -> MelSettings:
        hop = 2 ** max(4, round(np.log2(self.run.trajectory.sample.shape[-1] / FRAMES)))
        top = min(8000.0, self.sr / 2)
        return MelSettings(self.sr, max(1024, 4 * hop), hop, 64, 0.0, top, *SCALE)

    def _decibels(self, signal: np.ndarray) -> np.ndarray:
        picture = spectral.log_mel(self.sound_of(signal), settings=self._mel)
        return SCALE[0] + (picture + 1) / 2 * (SCALE[1] - SCALE[0])

    @cached_property
    def _loudest(self) -> float:
        return float(self._decibels(self.run.trajectory.sample).max())

    def spectrogram(self, step: int) -> np.ndarray:
        """(mels, frames) of the estimate in [-1, 1], high mels on top, on a scale fixed over the run."""
        below = self._loudest - self._decibels(self.run.trajectory.denoised[step])
        return 1 - 2 * below[::-1] / RANGE

    # -- beats ---------------------------------------------------------------------------------------------

    def noise(self) -> None:
        stage = self.panels
        # It starts with what the sampler holds; the spectrogram comes later.
        self.panels = self.opening = [
            self.panel(view, box) for view, box in zip(self.run.views, self.layout.panels, strict=True)
        ]
        self.views, shown = self.run.views, self.views
        super().noise()
        self.panels, self.views = stage, shown

    def bands(self) -> None:
        super().bands()
        # The viewer sees: the estimate alone, as a waveform and as a spectrogram.
        self.show_step(0)
        self.play(FadeOut(*self.opening), FadeIn(*self.panels), run_time=0.8)


def filled(array: np.ndarray, width: float, height: float) -> Picture:
    """A picture stretched over a room: its sides are no lengths that could be compared."""
    return Picture(array, height=height).stretch_to_fit_width(width)
