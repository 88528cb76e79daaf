"""Noise schedules, brought to one form.

Every sampler's noisy signal is

    x_t = alpha x_0 + sigma eps,      eps white, of variance 1

with ``alpha = 1`` for variance exploding and ``alpha = 1 - t``, ``sigma = t`` for rectified flow. Its
signal-to-noise ratio is ``snr = alpha^2 / sigma^2``. In units of the signal the noise has power ``1 / snr``
at every frequency: the tide.

Every schedule here is a function of its sampler's own time ``t``, from 0 (signal) to 1 (noise): a sampler of
n steps takes them even in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError

EDM_SIGMA_DATA = 0.5  # standard deviation of the data that EDM's schedule is meant for


@dataclass(frozen=True, eq=False)
class Schedule:
    """Scales of signal and noise, ``x_t = alpha x_0 + sigma eps``.

    Attributes
    ----------
    alpha, sigma
        Of one shape, 0 or more.

    Examples
    --------
    >>> schedule = spectral.rectified_flow([0.0, 0.5, 1.0])
    >>> schedule.alpha, schedule.sigma
    (array([1. , 0.5, 0. ]), array([0. , 0.5, 1. ]))
    """

    alpha: NDArray[np.float64]
    sigma: NDArray[np.float64]


def cosine_schedule(t: ArrayLike, *, offset: float = 0.0) -> Schedule:
    """Variance-preserving cosine schedule.

    ``alpha = cos(u pi / 2) / cos(u_0 pi / 2)`` with ``u = (t + offset) / (1 + offset)`` and ``u_0`` its value
    at 0: the schedule of Nichol and Dhariwal, "Improved denoising diffusion probabilistic models" (2021), eq.
    17, whose own offset is 0.008. Without one, ``alpha = cos(pi t / 2)`` and ``sigma = sin(pi t / 2)``.

    Parameters
    ----------
    t
        Time from 0 (signal) to 1 (noise).
    offset
        0 or more: how far from its flat end the cosine starts, so that the first noise is not too little.

    Returns
    -------
    schedule
        `alpha` and `sigma`, of the shape of `t`.

    Raises
    ------
    InputError
        If a time lies outside 0 to 1, or `offset` is negative.

    Examples
    --------
    >>> schedule = spectral.cosine_schedule([0.0, 0.5, 1.0])
    >>> schedule.alpha.round(3), schedule.sigma.round(3)
    (array([1.   , 0.707, 0.   ]), array([0.   , 0.707, 1.   ]))
    """
    if not 0 <= offset < np.inf:
        raise InputError(f"offset: found {offset}, expected 0 or more")
    start = offset / (1 + offset) * np.pi / 2
    angle = start + _unit_time(t) / (1 + offset) * np.pi / 2
    # 1 - alpha^2 by way of sines, which lose nothing to rounding near t = 0.
    sigma = np.sqrt(np.sin(angle - start) * np.sin(angle + start)) / np.cos(start)
    return Schedule(alpha=np.cos(angle) / np.cos(start), sigma=sigma)


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

    Examples
    --------
    >>> schedule = spectral.rectified_flow([0.25, 0.5, 0.75])
    >>> spectral.snr(schedule.alpha, schedule.sigma).round(3)
    array([9.   , 1.   , 0.111])
    """
    time = _unit_time(t)
    return Schedule(alpha=1 - time, sigma=time.copy())


def linear_schedule(
    t: ArrayLike, *, n_steps: int = 1000, first: float = 1e-4, last: float = 0.02
) -> Schedule:
    """Variance-preserving schedule of linearly rising noise, ``alpha^2 = prod (1 - beta)`` over its steps.

    J. Ho, Jain and Abbeel, "Denoising diffusion probabilistic models" (2020), section 4. It is defined after
    each of its steps, at ``t = k / n_steps``; in between ``log alpha`` is taken as a straight line.

    Parameters
    ----------
    t
        Time from 0 (signal) to 1 (noise).
    n_steps
        Number of steps in which noise is added.
    first, last
        beta, the share of the variance that is noise added at the first and at the last step.

    Returns
    -------
    schedule
        `alpha` and `sigma`, of the shape of `t`.

    Raises
    ------
    InputError
        If a time lies outside 0 to 1, there is no step, or a beta lies outside 0 to 1.

    Examples
    --------
    >>> spectral.linear_schedule([0.25, 0.5, 1.0]).sigma.round(3)
    array([0.69, 0.96, 1.  ])
    """
    if n_steps < 1 or not (0 < first < 1 and 0 < last < 1):
        raise InputError(
            f"n_steps, first, last: found {n_steps}, {first}, {last}, "
            "expected 1 or more steps and betas between 0 and 1"
        )
    log_alpha = np.append(0.0, np.log1p(-np.linspace(first, last, n_steps)).cumsum() / 2)
    now = np.interp(_unit_time(t), np.arange(n_steps + 1) / n_steps, log_alpha)
    return Schedule(alpha=np.exp(now), sigma=np.sqrt(-np.expm1(2 * now)))


def edm_schedule(
    t: ArrayLike, *, sigma_min: float = 0.002, sigma_max: float = 80.0, rho: float = 7.0
) -> Schedule:
    """Variance-exploding schedule of EDM, ``sigma^(1 / rho)`` a straight line in `t`, ``alpha = 1``.

    T. Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), eq. 5. It
    is meant for data of standard deviation `EDM_SIGMA_DATA`.

    Parameters
    ----------
    t
        Time from 0 (signal) to 1 (noise): of n sampling steps the i-th is at ``1 - i / (n - 1)``.
    sigma_min, sigma_max
        Noise at ``t = 0`` and ``t = 1``.
    rho
        How much denser the steps are where there is little noise.

    Returns
    -------
    schedule
        `alpha` and `sigma`, of the shape of `t`.

    Raises
    ------
    InputError
        If a time lies outside 0 to 1, or not ``0 < sigma_min < sigma_max`` and ``rho > 0``.

    Examples
    --------
    >>> spectral.edm_schedule([0.5, 1.0]).sigma.round(3)
    array([ 2.515, 80.   ])
    """
    if not (0 < sigma_min < sigma_max < np.inf and 0 < rho < np.inf):
        raise InputError(
            f"sigma_min, sigma_max, rho: found {sigma_min}, {sigma_max}, {rho}, "
            "expected 0 < sigma_min < sigma_max and rho above 0"
        )
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    sigma = (low + _unit_time(t) * (high - low)) ** rho
    return Schedule(alpha=np.ones_like(sigma), sigma=sigma)


def _unit_time(t: ArrayLike) -> NDArray[np.float64]:
    time = np.asarray(t, dtype=np.float64)
    within = (time >= 0) & (time <= 1)
    if not within.all():
        raise InputError(f"t: found {time[~within][0]:g}, expected times from 0 to 1")
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

    Examples
    --------
    >>> spectral.snr([1.0, 0.6, 0.0], [0.0, 0.8, 1.0]).round(4)
    array([   inf, 0.5625, 0.    ])
    """
    scale, noise = np.broadcast_arrays(
        np.asarray(alpha, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    )
    known = np.isfinite(scale) & np.isfinite(noise) & (scale >= 0) & (noise >= 0) & (scale + noise > 0)
    if not known.all():
        found = f"{scale[~known][0]:g}, {noise[~known][0]:g}"
        raise InputError(f"alpha, sigma: found {found}, expected finite scales, 0 or more and not both 0")
    ratio = np.full(scale.shape, np.inf)
    np.divide(scale, noise, out=ratio, where=noise > 0)
    return ratio**2
