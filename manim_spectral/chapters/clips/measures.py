"""What is measured of the clips' spectra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import spectral
from manim_spectral.views.spectra import SignalSpectra

FAR_WORSE = 2.0  # times: a line that misses sounds by so much more than photographs does not fit them


def line_fits(sounds: SignalSpectra, photographs: SignalSpectra) -> bool:
    """Whether the straight line comes about as near to the sounds as to the photographs."""
    return sounds.law.residual_db <= FAR_WORSE * photographs.law.residual_db


def falls_above(spectra: SignalSpectra, freq: float) -> bool:
    """Whether the mean falls more steeply than 1/f over the two octaves and more above a frequency."""
    if spectra.freq[-1] < 4 * freq:
        return False
    return spectral.fit_power_law(spectral.log_mean(spectra.each), low=freq).exponent > 1


def bands_of(freq: Sequence[float], spectra: SignalSpectra) -> np.ndarray:
    """The band in which each frequency lies, that beyond the last edge in the last."""
    bands = np.searchsorted(spectra.edges, freq, side="right") - 1
    return np.clip(bands, 0, len(spectra.edges) - 2)
