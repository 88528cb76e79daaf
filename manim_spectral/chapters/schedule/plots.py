"""The plots of the chapter about schedules: the mean spectrum, and a time plane for each schedule."""

from __future__ import annotations

from typing import Self

from manim import DOWN, LEFT, RIGHT, UP, MathTypst, VGroup

from manim_spectral import theme
from manim_spectral.chapters.schedule import words
from manim_spectral.chapters.schedule.layout import ScheduleLayout
from manim_spectral.chapters.schedule.measures import SCHEDULES, NamedSchedule, Timing
from manim_spectral.chapters.schedule.time_plane import TimePlane
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.stage.layout import Box


def mean_spectrum_plot(timing: Timing, room: Box) -> SpectrumPlot:
    """The pictures' mean spectrum, the whole of it under water."""
    plot = SpectrumPlot(
        timing.freq,
        edges=timing.edges,
        ticks=timing.ticks,
        power_range=timing.power_range,
        axis_label=words.AXIS,
        width=room.width,
        height=room.height,
    )
    plot.shift(room.centre - plot.frame.get_center()).name_ends(*words.BAND_ENDS)
    return plot.set_power(timing.power).sink().set_tide(timing.power_range[1])


class SchedulePlane(TimePlane):
    """A schedule's time plane, in a room left for the plotting area alone."""

    def __init__(self, timing: Timing, schedule: NamedSchedule, room: Box) -> None:
        super().__init__(
            *timing.curves(schedule),
            edges=timing.edges,
            ticks=timing.ticks,
            span=(timing.edges[0], timing.edges[-1]),
            ends=words.ENDS,
            width=room.width,
            height=room.height,
        )
        self.shift(room.centre - self.frame.get_center())

    def add_readout(self) -> Readout:
        """The sampler's own time, below the plane."""
        now = Readout(words.TIME, places=4)
        self.add(now.next_to(self.frame, DOWN, buff=0.12))
        return now

    def add_law(self, exponent: float) -> MathTypst:
        """How the curve of a power law runs, in the corner that curves leave free."""
        formula = theme.symbol(
            f"f_max (t) = f_max (1 slash 2) thick ((1 - t) / t)^(2 slash {exponent:.2f})",
            size=1.2 * theme.BODY,
        )
        self.add(formula.move_to(self.frame.get_corner(UP + LEFT) + 0.2 * (RIGHT + DOWN), UP + LEFT))
        return formula


class ScheduleGrid(VGroup):
    """For every schedule a small plane with its zone, `planes`, and above it name and numbers, `names`."""

    def __init__(self, timing: Timing, layout: ScheduleLayout) -> None:
        self.planes, self.names = [], []
        for schedule, (top, room) in zip(SCHEDULES, layout.small_planes, strict=True):
            plane = SchedulePlane(timing, schedule, room).show_zone()
            name = theme.words(schedule.name, weight="medium")
            name.next_to((0, top, 0), DOWN, buff=0).align_to(plane.frame, LEFT)
            numbers = paragraph(
                words.NUMBERS[schedule.name],
                plane.frame.width,
                size=theme.SMALL,
                colour=theme.palette.quiet,
                centred=False,
            )
            numbers.next_to(name, DOWN, buff=0.1).align_to(plane.frame, LEFT)
            self.names += [name, numbers]
            self.planes.append(plane)
        super().__init__(*self.planes, *self.names)

    @property
    def moving(self) -> list[VGroup]:
        """What changes with the clock."""
        return [plane.moving for plane in self.planes]

    def set_now(self, moment: float) -> Self:
        """Draw all curves up to a moment of the clock, 0 to 1."""
        for plane in self.planes:
            plane.set_now(moment)
        return self
