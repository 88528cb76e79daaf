"""What a bridge may end in: a picture or a clip from a file, brought to the size that a model knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from spectral import Sound, loudest_start, read_audio
from spectral.errors import InputError

HIGHEST_RATE = 48_000  # Hz; what lies above its half is not heard


PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}  # what counts in a folder
SOUNDS = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"}


def files_in(folder: Path, suffixes: set[str], what: str) -> list[Path]:
    """The files of a folder that bear one of these suffixes, by name; others are passed over.

    Raises
    ------
    InputError
        When the folder cannot be read, or holds none.
    """
    try:
        names = sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}, expected a folder of {what}") from None
    paths = [path for path in names if path.is_file() and not path.name.startswith(".")]
    if not paths:
        raise InputError(f"{folder}: holds no {what} ({', '.join(sorted(suffixes))}), expected one or more")
    return paths


def read_picture(path: Path, *, height: int, width: int) -> NDArray[np.float32]:
    """The middle of a picture file, upright, as much as the shape leaves: ``(3, height, width)`` in [-1, 1].

    Raises
    ------
    InputError
        When the file is no picture that can be read.
    """
    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file)
            if picture.mode.startswith("I"):  # 16 bits, which `convert` would clip to 8
                picture = Image.fromarray((np.asarray(picture) / 257).round().clip(0, 255).astype(np.uint8))
            if picture.has_transparency_data:
                paper = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(paper, picture.convert("RGBA"))
            picture = ImageOps.fit(picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file, expected a picture") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: cannot be read as a picture ({error})") from None
    return np.asarray(picture, np.float32).transpose(2, 0, 1) / np.float32(127.5) - 1


def read_clip(path: Path, *, sr: int, samples: int) -> NDArray[np.float32]:
    """The loudest part of a sound file, mixed to one channel, as ``(samples,)`` at `sr`; silence follows
    where the file ends before.

    Raises
    ------
    InputError
        When the file is no sound that can be read, or is silent.
    """
    seconds = samples / sr
    start = loudest_start(path, seconds=seconds)
    part = read_audio(path, sr=sr, start=start, seconds=seconds).samples[0]
    return np.pad(part, (0, max(0, samples - len(part))))[:samples]


def read_loudest(path: Path, *, seconds: float) -> Sound:
    """The loudest part of a sound file, mixed to one channel, at its own rate up to `HIGHEST_RATE`.

    Raises
    ------
    InputError
        When the file is no sound that can be read, or is silent.
    """
    start = loudest_start(path, seconds=seconds)
    part = read_audio(path, start=start, seconds=seconds)
    if part.sr <= HIGHEST_RATE:
        return part
    return read_audio(path, sr=HIGHEST_RATE, start=start, seconds=seconds)
