"""What is given to be recorded, as one of the two kinds of model that are run, each in its way.

A network and a scheduler alone are sampled here (`signal_model`). Everything else, text, classes, latents and
all, is run through its pipeline's own call (`pipelines`), while a `Recorder` watches.
"""

from __future__ import annotations

import os
from typing import Any

from spectral.errors import InputError
from spectral.recording.loading import load_pipeline, place
from spectral.recording.pipelines import Pipeline
from spectral.recording.schedulers import family_of
from spectral.recording.signal_kind import SignalKind
from spectral.recording.signal_model import SignalModel


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
    return as_model(pipeline).kind(height=height, width=width, audio_length_in_s=audio_length_in_s)


def as_model(
    pipeline: Any, *, device: Any = None, dtype: Any = None, space: str = "signal"
) -> SignalModel | Pipeline:
    """A pipeline, loaded if need be, as what is run; options as for `record`.

    Raises
    ------
    InputError
        When it cannot be loaded or recorded, or has no such space.
    """
    if isinstance(pipeline, (str, os.PathLike)):
        pipeline = load_pipeline(pipeline, dtype=dtype, device=device)
    else:
        place(pipeline, dtype=dtype, device=device)
    model = SignalModel.of(pipeline) if SignalModel.fits(pipeline) else Pipeline.of(pipeline)
    family_of(pipeline.scheduler)
    autoencoder = model.autoencoder if isinstance(model, Pipeline) else None
    if space == "latent" and autoencoder is None:
        raise InputError("space: found 'latent', expected 'signal' for a model without an autoencoder")
    if space == "signal" and autoencoder is not None:
        autoencoder.checked()
    return model
