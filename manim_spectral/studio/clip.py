"""`spectral clip SCENE --section NAME -o FILE`: one beat of a chapter as a file of its own, of a size."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from manim_spectral import story
from manim_spectral.story import Chapter
from manim_spectral.studio import options, output, rendering
from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film_format import FilmFormat
from spectral import InputError

KINDS = (".gif", ".mp4", ".webm", ".png")
UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}
# What a GIF is lowered to, until it fits: width in pixels, pictures a second, colours.
GIFS = [(800, 15, 255), (640, 15, 255), (640, 10, 255), (560, 10, 128), (480, 10, 128), (480, 8, 64)]
GIFS += [(400, 8, 64), (320, 8, 48), (320, 5, 32), (240, 5, 24), (160, 4, 16)]
FILMS = [(26, 1.0), (30, 1.0), (30, 0.75), (34, 0.75), (34, 0.5), (40, 0.5), (45, 0.25)]  # quality, width
STILLS = (1.0, 0.75, 0.5, 0.375, 0.25, 0.125)  # width


def _chapter(_context: click.Context, _option: click.Parameter, value: str) -> Chapter:
    name = Path(value).stem  # also as manim is told: scenes/sampling.py
    if name not in story.CHAPTERS:
        raise InputError(f"{value}: no such scene, {_nearest(name, list(story.CHAPTERS))}")
    return story.CHAPTERS[name]


def _bytes(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMG]?)B?", value.strip().upper())
    if not found or float(found[1]) == 0:
        raise InputError(f"--size-limit {value}: no size, expected one such as 800KB or 5MB")
    return int(float(found[1]) * UNITS[found[2]])


@click.command("clip")
@click.argument("scene", callback=_chapter)
@click.option("--section", metavar="NAME", help="Which beat; the whole scene by default.")
@click.option(
    "-o", "--out", metavar="FILE", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@click.option(
    "--size-limit",
    metavar="SIZE",
    callback=_bytes,
    help="Such as 5MB: what is lowered until FILE fits is told.",
)
@options.quality(up_to="k")
@options.shape
@options.theme
def command(scene: Chapter, section: str | None, out: Path, size_limit: int | None, **chosen: Any) -> None:
    """Write one beat of SCENE: a GIF plays round and round, mp4 and webm have their sound, a PNG is the end.

    A name of a section that is none lists those that there are.

    \b
      $ spectral clip sampling --section lock-in --size-limit 5MB -o lock-in.gif
      $ spectral clip sampling --section order --theme light -q h -o order.png
      $ spectral clip listening --section lock-in --shape 1:1 -o voice.mp4
    """
    if out.suffix not in KINDS:
        raise InputError(f"--out {out}: no kind of clip, expected a name that ends in {', '.join(KINDS)}")
    output.check_output(out)
    film_format = FilmFormat(**chosen, container="webm" if out.suffix == ".webm" else "mp4")
    (drawn,) = rendering.render([scene], film_format)
    film = film_of(drawn, section)
    told = write(film, out, limit=size_limit)
    click.echo(f"{told}, {_megabytes(out.stat().st_size)}", err=True)
    click.echo(out)


def film_of(drawn: ChapterFilm, section: str | None) -> Path:
    """The film of a section, or of the whole chapter.

    Raises
    ------
    InputError
        When it has no such section.
    """
    if section is None:
        return drawn.film
    films = {one.name: one.path for one in reversed(drawn.sections)}
    if section not in films:
        raise InputError(
            f"--section {section}: no such section, {_nearest(section, [one.name for one in drawn.sections])}"
        )
    return films[section]


def write(film: Path, out: Path, *, limit: int | None) -> str:
    """Write a film as the kind of file that the name says, at most so many bytes; what was chosen.

    Raises
    ------
    InputError
        When it is too large even at the lowest of all choices.
    """
    with output.beside(out) as folder:
        for told, size in tries(film, folder / out.name, limit=limit):
            if limit is None or size <= limit:
                output.move_together({folder / out.name: out})
                return told
    raise InputError(
        f"{out}: {_megabytes(size)} even at {told}, expected at most {_megabytes(limit or 0)}: a shorter "
        "section fits, or a larger --size-limit"
    )


def tries(film: Path, path: Path, *, limit: int | None) -> Iterator[tuple[str, int]]:
    """Write a file, then smaller ones in its place; each time what was chosen, and the size in bytes."""
    from manim_spectral.studio import encoding

    width, height, rate = encoding.shape(film)
    if path.suffix == ".gif":
        seen = None  # bytes and weight of the one before
        for across, often, colours in GIFS:
            across, often = min(across, width), min(often, rate)
            weight = across**2 * often * colours.bit_length()
            last = (across, often, colours) == GIFS[-1]
            if seen and limit and seen[0] * weight / seen[1] > 1.3 * limit and not last:
                continue  # by far too large still
            path.write_bytes(encoding.gif(film, width=across, rate=often, colours=colours))
            seen = path.stat().st_size, weight
            tall = encoding.even(across * height / width)
            yield f"{across} x {tall}, {often} pictures a second, {colours} colours", seen[0]
    elif path.suffix == ".png":
        still = encoding.picture(film, at=float("inf"))
        for share in STILLS:
            size = encoding.even(share * width), encoding.even(share * height)
            still.resize(size, encoding.SMOOTHLY).save(path, optimize=True)
            yield f"{size[0]} x {size[1]}", path.stat().st_size
    else:
        encoding.copy(film, path)
        yield f"{width} x {height}", path.stat().st_size
        for quality, share in FILMS:
            size = encoding.even(share * width), encoding.even(share * height)
            encoding.recode(film, path, quality=quality, size=size)
            yield f"{size[0]} x {size[1]} at quality {quality}", path.stat().st_size


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    return (
        f"did you mean {near[0]!r}? There are {', '.join(known)}"
        if near
        else f"expected one of {', '.join(known)}"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"
