"""CoefficientPlane: the coefficients of a picture, lit one by one as they are written."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import ManimColor
from PIL.Image import Resampling

from manim_spectral import theme
from manim_spectral.mobjects.picture import Picture

PIXELS = 384  # a side of the raster
FAINTEST = 0.35  # brightness of the weakest coefficient of a band once it is written


class CoefficientPlane(Picture):
    """Cells from coarse (top left) to fine, each octave as wide as the next, in the colours of the bands.

    Index ``k`` of an axis of ``n`` lies between ``log2(1 + k)`` and ``log2(2 + k)`` of ``log2(1 + n)``. Where
    cells are finer than the raster it shows every second, fourth ... of them. A cell is dark until it is
    written; then it is the brighter the larger its coefficient is among those of its band.

    Parameters
    ----------
    rank
        (rows, columns) places of the coefficients in the order of writing, 0 first.
    band
        (rows, columns) band of each, 0 the lowest; at most `count` - 1.
    size
        (rows, columns) magnitudes, 0 or above.
    """

    def __init__(
        self, rank: np.ndarray, *, band: np.ndarray, size: np.ndarray, count: int, height: float
    ) -> None:
        cells = np.ix_(*(self._cells(side) for side in rank.shape))
        self.rank = rank[cells]
        colours = np.array([colour.to_rgb() for colour in theme.band_colours(count)])
        ground = np.array(ManimColor(theme.palette.panel).to_rgb())
        share = (FAINTEST + (1 - FAINTEST) * self._ranked(size, band))[cells][..., None]
        lit = ground + share * (colours[band[cells]] - ground)
        self.lit = np.rint(255 * lit).astype(np.uint8)
        self.dark = np.rint(255 * ground).astype(np.uint8)
        super().__init__(np.broadcast_to(self.dark, self.lit.shape), height=height)
        self.count = 0

    @staticmethod
    def _cells(side: int) -> np.ndarray:
        """(PIXELS,) index of the cell that each pixel of a side shows."""
        octaves = (np.arange(PIXELS) + 0.5) / PIXELS * np.log2(1 + side)
        return (2**octaves).astype(int).clip(1, side) - 1

    @staticmethod
    def _ranked(size: np.ndarray, band: np.ndarray) -> np.ndarray:
        """Share of its band's cells that each is at least as large as, 0 to 1."""
        share = np.ones(size.shape)
        for number in np.unique(band):
            inside = band == number
            order = np.argsort(np.argsort(size[inside]))
            share[inside] = order / max(order.max(), 1)
        return share

    @property
    def _resampling(self) -> Resampling:
        return Resampling.NEAREST

    def set_count(self, count: int) -> Self:
        """Light the first `count` cells."""
        self.count = count
        written = (self.rank < count)[..., None]
        return self.set_array(np.where(written, self.lit, self.dark))
