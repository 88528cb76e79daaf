"""Band-pass parts of a signal, and what power is in each.

Bands partition the DFT grid by radial frequency: every frequency belongs to exactly one band, the lowest band
taking all that lies below it (DC included) and the highest all that lies above (the corners of a picture's
spectrum). The band-pass part of a signal is the inverse transform of its spectrum inside the band. Since the
bands are disjoint and leave nothing out,

    sum_b part_b = x            and            sum_b mean(part_b^2) = mean(x^2)

both to rounding: no filter bank with overlapping skirts has the second property.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from spectral.errors import InputError
from spectral.signal.bands import Band, Bands
from spectral.signal.power import EDGE_TOLERANCE, as_field, bin_sums, folded_power, radial_frequency
from spectral.signal.units import PER_PIXEL, FrequencyUnit


def band_index(shape: tuple[int, ...], bands: Sequence[Band]) -> NDArray[np.intp]:
    """Band of every point of the DFT grid, as a position in `bands`; see `band_masks`."""
    edges = Bands(bands).edges()[1:-1]
    return np.searchsorted(edges * (1 - EDGE_TOLERANCE), radial_frequency(shape), side="right")


def half_band_index(shape: tuple[int, ...], bands: Sequence[Band]) -> NDArray[np.intp]:
    """Band of every point of the half grid, where the last axis stops at Nyquist."""
    return band_index(shape, bands)[..., : shape[-1] // 2 + 1]


def band_masks(shape: tuple[int, ...], bands: Sequence[Band]) -> NDArray[np.bool_]:
    """Partition of the DFT grid into bands.

    Parameters
    ----------
    shape
        Shape of one signal, ``(samples,)`` or ``(height, width)``.
    bands
        Lowest first, without gaps or overlaps.

    Returns
    -------
    masks
        Shape ``(bands, *shape)``. Each frequency is true in exactly one mask: the lowest takes everything
        below it, the highest everything above. A band narrower than the grid may be empty.

    Raises
    ------
    InputError
        If there is no band, or the bands leave a gap or overlap.

    Examples
    --------
    >>> masks = spectral.band_masks((64, 64), spectral.octave_bands((64, 64)))
    >>> masks.sum(axis=(1, 2))
    array([   9,   36,  148,  600, 2412,  891])
    """
    index = band_index(shape, bands)
    return index == np.arange(len(bands)).reshape(-1, *[1] * len(shape))


def split(field: ArrayLike, bands: Sequence[Band], *, signal_ndim: int = 2) -> NDArray[np.float64]:
    """Band-pass parts of a signal.

    Parameters
    ----------
    field
        Real signals, shape ``(..., *signal)``.
    bands
        Lowest first, without gaps or overlaps.
    signal_ndim
        Number of trailing axes that make up one signal: 2 for images, 1 for waveforms.

    Returns
    -------
    parts
        Shape ``(..., bands, *signal)``. Their sum over the band axis is `field` to rounding; the lowest
        carries the mean.

    Raises
    ------
    InputError
        If `field` is empty, has too few axes, or is not real and finite; or the bands do not join.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((64, 64))
    >>> parts = spectral.split(picture, spectral.octave_bands(picture.shape))
    >>> parts.shape, np.allclose(parts.sum(axis=0), picture)
    ((6, 64, 64), True)
    """
    array = as_field(field, signal_ndim=signal_ndim)
    shape = array.shape[array.ndim - signal_ndim :]
    axes = tuple(range(-signal_ndim, 0))
    masks = band_masks(shape, bands)[..., : shape[-1] // 2 + 1]
    transform = np.expand_dims(fft.rfftn(array, axes=axes), -signal_ndim - 1)
    parts: NDArray[np.float64] = fft.irfftn(transform * masks, s=shape, axes=axes, overwrite_x=True)
    return parts


def low_pass(
    field: ArrayLike, cutoff: float, *, unit: FrequencyUnit = PER_PIXEL, signal_ndim: int = 2
) -> NDArray[np.float64]:
    """What a signal holds up to a frequency, cut off sharply.

    Parameters
    ----------
    field
        Real signals, shape ``(..., *signal)``.
    cutoff
        Highest radial frequency that is kept, 0 or more. 0 keeps the mean.
    unit
        Of `cutoff`: cycles per pixel or sample, unless another is named.
    signal_ndim
        Number of trailing axes that make up one signal: 2 for images, 1 for waveforms.

    Returns
    -------
    kept
        Of the shape of `field`: its spectrum where ``|f| <= cutoff``, and none beyond.

    Raises
    ------
    InputError
        If `field` is empty, has too few axes, or is not real and finite; or `cutoff` is negative or NaN.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((64, 64))
    >>> coarse = spectral.low_pass(picture, 8, unit=spectral.FrequencyUnit.per("image", 64))
    >>> round(float(coarse.var() / picture.var()), 2)  # as many of its frequencies lie in the circle
    0.05
    """
    array = as_field(field, signal_ndim=signal_ndim)
    if not cutoff >= 0:
        raise InputError(f"cutoff: found {cutoff}, expected 0 or more")
    shape = array.shape[array.ndim - signal_ndim :]
    axes = tuple(range(-signal_ndim, 0))
    within = radial_frequency(shape)[..., : shape[-1] // 2 + 1] <= cutoff / unit.scale * (1 + EDGE_TOLERANCE)
    kept: NDArray[np.float64] = fft.irfftn(fft.rfftn(array, axes=axes) * within, s=shape, axes=axes)
    return kept


def band_power(field: ArrayLike, bands: Sequence[Band], *, signal_ndim: int = 2) -> NDArray[np.float64]:
    """Power of a signal in each band.

    Parameters
    ----------
    field
        Real signals, shape ``(..., *signal)``.
    bands
        Lowest first, without gaps or overlaps.
    signal_ndim
        Number of trailing axes that make up one signal: 2 for images, 1 for waveforms.

    Returns
    -------
    power
        Mean square of each band-pass part, shape ``(..., bands)``: ``sum_{k in b} |DFT|^2 / n^2``. Adds up to
        the mean square of the signal.

    Raises
    ------
    InputError
        If `field` is empty, has too few axes, or is not real and finite; or the bands do not join.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((64, 64))
    >>> power = spectral.band_power(picture, spectral.octave_bands(picture.shape))
    >>> np.allclose(power.sum(), (picture**2).mean())
    True
    """
    array = as_field(field, signal_ndim=signal_ndim)
    shape = array.shape[array.ndim - signal_ndim :]
    power = folded_power(array, signal_ndim=signal_ndim)
    return bin_sums(power, half_band_index(shape, bands), count=len(bands)) / np.prod(shape)
