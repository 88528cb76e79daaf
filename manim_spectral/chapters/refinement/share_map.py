"""ShareMap: how much of each band is there, as a clock goes by."""

from __future__ import annotations

from math import ceil
from typing import Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Group, ManimColor, Rectangle, VGroup

from manim_spectral import theme
from manim_spectral.chapters.refinement import words
from manim_spectral.mobjects.picture import Picture

COLUMNS = 480  # pixels across; each shows the step reached then, unsmoothed
LEFT_OF = 0.14  # between numbers and frame
LINE = 0.2  # a line of small type, at least


class ShareMap(Group):
    """Rows are bands, low at the bottom; across runs a clock. A place is as bright as the share of its band
    that is explained there; below 0 it is dark. To the right of the clock's hand there is nothing yet.

    Parameters
    ----------
    explained
        (steps, bands) explained fractions E_b(i).
    times
        (steps,) moments of the steps on the clock, 0 to 1, rising.
    title
        Stands above.
    start, end
        What stands at the clock's ends.
    width, height
        Room for everything: title, numbers, frame, and the words under it.
    """

    def __init__(
        self,
        explained: np.ndarray,
        *,
        times: np.ndarray,
        title: str,
        start: str,
        end: str,
        width: float,
        height: float,
    ) -> None:
        count = explained.shape[1]
        colours = theme.band_colours(count)
        numbers = [
            theme.words(str(k + 1), size=theme.SMALL, colour=colour.to_hex(), weight="semibold")
            for k, colour in enumerate(colours)
        ]
        ends = [theme.words(text, size=theme.SMALL, colour=theme.palette.quiet) for text in (start, end)]
        sides = [
            theme.words(text, size=theme.SMALL, colour=theme.palette.quiet) for text in words.MAP_ENDS[::-1]
        ]
        left = max(word.width for word in sides) + 0.12 + max(n.width for n in numbers) + LEFT_OF
        inside = (width - left, height - 2 * (LINE + 0.14))
        self.shares = self._shares(explained, times)
        self.full = self._colour(self.shares, colours)
        self.picture = Picture(self.full, height=1)
        self.picture.stretch_to_fit_width(inside[0]).stretch_to_fit_height(inside[1]).move_to(ORIGIN)
        self.frame = Rectangle(width=inside[0], height=inside[1]).set_stroke(theme.palette.rule, theme.HAIR)
        row = inside[1] / count
        for k, number in enumerate(numbers):
            number.next_to(self.frame.get_corner(DOWN + LEFT) + (k + 0.5) * row * UP, LEFT, buff=LEFT_OF)
        for word, k in zip(sides, (count - 1, 0), strict=True):
            word.next_to(numbers[k], LEFT, buff=0.12)
        numbers = numbers[:: ceil(LINE / row)]  # where rows are thin, every second or third has its number
        ends[0].next_to(self.frame, DOWN, buff=0.12).align_to(self.frame, LEFT)
        ends[1].next_to(self.frame, DOWN, buff=0.12).align_to(self.frame, RIGHT)
        heading = theme.words(title, size=theme.SMALL, colour=theme.palette.quiet)
        heading.next_to(self.frame, UP, buff=0.12).align_to(VGroup(*sides), LEFT)
        super().__init__(self.picture, self.frame, heading, VGroup(*numbers), *sides, *ends)
        self.move_to(ORIGIN)
        self.set_now(0.0)

    @staticmethod
    def _shares(explained: np.ndarray, times: np.ndarray) -> np.ndarray:
        """(bands, COLUMNS) of the last step that the clock has reached; nothing before the first."""
        clock = (np.arange(COLUMNS) + 0.5) / COLUMNS
        step = np.searchsorted(times, clock, side="right") - 1
        return np.where(step >= 0, explained[step.clip(0)].T, 0.0).clip(0, 1)

    @staticmethod
    def _colour(shares: np.ndarray, colours: list[ManimColor]) -> np.ndarray:
        """uint8 (bands, COLUMNS, 3), the highest band on top."""
        dark = np.array(ManimColor(theme.palette.panel).to_rgb())
        full = np.array([colour.to_rgb() for colour in colours])[:, None, :]
        return np.rint(255 * (dark + shares[..., None] * (full - dark)))[::-1].astype(np.uint8)

    def set_now(self, at: float) -> Self:
        """Move the clock's hand, 0 to 1."""
        ground = np.array(ManimColor(theme.palette.ground).to_int_rgb(), np.uint8)
        reached = (np.arange(COLUMNS) < at * COLUMNS)[None, :, None]
        self.picture.set_array(np.where(reached, self.full, ground))
        return self
