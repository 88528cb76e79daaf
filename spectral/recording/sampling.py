"""Sampling with a scheduler, in the one loop that is run here: a network alone's, a bridge's, a denoiser's.

What steps is a scheduler of diffusers, one of these with a `step` in float64 (`ddim`), or a sampler of our
own (`denoiser`). A `Recorder` watches it, and a `Bridge` may lead it. The pipelines that are run through
their own call (`pipelines`) bring a loop like this one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.ddim import exact
from spectral.recording.loading import scheduler_like
from spectral.recording.options import RunOptions
from spectral.recording.progress import counted
from spectral.recording.schedulers import family_of

Ask = Callable[[Tensor, Any], Tensor]  # of what the network sees and the timestep


def sample(
    ask: Ask, scheduler: Any, x_t: Tensor, *, dtype: torch.dtype, what: str, progress: bool, **options: Any
) -> Tensor:
    """Take every step of a scheduler that knows its timesteps.

    Parameters
    ----------
    ask
        The network: its output for x_t, as the scheduler scales it, and a timestep.
    scheduler
        What steps.
    x_t
        Where to begin, a batch.
    dtype
        What the state is rounded to before each step.
    what, progress
        The progress bar's name, and whether it is shown.
    options
        Further arguments of `step`.

    Returns
    -------
    end
        The batch after the last step.
    """
    scaled = getattr(scheduler, "scale_model_input", lambda sample, timestep: sample)
    for t in counted(scheduler.timesteps, what, shown=progress):
        x_t = x_t.to(dtype)
        x_t = scheduler.step(ask(scaled(x_t, t), t), t, x_t, **options)[0]
    return x_t


def set_to(scheduler: Any, options: RunOptions) -> Any:
    """A scheduler of the same kind, set to the run's steps; the one given stays as it is.

    Raises
    ------
    InputError
        When it cannot take that many steps.
    """
    if family_of(scheduler).exact:
        return exact(scheduler, options.steps)
    made = seeded(scheduler_like(scheduler), options.seed)
    try:
        made.set_timesteps(options.steps)
    except ValueError as error:
        raise InputError(f"steps: found {options.steps}, which the scheduler refuses ({error})") from None
    return made


def seeded(scheduler: Any, seed: int) -> Any:
    """The scheduler; where it has a Brownian tree that would seed itself, one with this seed."""
    if scheduler.config.get("noise_sampler_seed", 0) is None:
        return scheduler_like(scheduler, noise_sampler_seed=seed)
    return scheduler


def step_options(scheduler: Any, eta: float, generators: Sequence[torch.Generator]) -> dict[str, Any]:
    """What the scheduler's `step` takes of the share of ancestral noise, and of what draws it.

    Raises
    ------
    InputError
        When eta is above 0 and `step` takes none.
    """
    takes = inspect.signature(scheduler.step).parameters
    if eta > 0 and "eta" not in takes:
        raise InputError(f"eta: found {eta}, expected 0 for a {type(scheduler).__name__}, which takes none")
    given = {"generator": one_or_all(generators), "eta": eta}
    return {name: value for name, value in given.items() if name in takes}


def one_or_all(generators: Sequence[torch.Generator]) -> torch.Generator | list[torch.Generator]:
    """Generators as diffusers takes them: one alone, or a list for a batch."""
    return list(generators) if len(generators) > 1 else generators[0]


def drawn(shape: tuple[int, ...], generators: Sequence[torch.Generator], dtype: torch.dtype) -> Tensor:
    """White noise, one of the batch from each generator."""
    return torch.cat([torch.randn((1, *shape), generator=g, dtype=dtype) for g in generators])
