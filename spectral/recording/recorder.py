"""Watching a scheduler's `step`: any run of a diffusers model becomes a `Trajectory`.

A pipeline asks its scheduler for every step, with the network's output, the timestep and the noisy sample in
hand. Together with the scheduler's own state these say what the network saw and what it made of it
(`schedulers`), so neither the pipeline nor the scheduler has to offer anything. The scheduler's method is
replaced by one that takes notes and hands everything on, on this one object and until the `with` block ends.

Notes are copies on the CPU, no more; a thread forms the estimates and writes them to disk (`step_store`). So
a run takes hardly longer than without, and memory does not grow with its steps.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.schedulers import adds_noise, family_of
from spectral.recording.step_store import Step, StepStore
from spectral.trajectory.checks import Modality
from spectral.trajectory.trajectory import Trajectory, library_versions

MODALITIES: dict[int, Modality] = {4: "image", 3: "waveform"}  # by the axes of a batch
DECODERS = ("vae", "vqvae", "vqgan", "movq")  # what diffusers' pipelines of latents call theirs


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
    storage
        How `x_t` and `denoised` are kept: "float32", or "float16" in half the room.
    folder
        Where they are kept on disk, in files without a name, while they are in use; TMPDIR or /var/tmp unless
        given.
    arrange
        How a batch is laid out before it is kept, for a model that packs its latents: a function from tensor
        to tensor that gives another shape to the same values.

    Raises
    ------
    InputError
        When its scheduler, prediction type or configuration is none of the known ones; the message lists what
        works.
    """

    def __init__(
        self,
        pipeline: Any,
        *,
        storage: str = "float32",
        folder: str | os.PathLike[str] | None = None,
        arrange: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        if hasattr(pipeline, "_pack_latents") and arrange is None:
            raise InputError(f"a {type(pipeline).__name__} packs its latents, expected one that does not")
        if storage not in ("float32", "float16"):
            raise InputError(f"storage: found {storage!r}, expected 'float32' or 'float16'")
        self._storage, self._folder = storage, folder
        self._arrange = arrange or (lambda batch: batch)
        self._latent = any(getattr(pipeline, name, None) is not None for name in DECODERS)
        self._scheduler = getattr(pipeline, "scheduler", pipeline)
        self._family = family_of(self._scheduler)
        config = getattr(pipeline, "config", {})
        self._model = Path(getattr(config, "_name_or_path", "")).name
        self._watching = False
        self._broken: type[BaseException] | None = None
        self._steps: StepStore | None = None

    def __enter__(self) -> Recorder:
        if self._watching:
            raise InputError("the recorder is watching already, expected one `with` block at a time")
        self._family = family_of(self._scheduler)
        self._steps = StepStore(
            functools.partial(self._family.estimate, self._scheduler),  # reads the configuration alone
            storage=self._storage,
            folder=self._folder,
            arrange=self._arrange,
        )
        self._end: Tensor | None = None
        self._eta: float | None = None
        self._stochastic, self._broken = False, None
        name = self._family.method
        self._before = vars(self._scheduler).get(name)  # another recorder's, at most
        setattr(self._scheduler, name, self._noting(getattr(self._scheduler, name), self._steps))
        self._watching = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._steps is not None
        delattr(self._scheduler, self._family.method)
        if self._before is not None:
            setattr(self._scheduler, self._family.method, self._before)
        self._watching, self._broken = False, kind
        try:
            self._steps.finish(discard=kind is not None)
        except BaseException as interrupted:
            self._broken = type(interrupted)
            raise
        finally:
            if self._broken:
                self._steps = None

    def trajectory(self, *, index: int = 0, **metadata: Any) -> Trajectory:
        """The run that was made, one record a step.

        A batch of signals with two axes is taken for images, one of signals with one axis for waveforms.
        Timesteps that are no whole numbers are rounded.

        Parameters
        ----------
        index
            Which of the batch, from 0.
        metadata
            Fields of `Trajectory` of which a scheduler knows nothing, such as prompt or seed. They go before
            what it does know.

        Raises
        ------
        InputError
            When the block has not been left yet, or by an exception; when there were fewer than two steps,
            or more than one run; when there is no such sample; when the samples are neither images nor
            waveforms.
        """
        steps, end = self._finished()
        if not 0 <= index < len(end):
            raise InputError(f"index: found {index}, expected 0 to {len(end) - 1} for a batch of {len(end)}")
        arrays = steps.arrays()
        fields: dict[str, Any] = {
            "sample": end[index].numpy(),
            "modality": MODALITIES[end.ndim],
            "stochastic": self._stochastic,
            "space": "latent" if self._latent else "signal",
            "model": self._model,
            "scheduler": type(self._scheduler).__name__,
            "scheduler_config": configuration(self._scheduler),
            "eta": self._eta,
        }
        return Trajectory(
            x_t=arrays["x_t"][:, index],
            denoised=arrays["denoised"][:, index],
            alpha=np.array(steps.alpha),
            sigma=np.array(steps.sigma),
            timestep=np.array(steps.timestep),
            versions=library_versions(),
            **(fields | metadata),
        )

    def trajectories(self) -> tuple[Trajectory, ...]:
        """The runs of the whole batch, each as `trajectory` gives it.

        Raises
        ------
        InputError
            As `trajectory` does.
        """
        return tuple(self.trajectory(index=index) for index in range(len(self._finished()[1])))

    def _finished(self) -> tuple[StepStore, Tensor]:
        """What was kept and the samples at the end, if that is one run from beginning to end."""
        if self._watching or self._broken:
            what = f"was ended by {self._broken.__name__}" if self._broken else "is still going on"
            raise InputError(f"the recorded run {what}, expected a finished one")
        steps = self._steps
        if steps is None or self._end is None or len(steps) < 2:
            raise InputError(
                f"the recorder saw {len(steps or ())} steps, expected a run of 2 or more inside `with`"
            )
        if not (np.diff(np.divide(steps.alpha, steps.sigma)) > 0).all():
            raise InputError("SNR falls or stands still between steps, expected a single run inside `with`")
        end = self._arrange(self._end).float()
        if end.ndim not in MODALITIES:
            shape = tuple(end.shape)
            raise InputError(f"the samples have shape {shape}, expected (batch, channels, height, width)")
        return steps, end

    def _noting(self, step: Any, steps: StepStore) -> Any:
        """The scheduler's method, taking notes; pipelines read its signature, so it keeps that."""
        signature = inspect.signature(step)

        @functools.wraps(step)
        def noting(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            noted = self._note(given.arguments)  # first: a step moves the state on
            result = step(*args, **kwargs)
            if noted is not None:
                steps.add(noted)
            self._end = _on_cpu(result[self._family.result])
            return result

        return noting

    def _note(self, given: dict[str, Any]) -> Step | None:
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
                "prediction_type: found 'epsilon' with alpha 0 at the start, expected 'v_prediction'"
            )
        self._eta = given.get("eta")
        self._stochastic |= adds_noise(self._scheduler, given)
        x_t, output = _on_cpu(given["sample"]), _on_cpu(given["model_output"])
        return Step(x_t, output, alpha, sigma, round(float(timestep)))


def configuration(scheduler: Any) -> dict[str, Any]:
    """A scheduler's configuration as JSON can hold it; functions and infinity by their names."""

    def plain(value: Any) -> Any:
        return value.tolist() if isinstance(value, np.ndarray) else getattr(value, "__name__", str(value))

    config = {name: value for name, value in scheduler.config.items() if name[0] != "_"}
    return json.loads(json.dumps(config, default=plain), parse_constant=str)


def _on_cpu(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True)
