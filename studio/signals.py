"""What a bridge ends in: a picture or a sound file, read as the model takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import spectral
from scenes.settings import LOUDNESS
from scenes.sources import read_clip, read_picture
from spectral import InputError, MelSettings
from spectral.pipelines import Pipeline
from spectral.signal_model import SignalModel

GREY = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green, blue: ITU-R BT.601


@dataclass(frozen=True)
class Taken:
    """What a model takes.

    Attributes
    ----------
    model
        What its pipeline is called.
    modality
        "image", "waveform" or "mel".
    shape
        Channels first: (channels, height, width), (channels, samples) or (channels, mels, frames).
    sample_rate
        In Hz, of a waveform or the sound behind a mel-spectrogram.
    mel
        How a mel-spectrogram is made, None where that is not known.
    """

    model: str
    modality: str
    shape: tuple[int, ...]
    sample_rate: int | None = None
    mel: MelSettings | None = None


def taken_by(pipeline: Any, *, height: int | None, width: int | None, seconds: float | None) -> Taken:
    """What a loaded pipeline takes, of the size asked for, by default its own.

    Raises
    ------
    InputError
        When a size is none that it has.
    """
    name = type(pipeline).__name__
    if SignalModel.fits(pipeline):
        model = SignalModel.of(pipeline)
        shape = model.shape(height=height, width=width, audio_length_in_s=seconds)
        return Taken(model.name or name, model.modality, shape, model.sample_rate, model.mel)
    latent = Pipeline.of(pipeline)
    autoencoder = latent.autoencoder
    own = getattr(pipeline, "default_sample_size", None) or latent.network.config.sample_size
    if autoencoder is None or autoencoder.modality == "image":
        if seconds is not None:
            raise InputError(f"seconds is {seconds}, expected none for a {name}, which makes pictures")
        channels = autoencoder.channels if autoencoder else latent.network.config.in_channels
        side = own * (autoencoder.factor if autoencoder else 1)
        return Taken(name, "image", (channels, height or side, width or side))
    if height is not None or width is not None:
        raise InputError(f"height and width are {height} and {width}, expected none for a {name} (sound)")
    if autoencoder.modality == "mel":
        raise InputError(
            f"a {name} takes mel-spectrograms of a kind that is not known, expected another model"
        )
    sr = autoencoder.sample_rate
    samples = own * autoencoder.factor if seconds is None else round(seconds * sr)
    return Taken(name, "waveform", (autoencoder.channels, samples), sr)


def read(taken: Taken, *, image: Path | None = None, audio: Path | None = None) -> NDArray[np.float32]:
    """The file as the model takes it, of shape `taken.shape`.

    Of a picture that is the middle. Of a sound it is the loudest part, brought to the loudness of the carried
    clips; silence follows where it is too short.

    Raises
    ------
    InputError
        When the file cannot be read, or is a picture for a model of sound, or the other way round.
    """
    if (taken.modality == "image") is (image is None):
        given, other = ("--audio", "--image") if image is None else ("--image", "--audio")
        raise InputError(
            f"{given} {image or audio}: {taken.model} is a model of {taken.modality}s, expected {other}"
        )
    if image is not None:
        return _picture(taken, image)
    return _sound(taken, audio)


def _picture(taken: Taken, path: Path) -> NDArray[np.float32]:
    channels, height, width = taken.shape
    if channels not in (1, 3):
        raise InputError(f"{path}: a picture has 3 channels, expected {channels} for {taken.model}")
    picture = read_picture(path, height=height, width=width)
    return picture if channels == 3 else np.tensordot(GREY, picture, axes=1)[None]


def _sound(taken: Taken, path: Path) -> NDArray[np.float32]:
    if taken.sample_rate is None:
        raise InputError(
            f"{taken.model}: does not say at what sample rate it works, expected a model that does"
        )
    sr, length = taken.sample_rate, taken.shape[-1] * (taken.mel.hop_length if taken.mel else 1)
    clip = spectral.level(read_clip(path, sr=sr, samples=length), sr=sr, loudness=LOUDNESS)
    if taken.mel is not None:
        return spectral.log_mel(clip, settings=taken.mel)[None]
    return np.repeat(np.asarray(clip, np.float32)[None], taken.shape[0], axis=0)
