"""A pixel-space pipeline's network and scheduler, with what a recording has to know about them."""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.model_folder import PIPELINES
from spectral.parametrisation import Parametrisation, parametrisation_of
from spectral.trajectory import Trajectory, library_versions
from spectral.watching import configuration


@dataclass(frozen=True, eq=False)
class PixelModel:
    """A pipeline's network and scheduler, with what a recording has to know about them."""

    name: str
    network: Any
    scheduler: Any
    channels: int
    dtype: torch.dtype

    @classmethod
    def of(cls, pipeline: Any, *, name: str = "") -> PixelModel:
        """The model in a pipeline; by default under the name of where it came from.

        Raises
        ------
        InputError
            When the pipeline is no unconditional one of a network and a scheduler alone.
        """
        name = name or Path(getattr(getattr(pipeline, "config", None), "_name_or_path", "")).name
        parts = set(getattr(pipeline, "components", ("unet", "scheduler")))
        network, scheduler = getattr(pipeline, "unet", None), getattr(pipeline, "scheduler", None)
        if network is None or scheduler is None or parts != {"unet", "scheduler"}:
            what = f"{type(pipeline).__name__} of {', '.join(sorted(parts))}"
            raise InputError(f"the pipeline is a {what}, expected a pixel-space {' or '.join(PIPELINES)}")
        if getattr(network, "class_embedding", None) is not None:
            raise InputError("the network wants class labels, expected an unconditional one")
        channels = network.config.in_channels
        if channels != (out := network.config.out_channels):
            raise InputError(f"the network gives {out} channels for {channels}, expected as many as it takes")
        name, dtype = name or type(pipeline).__name__, getattr(network, "dtype", torch.float32)
        return cls(name, network, scheduler, channels, dtype)

    @functools.cached_property
    def meaning(self) -> Parametrisation:
        """What the scheduler's numbers mean, where it can be driven from here; others are watched."""
        return parametrisation_of(self.scheduler)

    def size(self, height: int | None, width: int | None) -> tuple[int, int]:
        """The size asked for, or the model's own, if the network can take it."""
        own = self.network.config.sample_size
        own = own if isinstance(own, (tuple, list)) else (own, own)
        height = whole("height", own[0] if height is None else height, 1)
        width = whole("width", own[1] if width is None else width, 1)
        levels = getattr(self.network.config, "block_out_channels", (0,))
        factor = 2 ** (len(levels) - 1)  # all levels but the last halve the picture
        if height % factor or width % factor:
            raise InputError(
                f"the picture is {height} high and {width} wide, expected both divisible by {factor}, "
                "by which the network shrinks it"
            )
        return height, width

    def picture(self, signal: ArrayLike) -> Tensor:
        """The signal as a batch of one, rounded to float32 as it will be recorded."""
        array = np.asarray(signal)
        if array.dtype.kind != "f":
            raise InputError(f"signal holds {array.dtype}, expected floats in [-1, 1]")
        if array.ndim != 3 or array.shape[0] != self.channels:
            raise InputError(f"signal has shape {array.shape}, expected ({self.channels}, height, width)")
        if not np.isfinite(array).all():
            raise InputError("signal holds NaN or infinity, expected floats in [-1, 1]")
        self.size(array.shape[1], array.shape[2])
        return torch.from_numpy(array.astype(np.float32)).double()[None]

    def levels(self, steps: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Timesteps ``(steps,)``, and alpha and sigma ``(steps + 1,)`` with where the last step leads."""
        grid = self.meaning.grid(steps)
        alpha, sigma = self.meaning.final
        return grid, np.append(self.meaning.alpha[grid], alpha), np.append(self.meaning.sigma[grid], sigma)

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """Inference mode, and no dropout; the network is left as it was found."""
        training = getattr(self.network, "training", False)
        if training:
            self.network.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            if training:
                self.network.train()

    def look(self, x_t: Tensor, timestep: np.int64) -> tuple[Tensor, Tensor]:
        """What the network sees of `x_t`, rounded to its type, and its denoised estimate; both float64."""
        shown = x_t.to(self.dtype)
        output = self.output(shown, torch.tensor(int(timestep)))
        x_t = shown.double()
        return x_t, self.meaning.denoised(output.double(), x_t, int(timestep))

    def output(self, shown: Tensor, timestep: Tensor) -> Tensor:
        """What the network says, back on the CPU.

        Raises
        ------
        InputError
            When it says NaN or infinity.
        """
        device = getattr(self.network, "device", "cpu")
        output = self.network(shown.to(device), timestep.to(device)).sample.cpu()
        if not output.isfinite().all():
            raise InputError(f"{self.name}: gives NaN or infinity at timestep {timestep}, expected numbers")
        return output

    def trajectory(
        self, looks: list[tuple[Tensor, Tensor]], sample: Tensor, grid: NDArray[np.int64], **fields: Any
    ) -> Trajectory:
        seen, estimates = zip(*looks, strict=True)
        return Trajectory(
            x_t=torch.cat(seen).numpy(),
            denoised=torch.cat(estimates).numpy(),
            sample=sample[0].float().numpy(),
            alpha=self.meaning.alpha[grid],
            sigma=self.meaning.sigma[grid],
            timestep=grid,
            modality="image",
            model=self.name,
            scheduler=type(self.scheduler).__name__,
            scheduler_config=configuration(self.scheduler) | {"timestep_spacing": "trailing"},
            versions=library_versions(),
            **fields,
        )


def whole(name: str, value: Any, least: int) -> int:
    """The option as an integer.

    Raises
    ------
    InputError
        When it is none, or less than `least`.
    """
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number < 2**63:
        raise InputError(f"{name} is {value!r}, expected a whole number, {least} or more")
    return number
