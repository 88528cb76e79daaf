"""`spectral gallery`: a page of all chapters that plays from disk: films, posters, captions, commands."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import click

from manim_spectral import story
from manim_spectral.studio import options, output
from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film import poster_of
from manim_spectral.studio.film_format import FilmFormat, Quality
from manim_spectral.studio.rendering import render
from spectral import InputError

FOLDER = Path("renders") / "gallery"
INDEX = "index.html"
EXCERPT = ("sampling", "lock-in")  # the chapter and section that a GIF shows, too
FILM_QUALITY = 33  # x264's rate factor: all films together are to stay below 30 MB
POSTER_QUALITY = 90  # JPEG's, out of 100
WIDTH, RATE, COLOURS = 640, 10, 255  # of the GIF


@click.command("gallery")
@click.option(
    "-o",
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    help="Where to write it.",
)
@options.quality(up_to="h")
@options.jobs
def command(out: Path, quality: Quality, jobs: int | None) -> None:
    """Make a page of all chapters: posters, films that play in place, captions, and the command for each.

    It opens from disk, without a network, and can be carried away with its folder. Its films are coded again
    to be small.

    \b
      $ spectral gallery
      $ SPECTRAL_IMAGES=holidays spectral gallery -o renders/holidays
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"-o {out}: cannot be a folder ({error.strerror}), expected one to write in"
        ) from None
    output.check_output(out / INDEX)
    everything = tuple(story.CHAPTERS.values())
    for path in write(render(everything, FilmFormat(quality=quality), jobs=jobs), out, quality=quality):
        click.echo(path)


def write(rendered: Sequence[ChapterFilm], folder: Path, *, quality: str) -> list[Path]:
    """Write films, posters and the page, all or none, over earlier ones; the page is the first of them.

    Raises
    ------
    InputError
        When something cannot be written.
    """
    from PIL import Image

    from manim_spectral.studio import (
        encoding,
        page,  # load what reads films, and manim
    )

    with output.beside(folder / INDEX) as new:
        for one in rendered:
            name = one.chapter.name
            encoding.recode(one.film, new / f"{name}.mp4", quality=FILM_QUALITY)
            poster = Image.open(io.BytesIO(poster_of([one])))
            poster.save(new / f"{name}.jpg", quality=POSTER_QUALITY, subsampling=0)
            for section in one.sections:
                if (name, section.name) == EXCERPT:
                    moving = encoding.gif(section.path, width=WIDTH, rate=RATE, colours=COLOURS)
                    (new / f"{name}.gif").write_bytes(moving)
        (new / INDEX).write_text(page.compose(rendered, quality=quality), encoding="utf-8")
        names = sorted((path.name for path in new.iterdir()), key=lambda name: (name != INDEX, name))
        return output.move_together({new / name: folder / name for name in names})
