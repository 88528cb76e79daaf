"""Where one map and what belongs to it stand in the staircase's chapter, and where all maps do."""

from __future__ import annotations

from dataclasses import dataclass

from manim_spectral.stage.layout import Box

PANEL = 3.7  # units a side, where it stands beside the map
TITLE = 0.34  # room for the words above a panel or a map
GAP = 0.45
BETWEEN = 0.25  # maps side by side


@dataclass(frozen=True)
class StaircaseLayout:
    """Rooms of the panel, of a map with its words, and of its figures."""

    panel: Box
    chart: Box
    figures: Box

    @classmethod
    def of(cls, body: Box) -> StaircaseLayout:
        """The panel at the top left; the figures below it, or beside it above the map."""
        side = PANEL if body.wide else min(PANEL, 0.42 * body.width)
        panel = Box(body.left, body.top - TITLE - side, body.left + side, body.top - TITLE)
        if body.wide:
            chart = Box(panel.right + GAP, body.bottom, body.right, body.top)
            return cls(panel, chart, Box(body.left, body.bottom, panel.right, panel.bottom - GAP))
        chart = Box(body.left, body.bottom, body.right, panel.bottom - GAP)
        return cls(panel, chart, Box(panel.right + GAP, panel.bottom, body.right, panel.top))


def grid(count: int, body: Box) -> list[Box]:
    """Rooms for this many maps, row by row, the last row in the middle."""
    columns = count if body.wide else 3 if body.width > 0.8 * body.height else 2
    rows = -(-count // columns)
    width = (body.width - (columns - 1) * BETWEEN) / columns
    height = (body.height - (rows - 1) * BETWEEN) / rows
    missing = rows * columns - count
    rooms = []
    for row, column in (divmod(k, columns) for k in range(count)):
        shift = missing / 2 if row == rows - 1 else 0
        left, top = body.left + (column + shift) * (width + BETWEEN), body.top - row * (height + BETWEEN)
        rooms.append(Box(left, top - height, left + width, top))
    return rooms
