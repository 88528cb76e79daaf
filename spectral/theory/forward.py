"""The forward process: a signal under white noise.

    x_t = alpha x_0 + sigma eps,      eps white, Gaussian, of variance 1

White noise has the same power, sigma^2, at every frequency: the rising tide.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError


def noised(signal: ArrayLike, *, sigma: ArrayLike, seed: int, alpha: ArrayLike = 1.0) -> NDArray[np.float64]:
    """A signal with white noise added.

    Parameters
    ----------
    signal
        Real numbers of any shape.
    sigma
        Scale of the noise, one number or an array that broadcasts to `signal`: one a sample lets the noise
        rise and fall with time.
    seed
        The same seed and shape give the same ``eps``, whatever the scales.
    alpha
        Scale of the signal, likewise.

    Returns
    -------
    noisy
        Of the shape of `signal`.

    Raises
    ------
    InputError
        If the scales do not broadcast to the signal.

    Examples
    --------
    >>> silence = np.zeros(10_000)
    >>> round(float(spectral.noised(silence, sigma=0.5, seed=0).std()), 1)
    0.5
    """
    clean = np.asarray(signal, np.float64)
    eps = np.random.default_rng(seed).standard_normal(clean.shape)
    try:
        scale, noise = np.broadcast_to(alpha, clean.shape), np.broadcast_to(sigma, clean.shape)
    except ValueError:
        found = f"{np.shape(sigma)} and {np.shape(alpha)}"
        raise InputError(f"sigma, alpha: found shapes {found}, expected to fit {clean.shape}") from None
    return scale * clean + noise * eps
