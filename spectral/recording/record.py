"""Recording a model's sampling runs, every step kept: free ones from noise, and bridges to a signal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from numpy.typing import ArrayLike

from spectral.errors import InputError
from spectral.recording.models import as_model
from spectral.recording.options import RunOptions, Space, output_file
from spectral.trajectory.trajectory import Trajectory

PipelineLike = Any  # a diffusers pipeline, the folder of one, a carried model's name, or a hub id
PathLike = str | os.PathLike[str]


def record(
    pipeline: PipelineLike,
    *,
    steps: int,
    seed: int,
    eta: float = 0.0,
    scheduler: str | None = None,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    guidance_scale: float | None = None,
    class_label: int | None = None,
    height: int | None = None,
    width: int | None = None,
    audio_length_in_s: float | None = None,
    batch: int = 1,
    index: int = 0,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    space: Space = "signal",
    storage: str = "float32",
    out: PathLike | None = None,
    progress: bool = True,
) -> Trajectory:
    """Sample from any diffusers pipeline and keep every step.

    An unconditional network under a DDPM or DDIM scheduler gives the numbers that its pipeline gives for a
    CPU generator of this seed on "trailing" timesteps. Anything else takes its own timesteps and is watched
    (`Recorder`); the sample is the one that the pipeline's call gives for such a generator.

    Parameters
    ----------
    pipeline
        A diffusers pipeline; a folder that holds one in diffusers' layout; the name of a carried model, such
        as "photos-64"; or a hub id "owner/name".
    steps
        Number of steps, at least 2; at most the model's number of training timesteps.
    seed
        Seed of the noise, at least 0.
    eta
        Share of the ancestral noise, from 0 (deterministic DDIM) to 1 (ancestral DDPM). Other schedulers than
        DDPM and DDIM add the noise that is theirs; only some take an eta above 0.
    scheduler
        Name of a diffusers class to step with, made from the configuration of the pipeline's own.
    prompt, negative_prompt
        What to show, and what not, for a model of text.
    guidance_scale
        Weight of prompt or class; the pipeline's own default where it is not given.
    class_label
        The class, from 0, for a model of classes.
    height, width
        Size in pixels, or in mel bands and frames; the model's own by default. Divisible by what the model
        shrinks it by.
    audio_length_in_s
        Length of a sound in seconds, rounded up to what the network can take.
    batch, index
        Draw several samples at once and keep one, counted from 0; the k-th is that of seed + k (but not under
        ScoreSdeVe, whose Langevin steps are as long as the whole batch makes them).
    device
        Where to compute, such as "cuda"; by default where the pipeline is. A pipeline object stays there.
    dtype
        Precision of the computation: "float32", "float16", "bfloat16" or a torch dtype; by default the
        pipeline's own, float32 for a folder. A pipeline object keeps it.
    space
        "signal" decodes a latent model's run through its autoencoder: `denoised` and `sample` are then what
        the decoder makes of the latents, and `x_t` what it makes of noisy ones, for the eye; alpha and sigma
        are the latents'. "latent" keeps the latents.
    storage
        "float32", or "float16" for half the size, of the tensors kept.
    out
        A file to write, whole or not at all. What is returned has then been read from it.
    progress
        Show a progress bar, if standard error is a terminal.

    Returns
    -------
    Trajectory
        `denoised` is the network's estimate, guided where there is guidance, before any clipping; whether
        steps were then taken with a clipped one stands in `scheduler_config` ("clip_sample", "thresholding").

    Raises
    ------
    InputError
        When an option is out of range, missing or none that the pipeline takes; when the model cannot be
        loaded or recorded; or when `out` cannot be written.
    """
    options = RunOptions(
        steps=steps,
        seed=seed,
        eta=eta,
        scheduler=scheduler,
        prompt=prompt,
        negative_prompt=negative_prompt,
        guidance_scale=guidance_scale,
        class_label=class_label,
        height=height,
        width=width,
        audio_length_in_s=audio_length_in_s,
        batch=batch,
        index=index,
        space=space,
        storage=storage,
        progress=progress,
    )
    path = output_file(out)
    model = as_model(pipeline, device=device, dtype=dtype, space=space)
    (trajectory,) = model.free_runs(options)
    return _written(trajectory, path)


def record_batch(
    pipeline: PipelineLike,
    *,
    steps: int,
    seed: int,
    batch: int,
    eta: float = 0.0,
    scheduler: str | None = None,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    guidance_scale: float | None = None,
    class_label: int | None = None,
    height: int | None = None,
    width: int | None = None,
    audio_length_in_s: float | None = None,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    space: Space = "signal",
    storage: str = "float32",
    out: PathLike | None = None,
    progress: bool = True,
) -> tuple[Trajectory, ...]:
    """Draw several samples at once, and keep every step of each.

    Parameters
    ----------
    pipeline, steps, seed, eta, scheduler, prompt, negative_prompt, guidance_scale, class_label
        As for `record`.
    height, width, audio_length_in_s, device, dtype, space, storage, progress
        As for `record`.
    batch
        How many; the k-th is that of seed + k.
    out
        A folder, made where there is none, to write ``seed-N.safetensors`` to for each seed N.

    Returns
    -------
    trajectories
        One for each seed, in order.

    Raises
    ------
    InputError
        As `record`.
    """
    options = RunOptions(
        steps=steps,
        seed=seed,
        eta=eta,
        scheduler=scheduler,
        prompt=prompt,
        negative_prompt=negative_prompt,
        guidance_scale=guidance_scale,
        class_label=class_label,
        height=height,
        width=width,
        audio_length_in_s=audio_length_in_s,
        batch=batch,
        space=space,
        storage=storage,
        progress=progress,
    )
    folder = None if out is None else Path(out).expanduser()
    if folder is not None:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made ({error.strerror}), expected a folder") from None
    runs = as_model(pipeline, device=device, dtype=dtype, space=space).free_runs(options)
    return tuple(_written(run, folder and folder / f"seed-{run.seed}.safetensors") for run in runs)


def bridge(
    pipeline: PipelineLike,
    signal: ArrayLike,
    *,
    steps: int,
    seed: int,
    source: str = "",
    prompt: str | None = None,
    negative_prompt: str | None = None,
    guidance_scale: float | None = None,
    class_label: int | None = None,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    space: Space = "signal",
    storage: str = "float32",
    out: PathLike | None = None,
    progress: bool = True,
) -> Trajectory:
    """Draw a path of the ancestral sampler that ends in a given signal, and what the network makes of it.

    The network is asked as the pipeline asks it, with prompt, class and guidance. A model trained on a table
    of timesteps is asked on a "trailing" grid, whatever scheduler it carries; the others on their own levels.

    Parameters
    ----------
    pipeline, steps, seed, prompt, negative_prompt, guidance_scale, class_label
        As for `record`.
    device, dtype, storage, out, progress
        As for `record`.
    signal
        The picture ``(channels, height, width)``, waveform ``(channels, samples)`` or mel-spectrogram
        ``(channels, mels, frames)``, floats in [-1, 1] (a mel-spectrogram as the model has it). Of any size
        that the network can take.
    source
        Name of the signal, for the record.
    space
        As for `record`. A latent model is shown the signal's latents, and bridged to these.

    Returns
    -------
    Trajectory
        `sample` is `signal` itself; of a latent model its latents, or what the decoder makes of them.

    Raises
    ------
    InputError
        When an option or the signal is not as described, or the pipeline is none that can be bridged.
    """
    options = RunOptions(
        steps=steps,
        seed=seed,
        prompt=prompt,
        negative_prompt=negative_prompt,
        guidance_scale=guidance_scale,
        class_label=class_label,
        space=space,
        storage=storage,
        progress=progress,
    )
    path = output_file(out)
    model = as_model(pipeline, device=device, dtype=dtype, space=space)
    return _written(model.bridge(signal, options, source=source), path)


def _written(trajectory: Trajectory, path: Path | None) -> Trajectory:
    if path is None:
        return trajectory
    trajectory.save(path)
    return Trajectory.load(path)
