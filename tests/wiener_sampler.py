"""DDIM and ancestral sampling of stationary Gaussian signals, with the denoiser that is ideal for them.

Written from the papers and apart from `spectral`, in the variance-preserving form: `abar` is alpha squared,
and the step is equations 12 and 16 of Song, Meng and Ermon (2021).
"""

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
