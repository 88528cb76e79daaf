"""What the arrays and fields of a trajectory may be: types, shapes, finite numbers, a strict rise of SNR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from spectral.errors import InputError

Modality = Literal["image", "waveform", "mel"]
Origin = Literal["free", "bridge"]
Space = Literal["signal", "decoded", "latent"]

ARRAYS: dict[
    str, tuple[DTypeLike, ...]
] = {  # the types each may have; what has none of them becomes the first
    "x_t": (np.float32, np.float16),
    "denoised": (np.float32, np.float16),
    "sample": (np.float32,),
    "alpha": (np.float64,),
    "sigma": (np.float64,),
    "timestep": (np.int64,),
}
LAYOUT = {
    "image": ("channels", "height", "width"),
    "waveform": ("channels", "samples"),
    "mel": ("channels", "mels", "frames"),
}
METADATA = {  # what JSON may hold for each field; None stands for itself
    "modality": get_args(Modality),
    "origin": get_args(Origin),
    "space": get_args(Space),
    "stochastic": (bool,),
    "source": (str,),
    "model": (str,),
    "scheduler": (str,),
    "scheduler_config": (dict,),
    "eta": (float, int, None),
    "seed": (int, None),
    "prompt": (str, None),
    "negative_prompt": (str, None),
    "guidance": (float, int, None),
    "class_label": (int, None),
    "sample_rate": (int, None),
    "mel": (dict, None),
    "versions": (dict,),
}
AT_LEAST = {"seed": 0, "eta": 0, "class_label": 0, "sample_rate": 1}


def as_array(value: Any) -> NDArray[Any]:
    """An array of what may be a tensor of torch, on any device and of any precision."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":  # numpy has none
            value = value.float()
    return np.asarray(value)


def checked_metadata(name: str, value: Any) -> Any:
    """The value as it will come back from JSON, if `METADATA` allows it."""
    expected = METADATA[name]
    if isinstance(value, np.generic):
        value = value.item()
    kinds = tuple(kind for kind in expected if isinstance(kind, type))
    right = value in expected if not kinds or value is None else isinstance(value, kinds)
    if isinstance(value, bool) and bool not in kinds:
        right = False
    if not right:
        names = [repr(k) if isinstance(k, str) else "null" if k is None else k.__name__ for k in expected]
        raise InputError(f"{name}: found {value!r}, expected {' or '.join(names)}")
    if value is not None and name in AT_LEAST and not value >= AT_LEAST[name]:
        raise InputError(f"{name}: found {value!r}, expected {AT_LEAST[name]} or more")
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"{name} is not JSON ({error}), expected text, finite numbers, lists, dicts"
        ) from None


def checked_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """The values as a read-only array of a type that `ARRAYS` allows, if they are real numbers.

    What has such a type already is not copied.
    """
    array, allowed = np.asarray(value), ARRAYS[name]
    if array.dtype.kind not in ("iu" if name == "timestep" else "iuf"):
        raise InputError(f"{name}: found {array.dtype}, expected {np.dtype(allowed[0])}")
    with np.errstate(over="ignore"):
        array = array.astype(array.dtype if array.dtype in allowed else allowed[0], copy=False).view()
    array.flags.writeable = False
    return array


def check_dtypes(dtypes: Mapping[str, str]) -> None:
    """Raise unless every array of a file has a type that `ARRAYS` allows, x_t and denoised the same."""
    for name, dtype in dtypes.items():
        allowed = [np.dtype(kind).name for kind in ARRAYS[name]]
        if dtype not in allowed:
            raise InputError(f"{name}: found {dtype}, expected {' or '.join(allowed)}")
    if dtypes["x_t"] != dtypes["denoised"]:
        found = f"{dtypes['x_t']}, denoised: found {dtypes['denoised']}"
        raise InputError(f"x_t: found {found}, expected the same")


def check_shapes(modality: Modality, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise unless the arrays of these shapes make up one run of two steps or more."""
    layout, x_t = LAYOUT[modality], shapes["x_t"]
    if len(x_t) != 1 + len(layout) or 0 in x_t or x_t[0] < 2:
        raise InputError(
            f"x_t: found shape {x_t}, expected (steps, {', '.join(layout)}) with at least 2 steps "
            f"and nothing empty for modality {modality!r}"
        )
    expected = {"denoised": x_t, "sample": x_t[1:]} | dict.fromkeys(("alpha", "sigma", "timestep"), x_t[:1])
    for name, shape in expected.items():
        if shapes[name] != shape:
            raise InputError(f"{name}: found shape {shapes[name]}, expected {shape} to go with x_t's {x_t}")


def check_finite(name: str, array: NDArray[Any]) -> None:
    """Raise at the first NaN or infinity; row by row, since the array may be larger than memory."""
    for i, row in enumerate(array):
        if not np.isfinite(row).all():
            at = (i, *map(int, np.argwhere(~np.isfinite(row))[0]))
            raise InputError(f"{name}: found {array[at]} at index {at}, expected finite numbers")


def check_schedule(alpha: NDArray[np.float64], sigma: NDArray[np.float64]) -> None:
    """Raise unless alpha is nowhere negative, sigma positive and SNR strictly rising."""
    if (alpha < 0).any():
        raise InputError(f"alpha has a negative entry ({alpha.min():g}), expected 0 or more")
    if (sigma <= 0).any():
        raise InputError(f"sigma has an entry of {sigma.min():g}, expected positive numbers")
    log_snr = log_ratio(alpha, sigma)
    falling = np.flatnonzero(~(np.diff(log_snr) > 0))
    if falling.size:
        i = int(falling[0])
        raise InputError(
            f"alpha and sigma give log SNR {log_snr[i]:g} at step {i}, {log_snr[i + 1]:g} at step {i + 1}, "
            "expected a strict rise"
        )


def log_ratio(alpha: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(alpha^2 / sigma^2)``; -inf where alpha is 0."""
    with np.errstate(divide="ignore"):
        return 2 * (np.log(alpha) - np.log(sigma))
