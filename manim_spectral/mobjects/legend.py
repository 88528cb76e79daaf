"""Legend: what the marks of a plot mean, and the marks themselves in small."""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, Line, Rectangle, VGroup, VMobject

from manim_spectral import theme

SWATCH = 0.34  # width of a mark


class Legend(VGroup):
    """What the marks of a plot mean, in one row: (swatch, words) pairs."""

    def __init__(self, *entries: tuple[VMobject, str], gap: float = 0.4) -> None:
        rows = [
            VGroup(swatch, theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)).arrange(
                RIGHT, buff=0.12
            )
            for swatch, text in entries
        ]
        super().__init__(*rows)
        self.arrange(RIGHT, buff=gap)


def line_swatch(colour: str, width: float) -> Line:
    return Line(SWATCH / 2 * LEFT, SWATCH / 2 * RIGHT).set_stroke(colour, width)


def rainbow_swatch(count: int = 6) -> VGroup:
    """A short line in the bands' colours."""
    edges = np.linspace(SWATCH / 2 * LEFT, SWATCH / 2 * RIGHT, count + 1)
    pieces = zip(edges[:-1], edges[1:], theme.band_colours(count), strict=True)
    return VGroup(*[Line(a, b).set_stroke(colour, theme.BOLD) for a, b, colour in pieces])


def water_swatch() -> Rectangle:
    box = Rectangle(width=SWATCH, height=0.17, stroke_width=0)
    return box.set_fill(theme.palette.water, 0.45)
