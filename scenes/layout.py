"""Where things stand on the main stage, for wide (16:9), square and tall (9:16) frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manim import config

from scenes import theme


@dataclass(frozen=True)
class Box:
    """A rectangle in manim units."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def centre(self) -> np.ndarray:
        return np.array([(self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0])

    @property
    def top_left(self) -> np.ndarray:
        return np.array([self.left, self.top, 0.0])

    @property
    def top_right(self) -> np.ndarray:
        return np.array([self.right, self.top, 0.0])


@dataclass(frozen=True)
class Layout:
    """The stage's rooms. `plot` is the plotting area alone: its labels hang outside, in room left for them.

    `panels` are the pictures alone, their titles stand above. `rack` is the room for all cells, with room
    left for a line of words above it. `key` explains the timeline's marks. `body` is all between heading and
    footer.
    """

    heading: Box
    panels: tuple[Box, Box]
    readouts: Box
    plot: Box
    rack: Box
    rack_rows: int
    rack_side: float
    timeline: Box
    key: Box
    footer: Box
    body: Box

    @classmethod
    def of_frame(cls) -> Layout:
        """The layout for manim's present frame (see `theme.fit_frame`)."""
        x, y = ((0.5 - theme.MARGIN) * side for side in (config.frame_width, config.frame_height))
        aspect = config.frame_width / config.frame_height
        arrange = cls._wide if aspect > 1.3 else cls._square if aspect > 0.8 else cls._tall
        return arrange(x, y)

    @classmethod
    def _wide(cls, x: float, y: float) -> Layout:
        side, top = 2.5, y - 0.98
        second = -x + side + 0.3
        return cls(
            heading=Box(-x, y - 0.4, x, y),
            panels=(Box(-x, top - side, -x + side, top), Box(second, top - side, second + side, top)),
            readouts=Box(-x, top - side - 0.42, second + side, top - side - 0.12),
            plot=Box(second + side + 1.1, top - side + 0.3, x - 0.2, top - 0.05),
            rack=Box(-x, -y + 1.05, x, -y + 3.05),
            rack_rows=1,
            rack_side=1.45,
            timeline=Box(-x, -y + 0.6, x, -y + 1.0),
            key=Box(-x, -y, x - 1.75, -y + 0.34),
            footer=Box(-x, -y, x, -y + 0.34),
            body=Box(-x, -y + 0.5, x, y - 0.6),
        )

    @classmethod
    def _square(cls, x: float, y: float) -> Layout:
        side, top = 2.1, y - 1.05
        lower = top - side - 0.85
        return cls(
            heading=Box(-x, y - 0.4, x, y),
            panels=(Box(-x, top - side, -x + side, top), Box(-x, lower - side, -x + side, lower)),
            readouts=Box(-x, lower - side - 0.42, -x + side, lower - side - 0.12),
            plot=Box(-x + side + 1.3, lower - side + 0.25, x - 0.2, top - 0.05),
            rack=Box(-x, -y + 1.45, x, -y + 2.9),
            rack_rows=1,
            rack_side=0.95,
            timeline=Box(-x, -y + 0.88, x, -y + 1.28),
            key=Box(-x, -y + 0.38, x, -y + 0.63),
            footer=Box(-x, -y, x, -y + 0.34),
            body=Box(-x, -y + 0.5, x, y - 0.6),
        )

    @classmethod
    def _tall(cls, x: float, y: float) -> Layout:
        side, top = 3.2, y - 1.05
        return cls(
            heading=Box(-x, y - 0.4, x, y),
            panels=(Box(-x, top - side, -x + side, top), Box(x - side, top - side, x, top)),
            readouts=Box(-x, top - side - 0.42, x, top - side - 0.12),
            plot=Box(-x + 0.75, top - side - 3.0, x - 0.2, top - side - 1.0),
            rack=Box(-x, -y + 1.6, x, -y + 5.0),
            rack_rows=2,
            rack_side=1.15,
            timeline=Box(-x, -y + 0.92, x, -y + 1.32),
            key=Box(-x, -y + 0.42, x, -y + 0.67),
            footer=Box(-x, -y, x, -y + 0.34),
            body=Box(-x, -y + 0.5, x, y - 0.6),
        )
