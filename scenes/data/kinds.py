"""Which class pictures a trajectory: by the kind of its signal."""

from __future__ import annotations

from scenes.data.heard import Heard
from scenes.data.measured import Measured
from scenes.data.pictured import MelPictured, Pictured
from spectral import Trajectory

KINDS = {"image": Pictured, "mel": MelPictured, "waveform": Heard}


def measured(trajectory: Trajectory) -> Measured:
    """The trajectory measured, as its kind of signal is shown.

    Raises
    ------
    InputError
        If its signal is too small to have a spectrum.
    """
    # The latents of a spectrogram have no mels: they are pictures of their own.
    latent_mel = trajectory.modality == "mel" and trajectory.space == "latent"
    return Pictured(trajectory) if latent_mel else KINDS[trajectory.modality](trajectory)
