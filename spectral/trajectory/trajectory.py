"""Trajectory: the record of one sampling run.

Step i (0 = noisiest) is the network's look at `x_t[i] = alpha[i] x_0 + sigma[i] eps`, from which it formed
its own estimate `denoised[i]` of the clean signal, before any clipping. `snr = alpha^2 / sigma^2` rises
strictly with i. `sample` is what the run arrived at after the last step.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectral.errors import InputError
from spectral.trajectory import file as trajectory_file
from spectral.trajectory.checks import (
    ARRAYS,
    LAYOUT,
    METADATA,
    Modality,
    Origin,
    Space,
    as_array,
    check_finite,
    check_schedule,
    check_shapes,
    checked_array,
    checked_metadata,
    log_ratio,
)
from spectral.trajectory.info import checked_header

STORED = ("x_t", "denoised")  # in float32, or float16 where both are
LIBRARIES = ("diffusers", "numpy", "spectral-autoregression", "torch")


@dataclass(frozen=True, eq=False, kw_only=True)
class Trajectory:
    """One sampling run, every step kept.

    The arrays are read-only views; whatever array-like is given is checked and brought to the dtype below.
    `x_t` and `denoised` may be larger than memory: loaded from a file or kept by a `Recorder`, they are maps
    of what is on disk. The file has to stay as it is meanwhile; a `save` over it is fine, since the new file
    takes its name and the old one stays as long as it is in use (Windows refuses it).

    Attributes
    ----------
    x_t
        What the network saw, ``(steps, *shape)`` float32, at least two steps. `shape` is (channels, height,
        width) for an image, in [-1, 1] when clean, (channels, samples) for a waveform, (channels, mels,
        frames) for a mel-spectrogram.
    denoised
        The network's own estimate of the clean signal from it, unclipped, ``(steps, *shape)`` float32.
        Where both are given as float16, `x_t` and `denoised` are kept so.
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
    space
        "signal" where the model works on the signal itself; "decoded" where it works on latents, and `x_t`,
        `denoised` and `sample` have been through its decoder; "latent" where they are the latents. `alpha`
        and `sigma` are those of the latents in both.
    source
        What a bridge ends in: the name of a picture or clip.
    model, scheduler, scheduler_config
        What ran: the model's name, the scheduler's class and its configuration, as JSON can hold it.
    eta
        Share of the ancestral noise, 0 (deterministic) to 1.
    seed
        Seed of the random generator, at least 0.
    prompt, negative_prompt, guidance
        The texts and their weight, where the model takes any.
    class_label
        The class, counted from 0, where the model takes one.
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

    x_t: NDArray[np.float32 | np.float16]
    denoised: NDArray[np.float32 | np.float16]
    sample: NDArray[np.float32]
    alpha: NDArray[np.float64]
    sigma: NDArray[np.float64]
    timestep: NDArray[np.int64]
    modality: Modality
    stochastic: bool
    origin: Origin = "free"
    space: Space = "signal"
    source: str = ""
    model: str = ""
    scheduler: str = ""
    scheduler_config: dict[str, Any] = field(default_factory=dict)
    eta: float | None = None
    seed: int | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    guidance: float | None = None
    class_label: int | None = None
    sample_rate: int | None = None
    mel: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in METADATA:
            object.__setattr__(self, name, checked_metadata(name, getattr(self, name)))
        arrays = {name: checked_array(name, getattr(self, name)) for name in ARRAYS}
        if arrays["x_t"].dtype != arrays["denoised"].dtype:  # one of them in half precision
            arrays |= {name: checked_array(name, arrays[name].astype(np.float32)) for name in STORED}
        check_shapes(self.modality, {name: array.shape for name, array in arrays.items()})
        for name, array in arrays.items():
            check_finite(name, array)
            object.__setattr__(self, name, array)
        check_schedule(self.alpha, self.sigma)

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
        return log_ratio(self.alpha, self.sigma)

    @classmethod
    def from_steps(
        cls,
        *,
        x_t: Iterable[Any],
        denoised: Iterable[Any],
        sigma: Any,
        stochastic: bool,
        alpha: Any = None,
        sample: Any = None,
        timestep: Any = None,
        modality: Modality = "image",
        **metadata: Any,
    ) -> Trajectory:
        """Make a trajectory of a run's own arrays or tensors, noisiest step first.

        Parameters
        ----------
        x_t, denoised
            What the network saw and its estimate, one array or tensor a step, each in the `modality`'s shape
            without a batch.
        sigma, alpha
            Noise and signal scale of each step, ``(steps,)``; alpha is 1 unless given.
        stochastic
            Whether the sampler adds noise on the way.
        sample
            The end of the run; the last of `denoised` unless given.
        timestep
            Integers, ``(steps,)``; counted down to 0 unless given.
        modality, metadata
            Fields of `Trajectory`.

        Raises
        ------
        InputError
            When an array or field is not as `Trajectory` describes it; the message names it.
        """
        steps = _stacked("x_t", x_t), _stacked("denoised", denoised)
        sigma = as_array(sigma)
        return cls(
            x_t=steps[0],
            denoised=steps[1],
            sample=steps[1][-1] if sample is None else as_array(sample),
            alpha=np.ones(sigma.shape) if alpha is None else as_array(alpha),
            sigma=sigma,
            timestep=np.arange(sigma.size)[::-1] if timestep is None else as_array(timestep),
            modality=modality,
            stochastic=stochastic,
            **metadata,
        )

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
            header = checked_header(Path(path))
            arrays = trajectory_file.map_arrays(Path(path), header)
            fields: dict[str, Any] = {**arrays, **{name: header.record[name] for name in METADATA}}
            trajectory = cls(**fields)  # first, because it can name the field that is wrong
            trajectory_file.check_digest(header, arrays)
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


def _stacked(name: str, steps: Iterable[Any]) -> NDArray[Any]:
    rows = [as_array(step) for step in steps]
    shapes = {row.shape for row in rows}
    if len(shapes) != 1:
        found = " and ".join(map(str, sorted(shapes))) or "no step"
        raise InputError(f"{name}: found {found}, expected steps of one shape")
    return np.stack(rows)
