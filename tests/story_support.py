"""The real film of the whole story at low quality, made once for all tests that look at it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from studio_support import run

from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film_format import FilmFormat
from manim_spectral.studio.rendering import render

FORMAT = FilmFormat(quality="l")


@dataclass(frozen=True)
class StoryFilm:
    """What `spectral film -q l` left in `folder`: the film, its captions and poster, and its chapters."""

    folder: Path
    film: Path
    captions: Path
    poster: Path
    card: ChapterFilm
    chapters: tuple[ChapterFilm, ...]


def bare() -> dict[str, str]:
    """The environment without anyone's settings."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("SPECTRAL_")}


def make(folder: Path) -> StoryFilm:
    """Make the film, or wait for another process that makes it."""
    from manim_spectral import story

    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        made = run("film", "-q", "l", cwd=folder, env=bare())
    assert made.returncode == 0, made.stderr
    paths = [folder / line for line in made.stdout.splitlines()]
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - bare().keys():
            patch.delenv(name)
        card, *told = render([story.TITLE, *story.STORY], FORMAT)  # nothing is left to draw
    return StoryFilm(folder, *paths, card, tuple(told))
