"""Pictures, waveforms and mel-spectrograms, as a model makes them and as a bridge may end in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.trajectory.checks import LAYOUT, Modality


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
                raise InputError(f"{name}: found {value!r}, expected none for a {self.modality}")
        channels, *sides = self.shape
        if self.modality == "image":
            sides = [height or sides[0], width or sides[1]]
        elif audio_length_in_s is not None:
            sides = [round(audio_length_in_s * (self.sample_rate or 1))]
        return replace(self, shape=(channels, *sides))


def checked_signal(signal: ArrayLike, modality: Modality, channels: int) -> NDArray[np.float32]:
    """A signal of that many channels as float32.

    Raises
    ------
    InputError
        When it is no array of finite floats of that kind.
    """
    array = np.asarray(signal)
    if array.dtype.kind != "f":
        raise InputError(f"signal: found {array.dtype}, expected floats in [-1, 1]")
    if array.ndim != len(LAYOUT[modality]) or array.shape[0] != channels:
        expected = ", ".join((str(channels), *LAYOUT[modality][1:]))
        raise InputError(f"signal: found shape {array.shape}, expected ({expected})")
    if not np.isfinite(array).all():
        raise InputError("signal holds NaN or infinity, expected floats in [-1, 1]")
    return array.astype(np.float32)
