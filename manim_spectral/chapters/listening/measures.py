"""The estimates of a run of waveforms as mel-spectrograms."""

from __future__ import annotations

import numpy as np

import spectral
from spectral import MelSettings, Trajectory

FRAMES = 128  # of a spectrogram, about
N_MELS = 64
HIGHEST = 8000.0  # Hz
RANGE = 60.0  # dB from the strongest place of the final spectrogram to black
SCALE = (-160.0, 40.0)  # dB: wide enough for any sound


class Spectrograms:
    """Mel-spectrograms of a run's estimates, on a scale fixed over the run."""

    def __init__(self, run: Trajectory) -> None:
        sr = run.sample_rate or 0
        hop = 2 ** max(4, round(np.log2(run.sample.shape[-1] / FRAMES)))
        top = min(HIGHEST, sr / 2)
        self.run = run
        self.settings = MelSettings(sr, max(1024, 4 * hop), hop, N_MELS, 0.0, top, *SCALE)
        self.loudest = float(self.decibels(run.sample).max())

    def decibels(self, signal: np.ndarray) -> np.ndarray:
        """(mels, frames) power of a signal, (channels, samples), in dB."""
        picture = spectral.log_mel(signal.mean(axis=0), settings=self.settings)
        return SCALE[0] + (picture + 1) / 2 * (SCALE[1] - SCALE[0])

    def at(self, step: int) -> np.ndarray:
        """(mels, frames) of the estimate at a step in [-1, 1], high mels on top."""
        below = self.loudest - self.decibels(self.run.denoised[step])
        return 1 - 2 * below[::-1] / RANGE
