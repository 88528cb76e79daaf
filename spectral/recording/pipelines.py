"""What a diffusers pipeline's call takes, and how a run of it is recorded.

Whatever a pipeline is for, its call reads alike: how many steps, a generator, and some of a prompt, a class,
a size. So one adapter serves them all. It asks the call's own signature what there is to choose, and the
networks' configurations what may be chosen; what differs from one pipeline to the next stands in `OURS`.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.autoencoders import Autoencoder
from spectral.recording.bridging import Bridge, bridging_scheduler
from spectral.recording.driving import Run
from spectral.recording.loading import scheduler_like
from spectral.recording.options import positive, whole
from spectral.recording.progress import in_place_of_its_own
from spectral.recording.recorder import Recorder
from spectral.recording.signal_model import SignalKind, checked_signal, name_of
from spectral.trajectory.trajectory import Trajectory

OURS = {  # our option, and what pipelines call it
    "prompt": ("prompt",),
    "negative_prompt": ("negative_prompt",),
    "guidance_scale": ("guidance_scale",),
    "class_label": ("class_labels",),
    "height": ("height",),
    "width": ("width",),
    "audio_length_in_s": ("audio_length_in_s", "audio_end_in_s"),
}
ONE_EACH = ("prompt", "negative_prompt", "class_label")  # given as a list, one for each of the batch
CLASSES = ("num_class_embeds", "num_embeds_ada_norm")


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A pipeline that is run through its own call.

    Attributes
    ----------
    pipeline
        diffusers' own.
    network
        What it asks at each step.
    autoencoder
        None where it works on the signal itself.
    takes
        Parameters of its call, by name.
    """

    pipeline: Any
    network: Any
    autoencoder: Autoencoder | None
    takes: dict[str, inspect.Parameter] = field(repr=False)

    @classmethod
    def of(cls, pipeline: Any) -> Pipeline:
        """What there is to know of a pipeline.

        Raises
        ------
        InputError
            When it is no pipeline, or none of a network and a scheduler.
        """
        network = getattr(pipeline, "transformer", None) or getattr(pipeline, "unet", None)
        if network is None or not hasattr(pipeline, "scheduler") or not callable(pipeline):
            parts = ", ".join(sorted(getattr(pipeline, "components", ()))) or "nothing known"
            raise InputError(
                f"the pipeline is a {type(pipeline).__name__} of {parts}, expected a diffusers pipeline "
                "with a network (unet or transformer) and a scheduler"
            )
        return cls(
            pipeline,
            network,
            Autoencoder.of(pipeline),
            dict(inspect.signature(pipeline.__call__).parameters),
        )

    @property
    def name(self) -> str:
        return type(self.pipeline).__name__

    def kind(self) -> SignalKind:
        """What it makes where nothing else is asked for."""
        size = getattr(self.pipeline, "default_sample_size", None) or self.network.config.sample_size
        height, width = size if isinstance(size, (tuple, list)) else (size, size)
        autoencoder = self.autoencoder
        if autoencoder is None:
            return SignalKind("image", (self.network.config.in_channels, height, width), None, None)
        height, width = height * autoencoder.factor, width * autoencoder.factor
        sides = {"image": (height, width), "waveform": (width,)}
        if autoencoder.mel:
            sides["mel"] = (autoencoder.mel["n_mels"], height)  # time goes down in the latents
        shape = (autoencoder.channels, *sides[autoencoder.modality])
        return SignalKind(autoencoder.modality, shape, autoencoder.sample_rate, autoencoder.mel)

    @property
    def factor(self) -> int:
        """What height and width have to be divisible by."""
        patch = self.network.config.get("patch_size") or 1
        packed = 2 if hasattr(self.pipeline, "_pack_latents") else 1
        return (self.autoencoder.factor if self.autoencoder else 1) * max(patch, packed)

    def options(self, run: Run, given: dict[str, Any]) -> dict[str, Any]:
        """Arguments of the call.

        Raises
        ------
        InputError
            When an option is given that the call does not take, is missing, or is out of range.
        """
        takes, classes = self._takes(), self._classes()
        call: dict[str, Any] = {}
        for ours, names in OURS.items():
            name = next((name for name in names if name in takes), None)
            value = given.get(ours)
            if value is None:
                if name in ("prompt", "class_labels"):
                    what = "a text" if name == "prompt" else f"a number from 0 to {(classes or 1) - 1}"
                    raise InputError(f"{ours} is missing, expected {what} for a {self.name}")
                continue
            if name is None:
                raise InputError(f"{ours} is {value!r}, expected none for a {self.name}")
            call[name] = [value] * len(run.seeds) if ours in ONE_EACH else value
        self._check(given, classes)
        if run.eta > 0 and not ("eta" in takes and "eta" in self._step_takes()):
            raise InputError(f"eta is {run.eta}, expected 0 for a {self.name} under its scheduler")
        own = {
            "num_inference_steps": run.steps,
            "batch_size": len(run.seeds),
            "eta": run.eta,
            "output_type": "latent" if self.autoencoder else "np",
            "use_resolution_binning": False,  # which would make it another size than asked for
        }
        return call | {name: value for name, value in own.items() if name in takes}

    def guidance(self, given: float | None) -> float | None:
        """The guidance of a run, the call's own default where none is given."""
        if given is None and "guidance_scale" in self._takes():
            given = self.takes["guidance_scale"].default
        return given

    def free_runs(self, run: Run, given: dict[str, Any], *, scheduler: str | None) -> tuple[Trajectory, ...]:
        """A free run from each seed, of latents where the model is one of latents.

        Raises
        ------
        InputError
            When an option is none that the pipeline takes, or the pipeline refuses it.
        """
        made = scheduler_like(self.pipeline.scheduler, scheduler)
        if made.config.get("noise_sampler_seed", 0) is None:  # a Brownian tree that would seed itself
            made = scheduler_like(made, noise_sampler_seed=run.seeds[0])
        with self._under(made):
            call = self.options(run, given)
            with Recorder(made, storage=run.storage, **self._arranged(given, len(run.seeds))) as recorder:
                self._call(call, run, "sampling")
        runs = (recorder.trajectory(index=k) for k in range(len(run.seeds)))
        return tuple(
            replace(trajectory, seed=seed, **self._fields(given))
            for trajectory, seed in zip(runs, run.seeds, strict=True)
        )

    def bridge_run(self, latents: Tensor, run: Run, given: dict[str, Any], *, source: str) -> Trajectory:
        """A bridge to a signal or to its latents, ``(1, *shape)``, in the same space.

        Raises
        ------
        InputError
            As for `free_runs`; or when the pipeline does not follow where the bridge leads it.
        """
        made = bridging_scheduler(self.pipeline.scheduler)
        packed = latents
        if hasattr(self.pipeline, "_pack_latents"):
            packed = self.pipeline._pack_latents(latents, *latents.shape)
        with self._under(made):
            call = self.options(run, given)
            with (
                Recorder(made, storage=run.storage, **self._arranged(given, 1)) as recorder,
                Bridge(made, self.network, packed, seed=run.seeds[0]),
            ):
                self._call(call, run, "bridging")
        return replace(
            recorder.trajectory(),
            sample=latents[0].float().numpy(),
            origin="bridge",
            source=source,
            stochastic=True,
            eta=1.0,
            seed=run.seeds[0],
            **self._fields(given),
        )

    def _call(self, call: dict[str, Any], run: Run, what: str) -> None:
        """The pipeline's call; what it draws without the generator is seeded too."""
        generators = run.generators()
        cuda = range(torch.cuda.device_count())
        with in_place_of_its_own(self.pipeline, what, shown=run.progress), torch.random.fork_rng(cuda):
            torch.manual_seed(run.seeds[0])
            try:
                self.pipeline(**call, generator=generators if len(generators) > 1 else generators[0])
            except InputError:
                raise
            except (TypeError, ValueError) as error:  # how diffusers says that it does not take something
                raise InputError(f"a {self.name} refuses to run ({error})") from error

    @contextlib.contextmanager
    def _under(self, scheduler: Any) -> Iterator[None]:
        """The pipeline with another scheduler, until the block ends."""
        before = self.pipeline.scheduler
        self.pipeline.scheduler = scheduler
        try:
            yield
        finally:
            self.pipeline.scheduler = before

    def _arranged(self, given: dict[str, Any], batch: int) -> dict[str, Any]:
        """How what reaches the scheduler becomes a batch of signals, where it is none."""
        if hasattr(self.pipeline, "_unpack_latents"):
            scale = self.pipeline.vae_scale_factor
            own = self.pipeline.default_sample_size * scale
            height, width = (given.get(name) or own for name in ("height", "width"))
            return {"arrange": lambda packed: self.pipeline._unpack_latents(packed, height, width, scale)}
        if self.name == "DiTPipeline":  # hands on its batch twice, for the class and for none
            return {"arrange": lambda twice: twice[:batch]}
        return {}

    def _fields(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "model": name_of(self.pipeline),
            "prompt": given.get("prompt"),
            "negative_prompt": given.get("negative_prompt"),
            "guidance": self.guidance(given.get("guidance_scale")),
            "class_label": given.get("class_label"),
            "space": "latent" if self.autoencoder else "signal",
        }

    def _step_takes(self) -> Any:
        scheduler = self.pipeline.scheduler
        return inspect.signature(getattr(scheduler, "step", None) or scheduler.step_pred).parameters

    def _takes(self) -> dict[str, inspect.Parameter]:
        """The call's parameters that have an effect on this network."""
        idle = set() if self._classes() is not None else {"class_labels"}
        if "true_cfg_scale" in self.takes:  # guidance is an input of the network, learnt or not
            idle |= {"negative_prompt"}
            idle |= set() if self.network.config.get("guidance_embeds") else {"guidance_scale"}
        return {name: parameter for name, parameter in self.takes.items() if name not in idle}

    def _classes(self) -> int | None:
        if "class_labels" not in self.takes:
            return None
        return next((n for name in CLASSES if (n := self.network.config.get(name)) is not None), None)

    def _check(self, given: dict[str, Any], classes: int | None) -> None:
        guidance = self.guidance(given.get("guidance_scale"))
        for name in ("prompt", "negative_prompt"):
            if not isinstance(given.get(name), (str, type(None))):
                raise InputError(f"{name} is {given[name]!r}, expected a text")
        if given.get("guidance_scale") is not None:
            positive("guidance_scale", guidance)
        if given.get("negative_prompt") and guidance is not None and guidance <= 1:
            raise InputError(f"guidance_scale is {guidance}, expected above 1 with a negative_prompt")
        label, classes = given.get("class_label"), classes or 0
        if label is not None and whole("class_label", label, 0) >= classes:
            raise InputError(f"class_label is {label}, expected 0 to {classes - 1}")
        if given.get("audio_length_in_s") is not None:
            positive("audio_length_in_s", given["audio_length_in_s"])
        for name in ("height", "width"):
            value = given.get(name)
            if value is not None and whole(name, value, 1) % self.factor:
                raise InputError(f"{name} is {value}, expected a number divisible by {self.factor}")


def latents_of(signal: ArrayLike, pipeline: Pipeline) -> tuple[Tensor, dict[str, Any]]:
    """What a bridge ends in, in the space of the model, and the sizes to call the pipeline with."""
    autoencoder, own = pipeline.autoencoder, pipeline.kind()
    sizes: dict[str, Any] = {}
    if autoencoder is None:
        array = checked_signal(signal, own.modality, own.shape[0])
    else:
        array, sizes = autoencoder.fitted(signal, divisor=pipeline.factor, longest=own.shape[-1])
    if own.modality == "image" and "height" not in pipeline.takes:
        sizes = {}
        if array.shape != own.shape:
            raise InputError(f"signal has shape {array.shape}, expected {own.shape} for a {pipeline.name}")
    return (autoencoder.encode(array) if autoencoder else torch.from_numpy(array)[None]).double(), sizes
