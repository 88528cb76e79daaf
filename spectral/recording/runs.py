"""Runs of whatever model is given, in the space that is asked for.

A network and a scheduler alone are run in loops of our own (`driving`). Everything else, text, classes,
latents and all, is run through its pipeline's own call (`pipelines`), while a `Recorder` watches.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spectral.errors import InputError
from spectral.recording.driving import Run, bridge_run, free_runs
from spectral.recording.loading import load_pipeline, place, scheduler_like
from spectral.recording.options import one_of, whole
from spectral.recording.pipelines import Pipeline, latents_of
from spectral.recording.schedulers import family_of
from spectral.recording.signal_model import SignalKind, SignalModel
from spectral.trajectory.trajectory import Trajectory

SPACES, STORAGES = ("signal", "latent"), ("float32", "float16")
SIZES = ("height", "width", "audio_length_in_s")


def signal_kind(
    pipeline: Any,
    *,
    height: int | None = None,
    width: int | None = None,
    audio_length_in_s: float | None = None,
) -> SignalKind:
    """What a pipeline makes, of the size asked for or else its own, and so what a bridge of it may end in.

    Parameters
    ----------
    pipeline, height, width, audio_length_in_s
        As for `record`.

    Raises
    ------
    InputError
        When it cannot be loaded or recorded, or has no such size.
    """
    model = _model(pipeline, device=None, dtype=None, space="signal")
    sizes: dict[str, Any] = {"height": height, "width": width, "audio_length_in_s": audio_length_in_s}
    return model.kind(**sizes) if isinstance(model, SignalModel) else model.kind().sized(**sizes)


def sampled(
    pipeline: Any,
    *,
    steps: int,
    seeds: Sequence[int],
    keep: Iterable[int],
    eta: float,
    scheduler: str | None,
    device: Any,
    dtype: Any,
    space: str,
    storage: str,
    progress: bool,
    **given: Any,
) -> list[Trajectory]:
    """Free runs from all seeds at once, of which those of the numbers in `keep`; options as for `record`.

    Raises
    ------
    InputError
        As `record`.
    """
    if isinstance(eta, bool) or not isinstance(eta, (int, float, np.number)) or not 0 <= eta <= 1:
        raise InputError(f"eta is {eta!r}, expected a number from 0 to 1")
    run = Run(whole("steps", steps, 2), seeds, float(eta), one_of("storage", storage, STORAGES), progress)
    model = _model(pipeline, device=device, dtype=dtype, space=space)
    if isinstance(model, SignalModel):
        sizes = {name: given.pop(name) for name in SIZES}
        _none_of(given, model)
        if scheduler is not None:
            model = replace(model, scheduler=scheduler_like(model.scheduler, scheduler))
        runs = free_runs(model, model.shape(**sizes), run)
        return [runs[k] for k in keep]
    runs = model.free_runs(_kept_by(model, run, space), given, scheduler=scheduler)
    return [_seen(runs[k], model, space, given["audio_length_in_s"], run) for k in keep]


def bridged(
    pipeline: Any,
    signal: ArrayLike,
    *,
    steps: int,
    seeds: Sequence[int],
    source: str,
    device: Any,
    dtype: Any,
    space: str,
    storage: str,
    progress: bool,
    **given: Any,
) -> Trajectory:
    """A bridge to a signal; options as for `bridge`.

    Raises
    ------
    InputError
        As `bridge`.
    """
    run = Run(whole("steps", steps, 2), seeds, 0.0, one_of("storage", storage, STORAGES), progress)
    model = _model(pipeline, device=device, dtype=dtype, space=space)
    if isinstance(model, SignalModel):
        _none_of(given, model)
        return bridge_run(model, model.signal(signal), run, source=source)
    latents, sizes = latents_of(signal, model)
    trajectory = model.bridge_run(latents, _kept_by(model, run, space), given | sizes, source=source)
    return _seen(trajectory, model, space, sizes.get("audio_length_in_s"), run)


def _model(pipeline: Any, *, device: Any, dtype: Any, space: str) -> SignalModel | Pipeline:
    """The pipeline as one of the two kinds that are run each in its way."""
    one_of("space", space, SPACES)
    if isinstance(pipeline, (str, os.PathLike)):
        pipeline = load_pipeline(pipeline, dtype=dtype, device=device)
    else:
        place(pipeline, dtype=dtype, device=device)
    model = SignalModel.of(pipeline) if SignalModel.fits(pipeline) else Pipeline.of(pipeline)
    family_of(pipeline.scheduler)
    autoencoder = model.autoencoder if isinstance(model, Pipeline) else None
    if space == "latent" and autoencoder is None:
        raise InputError("space is 'latent', expected 'signal' for a model without an autoencoder")
    if space == "signal" and autoencoder is not None:
        autoencoder.checked()
    return model


def _seen(trajectory: Trajectory, model: Pipeline, space: str, seconds: float | None, run: Run) -> Trajectory:
    """The run in the space asked for."""
    if model.autoencoder is None or space == "latent":
        return trajectory
    return model.autoencoder.decoded(trajectory, seconds=seconds, storage=run.storage, progress=run.progress)


def _kept_by(model: Pipeline, run: Run, space: str) -> Run:
    """How the run is kept at first: latents that will be decoded are rounded once, at the end."""
    return run if model.autoencoder is None or space == "latent" else replace(run, storage="float32")


def _none_of(given: dict[str, Any], model: SignalModel) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(f"{name} is {value!r}, expected none for {model.name}, an unconditional model")
