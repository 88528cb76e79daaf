"""A network and its scheduler without an autoencoder, with what a recording has to know about them.

The network works on the signal itself: a picture, a mel-spectrogram, or a waveform.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.model_folder import MEL, ModelFolder
from spectral.recording.options import positive, whole
from spectral.recording.parametrisation import Parametrisation, parametrisation_of
from spectral.recording.schedulers import family_of
from spectral.sound.mel import MelSettings
from spectral.trajectory.trajectory import LAYOUT, Modality

ALONE = {"unet", "scheduler"}


@dataclass(frozen=True)
class SignalKind:
    """What a pipeline makes.

    Attributes
    ----------
    modality
        "image", "waveform" or "mel".
    shape
        (channels, height, width), (channels, samples) or (channels, mels, frames).
    sample_rate
        Samples per second, of the sound behind a mel-spectrogram too; None for pictures.
    mel
        What is known of the mel-spectrogram: of our own models all of `MelSettings`, of others sr, hop_length
        and n_mels.
    """

    modality: Modality
    shape: tuple[int, ...]
    sample_rate: int | None
    mel: dict[str, Any] | None

    def sized(
        self, *, height: int | None = None, width: int | None = None, audio_length_in_s: float | None = None
    ) -> SignalKind:
        """The same in another size: a picture's in pixels, a sound's in seconds.

        Raises
        ------
        InputError
            When there is nothing of that name to choose.
        """
        chooses = {"image": ("height", "width"), "waveform": ("audio_length_in_s",)}.get(self.modality, ())
        asked = {"height": height, "width": width, "audio_length_in_s": audio_length_in_s}
        for name, value in asked.items():
            if value is not None and name not in chooses:
                raise InputError(f"{name} is {value!r}, expected none for a {self.modality}")
        channels, *sides = self.shape
        if self.modality == "image":
            sides = [height or sides[0], width or sides[1]]
        elif audio_length_in_s is not None:
            sides = [round(audio_length_in_s * (self.sample_rate or 1))]
        return replace(self, shape=(channels, *sides))


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

    @functools.cached_property
    def meaning(self) -> Parametrisation:
        """What the scheduler's numbers mean, where it can be driven from here; others are watched."""
        return parametrisation_of(self.scheduler)

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
                    raise InputError(f"{name} is {value!r}, expected none for a waveform")
            return (self.channels, own if audio_length_in_s is None else self._length(audio_length_in_s))
        if audio_length_in_s is not None:
            if self.mel is None or width is not None:
                raise InputError(
                    f"audio_length_in_s is {audio_length_in_s!r}, expected none for "
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

    def levels(self, steps: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Timesteps ``(steps,)``, and alpha and sigma ``(steps + 1,)`` with where the last step leads."""
        grid = self.meaning.grid(steps)
        alpha, sigma = self.meaning.final
        return grid, np.append(self.meaning.alpha[grid], alpha), np.append(self.meaning.sigma[grid], sigma)

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
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

    def look(self, x_t: Tensor, timestep: np.int64) -> tuple[Tensor, Tensor]:
        """What the network sees of `x_t`, rounded to its type, and its denoised estimate; both float64."""
        shown = x_t.to(self.dtype)
        output = self.output(shown, torch.tensor(int(timestep)))
        x_t = shown.double()
        return x_t, self.meaning.denoised(output.double(), x_t, int(timestep))

    def output(self, shown: Tensor, timestep: Tensor) -> Tensor:
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
                f"audio_length_in_s is {seconds}, but {self.name} has no sample_rate, expected none"
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


def checked_signal(signal: ArrayLike, modality: Modality, channels: int) -> NDArray[np.float32]:
    """A signal of that many channels as float32.

    Raises
    ------
    InputError
        When it is no array of finite floats of that kind.
    """
    array = np.asarray(signal)
    if array.dtype.kind != "f":
        raise InputError(f"signal holds {array.dtype}, expected floats in [-1, 1]")
    if array.ndim != len(LAYOUT[modality]) or array.shape[0] != channels:
        expected = ", ".join((str(channels), *LAYOUT[modality][1:]))
        raise InputError(f"signal has shape {array.shape}, expected ({expected})")
    if not np.isfinite(array).all():
        raise InputError("signal holds NaN or infinity, expected floats in [-1, 1]")
    return array.astype(np.float32)


def name_of(pipeline: Any) -> str:
    """What a pipeline is called: by where it came from, otherwise by its class."""
    path = getattr(getattr(pipeline, "config", None), "_name_or_path", "")
    if path and Path(path).is_dir():
        return ModelFolder(Path(path), "", {}).name
    return Path(path).name or type(pipeline).__name__


def mel_of(pipeline: Any) -> MelSettings | None:
    """Parameters of the mel-spectrograms that a pipeline makes, from the folder that it came from."""
    path = Path(getattr(getattr(pipeline, "config", None), "_name_or_path", "") or ".")
    has = (path / MEL).is_file() and (path / "model_index.json").is_file()
    return ModelFolder.check(path).mel if has else None
