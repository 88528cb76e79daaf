"""RunStage: what a scene about one sampling run stands on, and how it shows a moment of that run."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Square, VGroup, smooth, squish_rate_func

from scenes import theme
from scenes.layout import Layout
from scenes.measured import Measured
from scenes.mobjects.badge import Badge
from scenes.mobjects.band_rack import BandRack
from scenes.mobjects.picture import PicturePanel
from scenes.mobjects.readout import Readout
from scenes.mobjects.spectrum_plot import Legend, SpectrumPlot, line_swatch, rainbow_swatch, water_swatch
from scenes.mobjects.timeline import Timeline
from scenes.stage import Stage


class RunStage(Stage):
    """Panels, spectrum, rack and timeline of a run; `set_the_stage` makes them, `show_moment` moves them."""

    run_time = 15.0  # seconds for the whole run

    @property
    def end(self) -> float:
        """The clock's last moment: the run's own, 1, and the time that a lock takes to close."""
        return 1 + theme.LOCK_CLOSES / self.run_time

    def set_the_stage(self, run: Measured) -> None:
        """Make every mobject of the run, showing its first step."""
        self.run, self.layout = run, Layout.of_frame()
        room = self.layout
        first = run.trajectory
        titles = [("the sampler holds", "x_t"), ("the model expects", "hat(x)_0")]
        arrays = [run.noisy(0), first.denoised[0]]
        self.panels = [
            PicturePanel(array, height=box.height, title=self.title(text, formula))
            for array, (text, formula), box in zip(arrays, titles, room.panels, strict=True)
        ]
        for panel, box in zip(self.panels, room.panels, strict=True):
            panel.shift(box.centre - panel.frame.get_center())

        self.plot = SpectrumPlot(
            run.freq,
            edges=run.edges,
            ticks=run.ticks,
            power_range=run.power_range,
            axis_label="cycles per image",
            width=room.plot.width,
            height=room.plot.height,
        )
        self.plot.shift(room.plot.centre - self.plot.frame.get_center())
        self.plot.set_reference(run.final_power).set_power(run.spectrum(0)).set_tide(run.tide(0))
        self.legend = Legend(
            (line_swatch(theme.palette.quiet, theme.LINE), "final picture"),
            (rainbow_swatch(), "the estimate now"),
            (water_swatch(), "noise: the tide"),
        )
        self.legend.next_to(self.plot.frame, UP, buff=0.15).align_to(self.plot.frame, RIGHT)

        self.step = Readout("step", places=len(str(run.n_steps)), after=f"of {run.n_steps}")
        self.noise_level = Readout("noise σ/α", places=6)
        self.readouts = VGroup(self.step, self.noise_level)
        for readout, panel in zip(self.readouts, self.panels, strict=True):
            readout.move_to(room.readouts.centre).align_to(panel.frame, LEFT)
        if room.readouts.width < 2 * room.panels[0].width:  # the panels stand one above the other
            self.step.next_to(self.panels[0].frame, DOWN, buff=0.12).align_to(self.panels[0].frame, LEFT)

        self.rack = BandRack(
            run.band_pictures(0),
            names=run.names,
            zooms=run.zooms,
            level=run.lock.level,
            width=room.rack.width,
            side=room.rack_side,
            rows=room.rack_rows,
        )
        self.rack.move_to(room.rack.centre).align_to(room.rack.top_left, UP).align_to(
            room.rack.top_left, LEFT
        )
        self.rack_caption = theme.words(
            "bands of the estimate: the meter shows the share explained, its line where the band locks",
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
        self.marks_key = self.key().move_to(room.key.centre).align_to(room.key.top_right, RIGHT)
        self.timeline = Timeline(
            expected=run.moments(run.lock.predicted), width=room.timeline.width, start="noise", end="picture"
        ).move_to(room.timeline.centre)
        self.footer = self.footer_of(run)
        self.heading = VGroup()

    def title(self, text: str, formula: str) -> VGroup:
        """A panel's name with its symbol."""
        words = theme.words(text, size=theme.BODY, weight="medium")
        symbol = theme.symbol(formula, size=1.3 * theme.BODY, colour=theme.palette.quiet)
        return VGroup(words, symbol.next_to(words, RIGHT, buff=0.15))

    def footer_of(self, run: Measured) -> VGroup:
        """Which run this is, what the marks mean, and that it is measured."""
        t, room = run.trajectory, self.layout.footer
        sampler = "ancestral" if t.stochastic else "deterministic"
        badge = Badge("measured").move_to(room.centre).align_to(room.top_right, RIGHT)
        width = room.width - badge.width - 0.3
        if self.layout.key.bottom == room.bottom:  # the key stands in the same row
            width -= self.key().width + 0.4
        source = t.source
        while True:
            path = f"bridge to {source}" if t.origin == "bridge" else "free run"
            origin = theme.words(
                f"{path} · {t.model} · {sampler}", size=theme.SMALL, colour=theme.palette.quiet
            )
            if origin.width <= width or len(source) < 4:
                break
            source = source[:-2].rstrip("…") + "…"  # a camera's file name may be long
        return VGroup(origin.move_to(room.centre).align_to(room.top_left, LEFT), badge)

    def headline(self, text: str) -> list:
        """Animations that put a new line at the top in the old one's place."""
        box = self.layout.heading
        old, new = self.heading, theme.words(text, size=theme.HEADING, weight="semibold")
        if new.width > box.width:
            new.scale_to_fit_width(box.width)
        self.heading = new.move_to(box.centre).align_to(box.top_left, LEFT)
        leave, enter = squish_rate_func(smooth, 0, 0.5), squish_rate_func(smooth, 0.5, 1)
        return [*([FadeOut(old, rate_func=leave)] if len(old) else []), FadeIn(new, rate_func=enter)]

    # -- one step -----------------------------------------------------------------------------------------

    def show_step(self, step: int) -> None:
        """Set everything that a step of the run decides."""
        run = self.run
        t = run.trajectory
        self.panels[0].set_array(run.noisy(step))
        self.panels[1].set_array(t.denoised[step])
        self.plot.set_power(run.spectrum(step))
        self.rack.set_pictures(run.band_pictures(step)).set_values(run.lock.explained[step])
        self.rack.set_locked(run.lock.step <= step)
        for band in np.flatnonzero(run.lock.step <= step):
            self.timeline.set_lock(int(band), run.moment_of(run.lock.step[band]))
        self.step.set_text(f"{step + 1:>{len(str(run.n_steps))}}")
        ratio = t.sigma[step] / max(t.alpha[step], 1e-12)
        self.noise_level.set_text(f"{ratio:.2f}" if ratio < 1000 else "999+")
        self.shown_step = step

    def show_moment(self, moment: float) -> bool:
        """Set the stage to a moment of the clock; returns whether a new step was reached.

        Moments from 1 to `self.end` belong to the last step: a lock that closes there takes its time as well.
        """
        run = self.run
        step = run.step_at(moment)
        new = step != self.shown_step
        if new:
            self.show_step(step)
        self.plot.set_tide(run.tide(min(moment, 1.0)))
        self.timeline.set_now(moment)
        for lock, at in zip(self.rack.locks, run.lock.step, strict=True):
            since = (moment - run.moment_of(at)) * self.run_time
            lock.set_closed(smooth(min(1.0, max(0.0, since / theme.LOCK_CLOSES))))
        return new

    def key(self) -> Legend:
        """What the hollow and the filled marks are."""
        hollow = Square(side_length=0.14).rotate(np.pi / 4).set_stroke(theme.palette.signal, theme.LINE)
        filled = hollow.copy().set_fill(theme.palette.signal, 1)
        return Legend((hollow, "closed form expects the lock"), (filled, "locked"))
