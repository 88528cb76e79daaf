"""Runs of a network and a scheduler alone, in loops of our own.

With s the step after t, `r = alpha_t sigma_s / (alpha_s sigma_t)` (`r^2 = SNR_t / SNR_s`) and z fresh noise,
a free run under DDPM or DDIM takes

    x_s = alpha_s denoised + sqrt(sigma_s^2 - v^2) eps_t + v z,   v^2 = eta^2 sigma_s^2 (1 - r^2)

which is DDIM (Song et al. 2021, eq. 12 and 16) with the network's `denoised` and its noise estimate
`eps_t = (x_t - alpha_t denoised) / sigma_t`; eta = 1 is ancestral sampling with DDPM's posterior variance.
Bridges take the noising chain backwards (`bridging`). Other schedulers step themselves and are watched.

Coefficients and states are float64, because a cosine schedule begins with alpha near 5e-5; what the network
sees is float32 (or its own type), and exactly that is recorded.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.bridging import Bridge, Chain, bridging_scheduler
from spectral.recording.loading import scheduler_like
from spectral.recording.parametrisation import DRIVEN
from spectral.recording.progress import counted
from spectral.recording.recorder import Recorder, configuration
from spectral.recording.signal_model import SignalModel
from spectral.recording.storage import Rows
from spectral.trajectory.trajectory import Trajectory, library_versions


@dataclass(frozen=True)
class Run:
    """What every run is told.

    Attributes
    ----------
    steps
        Number of steps.
    seeds
        One for each of the batch.
    eta
        Share of the ancestral noise.
    storage
        "float32" or "float16", of the tensors kept.
    progress
        Whether to show how far it is.
    """

    steps: int
    seeds: Sequence[int]
    eta: float = 0.0
    storage: str = "float32"
    progress: bool = True

    def generators(self) -> list[torch.Generator]:
        """One of the CPU for each seed, so that a run is the same in any batch and on any device."""
        return [torch.Generator("cpu").manual_seed(seed) for seed in self.seeds]


def free_runs(model: SignalModel, shape: tuple[int, ...], run: Run) -> tuple[Trajectory, ...]:
    """A free run from each seed.

    Raises
    ------
    InputError
        When an option is none that the scheduler takes.
    """
    if type(model.scheduler).__name__ not in DRIVEN:
        return _watched(model, scheduler_like(model.scheduler), run, shape=shape)
    grid, alpha, sigma = model.levels(run.steps)
    generators, notes, eta = run.generators(), _Notes(run.storage), run.eta

    def drawn() -> Tensor:
        return torch.cat([torch.randn((1, *shape), generator=g, dtype=model.dtype) for g in generators])

    x_t = drawn().double()
    with model.ready():
        for i in counted(range(run.steps), "sampling", shown=run.progress):
            x_t, denoised = model.look(x_t, grid[i])
            notes.add(x_t, denoised)
            limited = model.meaning.limit(denoised)
            source = limited if model.meaning.noise_from_limited else denoised
            noise = (x_t - alpha[i] * source) / sigma[i]
            r = alpha[i] * sigma[i + 1] / (alpha[i + 1] * sigma[i])
            v = eta * sigma[i + 1] * np.sqrt(1 - r**2)
            x_t = alpha[i + 1] * limited + np.sqrt(sigma[i + 1] ** 2 - v**2) * noise
            if eta > 0:  # drawn even for v = 0, as diffusers does
                x_t = x_t + v * drawn()
    return tuple(
        notes.trajectory(k, model, x_t, grid, stochastic=eta > 0, eta=eta, seed=seed)
        for k, seed in enumerate(run.seeds)
    )


def bridge_run(model: SignalModel, signal: Tensor, run: Run, *, source: str) -> Trajectory:
    """A bridge to a signal, ``(1, *shape)`` float64.

    Raises
    ------
    InputError
        When the scheduler is none of the known ones.
    """
    if type(model.scheduler).__name__ not in DRIVEN:
        scheduler = bridging_scheduler(model.scheduler)
        if type(scheduler).__name__ not in DRIVEN:
            return _watched(model, scheduler, run, signal=signal, source=source)[0]
        model = replace(model, scheduler=scheduler)
    grid, alpha, sigma = model.levels(run.steps)
    notes, chain = _Notes(run.storage), Chain(signal, seed=run.seeds[0])
    with model.ready():
        for i in counted(range(run.steps), "bridging", shown=run.progress):
            notes.add(*model.look(chain.move_to(alpha[i], sigma[i]), grid[i]))
    fields = {"origin": "bridge", "source": source, "stochastic": True, "eta": 1.0, "seed": run.seeds[0]}
    return notes.trajectory(0, model, signal, grid, **fields)


def _watched(
    model: SignalModel,
    scheduler: Any,
    run: Run,
    *,
    shape: tuple[int, ...] = (),
    signal: Tensor | None = None,
    source: str = "",
) -> tuple[Trajectory, ...]:
    """Free runs, or a bridge to a signal, in the loop that diffusers' pipelines have in common."""
    name = type(scheduler).__name__
    if scheduler.config.get("noise_sampler_seed", 0) is None:  # a Brownian tree that would seed itself
        scheduler = scheduler_like(scheduler, noise_sampler_seed=run.seeds[0])
    generators = run.generators()
    options: dict[str, Any] = {"generator": generators if len(generators) > 1 else generators[0]}
    takes = inspect.signature(scheduler.step).parameters
    if run.eta > 0 and "eta" not in takes:
        raise InputError(f"eta is {run.eta}, expected 0 for a {name}, which takes none")
    options = {key: value for key, value in (options | {"eta": run.eta}).items() if key in takes}
    try:
        scheduler.set_timesteps(run.steps)
    except ValueError as error:
        raise InputError(f"steps is {run.steps}, which the scheduler refuses ({error})") from None
    scaled = getattr(scheduler, "scale_model_input", lambda sample, timestep: sample)
    fields: dict[str, Any] = _about(model)
    what = "sampling"
    with contextlib.ExitStack() as stack:
        stack.enter_context(model.ready())
        recorder = stack.enter_context(Recorder(scheduler, storage=run.storage))
        if signal is None:
            x_t = torch.cat([torch.randn((1, *shape), generator=g, dtype=model.dtype) for g in generators])
            x_t = x_t * getattr(scheduler, "init_noise_sigma", 1.0)
        else:
            bridge = stack.enter_context(Bridge(scheduler, model.network, signal, seed=run.seeds[0]))
            x_t = bridge.start().to(model.dtype)
            what = "bridging"
            fields |= {"origin": "bridge", "source": source, "stochastic": True, "eta": 1.0}
            fields["sample"] = signal[0].float().numpy()
        for t in counted(scheduler.timesteps, what, shown=run.progress):
            output = model.output(scaled(x_t, t), t)
            x_t = scheduler.step(output, t, x_t, **options).prev_sample
    return tuple(
        replace(recorder.trajectory(index=k), seed=seed, **fields) for k, seed in enumerate(run.seeds)
    )


class _Notes:
    """What the network saw and said at each step, of the whole batch."""

    def __init__(self, storage: str) -> None:
        self._seen, self._said = Rows(dtype=storage), Rows(dtype=storage)

    def add(self, x_t: Tensor, denoised: Tensor) -> None:
        self._seen.append(x_t.float().numpy())
        self._said.append(denoised.float().numpy())

    def trajectory(
        self, k: int, model: SignalModel, end: Tensor, grid: NDArray[np.int64], **fields: Any
    ) -> Trajectory:
        """The run of one of the batch."""
        return Trajectory(
            x_t=self._seen.array[:, k],
            denoised=self._said.array[:, k],
            sample=end[k].float().numpy(),
            alpha=model.meaning.alpha[grid],
            sigma=model.meaning.sigma[grid],
            timestep=grid,
            scheduler=type(model.scheduler).__name__,
            scheduler_config=configuration(model.scheduler) | {"timestep_spacing": "trailing"},
            versions=library_versions(),
            **_about(model),
            **fields,
        )


def _about(model: SignalModel) -> dict[str, Any]:
    return {
        "model": model.name,
        "modality": model.modality,
        "sample_rate": model.sample_rate,
        "mel": model.mel.to_dict() if model.mel else None,
    }
