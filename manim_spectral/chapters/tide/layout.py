"""Where pictures, the plot and the sentence stand in the chapter about the rising tide."""

from __future__ import annotations

from dataclasses import dataclass

from manim_spectral.stage.layout import Box

TITLE = 0.4  # room for a picture's title


@dataclass(frozen=True)
class TideLayout:
    """Rooms of the pictures, of the plotting area alone, and of the sentence under it."""

    pictures: Box
    plot: Box
    sentence: Box

    @classmethod
    def of(cls, body: Box) -> TideLayout:
        """The pictures at the left, or above the plot."""
        if body.wide:
            pictures = Box(body.left, body.bottom, body.left + 5.4, body.top)
            rest = Box(pictures.right + 0.4, body.bottom, body.right, body.top)
        else:
            pictures = Box(body.left, body.top - 0.47 * body.height, body.right, body.top)
            rest = Box(body.left, body.bottom, body.right, pictures.bottom - 0.3)
        sentence = Box(rest.left + 0.85, rest.bottom, rest.right, rest.bottom + 0.75)
        plot = Box(rest.left + 0.85, sentence.top + 0.95, rest.right - 0.1, rest.top - 0.4)
        return cls(pictures, plot, sentence)


def beside(room: Box, *, under: float, gap: float = 0.3) -> tuple[Box, Box]:
    """Room for two square pictures with titles side by side in the middle, and for words under them."""
    side = min((room.width - gap) / 2, room.height - under - TITLE)
    middle, low = room.centre[0], room.centre[1] + (under - TITLE - side) / 2
    left = Box(middle - gap / 2 - side, low, middle - gap / 2, low + side + TITLE)
    return left, Box(middle + gap / 2, low, middle + gap / 2 + side, low + side + TITLE)
