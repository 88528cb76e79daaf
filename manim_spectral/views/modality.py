"""Which class pictures a trajectory: by the kind of its signal."""

from __future__ import annotations

from manim_spectral.views.pictures import MelView, PictureView
from manim_spectral.views.run_view import RunView
from manim_spectral.views.waveforms import WaveformView
from spectral import Trajectory

KINDS = {"image": PictureView, "mel": MelView, "waveform": WaveformView}


def run_view(trajectory: Trajectory) -> RunView:
    """The trajectory measured, as its kind of signal is shown.

    Raises
    ------
    InputError
        If its signal is too small to have a spectrum.
    """
    # The latents of a spectrogram have no mels: they are pictures of their own.
    latent_mel = trajectory.modality == "mel" and trajectory.space == "latent"
    return PictureView(trajectory) if latent_mel else KINDS[trajectory.modality](trajectory)
