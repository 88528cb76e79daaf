"""RunScene: the beats of a scene about one sampling run; a scene of ours says which, and of what."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import DOWN, LEFT, FadeIn, FadeOut, Group, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.mobjects.pace import Pace
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.clock import Clock
from manim_spectral.stage.layout import Layout
from manim_spectral.stage.run_display import MARKS, RunDisplay
from manim_spectral.stage.run_sound import RunSound
from manim_spectral.stage.run_summary import RunStrip, WritingSummary, finished_timeline, order_line
from manim_spectral.stage.stage import Stage
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import PanelContent, RunView
from spectral import Trajectory
from spectral.trajectory.checks import Modality


class RunScene(Stage):
    """A run from noise to its end on a `RunDisplay`, then when each band was written, then a free run.

    Attributes
    ----------
    run, free
        The run, and one that nobody chose the end of, None where there is none.
    display
        What shows the run.
    hearing
        How it is heard; None where it is silent.
    """

    run_time = 15.0  # seconds for the whole run
    reading_time = 4.2  # seconds a beat that stands still is given to be read
    strip_moments = 8
    moments_heard = 10  # and then the final sample
    marks = MARKS  # what the timeline's hollow and filled marks are
    happens, happened = "lock in", "was written"  # what bands do when they lock, and what they did
    modality: ClassVar[Modality] = "image"  # of what is sampled; a trajectory may be of any

    run: RunView
    free: RunView | None = None
    display: RunDisplay
    hearing: RunSound | None = None

    # -- what it stands on --------------------------------------------------------------------------------

    def open(self) -> None:
        """Load or record the runs that the user chose, and set the stage for the first."""
        runs = recordings.stage_trajectories(self.settings, self.modality)
        with settings.one_line_errors():
            self.set_the_stage(run_view(self.suited(runs.main)))
            self.free = run_view(runs.free) if runs.free is not None else None

    def suited(self, trajectory: Trajectory) -> Trajectory:
        """The trajectory, if this scene can show it; else an `InputError`."""
        return trajectory

    def set_the_stage(self, run: RunView) -> None:
        """Make every mobject of the run, showing its first step."""
        self.run, self.layout = run, Layout.of_frame(run.aspect)
        self.hearing = self.sound_of(run)
        self.display = RunDisplay(run, layout=self.layout, contents=self.contents(run), marks=self.marks)
        self.display.pace = Pace(self.run_time)
        self.show_moment(0.0)
        self.display.show_step(run, 0)  # pure noise, though the clock may begin later, where the tide is seen

    def contents(self, run: RunView) -> tuple[PanelContent, PanelContent]:
        """What the two panels show."""
        return run.views

    def sound_of(self, run: RunView) -> RunSound | None:
        """How the run is heard, None where it is not."""
        return None

    @property
    def end(self) -> float:
        """The clock's last moment: the run's own, 1, and the time that a lock takes to close."""
        return 1 + theme.LOCK_CLOSES / self.run_time

    def show_moment(self, moment: float) -> bool:
        """Set the stage to a moment of the clock; returns whether a new step was reached.

        Moments from 1 to `self.end` belong to the last step: a lock that closes there takes its time as well.
        """
        return self.display.show_moment(moment)

    def run_clock(self, start: float, end: float) -> None:
        """Play the run from one moment of the clock to another, forwards or backwards."""
        self.play(
            Clock(
                self,
                stills=self.display.stills,
                movers=self.display.movers,
                show=lambda share: self.show_moment(start + share * (end - start)),
                run_time=abs(end - start) * self.run_time,
            )
        )

    # -- what is heard ------------------------------------------------------------------------------------

    def heard_moments(self) -> list[float]:
        """Moments of the clock, the last just before the run's end; each shows another step."""
        moments = (np.arange(self.moments_heard) + 0.5) / self.moments_heard
        steps = [self.run.step_at(moment) for moment in moments]
        return [m for k, m in enumerate(moments) if steps[k] not in steps[:k] and m < 1]

    def hear(self, signal: np.ndarray, moment: float) -> None:
        """Play a signal while the clock stands still and a playhead moves with it."""
        assert self.hearing is not None
        y, pauses = self.hearing.played(signal), self.display.pace.pauses
        seconds = len(y) / self.hearing.sr
        pauses.append((moment, 0.0))

        def standing(share: float) -> bool:
            pauses[-1] = (moment, share * seconds)  # what closes goes on closing
            return self.show_moment(moment)

        picture = self.display.panels[self.hearing.panel].picture
        self.play_sound(y, sr=self.hearing.sr, over=picture, movers=[self.display.rack.locks], show=standing)

    # -- the beats ----------------------------------------------------------------------------------------

    def noise(self) -> None:
        # The viewer sees: pure noise beside the model's first guess at what may be in it.
        self.beat("noise", "Sampling starts from noise. Beside it, what the model expects to find in it.")
        room, of = self.layout.body, self.display
        pair = Group(*of.panels, of.readouts)
        home, zoom = pair.get_center(), min(0.96 * room.width / pair.width, 0.84 * room.height / pair.height)
        pair.scale(zoom).move_to(room.centre)
        self.play(*self.headline("It starts as noise"), FadeIn(pair, of.footer), run_time=1)
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
        of = self.display
        self.beat("bands", caption)
        self.play(
            *self.headline(headline),
            self.to_place,
            FadeIn(of.plot, of.legend, rate_func=squish_rate_func(smooth, 0.6, 1)),
            run_time=theme.SETTLE,
        )
        self.wait(1.5)
        self.play(FadeIn(of.rack, of.rack_caption, of.timeline, of.marks_key), run_time=1)
        self.wait(1.5)

    def lock_in(self) -> None:
        # The viewer sees: the run itself. The tide falls; each band's lock closes when it stays explained.
        # Where it is heard it stops at some moments, and its estimate is played.
        order, opening = self.run.order_words, "The tide runs out" if self.run.has_tide else "The noise goes"
        if self.hearing is None:
            caption = f"{opening}. Bands {self.happens} one after another, {order}."
        else:
            caption = f"{opening}. Bands {self.happens}, {order}. You hear the estimate at each stop."
        self.beat("lock-in", caption)
        self.play(*self.headline(f"{opening}: bands {self.happens}, {order}"), run_time=0.7)
        now = 0.0
        for moment in self.heard_moments() if self.hearing else ():
            self.run_clock(now, moment)
            self.hear(self.run.trajectory.denoised[self.display.shown_step], moment)
            now = moment
        self.run_clock(now, self.end)
        if self.hearing is not None:
            self.hear(self.run.trajectory.sample, self.end)
        self.wait(1.5 if self.hearing is None else 0.5)

    def writing(self) -> None:
        # The viewer sees: when each band was written, and how well the order follows frequency and power.
        order = self.run.lock.order
        caption = (
            f"When each band {self.happened}. Kendall's tau of that order: {order.frequency:.2f} against "
            f"frequency, {order.power:.2f} against band power."
        )
        self.beat("order", caption)
        gone = self.others(self.display.footer)
        self.play(FadeOut(*gone), *self.headline(self.run.verdict), run_time=0.8)
        summary = WritingSummary(self.run, self.layout.body, key=self.display.key(self.run))
        self.play(FadeIn(summary.chart), run_time=0.6)
        self.play(FadeIn(summary.figures, shift=0.1 * LEFT), run_time=0.6)
        self.wait(self.reading_time - 0.2)

    def free_run(self, run: RunView) -> None:
        # The viewer sees: some moments of a run that nothing was given to, with its own lock-in order.
        room = self.layout.body
        caption = f"A free run of the same model: no {run.noun} was given. It has an order of its own."
        self.beat("free run", caption)
        footer, gone = self.display.signature(run), self.others()
        headline = self.headline(f"A free run of the same model: nobody chose the {run.noun}")
        self.play(FadeOut(*gone), *headline, run_time=0.8)
        strip = RunStrip(run, room, count=self.strip_moments)
        timeline = finished_timeline(run, width=room.width)
        key, order = self.display.key(run), order_line(run, width=room.width)
        Group(strip, timeline, key, order).arrange(DOWN, buff=0.32).move_to(room.centre)
        self.play(FadeIn(strip, footer), run_time=0.8)
        self.play(FadeIn(timeline, key, order), run_time=0.8)
        self.wait(self.reading_time + 0.2)
        if self.hearing is not None:
            y = self.hearing.played(run.trajectory.sample)
            self.sound(y, sr=self.hearing.sr)
            self.wait(len(y) / self.hearing.sr)
