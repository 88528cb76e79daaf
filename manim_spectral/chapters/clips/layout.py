"""Where lists, plots and the chart stand in the chapter about sound."""

from __future__ import annotations

from manim_spectral.mobjects.spectrum_plot import LEFT_OF_PLOT, UNDER_PLOT
from manim_spectral.stage.layout import Box

UNDER_CHART = 1.4  # room for what is said of the order


def halves(body: Box) -> tuple[Box, Box]:
    """Side by side where the frame is wide, else one above the other."""
    return body.columns(0.7) if body.wide else body.rows(0.4)


def tide_rooms(body: Box) -> tuple[Box, Box]:
    """For the plot and, narrower where they stand side by side, for the chart."""
    if not body.wide:
        return body.rows(0.5)
    cut = body.left + 0.6 * body.width
    return (
        Box(body.left, body.bottom, cut - 0.35, body.top),
        Box(cut + 0.35, body.bottom, body.right, body.top),
    )


def plotting_area(room: Box, *, above: float) -> Box:
    """What is left of a room inside a plot's labels, and under so much that stands above it."""
    return Box(room.left + LEFT_OF_PLOT, room.bottom + UNDER_PLOT, room.right - 0.15, room.top - above)
