"""OrderChart: the same bands in two orders, side by side, a line from each to itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import LEFT, RIGHT, UP, Line, VGroup

from manim_spectral import theme

ROOM = 0.95  # of a name


class OrderChart(VGroup):
    """At the left the bands from high to low frequency; at the right in an order of their own, the first on
    top. Where both are the same all lines are level.

    Parameters
    ----------
    names
        (bands,) what each is called, lowest first.
    order
        (bands,) the bands in the order of the right column.
    heads
        What the two columns are.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        order: np.ndarray,
        heads: tuple[str, str],
        width: float,
        height: float,
    ) -> None:
        super().__init__()
        count, colours = len(names), theme.band_colours(len(names))
        head = [theme.words(text, size=theme.SMALL, colour=theme.palette.quiet) for text in heads]
        top = 0.4  # of the heads
        pitch, self.order = (height - top) / count, np.asarray(order)
        rank = np.argsort(self.order)
        self.left, self.lines, self.right = VGroup(), VGroup(), VGroup()
        self._ends = []
        for band, (name, colour) in enumerate(zip(names, colours, strict=True)):
            y = [height / 2 - top - (row + 0.5) * pitch for row in (count - 1 - band, rank[band])]
            words = [theme.words(name, colour=colour.to_hex(), weight="medium") for _ in y]
            words[0].move_to((-width / 2, y[0], 0), aligned_edge=LEFT)
            place = theme.words(f"{rank[band] + 1}", colour=theme.palette.quiet)
            place.move_to((width / 2 - ROOM - 0.2, y[1], 0), aligned_edge=RIGHT)
            words[1].move_to((width / 2 - ROOM, y[1], 0), aligned_edge=LEFT)
            self.left.add(words[0])
            self.right.add(VGroup(place, words[1]))
            ends = np.array([[-width / 2 + ROOM, y[0], 0], [width / 2 - ROOM - 0.5, y[1], 0]])
            self._ends.append(ends)
            self.lines.add(Line(*ends).set_stroke(colour, theme.BOLD))
        head[0].move_to((-width / 2, height / 2, 0), aligned_edge=LEFT + UP)
        head[1].move_to((width / 2, height / 2, 0), aligned_edge=RIGHT + UP)
        self.heads = VGroup(*head)
        self.moving = VGroup(self.lines, self.right)
        self.add(self.heads, self.left, self.moving)
        self._home, self.shares = self.left[0].get_left(), np.ones(count)

    def set_shares(self, shares: np.ndarray) -> Self:
        """(bands,) how far each band's line has come, 0 to 1; a line that has arrived shows its name."""
        self.shares = np.clip(shares, 0, 1)
        shift = self.left[0].get_left() - self._home
        for share, ends, line, name in zip(self.shares, self._ends, self.lines, self.right, strict=True):
            start, end = ends + shift
            line.put_start_and_end_on(start, start + max(share, 1e-6) * (end - start))
            line.set_stroke(opacity=float(share > 0))
            name.set_opacity(float(share >= 1))
        return self
