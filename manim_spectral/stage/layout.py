"""Where things stand on the main stage, for wide (16:9), square and tall (9:16) frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manim import config

from manim_spectral import theme

WIDE = 1.3  # width over height from which two things stand side by side
STRIPS_FROM = 2.5  # of a panel, from which it is a strip


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
    def wide(self) -> bool:
        """Whether two things fit in it better side by side than one above the other."""
        return self.width > WIDE * self.height

    @property
    def centre(self) -> np.ndarray:
        return np.array([(self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0])

    @property
    def top_left(self) -> np.ndarray:
        return np.array([self.left, self.top, 0.0])

    @property
    def top_right(self) -> np.ndarray:
        return np.array([self.right, self.top, 0.0])

    def columns(self, gap: float) -> tuple[Box, Box]:
        """The left and the right half, apart."""
        width = (self.width - gap) / 2
        return (
            Box(self.left, self.bottom, self.left + width, self.top),
            Box(self.right - width, self.bottom, self.right, self.top),
        )

    def rows(self, gap: float) -> tuple[Box, Box]:
        """The upper and the lower half, apart."""
        height = (self.height - gap) / 2
        return (
            Box(self.left, self.top - height, self.right, self.top),
            Box(self.left, self.bottom, self.right, self.bottom + height),
        )


@dataclass(frozen=True)
class Layout:
    """The stage's rooms. `plot` is the plotting area alone: its labels hang outside, in room left for them.

    `panels` are the pictures alone, their titles stand above. Signals much wider than high get `strips`, one
    above the other. `rack` is the room for all cells, with room left for a line of words above it. `key`
    explains the timeline's marks. `body` is all between heading and footer.
    """

    heading: Box
    panels: tuple[Box, Box]
    strips: bool
    readouts: tuple[Box, Box]
    plot: Box
    rack: Box
    rack_rows: int
    rack_side: float
    timeline: Box
    key: Box
    footer: Box
    body: Box

    @classmethod
    def of_frame(cls, aspect: float = 1.0) -> Layout:
        """The layout for manim's present frame (see `theme.fit_frame`) and panels of this width over
        height."""
        x, y = ((0.5 - theme.MARGIN) * side for side in (config.frame_width, config.frame_height))
        frame = config.frame_width / config.frame_height
        arrange = cls._wide if frame > WIDE else cls._square if frame > 0.8 else cls._tall
        return arrange(x, y, aspect > STRIPS_FROM)

    @classmethod
    def _wide(cls, x: float, y: float, strips: bool) -> Layout:
        side, top = 2.5, y - 0.98
        whole = Box(-x, top - side, -x + 2 * side + 0.3, top)
        return cls(
            heading=Box(-x, y - 0.4, x, y),
            panels=whole.rows(0.47) if strips else whole.columns(0.3),
            strips=strips,
            readouts=Box(-x, top - side - 0.42, whole.right, top - side - 0.12).columns(0.3),
            plot=Box(whole.right + 1.1, top - side + 0.3, x - 0.2, top - 0.05),
            rack=Box(-x, -y + 1.05, x, -y + 3.05),
            rack_rows=1,
            rack_side=1.45,
            timeline=Box(-x, -y + 0.6, x, -y + 1.0),
            key=Box(-x, -y, x - 1.75, -y + 0.34),
            footer=Box(-x, -y, x, -y + 0.34),
            body=Box(-x, -y + 0.5, x, y - 0.6),
        )

    @classmethod
    def _square(cls, x: float, y: float, strips: bool) -> Layout:
        side, top = 2.1, y - 1.05
        if strips:  # over the whole width, and the plot below them
            panels = Box(-x, top - 2.35, x, top).rows(0.5)
            readouts = Box(-x, top - 2.77, x, top - 2.47).columns(0.3)
            plot = Box(-x + 0.75, -y + 3.87, x - 0.2, top - 3.25)
        else:
            panels = Box(-x, top - 2 * side - 0.85, -x + side, top).rows(0.85)
            upper, lower = (Box(-x, p.bottom - 0.42, -x + side, p.bottom - 0.12) for p in panels)
            readouts = upper, lower
            plot = Box(-x + side + 1.3, panels[1].bottom + 0.25, x - 0.2, top - 0.05)
        return cls(
            heading=Box(-x, y - 0.4, x, y),
            panels=panels,
            strips=strips,
            readouts=readouts,
            plot=plot,
            rack=Box(-x, -y + 1.45, x, -y + 2.9),
            rack_rows=1,
            rack_side=0.95,
            timeline=Box(-x, -y + 0.88, x, -y + 1.28),
            key=Box(-x, -y + 0.38, x, -y + 0.63),
            footer=Box(-x, -y, x, -y + 0.34),
            body=Box(-x, -y + 0.5, x, y - 0.6),
        )

    @classmethod
    def _tall(cls, x: float, y: float, strips: bool) -> Layout:
        side, top = 3.2, y - 1.05
        whole = Box(-x, top - side, x, top)
        return cls(
            heading=Box(-x, y - 0.4, x, y),
            panels=whole.rows(0.5) if strips else whole.columns(2 * x - 2 * side),
            strips=strips,
            readouts=Box(-x, top - side - 0.42, x, top - side - 0.12).columns(2 * x - 2 * side),
            plot=Box(-x + 0.75, top - side - 3.0, x - 0.2, top - side - 1.0),
            rack=Box(-x, -y + 1.6, x, -y + 5.0),
            rack_rows=2,
            rack_side=1.15,
            timeline=Box(-x, -y + 0.92, x, -y + 1.32),
            key=Box(-x, -y + 0.42, x, -y + 0.67),
            footer=Box(-x, -y, x, -y + 0.34),
            body=Box(-x, -y + 0.5, x, y - 0.6),
        )
