"""NumberedWords: words in rows, each with its number above."""

from __future__ import annotations

from manim import VGroup

from manim_spectral import theme
from manim_spectral.mobjects.lines import on_line

INDEX = 0.22  # between a word's highest letters and the middle of its number


class NumberedWords(VGroup):
    """One part a word: the word, its number.

    Parameters
    ----------
    size
        Of the words' type, in pixels of an 854 x 480 picture.
    width
        Room; a word that goes beyond begins a new row.
    """

    def __init__(self, text: str, *, size: float, width: float) -> None:
        super().__init__()
        em = size / theme.PIXELS_PER_UNIT
        across, line = 0.0, 0.0
        for number, spelled in enumerate(text.split(), start=1):
            word = theme.words(spelled, size=size, weight="medium")
            if across + word.width > width:
                across, line = 0.0, line - 0.9 * em - 0.9
            on_line(word, across, line)
            index = theme.words(str(number), size=theme.SMALL, colour=theme.palette.quiet)
            self.add(VGroup(word, index.move_to((word.get_x(), line + 0.9 * em + INDEX, 0))))
            across += word.width + 0.5 * em
        self.center()
