"""Meter and Padlock: how much of a band is explained, and whether it is settled."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Arc,
    Line,
    ManimColor,
    Rectangle,
    RoundedRectangle,
    VGroup,
    VMobject,
    interpolate_color,
    smooth,
)

from manim_spectral import theme

LIFT = 0.16 / 0.52  # of an open shackle, in heights of the body


class Meter(VGroup):
    """A vertical bar filled to a share between 0 and 1, with the share at which the band counts as locked."""

    def __init__(self, *, height: float, width: float, threshold: float, colour: ManimColor) -> None:
        self.outline = Rectangle(width=width, height=height)
        self.outline.set_stroke(theme.palette.rule, theme.HAIR).set_fill(theme.palette.panel, 1)
        self.bar = Rectangle(width=width, height=height, stroke_width=0).set_fill(colour, 1)
        at = self.outline.get_bottom() + threshold * height * UP
        self.threshold_line = Line(at + (width / 2 + 0.06) * LEFT, at + (width / 2 + 0.06) * RIGHT)
        self.threshold_line.set_stroke(theme.palette.signal, theme.LINE)
        super().__init__(self.outline, self.bar, self.threshold_line)
        self.value = 0.0
        self.set_value(0.0)

    def set_value(self, value: float) -> Self:
        """Fill to `value`, the explained fraction; below zero shows as empty."""
        self.value = float(np.clip(value, 0, 1))
        low = self.outline.get_corner(DOWN + LEFT)
        high = self.outline.get_corner(DOWN + RIGHT) + self.value * self.outline.height * UP
        corners = [low, [high[0], low[1], 0], high, [low[0], high[1], 0], low]
        self.bar.set_points_as_corners(np.array(corners, float))
        return self


class Padlock(VGroup):
    """A padlock, open until `set_closed(1)`; closing moves the shackle down and brings in the colour."""

    def __init__(self, *, height: float, colour: ManimColor) -> None:
        self.colour = colour
        body = RoundedRectangle(corner_radius=0.1 * height, width=0.72 * height, height=0.52 * height)
        radius = 0.22 * height
        arc = Arc(radius=radius, start_angle=0, angle=PI)
        legs = [
            Line(arc.get_start() + 0.2 * height * DOWN, arc.get_start()),
            Line(arc.get_end(), arc.get_end() + 0.2 * height * DOWN),
        ]
        shackle = VMobject()
        shackle.set_points(np.concatenate([legs[0].points, arc.points, legs[1].points]))
        shackle.set_stroke(width=theme.BOLD).set_fill(opacity=0)
        body.set_stroke(width=0).set_fill(opacity=1)
        shackle.next_to(body, UP, buff=-0.06 * height)
        super().__init__(shackle, body)
        self.shackle, self.body = shackle, body
        self.closed = 1.0
        self.set_closed(0.0)

    def set_closed(self, closed: float) -> Self:
        """0 open, 1 closed, and everything between for the moment of closing."""
        lift = LIFT * self.body.height  # which may have been scaled
        self.shackle.shift((self.closed - closed) * lift * UP)
        self.closed = closed
        colour = interpolate_color(ManimColor(theme.palette.rule), self.colour, smooth(closed))
        self.shackle.set_stroke(colour)
        self.body.set_fill(colour)
        return self
