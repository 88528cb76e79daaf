"""Trajectory: the record of one sampling run.

Step i (0 = noisiest) is the network's look at `x_t[i] = alpha[i] x_0 + sigma[i] eps`, from which it formed
its own estimate `denoised[i]` of the clean signal, before any clipping. `snr = alpha^2 / sigma^2` rises
strictly with i. `sample` is what the run arrived at after the last step.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral import trajectory_file
from spectral.errors import InputError

Modality = Literal["image", "waveform", "mel"]
Origin = Literal["free", "bridge"]

LIBRARIES = ("diffusers", "numpy", "spectral-autoregression", "torch")

ARRAYS = {
    "x_t": np.float32,
    "denoised": np.float32,
    "sample": np.float32,
    "alpha": np.float64,
    "sigma": np.float64,
    "timestep": np.int64,
}
LAYOUT = {
    "image": ("channels", "height", "width"),
    "waveform": ("channels", "samples"),
    "mel": ("channels", "mels", "frames"),
}
METADATA = {  # what JSON may hold for each field; None stands for itself
    "modality": get_args(Modality),
    "origin": get_args(Origin),
    "stochastic": (bool,),
    "source": (str,),
    "model": (str,),
    "scheduler": (str,),
    "scheduler_config": (dict,),
    "eta": (float, int, None),
    "seed": (int, None),
    "prompt": (str, None),
    "guidance": (float, int, None),
    "sample_rate": (int, None),
    "mel": (dict, None),
    "versions": (dict,),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Trajectory:
    """One sampling run, every step kept.

    The arrays are read-only views; whatever array-like is given is checked and brought to the dtype below.

    Attributes
    ----------
    x_t
        What the network saw, ``(steps, *shape)`` float32, at least two steps. `shape` is (channels, height,
        width) for an image, in [-1, 1] when clean, (channels, samples) for a waveform, (channels, mels,
        frames) for a mel-spectrogram.
    denoised
        The network's own estimate of the clean signal from it, unclipped, ``(steps, *shape)`` float32.
    sample
        The end of the run, ``shape`` float32.
    alpha, sigma
        Signal and noise scale of each step, ``(steps,)`` float64; alpha >= 0, sigma > 0, SNR strictly rising.
    timestep
        The integer that told the network the noise level, ``(steps,)`` int64.
    modality
        "image", "waveform" or "mel".
    stochastic
        Whether the path took fresh noise on the way (ancestral sampling, or a bridge).
    origin
        "free" from seeded noise, or "bridge" to a given signal.
    source
        What a bridge ends in: the name of a picture or clip.
    model, scheduler, scheduler_config
        What ran: the model's name, the scheduler's class and its configuration, as JSON can hold it.
    eta
        Share of the ancestral noise, 0 (deterministic) to 1.
    seed
        Seed of the random generator, at least 0.
    prompt, guidance
        The text and its weight, where the model takes one.
    sample_rate
        Samples per second (audio).
    mel
        Parameters of the mel-spectrogram.
    versions
        Version of each library that took part.

    Raises
    ------
    InputError
        When an array or field is not as described; the message names it.
    """

    x_t: NDArray[np.float32]
    denoised: NDArray[np.float32]
    sample: NDArray[np.float32]
    alpha: NDArray[np.float64]
    sigma: NDArray[np.float64]
    timestep: NDArray[np.int64]
    modality: Modality
    stochastic: bool
    origin: Origin = "free"
    source: str = ""
    model: str = ""
    scheduler: str = ""
    scheduler_config: dict[str, Any] = field(default_factory=dict)
    eta: float | None = None
    seed: int | None = None
    prompt: str | None = None
    guidance: float | None = None
    sample_rate: int | None = None
    mel: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in METADATA:
            object.__setattr__(self, name, _checked_metadata(name, getattr(self, name)))
        for name, dtype in ARRAYS.items():
            object.__setattr__(self, name, _checked_array(name, getattr(self, name), dtype))
        _check_shapes(self)
        _check_schedule(self)

    @property
    def n_steps(self) -> int:
        """Number of recorded steps."""
        return len(self.alpha)

    @property
    def signal_ndim(self) -> int:
        """Number of trailing axes that are the signal: 2 for images and mel-spectrograms, 1 for waveforms."""
        return len(LAYOUT[self.modality]) - 1

    @property
    def signal_shape(self) -> tuple[int, ...]:
        """Shape of the signal without channels: (height, width), (samples,) or (mels, frames)."""
        return self.sample.shape[-self.signal_ndim :]

    @property
    def snr(self) -> NDArray[np.float64]:
        """Signal-to-noise ratio ``alpha^2 / sigma^2`` of each step, ``(steps,)``, a ratio of variances."""
        return (self.alpha / self.sigma) ** 2

    @property
    def log_snr(self) -> NDArray[np.float64]:
        """Natural logarithm of `snr`, ``(steps,)``; -inf where alpha is 0."""
        with np.errstate(divide="ignore"):
            return 2 * (np.log(self.alpha) - np.log(self.sigma))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trajectory to `path`, whole or not at all.

        Raises
        ------
        InputError
            When the file cannot be written.
        """
        arrays = {name: getattr(self, name) for name in ARRAYS}
        metadata = {name: getattr(self, name) for name in METADATA}
        trajectory_file.write(Path(path), arrays, metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectory:
        """Read a trajectory that `save` wrote, and check all of it.

        Raises
        ------
        InputError
            When the file is missing, damaged, or holds something else; the message names the file, the field
            and what was expected.
        """
        try:
            content = trajectory_file.read(Path(path), tuple(ARRAYS), tuple(METADATA))
            for name, dtype in ARRAYS.items():
                if content.arrays[name].dtype != dtype:
                    raise InputError(f"{name} holds {content.arrays[name].dtype}, expected {np.dtype(dtype)}")
            fields: dict[str, Any] = {**content.arrays, **content.metadata}
            trajectory = cls(**fields)  # first, because it can name the field that is wrong
            if not content.intact:
                raise InputError("sha256 does not match the contents, expected an unchanged file")
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        return trajectory


def library_versions() -> dict[str, str]:
    """Versions of the libraries that a run's numbers depend on, for `Trajectory.versions`."""
    versions = {}
    for name in LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions


def _checked_metadata(name: str, value: Any) -> Any:
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
        raise InputError(f"{name} is {value!r}, expected {' or '.join(names)}")
    if name in ("seed", "eta") and value is not None and not value >= 0:
        raise InputError(f"{name} is {value!r}, expected 0 or more")
    if name == "sample_rate" and value is not None and value <= 0:
        raise InputError(f"{name} is {value!r}, expected a positive number of samples per second")
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} cannot be kept as JSON ({error})") from None


def _checked_array(name: str, value: ArrayLike, dtype: Any) -> NDArray[Any]:
    """The values as a read-only, contiguous array of the right dtype, if they are real and finite."""
    array = np.asarray(value)
    allowed = "iu" if dtype is np.int64 else "iuf"
    if array.dtype.kind not in allowed:
        raise InputError(f"{name} holds {array.dtype}, expected {np.dtype(dtype)}")
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, dtype=dtype).view()
    if not np.isfinite(array).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(f"{name} is {array[at]} at index {at}, expected finite numbers")
    array.flags.writeable = False
    return array


def _check_shapes(trajectory: Trajectory) -> None:
    layout = LAYOUT[trajectory.modality]
    x_t = trajectory.x_t
    if x_t.ndim != 1 + len(layout) or 0 in x_t.shape or len(x_t) < 2:
        raise InputError(
            f"x_t has shape {x_t.shape}, expected (steps, {', '.join(layout)}) with at least 2 steps "
            f"and nothing empty for modality {trajectory.modality!r}"
        )
    expected = {"denoised": x_t.shape, "sample": x_t.shape[1:]}
    expected |= dict.fromkeys(("alpha", "sigma", "timestep"), x_t.shape[:1])
    for name, shape in expected.items():
        found = getattr(trajectory, name).shape
        if found != shape:
            raise InputError(f"{name} has shape {found}, expected {shape} to go with x_t's {x_t.shape}")


def _check_schedule(trajectory: Trajectory) -> None:
    if (trajectory.alpha < 0).any():
        raise InputError(f"alpha has a negative entry ({trajectory.alpha.min():g}), expected 0 or more")
    if (trajectory.sigma <= 0).any():
        raise InputError(f"sigma has an entry of {trajectory.sigma.min():g}, expected positive numbers")
    falling = np.flatnonzero(~(np.diff(trajectory.log_snr) > 0))
    if falling.size:
        i = int(falling[0])
        a, b = trajectory.log_snr[i : i + 2]
        raise InputError(
            f"alpha and sigma give log SNR {a:g} at step {i}, {b:g} at step {i + 1}, expected a strict rise"
        )
