"""Loading a diffusers pipeline from a folder, by its name or hub id, and giving it another scheduler.

Nothing is loaded but safetensors, and no code that comes with a model is run (`model_folder`). What a hub id
names is fetched into the hub's own cache, where it is also found without network, and checked there as any
folder is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import torch
from huggingface_hub import constants

from spectral.assets import locate_model
from spectral.errors import InputError
from spectral.recording.model_folder import ModelFolder
from spectral.recording.schedulers import FAMILIES, family_of, of_a_kind

HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def load_pipeline(
    model: str | os.PathLike[str],
    *,
    dtype: str | torch.dtype | None = None,
    device: str | torch.device | None = None,
) -> Any:
    """Load a pipeline, its weights from safetensors alone.

    Stable Diffusion's safety checker, which looks at finished pictures only, is left out.

    Parameters
    ----------
    model
        A folder in diffusers' layout; the name of a carried model, such as "photos-64"; or a hub id
        "owner/name".
    dtype
        "float32", "float16", "bfloat16" or a torch dtype, of the computation; float32 by default.
    device
        Where it runs, the CPU by default.

    Returns
    -------
    pipeline
        A `diffusers.DiffusionPipeline`.

    Raises
    ------
    InputError
        When there is no such model, or none that may or can be loaded.
    """
    folder = find_folder(model)
    kind = torch.float32 if dtype is None else as_dtype(dtype)
    left_out = {"safety_checker": None} if "safety_checker" in folder.parts else {}
    try:
        with _quiet():
            pipeline = getattr(diffusers, folder.pipeline).from_pretrained(
                folder.path,
                dtype=kind,
                use_safetensors=True,
                local_files_only=True,
                low_cpu_mem_usage=False,
                **left_out,
            )
    except Exception as error:  # whatever a damaged configuration or weights file sets off in there
        raise InputError(f"{folder.path}: diffusers cannot load it ({error})") from None
    for part in pipeline.components.values():
        if isinstance(part, diffusers.UNet2DModel):
            part.to(memory_format=torch.channels_last)  # on a CPU the faster one
    return place(pipeline, device=device)


def find_folder(model: str | os.PathLike[str]) -> ModelFolder:
    """The checked folder of a model: one's own, a carried one, or one of the hub's, fetched first.

    Raises
    ------
    InputError
        When there is none.
    """
    path = locate_model(model)
    if path.exists() or not (isinstance(model, str) and HUB_ID.fullmatch(model)):
        return ModelFolder.check(path)
    try:
        with _without_remarks():  # but with the hub's own bars, which tell how much is still to come
            path = Path(diffusers.DiffusionPipeline.download(model, use_safetensors=True))
    except Exception as error:  # of the network, the hub or what lies there, each with a class of its own
        root: BaseException = error
        while (deeper := root.__cause__ or root.__context__) is not None:
            root = deeper
        reason = f"{type(error).__name__}: {str(root).strip().partition(chr(10))[0][:100]}"
        raise InputError(
            f"{model}: no such folder, and as a hub id not in the cache ({constants.HF_HUB_CACHE}) nor to be "
            f"fetched ({reason}), expected a hub id within reach, or the path of a folder that holds a "
            "model_index.json"
        ) from None
    return ModelFolder.check(path)


def place(
    pipeline: Any, *, dtype: str | torch.dtype | None = None, device: str | torch.device | None = None
) -> Any:
    """Move a pipeline to a device or a precision, where one is given.

    Raises
    ------
    InputError
        When there is no such device or precision, or the pipeline cannot be moved.
    """
    try:
        if device is not None:
            pipeline.to(torch.device(device))
        if dtype is not None:
            pipeline.to(as_dtype(dtype))
    except (AttributeError, RuntimeError, AssertionError, ValueError) as error:
        what = f"device: found {device}" if dtype is None else f"dtype: found {dtype}"
        name = type(pipeline).__name__
        raise InputError(f"{what}, to which a {name} cannot be moved ({error})") from None
    return pipeline


def as_dtype(dtype: str | torch.dtype) -> torch.dtype:
    """A floating-point type from its name.

    Raises
    ------
    InputError
        When it is none of `DTYPES`.
    """
    found = DTYPES.get(dtype) if isinstance(dtype, str) else dtype
    if found not in DTYPES.values():
        raise InputError(f"dtype: found {dtype!r}, expected one of {', '.join(DTYPES)}")
    return found


def scheduler_like(scheduler: Any, name: str | None = None, **changes: Any) -> Any:
    """A fresh scheduler of the same configuration, of the same class or another.

    Raises
    ------
    InputError
        When there is no such class, it cannot be recorded, or it is for networks trained in another way.
    """
    name = name or type(scheduler).__name__
    family_of(scheduler)
    like = of_a_kind(scheduler)
    if name not in like:
        what = "for networks trained in another way" if name in FAMILIES else "none that is known"
        raise InputError(f"scheduler: found {name!r}, {what}, expected one of {', '.join(like)}")
    with _quiet():  # of what the other class does not know
        made = getattr(diffusers, name).from_config(scheduler.config, **(like[name] | changes))
    family_of(made)
    return made


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Loading without the libraries' remarks and progress bars; both are left as they were found."""
    import transformers.utils.logging as beside

    bars = [
        library
        for library, shown in (
            (diffusers.utils.logging, diffusers.utils.logging.is_progress_bar_enabled()),
            (beside, beside.is_progress_bar_enabled()),
        )
        if shown
    ]
    for library in bars:
        library.disable_progress_bar()
    try:
        with _without_remarks():
            yield
    finally:
        for library in bars:
            library.enable_progress_bar()


@contextlib.contextmanager
def _without_remarks() -> Iterator[None]:
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)
