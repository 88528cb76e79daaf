"""RunStage: what a scene about one sampling run stands on, and how it shows a moment of that run."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, Group, Square, VGroup, smooth

from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.band_rack import BandRack
from manim_spectral.mobjects.picture import PicturePanel
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import (
    Legend,
    SpectrumPlot,
    line_swatch,
    rainbow_swatch,
    water_swatch,
)
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.stage.layout import Box, Layout
from manim_spectral.stage.stage import Clock, Stage, longest, shorter
from manim_spectral.views.run_view import PanelContent, RunView

AXIS_WORDS = 0.26  # room for the name of a panel's axis


class RunStage(Stage):
    """Panels, spectrum, rack and timeline of a run; `set_the_stage` makes them, `show_moment` moves them."""

    run_time = 15.0  # seconds for the whole run
    marks = ("closed form expects the lock", "locked")  # what the timeline's hollow and filled marks are

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pauses: list[tuple[float, float]] = []  # at which moments the clock stood still, and how long

    @property
    def end(self) -> float:
        """The clock's last moment: the run's own, 1, and the time that a lock takes to close."""
        return 1 + theme.LOCK_CLOSES / self.run_time

    def set_the_stage(self, run: RunView) -> None:
        """Make every mobject of the run, showing its first step."""
        self.run, self.layout = run, Layout.of_frame(run.aspect)
        room = self.layout
        self.views = self.views_of(run)
        self.panels = [self.panel(view, box) for view, box in zip(self.views, room.panels, strict=True)]

        self.plot = SpectrumPlot(
            run.freq,
            edges=run.edges,
            ticks=run.ticks,
            power_range=run.power_range,
            axis_label=run.axis_label,
            width=room.plot.width,
            height=room.plot.height,
        )
        self.plot.shift(room.plot.centre - self.plot.frame.get_center())
        self.plot.set_reference(run.final_power).set_power(run.spectrum(0))
        entries = [
            (line_swatch(theme.palette.quiet, theme.LINE), run.final_words),
            (rainbow_swatch(), "the estimate now"),
        ]
        if run.has_tide:
            self.plot.set_tide(run.tide(0))
            entries.append((water_swatch(), "noise: the tide"))
        self.legend = Legend(*entries)
        self.legend.next_to(self.plot.frame, UP, buff=0.15).align_to(self.plot.frame, RIGHT)

        self.step = Readout("step", places=len(str(run.n_steps)), after=f"of {run.n_steps}")
        self.noise_level = Readout("noise σ/α", places=6)
        self.readouts = VGroup(self.step, self.noise_level)
        for readout, box, panel in zip(self.readouts, room.readouts, self.panels, strict=True):
            readout.move_to(box.centre).align_to(box.top_left if room.strips else panel.frame, LEFT)

        self.rack = BandRack(
            run.band_pictures(0),
            names=run.names,
            tags=run.tags,
            threshold=run.lock.threshold,
            width=room.rack.width,
            side=room.rack_side,
            rows=room.rack_rows,
        )
        self.rack.move_to(room.rack.centre).align_to(room.rack.top_left, UP).align_to(
            room.rack.top_left, LEFT
        )
        self.rack_caption = theme.words(
            f"{run.rack_words}: the meter shows the share explained, its line where the band locks",
            size=theme.SMALL,
            colour=theme.palette.quiet,
        )
        if self.rack_caption.width > room.rack.width:
            self.rack_caption = theme.words(
                "meter: share explained, its line: where the band locks",
                size=theme.SMALL,
                colour=theme.palette.quiet,
            )
        self.rack_caption.next_to(self.rack, UP, buff=0.1).align_to(room.rack.top_left, LEFT)
        self.marks_key = self.key(run).move_to(room.key.centre).align_to(room.key.top_right, RIGHT)
        self.timeline = Timeline(
            expected=run.expected, width=room.timeline.width, start="noise", end=run.noun
        ).move_to(room.timeline.centre)
        self.footer = self.footer_of(run)

    def views_of(self, run: RunView) -> tuple[PanelContent, PanelContent]:
        """What the two panels show."""
        return run.views

    def panel(self, view: PanelContent, box: Box) -> PicturePanel:
        """A view's panel at the start of the run, with room for the names of its axes."""
        strip, last = self.layout.strips, box is self.layout.panels[-1]
        left, under = (AXIS_WORDS if view.up else 0), (AXIS_WORDS if view.across and not strip else 0)
        room = Box(box.left + left, box.bottom + under, box.right, box.top)
        title = theme.words(view.title, size=theme.BODY, weight="medium")
        symbol = theme.symbol(view.symbol, size=1.3 * theme.BODY, colour=theme.palette.quiet)
        panel = PicturePanel(
            view.picture(view.at(0), room.width, room.height),
            title=VGroup(title, symbol.next_to(title, RIGHT, buff=0.15)),
            across=view.across if last or not strip else "",  # strips stand above one another
            across_above=strip,
            up=view.up,
        )
        corner = [room.left + panel.frame.width / 2, room.centre[1], 0]
        return panel.shift(corner - panel.frame.get_center())

    def footer_of(self, run: RunView) -> VGroup:
        """Which run this is, how it is shown, and that it is measured."""
        t, room = run.trajectory, self.layout.footer
        width = room.width - Badge("measured").width - 0.3
        if self.layout.key.bottom == room.bottom:  # the key stands in the same row
            width -= self.key(run).width + 0.4
        source, model = t.source if t.origin == "bridge" else "", t.model
        lines = [origin_words(run, source=source, model=model)]
        while max(len(source), len(model)) > 3:
            # A camera's file name may be long, and a hub's model name.
            if len(source) >= len(model):
                source = shorter(source)
            else:
                model = shorter(model)
            lines.append(origin_words(run, source=source, model=model))
        return self.sign(longest(lines, width, size=theme.SMALL), "measured")

    # -- one step -----------------------------------------------------------------------------------------

    def show_step(self, step: int) -> None:
        """Set everything that a step of the run decides."""
        run = self.run
        t = run.trajectory
        for panel, view in zip(self.panels, self.views, strict=True):
            panel.set_array(view.at(step))
        self.plot.set_power(run.spectrum(step))
        self.rack.set_pictures(run.band_pictures(step)).set_values(run.lock.explained[step])
        self.show_locked(step)
        self.step.set_text(f"{step + 1:>{len(str(run.n_steps))}}")
        ratio = t.sigma[step] / max(t.alpha[step], 1e-12)
        # Sound ends at a thousandth of the noise that pictures end at.
        decimals = 4 if ratio < 0.095 and t.sigma[-1] < 0.005 * t.alpha[-1] else 2
        self.noise_level.set_text(f"{ratio:.{decimals}f}" if ratio < 1000 else "999+")
        self.shown_step = step

    def show_locked(self, step: int) -> None:
        """Light the bands that are locked at a step, and mark when they did."""
        lock = self.run.lock
        self.rack.set_locked(lock.step <= step)
        for band in np.flatnonzero(lock.step <= step):
            self.timeline.set_lock(int(band), self.run.moment_of(lock.step[band]))

    def show_moment(self, moment: float) -> bool:
        """Set the stage to a moment of the clock; returns whether a new step was reached.

        Moments from 1 to `self.end` belong to the last step: a lock that closes there takes its time as well.
        """
        run = self.run
        step = run.step_at(moment)
        new = step != self.shown_step
        if new:
            self.show_step(step)
        if run.has_tide:
            self.plot.set_tide(run.tide(min(moment, 1.0)))
        self.timeline.set_now(moment)
        for lock, at in zip(self.rack.locks, run.lock.step, strict=True):
            locked = run.moment_of(at)
            since = (moment - locked) * self.run_time
            since += sum(seconds for paused, seconds in self.pauses if paused >= locked)
            lock.set_closed(smooth(min(1.0, max(0.0, since / theme.LOCK_CLOSES))))
        return new

    def run_clock(self, start: float, end: float) -> None:
        """Play the run from one moment of the clock to another, forwards or backwards."""
        stills = Group(*self.panels, self.readouts, *self.rack.cells, self.timeline.measured)
        movers = Group(self.plot.moving, self.timeline.moving, self.rack.locks)
        self.play(
            Clock(
                self,
                stills=stills,
                movers=movers,
                show=lambda share: self.show_moment(start + share * (end - start)),
                run_time=abs(end - start) * self.run_time,
            )
        )

    def key(self, run: RunView) -> Legend:
        """What the hollow and the filled marks are."""
        hollow = Square(side_length=0.14).rotate(np.pi / 4).set_stroke(theme.palette.signal, theme.LINE)
        filled = hollow.copy().set_fill(theme.palette.signal, 1)
        expected = [(hollow, self.marks[0])] if run.has_tide else []
        return Legend(*expected, (filled, self.marks[1]))


def origin_words(run: RunView, *, source: str, model: str) -> str:
    """Which run it is, by these names of what it ends in and of its model, and how it is shown."""
    path = f"bridge to {source}" if run.trajectory.origin == "bridge" else "free run"
    sampler = "ancestral" if run.trajectory.stochastic else "deterministic"
    return " · ".join(filter(None, (path, model, sampler, run.note)))
