"""A diffusers pipeline that is run through its own call: what it makes, and how a run of it is recorded.

One adapter serves them all (see `pipeline_call` for what their calls take). The pipeline is lent a scheduler
of ours, which a `Recorder` watches and a `Bridge` may lead.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.autoencoders import Autoencoder
from spectral.recording.bridging import Bridge, about_bridge, bridging_scheduler
from spectral.recording.loading import scheduler_like
from spectral.recording.model_folder import name_of
from spectral.recording.options import RunOptions
from spectral.recording.pipeline_call import PipelineCall
from spectral.recording.progress import in_place_of_its_own
from spectral.recording.recorder import Recorder
from spectral.recording.sampling import one_or_all, seeded
from spectral.recording.signal_kind import SignalKind, checked_signal
from spectral.trajectory.trajectory import Trajectory


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
    call
        What its call takes.
    """

    pipeline: Any
    network: Any
    autoencoder: Autoencoder | None
    call: PipelineCall

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
        autoencoder = Autoencoder.of(pipeline)
        patch = network.config.get("patch_size") or 1
        packed = 2 if hasattr(pipeline, "_pack_latents") else 1
        factor = (autoencoder.factor if autoencoder else 1) * max(patch, packed)
        signature = dict(inspect.signature(pipeline.__call__).parameters)
        call = PipelineCall(pipeline, network, autoencoder is not None, factor, signature)
        return cls(pipeline, network, autoencoder, call)

    def kind(self, **sizes: Any) -> SignalKind:
        """What it makes, of the size asked for or else its own (see `SignalKind.sized`)."""
        size = getattr(self.pipeline, "default_sample_size", None) or self.network.config.sample_size
        height, width = size if isinstance(size, (tuple, list)) else (size, size)
        autoencoder = self.autoencoder
        if autoencoder is None:
            own = SignalKind("image", (self.network.config.in_channels, height, width), None, None)
            return own.sized(**sizes)
        height, width = height * autoencoder.factor, width * autoencoder.factor
        sides = {"image": (height, width), "waveform": (width,)}
        if autoencoder.mel:
            sides["mel"] = (autoencoder.mel["n_mels"], height)  # time goes down in the latents
        shape = (autoencoder.channels, *sides[autoencoder.modality])
        own = SignalKind(autoencoder.modality, shape, autoencoder.sample_rate, autoencoder.mel)
        return own.sized(**sizes)

    def free_runs(self, options: RunOptions) -> list[Trajectory]:
        """A free run from each seed that is asked for.

        Raises
        ------
        InputError
            When an option is none that the pipeline takes, or the pipeline refuses it.
        """
        scheduler = seeded(scheduler_like(self.pipeline.scheduler, options.scheduler), options.seed)
        with self._under(scheduler):
            arguments = self.call.arguments(options)
            with self._recorder(scheduler, options) as recorder:
                self._run(arguments, options, "sampling")
        about = self._about(options)
        runs = (recorder.trajectory(index=k, seed=options.seeds[k], **about) for k in options.kept)
        return [self._seen(run, options) for run in runs]

    def bridge(self, signal: ArrayLike, options: RunOptions, *, source: str) -> Trajectory:
        """A bridge to a signal, or to its latents.

        Raises
        ------
        InputError
            As for `free_runs`; or when the pipeline does not follow where the bridge leads it.
        """
        latents, sizes = self._latents(signal)
        options = replace(options, **sizes)
        scheduler = bridging_scheduler(self.pipeline.scheduler)
        packed = latents
        if hasattr(self.pipeline, "_pack_latents"):
            packed = self.pipeline._pack_latents(latents, *latents.shape)
        with self._under(scheduler):
            arguments = self.call.arguments(options)
            with (
                self._recorder(scheduler, options) as recorder,
                Bridge(scheduler, packed, seed=options.seed, network=self.network),
            ):
                self._run(arguments, options, "bridging")
        about = self._about(options) | about_bridge(latents, seed=options.seed, source=source)
        return self._seen(recorder.trajectory(**about), options)

    def _latents(self, signal: ArrayLike) -> tuple[Tensor, dict[str, Any]]:
        """What a bridge ends in, in the space of the model, and the sizes to call the pipeline with."""
        autoencoder, own = self.autoencoder, self.kind()
        sizes: dict[str, Any] = {}
        if autoencoder is None:
            array = checked_signal(signal, own.modality, own.shape[0])
        else:
            array, sizes = autoencoder.fitted(signal, divisor=self.call.factor, longest=own.shape[-1])
        if own.modality == "image" and "height" not in self.call.signature:
            sizes = {}
            if array.shape != own.shape:
                raise InputError(
                    f"signal: found shape {array.shape}, expected {own.shape} for a {self.call.name}"
                )
        latents = autoencoder.encode(array) if autoencoder else torch.from_numpy(array)[None]
        return latents.double(), sizes

    def _recorder(self, scheduler: Any, options: RunOptions) -> Recorder:
        """Latents that will be decoded are rounded once, at the end."""
        storage = "float32" if self._decodes(options) else options.storage
        return Recorder(scheduler, storage=storage, arrange=self._arrangement(options))

    def _decodes(self, options: RunOptions) -> bool:
        return self.autoencoder is not None and options.space == "signal"

    def _seen(self, run: Trajectory, options: RunOptions) -> Trajectory:
        """The run in the space asked for."""
        if self.autoencoder is None or not self._decodes(options):
            return run
        seconds, storage = options.audio_length_in_s, options.storage
        return self.autoencoder.decoded(run, seconds=seconds, storage=storage, progress=options.progress)

    def _run(self, arguments: dict[str, Any], options: RunOptions, what: str) -> None:
        """The pipeline's call; what it draws without the generator is seeded too."""
        generator = one_or_all(options.generators())
        cuda = range(torch.cuda.device_count())
        with in_place_of_its_own(self.pipeline, what, shown=options.progress), torch.random.fork_rng(cuda):
            torch.manual_seed(options.seed)
            try:
                self.pipeline(**arguments, generator=generator)
            except InputError:
                raise
            except (TypeError, ValueError) as error:  # how diffusers says that it does not take something
                raise InputError(f"a {self.call.name} refuses to run ({error})") from error

    @contextlib.contextmanager
    def _under(self, scheduler: Any) -> Iterator[None]:
        """The pipeline with another scheduler, until the block ends."""
        before = self.pipeline.scheduler
        self.pipeline.scheduler = scheduler
        try:
            yield
        finally:
            self.pipeline.scheduler = before

    def _arrangement(self, options: RunOptions) -> Callable[[Tensor], Tensor] | None:
        """How what reaches the scheduler becomes a batch of signals, where it is none."""
        if hasattr(self.pipeline, "_unpack_latents"):
            scale = self.pipeline.vae_scale_factor
            own = self.pipeline.default_sample_size * scale
            height, width = options.height or own, options.width or own
            return lambda packed: self.pipeline._unpack_latents(packed, height, width, scale)
        if self.call.name == "DiTPipeline":  # hands on its batch twice, for the class and for none
            return lambda twice: twice[: options.batch]
        return None

    def _about(self, options: RunOptions) -> dict[str, Any]:
        return {
            "model": name_of(self.pipeline),
            "prompt": options.prompt,
            "negative_prompt": options.negative_prompt,
            "guidance": self.call.guidance(options.guidance_scale),
            "class_label": options.class_label,
            "space": "latent" if self.autoencoder else "signal",
        }
