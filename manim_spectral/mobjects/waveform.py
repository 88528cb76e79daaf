"""Waveform: sound as a line, drawn from the least and greatest sample of every pixel column."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import DOWN, RIGHT, UP, Line, ManimColor, config
from PIL.Image import Resampling

from manim_spectral import theme
from manim_spectral.mobjects.picture import Picture

THICKNESS = 1 / 55  # of the line, in heights of the picture, where that is more than a pixel and a half
FINER = 4  # points a column, where samples are further apart than columns


def envelope(samples: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """(..., columns) least and greatest value in each column of the line through `samples`, (..., n)."""
    count = samples.shape[-1]
    if count < FINER * columns:
        at = np.linspace(0, count - 1, FINER * columns + 1)
        below = np.minimum(at.astype(int), count - 2)
        samples = samples[..., below] + (at - below) * (samples[..., below + 1] - samples[..., below])
        count = samples.shape[-1]
    starts = np.arange(columns) * count // columns
    low = np.minimum.reduceat(samples, starts, axis=-1)
    high = np.maximum.reduceat(samples, starts, axis=-1)
    # Each column reaches to where the next begins, so that a steep line has no gaps.
    ends = samples[..., np.append(starts[1:], count - 1)]
    return np.minimum(low, ends), np.maximum(high, ends)


def wave_raster(
    samples: np.ndarray, *, shape: tuple[int, int], limit: float, colour: ManimColor | str | None = None
) -> np.ndarray:
    """The line through samples as uint8 pixels (rows, columns, 3), with soft edges.

    Parameters
    ----------
    samples
        (channels, n), at least two of them; each channel has a lane of its own, the first on top.
    shape
        Rows and columns.
    limit
        The value at a lane's edge; what lies beyond is cut there.
    """
    rows, columns = shape
    low, high = envelope(samples, columns)
    lane = rows / len(samples)
    half = max(0.75, THICKNESS * rows / 2)
    centre = (np.arange(len(samples)) + 0.5)[:, None] * lane
    reach = lane / 2 - half
    top = centre - np.clip(high / limit, -1, 1) * reach - half
    bottom = centre - np.clip(low / limit, -1, 1) * reach + half
    row = np.arange(rows)[:, None]
    covered = np.zeros((rows, columns))
    for above, below in zip(top, bottom, strict=True):
        covered += (np.minimum(row + 1, below) - np.maximum(row, above)).clip(0, 1)
    ground = np.array(ManimColor(theme.palette.panel).to_rgb())
    line = np.array(ManimColor(colour or theme.palette.signal).to_rgb())
    return np.rint(255 * (ground + covered.clip(0, 1)[..., None] * (line - ground))).astype(np.uint8)


class Waveform(Picture):
    """A waveform in a rectangle of its own, as sharp as the film.

    Parameters
    ----------
    samples
        (channels, n).
    width, height
        In manim units.
    limit
        The value at the rectangle's edge.
    """

    def __init__(
        self, samples: np.ndarray, width: float, height: float, *, limit: float, **kwargs: Any
    ) -> None:
        pixels = config.pixel_width / config.frame_width
        self.limit, self.shape = limit, (max(8, round(height * pixels)), max(8, round(width * pixels)))
        super().__init__(samples, height=height, **kwargs)
        self.stretch_to_fit_width(width)

    @property
    def _resampling(self) -> Resampling:
        return Resampling.BILINEAR

    def set_array(self, array: np.ndarray) -> Self:
        """Show other samples, (channels, n)."""
        return super().set_array(wave_raster(array, shape=self.shape, limit=self.limit))


class Playhead(Line):
    """An upright line that stands where a sound is being played."""

    def __init__(self, over: Picture) -> None:
        super().__init__(over.get_bottom(), over.get_top())
        self.set_stroke(theme.palette.signal, theme.BOLD)
        self.over = over
        self.set_at(0.0)

    def set_at(self, share: float) -> Self:
        """Stand at a share of the sound, 0 to 1."""
        left = self.over.get_left() + float(np.clip(share, 0, 1)) * self.over.width * RIGHT
        half = self.over.height / 2
        self.put_start_and_end_on(left + half * DOWN, left + half * UP)
        return self
