"""Chapters as manim-slides sees them: a presentation each, a slide for each section; and the form of a deck.

Loads manim-slides and manim.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from manim_slides.config import PresentationConfig, SlideConfig
from manim_slides.convert import PDF, Converter, PowerPoint, RevealJS

from manim_spectral import story, theme
from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film_format import FilmFormat

TEMPLATE = Path(__file__).parent / "reveal" / "talk.html"
PIXELS = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (960, 960)}  # of a page, 96 an inch


class Talk(RevealJS):
    """HTML for the template of this project.

    Attributes
    ----------
    silent
        Names of the films without sound. A browser starts others muted, and says so, until a key is pressed.
    """

    silent: frozenset[str]


def converter(chapters: Sequence[ChapterFilm], suffix: str, *, film_format: FilmFormat) -> Converter:
    """What writes these chapters, drawn in this format, as a deck with this suffix."""
    ground = {"dark": theme.DARK, "light": theme.LIGHT}[film_format.theme].ground
    slides = [presentation(chapter, ground) for chapter in chapters]
    if suffix == ".pdf":
        return PDF(presentation_configs=slides)
    if suffix == ".pptx":
        width, height = PIXELS[film_format.shape]
        return PowerPoint(presentation_configs=slides, width=width, height=height)
    return Talk(
        presentation_configs=slides,
        template=TEMPLATE,
        title=story.TITLE.title,
        background_color=ground,
        controls="false",  # they would cover the films' corners
        hash="true",  # a page loaded again shows the same slide
        silent={section.path.name for c in chapters if c.track is None for section in c.sections},
    )


def presentation(rendered: ChapterFilm, ground: str) -> PresentationConfig:
    """A chapter's sections as slides, each with its caption below the chapter's title as notes."""
    count = len(rendered.sections)
    slides = [
        SlideConfig(
            file=section.path,
            rev_file=section.path,  # of no use to a converter, yet asked for
            loop=section.loop,
            notes=f"{rendered.chapter.title}, {number} of {count}\n{section.caption}",
        )
        for number, section in enumerate(rendered.sections, 1)
    ]
    return PresentationConfig(slides=slides, background_color=ground)
