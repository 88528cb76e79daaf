"""A signal going under in noise, and what an ideal denoiser that knows its spectrum brings back.

The noising chain adds white noise bit by bit. With ``w`` a Brownian motion,

    x_t = alpha (x_0 + w),    E w^2 = sigma^2 / alpha^2 = 1 / SNR,    alpha^2 + sigma^2 = 1

so every level keeps the noise of the levels before it (J. Ho, Jain and Abbeel, "Denoising diffusion
probabilistic models", 2020, eq. 2, in its variance-preserving form). Read backwards it is a bridge: a path
of the ancestral sampler that ends in ``x_0``. Bridges to a model's signal draw the same law from its noisy
end, with other random numbers.

The estimate at each level is the Wiener filter's (see `gaussian`), ``S`` the signal's own spectrum as Welch
smooths it (see `welch`), read on a straight line between its frequencies. ``S`` stands above the tide where
``q = S alpha^2 / sigma^2`` is above 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from spectral.errors import InputError
from spectral.signal.power import as_field
from spectral.signal.welch import WEAKEST, power_spectrum
from spectral.theory.forward import noised
from spectral.theory.gaussian import wiener_gain
from spectral.trajectory.trajectory import Trajectory

REACH = 10.0  # times the greatest power, and a share of the least: where the tide starts and ends


def wiener_bridge(y: ArrayLike, *, sr: int, n_steps: int = 96, seed: int = 0, source: str = "") -> Trajectory:
    """A bridge to a sound whose denoiser is the ideal one for that sound's smoothed spectrum.

    The levels are even in log SNR, from where the tide stands over the whole spectrum to where it has left
    all of it.

    Parameters
    ----------
    y
        Shape ``(samples,)``.
    sr
        Samples per second.
    n_steps
        Number of levels, at least 2.
    seed
        Of the noise, 0 or more.
    source
        What the sound is called.

    Returns
    -------
    trajectory
        A waveform of one channel; `sample` is the sound itself.

    Raises
    ------
    InputError
        If the sound is no waveform, or has the same value throughout; or there are fewer than 2 levels.

    Examples
    --------
    >>> clip = np.sin(2 * np.pi * 220 * np.arange(4000) / 8000)
    >>> clip += 0.01 * np.random.default_rng(0).standard_normal(4000)
    >>> run = spectral.wiener_bridge(clip, sr=8000)
    >>> run.n_steps, run.origin, np.allclose(run.denoised[-1], run.sample, atol=1e-2)
    (96, 'bridge', True)
    """
    clip = as_field(y, signal_ndim=1, name="sound")
    if clip.ndim != 1:
        raise InputError(f"sound: found shape {clip.shape}, expected (samples,)")
    if n_steps < 2:
        raise InputError(f"n_steps: found {n_steps}, expected 2 or more")
    if not np.ptp(clip) > 0:
        raise InputError(f"{source or 'sound'}: found the same value throughout, expected a sound")
    power = smooth_power(clip, sr=sr)
    strongest = power[1:].max()
    weakest = max(power[1:].min(), WEAKEST * strongest)
    snr = np.geomspace(1 / (REACH * strongest), REACH / weakest, n_steps)
    alpha, sigma = np.sqrt(snr / (1 + snr)), np.sqrt(1 / (1 + snr))
    x_t = np.empty((n_steps, clip.size))
    under, below = clip, np.concatenate([1 / snr[1:], [0.0]])
    for step in range(n_steps - 1, -1, -1):  # cleanest first, as the chain goes
        under = noised(under, sigma=np.sqrt(1 / snr[step] - below[step]), seed=seed * n_steps + step)
        x_t[step] = alpha[step] * under
    gain = wiener_gain(power, alpha[:, None], sigma[:, None])
    denoised = fft.irfft(gain * fft.rfft(x_t), n=clip.size)
    return Trajectory.from_steps(
        x_t=x_t[:, None].astype(np.float32),
        denoised=denoised[:, None].astype(np.float32),
        sample=clip[None].astype(np.float32),
        alpha=alpha,
        sigma=sigma,
        modality="waveform",
        stochastic=True,
        origin="bridge",
        source=source,
        model="Wiener filter",
        eta=1.0,
        seed=seed,
        sample_rate=int(sr),
    )


def smooth_power(y: ArrayLike, *, sr: float) -> NDArray[np.float64]:
    """Welch's spectrum of a sound, read at the frequencies of its whole transform.

    Parameters
    ----------
    y
        Shape ``(samples,)``.
    sr
        Samples per second.

    Returns
    -------
    power
        Shape ``(samples // 2 + 1,)``, from 0 Hz to Nyquist, on the scale of white noise of variance 1.

    Raises
    ------
    InputError
        As `power_spectrum`.
    """
    spectrum = power_spectrum(y, sr=sr)
    return np.interp(fft.rfftfreq(np.size(y), 1 / sr), spectrum.freq, spectrum.power)
