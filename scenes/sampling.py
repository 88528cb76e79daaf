"""The main scene: a diffusion model samples a picture, and its frequency bands lock in one after another.

    manim -pql scenes/sampling.py

Everything on screen is measured from the run that the footer names, but for the hollow marks: the closed form
for Gaussian data puts those there.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, Square, VGroup, smooth, squish_rate_func

from scenes import settings, theme
from scenes.layout import Box, Layout
from scenes.measured import Measured
from scenes.mobjects.badge import Badge
from scenes.mobjects.band_rack import BandRack
from scenes.mobjects.picture import Picture, PicturePanel
from scenes.mobjects.readout import Readout
from scenes.mobjects.spectrum_plot import Legend, SpectrumPlot, line_swatch, rainbow_swatch, water_swatch
from scenes.mobjects.timeline import Timeline
from scenes.mobjects.writing_map import WritingMap
from scenes.stage import Clock, Stage


class Sampling(Stage):
    """One run, band by band; then when each band was written; then a free run of the same model."""

    run_time = 15.0  # seconds for the whole run
    reading_time = 4.2  # seconds a beat that stands still is given to be read
    strip_moments = 8

    @property
    def end(self) -> float:
        """The clock's last moment: the run's own, 1, and the time that a lock takes to close."""
        return 1 + theme.LOCK_CLOSES / self.run_time

    def construct(self) -> None:
        runs = settings.stage_trajectories(self.settings)
        with settings.one_line_errors():
            self.run = Measured(runs.main)
        self.layout = Layout.of_frame()
        self.build()
        self.noise()
        self.bands()
        self.lock_in()
        self.writing()
        if runs.free is not None:
            self.free_run(Measured(runs.free))

    # -- what stands on the stage -------------------------------------------------------------------------

    def build(self) -> None:
        """Make every mobject of the run's beats, showing the run's first step."""
        run, room = self.run, self.layout
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

    # -- the beats ----------------------------------------------------------------------------------------

    def noise(self) -> None:
        # The viewer sees: pure noise beside the model's first guess at what may be in it.
        self.beat("noise", "Sampling starts from noise. Beside it, what the model expects to find in it.")
        self.show_step(0)
        room = self.layout.body
        pair = Group(*self.panels, self.readouts)
        home, zoom = pair.get_center(), min(0.96 * room.width / pair.width, 0.84 * room.height / pair.height)
        pair.scale(zoom).move_to(room.centre)
        self.play(*self.headline("It starts as noise"), FadeIn(pair, self.footer), run_time=1)
        self.wait(2)
        self.to_place = pair.animate.scale(1 / zoom).move_to(home)

    def bands(self) -> None:
        # The viewer sees: the final picture's spectrum under water, and the bands, all open.
        caption = "Noise has the same power at every frequency. It drowns the whole spectrum like a tide."
        self.beat("bands", caption)
        self.play(
            *self.headline("Noise is flat: a tide over every frequency"),
            self.to_place,
            FadeIn(self.plot, self.legend, rate_func=squish_rate_func(smooth, 0.6, 1)),
            run_time=theme.SETTLE,
        )
        self.wait(1.5)
        self.play(FadeIn(self.rack, self.rack_caption, self.timeline, self.marks_key), run_time=1)
        self.wait(1.5)

    def lock_in(self) -> None:
        # The viewer sees: the run itself. The tide falls; each band's lock closes when it stays explained.
        coarse_first = self.run.lock.order.frequency > 0.5
        order = "coarse first, fine last" if coarse_first else "in an order of their own"
        caption = f"The tide runs out. Bands lock in one after another, {order}."
        self.beat("lock-in", caption)
        self.play(*self.headline(f"The tide runs out: bands lock in, {order}"), run_time=0.7)
        stills = Group(*self.panels, self.readouts, *self.rack.cells, self.timeline.measured)
        movers = Group(self.plot.moving, self.timeline.moving, self.rack.locks)
        self.play(
            Clock(
                self,
                stills=stills,
                movers=movers,
                show=lambda share: self.show_moment(share * self.end),
                run_time=self.end * self.run_time,
            )
        )
        self.wait(1.5)

    def writing(self) -> None:
        # The viewer sees: when each band was written, and how well the order follows frequency and power.
        run, room = self.run, self.layout.body
        order = run.lock.order
        caption = (
            f"When each band was written. Kendall's tau of the lock-in order: {order.frequency:.2f} against "
            f"frequency, {order.power:.2f} against band power."
        )
        self.beat("order", caption)
        gone = [m for m in self.mobjects if m not in (self.footer, self.heading)]
        self.play(FadeOut(*gone), *self.headline("When each band was written"), run_time=0.8)
        beside = room.width > 1.3 * room.height
        figures = VGroup(
            self.figure(order.frequency, "order against frequency", "Kendall's τ, 1: lowest band first"),
            self.figure(order.power, "order against band power", "Kendall's τ, 1: strongest band first"),
            self.figure(run.lock.softness, "octaves wide", "the span being written at once"),
        ).arrange(DOWN, buff=0.55, aligned_edge=LEFT)
        names_width, gap = 1.3, 0.7
        chart = WritingMap(
            run.lock.explained,
            times=run.times,
            expected=run.moments(run.lock.predicted),
            measured=run.moments(run.lock.step),
            names=run.names,
            width=room.width - names_width - (figures.width + gap if beside else 0),
            height=room.height - (1.3 if beside else figures.height + 2.5),
        )
        ends = [theme.words(w, size=theme.SMALL, colour=theme.palette.quiet) for w in ("noise", "picture")]
        ends[0].next_to(chart.frame, DOWN, buff=0.12).align_to(chart.frame, LEFT)
        ends[1].next_to(chart.frame, DOWN, buff=0.12).align_to(chart.frame, RIGHT)
        key = self.key().next_to(chart.frame, UP, buff=0.15).align_to(chart.frame, LEFT)
        chart = Group(chart, key, *ends)
        Group(chart, figures).arrange(RIGHT if beside else DOWN, buff=gap).move_to(room.centre)
        self.play(FadeIn(chart), run_time=0.6)
        self.play(FadeIn(figures, shift=0.1 * LEFT), run_time=0.6)
        self.wait(self.reading_time - 0.2)

    def free_run(self, run: Measured) -> None:
        # The viewer sees: eight moments of a run that no picture was given to, with its own lock-in order.
        room = self.layout.body
        self.beat(
            "free run", "A free run of the same model: no picture was given. It has an order of its own."
        )
        gone = [m for m in self.mobjects if m is not self.heading]
        footer = self.footer_of(run)
        self.play(
            FadeOut(*gone),
            *self.headline("A free run of the same model: nobody chose the picture"),
            run_time=0.8,
        )
        strip = self.strip(run, room)
        timeline = Timeline(
            expected=run.moments(run.lock.predicted), width=room.width, start="noise", end="picture"
        ).set_now(1.0)
        timeline.remove(timeline.moving)
        for band, moment in enumerate(run.moments(run.lock.step)):
            if moment <= 1:
                timeline.set_lock(band, moment)
        key, order = self.key(), self.order_line(run)
        Group(strip, timeline, key, order).arrange(DOWN, buff=0.32).move_to(room.centre)
        self.play(FadeIn(strip, footer), run_time=0.8)
        self.play(FadeIn(timeline, key, order), run_time=0.8)
        self.wait(self.reading_time + 0.2)

    # -- parts of the last beats --------------------------------------------------------------------------

    def figure(self, value: float, name: str, meaning: str) -> VGroup:
        """A measured number, large, with what it is."""
        shown = f"{value:.2f}".replace("-", "−") if np.isfinite(value) else "none"
        number = theme.words(shown, size=2 * theme.HEADING, weight="semibold")
        lines = VGroup(
            theme.words(name, weight="medium"),
            theme.words(meaning, size=theme.SMALL, colour=theme.palette.quiet),
        ).arrange(DOWN, buff=0.1, aligned_edge=LEFT)
        # One column for all numbers, one for all names.
        return VGroup(number, lines.next_to(number.get_left() + 1.75 * RIGHT, RIGHT, buff=0))

    def key(self) -> Legend:
        """What the hollow and the filled marks are."""
        hollow = Square(side_length=0.14).rotate(np.pi / 4).set_stroke(theme.palette.signal, theme.LINE)
        filled = hollow.copy().set_fill(theme.palette.signal, 1)
        return Legend((hollow, "closed form expects the lock"), (filled, "locked"))

    def strip(self, run: Measured, room: Box) -> Group:
        """x_t above the denoised estimate, at moments even in log SNR."""
        rows = 1 if room.width > 1.3 * room.height else 2
        columns = self.strip_moments // rows
        pitch = room.width / columns
        side = min(pitch - 0.15, 0.33 * room.height / rows)
        moments = (np.arange(self.strip_moments) + 0.5) / self.strip_moments
        cells = Group()
        for k, step in enumerate(run.step_at(moment) for moment in moments):
            pair = [
                Picture(array, height=side).shift(row * (side + 0.08) * DOWN)
                for row, array in enumerate((run.noisy(step), run.trajectory.denoised[step]))
            ]
            row, column = divmod(k, columns)
            cells.add(Group(*pair).shift(column * (side + 0.15) * RIGHT + row * (2 * side + 0.35) * DOWN))
        return cells

    def order_line(self, run: Measured) -> VGroup:
        """The bands' numbers in the order in which they locked, and what that order is worth."""
        colours = theme.band_colours(len(run.bands))
        locked = [int(b) for b in np.argsort(run.lock.step, kind="stable") if run.lock.step[b] < run.n_steps]
        words = theme.words("locked in this order", colour=theme.palette.quiet)
        chips = [
            theme.words(str(b + 1), size=theme.HEADING, colour=colours[b].to_hex(), weight="semibold")
            for b in locked
        ]
        tau = theme.words(f"Kendall's τ against frequency {run.lock.order.frequency:.2f}".replace("-", "−"))
        line = VGroup(words, VGroup(*chips).arrange(RIGHT, buff=0.3), tau).arrange(RIGHT, buff=0.5)
        return line if line.width <= self.layout.body.width else line.arrange(DOWN, buff=0.2)
