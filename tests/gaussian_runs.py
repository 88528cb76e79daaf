"""Recordings made by hand: the ideal denoiser of Gaussian signals, sampled by `wiener_sampler`."""

from __future__ import annotations

import numpy as np
import wiener_sampler

from spectral import Trajectory


def gaussian_run(
    *, signal=(32, 32), exponent=2.0, eta=0.0, steps=40, channels=3, seed=0, power=None, **fields
):
    """A run on pictures or waveforms of spectrum 1/f^exponent (or `power`, a function of frequency)."""
    grids = np.meshgrid(*(np.fft.fftfreq(n) for n in signal), indexing="ij")
    freq = np.sqrt(sum(grid**2 for grid in grids)).clip(1 / max(signal))
    spectrum = 0.02 * freq**-exponent if power is None else power(freq)
    alpha, sigma = wiener_sampler.variance_preserving(np.linspace(-8, 8, steps))
    run = wiener_sampler.run(spectrum, alpha, eta=eta, channels=channels, seed=seed)
    return Trajectory(
        x_t=run.x_t.astype(np.float32),
        denoised=run.denoised.astype(np.float32),
        sample=run.sample.astype(np.float32),
        alpha=alpha,
        sigma=sigma,
        timestep=np.arange(steps)[::-1],
        stochastic=eta > 0,
        eta=eta,
        seed=seed,
        **({"modality": "image" if len(signal) == 2 else "waveform", "model": "gauss"} | fields),
    )
