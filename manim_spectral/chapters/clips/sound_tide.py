"""The tide over one clip: which octaves noise drowns first.

Noise is flat, so it takes what is weak. An octave goes under where the closed form of
`spectral.lockin.lock` lets its lock open: when the share q / (1 + q) that stands above the noise, each
frequency weighed by its power, falls below one half. For an octave of even power that is q = 1, noise as
strong as the sound.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, VGroup, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.chapters.clips.order_chart import OrderChart
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.figures import decimals
from manim_spectral.mobjects.spectrum_plot import (
    LEFT_OF_PLOT,
    UNDER_PLOT,
    Legend,
    SpectrumPlot,
    line_swatch,
    rainbow_swatch,
    water_swatch,
)
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock, Stage
from manim_spectral.views.run_view import HOLDS
from manim_spectral.views.waveforms import FAR_BETTER, Clip

UNDER_CHART = 1.4  # room for what is said of the order
FAINT = 0.4  # opacity of what is under water


class Drowning(Stage):
    """Beats about `run`: the tide rises over its spectrum, and what the order goes with."""

    rise_time = 7.0  # seconds
    joins = 0.5  # seconds that a line of the chart takes
    run: Clip

    @property
    def wide(self) -> bool:
        """Whether things stand side by side."""
        return self.layout.body.wide

    def tide(self) -> None:
        # The viewer sees: the tide rising over one clip's spectrum. Octave after octave goes under, and the
        # chart says in which order.
        run = self.run
        self.beat(
            "tide",
            f"Noise is flat: a tide. Over the clip “{run.trajectory.source}” it rises, and octave after "
            f"octave goes under: {', '.join(run.drowning)}.",
        )
        plot_room, chart_room = self.tide_rooms
        self.tide_plot = self.plot_of_the_clip(plot_room)
        self.levels = self.levels_of_octaves()
        self.tide_plot.add(self.levels)
        self.legend = Legend(
            (rainbow_swatch(), "the clip"),
            (water_swatch(), "noise: the tide"),
            (line_swatch(theme.palette.signal, theme.LINE), "q = 1: an octave goes under"),
        )
        self.legend.next_to(self.tide_plot.frame, UP, buff=0.2).align_to(self.tide_plot.frame, RIGHT)
        self.chart = OrderChart(
            run.spelled,
            order=run.drowned,
            heads=("from high to low", "as they go under"),
            width=chart_room.width,
            height=chart_room.height - UNDER_CHART,
        )
        self.chart.move_to(chart_room.centre).align_to(chart_room.top_left, UP)
        self.chart.set_shares(np.zeros(len(run.bands)))
        footer = self.sign(f"{run.trajectory.source} · its octaves against white noise", "measured")
        coming = [self.tide_plot, self.legend, self.chart.heads, self.chart.left, footer]
        self.play(
            FadeOut(*self.others(), rate_func=squish_rate_func(smooth, 0, 0.5)),
            *self.headline("Noise is flat: what does its tide drown first?"),
            FadeIn(*coming, rate_func=squish_rate_func(smooth, 0.5, 1)),
            run_time=theme.SETTLE,
        )
        self.footer = footer
        self.wait(1.2)
        movers = Group(self.tide_plot.moving, self.levels, self.chart.moving)
        seconds = self.rise_time + self.joins
        self.play(Clock(self, stills=Group(), movers=movers, show=self.show_tide, run_time=seconds))

    @property
    def tide_rooms(self) -> tuple[Box, Box]:
        """For the plot and, narrower where they stand side by side, for the chart."""
        room = self.layout.body
        if not self.wide:
            return room.rows(0.5)
        cut = room.left + 0.6 * room.width
        return (
            Box(room.left, room.bottom, cut - 0.35, room.top),
            Box(cut + 0.35, room.bottom, room.right, room.top),
        )

    def plot_of_the_clip(self, room: Box) -> SpectrumPlot:
        run = self.run
        inside = Box(room.left + LEFT_OF_PLOT, room.bottom + UNDER_PLOT, room.right - 0.15, room.top - 0.45)
        plot = SpectrumPlot(
            run.freq,
            edges=run.edges,
            ticks=run.ticks,
            power_range=run.power_range,
            axis_label=run.axis_label,
            width=inside.width,
            height=inside.height,
        )
        return plot.shift(inside.centre - plot.frame.get_center()).set_power(run.final_power)

    def levels_of_octaves(self) -> VGroup:
        """Over each octave the height of the tide at which it goes under."""
        run, plot = self.run, self.tide_plot
        levels = VGroup()
        for low, high, moment in zip(run.edges[:-1], run.edges[1:], run.under, strict=True):
            ends = np.clip([low, high], run.freq[0], run.freq[-1])
            level = plot.further(ends, np.full(2, run.tide(moment)))
            levels.add(level.set_stroke(theme.palette.signal, theme.LINE))
        return levels

    def show_tide(self, share: float) -> bool:
        """Raise the tide to a share of its way; octaves that are under grow faint, and join the chart."""
        # The last line takes its time as well.
        run, moment = self.run, 1 - share * (1 + self.joins / self.rise_time)
        self.tide_plot.set_tide(run.tide(max(moment, 0.0)))
        since = (run.under - moment) * self.rise_time
        self.chart.set_shares(np.where(since >= 0, since / self.joins, 0))
        for piece, under in zip(self.tide_plot.curve, since >= 0, strict=True):
            piece.set_stroke(opacity=FAINT if under else 1)
        return False

    def hand_over(self) -> None:
        # The viewer sees: how that order goes with frequency and with power.
        order = self.run.lock.predicted_order
        by_power = order.power > HOLDS
        if by_power and order.power > order.frequency + FAR_BETTER:
            verdict = "Sound drowns by power, not from high to low"
        elif order.frequency > HOLDS:
            verdict = "This sound drowns from high to low" + (", and by power" if by_power else "")
        else:
            verdict = "Neither by power nor from high to low"
        self.beat(
            "order",
            f"{verdict}. What noise drowns last, a diffusion model should bring back first. "
            "Listen to one that does.",
        )
        room, rows = self.tide_rooms[1], VGroup()
        for value, words in ((order.frequency, "like high to low"), (order.power, "like weak to strong")):
            number = theme.words(decimals(value), size=theme.HEADING, weight="semibold")
            beside = number.get_left() + 0.9 * RIGHT
            rows.add(VGroup(number, theme.words(words).next_to(beside, RIGHT, buff=0)))
        meaning = "Kendall’s τ, 1: the same order, 0: no likeness"
        self.taus = VGroup(*rows, theme.words(meaning, size=theme.SMALL, colour=theme.palette.quiet))
        self.taus.arrange(DOWN, buff=0.16, aligned_edge=LEFT)
        self.taus.move_to([room.left, room.bottom, 0], aligned_edge=DOWN + LEFT)
        self.form = Badge("closed form").move_to(rows).align_to(room.top_right, RIGHT)
        self.play(*self.headline(verdict), FadeIn(self.taus, self.form), run_time=0.8)
        self.wait(6.5)
