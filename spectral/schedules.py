"""Noise schedules, brought to one form, and the frequency up to which the signal stands above the noise.

Every sampler's noisy signal is

    x_t = alpha x_0 + sigma eps,      eps white, of variance 1

with ``alpha = 1`` for variance exploding and ``alpha = 1 - t``, ``sigma = t`` for rectified flow. Its
signal-to-noise ratio is ``snr = alpha^2 / sigma^2``. In units of the signal the noise has power ``1 / snr``
at every frequency: the tide. A spectrum ``R`` stands above ``snr_threshold`` times the tide up to

    f_max = max { f : R(f) > snr_threshold sigma^2 / alpha^2 }

(S. Dieleman, "Diffusion is spectral autoregression", 2024). For ``R`` proportional to ``f^-a`` under
rectified flow that is ``f_max(t) = f_max(1/2) ((1 - t) / t)^(2 / a)``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.power import PowerSpectrum


@dataclass(frozen=True, eq=False)
class Schedule:
    """Scales of signal and noise, ``x_t = alpha x_0 + sigma eps``.

    Attributes
    ----------
    alpha, sigma
        Of one shape, both in 0 to 1 here.
    """

    alpha: NDArray[np.float64]
    sigma: NDArray[np.float64]


def cosine_schedule(t: ArrayLike) -> Schedule:
    """Variance-preserving cosine schedule, ``alpha = cos(pi t / 2)``, ``sigma = sin(pi t / 2)``.

    The schedule of Nichol and Dhariwal, "Improved denoising diffusion probabilistic models" (2021), without
    the offset that keeps its ends off 0 and 1.

    Parameters
    ----------
    t
        Time from 0 (signal) to 1 (noise).

    Returns
    -------
    schedule
        `alpha` and `sigma`, of the shape of `t`.

    Raises
    ------
    InputError
        If a time lies outside 0 to 1.
    """
    angle = _unit_time(t) * np.pi / 2
    return Schedule(alpha=np.cos(angle), sigma=np.sin(angle))


def rectified_flow(t: ArrayLike) -> Schedule:
    """Straight line from signal to noise, ``alpha = 1 - t``, ``sigma = t``.

    Liu, Gong and Liu, "Flow straight and fast: learning to generate and transfer data with rectified flow"
    (2022).

    Parameters
    ----------
    t
        Time from 0 (signal) to 1 (noise).

    Returns
    -------
    schedule
        `alpha` and `sigma`, of the shape of `t`.

    Raises
    ------
    InputError
        If a time lies outside 0 to 1.
    """
    time = _unit_time(t)
    return Schedule(alpha=1 - time, sigma=time.copy())


def _unit_time(t: ArrayLike) -> NDArray[np.float64]:
    time = np.asarray(t, dtype=np.float64)
    if not ((time >= 0) & (time <= 1)).all():
        raise InputError("t: expected times from 0 to 1, found others")
    return time


def snr(alpha: ArrayLike, sigma: ArrayLike) -> NDArray[np.float64]:
    """Signal-to-noise ratio ``alpha^2 / sigma^2`` for a signal of power 1.

    Parameters
    ----------
    alpha, sigma
        Scales of signal and noise; shapes broadcast.

    Returns
    -------
    snr
        0 or more; infinite where there is no noise.

    Raises
    ------
    InputError
        If a scale is negative or not finite, or both are 0 at once.
    """
    scale, noise = np.broadcast_arrays(
        np.asarray(alpha, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    )
    if not (
        np.isfinite(scale) & np.isfinite(noise) & (scale >= 0) & (noise >= 0) & (scale + noise > 0)
    ).all():
        raise InputError("alpha, sigma: expected finite scales, 0 or more and not both 0, found others")
    ratio = np.full(scale.shape, np.inf)
    np.divide(scale, noise, out=ratio, where=noise > 0)
    return ratio**2


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
        Cycles per pixel, shape ``(..., *alpha.shape)``: the last ring's frequency where the whole spectrum
        stands above, 0 where none of it does.

    Raises
    ------
    InputError
        If the scales are no scales (see `snr`), or `snr_threshold` is not above 0.
    """
    if not 0 < snr_threshold < np.inf:
        raise InputError(f"snr_threshold: expected a number above 0, found {snr_threshold}")
    ratio = snr(alpha, sigma)
    # Zero power and zero noise lie at the ends of the logarithmic axes, not beyond them.
    tiny = np.finfo(np.float64).tiny
    freq = spectrum.freq[spectrum.freq > 0]
    log_power = np.log(np.maximum(spectrum.power[..., spectrum.freq > 0], tiny))
    log_tide = np.log(snr_threshold) - np.log(np.clip(ratio, tiny, 1 / tiny))

    height = log_power.reshape(-1, 1, freq.size) - log_tide.reshape(1, -1, 1)
    above = height > 0
    last = freq.size - 1 - np.argmax(above[..., ::-1], axis=-1)
    after = np.minimum(last + 1, freq.size - 1)
    here, there = (np.take_along_axis(height, i[..., None], axis=-1)[..., 0] for i in (last, after))
    share = np.divide(here, here - there, out=np.zeros_like(here), where=(here > 0) & (after > last))
    crossing = np.where(above.any(axis=-1), freq[last] * (freq[after] / freq[last]) ** share, 0.0)
    return crossing.reshape(log_power.shape[:-1] + log_tide.shape)
