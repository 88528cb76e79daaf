"""ClipTide: the tide over one clip, and which octaves it drowns first.

Noise is flat, so it takes what is weak. An octave goes under where the closed form of
`spectral.lockin.lock` lets its lock open: when the share q / (1 + q) that stands above the noise, each
frequency weighed by its power, falls below one half. For an octave of even power that is q = 1, noise as
strong as the sound.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group, VGroup

from manim_spectral import theme
from manim_spectral.chapters.clips import words
from manim_spectral.chapters.clips.layout import UNDER_CHART, plotting_area, tide_rooms
from manim_spectral.chapters.clips.order_chart import OrderChart
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.figures import decimals
from manim_spectral.mobjects.legend import Legend, line_swatch, rainbow_swatch, water_swatch
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.stage.layout import Box
from manim_spectral.views.waveforms import Clip
from spectral import Order

FAINT = 0.4  # opacity of what is under water


class ClipTide(Group):
    """A clip's spectrum with the tide, and beside or below it a chart of the order in which octaves go under.

    Parameters
    ----------
    rise_time, join_time
        Seconds in which the tide rises, and in which a line of the chart comes.

    Attributes
    ----------
    plot, legend, chart
        Its parts.
    heights
        In the plot, over each octave, the height of the tide at which it goes under.
    """

    def __init__(self, clip: Clip, room: Box, *, rise_time: float, join_time: float) -> None:
        self.clip, self.rise_time, self.join_time = clip, rise_time, join_time
        plot_room, chart_room = tide_rooms(room)
        inside = plotting_area(plot_room, above=0.45)
        self.plot = SpectrumPlot(
            clip.freq,
            edges=clip.edges,
            ticks=clip.ticks,
            power_range=clip.power_range,
            axis_label=clip.axis_label,
            width=inside.width,
            height=inside.height,
        )
        self.plot.shift(inside.centre - self.plot.frame.get_center()).set_power(clip.final_power)
        self.heights = VGroup()
        for low, high, moment in zip(clip.edges[:-1], clip.edges[1:], clip.under, strict=True):
            ends = np.clip([low, high], clip.freq[0], clip.freq[-1])
            height = self.plot.further(ends, np.full(2, clip.tide(moment)))
            self.heights.add(height.set_stroke(theme.palette.signal, theme.LINE))
        self.plot.add(self.heights)
        self.legend = Legend(
            (rainbow_swatch(), words.CLIP),
            (water_swatch(), words.TIDE),
            (line_swatch(theme.palette.signal, theme.LINE), words.GOES_UNDER),
        )
        self.legend.next_to(self.plot.frame, UP, buff=0.2).align_to(self.plot.frame, RIGHT)
        self.chart = OrderChart(
            clip.spelled,
            order=clip.drowned,
            heads=(words.HIGH_TO_LOW, words.AS_THEY_GO),
            width=chart_room.width,
            height=chart_room.height - UNDER_CHART,
        )
        self.chart.move_to(chart_room.centre).align_to(chart_room.top_left, UP)
        self.chart.set_shares(np.zeros(len(clip.bands)))
        super().__init__(self.plot, self.legend, self.chart)

    @property
    def run_time(self) -> float:
        """Seconds for all of it: the last line takes its time as well."""
        return self.rise_time + self.join_time

    @property
    def moving(self) -> tuple[VGroup, VGroup, VGroup]:
        """What changes with the clock."""
        return self.plot.moving, self.heights, self.chart.moving

    def set_share(self, share: float) -> Self:
        """Raise the tide to a share of its way; octaves that are under grow faint, and join the chart."""
        moment = 1 - share * self.run_time / self.rise_time
        self.plot.set_tide(self.clip.tide(max(moment, 0.0)))
        since = (self.clip.under - moment) * self.rise_time
        self.chart.set_shares(np.where(since >= 0, since / self.join_time, 0))
        for piece, under in zip(self.plot.curve, since >= 0, strict=True):
            piece.set_stroke(opacity=FAINT if under else 1)
        return self


class OrderTaus(VGroup):
    """How an order goes with frequency and with power, `taus`, and the badge that says whence they come."""

    def __init__(self, order: Order, room: Box) -> None:
        rows = VGroup()
        for value, text in ((order.frequency, words.LIKE_FREQUENCY), (order.power, words.LIKE_POWER)):
            number = theme.words(decimals(value), size=theme.HEADING, weight="semibold")
            beside = number.get_left() + 0.9 * RIGHT
            rows.add(VGroup(number, theme.words(text).next_to(beside, RIGHT, buff=0)))
        meaning = theme.words(words.TAU_MEANING, size=theme.SMALL, colour=theme.palette.quiet)
        self.taus = VGroup(*rows, meaning).arrange(DOWN, buff=0.16, aligned_edge=LEFT)
        self.taus.move_to(np.array([room.left, room.bottom, 0]), aligned_edge=DOWN + LEFT)
        self.badge = Badge("closed form").move_to(rows).align_to(room.top_right, RIGHT)
        super().__init__(self.taus, self.badge)
