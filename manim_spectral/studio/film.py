"""`spectral film`: the whole story as one film, with chapter marks, captions and a poster."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

import click

from manim_spectral import story
from manim_spectral.story import Chapter
from manim_spectral.studio import options, output, stamps
from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film_format import Container, FilmFormat
from manim_spectral.studio.rendering import render
from spectral import InputError

FOLDER = Path("renders") / "film"
CLIMAX = "sampling"  # the chapter that the poster is from


@click.command("film")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The film to write, .mp4 or .webm; by default one in renders/film, named after its format.",
)
@options.chapters
@options.quality(up_to="k")
@options.shape
@options.theme
@click.option(
    "--format", "form", type=click.Choice(["mp4", "webm"]), help="As FILE's name says, mp4 by default."
)
@click.option("--transparent", is_flag=True, help="No ground: a webm with an alpha channel.")
@options.jobs
def command(
    out: Path | None,
    chapters: tuple[Chapter, ...],
    form: str | None,
    transparent: bool,
    jobs: int | None,
    **chosen: Any,
) -> None:
    """Make one film of the story: its chapters, drawn as many at once as there are cores, and joined.

    What is up to date is not drawn again; started again after it was stopped, it goes on. Players show the
    chapters' marks. Captions (.srt) and a poster (.png) lie beside the film. SPECTRAL_IMAGE, SPECTRAL_AUDIO
    and the other settings hold here too; SPECTRAL_TRAJECTORY and SPECTRAL_MODEL go to the chapters about
    their kind of signal.

    \b
      $ spectral film -q l
      $ spectral film --chapters refinement,tide,sampling -o short.mp4
      $ spectral film --shape 9:16 --theme light -q h -o phone.mp4
      $ spectral film --transparent -o overlay.webm
    """
    container = container_of(out, form, transparent=transparent)
    film_format = FilmFormat(**chosen, transparent=transparent, container=container)
    if out is None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        out = FOLDER / f"{film_format.folder.name}.{container}"
    output.check_output(out)
    parts = render([story.TITLE, *chapters], film_format, jobs=jobs)
    written = write(parts, out)
    if not written:
        click.echo("nothing to do: all is up to date", err=True)
    for path in written or files(out):
        click.echo(path)


def container_of(out: Path | None, form: str | None, *, transparent: bool) -> Container:
    """What kind of file is asked for, by name or by option.

    Raises
    ------
    InputError
        When these contradict one another, or there is no such film.
    """
    named = out.suffix.removeprefix(".") if out else form or ("webm" if transparent else "mp4")
    if named not in get_args(Container):
        raise InputError(f"--out {out}: no kind of film, expected a name that ends in .mp4 or .webm")
    if form not in (None, named):
        raise InputError(f"--out {out} and --format {form} are given, expected them to agree")
    if transparent and named != "webm":
        raise InputError("--transparent: an mp4 has no alpha channel, expected a webm")
    return cast(Container, named)


def files(out: Path) -> list[Path]:
    """A film, its captions and its poster."""
    return [out, out.with_suffix(".srt"), out.with_suffix(".png")]


def write(chapters: Sequence[ChapterFilm], out: Path) -> list[Path]:
    """Join chapters to a film, with captions and poster, all or none; what was written.

    Nothing where the film that is there was made of the same.
    """
    from manim_spectral.studio import joining  # loads what reads films

    parts = [joining.Part(one.chapter.title, one.film, one.captions, one.track) for one in chapters]
    made_from = stamps.joint([part.title, stamps.digest(part.files)] for part in parts)
    if all(path.is_file() for path in files(out)) and joining.tag_of(out) == made_from:
        return []
    with output.beside(out) as folder:
        film, captions, poster = files(folder / out.name)
        joining.join(parts, film, tag=made_from)
        captions.write_text(joining.captions(parts), encoding="utf-8")
        poster.write_bytes(poster_of(chapters))
        return output.move_together(dict(zip((film, captions, poster), files(out), strict=True)))


def poster_of(chapters: Sequence[ChapterFilm]) -> bytes:
    """A telling picture, PNG: from the middle of the story's climax, or of the longest section there is."""
    from manim_spectral.studio import encoding

    telling = [one for one in chapters if one.chapter.name == CLIMAX] or chapters
    section = max((s for one in telling for s in one.sections), key=lambda section: section.seconds)
    file = io.BytesIO()
    encoding.picture(section.path, at=section.seconds / 2).save(file, format="PNG", optimize=True)
    return file.getvalue()
