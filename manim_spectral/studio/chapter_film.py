"""A chapter's film as it is kept, with its captions, its sound and its sections.

videos/NAME/QUALITY/Scene.mp4            the film, with captions (.srt) and sound (.wav) beside it
videos/NAME/QUALITY/sections/            its sections, with sound
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from manim_spectral.stage.muxing import seconds
from manim_spectral.story import Chapter
from manim_spectral.studio.film_format import FilmFormat


@dataclass(frozen=True)
class Section:
    """One beat of a chapter as a film of its own, with sound; `start` and `seconds` within the chapter."""

    name: str
    path: Path
    start: float
    seconds: float
    caption: str
    loop: bool


@dataclass(frozen=True)
class ChapterFilm:
    """A chapter's film; `track` is its whole sound, uncompressed, None where nothing sounds."""

    chapter: Chapter
    film: Path
    captions: Path
    sections: tuple[Section, ...]
    seconds: float
    track: Path | None

    @classmethod
    def read(cls, folder: Path, chapter: Chapter, film_format: FilmFormat) -> ChapterFilm:
        """What manim left in a folder."""
        film = find_film(folder, chapter, film_format)
        index = film.parent / "sections" / f"{chapter.scene}.json"
        track = film.with_suffix(".wav")
        at, sections = 0.0, []
        captions = _captions(film.with_suffix(".srt"))
        for section in json.loads(index.read_text(encoding="utf-8")):
            path = index.with_name(section["video"])
            lasts = seconds(path)
            half = 0.5 / film_format.rate  # a frame's worth of rounding
            said = [words for start, words in captions if at - half <= start < at + lasts - half]
            loop = section["type"] == "loop"
            sections.append(Section(section["name"], path, at, lasts, " ".join(said), loop))
            at += lasts
        return cls(
            chapter=chapter,
            film=film,
            captions=film.with_suffix(".srt"),
            sections=tuple(sections),
            seconds=seconds(film),
            track=track if track.exists() else None,
        )


def find_film(folder: Path, chapter: Chapter, film_format: FilmFormat) -> Path:
    """Where manim wrote a chapter's film, below a folder."""
    (film,) = folder.glob(f"videos/*/*/{chapter.scene}.{film_format.container}")
    return film


def _captions(file: Path) -> list[tuple[float, str]]:
    """When each caption begins, and what it says."""
    import srt

    return [(c.start.total_seconds(), c.content) for c in srt.parse(file.read_text(encoding="utf-8"))]
