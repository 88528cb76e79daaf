"""DDIM and ancestral sampling of stationary Gaussian signals, with the denoiser that is ideal for them.

Written from the papers and apart from `spectral`. `run` samples in the variance-preserving form: `abar` is
alpha squared, and the step is equations 12 and 16 of Song, Meng and Ermon (2021). `exploding_gains` follows
one frequency in the variance-exploding form by its score, `-x / (power + sigma^2)`.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Run(NamedTuple):
    x_t: np.ndarray  # (steps, channels, *signal)
    denoised: np.ndarray
    sample: np.ndarray  # (channels, *signal)


def variance_preserving(log_snr):
    """alpha and sigma, with alpha^2 + sigma^2 = 1, that have these log SNRs."""
    return np.sqrt(1 / (1 + np.exp(-log_snr))), np.sqrt(1 / (1 + np.exp(log_snr)))


def run(spectrum, alpha, *, eta, channels, seed):
    """Sample `channels` signals of the two-sided power spectrum `spectrum` from white noise."""
    rng = np.random.default_rng(seed)
    axes = tuple(range(-spectrum.ndim, 0))
    half = spectrum[..., : spectrum.shape[-1] // 2 + 1]
    abar = alpha**2
    x = rng.standard_normal((channels, *spectrum.shape))
    x_t, estimates = [], []
    for i, a in enumerate(abar):
        gain = np.sqrt(a) * half / (a * half + 1 - a)
        denoised = np.fft.irfftn(np.fft.rfftn(x, axes=axes) * gain, s=spectrum.shape, axes=axes)
        x_t.append(x)
        estimates.append(denoised)
        if i + 1 < len(abar):
            b = abar[i + 1]
            eps = (x - np.sqrt(a) * denoised) / np.sqrt(1 - a)
            spread = eta * np.sqrt((1 - b) / (1 - a)) * np.sqrt(1 - a / b)
            x = (
                np.sqrt(b) * denoised
                + np.sqrt(1 - b - spread**2) * eps
                + spread * rng.standard_normal(x.shape)
            )
    return Run(np.array(x_t), np.array(estimates), denoised)


def exploding_gains(power, sigmas, *, sampler):
    """What a sampler does to one frequency, from `x = sigma[0] eps` to the sample: `(steps + 1, ...)` each.

    The gain is what x is multiplied by on the way to each step and to the end; the variance is that of x
    there, for the ancestral sampler with the noise that was added since.
    """
    sigmas = [*sigmas, 0.0]
    gains = [np.ones_like(power)]
    variances = [np.full_like(power, sigmas[0] ** 2)]
    for high, low in pairwise(sigmas):
        added = 0.0
        score = -1 / (power + high**2)
        if sampler == "ancestral":  # Song et al. 2021, "Score-based generative modeling", appendix F
            factor = 1 + (high**2 - low**2) * score
            added = low**2 * (high**2 - low**2) / high**2
        else:  # the probability-flow ODE, dx / dsigma = -sigma score
            slope = -high * score
            factor = 1 + (low - high) * slope
            if sampler == "heun" and low > 0:
                there = low / (power + low**2) * factor
                factor = 1 + (low - high) * (slope + there) / 2
        gains.append(factor * gains[-1])
        variances.append(factor**2 * variances[-1] + added)
    return np.array(gains), np.array(variances)
