"""The frequency up to which a signal stands above the noise, and how long a sampler spends where.

With ``x_t = alpha x_0 + sigma eps`` the noise has, in units of the signal, the power ``sigma^2 / alpha^2 =
1 / snr`` at every frequency: the tide. A spectrum ``R`` stands above ``snr_threshold`` times the tide up to

    f_max = max { f : R(f) > snr_threshold sigma^2 / alpha^2 }

(S. Dieleman, "Diffusion is spectral autoregression", 2024). Where ``R`` does not fall throughout, some of
what lies below ``f_max`` may be under water as well. For a power law ``R = A f^-a`` it is

    f_max = (A snr / snr_threshold)^(1 / a)

and under rectified flow (``alpha = 1 - t``, ``sigma = t``) ``f_max(t) = f_max(1/2) ((1 - t) / t)^(2 / a)``.

A sampler takes its steps even in its schedule's ``t``: the share of them that it spends while ``f_max``
crosses a band is the share of ``t`` in which it does.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.signal.bands import Band, Bands
from spectral.signal.power import EDGE_TOLERANCE, PowerSpectrum
from spectral.signal.power_law import PowerLaw
from spectral.signal.units import PER_PIXEL, FrequencyUnit
from spectral.theory.schedules import snr


def f_max(
    spectrum: PowerSpectrum, alpha: ArrayLike, sigma: ArrayLike, *, snr_threshold: float = 1.0
) -> NDArray[np.float64]:
    """Largest frequency at which a signal stands above the noise.

    Between its rings the spectrum is taken as a straight line on logarithmic axes, which for a power law is
    exact.

    Parameters
    ----------
    spectrum
        Power against frequency, ``power`` of shape ``(..., rings)``; DC is left out.
    alpha, sigma
        Scales of signal and noise, of one shape or broadcasting to one.
    snr_threshold
        How many times the noise power the signal's must exceed, above 0.

    Returns
    -------
    freq
        In the spectrum's own unit, shape ``(..., *alpha.shape)``: the last ring's frequency where the whole
        spectrum stands above, 0 where none of it does.

    Raises
    ------
    InputError
        If the spectrum has no frequency above 0, the scales are no scales (see `snr`), or `snr_threshold` is
        not above 0.

    Examples
    --------
    >>> freq = np.arange(65) / 128
    >>> spectrum = spectral.PowerSpectrum(freq, np.r_[1e9, 0.01 * freq[1:] ** -2.0])
    >>> schedule = spectral.rectified_flow([0.25, 0.5, 0.75])
    >>> spectral.f_max(spectrum, schedule.alpha, schedule.sigma).round(3)
    array([0.3  , 0.1  , 0.033])
    """
    if not 0 < snr_threshold < np.inf:
        raise InputError(f"snr_threshold: found {snr_threshold}, expected a number above 0")
    ratio = snr(alpha, sigma)
    # Zero power and zero noise lie at the ends of the logarithmic axes, not beyond them.
    tiny = np.finfo(np.float64).tiny
    spectrum = spectrum.without_dc()
    if not spectrum.freq.size:
        raise InputError("spectrum: found no frequency above 0, expected one or more")
    freq, log_power = spectrum.freq, np.log(np.maximum(spectrum.power, tiny))
    log_tide = np.log(snr_threshold) - np.log(np.clip(ratio, tiny, 1 / tiny))

    height = log_power.reshape(-1, 1, freq.size) - log_tide.reshape(1, -1, 1)
    above = height > 0
    last = freq.size - 1 - np.argmax(above[..., ::-1], axis=-1)
    after = np.minimum(last + 1, freq.size - 1)
    here, there = (np.take_along_axis(height, i[..., None], axis=-1)[..., 0] for i in (last, after))
    share = np.divide(here, here - there, out=np.zeros_like(here), where=(here > 0) & (after > last))
    crossing = np.where(above.any(axis=-1), freq[last] * (freq[after] / freq[last]) ** share, 0.0)
    return crossing.reshape(log_power.shape[:-1] + log_tide.shape)


def power_law_f_max(
    law: PowerLaw, alpha: ArrayLike, sigma: ArrayLike, *, snr_threshold: float = 1.0
) -> NDArray[np.float64]:
    """`f_max` of a power law, at all frequencies: ``(A snr / snr_threshold)^(1 / a)``.

    Parameters
    ----------
    law
        A spectrum that falls.
    alpha, sigma
        Scales of signal and noise, of one shape or broadcasting to one.
    snr_threshold
        How many times the noise power the signal's must exceed, above 0.

    Returns
    -------
    freq
        In the law's own unit, of the shape of `alpha`; infinite where there is no noise.

    Raises
    ------
    InputError
        If the scales are no scales (see `snr`), the law does not fall, or `snr_threshold` is not above 0.

    Examples
    --------
    >>> law = spectral.PowerLaw(exponent=2.0, amplitude=0.01, residual_db=0.0, low=0.01, high=0.5)
    >>> schedule = spectral.rectified_flow([0.25, 0.5, 0.75])
    >>> spectral.power_law_f_max(law, schedule.alpha, schedule.sigma).round(3)
    array([0.3  , 0.1  , 0.033])
    """
    if not 0 < snr_threshold < np.inf:
        raise InputError(f"snr_threshold: found {snr_threshold}, expected a number above 0")
    if not (law.exponent > 0 and law.amplitude > 0):
        raise InputError(f"power law: found {law}, expected one that falls")
    freq: NDArray[np.float64] = (law.amplitude / snr_threshold * snr(alpha, sigma)) ** (1 / law.exponent)
    return freq


def time_shares(
    freq: ArrayLike, bands: Sequence[Band], *, unit: FrequencyUnit = PER_PIXEL
) -> NDArray[np.float64]:
    """Share of the time that a frequency spends in each band.

    Parameters
    ----------
    freq
        The frequency at even steps of time, for instance `f_max` of a schedule, shape ``(times,)``.
    bands
        Lowest first, each starting where the one before it ends.
    unit
        Of `freq`: cycles per pixel or sample, unless another is named.

    Returns
    -------
    shares
        Shape ``(bands + 2,)``, adding up to 1: the first is that below all bands, the last that above.

    Raises
    ------
    InputError
        If there are no times or no bands, or the bands do not join.

    Examples
    --------
    >>> law = spectral.PowerLaw(exponent=2.0, amplitude=0.01, residual_db=0.0, low=0.01, high=0.5)
    >>> schedule = spectral.rectified_flow(np.linspace(0, 1, 1001))
    >>> freq = spectral.power_law_f_max(law, schedule.alpha, schedule.sigma)
    >>> spectral.time_shares(freq, spectral.octave_bands((16, 16))).round(2)
    array([0.38, 0.17, 0.16, 0.12, 0.08, 0.09])
    """
    times = np.asarray(freq, dtype=np.float64)
    if times.ndim != 1 or times.size == 0 or not bands:
        found = f"times of shape {times.shape} and {len(bands)} bands"
        raise InputError(f"time shares: found {found}, expected shape (times,) and a band or more")
    edges = Bands(bands).edges(unit) * (1 - EDGE_TOLERANCE)
    counts = np.bincount(np.searchsorted(edges, times, side="right"), minlength=edges.size + 1)
    shares: NDArray[np.float64] = counts / times.size
    return shares
