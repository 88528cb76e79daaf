"""Timeline: the run's clock in even steps of log SNR, with the moment each band locks."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Dot, Line, Square, VGroup

from manim_spectral import theme

GAP = 0.25  # between the line and the words at its ends
LANE = 0.2  # of the marks, above and below the line
MARK = 0.14  # side of a mark


class Timeline(VGroup):
    """A line from noise to signal. Above it, hollow, where the closed form expects each band to lock;
    below it, filled, where the band did.

    Parameters
    ----------
    expected
        (bands,) moments between 0 and 1 at which the closed form expects each lock; outside, no mark.
    """

    def __init__(self, *, expected: np.ndarray, width: float, start: str, end: str) -> None:
        super().__init__()
        self.colours = theme.band_colours(len(expected))
        ends = [theme.words(text, size=theme.SMALL, colour=theme.palette.quiet) for text in (start, end)]
        room = width - sum(word.width for word in ends) - 2 * GAP
        self.track = Line(ORIGIN, room * RIGHT).set_stroke(theme.palette.rule, theme.LINE)
        ends[0].next_to(self.track, LEFT, buff=GAP)
        ends[1].next_to(self.track, RIGHT, buff=GAP)
        self.ends = VGroup(*ends)
        self.expected = VGroup()
        for at, colour in zip(expected, self.colours, strict=True):
            if 0 <= at <= 1:
                mark = self._diamond(at, colour.to_hex(), self.expected).shift(LANE * UP)
                self.expected.add(mark.set_fill(opacity=0).set_stroke(colour, theme.LINE))
        self.measured = VGroup()
        self.locks: dict[int, Square] = {}
        self.past = Line(self.track.get_start(), self.track.get_start() + 1e-3 * RIGHT)
        self.past.set_stroke(theme.palette.signal, theme.BOLD)
        self.now = Dot(radius=0.075, color=theme.palette.signal).move_to(self.track.get_start())
        self.add(self.track, self.ends, self.expected, self.measured)
        self.moving = VGroup(self.past, self.now)
        self.add(self.moving)

    def point(self, at: float) -> np.ndarray:
        """Where the moment `at`, 0 to 1, lies on the track."""
        return self.track.get_start() + at * (self.track.get_end() - self.track.get_start())

    def _diamond(self, at: float, colour: str, lane: VGroup) -> Square:
        """A mark for `lane`; where marks fall together, the later ones are smaller and lie inside."""
        place = self.point(at)
        below = sum(abs(mark.get_center()[0] - place[0]) < MARK / 2 for mark in lane)
        mark = Square(side_length=MARK * 0.6**below).rotate(np.pi / 4).move_to(place)
        return mark.set_fill(colour, 1).set_stroke(width=0)

    def set_now(self, at: float) -> Self:
        """Move the clock's hand."""
        now = self.point(float(np.clip(at, 0, 1)))
        self.now.move_to(now)
        self.past.put_start_and_end_on(self.track.get_start(), now + 1e-6 * RIGHT)
        return self

    def set_lock(self, band: int, at: float) -> Self:
        """Mark that `band` locked at the moment `at`, 0 to 1; once a band."""
        if band not in self.locks:
            self.locks[band] = self._diamond(at, self.colours[band].to_hex(), self.measured)
            self.measured.add(self.locks[band].shift(LANE * DOWN))
        return self
