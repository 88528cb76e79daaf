"""On spectrograms the story of pictures returns: a diffusion model samples one, and it is heard on the way.

    manim -pql scenes/cepstrum.py

A log-mel spectrogram taken as a picture has a falling spectrum, so its bands lock from coarse to fine. (The
spectrum of a log spectrum is a cepstrum.) What is heard is the spectrogram inverted, its phases invented.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np

import spectral
from scenes.hearing import Hearing
from spectral import InputError, MelSettings, Trajectory
from spectral.trajectory import Modality


class Cepstrum(Hearing):
    """The image stage with mels upward and time to the right."""

    modality: ClassVar[Modality] = "mel"
    heard_panel = 1

    def suited(self, trajectory: Trajectory) -> Trajectory:
        super().suited(trajectory)
        if not trajectory.mel:
            raise InputError("trajectory without mel parameters, expected them to be heard")
        MelSettings.from_dict(trajectory.mel)
        return trajectory

    @cached_property
    def mel(self) -> MelSettings:
        return MelSettings.from_dict(self.run.trajectory.mel)

    @property
    def sr(self) -> int:
        return self.mel.sr

    def sound_of(self, signal: np.ndarray) -> np.ndarray:
        return spectral.mel_to_audio(signal[0], settings=self.mel)
