"""Driving a diffusers pipeline and keeping every step: free runs and bridges.

With s the step after t, `r = alpha_t sigma_s / (alpha_s sigma_t)` (`r^2 = SNR_t / SNR_s`) and z fresh noise:

    free run    x_s = alpha_s denoised + sqrt(sigma_s^2 - v^2) eps_t + v z,   v^2 = eta^2 sigma_s^2 (1 - r^2)
    bridge      x_s = alpha_s x_0 + sigma_s eps_s,   eps_s = r eps_t + sqrt(1 - r^2) z

The first is DDIM (Song et al. 2021, eq. 12 and 16) with the network's `denoised` and its noise estimate
`eps_t = (x_t - alpha_t denoised) / sigma_t`; eta = 1 is ancestral sampling with DDPM's posterior variance.
The second draws from `q(x_s | x_t, x_0)`, the noising chain backwards (Ho et al. 2020, eq. 6 and 7, for any
stride): the path that a perfect model's ancestral sampler takes when it happens to end in x_0. There `eps_t`
is the true noise, and the network only looks on: it is shown x_t and t, and its estimate is kept.

Coefficients and states are float64, because a cosine schedule begins with alpha near 5e-5; what the network
sees is float32 (or its own type), and exactly that is recorded.
"""

from __future__ import annotations

import contextlib
import json
import operator
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor

from spectral.errors import InputError
from spectral.model_folder import PIPELINES, ModelFolder
from spectral.parametrisation import Parametrisation, parametrisation_of
from spectral.trajectory import Trajectory, library_versions

PipelineLike = Any  # a diffusers pipeline, or the folder of one: str | os.PathLike[str]


def record(
    pipeline: PipelineLike,
    *,
    steps: int,
    seed: int,
    eta: float = 0.0,
    height: int | None = None,
    width: int | None = None,
    progress: bool = True,
) -> Trajectory:
    """Sample from a pixel-space pipeline and keep every step.

    The same numbers as the pipeline itself gives for a CPU generator of this seed, on "trailing" timesteps.

    Parameters
    ----------
    pipeline
        A DDPMPipeline or DDIMPipeline, or a folder that holds one in diffusers' layout.
    steps
        Number of steps, from 2 to the model's number of training timesteps.
    seed
        Seed of the noise, at least 0.
    eta
        Share of the ancestral noise, from 0 (deterministic DDIM) to 1 (ancestral DDPM).
    height, width
        Size in pixels, divisible by the network's downsampling; the model's own by default.
    progress
        Show a progress bar, if standard error is a terminal.

    Returns
    -------
    Trajectory
        `denoised` is the network's estimate before any clipping; whether steps were then taken with a clipped
        one stands in `scheduler_config` ("clip_sample", "thresholding").

    Raises
    ------
    InputError
        When an option is out of range, or the folder or pipeline is none that can be recorded.
    """
    steps, seed = _whole("steps", steps, 2), _whole("seed", seed, 0)
    if isinstance(eta, bool) or not isinstance(eta, (int, float, np.number)) or not 0 <= eta <= 1:
        raise InputError(f"eta is {eta!r}, expected a number from 0 to 1")
    model = _Model.of(pipeline)
    size = model.size(height, width)
    grid, alpha, sigma = model.levels(steps)
    generator = torch.Generator("cpu").manual_seed(seed)
    shape = (1, model.channels, *size)
    x_t = torch.randn(shape, generator=generator, dtype=model.dtype).double()
    looks = []
    with model.ready():
        for i in _counted(steps, "sampling", progress):
            x_t, denoised = model.look(x_t, grid[i])
            looks.append((x_t.float(), denoised.float()))
            limited = model.meaning.limit(denoised)
            source = limited if model.meaning.noise_from_limited else denoised
            noise = (x_t - alpha[i] * source) / sigma[i]
            r = alpha[i] * sigma[i + 1] / (alpha[i + 1] * sigma[i])
            v = eta * sigma[i + 1] * np.sqrt(1 - r**2)
            x_t = alpha[i + 1] * limited + np.sqrt(sigma[i + 1] ** 2 - v**2) * noise
            if eta > 0:  # drawn even for v = 0, as diffusers does
                x_t = x_t + v * torch.randn(shape, generator=generator, dtype=model.dtype)
    return model.trajectory(looks, x_t, grid, origin="free", stochastic=eta > 0, eta=float(eta), seed=seed)


def bridge(
    pipeline: PipelineLike,
    signal: ArrayLike,
    *,
    steps: int,
    seed: int,
    source: str = "",
    progress: bool = True,
) -> Trajectory:
    """Draw a path of the ancestral sampler that ends in a given picture, and what the network makes of it.

    Parameters
    ----------
    pipeline, steps, seed, progress
        As for `record`.
    signal
        The picture, ``(channels, height, width)``, floats in [-1, 1]; height and width divisible by the
        network's downsampling, otherwise of any size.
    source
        Name of the picture, for the record.

    Returns
    -------
    Trajectory
        `sample` is `signal` itself.

    Raises
    ------
    InputError
        When an option or the signal is not as described, or the pipeline is none that can be recorded.
    """
    steps, seed = _whole("steps", steps, 2), _whole("seed", seed, 0)
    model = _Model.of(pipeline)
    sample = model.picture(signal)
    grid, alpha, sigma = model.levels(steps)
    generator = torch.Generator("cpu").manual_seed(seed)
    noise = torch.randn(sample.shape, generator=generator, dtype=torch.float64)
    looks = []
    with model.ready():
        for i in _counted(steps, "bridging", progress):
            if i > 0:
                r = alpha[i - 1] * sigma[i] / (alpha[i] * sigma[i - 1])
                fresh = torch.randn(sample.shape, generator=generator, dtype=torch.float64)
                noise = r * noise + np.sqrt(1 - r**2) * fresh
            x_t, denoised = model.look(alpha[i] * sample + sigma[i] * noise, grid[i])
            looks.append((x_t.float(), denoised.float()))
    return model.trajectory(
        looks, sample, grid, origin="bridge", stochastic=True, eta=1.0, seed=seed, source=source
    )


@dataclass(frozen=True, eq=False)
class _Model:
    """A pipeline's network and scheduler, with what a recording has to know about them."""

    name: str
    network: Any
    scheduler: Any
    meaning: Parametrisation
    channels: int
    dtype: torch.dtype

    @classmethod
    def of(cls, pipeline: PipelineLike) -> _Model:
        if isinstance(pipeline, (str, os.PathLike)):
            folder = ModelFolder.check(Path(pipeline))
            pipeline, name = _load(folder), folder.name
        else:
            name = Path(getattr(getattr(pipeline, "config", None), "_name_or_path", "")).name
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
        return cls(name, network, scheduler, parametrisation_of(scheduler), channels, dtype)

    def size(self, height: int | None, width: int | None) -> tuple[int, int]:
        """The size asked for, or the model's own, if the network can take it."""
        own = self.network.config.sample_size
        own = own if isinstance(own, (tuple, list)) else (own, own)
        height = _whole("height", own[0] if height is None else height, 1)
        width = _whole("width", own[1] if width is None else width, 1)
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
        device = getattr(self.network, "device", "cpu")
        output = self.network(shown.to(device), torch.tensor(int(timestep), device=device)).sample
        if not output.isfinite().all():
            raise InputError(f"{self.name}: gives NaN or infinity at timestep {timestep}, expected numbers")
        x_t = shown.double()
        return x_t, self.meaning.denoised(output.to("cpu", torch.float64), x_t, int(timestep))

    def trajectory(
        self, looks: list[tuple[Tensor, Tensor]], sample: Tensor, grid: NDArray[np.int64], **fields: Any
    ) -> Trajectory:
        seen, estimates = zip(*looks, strict=True)
        config = json.loads(self.scheduler.to_json_string())
        config = {name: value for name, value in config.items() if name[0] != "_"}
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
            scheduler_config=config | {"timestep_spacing": "trailing"},
            versions=library_versions(),
            **fields,
        )


def _load(folder: ModelFolder) -> Any:
    """The pipeline in a folder, its weights from safetensors alone and as float32."""
    try:
        network = diffusers.UNet2DModel.from_pretrained(
            folder.path / "unet",
            use_safetensors=True,
            local_files_only=True,
            low_cpu_mem_usage=False,
            torch_dtype=torch.float32,
        )
        network.to(memory_format=torch.channels_last)
        scheduler = getattr(diffusers, folder.scheduler).from_pretrained(folder.path / "scheduler")
        return getattr(diffusers, folder.pipeline)(unet=network, scheduler=scheduler)
    except Exception as error:  # whatever a damaged configuration or weights file sets off in there
        raise InputError(f"{folder.path}: diffusers cannot load it ({error})") from None


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number < 2**63:
        raise InputError(f"{name} is {value!r}, expected a whole number, {least} or more")
    return number


def _counted(steps: int, what: str, progress: bool) -> Iterator[int]:
    console = Console(stderr=True)
    shown = progress and console.is_terminal
    yield from track(range(steps), description=what, console=console, disable=not shown, transient=True)
