"""A network and its scheduler without an autoencoder: what it makes, and how a run of it is recorded.

The network works on the signal itself: a picture, a mel-spectrogram, or a waveform. What it sees is float32,
or its own type, and exactly that is recorded.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.bridging import Bridge, about_bridge, bridging_scheduler
from spectral.recording.loading import scheduler_like
from spectral.recording.model_folder import mel_of, name_of
from spectral.recording.options import RunOptions, positive, whole
from spectral.recording.recorder import Recorder
from spectral.recording.sampling import drawn, sample, set_to, step_options
from spectral.recording.schedulers import family_of
from spectral.recording.signal_kind import SignalKind, checked_signal
from spectral.sound.mel import MelSettings
from spectral.trajectory.trajectory import Modality, Trajectory

ALONE = {"unet", "scheduler"}


@dataclass(frozen=True, eq=False)
class SignalModel:
    """A pipeline's network and scheduler, with what a recording has to know about them."""

    name: str
    network: Any
    scheduler: Any
    channels: int
    dtype: torch.dtype
    modality: Modality
    mel: MelSettings | None = None

    @staticmethod
    def fits(pipeline: Any) -> bool:
        """Whether a pipeline is an unconditional network and a scheduler alone, in the common loop."""
        network, scheduler = getattr(pipeline, "unet", None), getattr(pipeline, "scheduler", None)
        if network is None or set(getattr(pipeline, "components", ALONE)) != ALONE:
            return False
        unconditional = getattr(network, "class_embedding", None) is None
        return unconditional and (hasattr(scheduler, "step") or not callable(pipeline))

    @classmethod
    def of(cls, pipeline: Any) -> SignalModel:
        """The model in a pipeline.

        Raises
        ------
        InputError
            When the network does not give what it takes.
        """
        network, scheduler = pipeline.unet, pipeline.scheduler
        if family_of(scheduler).method != "step":
            name = type(scheduler).__name__
            raise InputError(f"a {name} needs a loop of its own, expected a Recorder around one")
        channels = network.config.in_channels
        if channels != (out := network.config.out_channels):
            raise InputError(f"the network gives {out} channels for {channels}, expected as many as it takes")
        dtype, mel = getattr(network, "dtype", torch.float32), mel_of(pipeline)
        waveform = hasattr(network.config, "sample_rate")
        modality: Modality = "waveform" if waveform else "image" if mel is None else "mel"
        return cls(name_of(pipeline), network, scheduler, channels, dtype, modality, mel)

    @property
    def sample_rate(self) -> int | None:
        """Samples per second of a waveform, or of the sound behind a mel-spectrogram."""
        return self.mel.sr if self.mel else getattr(self.network.config, "sample_rate", None)

    def kind(self, **sizes: Any) -> SignalKind:
        """What it makes, in a size as `shape` takes it."""
        shape = self.shape(**sizes)
        return SignalKind(self.modality, shape, self.sample_rate, self.mel.to_dict() if self.mel else None)

    @property
    def factor(self) -> int:
        """By how much the network shrinks the signal, and so what its lengths have to be divisible by."""
        if hasattr(self.network, "downsampling"):
            return self.network.downsampling
        if self.modality == "waveform":
            return 2 ** len(self.network.up_blocks)
        levels = getattr(self.network.config, "block_out_channels", (0,))
        return 2 ** (len(levels) - 1)  # all levels but the last halve the picture

    def shape(
        self, *, height: int | None, width: int | None, audio_length_in_s: float | None
    ) -> tuple[int, ...]:
        """The signal's shape as asked for, channels first, by default the model's own.

        A length in seconds is rounded up to what the network can take.

        Raises
        ------
        InputError
            When the network cannot take it, or there is nothing of that name to choose.
        """
        own = self.network.config.sample_size
        if self.modality == "waveform":
            for name, value in (("height", height), ("width", width)):
                if value is not None:
                    raise InputError(f"{name}: found {value!r}, expected none for a waveform")
            return (self.channels, own if audio_length_in_s is None else self._length(audio_length_in_s))
        if audio_length_in_s is not None:
            if self.mel is None or width is not None:
                raise InputError(
                    f"audio_length_in_s: found {audio_length_in_s!r}, expected none for "
                    f"{'a picture' if self.mel is None else 'a mel-spectrogram whose width is given'}"
                )
            width = self._length(audio_length_in_s)
        own = own if isinstance(own, (tuple, list)) else (own, own)
        height = whole("height", own[0] if height is None else height, 1)
        width = whole("width", own[1] if width is None else width, 1)
        return self._checked((self.channels, height, width))

    def signal(self, signal: ArrayLike) -> Tensor:
        """The signal as a batch of one, rounded to float32 as it will be recorded.

        Raises
        ------
        InputError
            When it is none for this model.
        """
        array = checked_signal(signal, self.modality, self.channels)
        self._checked(array.shape)
        return torch.from_numpy(array).double()[None]

    def free_runs(self, options: RunOptions) -> list[Trajectory]:
        """A free run from each seed that is asked for.

        Raises
        ------
        InputError
            When an option is none that the network or its scheduler takes.
        """
        self._refuse(options)
        shape = self.shape(
            height=options.height, width=options.width, audio_length_in_s=options.audio_length_in_s
        )
        scheduler = self.scheduler
        if options.scheduler is not None:
            scheduler = scheduler_like(scheduler, options.scheduler)
        scheduler, generators = set_to(scheduler, options), options.generators()
        with self._ready(), Recorder(scheduler, storage=options.storage) as recorder:
            start = drawn(shape, generators, self.dtype) * getattr(scheduler, "init_noise_sigma", 1.0)
            self._sample(scheduler, start, options, generators, "sampling")
        return [recorder.trajectory(index=k, seed=options.seeds[k], **self._about()) for k in options.kept]

    def bridge(self, signal: ArrayLike, options: RunOptions, *, source: str) -> Trajectory:
        """A bridge to a signal.

        Raises
        ------
        InputError
            When it is no signal of this model, or an option is none that the network or its scheduler takes.
        """
        self._refuse(options)
        end, scheduler = self.signal(signal), self.scheduler
        if not family_of(scheduler).exact:
            scheduler = bridging_scheduler(scheduler)
        scheduler = set_to(scheduler, options)
        with (
            self._ready(),
            Recorder(scheduler, storage=options.storage) as recorder,
            Bridge(scheduler, end, seed=options.seed) as led,
        ):
            self._sample(scheduler, led.start(), options, options.generators(), "bridging")
        about = self._about() | about_bridge(end, seed=options.seed, source=source)
        return recorder.trajectory(**about)

    def _sample(
        self,
        scheduler: Any,
        start: Tensor,
        options: RunOptions,
        generators: Sequence[torch.Generator],
        what: str,
    ) -> None:
        taken = step_options(scheduler, options.eta, generators)
        progress = options.progress
        sample(self._output, scheduler, start, dtype=self.dtype, what=what, progress=progress, **taken)

    def _refuse(self, options: RunOptions) -> None:
        """Refuse what only other models take."""
        for name in ("prompt", "negative_prompt", "guidance_scale", "class_label"):
            if (value := getattr(options, name)) is not None:
                raise InputError(
                    f"{name}: found {value!r}, expected none for {self.name}, an unconditional model"
                )

    def _about(self) -> dict[str, Any]:
        return {
            "model": self.name,
            "modality": self.modality,
            "sample_rate": self.sample_rate,
            "mel": self.mel.to_dict() if self.mel else None,
        }

    @contextlib.contextmanager
    def _ready(self) -> Iterator[None]:
        """Inference mode, and no dropout; the network is left as it was found."""
        training = getattr(self.network, "training", False)
        if training:
            self.network.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            if training:
                self.network.train()

    def _output(self, shown: Tensor, timestep: Tensor) -> Tensor:
        """What the network says, back on the CPU.

        Raises
        ------
        InputError
            When it says NaN or infinity.
        """
        device = getattr(self.network, "device", "cpu")
        output = self.network(shown.to(device), timestep.to(device)).sample.cpu()
        if not output.isfinite().all():
            raise InputError(f"{self.name}: gives NaN or infinity at timestep {timestep}, expected numbers")
        return output

    def _length(self, seconds: float) -> int:
        """Samples or frames of so many seconds, rounded up to what the network can take."""
        seconds = positive("audio_length_in_s", seconds)
        per_second = self.mel.sr / self.mel.hop_length if self.mel else self.sample_rate
        if per_second is None:
            raise InputError(
                f"audio_length_in_s: found {seconds}, but {self.name} has no sample_rate, expected none"
            )
        return self.factor * math.ceil(seconds * per_second / self.factor - 1e-9)

    def _checked(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape, if the network can take it."""
        for length in shape[1:]:
            whole(f"a length of the signal {shape[1:]}", length, 1)
        if any(length % self.factor for length in shape[1:]):
            found = (
                f"the waveform has {shape[1]} samples, expected a number divisible"
                if self.modality == "waveform"
                else f"the picture is {shape[1]} high and {shape[2]} wide, expected both divisible"
            )
            raise InputError(f"{found} by {self.factor}, by which the network shrinks it")
        return shape
