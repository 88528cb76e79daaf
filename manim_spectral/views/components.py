"""Signals of any number of channels brought to the few that the eye or the page can take.

Principal components are the directions in channel space along which a signal varies most: eigenvectors of the
channels' covariance, strongest first (K. Pearson, 1901, "On lines and planes of closest fit to systems of
points in space"). One set is found from the run's final sample and then used at every step, so what changes
on screen has changed in the run.
"""

from __future__ import annotations

import numpy as np

WIDE = 3.0  # standard deviations of a component that fill the range from 0 to 1


class Components:
    """The strongest principal components of a signal's channels, each brought to [-1, 1].

    Parameters
    ----------
    signal
        (channels, ...) from which they are found.
    count
        How many, at most `channels`.
    """

    def __init__(self, signal: np.ndarray, *, count: int) -> None:
        rows = signal.reshape(len(signal), -1).astype(float)
        self.mean = rows.mean(axis=1)
        centred = rows - self.mean[:, None]
        variance, directions = np.linalg.eigh(centred @ centred.T / rows.shape[1])
        strongest = np.argsort(variance)[::-1][:count]
        axes = directions[:, strongest].T
        # An eigenvector's sign is arbitrary: let its greatest entry be positive.
        axes *= np.sign(axes[np.arange(count), np.abs(axes).argmax(axis=1)])[:, None]
        spread = np.sqrt(np.maximum(variance[strongest], 0))
        self.axes = axes / np.maximum(WIDE * spread, 1e-6)[:, None]

    def of(self, signal: np.ndarray) -> np.ndarray:
        """(count, ...) components of a signal (channels, ...)."""
        centred = signal - self.mean.reshape(-1, *[1] * (signal.ndim - 1))
        return np.tensordot(self.axes, centred, axes=1)
