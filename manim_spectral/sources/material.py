"""What the scenes are about: one's own pictures and sounds, or carried ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manim_spectral.sources.files import PICTURES, SOUNDS, files_in, read_clip, read_loudest, read_picture
from manim_spectral.sources.settings import Settings, one_line_errors
from spectral import Sound
from spectral.assets import carried

PHOTOGRAPH = "red_panda.png"  # what a scene about one picture shows
CLIP = "speech_do_not_disturb.flac"  # and one about one sound
SIDE = 128  # pixels of a picture on stage


@dataclass(frozen=True, eq=False)
class NamedPicture:
    """A picture, (3, SIDE, SIDE) in [-1, 1], and what it is called."""

    pixels: NDArray[np.float32]
    name: str


@dataclass(frozen=True, eq=False)
class NamedSound:
    """A sound of one channel, and what it is called."""

    sound: Sound
    name: str


def title_of(path: Path) -> str:
    """What a file is called on screen: one's own by its name, a carried one by its words."""
    if path.parent in (carried("photographs"), carried("clips")):
        return path.stem.removeprefix("speech_").removeprefix("music_").replace("_", " ")
    return path.name


@one_line_errors()
def pictures(settings: Settings, count: int | None = None) -> list[NamedPicture]:
    """The first pictures of the chosen folder, in the order of their names; without one, one's own picture
    and the carried ones. At most `count`, at least one.

    Raises
    ------
    SystemExit
        With status 2, after one line on standard error, when the folder or a picture cannot be used.
    """
    if settings.images is not None:
        paths = files_in(settings.images, PICTURES, "pictures")
    else:
        own = [settings.image] if settings.image else []
        paths = own + _default_first(files_in(carried("photographs"), PICTURES, "pictures"), PHOTOGRAPH)
    return [_read(path) for path in paths[:count]]


@one_line_errors()
def picture(settings: Settings) -> NamedPicture:
    """The picture that a scene about one shows: one's own, else the first of `pictures`. Errors as there."""
    if settings.image is not None:
        return _read(settings.image)
    return pictures(settings, 1)[0]


@one_line_errors()
def clips(
    settings: Settings, count: int | None = None, *, seconds: float, sr: int | None = None
) -> list[NamedSound]:
    """The loudest part of the first sounds of the chosen folder, in the order of their names; without one,
    one's own sound and the carried ones. At most `count`, at least one. Errors as `pictures`.

    Each is at its own rate and may be shorter; with `sr` all are at that rate and of one length, silence
    following a shorter one.
    """
    if settings.audio is not None and settings.audio.is_dir():
        paths = files_in(settings.audio, SOUNDS, "sounds")
    else:
        own = [settings.audio] if settings.audio else []
        paths = own + _default_first(files_in(carried("clips"), SOUNDS, "sounds"), CLIP)
    if sr is None:
        return [NamedSound(read_loudest(path, seconds=seconds), title_of(path)) for path in paths[:count]]
    samples = round(seconds * sr)
    return [
        NamedSound(Sound(read_clip(path, sr=sr, samples=samples)[None], sr), title_of(path))
        for path in paths[:count]
    ]


@one_line_errors()
def clip_path(settings: Settings) -> Path:
    """The sound file that a scene about one sound shows. Errors as `pictures`."""
    if settings.audio is not None and settings.audio.is_dir():
        return files_in(settings.audio, SOUNDS, "sounds")[0]
    return settings.audio or carried("clips", CLIP)


def _read(path: Path) -> NamedPicture:
    return NamedPicture(read_picture(path, height=SIDE, width=SIDE), title_of(path))


def _default_first(paths: list[Path], name: str) -> list[Path]:
    return sorted(paths, key=lambda path: (path.name != name, path.name))
