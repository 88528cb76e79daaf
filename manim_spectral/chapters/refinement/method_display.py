"""MethodDisplay: one way to a picture: name, counter, two panels, and the map of what it has explained."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group, Mobject, Square, VGroup

from manim_spectral import theme
from manim_spectral.chapters.refinement import words
from manim_spectral.chapters.refinement.share_map import ShareMap
from manim_spectral.mobjects.lines import on_line
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import Picture
from manim_spectral.mobjects.readout import Readout

TOP_LINE = 0.42  # room of name and counter
TITLE = 0.32  # and of a panel's title
GAP = 0.3
PANELS = 0.6  # of the height under the top line, at most, where the map stands below
FLAT = 1.8  # width over height from which on the map stands beside the panels


class MethodDisplay(Group):
    """Fills a room of `width` by `height`, or, with its panels alone, a larger one: see `enlarge`.

    Parameters
    ----------
    pictures
        What the panels show, by their titles.
    explained, times, ends
        Of the map; `ends` are the words at its clock's ends.
    """

    def __init__(
        self,
        name: str,
        *,
        readout: Readout,
        pictures: dict[str, Picture],
        explained: np.ndarray,
        times: np.ndarray,
        ends: tuple[str, str],
        width: float,
        height: float,
    ) -> None:
        self.title = theme.words(name, weight="semibold")
        self.readout = readout
        flat, room = width > FLAT * height, height - TOP_LINE - TITLE
        share = (0.3 * width, room) if flat else ((width - GAP) / 2, PANELS * (room - GAP))
        self.side = min(share)
        self.panels = [
            PicturePanel(
                picture.scale(min(self.side / picture.width, self.side / picture.height)),
                title=theme.words(title, size=theme.SMALL, colour=theme.palette.quiet),
            )
            for title, picture in pictures.items()
        ]
        # Rooms of the panels, square and unseen, whatever the shape of what they show.
        self.rooms = VGroup(*[Square(self.side, stroke_width=0) for _ in self.panels])
        self.rooms.arrange(RIGHT, buff=GAP if flat else width - 2 * self.side)
        for panel, square in zip(self.panels, self.rooms, strict=True):
            panel.shift(square.get_center() - panel.frame.get_center())
        self.shares = ShareMap(
            explained,
            times=times,
            title=words.MAP,
            start=ends[0],
            end=ends[1],
            width=width - 2 * self.side - 2 * GAP if flat else width,
            height=room + TITLE if flat else room - self.side - GAP,
        )
        if flat:
            self.shares.next_to(self.rooms, RIGHT, buff=GAP).align_to(self.rooms, DOWN)
        else:
            self.shares.next_to(self.rooms, DOWN, buff=GAP)
        super().__init__(self.title, self.readout, self.rooms, *self.panels, self.shares)
        self._head(self.rooms, above=TITLE)
        self.zoom = 1.0
        self.homes: list[tuple[Mobject, np.ndarray]] = []  # where parts were before they were enlarged

    @property
    def moving(self) -> list[Mobject]:
        """What changes with the clock."""
        return [*(panel.picture for panel in self.panels), self.readout.figures, self.shares.picture]

    def set_pictures(self, *arrays: np.ndarray) -> Self:
        for panel, array in zip(self.panels, arrays, strict=True):
            panel.set_array(array)
        return self

    def enlarge(self, *, width: float, height: float, centre: np.ndarray) -> Self:
        """Let title, counter and panels fill a room without the map, the panels beside or above each
        other."""
        parts = (self.title, self.readout, *self.panels)
        self.homes = [(part, part.get_center()) for part in parts]
        beside = width > height
        across, down = (2, 1) if beside else (1, 2)
        side = (height - TOP_LINE - (down - 1) * GAP) / down - TITLE
        self._zoom(min((width - (across - 1) * GAP) / across, side) / self.side)
        pair = Group(*self.panels).arrange(RIGHT if beside else DOWN, buff=GAP)
        pair.move_to(centre + TOP_LINE / 2 * DOWN)
        self._head(pair)
        return self

    def shrink(self) -> Self:
        """Bring everything back to where it was before it was enlarged."""
        self._zoom(1 / self.zoom)
        for part, home in self.homes:
            part.move_to(home)
        return self

    def _head(self, pair: Mobject, *, above: float = 0.0) -> None:
        """Title and counter on one line over the panels."""
        line = pair.get_top()[1] + above + 0.19
        reach = max(pair.width, self.title.width + self.readout.width + GAP) / 2
        on_line(self.title, pair.get_x() - reach, line)
        label = self.readout.label[0]
        self.readout.set_x(pair.get_x() + reach, direction=RIGHT).shift((line - label.get_bottom()[1]) * UP)

    def _zoom(self, factor: float) -> None:
        """The panels' pictures grow or shrink, their titles stay as they are."""
        self.zoom = factor
        for panel in self.panels:
            panel.scale(factor)
            panel.title.scale(1 / factor).next_to(panel.frame, UP, buff=0.12).align_to(panel.frame, LEFT)
