"""Readout: a named number that changes often, set from glyphs made once."""

from __future__ import annotations

from functools import lru_cache
from typing import Self

import numpy as np
from manim import RIGHT, UP, VGroup, VMobject

from manim_spectral import theme

CHARACTERS = "0123456789.+−"


@lru_cache(maxsize=8)
def _glyphs(size: float, colour: str, typeface: str) -> tuple[dict[str, VMobject], float]:
    """One glyph a character with its baseline at zero, and the pitch of a figure."""
    line = theme.words(CHARACTERS, size=size, colour=colour, weight="medium")
    baseline = line[0].get_bottom()[1]
    glyphs = {
        character: glyph.shift((-glyph.get_center()[0], -baseline, 0.0))
        for character, glyph in zip(CHARACTERS, line, strict=True)
    }
    return glyphs, 1.12 * max(glyphs[c].width for c in "0123456789")


class Readout(VGroup):
    """A label, a number of at most `places` characters in columns of one width so that nothing jitters, and
    what follows it."""

    def __init__(self, label: str, *, places: int, after: str = "", size: float = theme.BODY) -> None:
        self.size = size
        self.label = theme.words(label, size=size, colour=theme.palette.quiet)
        glyphs, pitch = _glyphs(size, theme.palette.text, theme.typeface)
        self.figures, self._glyphs = VGroup(), list[VMobject]()
        # An invisible run of zeros holds the room that the number may take.
        self._room = VGroup(*[glyphs["0"].copy().shift(k * pitch * RIGHT) for k in range(places)])
        self._room.set_opacity(0).next_to(self.label, RIGHT, buff=0.14).align_to(
            self.label[0], np.array([0, -1, 0])
        )
        super().__init__(self.label, self._room, self.figures)
        if after:
            words = theme.words(after, size=size, colour=theme.palette.quiet)
            words.next_to(self._room, RIGHT, buff=0.14)
            # On the figures' line, whatever hangs below it.
            self.add(words.shift((self._room.get_bottom() - words[0].get_bottom()) * UP))

    def set_text(self, text: str) -> Self:
        """Show `text`, made of figures, sign, decimal point and blanks."""
        glyphs, pitch = _glyphs(self.size, theme.palette.text, theme.typeface)
        at = np.array([self._room[0].get_center()[0], self._room[0].get_bottom()[1], 0.0])
        enlarged = self._room[0].height / glyphs["0"].height  # since it was made
        columns = [(k, glyphs[character]) for k, character in enumerate(text) if character != " "]
        # The same glyphs take other outlines: manim goes on drawing those with which an animation began.
        while len(self._glyphs) < len(columns):
            self._glyphs.append(glyphs["0"].copy())
        for glyph in self._glyphs:
            glyph.clear_points()
        for glyph, (k, figure) in zip(self._glyphs, columns, strict=False):
            glyph.set_points(enlarged * figure.points + at + k * enlarged * pitch * RIGHT)
        self.figures.submobjects = self._glyphs[: len(columns)]
        return self
