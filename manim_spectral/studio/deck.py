"""`spectral deck -o talk.html|talk.pptx|talk.pdf`: the story as slides, one for each section of each chapter.

The sections' films become manim-slides' configuration of slides, and its converters write the deck. Its HTML
takes reveal.js from a server, or downloads it; here the files in `reveal/` go into the folder beside the
deck, and its template (`reveal/talk.html`) names no other: a talk without a network works.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from manim_spectral import story
from manim_spectral.story import Chapter
from manim_spectral.studio import options, output
from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film_format import FilmFormat
from manim_spectral.studio.rendering import render
from spectral import InputError

REVEAL = Path(__file__).parent / "reveal"
CARRIED = ("reveal.js", "reveal.css", "notes.js", "LICENSE")
LIST = "files.txt"  # in a deck's folder: what it holds, so that nobody's own files are thrown away with it

PRESENT = {
    ".html": "open it in a browser: → next, ← back, space pause, R again, F full screen, S notes, ? more",
    ".pptx": "films start with their slides; the notes are below them",
    ".pdf": "a page shows the end of its section",
}


@click.command("deck")
@click.option(
    "-o", "--out", metavar="FILE", required=True, type=click.Path(path_type=Path), help="The deck to write."
)
@options.chapters
@options.quality(up_to="h")
@options.shape
@options.theme
@options.jobs
def command(out: Path, chapters: tuple[Chapter, ...], jobs: int | None, **chosen: Any) -> None:
    """Make a talk of the story: each section of each chapter is a slide, its caption the speaker's note.

    A title slide comes first. The name says what is written. HTML lies beside a folder of films (talk_assets)
    and needs no network: take both with you. PowerPoint holds its films. A page of the PDF shows the end of a
    section.

    \b
      $ spectral deck -o talk.html
      $ spectral deck --chapters spectrum,tide,sampling --theme light -o talk.pptx
      $ spectral deck -q h -o talk.pdf
    """
    check(out)
    film_format = FilmFormat(**chosen)
    for path in write(render([story.TITLE, *chapters], film_format, jobs=jobs), out, film_format=film_format):
        click.echo(path)
    click.echo(PRESENT[out.suffix], err=True)


def write(chapters: Sequence[ChapterFilm], out: Path, *, film_format: FilmFormat) -> list[Path]:
    """Write the deck, whole or not at all, over one that is there; what was written.

    Raises
    ------
    InputError
        When the name says no form of a deck, or something is in the way.
    """
    from manim_spectral.studio import slides  # loads manim-slides

    check(out)
    with output.beside(out) as folder:
        new = folder / out.name
        slides.converter(chapters, out.suffix, film_format=film_format).convert_to(new)
        moves = {new: out}
        if out.suffix == ".html":
            films = _assets(new)
            for name in CARRIED:
                shutil.copy(REVEAL / name, films)
            names = sorted([LIST, *(path.name for path in films.iterdir())])
            (films / LIST).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
            moves[films] = _assets(out)
        return output.move_together(moves)


def check(out: Path) -> None:
    """See to it, before the films are rendered, that a deck can be written.

    Raises
    ------
    InputError
        As `write` does.
    """
    if out.suffix not in PRESENT:
        raise InputError(f"-o {out}: expected a name that ends in {', '.join(PRESENT)}")
    output.check_output(out)
    assets = _assets(out)
    if out.suffix != ".html" or not assets.exists():
        return
    if not assets.is_dir():
        raise InputError(f"{assets}: is a file, expected room for the folder of {out.name}")
    known = (assets / LIST).read_text(encoding="utf-8").splitlines() if (assets / LIST).is_file() else []
    foreign = sorted({path.name for path in assets.iterdir()} - set(known))
    if foreign:
        raise InputError(
            f"{assets}: holds {foreign[0]}, which no deck put there, expected a deck's own folder"
        )


def _assets(out: Path) -> Path:
    return out.with_name(f"{out.stem}_assets")
