"""The autoregressive walk to a run's sample as a scene needs it: measured once, on a clock of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import spectral
from spectral import Band


class WalkMeasures:
    """A walk, and how much of each band its estimates explain.

    The clock runs from 0, the first coefficient, to 1, the last, in even steps of the logarithm of how many
    are written: an octave of frequency takes as long as the next.

    Attributes
    ----------
    walk
        That ends at the sample.
    band
        (rows, columns) band of each coefficient.
    total
        How many coefficients there are.
    times
        (moments,) of the walk's kept moments on the clock.
    explained
        (moments, bands) explained fractions, seen mirrored.
    softness
        Octaves written at once.
    """

    def __init__(self, sample: np.ndarray, bands: Sequence[Band]) -> None:
        self.walk = spectral.dct_walk(sample)
        self.total = len(self.walk.order)
        self.times = np.log(np.maximum(self.walk.written, 1)) / np.log(self.total)
        self.explained = spectral.mirrored_explained(self.walk.estimates, sample, bands)
        self.softness = spectral.softness(self.explained, bands)
        rows, columns = sample.shape[1:]
        # The mirrored picture's DFT holds each coefficient at its own index.
        masks = spectral.band_masks((2 * rows, 2 * columns), bands)[:, :rows, :columns]
        self.band = masks.argmax(axis=0)

    @property
    def size(self) -> np.ndarray:
        """(rows, columns) of each coefficient, over all channels."""
        return np.sqrt((self.walk.coefficients**2).sum(axis=0))

    def count_at(self, moment: float) -> int:
        """How many coefficients are written at a moment of the clock, 0 to 1."""
        return round(self.total ** float(np.clip(moment, 0, 1)))
