"""Which class pictures a trajectory: by the kind of its signal."""

from __future__ import annotations

from functools import lru_cache

from manim_spectral.views.pictures import MelView, PictureView
from manim_spectral.views.run_view import RunView
from manim_spectral.views.waveforms import WaveformView
from spectral import InputError, LockIn, Trajectory

VIEWS: dict[str, type[PictureView] | type[WaveformView]] = {
    "image": PictureView,
    "mel": MelView,
    "waveform": WaveformView,
}


def run_view(run: Trajectory | RunView, *, lock: LockIn | None = None) -> RunView:
    """A run as it is shown: measured, with words and pictures of its kind of signal.

    Parameters
    ----------
    run
        A trajectory; a view is returned as it is.
    lock
        What `spectral.lock_in` measured of it, for bands or a threshold of one's own; measured here without
        one.

    Raises
    ------
    InputError
        If `run` is neither, its signal is too small to have a spectrum, or `lock` is another run's.
    """
    if isinstance(run, RunView):
        if lock is None:
            return run
        run = run.trajectory
    if not isinstance(run, Trajectory):
        raise InputError(f"run: found {_article(type(run).__name__)}, expected a spectral.Trajectory")
    if lock is not None and not isinstance(lock, LockIn):
        found = _article(type(lock).__name__)
        raise InputError(f"lock: found {found}, expected what spectral.lock_in(run, bands) gives")
    return _measured(run, lock)


@lru_cache(maxsize=2)  # the parts of one display are often made one after another, of the same run
def _measured(run: Trajectory, lock: LockIn | None) -> RunView:
    # The latents of a spectrogram have no mels: they are pictures of their own.
    latent_mel = run.modality == "mel" and run.space == "latent"
    return (PictureView if latent_mel else VIEWS[run.modality])(run, lock=lock)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
