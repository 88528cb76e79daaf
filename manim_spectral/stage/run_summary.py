"""What is said of a run that has been played: when each band was written, a strip of moments, its order."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.figures import Figures, decimals
from manim_spectral.mobjects.legend import Legend
from manim_spectral.mobjects.panel import drawn
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.stage.layout import Box
from manim_spectral.views.run_view import RunView

GAP = 0.6  # between the map and its figures


class WritingSummary(Group):
    """The writing map of a run with a key over it, and how well its order follows frequency and power.

    Attributes
    ----------
    chart
        The map with the words around it.
    figures
        The two rank correlations.
    """

    def __init__(self, run: RunView, room: Box, *, key: Legend) -> None:
        order, beside = run.lock.order, room.wide
        self.figures = Figures(
            (decimals(order.frequency), "order against frequency", "Kendall's τ, 1: lowest band first"),
            (decimals(order.power), "order against band power", "Kendall's τ, 1: strongest band first"),
        )
        names = max(1.4, 0.85 + max(theme.words(name, size=theme.SMALL).width for name in run.names))
        chart = WritingMap.of(
            run,
            width=room.width - names - (self.figures.width + GAP if beside else 0),
            height=room.height - (1.3 if beside else self.figures.height + 2.5),
        ).set_moment(1.0)
        ends = [theme.words(w, size=theme.SMALL, colour=theme.palette.quiet) for w in ("noise", run.noun)]
        ends[0].next_to(chart.frame, DOWN, buff=0.12).align_to(chart.frame, LEFT)
        ends[1].next_to(chart.frame, DOWN, buff=0.12).align_to(chart.frame, RIGHT)
        key.next_to(chart.frame, UP, buff=0.15).align_to(chart.frame, LEFT)
        self.chart = Group(chart, key, *ends)
        super().__init__(self.chart, self.figures)
        self.arrange(RIGHT if beside else DOWN, buff=GAP).move_to(room.centre)


class RunStrip(Group):
    """x_t above the denoised estimate, at `count` moments even in log SNR, in one row or two."""

    def __init__(self, run: RunView, room: Box, *, count: int) -> None:
        rows = 1 if room.wide else 2
        columns = count // rows
        pitch = room.width / columns
        side = min(pitch - 0.15, 0.33 * room.height / rows)
        super().__init__()
        for k in range(count):
            step = run.step_at((k + 0.5) / count)
            pair = [
                drawn(content, content.at(step), side, side).shift(above * (side + 0.08) * DOWN)
                for above, content in enumerate(run.views)
            ]
            row, column = divmod(k, columns)
            self.add(Group(*pair).shift(column * (side + 0.15) * RIGHT + row * (2 * side + 0.35) * DOWN))


def finished_timeline(run: RunView, *, width: float) -> Timeline:
    """The timeline of a run that is over: all its locks, and no hand."""
    timeline = Timeline.of(run, width=width).set_moment(1.0)
    timeline.remove(timeline.moving)
    return timeline


def order_line(run: RunView, *, width: float) -> VGroup:
    """The bands' numbers in the order in which they locked, and what that order is worth."""
    colours = theme.band_colours(len(run.bands))
    locked = [int(b) for b in np.argsort(run.lock.step, kind="stable") if run.lock.step[b] < run.n_steps]
    words = theme.words("locked in this order", colour=theme.palette.quiet)
    chips = [
        theme.words(str(b + 1), size=theme.HEADING, colour=colours[b].to_hex(), weight="semibold")
        for b in locked
    ]
    text = f"Kendall's τ against frequency {run.lock.order.frequency:.2f}"
    if run.noun == "sound":
        text += f", against power {run.lock.order.power:.2f}"
    tau = theme.words(text.replace("-", "−"))
    line = VGroup(words, VGroup(*chips).arrange(RIGHT, buff=0.3), tau).arrange(RIGHT, buff=0.5)
    return line if line.width <= width else line.arrange(DOWN, buff=0.2)
