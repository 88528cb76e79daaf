"""What a bridge may end in: a picture or a clip from a file, brought to the size that a model knows."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from spectral import Sound, loudest_start, read_audio
from spectral.errors import InputError

SMALLEST = 16  # pixels on a picture's shorter side: below it there are hardly three octaves to see
LARGEST = 2 * (Image.MAX_IMAGE_PIXELS or 0)  # where Pillow takes a picture for an attack on memory
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

    Of a film the first picture is taken, and what is transparent lies on white paper.

    Raises
    ------
    InputError
        When the file is no picture that can be read, or has fewer than `SMALLEST` or more than `LARGEST`
        pixels.
    """
    try:
        # Opened here, so that an error names the file once.
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a file's oddities; and its size is looked at below
            picture = _upright(stream, path, at_least=2 * max(height, width))
            picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file, expected a picture") from None
    except IsADirectoryError:
        raise InputError(f"{path}: found a folder, expected a picture") from None
    except UnidentifiedImageError:
        raise InputError(f"{path}: found no picture, expected a PNG, JPEG or the like") from None
    except Image.DecompressionBombError:
        raise InputError(f"{path}: found more than {LARGEST:,} pixels, expected fewer") from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read as a picture ({why})") from None
    return np.asarray(picture, np.float32).transpose(2, 0, 1) / np.float32(127.5) - 1


def _upright(stream: BinaryIO, path: Path, *, at_least: int) -> Image.Image:
    """A picture in RGB, turned as the camera was held. A large one comes out smaller, with the shorter side
    of `at_least` pixels or more: each step before that takes no more than a few bytes a pixel."""
    with Image.open(stream) as picture:
        side = min(picture.size)
        if side < SMALLEST:
            found = " x ".join(map(str, picture.size))
            raise InputError(f"{path}: found {found} pixels, expected {SMALLEST} or more on a side")
        picture.draft(None, (at_least, at_least))  # of a JPEG only a coarse part is decoded
        picture.load()  # which turns a TIFF already
        turned = picture.getexif().get(ExifTags.Base.Orientation)
        times = max(1, min(picture.size) // at_least)
        if picture.mode.startswith("I"):  # 16 bits, which `convert` would clip to 8
            means = np.rint(_block_means(np.asarray(picture), times) / 257)
            smaller = Image.fromarray(means.clip(0, 255).astype(np.uint8))
        elif picture.mode in ("1", "P", "PA") or "transparency" in picture.info:
            smaller = picture.convert("RGBA" if picture.has_transparency_data else "RGB").reduce(times)
        else:
            smaller = picture.reduce(times)
    if smaller.has_transparency_data:
        paper = Image.new("RGBA", smaller.size, "white")
        smaller = Image.alpha_composite(paper, smaller.convert("RGBA"))
    smaller = smaller.convert("RGB")
    smaller.getexif()[ExifTags.Base.Orientation] = turned or 1
    return ImageOps.exif_transpose(smaller)


def _block_means(pixels: np.ndarray, times: int) -> np.ndarray:
    """(rows, columns) shrunk by a whole number, each block of pixels to its mean."""
    rows, columns = (length // times for length in pixels.shape)
    blocks = pixels[: rows * times, : columns * times].reshape(rows, times, columns, times)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


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
