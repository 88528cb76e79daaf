"""Figures: measured numbers, large, each with its name and what it means."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, VGroup

from manim_spectral import theme


class Figures(VGroup):
    """A column of numbers; beside each its name, and below that its meaning.

    Parameters
    ----------
    rows
        (number, name, meaning).
    size
        Of the numbers' type, in pixels of an 854 x 480 picture.
    """

    def __init__(
        self,
        *rows: tuple[str, str, str],
        size: float = 2 * theme.HEADING,
        least: float = 1.75,
        gap: float = 0.55,
    ) -> None:
        self.numbers = VGroup(*(theme.words(number, size=size, weight="semibold") for number, *_ in rows))
        # One column for all numbers, one for all names.
        column = max(least, *(number.width + 0.2 for number in self.numbers))
        super().__init__()
        for number, (_, name, meaning) in zip(self.numbers, rows, strict=True):
            lines = VGroup(
                theme.words(name, weight="medium"),
                theme.words(meaning, size=theme.SMALL, colour=theme.palette.quiet),
            ).arrange(DOWN, buff=0.1, aligned_edge=LEFT)
            self.add(VGroup(number, lines.next_to(number.get_left() + column * RIGHT, RIGHT, buff=0)))
        self.arrange(DOWN, buff=gap, aligned_edge=LEFT)


def decimals(value: float) -> str:
    """Two of them and a true minus sign; "none" for what is not a number."""
    return f"{value:.2f}".replace("-", "−") if np.isfinite(value) else "none"


def give_or_take(value: float) -> str:
    """A width about a middle: ±, and two decimals; "none" for what is not a number."""
    return f"±{decimals(value)}" if np.isfinite(value) else decimals(value)
