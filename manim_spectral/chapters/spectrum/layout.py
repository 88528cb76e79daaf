"""Where pictures, words and a plot stand in a scene's body, in wide, square and tall frames."""

from __future__ import annotations

from dataclasses import dataclass

from manim_spectral.stage.layout import Box

GAP = 0.45  # between pictures
TITLE = 0.42  # room for a title above a picture
UNDER = 1.1  # room for words under it


@dataclass(frozen=True)
class Cell:
    """Room for a square picture, and for words under it."""

    picture: Box
    words: Box

    @classmethod
    def at(cls, left: float, top: float, side: float) -> Cell:
        """With the picture's upper left corner there."""
        bottom = top - side
        return cls(Box(left, bottom, left + side, top), Box(left, bottom - UNDER, left + side, bottom - 0.2))


def three_cells(room: Box) -> tuple[Cell, Cell, Cell]:
    """In a row; or a large one and two small ones, beside it or under it."""
    if room.wide:
        side = min((room.width - 2 * GAP) / 3, room.height - TITLE - UNDER)
        left = room.centre[0] - 1.5 * side - GAP
        top = room.centre[1] + (side + UNDER - TITLE) / 2
        one, two, three = (Cell.at(left + k * (side + GAP), top, side) for k in range(3))
        return one, two, three
    top = room.top - TITLE
    if room.width > 0.8 * room.height:
        small = min((room.height - GAP) / 2 - TITLE - UNDER, 0.36 * room.width)
        large = min(room.width - small - GAP, room.height - TITLE - UNDER)
        left = room.left + large + GAP
        second = top - small - UNDER - GAP - TITLE
        return Cell.at(room.left, top, large), Cell.at(left, top, small), Cell.at(left, second, small)
    small = (room.width - GAP) / 2
    large = min(room.width, room.height - small - 2 * (TITLE + UNDER))
    second = top - large - UNDER - TITLE
    return (
        Cell.at(room.centre[0] - large / 2, top, large),
        Cell.at(room.left, second, small),
        Cell.at(room.left + small + GAP, second, small),
    )


def pictures_and_plot(room: Box) -> tuple[Box, Box]:
    """Room for pictures, a title above it and a line under it left free, and for a plotting area alone."""
    if room.wide:
        side = min(room.height - TITLE - GAP, 0.42 * room.width)
        slot = Box(room.left, room.top - TITLE - side, room.left + side, room.top - TITLE)
        return slot, Box(slot.right + 1.2, slot.bottom + 0.3, room.right - 0.2, slot.top - 0.1)
    share = 0.42 if room.width > 0.8 * room.height else 0.52
    slot = Box(room.left, room.top - share * room.height, room.right, room.top - TITLE)
    return slot, Box(room.left + 0.85, room.bottom + 0.75, room.right - 0.2, slot.bottom - 0.95)


def squares(count: int, room: Box, *, title: float = 0.0) -> list[Box]:
    """`count` squares as large as they can be, row by row, with room for a title above each."""
    gap = GAP if title else GAP / 4

    def side_of(columns: int) -> float:
        rows = -(-count // columns)
        return min((room.width + gap) / columns - gap, (room.height + title + gap) / rows - gap - title)

    columns = max(range(1, count + 1), key=side_of)
    side, rows = side_of(columns), -(-count // columns)
    left = room.centre[0] - (columns * (side + gap) - gap) / 2
    top = room.centre[1] + (rows * (side + gap + title) - gap - title) / 2
    corners = [
        (left + (k % columns) * (side + gap), top - (k // columns) * (side + gap + title))
        for k in range(count)
    ]
    return [Box(x, y - side, x + side, y) for x, y in corners]
