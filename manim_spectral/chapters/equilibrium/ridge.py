"""Ridge: a ball between two valleys, and what would push it into either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Arrow, Circle, DashedVMobject, Polygon, VGroup, VMobject

from manim_spectral import theme
from manim_spectral.mobjects.lines import lines

EDGE = 0.86  # of the land, in units of the distance between two ridges
BALL = 0.24  # radius
DEPTH = 0.74  # of a valley, as a share of the land's height
LEAN = 0.03  # furthest that the ball is pushed, as a share of the land's half width
HALF_VALLEY = 0.5  # where the valleys lie


class Ridge(VGroup):
    """The land, the ball on its ridge, dashed places in both valleys, and words at each of them.

    Parameters
    ----------
    here, left, right
        Lines of words over the ball, and under the left and the right valley.
    pushes
        Lines of words at the arrow to the left and at the one to the right.
    width, height
        Room for all of it.
    """

    def __init__(
        self,
        *,
        here: Sequence[str],
        left: Sequence[str],
        right: Sequence[str],
        pushes: tuple[Sequence[str], Sequence[str]],
        width: float,
        height: float,
    ) -> None:
        palette = theme.palette
        self.half_width = width / 2
        self.here = lines(here, size=theme.BODY, weight="semibold")
        self.fall = height - self.here.height - 2 * BALL - 0.2  # from ridge to the land's foot
        places = np.linspace(-EDGE, EDGE, 161)
        surface = np.array([self.point(at) for at in places])
        foot = np.array([[surface[-1, 0], -self.fall, 0], [surface[0, 0], -self.fall, 0]])
        land = Polygon(*surface, *foot, stroke_width=0).set_fill(palette.panel, 1)
        rim = VMobject(stroke_color=palette.quiet, stroke_width=theme.BOLD).set_points_as_corners(surface)
        self.ball = Circle(radius=BALL, stroke_width=0).set_fill(palette.signal, 1)
        self.here.next_to(self.point(0) + 2 * BALL * UP, UP, buff=0.15)
        self.valleys = VGroup()
        for at, words in ((-HALF_VALLEY, left), (HALF_VALLEY, right)):
            place = DashedVMobject(Circle(radius=BALL), num_dashes=12).set_stroke(palette.quiet, theme.LINE)
            place.move_to(self.resting(at))
            self.valleys.add(
                VGroup(place, lines(words).move_to(self.point(at)).shift((1 - DEPTH) / 2 * self.fall * DOWN))
            )
        self.pushes = VGroup()
        for way, words in zip((LEFT, RIGHT), pushes, strict=True):
            start = self.resting(0) + (BALL + 0.4) * way
            arrow = Arrow(start, start + 0.75 * way, buff=0, stroke_width=theme.BOLD, tip_length=0.16)
            arrow.set_color(palette.text)
            said = lines(words, colour=palette.quiet).next_to(arrow, way, buff=0.15)
            self.pushes.add(VGroup(arrow, said))
        super().__init__(land, rim, self.valleys, self.here, self.pushes, self.ball)
        self.set_lean(0.0)
        self.move_to(ORIGIN)

    def point(self, at: float) -> np.ndarray:
        """The land's surface at a place from -1 to 1; the ridge at 0 is the origin."""
        down = DEPTH / 2 * self.fall * (1 - np.cos(2 * np.pi * at))
        return at / EDGE * self.half_width * RIGHT + down * DOWN

    def resting(self, at: float) -> np.ndarray:
        """The centre of a ball that lies at a place."""
        one, other = self.point(at - 1e-4), self.point(at + 1e-4)
        along = (other - one) / np.linalg.norm(other - one)
        return self.point(at) + BALL * np.array([-along[1], along[0], 0])

    def set_lean(self, lean: float) -> Self:
        """Push the ball to the left (-1) or to the right (1), and show which push does it."""
        origin = self.here.get_bottom() - (2 * BALL + 0.15) * UP  # where the ridge is now
        self.ball.move_to(origin + self.resting(LEAN * lean))
        for (arrow, _), share in zip(self.pushes, (-lean, lean), strict=True):
            arrow.set_opacity(0.35 + 0.65 * max(0.0, share))
        return self
