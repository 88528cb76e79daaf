"""The rising tide over a real clip: heard going under, and heard coming back.

    manim -pql scenes/tide_sound.py

No model takes part: noise is added to the clip bit by bit, and the ideal denoiser that knows nothing but the
clip's spectrum (the Wiener filter) brings back what it can. `SPECTRAL_AUDIO` puts one's own sound there.
"""

from __future__ import annotations

from dataclasses import replace

from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, Group, VGroup, smooth, squish_rate_func
from manim_spectral.scenes.listening import Listening

from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.waveform import Playhead
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.stage import Clock
from manim_spectral.views.run_view import PanelContent, RunView
from manim_spectral.views.waveforms import Clip


class TideSound(Listening):
    """A clip and its spectrum; the tide rises until nothing is left; it falls, and the clip returns; in
    what order."""

    run_time = 4.5  # seconds in which the tide rises, and again in which it falls
    moments_heard = 4
    marks = ("q = 1: it drowns, it returns", "returned")
    happens, happened = "return", "returned"
    rising = False

    def construct(self) -> None:
        trajectory = recordings.tide_trajectory(self.settings)
        with settings.one_line_errors():
            self.set_the_stage(Clip(self.suited(trajectory)))
        self.clip()
        self.rise()
        self.fall()
        self.writing()

    # -- what is shown -------------------------------------------------------------------------------------

    def views_of(self, run: RunView) -> tuple[PanelContent, PanelContent]:
        noisy, estimate = run.views
        return (
            replace(noisy, title="the clip and noise"),
            replace(estimate, title="the Wiener estimate"),
        )

    def show_step(self, step: int) -> None:
        super().show_step(step)
        if self.rising:
            self.rack.set_pictures(self.run.noisy_bands(step)).set_values(self.run.lock.expected[step])

    def show_locked(self, step: int) -> None:
        if self.rising:
            self.rack.set_locked(self.run.lock.predicted <= step)
        else:
            super().show_locked(step)

    def show_moment(self, moment: float) -> bool:
        new = super().show_moment(moment)
        if self.rising:
            for lock, under in zip(self.rack.locks, self.run.expected, strict=True):
                since = (under - moment) * self.run_time
                since += sum(seconds for paused, seconds in self.pauses if paused < under)
                lock.set_closed(smooth(1 - min(1.0, max(0.0, since / theme.LOCK_CLOSES))))
        return new

    def words_above_rack(self, *lines: str) -> VGroup:
        """The first of these lines that fits, and where the meters' numbers come from if not measured."""
        room, things = self.layout.rack, VGroup()
        width = room.width
        if self.rising:
            badge = Badge("closed form")
            things.add(badge.next_to(self.rack, UP, buff=0.05).align_to(room.top_right, RIGHT))
            width -= badge.width + 0.3
        for line in lines:
            words = theme.words(line, size=theme.SMALL, colour=theme.palette.quiet)
            if words.width < width:
                break
        return things.add(words.next_to(self.rack, UP, buff=0.1).align_to(room.top_left, LEFT))

    # -- the beats -----------------------------------------------------------------------------------------

    def clip(self) -> None:
        # The viewer sees and hears: the clip as it is, then its spectrum in octaves.
        run, room = self.run, self.layout.body
        self.beat("clip", f"A real clip: {run.trajectory.source}. Beside it, where its power lies.")
        self.rising = True
        self.show_step(run.n_steps - 1)
        self.show_moment(1.0)
        view = replace(self.views[0], title="the clip", symbol="x_0", at=run.clean)
        panel = self.clean_panel = self.panel(view, self.layout.panels[0])
        home = panel.get_center()
        zoom = min(0.96 * room.width / panel.width, 0.8 * room.height / panel.height)
        panel.scale(zoom).move_to(room.centre)
        opening = self.headline(f"A clip: {run.trajectory.source}")
        self.play(*opening, FadeIn(panel, self.footer), run_time=0.8)
        y = self.played(run.trajectory.sample)
        playhead = Playhead(panel.picture)

        def show(share: float) -> bool:
            playhead.set_at(share)
            return False

        self.sound(y, sr=self.sr)
        self.play(Clock(self, stills=Group(), movers=Group(playhead), show=show, run_time=len(y) / self.sr))
        self.remove(playhead)
        late = squish_rate_func(smooth, 0.6, 1)
        self.play(
            *self.headline(f"Its power spectrum: the peak is near {run.drowning[-1]}"),
            panel.animate.scale(1 / zoom).move_to(home),
            FadeIn(self.plot, self.legend, rate_func=late),
            run_time=theme.SETTLE,
        )
        self.wait(2)

    def rise(self) -> None:
        # The viewer sees and hears: noise rises over the clip, and the weakest octaves go under first.
        run = self.run
        order = run.drowning
        self.beat(
            "rise",
            f"Noise is flat. The tide rises, and octaves drown by their power: {', '.join(order)}. "
            "You hear the noisy clip at each stop.",
        )
        self.rack_caption = self.words_above_rack(
            "octaves of the clip and noise; meter: share above the tide, q/(1+q); line: q = 1",
            "meter: share above the tide, q/(1+q); line: q = 1",
        )
        self.play(
            *self.headline(f"Noise is flat: {order[0]} drowns first, {order[-1]} last"),
            FadeOut(self.clean_panel),
            FadeIn(*self.panels, self.readouts, self.rack, self.rack_caption, self.timeline, self.marks_key),
            run_time=1,
        )
        now = 1.0
        for moment in reversed(self.heard_moments()):
            self.run_clock(now, moment)
            self.hear(run.trajectory.x_t[self.shown_step], moment)
            now = moment
        self.run_clock(now, 1 - self.end)  # a lock that opens last takes its time as well
        self.wait(0.5)

    def fall(self) -> None:
        # The viewer sees and hears: the estimate, band by band, the strongest first.
        self.rising, self.heard_panel, drowned = False, 1, self.rack_caption
        self.pauses.clear()
        self.show_step(self.run.step_at(0.0))
        self.show_moment(0.0)
        self.rack_caption = self.words_above_rack(
            "octaves of the estimate; meter: share explained; line: where a band is back",
            "meter: share explained; line: back",
        )
        self.play(FadeOut(drowned), FadeIn(self.rack_caption), run_time=0.5)
        super().lock_in()
