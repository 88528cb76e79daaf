"""TimeBars: samplers' steps as bars, cut where the tide passes from one band to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, ManimColor, Rectangle, Text, VGroup

from manim_spectral import theme
from manim_spectral.chapters.schedule import words
from manim_spectral.mobjects.legend import SWATCH, Legend

EARLY = 0.45  # opacity of the water that stands for the time before anything is out
LINE = 0.35  # room for a line of words
AIR = 0.12  # kept free at both sides of a number


class TimeBar(VGroup):
    """Segments as wide as their share of the time, each with its percentage where there is room for it.

    Parameters
    ----------
    shares
        (bands + 2,) adding up to 1: before the first band, each band, and after the last.
    colours
        Of the bands.
    """

    def __init__(
        self, shares: np.ndarray, *, colours: Sequence[ManimColor], width: float, height: float
    ) -> None:
        super().__init__()
        self.shares, self.room = np.asarray(shares, float), width
        self.frame = Rectangle(
            width=width, height=height, stroke_color=theme.palette.rule, stroke_width=theme.HAIR
        )
        self.segments, self.numbers = VGroup(), VGroup()
        text, ground = theme.palette.text, theme.palette.ground
        fills: list[tuple[ManimColor | str, float, str]] = [
            (theme.palette.water, EARLY, text),
            *((colour, 1.0, ground) for colour in colours),
            (theme.palette.panel, 1.0, text),
        ]
        starts = np.append(0.0, np.cumsum(self.shares)) * width
        left = self.frame.get_left()[0]
        for share, start, (colour, opacity, ink) in zip(self.shares, starts[:-1], fills, strict=True):
            piece = Rectangle(width=max(share * width, 1e-6), height=height, stroke_width=0)
            piece.set_fill(colour, opacity).move_to((left + start, 0, 0), LEFT)
            self.segments.add(piece)
            number = theme.words(words.percent(share), size=theme.SMALL, colour=ink, weight="medium")
            if number.width + AIR <= piece.width:
                self.numbers.add(number.move_to(piece))
        self.add(self.segments, self.frame, self.numbers)

    def set_now(self, moment: float) -> Self:
        """Show the bar up to a moment of the clock, 0 to 1."""
        left, now = self.frame.get_left()[0], moment * self.room
        starts = np.append(0.0, np.cumsum(self.shares)) * self.room
        for piece, start, end in zip(self.segments, starts[:-1], starts[1:], strict=True):
            shown = min(max(now - start, 1e-6), max(end - start, 1e-6))
            piece.stretch_to_fit_width(shown).move_to((left + start, piece.get_y(), 0), LEFT)
        for number in self.numbers:
            number.set_opacity(float(number.get_right()[0] + AIR / 2 <= left + now + 1e-6))
        return self


class TimeBars(VGroup):
    """A bar for each sampler under its name, with what its bands get; above them what the segments are.

    Parameters
    ----------
    shares
        For each sampler its (bands + 2,) shares, see `TimeBar`.
    bands
        What each band is called.
    ends
        What the bars start and end with.
    """

    def __init__(
        self,
        shares: Mapping[str, np.ndarray],
        *,
        bands: Sequence[str],
        ends: tuple[str, str],
        width: float,
        height: float,
    ) -> None:
        super().__init__()
        self.room = Rectangle(width=width, height=height, stroke_width=0)
        colours = theme.band_colours(len(bands))
        entries = [(_swatch(theme.palette.water, EARLY), words.NOTHING_OUT)]
        entries += [(_swatch(colour), text) for colour, text in zip(colours, bands, strict=True)]
        entries += [(_swatch(theme.palette.panel), words.ALL_OUT)]
        key = _rows_of(entries, width=width).align_to(self.room, UP + LEFT)
        pitch = (height - key.height - 2 * LINE) / len(shares)
        foot = self.room.get_bottom()[1] + LINE
        self.bars = VGroup()
        for k, (name, share) in enumerate(shares.items()):
            bar = TimeBar(share, colours=colours, width=width, height=min(1.2, pitch - 2 * LINE))
            bar.shift((foot + (len(shares) - 1 - k) * pitch - bar.frame.get_bottom()[1]) * UP)
            least, greatest = words.percent(share[1:-1].min()), words.percent(share[1:-1].max())
            said = words.OCTAVES_GET.format(least=least, greatest=greatest)
            for text, side in ((theme.words(name, weight="medium"), LEFT), (quiet(said), RIGHT)):
                self.add(text.next_to(bar.frame, UP, buff=0.12).align_to(bar.frame, side))
            self.bars.add(bar)
        for end, side in zip(ends, (LEFT, RIGHT), strict=True):
            self.add(quiet(end).next_to(bar.frame, DOWN, buff=0.12).align_to(self.room, side))
        self.add(self.room, key, self.bars)

    def set_now(self, moment: float) -> Self:
        """Show all bars up to a moment of the clock, 0 to 1."""
        for bar in self.bars:
            bar.set_now(moment)
        return self


def quiet(text: str) -> Text:
    return theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)


def _swatch(colour: ManimColor | str, opacity: float = 1.0) -> Rectangle:
    box = Rectangle(width=SWATCH, height=0.17, stroke_color=theme.palette.rule, stroke_width=theme.HAIR)
    return box.set_fill(colour, opacity)


def _rows_of(entries: list[tuple[Rectangle, str]], *, width: float) -> VGroup:
    """A legend in as few rows as fit."""
    for columns in range(len(entries), 0, -1):
        rows = VGroup(*[Legend(*entries[k : k + columns]) for k in range(0, len(entries), columns)])
        if rows.arrange(DOWN, buff=0.15, aligned_edge=LEFT).width <= width:
            break
    return rows
