"""How full the bands of two ways of writing are after each step, one octave a step."""

from __future__ import annotations

import numpy as np

import spectral

AHEAD = 4.0  # signal over noise in the band that a step is about


def soft_order(count: int) -> np.ndarray:
    """(steps, bands) the closed form's explained fraction, where every octave has a quarter of the power of
    the one below it and every step a quarter of the noise of the one before."""
    step, band = np.ogrid[:count, :count]
    return spectral.explained_fraction(AHEAD * 4.0 ** (step - band), stochastic=True)


def hard_order(count: int) -> np.ndarray:
    """(steps, bands) of a writer that finishes one band before it begins the next."""
    return np.tri(count)
