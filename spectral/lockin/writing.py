"""Writing: how much of each band a sequence of estimates explains, and how many octaves it writes at once.

With ``X0_i`` the transform of the estimate at step ``i`` and ``X`` that of the final sample, summed over
channels, the explained fraction of band ``b`` is

    E_b(i) = 1 - sum_{k in b} |X0_i(k) - X(k)|^2 / sum_{k in b} |X(k)|^2

It ends at 1 where the estimates end at the sample, and may start below 0, where the first ones carry wrong
detail. The writing map ``W_b(i) = E_b(i) - E_b(i - 1)``, with ``W_b(0) = E_b(0)``, says which band is being
written at which step, and adds up over the steps to the last ``E_b``. Its *softness* is how wide a range of
bands is written at once, in octaves: with ``w_b(i)`` the growth of ``max(E_b, 0)`` over step ``i``, where it
grows (a band whose wrong detail is being taken back is not being written), and ``c_b`` the base-2 logarithm
of band ``b``'s geometric mean frequency,

    softness = sum_i w(i) s(i) / sum_i w(i),      w(i) = sum_b w_b(i)
    s(i)^2 = sum_b w_b(i) (c_b - m(i))^2 / w(i),      m(i) = sum_b w_b(i) c_b / w(i)

A model that writes one band after another has softness 0.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.signal.band_pass import half_band_index
from spectral.signal.bands import Band, Bands
from spectral.signal.power import as_field, bin_sums, folded_power
from spectral.theory.walk import mirrored

# Below this share of the sample's power a band holds nothing but the rounding of single precision.
SILENCE = float(np.finfo(np.float32).eps) ** 2


def explained_by_band(
    estimates: Iterable[ArrayLike], sample: ArrayLike, bands: Sequence[Band], *, signal_ndim: int = 2
) -> NDArray[np.float64]:
    """Explained fraction of each band at each step.

    Parameters
    ----------
    estimates
        One a step, each of the shape of `sample`; taken one at a time, so that a run may be larger than
        memory.
    sample
        What is explained, shape ``(channels, *signal)``.
    bands
        Lowest first, without gaps or overlaps.
    signal_ndim
        Number of trailing axes that make up one signal: 2 for images, 1 for waveforms.

    Returns
    -------
    explained
        ``E_b(i)``, shape ``(steps, bands)``: at most 1, may be negative. 0 throughout where the sample holds
        no power but rounding: there is nothing to explain.

    Raises
    ------
    InputError
        If `sample` has too few axes or is not real and finite, or the bands do not join.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((1, 64, 64))
    >>> bands = spectral.octave_bands((64, 64))
    >>> coarse = spectral.split(picture, bands)[:, :3].sum(axis=1)  # the three lowest bands
    >>> spectral.explained_by_band([0 * picture, coarse, picture], picture, bands).round(6) + 0
    array([[0., 0., 0., 0., 0., 0.],
           [1., 1., 1., 0., 0., 0.],
           [1., 1., 1., 1., 1., 1.]])
    """
    field = as_field(sample, signal_ndim=signal_ndim, name="sample")
    index = half_band_index(field.shape[field.ndim - signal_ndim :], bands)

    def power_of(signal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Up to a factor that numerator and denominator share."""
        power = bin_sums(folded_power(signal, signal_ndim=signal_ndim), index, count=len(bands))
        return power.reshape(-1, len(bands)).mean(axis=0)

    power = power_of(field)
    heard = holds_power(power)
    error = np.stack([power_of(np.asarray(estimate) - field) for estimate in estimates])
    return np.where(heard, 1 - error / np.where(heard, power, 1), 0.0)


def mirrored_explained(
    estimates: Iterable[ArrayLike], sample: ArrayLike, bands: Sequence[Band]
) -> NDArray[np.float64]:
    """Explained fraction of each band of pictures continued by their mirror images, as the DCT sees them.

    It is the ruler by which a walk over DCT coefficients and a sampling run can be compared: a plain DFT sees
    jumps at a picture's borders, which leak into every band.

    Parameters
    ----------
    estimates, sample, bands
        As for `explained_by_band`, of pictures ``(..., height, width)``.

    Returns
    -------
    explained
        Shape ``(steps, bands)``.

    Examples
    --------
    >>> walk = spectral.dct_walk(np.random.default_rng(0).standard_normal((1, 8, 8)), written=[0, 1, 64])
    >>> bands = spectral.octave_bands((8, 8))
    >>> spectral.mirrored_explained(walk.estimates, walk.sample, bands)[-1]
    array([1., 1., 1.])
    """
    return explained_by_band(map(mirrored, estimates), mirrored(sample), bands)


def holds_power(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which bands hold more than rounding, from the power of each, shape ``(bands,)``."""
    return power > SILENCE * power.sum()


def softness(explained: NDArray[np.float64], bands: Sequence[Band]) -> float:
    """Width of the writing map.

    Parameters
    ----------
    explained
        ``E_b(i)``, shape ``(steps, bands)``.
    bands
        Lowest first.

    Returns
    -------
    softness
        In octaves, at least 0; NaN where nothing is written.

    Examples
    --------
    >>> bands = spectral.octave_bands((8, 8))
    >>> spectral.softness(np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, 1]]), bands)  # one after another
    0.0
    >>> round(spectral.softness(np.array([[1.0, 1, 1]]), bands), 2)  # all at once
    0.82
    """
    return spread(explained, np.log2(Bands(bands).centres()))


def spread(explained: NDArray[np.float64], place: ArrayLike) -> float:
    """Width of the writing map, with the bands put in other places than their octaves.

    Parameters
    ----------
    explained
        ``E_b(i)``, shape ``(steps, bands)``.
    place
        ``c_b`` of each band, shape ``(bands,)``: with the places that a sorting gives them, 0, 1, 2 ..., the
        width is in rows of the sorted map.

    Returns
    -------
    spread
        In the unit of `place`, at least 0; NaN where nothing is written.

    Examples
    --------
    >>> spectral.spread(np.array([[1.0, 0, 0], [1, 0, 1], [1, 1, 1]]), [0, 2, 1])
    0.0
    >>> round(spectral.spread(np.array([[1.0, 1, 0], [1, 1, 1]]), [0, 2, 1]), 2)  # first and last row at once
    0.67
    """
    centre = np.asarray(place, float)
    weight = np.diff(np.maximum(explained, 0), axis=0, prepend=0.0).clip(min=0)
    weight = weight[weight.any(axis=1)]
    if not weight.size:
        return float("nan")
    total = weight.sum(axis=1)
    mean = weight @ centre / total
    variance = (weight * (centre - mean[:, None]) ** 2).sum(axis=1) / total
    return float(total @ np.sqrt(variance) / total.sum())
