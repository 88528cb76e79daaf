"""Options that the commands which draw chapters share: which, in what format, how many at once."""

from __future__ import annotations

from typing import Any

import click

from manim_spectral import story
from manim_spectral.sources import settings
from manim_spectral.story import Chapter
from spectral import InputError


def _named(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[Chapter, ...]:
    """The chapters that `value` names, commas between them, in that order; the whole story without one."""
    if value is None:
        return story.STORY
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if name not in story.CHAPTERS:
            raise InputError(
                f"--chapters: no chapter is called {name!r}, expected some of {', '.join(story.CHAPTERS)}"
            )
    return tuple(story.CHAPTERS[name] for name in names)


chapters = click.option(
    "--chapters",
    metavar="NAME,...",
    callback=_named,
    help="These, in this order; the whole story by default.",
)
shape = click.option(
    "--shape",
    type=click.Choice(["16:9", "9:16", "1:1"]),
    default="16:9",
    show_default=True,
    help="Width to height.",
)
theme = click.option(
    "--theme",
    type=click.Choice(["dark", "light"]),
    default=lambda: settings.load_settings().theme,
    help="The ground; dark, or as the settings say, by default.",
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Chapters to draw at once; as many as there are cores by default.",
)


def quality(*, up_to: str) -> Any:
    """The option for the films' size, of at most so much."""
    sizes = {"l": "854 x 480", "m": "1280 x 720", "h": "1920 x 1080", "k": "3840 x 2160"}
    letters = list(sizes)[: list(sizes).index(up_to) + 1]
    told = ", ".join(f"{letter} {sizes[letter]}" for letter in letters)
    return click.option(
        "-q", "--quality", type=click.Choice(letters), default="m", show_default=True, help=f"Pixels: {told}."
    )
