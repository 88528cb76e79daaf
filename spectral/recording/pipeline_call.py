"""What a diffusers pipeline's call takes.

Whatever a pipeline is for, its call reads alike: how many steps, a generator, and some of a prompt, a class,
a size. The call's own signature says what there is to choose, the networks' configurations what may be
chosen; what differs from one pipeline to the next stands in `OURS`.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

from spectral.errors import InputError
from spectral.recording.options import RunOptions, positive, whole

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
class PipelineCall:
    """The call of a pipeline, with what its network makes of it.

    Attributes
    ----------
    pipeline
        diffusers' own.
    network
        What it asks at each step.
    latent
        Whether the network works on latents.
    factor
        What height and width have to be divisible by.
    signature
        Parameters of the call, by name.
    """

    pipeline: Any
    network: Any
    latent: bool
    factor: int
    signature: dict[str, inspect.Parameter] = field(repr=False)

    @property
    def name(self) -> str:
        """The pipeline's class."""
        return type(self.pipeline).__name__

    def arguments(self, options: RunOptions) -> dict[str, Any]:
        """Arguments of the call, under the scheduler that the pipeline has now.

        Raises
        ------
        InputError
            When an option is given that the call does not take, is missing, or is out of range.
        """
        takes, classes = self._takes(), self._classes()
        call: dict[str, Any] = {}
        for ours, names in OURS.items():
            name = next((name for name in names if name in takes), None)
            value = getattr(options, ours)
            if value is None:
                if name in ("prompt", "class_labels"):
                    what = "a text" if name == "prompt" else f"a number from 0 to {(classes or 1) - 1}"
                    raise InputError(f"{ours} is missing, expected {what} for a {self.name}")
                continue
            if name is None:
                raise InputError(f"{ours}: found {value!r}, expected none for a {self.name}")
            call[name] = [value] * options.batch if ours in ONE_EACH else value
        self._check(options, classes)
        if options.eta > 0 and not ("eta" in takes and "eta" in self._step_takes()):
            raise InputError(f"eta: found {options.eta}, expected 0 for a {self.name} under its scheduler")
        own = {
            "num_inference_steps": options.steps,
            "batch_size": options.batch,
            "eta": options.eta,
            "output_type": "latent" if self.latent else "np",
            "use_resolution_binning": False,  # which would make it another size than asked for
        }
        return call | {name: value for name, value in own.items() if name in takes}

    def guidance(self, given: float | None) -> float | None:
        """The guidance of a run, the call's own default where none is given."""
        if given is None and "guidance_scale" in self._takes():
            given = self.signature["guidance_scale"].default
        return given

    def _step_takes(self) -> Any:
        scheduler = self.pipeline.scheduler
        return inspect.signature(getattr(scheduler, "step", None) or scheduler.step_pred).parameters

    def _takes(self) -> dict[str, inspect.Parameter]:
        """The call's parameters that have an effect on this network."""
        idle = set() if self._classes() is not None else {"class_labels"}
        if "true_cfg_scale" in self.signature:  # guidance is an input of the network, learnt or not
            idle |= {"negative_prompt"}
            idle |= set() if self.network.config.get("guidance_embeds") else {"guidance_scale"}
        return {name: parameter for name, parameter in self.signature.items() if name not in idle}

    def _classes(self) -> int | None:
        if "class_labels" not in self.signature:
            return None
        return next((n for name in CLASSES if (n := self.network.config.get(name)) is not None), None)

    def _check(self, options: RunOptions, classes: int | None) -> None:
        guidance = self.guidance(options.guidance_scale)
        for name in ("prompt", "negative_prompt"):
            if not isinstance(value := getattr(options, name), (str, type(None))):
                raise InputError(f"{name}: found {value!r}, expected a text")
        if options.guidance_scale is not None:
            positive("guidance_scale", guidance)
        if options.negative_prompt and guidance is not None and guidance <= 1:
            raise InputError(f"guidance_scale: found {guidance}, expected above 1 with a negative_prompt")
        label, classes = options.class_label, classes or 0
        if label is not None and whole("class_label", label, 0) >= classes:
            raise InputError(f"class_label: found {label}, expected 0 to {classes - 1}")
        if options.audio_length_in_s is not None:
            positive("audio_length_in_s", options.audio_length_in_s)
        for name in ("height", "width"):
            value = getattr(options, name)
            if value is not None and whole(name, value, 1) % self.factor:
                raise InputError(f"{name}: found {value}, expected a number divisible by {self.factor}")
