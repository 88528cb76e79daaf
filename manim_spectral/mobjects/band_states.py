"""What a rack of bands shows: those of an estimate as they lock, or of a clip as noise drowns it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from manim_spectral import theme
from manim_spectral.mobjects.pace import Pace
from manim_spectral.mobjects.waveform import line_pixels
from manim_spectral.views.run_view import RunView
from manim_spectral.views.waveforms import Clip


class BandStates(Protocol):
    """Pictures, meters and locks of all bands, lowest first."""

    def pictures(self, step: int) -> list[np.ndarray]:
        """Of each band, as `Picture` takes it."""

    def values(self, step: int) -> np.ndarray:
        """(bands,) how far each meter is filled, 0 to 1."""

    def locked(self, step: int) -> np.ndarray:
        """(bands,) which count as locked."""

    def closed(self, moment: float, pace: Pace) -> list[float]:
        """How far each lock is closed, 0 to 1."""


def coloured(run: RunView, pictures: list[np.ndarray]) -> list[np.ndarray]:
    """A run's band pictures as `Picture` takes them; where they are lines, in the bands' colours."""
    if not run.bands_are_lines:
        return pictures
    colours = theme.band_colours(len(pictures))
    return [line_pixels(picture, colour) for picture, colour in zip(pictures, colours, strict=True)]


class EstimateBands:
    """The bands of a run's denoised estimate: a lock closes when its band is settled."""

    def __init__(self, run: RunView) -> None:
        self.run = run

    def pictures(self, step: int) -> list[np.ndarray]:
        return coloured(self.run, self.run.band_pictures(step))

    def values(self, step: int) -> np.ndarray:
        return self.run.lock.explained[step]

    def locked(self, step: int) -> np.ndarray:
        return self.run.lock.step <= step

    def closed(self, moment: float, pace: Pace) -> list[float]:
        return [pace.closed(moment, self.run.moment_of(int(step))) for step in self.run.lock.step]


class NoisyBands:
    """The bands of a noisy clip, seen backwards: a lock opens when its band goes under by the closed form."""

    def __init__(self, run: Clip) -> None:
        self.run = run

    def pictures(self, step: int) -> list[np.ndarray]:
        return coloured(self.run, self.run.noisy_bands(step))

    def values(self, step: int) -> np.ndarray:
        return self.run.lock.expected[step]

    def locked(self, step: int) -> np.ndarray:
        return self.run.lock.predicted <= step

    def closed(self, moment: float, pace: Pace) -> list[float]:
        return [1 - pace.opened(moment, under) for under in self.run.expected]
