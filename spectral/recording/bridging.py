"""Leading any sampling loop along a bridge: a path of the ancestral sampler that ends in a given signal.

With s the step after t, `r = alpha_t sigma_s / (alpha_s sigma_t)` (`r^2 = SNR_t / SNR_s`) and z fresh noise:

    x_t = alpha_t x_0 + sigma_t eps_t,      eps_s = r eps_t + sqrt(1 - r^2) z

which draws from `q(x_s | x_t, x_0)`, the noising chain backwards (Ho et al. 2020, eq. 6 and 7, for any
stride). eps_t is the true noise, and the network only looks on: its estimate is kept and decides nothing.

A pipeline's call asks its network, guides it as it does, and hands everything to the scheduler's `step`.
What `step` gives back is replaced by the bridge's own next point, so prompts, classes and guidance are those
of any other call. The noise that the pipeline drew to begin with is replaced where it first reaches the
network.
"""

from __future__ import annotations

import functools
import inspect
import math
from types import TracebackType
from typing import Any

import torch
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.loading import scheduler_like
from spectral.recording.schedulers import family_of, kind_of


def bridging_scheduler(scheduler: Any) -> Any:
    """A scheduler of the same noise levels that asks the network once a step.

    Networks trained on a table of timesteps get DDIM on a trailing grid, whatever they carried; the others
    keep their own levels, and so do those distilled to a few timesteps (LCM, TCD), which know no others.
    """
    distilled = ("LCMScheduler", "TCDScheduler")
    if kind_of(scheduler) == "timestep" and type(scheduler).__name__ not in distilled:
        return scheduler_like(scheduler, "DDIMScheduler", timestep_spacing="trailing", clip_sample=False)
    if type(scheduler).__name__ == "FlowMatchHeunDiscreteScheduler":
        return scheduler_like(scheduler, "FlowMatchEulerDiscreteScheduler")
    return scheduler_like(scheduler)


def about_bridge(signal: Tensor, *, seed: int, source: str) -> dict[str, Any]:
    """Fields of a `Trajectory` that say where a bridge ends, of a signal as a batch of one."""
    sample = signal[0].float().numpy()
    fields = {"sample": sample, "origin": "bridge", "source": source, "seed": seed}
    return fields | {"stochastic": True, "eta": 1.0}  # a path of the ancestral sampler


class NoisingChain:
    """The noising chain of one signal, run backwards.

    Attributes
    ----------
    x_t
        Where it is, float64 in the signal's shape.
    """

    def __init__(self, signal: Tensor, *, seed: int) -> None:
        self._signal = self.x_t = signal
        self._generator = torch.Generator("cpu").manual_seed(seed)
        self._noise: Tensor | None = None
        self._alpha, self._sigma = 0.0, 1.0

    def move_to(self, alpha: float, sigma: float) -> Tensor:
        """The point at these levels, after noisier ones."""
        fresh = torch.randn(self._signal.shape, generator=self._generator, dtype=torch.float64)
        if self._noise is None:
            self._noise = fresh
        else:
            r = self._alpha * sigma / (alpha * self._sigma)
            self._noise = r * self._noise + math.sqrt(1 - r**2) * fresh
        self._alpha, self._sigma = alpha, sigma
        self.x_t = alpha * self._signal + sigma * self._noise
        return self.x_t

    def arrive(self) -> Tensor:
        """The signal itself."""
        self.x_t = self._signal
        return self.x_t


class Bridge:
    """Leads the loop inside its `with` block along a bridge, whatever it starts from.

    Parameters
    ----------
    scheduler
        What `bridging_scheduler` gave; its `step` is replaced until the block ends.
    signal
        Where the bridge ends, a batch of one as the loop hands it to the scheduler.
    seed
        Of its noise.
    network
        What the loop asks; needed where the loop does not begin at `start`.
    """

    def __init__(self, scheduler: Any, signal: Tensor, *, seed: int, network: Any = None) -> None:
        self._scheduler, self._network, self._signal = scheduler, network, signal.double().cpu()
        self._family = family_of(scheduler)
        self._seed = seed

    def __enter__(self) -> Bridge:
        self._chain = NoisingChain(self._signal, seed=self._seed)
        self._taken = -1  # steps so far; before the first x_T nothing
        scheduler, name = self._scheduler, self._family.method
        self._before = {key: vars(scheduler).get(key) for key in (name, "step_correct")}
        setattr(scheduler, name, self._leading(getattr(scheduler, name)))
        if hasattr(scheduler, "step_correct"):  # Langevin steps at one level: not here
            scheduler.step_correct = self._staying(scheduler.step_correct)
        self._hook = None
        if self._network is not None:
            self._hook = self._network.register_forward_pre_hook(self._show_start, with_kwargs=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hook is not None:
            self._hook.remove()
        for name, before in self._before.items():
            vars(self._scheduler).pop(name, None)
            if before is not None:
                setattr(self._scheduler, name, before)

    def start(self) -> Tensor:
        """x_T, for a loop of one's own, once the scheduler knows its timesteps."""
        self._move()
        return self._chain.x_t

    def _move(self) -> None:
        """On to the next level, in the end to the signal itself."""
        self._taken += 1
        timesteps = self._scheduler.timesteps
        if self._taken < len(timesteps):
            self._chain.move_to(*self._family.levels(self._scheduler, timesteps[self._taken]))
        else:
            self._chain.arrive()

    def _show_start(self, network: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the network is asked first, about x_T instead of the loop's own noise."""
        if self._taken > 0:
            return None
        if self._taken < 0:
            self._move()
        name = "sample" if "sample" in kwargs else "hidden_states"  # as diffusers' networks call it
        shown = self._like(args[0] if args else kwargs[name])
        if hasattr(self._scheduler, "scale_model_input"):
            shown = self._scheduler.scale_model_input(shown, self._scheduler.timesteps[0])
        return ((shown, *args[1:]), kwargs) if args else (args, kwargs | {name: shown})

    def _like(self, given: Tensor) -> Tensor:
        """x_t as often as the loop asks for it at once, which with guidance is twice."""
        x_t = self._chain.x_t
        if given.shape[1:] != x_t.shape[1:]:
            what = f"{tuple(given.shape[1:])}, expected {tuple(x_t.shape[1:])} as the signal's own"
            raise InputError(f"{type(self._network).__name__} is shown {what}")
        return x_t.to(given.device, given.dtype).expand(len(given), *x_t.shape[1:])

    def _leading(self, step: Any) -> Any:
        """The scheduler's method, for the levels that it keeps count of; pipelines read its signature."""
        signature = inspect.signature(step)

        @functools.wraps(step)
        def leading(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs)
            sample = given.arguments["sample"]
            x_t = self._like(sample)
            if self._taken < 0 or (self._taken > 0 and not torch.equal(sample, x_t)):
                raise InputError(
                    "the loop leaves the bridge between steps, expected one that goes where `step` leads"
                )
            given.arguments["sample"] = x_t
            result = step(*given.args, **given.kwargs)
            self._move()
            return _instead(result, self._like(sample))

        return leading

    def _staying(self, correct: Any) -> Any:
        @functools.wraps(correct)
        def staying(*args: Any, **kwargs: Any) -> Any:
            sample = inspect.signature(correct).bind(*args, **kwargs).arguments["sample"]
            return _instead(correct(*args, **kwargs), self._like(sample))

        return staying


def _instead(result: Any, x_s: Tensor) -> Any:
    """What a scheduler's method gave back, with another sample in it."""
    if isinstance(result, tuple):
        return (x_s, *result[1:])
    for name in {"prev_sample", "prev_sample_mean"} & set(result.keys()):
        result[name] = x_s
    return result
