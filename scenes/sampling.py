"""The main scene: a diffusion model samples a picture, and its frequency bands lock in one after another.

    manim -pql scenes/sampling.py

Everything on screen is measured from the run that the footer names, but for the hollow marks: the closed form
for Gaussian data puts those there.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, VGroup, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.mobjects.figures import Figures, decimals
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.layout import Box
from manim_spectral.stage.run_stage import RunStage
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import RunView
from spectral import Trajectory
from spectral.trajectory.trajectory import Modality


class Sampling(RunStage):
    """One run, band by band; then when each band was written; then a free run of the same model."""

    reading_time = 4.2  # seconds a beat that stands still is given to be read
    strip_moments = 8
    # What bands do when they lock, and what they did; and what is being done to them meanwhile.
    happens, happened = "lock in", "was written"
    modality: ClassVar[Modality] = "image"  # of what is sampled; a trajectory may be of any

    def construct(self) -> None:
        runs = recordings.stage_trajectories(self.settings, self.modality)
        with settings.one_line_errors():
            self.set_the_stage(run_view(self.suited(runs.main)))
        self.noise()
        self.bands()
        self.lock_in()
        self.writing()
        if runs.free is not None:
            self.free_run(run_view(runs.free))

    def suited(self, trajectory: Trajectory) -> Trajectory:
        """The trajectory, if this scene can show it; else an `InputError`."""
        return trajectory

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
        if self.run.has_tide:
            caption = "Noise has the same power at every frequency. It drowns the whole spectrum like a tide."
            headline = "Noise is flat: a tide over every frequency"
        else:
            caption = (
                f"The noise is in the latents: no tide stands over the decoded {self.run.noun}'s spectrum."
            )
            headline = "Seen through the decoder: the spectrum and its bands"
        self.beat("bands", caption)
        self.play(
            *self.headline(headline),
            self.to_place,
            FadeIn(self.plot, self.legend, rate_func=squish_rate_func(smooth, 0.6, 1)),
            run_time=theme.SETTLE,
        )
        self.wait(1.5)
        self.play(FadeIn(self.rack, self.rack_caption, self.timeline, self.marks_key), run_time=1)
        self.wait(1.5)

    def lock_in(self) -> None:
        # The viewer sees: the run itself. The tide falls; each band's lock closes when it stays explained.
        order, opening = self.run.order_words, "The tide runs out" if self.run.has_tide else "The noise goes"
        self.beat("lock-in", f"{opening}. Bands {self.happens} one after another, {order}.")
        self.play(*self.headline(f"{opening}: bands {self.happens}, {order}"), run_time=0.7)
        self.run_clock(0.0, self.end)
        self.wait(1.5)

    def writing(self) -> None:
        # The viewer sees: when each band was written, and how well the order follows frequency and power.
        run, room = self.run, self.layout.body
        order = run.lock.order
        caption = (
            f"When each band {self.happened}. Kendall's tau of that order: {order.frequency:.2f} against "
            f"frequency, {order.power:.2f} against band power."
        )
        self.beat("order", caption)
        self.play(FadeOut(*self.others(self.footer)), *self.headline(run.verdict), run_time=0.8)
        beside = room.wide
        figures = Figures(
            (decimals(order.frequency), "order against frequency", "Kendall's τ, 1: lowest band first"),
            (decimals(order.power), "order against band power", "Kendall's τ, 1: strongest band first"),
        )
        names_width = max(1.4, 0.85 + max(theme.words(name, size=theme.SMALL).width for name in run.names))
        gap = 0.6
        chart = WritingMap(
            run.lock.explained,
            times=run.times,
            expected=run.expected,
            measured=run.moments(run.lock.step),
            names=run.names,
            width=room.width - names_width - (figures.width + gap if beside else 0),
            height=room.height - (1.3 if beside else figures.height + 2.5),
        )
        ends = [theme.words(w, size=theme.SMALL, colour=theme.palette.quiet) for w in ("noise", run.noun)]
        ends[0].next_to(chart.frame, DOWN, buff=0.12).align_to(chart.frame, LEFT)
        ends[1].next_to(chart.frame, DOWN, buff=0.12).align_to(chart.frame, RIGHT)
        key = self.key(run).next_to(chart.frame, UP, buff=0.15).align_to(chart.frame, LEFT)
        chart = Group(chart, key, *ends)
        Group(chart, figures).arrange(RIGHT if beside else DOWN, buff=gap).move_to(room.centre)
        self.play(FadeIn(chart), run_time=0.6)
        self.play(FadeIn(figures, shift=0.1 * LEFT), run_time=0.6)
        self.wait(self.reading_time - 0.2)

    def free_run(self, run: RunView) -> None:
        # The viewer sees: eight moments of a run that no picture was given to, with its own lock-in order.
        room = self.layout.body
        self.beat(
            "free run", f"A free run of the same model: no {run.noun} was given. It has an order of its own."
        )
        footer = self.footer_of(run)
        self.play(
            FadeOut(*self.others()),
            *self.headline(f"A free run of the same model: nobody chose the {run.noun}"),
            run_time=0.8,
        )
        strip = self.strip(run, room)
        timeline = Timeline(expected=run.expected, width=room.width, start="noise", end=run.noun).set_now(1.0)
        timeline.remove(timeline.moving)
        for band, moment in enumerate(run.moments(run.lock.step)):
            if moment <= 1:
                timeline.set_lock(band, moment)
        key, order = self.key(run), self.order_line(run)
        Group(strip, timeline, key, order).arrange(DOWN, buff=0.32).move_to(room.centre)
        self.play(FadeIn(strip, footer), run_time=0.8)
        self.play(FadeIn(timeline, key, order), run_time=0.8)
        self.wait(self.reading_time + 0.2)

    # -- parts of the last beats --------------------------------------------------------------------------

    def strip(self, run: RunView, room: Box) -> Group:
        """x_t above the denoised estimate, at moments even in log SNR."""
        rows = 1 if room.wide else 2
        columns = self.strip_moments // rows
        pitch = room.width / columns
        side = min(pitch - 0.15, 0.33 * room.height / rows)
        moments = (np.arange(self.strip_moments) + 0.5) / self.strip_moments
        cells = Group()
        for k, step in enumerate(run.step_at(moment) for moment in moments):
            pair = [
                view.picture(view.at(step), side, side).shift(row * (side + 0.08) * DOWN)
                for row, view in enumerate(run.views)
            ]
            row, column = divmod(k, columns)
            cells.add(Group(*pair).shift(column * (side + 0.15) * RIGHT + row * (2 * side + 0.35) * DOWN))
        return cells

    def order_line(self, run: RunView) -> VGroup:
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
        return line if line.width <= self.layout.body.width else line.arrange(DOWN, buff=0.2)
