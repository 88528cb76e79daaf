"""Closed forms: what an ideal denoiser does when the data are Gaussian.

For a zero-mean stationary Gaussian signal with power spectrum ``S`` the posterior mean of ``x_0`` given
``x_t = alpha x_0 + sigma eps`` is the Wiener filter, one gain per frequency (N. Wiener, "Extrapolation,
interpolation, and smoothing of stationary time series", 1949):

    denoised = g x_t,      g = alpha S / (alpha^2 S + sigma^2)

A sampler then moves every frequency on its own. With ``q = alpha^2 S / sigma^2`` the fraction of a
frequency's final power that the estimate already explains, ``E = 1 - E|denoised - sample|^2 / E|sample|^2``,
is in the limit of infinitely many steps

    deterministic (probability-flow ODE)    E = 1 - (1 - sqrt(q / (1 + q)))^2
    stochastic (ancestral)                  E = q / (1 + q)

For the first: along the ODE ``x_t`` keeps its place in its own marginal, ``x_t = sample sqrt(alpha^2 +
sigma^2 / S)``, so ``denoised / sample = g sqrt(alpha^2 + sigma^2 / S) = sqrt(q / (1 + q))``. For the second:
the path is distributed as the noising chain of its own sample, so the error of the estimate is the posterior
variance, ``E|denoised - sample|^2 / S = 1 / (1 + q)``.

With finitely many steps the sampler is still linear, and `exact_explained` carries its gain and covariance
through. The step is that of DDIM (J. Song, Meng and Ermon, "Denoising diffusion implicit models", 2021, eq.
12), written for any ``alpha``, ``sigma``: from ``(alpha, sigma)`` to ``(alpha', sigma')``

    x' = alpha' denoised + sqrt(sigma'^2 - v^2) (x - alpha denoised) / sigma + v z
    v^2 = eta^2 sigma'^2 (1 - r^2),      r = alpha sigma' / (alpha' sigma)

with ``z`` white, of variance 1. ``eta = 0`` is Euler's method for the ODE in ``x / alpha`` against
``sigma / alpha``; ``eta = 1`` is the ancestral sampler.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.theory.schedules import snr


def wiener_gain(power: ArrayLike, alpha: ArrayLike, sigma: ArrayLike) -> NDArray[np.float64]:
    """Gain of the ideal denoiser for Gaussian data.

    Parameters
    ----------
    power
        Power spectrum of the data, 0 or more.
    alpha, sigma
        Scales of signal and noise. All three broadcast.

    Returns
    -------
    gain
        ``alpha S / (alpha^2 S + sigma^2)``, the factor from a noisy coefficient to the expected clean one; 0
        where there is neither signal nor noise.

    Raises
    ------
    InputError
        If a power is negative or not finite.

    Examples
    --------
    >>> spectral.wiener_gain([100.0, 1.0, 0.01], 1.0, 1.0).round(2)  # strong, equal, drowned
    array([0.99, 0.5 , 0.01])
    """
    spectrum = _spectrum(power)
    scale, noise = np.asarray(alpha, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    total = scale**2 * spectrum + noise**2
    return np.divide(scale * spectrum, total, out=np.zeros_like(total), where=total > 0)


def explained_fraction(snr: ArrayLike, *, stochastic: bool) -> NDArray[np.float64]:
    """Share of a frequency's final power that the ideal denoiser already explains.

    Parameters
    ----------
    snr
        Signal power over noise power at the frequency, ``q = alpha^2 S / sigma^2``: 0 or more, or infinite.
    stochastic
        Whether the sampler adds noise as it goes.

    Returns
    -------
    explained
        0 to 1, of the shape of `snr`. At ``q = 1``: 0.5 for a stochastic sampler, 0.914 for a deterministic
        one.

    Raises
    ------
    InputError
        If a ratio is negative or NaN.

    Examples
    --------
    >>> spectral.explained_fraction([0.01, 1.0, 100.0], stochastic=True).round(3)
    array([0.01, 0.5 , 0.99])
    >>> spectral.explained_fraction([0.01, 1.0, 100.0], stochastic=False).round(3)
    array([0.189, 0.914, 1.   ])
    """
    ratio = np.asarray(snr, dtype=np.float64)
    if not (ratio >= 0).all():
        raise InputError(f"snr: found {ratio[~(ratio >= 0)][0]:g}, expected ratios of 0 or more")
    with np.errstate(divide="ignore", over="ignore"):
        known = 1 / (1 + 1 / ratio)
    return known if stochastic else 1 - (1 - np.sqrt(known)) ** 2


def exact_explained(
    power: ArrayLike, alpha: ArrayLike, sigma: ArrayLike, *, eta: float
) -> NDArray[np.float64]:
    """Explained fraction of a sampler with finitely many steps.

    The run starts from white noise of variance ``alpha[0]^2 + sigma[0]^2``, as samplers do, and ends with the
    last step's estimate as its sample.

    Parameters
    ----------
    power
        Power spectrum of the data, shape ``(freqs,)``.
    alpha, sigma
        Scales at the steps, noisiest first, shape ``(steps,)``, `sigma` above 0.
    eta
        Noise added along the way, from 0 (DDIM, or Euler's method) to 1 (ancestral).

    Returns
    -------
    explained
        ``1 - E|denoised - sample|^2 / E|sample|^2``, shape ``(steps, freqs)``: 1 at the last step, 0
        throughout where there is no power.

    Raises
    ------
    InputError
        If the shapes do not fit, a power is negative, the SNR does not rise, or `eta` lies outside 0 to 1.

    Examples
    --------
    >>> sigma = np.geomspace(100, 0.01, 400)
    >>> explained = spectral.exact_explained([1.0], np.ones(400), sigma, eta=1.0)
    >>> explained[[0, 199, 399], 0].round(2)  # the middle one tends to 1/2 with the number of steps
    array([0. , 0.5, 1. ])
    """
    spectrum, scale, noise = _spectrum(power), np.asarray(alpha, np.float64), np.asarray(sigma, np.float64)
    if not 0 <= eta <= 1:
        raise InputError(f"eta: found {eta}, expected 0 to 1")
    if spectrum.ndim != 1 or scale.ndim != 1 or scale.shape != noise.shape or scale.size == 0:
        raise InputError(
            f"power, alpha, sigma: found shapes {spectrum.shape}, {scale.shape}, {noise.shape}, "
            "expected (freqs,), (steps,), (steps,)"
        )
    ratio = snr(scale, noise)
    if not ((np.diff(ratio) > 0).all() and (noise > 0).all()):
        raise InputError(
            "alpha, sigma: found sigma at 0 or a falling SNR, expected a rising SNR and sigma above 0"
        )

    gain = wiener_gain(spectrum, scale[:, None], noise[:, None])
    # What remains of x after the estimate, over sigma: (1 - alpha g) / sigma, free of cancellation.
    residual = noise[:, None] / (scale[:, None] ** 2 * spectrum + noise[:, None] ** 2)
    added = eta**2 * noise[1:] ** 2 * (1 - ratio[:-1] / ratio[1:])
    kept = np.sqrt(noise[1:] ** 2 - added)
    factor = scale[1:, None] * gain[:-1] + kept[:, None] * residual[:-1]

    variance = np.empty_like(gain)
    variance[0] = scale[0] ** 2 + noise[0] ** 2
    for i, step in enumerate(factor):
        variance[i + 1] = step**2 * variance[i] + added[i]
    # E[x_i sample] = reach_i variance_i: the sample is reach_i x_i plus noise that came later.
    reach = np.empty_like(gain)
    reach[-1] = gain[-1]
    for i in range(len(factor) - 1, -1, -1):
        reach[i] = factor[i] * reach[i + 1]

    final = gain[-1] ** 2 * variance[-1]
    shared = gain * (2 * reach - gain) * variance
    return np.divide(shared, final, out=np.zeros_like(shared), where=final > 0)


def _spectrum(power: ArrayLike) -> NDArray[np.float64]:
    spectrum = np.asarray(power, dtype=np.float64)
    known = np.isfinite(spectrum) & (spectrum >= 0)
    if not known.all():
        raise InputError(f"power: found {spectrum[~known][0]:g}, expected finite values of 0 or more")
    return spectrum
