"""What a bridge ends in: a picture or a sound file, read as the model takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import spectral
from manim_spectral.sources.files import read_clip, read_picture
from manim_spectral.sources.recordings import LOUDNESS
from spectral import InputError, MelSettings
from spectral.recording.signal_kind import SignalKind

GREY = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green, blue: ITU-R BT.601


def read(
    pipeline: Any, *, image: Path | None = None, audio: Path | None = None, **sizes: Any
) -> NDArray[np.float32]:
    """The file as the model takes it, channels first, of the size asked for or else the model's own.

    Of a picture that is the middle. Of a sound it is the loudest part, brought to the loudness of the carried
    clips; silence follows where it is too short. `sizes` are those of `spectral.signal_kind`.

    Raises
    ------
    InputError
        When the file cannot be read, or is a picture for a model of sound, or the other way round; or when a
        size is none that the model has.
    """
    kind, name = spectral.signal_kind(pipeline, **sizes), type(pipeline).__name__
    if image is not None and kind.modality == "image":
        return _picture(kind, name, image)
    if audio is not None and kind.modality != "image":
        return _sound(kind, name, audio)
    given, other = ("--audio", "--image") if image is None else ("--image", "--audio")
    raise InputError(f"{given} {image or audio}: {name} makes {kind.modality}s, expected {other}")


def _picture(kind: SignalKind, name: str, path: Path) -> NDArray[np.float32]:
    channels, height, width = kind.shape
    if channels not in (1, 3):
        raise InputError(f"{path}: a picture has 3 channels, expected {channels} for {name}")
    picture = read_picture(path, height=height, width=width)
    return picture if channels == 3 else np.tensordot(GREY, picture, axes=1)[None]


def _sound(kind: SignalKind, name: str, path: Path) -> NDArray[np.float32]:
    if kind.sample_rate is None:
        raise InputError(f"{name}: does not say at what sample rate it works, expected a model that does")
    settings = None
    if kind.modality == "mel":
        try:
            settings = MelSettings.from_dict(kind.mel or {})
        except InputError:
            raise InputError(
                f"{name}: does not say how its mel-spectrograms are scaled, expected a model that does"
            ) from None
    sr, length = kind.sample_rate, kind.shape[-1] * (settings.hop_length if settings else 1)
    clip = spectral.level(read_clip(path, sr=sr, samples=length), sr=sr, loudness=LOUDNESS)
    if settings is not None:
        return spectral.log_mel(clip, settings=settings)[None]
    return np.repeat(np.asarray(clip, np.float32)[None], kind.shape[0], axis=0)
