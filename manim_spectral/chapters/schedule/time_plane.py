"""TimePlane: a sampler's steps across, frequency upward, and in it the frequency up to which the signal is
out of the noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Dot, Line, Polygon, Rectangle, Text, VGroup, VMobject

from manim_spectral import theme

ZONE = 0.3  # opacity of the transition zone
STRIP = 0.09  # width of the coloured scale at the left


class TimePlane(VGroup):
    """Axes, the transition zone, a thin reference line, the curve up to now, and the point where it is.

    What moves comes last in the family (`moving`).

    Parameters
    ----------
    low, freq, high
        (times,) lower edge of the zone, the curve, and the upper edge, at even steps of the clock, 0 to 1.
        Zero, or what lies beyond the axis, is drawn at its end.
    edges
        (bands + 1,) band edges in the unit of `freq`.
    ticks
        Frequencies to label, with their labels.
    span
        Lowest and highest frequency of the axis.
    ends
        What the clock starts and ends with.
    """

    def __init__(
        self,
        low: np.ndarray,
        freq: np.ndarray,
        high: np.ndarray,
        *,
        edges: Sequence[float] | np.ndarray,
        ticks: Sequence[tuple[float, str]],
        span: tuple[float, float],
        ends: tuple[str, str],
        width: float,
        height: float,
    ) -> None:
        super().__init__()
        self.span, self.clock = span, np.linspace(0, 1, len(freq))
        self.low, self.freq, self.high = (np.clip(values, *span) for values in (low, freq, high))
        self.out = np.asarray(freq) >= span[0]  # something stands out of the noise
        self.edges = np.clip(np.asarray(edges, float), *span)
        self.colours = theme.band_colours(len(self.edges) - 1)
        self.frame = Rectangle(width=width, height=height, stroke_width=0, fill_opacity=0)
        corner = self.frame.get_corner(DOWN + LEFT)
        axes = VGroup(
            Line(self.frame.get_corner(UP + LEFT), corner), Line(corner, self.frame.get_corner(DOWN + RIGHT))
        ).set_stroke(theme.palette.rule, theme.HAIR)
        self.labels = VGroup(*self._ticks(ticks), *self._ends(ends))
        self.zone = VGroup(
            *[Polygon(*[corner] * 4, stroke_width=0, fill_color=c, fill_opacity=ZONE) for c in self.colours]
        )
        self.reference = VMobject(stroke_color=theme.palette.text, stroke_width=theme.HAIR)
        self.curve = VGroup(*[VMobject(stroke_color=c, stroke_width=theme.BOLD) for c in self.colours])
        self.dot = Dot(radius=0.08, color=theme.palette.signal)
        self.moving = VGroup(self.curve, self.dot)
        self.add(self.frame, axes, self._scale(), self.labels, self.zone, self.reference, self.moving)
        self.set_now(0.0)

    def _scale(self) -> VGroup:
        """The bands' colours along the frequency axis."""
        left = self.frame.get_left()[0]
        return VGroup(
            *[
                Line((left, float(self.y(a)), 0), (left, float(self.y(b)), 0))
                .set_stroke(colour, 100 * STRIP)
                .shift(STRIP / 2 * LEFT)
                for a, b, colour in zip(self.edges[:-1], self.edges[1:], self.colours, strict=True)
                if a < b
            ]
        )

    def _ticks(self, ticks: Sequence[tuple[float, str]]) -> list[Text]:
        marks, left = [], self.frame.get_left()[0]
        for freq, text in ticks:
            words = theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)
            marks.append(words.next_to((left, float(self.y(freq)), 0), LEFT, buff=STRIP + 0.08))
        return marks

    def _ends(self, ends: tuple[str, str]) -> list[Text]:
        named = []
        for text, side in zip(ends, (LEFT, RIGHT), strict=True):
            words = theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)
            named.append(words.next_to(self.frame, DOWN, buff=0.12).align_to(self.frame, side))
        return named

    def x(self, moment: np.ndarray | float) -> np.ndarray | float:
        return self.frame.get_left()[0] + self.frame.width * np.asarray(moment)

    def y(self, freq: np.ndarray | float) -> np.ndarray | float:
        share = np.log(np.asarray(freq) / self.span[0]) / np.log(self.span[1] / self.span[0])
        return self.frame.get_bottom()[1] + self.frame.height * share

    def _way(self, moments: np.ndarray, freq: np.ndarray) -> np.ndarray:
        return np.stack([self.x(moments), self.y(freq), np.zeros(len(moments))], axis=-1)

    def set_now(self, moment: float) -> Self:
        """Draw the curve up to a moment of the clock, 0 to 1; each band's piece in the band's colour."""
        rises = np.log(self.freq[self.out])  # with the clock, so that it can be read either way
        clock = self.clock[self.out]
        now = float(np.exp(np.interp(moment, self.clock, np.log(self.freq))))
        for piece, low, high in zip(self.curve, self.edges[:-1], self.edges[1:], strict=True):
            inside = self.out & (self.freq > low) & (self.freq < high) & (self.clock < moment)
            if low >= high or not inside.any():
                piece.clear_points()
                continue
            start = np.interp(np.log(low), rises, clock) if low > self.freq[self.out][0] else clock[0]
            end = min(moment, np.interp(np.log(high), rises, clock))
            moments = np.concatenate([[start], self.clock[inside], [max(start, end)]])
            freq = np.concatenate([[max(low, self.freq[self.out][0])], self.freq[inside], [min(now, high)]])
            piece.set_points_as_corners(self._way(moments, freq))
        return self.set_dot(moment)

    def set_dot(self, moment: float) -> Self:
        """Move the point alone; while nothing is out of the noise there is none."""
        now = np.exp(np.interp(moment, self.clock, np.log(self.freq)))
        self.dot.move_to(np.array([self.x(moment), self.y(now), 0]))
        self.dot.set_fill(opacity=float(np.interp(moment, self.clock, self.out) > 0.5))
        return self

    def show_zone(self) -> Self:
        """Fill what lies between the zone's edges, each band's share in the band's colour."""
        for piece, low, high in zip(self.zone, self.edges[:-1], self.edges[1:], strict=True):
            if low >= high:
                continue
            under, over = np.clip(self.low, low, high), np.clip(self.high, low, high)
            there = np.flatnonzero(over > under)
            if not len(there):
                continue
            part = slice(max(there[0] - 1, 0), there[-1] + 2)
            way = np.concatenate(
                [
                    self._way(self.clock[part], under[part]),
                    self._way(self.clock[part], over[part])[::-1],
                ]
            )
            piece.set_points_as_corners([*way, way[0]])
        return self

    def set_reference(self, freq: np.ndarray) -> Self:
        """A thin line, (times,) at the clock's steps; left out where it lies beyond the axis."""
        freq = np.asarray(freq)
        inside = (freq >= self.span[0]) & (freq <= self.span[1])
        self.reference.set_points_as_corners(self._way(self.clock[inside], freq[inside]))
        return self
