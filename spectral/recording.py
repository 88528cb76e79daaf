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

import inspect
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import ArrayLike
from rich.console import Console
from rich.progress import track

from spectral.errors import InputError
from spectral.families import family_of
from spectral.model_folder import ModelFolder
from spectral.parametrisation import DRIVEN
from spectral.pixel_model import PixelModel, whole
from spectral.trajectory import Trajectory
from spectral.watching import Recorder

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

    With a DDPM or DDIM scheduler the same numbers as the pipeline itself gives for a CPU generator of this
    seed, on "trailing" timesteps. Any other scheduler takes its own timesteps and is watched (`Recorder`).

    Parameters
    ----------
    pipeline
        A DDPMPipeline or DDIMPipeline with any scheduler that `Recorder` knows, or a folder that holds one in
        diffusers' layout.
    steps
        Number of steps, from 2 to the model's number of training timesteps.
    seed
        Seed of the noise, at least 0.
    eta
        Share of the ancestral noise, from 0 (deterministic DDIM) to 1 (ancestral DDPM). Other schedulers than
        DDPM and DDIM add the noise that is theirs; only some take an eta above 0.
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
    steps, seed = whole("steps", steps, 2), whole("seed", seed, 0)
    if isinstance(eta, bool) or not isinstance(eta, (int, float, np.number)) or not 0 <= eta <= 1:
        raise InputError(f"eta is {eta!r}, expected a number from 0 to 1")
    model = _model(pipeline)
    size = model.size(height, width)
    shape = (1, model.channels, *size)
    if type(model.scheduler).__name__ not in DRIVEN:
        return _watched(model, shape, steps=steps, seed=seed, eta=eta, progress=progress)
    grid, alpha, sigma = model.levels(steps)
    generator = torch.Generator("cpu").manual_seed(seed)
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
    steps, seed = whole("steps", steps, 2), whole("seed", seed, 0)
    model = _model(pipeline)
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


def _watched(
    model: PixelModel, shape: tuple[int, ...], *, steps: int, seed: int, eta: float, progress: bool
) -> Trajectory:
    """A free run under any scheduler, in the loop that diffusers' pipelines have in common."""
    name = type(model.scheduler).__name__
    if family_of(model.scheduler).method != "step":
        raise InputError(f"a {name} needs a loop of its own, expected a Recorder around its pipeline's call")
    config = model.scheduler.config
    seeded = config.get("noise_sampler_seed", seed) is None  # a Brownian tree that would seed itself
    changes = {"noise_sampler_seed": seed} if seeded else {}
    scheduler = type(model.scheduler).from_config(config, **changes)  # the model's own stays as it is
    generator = torch.Generator("cpu").manual_seed(seed)
    options: dict[str, Any] = {"generator": generator, "eta": eta}
    takes = inspect.signature(scheduler.step).parameters
    if eta > 0 and "eta" not in takes:
        raise InputError(f"eta is {eta}, expected 0 for a {name}, which takes none")
    options = {key: value for key, value in options.items() if key in takes}
    try:
        scheduler.set_timesteps(steps)
    except ValueError as error:
        raise InputError(f"steps is {steps}, which the scheduler refuses ({error})") from None
    scaled = getattr(scheduler, "scale_model_input", lambda sample, timestep: sample)
    x_t = torch.randn(shape, generator=generator, dtype=model.dtype)
    x_t = x_t * getattr(scheduler, "init_noise_sigma", 1.0)
    with model.ready(), Recorder(scheduler) as recorder:
        for i in _counted(len(scheduler.timesteps), "sampling", progress):
            t = scheduler.timesteps[i]
            output = model.output(scaled(x_t, t), t)
            x_t = scheduler.step(output, t, x_t, **options).prev_sample
    return replace(recorder.trajectory(), model=model.name, seed=seed)


def _model(pipeline: PipelineLike) -> PixelModel:
    if not isinstance(pipeline, (str, os.PathLike)):
        return PixelModel.of(pipeline)
    folder = ModelFolder.check(Path(pipeline))
    return PixelModel.of(_load(folder), name=folder.name)


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


def _counted(steps: int, what: str, progress: bool) -> Iterator[int]:
    console = Console(stderr=True)
    shown = progress and console.is_terminal
    yield from track(range(steps), description=what, console=console, disable=not shown, transient=True)
