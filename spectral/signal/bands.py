"""Frequency bands: what they are, and the octaves of pictures and of sound.

Pictures are cut into octaves of cycles per picture; sound into the octaves of acoustics, whose midband
frequencies are ``1000 * 2^j`` Hz and whose edges lie half an octave on either side (IEC 61260, in base
two; the familiar 31.5 and 63 Hz are rounded names of 31.25 and 62.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.signal.power import EDGE_TOLERANCE
from spectral.signal.units import PER_PIXEL, FrequencyUnit

LOWEST_OCTAVE = -5  # 1000 * 2^-5 is 31.25 Hz


@dataclass(frozen=True)
class Band:
    """A range of radial frequency, ``low <= |f| < high``.

    Attributes
    ----------
    low, high
        Edges, ``0 < low < high``, in cycles per pixel or sample.

    Raises
    ------
    InputError
        If the edges are not in order, not finite, or `low` is not above 0. (The lowest of several bands takes
        what lies below it, so no band needs to start at 0.)

    Examples
    --------
    >>> spectral.Band(0.1, 0.4).centre
    0.2
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < np.inf:
            raise InputError(f"band: found low {self.low} and high {self.high}, expected 0 < low < high")

    @property
    def centre(self) -> float:
        """Geometric mean of the edges."""
        return float(np.sqrt(self.low * self.high))


class Bands(tuple[Band, ...]):
    """Bands that join: lowest first, each starting where the one before it ends.

    A tuple of `Band`, and what is asked of all of them at once.

    Parameters
    ----------
    bands
        Lowest first.

    Raises
    ------
    InputError
        If there is no band, one is none, or the bands leave a gap or overlap.

    Examples
    --------
    >>> spectral.Bands.between([1, 3, 12], unit=spectral.FrequencyUnit.per("image", 64)).edges()
    array([0.015625, 0.046875, 0.1875  ])
    """

    __slots__ = ()

    def __new__(cls, bands: Iterable[Band]) -> Bands:
        try:
            joined = super().__new__(cls, bands)
        except TypeError:
            raise InputError(f"bands: found {bands!r}, expected Bands, as Bands.between makes") from None
        if not joined:
            raise InputError("bands: found none, expected at least one")
        for band in joined:
            if not isinstance(band, Band):
                raise InputError(f"bands: found {band!r}, expected a Band, as Bands.between makes them")
        for below, above in pairwise(joined):
            if abs(above.low - below.high) > EDGE_TOLERANCE * below.high:
                raise InputError(
                    f"bands: found {above.low} after {below.high}, expected each to start where the last ends"
                )
        return joined

    @classmethod
    def between(cls, edges: ArrayLike, *, unit: FrequencyUnit = PER_PIXEL) -> Bands:
        """The bands that lie between edges, shape ``(bands + 1,)``, rising, in `unit`."""
        in_cycles = np.asarray(edges, dtype=np.float64) / unit.scale
        return cls(Band(low, high) for low, high in pairwise(in_cycles.tolist()))

    def edges(self, unit: FrequencyUnit = PER_PIXEL) -> NDArray[np.float64]:
        """Edges of the bands, shape ``(bands + 1,)``, in `unit`."""
        return unit.scale * np.array([*(band.low for band in self), self[-1].high])

    def centres(self, unit: FrequencyUnit = PER_PIXEL) -> NDArray[np.float64]:
        """Geometric mean of each band's edges, shape ``(bands,)``, in `unit`."""
        return unit.scale * np.array([band.centre for band in self])


def octave_bands(shape: tuple[int, ...]) -> Bands:
    """Octaves from one cycle per signal up.

    A picture's last octave is the one that Nyquist falls in, ``[0.5, 1)`` where its shorter side is a power
    of two: that one holds the frequencies at Nyquist and in the corners. In one dimension it would hold a
    single frequency, which is left to the octave below.

    Parameters
    ----------
    shape
        Shape of one signal, ``(samples,)`` or ``(height, width)``. One cycle per signal is one cycle over the
        shorter side.

    Returns
    -------
    bands
        Lowest first, in cycles per sample or pixel, each starting where the one before it ends. A picture of
        64 x 64 has 6, of 128 x 128 has 7, of 256 x 256 has 8.

    Raises
    ------
    InputError
        If a side is shorter than 2.

    Examples
    --------
    >>> spectral.octave_bands((64, 64)).edges(spectral.FrequencyUnit.per("image", 64))
    array([ 1.,  2.,  4.,  8., 16., 32., 64.])
    """
    if len(shape) not in (1, 2) or min(shape) < 2:
        raise InputError(
            f"octave bands: found {tuple(shape)}, expected a signal of one or two sides of 2 or more"
        )
    side = min(shape)
    # The number of powers of two from 1 up to Nyquist, side / 2: reached by a picture's, not by a waveform's.
    last = side // 2 if len(shape) == 2 else max((side - 1) // 2, 1)
    return Bands.between(2.0 ** np.arange(last.bit_length() + 1), unit=FrequencyUnit.per("signal", side))


def sound_bands(n_samples: int, *, sr: float) -> Bands:
    """Octaves of acoustics, as far as a sound reaches.

    Parameters
    ----------
    n_samples
        Length of one signal, which sets how fine its frequencies are.
    sr
        Samples per second.

    Returns
    -------
    bands
        Lowest first, centred on 31.25, 62.5, 125, 250, 500, 1000 ... Hz, in cycles per sample. Only those are
        there in which the signal has a frequency: a short clip lacks the lowest, and the last is the one that
        Nyquist falls in. At 16 kHz there are 9, the last centred on 8000 Hz.

    Raises
    ------
    InputError
        If `n_samples` or `sr` is not above 0, or the signal has no frequency above 22 Hz.

    Examples
    --------
    >>> bands = spectral.sound_bands(8000, sr=8000)
    >>> bands.centres(spectral.FrequencyUnit.hertz(8000)).round(1)
    array([  31.2,   62.5,  125. ,  250. ,  500. , 1000. , 2000. , 4000. ])
    """
    if not (n_samples > 0 and 0 < sr < np.inf):
        raise InputError(f"sound bands: found {n_samples} samples at {sr} Hz, expected both above 0")
    freq = np.arange(1, n_samples // 2 + 1) * (sr / n_samples)
    # No gap: above the first octave with a frequency in it, each is wider than the step between frequencies.
    octave = np.unique(np.floor(np.log2(freq / 1000) + 0.5))
    octave = octave[octave >= LOWEST_OCTAVE]
    if not octave.size:
        raise InputError(
            f"sound bands: found {n_samples} samples at {sr:g} Hz, "
            "expected a sound with frequencies above 22 Hz"
        )
    edges = 1000 * 2 ** (np.append(octave, octave[-1] + 1) - 0.5)
    return Bands.between(edges, unit=FrequencyUnit.hertz(sr))
