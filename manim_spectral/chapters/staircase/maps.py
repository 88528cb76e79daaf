"""A map of the staircase's chapter and what stands around it, large and among others."""

from __future__ import annotations

from dataclasses import dataclass

from manim import DOWN, LEFT, RIGHT, UP, Group, Text, VGroup

from manim_spectral import theme
from manim_spectral.chapters.staircase import words
from manim_spectral.chapters.staircase.layout import TITLE
from manim_spectral.chapters.staircase.measures import RowOrder, Writing
from manim_spectral.chapters.staircase.words import MapWords
from manim_spectral.mobjects.figures import Figures
from manim_spectral.mobjects.panel import PicturePanel, drawn
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.stage.layout import Box
from manim_spectral.views.run_view import PanelContent

AXIS = 0.34  # room for the words below a map
HEAD, FOOT = 0.65, 0.85  # room for the words above and below a map among others
NUMBERS = 0.4  # room for the bands' numbers
FIGURE = 1.6 * theme.HEADING


@dataclass(frozen=True, eq=False)
class MapContent:
    """What a map shows: how a signal was written, its rows in an order, what is said of it, the signal."""

    writing: Writing
    rows: RowOrder
    words: MapWords
    panel: PanelContent


def map_in(room: Box, content: MapContent) -> WritingMap:
    """A map that fills a room, with the words around it."""
    names = max(theme.words(name, size=theme.SMALL).width for name in content.words.names) + 0.75
    chart = WritingMap(
        content.writing.explained,
        times=content.writing.times,
        names=content.words.names,
        width=room.width - names,
        height=room.height - TITLE - AXIS,
        order=content.rows.order,
    )
    return chart.shift([room.left + names, room.bottom + AXIS, 0] - chart.frame.get_corner(DOWN + LEFT))


def panel_in(room: Box, content: MapContent) -> PicturePanel:
    """What is written so far, at the first step, at the room's top left."""
    picture = drawn(content.panel, content.writing.at(0), room.width, room.height)
    panel = PicturePanel(picture, title=theme.words(words.PANEL, weight="medium"))
    return panel.shift(room.top_left - panel.frame.get_corner(UP + LEFT))


def figures_in(room: Box, content: MapContent) -> Figures:
    """The softness and the tau."""
    figures = Figures(*content.words.figures(content.rows), size=FIGURE, least=0, gap=0.4)
    return figures.move_to(room.centre).align_to(room.top_left, LEFT)


def key_over(chart: WritingMap, text: str) -> Text:
    """What the rows are, above the map."""
    key = _small(text)
    edge = LEFT if key.width < chart.frame.width else RIGHT  # there is room over the bands' names
    return key.next_to(chart.frame, UP, buff=0.12).align_to(chart.frame, edge)


def ends_under(chart: WritingMap, said: MapWords, *, clock: bool = True) -> VGroup:
    """From where to where the clock runs, below a map, and what it counts."""
    start, end = (
        _small(text).next_to(chart.frame, DOWN, buff=0.1).align_to(chart.frame, edge)
        for text, edge in ((said.start, LEFT), (said.end, RIGHT))
    )
    middle = [_small(said.clock).next_to(chart.frame, DOWN, buff=0.1)] if clock else []
    return VGroup(start, *middle, end)


class MapCell(Group):
    """A map among others, with its name above it and its numbers below; the map comes first."""

    def __init__(self, content: MapContent, room: Box) -> None:
        said, writing = content.words, content.writing
        (number, *_), *taus = said.figures(content.rows)
        order = " ".join(taus[0][1::-1]) if taus else words.ONE_BY_ONE
        lines = [
            (theme.words(said.name, weight="medium"), room.top - 0.2),
            (_small(said.kind), room.top - 0.48),
            (theme.words(number, size=1.3 * theme.HEADING, weight="semibold"), room.bottom + 0.37),
            (_small(order), room.bottom + 0.05),
        ]
        for line, base in lines:  # the first letters stand on it
            line.shift((room.left - line.get_left()[0], base - line[0].get_bottom()[1], 0))
        figure = lines[2][0]
        unit = theme.words(said.spread_unit, weight="medium").next_to(figure, RIGHT, buff=0.12)
        unit.shift((figure[-1].get_bottom()[1] - unit[0].get_bottom()[1]) * UP)
        chart = WritingMap(
            writing.explained,
            times=writing.times,
            names=[""] * len(said.names),
            width=room.width - NUMBERS,
            height=room.height - HEAD - AXIS - FOOT,
            order=content.rows.order,
        )
        chart.shift(room.top_left + NUMBERS * RIGHT + HEAD * DOWN - chart.frame.get_corner(UP + LEFT))
        super().__init__(chart, ends_under(chart, said, clock=False), *(line for line, _ in lines), unit)


def _small(text: str) -> Text:
    return theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)
