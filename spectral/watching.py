"""Watching a scheduler's `step`: any run of a diffusers model becomes a `Trajectory`.

A pipeline asks its scheduler for every step, with the network's output, the timestep and the noisy sample in
hand. Together with the scheduler's own state these say what the network saw and what it made of it
(`families`), so neither the pipeline nor the scheduler has to offer anything. The scheduler's method is
replaced by one that takes notes and hands everything on, on this one object and until the `with` block ends.
"""

from __future__ import annotations

import functools
import inspect
import json
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.families import adds_noise, family_of
from spectral.trajectory import Modality, Trajectory, library_versions

MODALITIES: dict[int, Modality] = {4: "image", 3: "waveform"}  # by the axes of a batch


class _Look(NamedTuple):
    """What a scheduler was given at the call that began a step; the whole batch."""

    x_t: Tensor
    output: Tensor
    alpha: float
    sigma: float
    timestep: int


class Recorder:
    """Keeps every step of the run that is made inside its `with` block.

    Any pipeline call or loop of one's own will do, once; the samples drawn are the same as without it.

        with Recorder(pipeline) as recorder:
            pipeline("a lighthouse", num_inference_steps=30)
        trajectory = recorder.trajectory()

    What is kept is what the scheduler is given. With classifier-free guidance the output there is the guided
    one already, so `denoised` is the guided estimate; with a latent model both are latents, not pictures.

    Parameters
    ----------
    pipeline
        A diffusers pipeline, or a scheduler alone.

    Raises
    ------
    InputError
        When its scheduler, prediction type or configuration is none of the known ones; the message lists what
        works.
    """

    def __init__(self, pipeline: Any, *, storage: str = "float32", arrange: Any = None) -> None:
        self._arrange = arrange or (lambda x: x)
        if hasattr(pipeline, "_pack_latents"):
            raise InputError(f"a {type(pipeline).__name__} packs its latents, expected one that does not")
        self._scheduler = getattr(pipeline, "scheduler", pipeline)
        self._family = family_of(self._scheduler)
        config = getattr(pipeline, "config", {})
        self._model = Path(getattr(config, "_name_or_path", "")).name
        self._watching = False
        self._broken: type[BaseException] | None = None
        self._forget()

    def __enter__(self) -> Recorder:
        if self._watching:
            raise InputError("the recorder is watching already, expected one `with` block at a time")
        self._forget()
        self._family = family_of(self._scheduler)
        name = self._family.method
        self._before = vars(self._scheduler).get(name)  # another recorder's, at most
        setattr(self._scheduler, name, self._noting(getattr(self._scheduler, name)))
        self._watching = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        delattr(self._scheduler, self._family.method)
        if self._before is not None:
            setattr(self._scheduler, self._family.method, self._before)
        self._watching, self._broken = False, kind

    def trajectory(self, *, index: int = 0) -> Trajectory:
        """The run that was made, one record a step.

        A batch of signals with two axes is taken for images, one of signals with one axis for waveforms.
        Timesteps that are no whole numbers are rounded.

        Parameters
        ----------
        index
            Which of the batch, from 0.

        Raises
        ------
        InputError
            When the block has not been left yet, or by an exception; when there were fewer than two steps,
            or more than one run; when there is no such sample; when the samples are neither images nor
            waveforms.
        """
        looks = self._looks
        if self._watching or self._broken:
            what = f"was ended by {self._broken.__name__}" if self._broken else "is still going on"
            raise InputError(f"the recorded run {what}, expected a finished one")
        if self._end is None or len(looks) < 2:
            raise InputError(
                f"the recorder saw {len(looks)} steps, expected a run of 2 or more inside `with`"
            )
        batch = len(self._end)
        if not 0 <= index < batch:
            raise InputError(f"index is {index}, expected 0 to {batch - 1} for a batch of {batch}")
        shapes = {look.x_t.shape for look in looks}
        snr = np.array([look.alpha / look.sigma for look in looks])
        if len(shapes) > 1 or not (np.diff(snr) > 0).all():
            raise InputError("SNR falls or stands still between steps, expected a single run inside `with`")
        if self._end.ndim not in MODALITIES:
            shape = tuple(self._end.shape)
            raise InputError(f"the samples have shape {shape}, expected (batch, channels, height, width)")
        return Trajectory(
            x_t=np.stack([look.x_t[index].numpy() for look in looks]),
            denoised=np.stack([self._denoised(look, index) for look in looks]),
            sample=self._end[index].numpy(),
            alpha=np.array([look.alpha for look in looks]),
            sigma=np.array([look.sigma for look in looks]),
            timestep=np.array([look.timestep for look in looks]),
            modality=MODALITIES[self._end.ndim],
            stochastic=self._stochastic,
            model=self._model,
            scheduler=type(self._scheduler).__name__,
            scheduler_config=configuration(self._scheduler),
            eta=self._eta,
            versions=library_versions(),
        )

    def _forget(self) -> None:
        self._looks: list[_Look] = []
        self._end: Tensor | None = None
        self._eta: float | None = None
        self._stochastic = False
        self._broken = None

    def _noting(self, step: Any) -> Any:
        """The scheduler's method, taking notes; pipelines read its signature, so it keeps that."""
        signature = inspect.signature(step)

        @functools.wraps(step)
        def noting(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            look = self._look(given.arguments)  # first: a step moves the state on
            result = step(*args, **kwargs)
            if look is not None:
                self._looks.append(look)
            self._end = _kept(self._arrange(result[self._family.result]))
            return result

        return noting

    def _look(self, given: dict[str, Any]) -> _Look | None:
        if not self._family.opens(self._scheduler):
            return None
        for name in ("per_token_timesteps", "pred_original_sample"):
            if given.get(name) is not None:
                raise InputError(f"{name} is given, expected output and noise level to say all of a step")
        timestep = given["timestep"]
        if isinstance(timestep, Tensor):
            timestep = timestep.flatten()[0]
        alpha, sigma = self._family.levels(self._scheduler, timestep)
        if alpha == 0 and self._scheduler.config.get("prediction_type") == "epsilon":
            raise InputError(
                "prediction_type is 'epsilon' with alpha 0 at the start, expected 'v_prediction'"
            )
        self._eta = given.get("eta")
        self._stochastic |= adds_noise(self._scheduler, given)
        x_t, output = _kept(self._arrange(given["sample"])), _kept(self._arrange(given["model_output"]))
        return _Look(x_t, output, alpha, sigma, round(float(timestep)))

    def _denoised(self, look: _Look, index: int) -> NDArray[np.float64]:
        """The network's estimate from what was kept, ``shape``."""
        x_t = look.x_t[index : index + 1].double()
        output = look.output[index : index + 1].double()
        output = output[:, : x_t.shape[1]]  # the rest, where there is any, is a learned variance
        return self._family.estimate(self._scheduler, output, x_t, look.alpha, look.sigma)[0].numpy()


def configuration(scheduler: Any) -> dict[str, Any]:
    """A scheduler's configuration as JSON can hold it; functions and infinity by their names."""

    def plain(value: Any) -> Any:
        return value.tolist() if isinstance(value, np.ndarray) else getattr(value, "__name__", str(value))

    config = {name: value for name, value in scheduler.config.items() if name[0] != "_"}
    return json.loads(json.dumps(config, default=plain), parse_constant=str)


def _kept(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float32, copy=True)
