"""Which class pictures a trajectory: by the kind of its signal."""

from __future__ import annotations

from manim_spectral.views.pictures import MelPictured, Pictured
from manim_spectral.views.run_view import Measured
from manim_spectral.views.waveforms import Heard
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
