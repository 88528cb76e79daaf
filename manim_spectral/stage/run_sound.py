"""RunSound: how a run is heard while its clock stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import spectral
from spectral import InputError, MelSettings, Trajectory

LOUDNESS = -20.0  # LKFS of everything that is played
RAMP = 0.004  # seconds at either end, so that nothing clicks


def faded(y: np.ndarray, *, sr: int) -> np.ndarray:
    """(n,) samples at the loudness of all that is played, from and to silence."""
    y = spectral.level(y, sr=sr, loudness=LOUDNESS)
    ramp = np.minimum(1, np.arange(len(y)) / (RAMP * sr))
    return y * ramp * ramp[::-1]


@dataclass
class RunSound:
    """What a run sounds like.

    Attributes
    ----------
    sr
        Samples per second of what is heard.
    of
        From a clean signal of the run, (channels, ...), the (n,) samples that it sounds like.
    panel
        Number of the panel over which the playhead moves.
    """

    sr: int
    of: Callable[[np.ndarray], np.ndarray]
    panel: int = 0

    def played(self, signal: np.ndarray) -> np.ndarray:
        """(n,) samples of a signal as it is heard: all at one loudness."""
        return faded(self.of(signal), sr=self.sr)


def hearable(run: Trajectory, modality: str) -> Trajectory:
    """The run, if it can be heard as one of this modality.

    Raises
    ------
    InputError
        If it is one of another, or of latents, or does not say what it sounds like.
    """
    if run.modality != modality or run.space == "latent":
        kind = f"{'latent ' * (run.space == 'latent')}{run.modality}"
        raise InputError(f"trajectory of modality {kind!r}, expected {modality!r} to be heard")
    if modality == "waveform" and not run.sample_rate:
        raise InputError("trajectory without a sample rate, expected one to be heard")
    if modality == "mel":
        if not run.mel:
            raise InputError("trajectory without mel parameters, expected them to be heard")
        MelSettings.from_dict(run.mel)
    return run
