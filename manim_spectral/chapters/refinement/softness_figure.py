"""SoftnessFigure: over how many octaves a method writes at once, large."""

from __future__ import annotations

from manim import DOWN, VGroup

from manim_spectral import theme
from manim_spectral.chapters.refinement import words


class SoftnessFigure(VGroup):
    """A number; below it its unit, and the kind of staircase that it makes."""

    def __init__(self, value: str, kind: str) -> None:
        number = theme.words(value, size=2 * theme.HEADING, weight="semibold")
        unit = [theme.words(text, weight="medium") for text in words.FIGURE]
        said = theme.words(kind, size=theme.SMALL, colour=theme.palette.quiet)
        super().__init__(number, VGroup(*unit, said).arrange(DOWN, buff=0.12))
        self.arrange(DOWN, buff=0.22)
