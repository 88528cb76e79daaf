"""The rising tide over a real clip: heard going under, and heard coming back.

    manim -pql scenes/tide_sound.py

No model takes part: noise is added to the clip bit by bit, and the ideal denoiser that knows nothing but the
clip's spectrum (the Wiener filter) brings back what it can. `SPECTRAL_AUDIO` puts one's own sound there.
"""

from __future__ import annotations

from dataclasses import replace

from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, VGroup, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.band_states import NoisyBands
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.run_scene import RunScene
from manim_spectral.stage.run_sound import RunSound, hearable
from manim_spectral.views.run_view import PanelContent, RunView
from manim_spectral.views.waveforms import Clip


class TideSound(RunScene):
    """A clip and its spectrum; the tide rises until nothing is left; it falls, and the clip returns; in
    what order."""

    run_time = 4.5  # seconds in which the tide rises, and again in which it falls
    moments_heard = 4
    marks = ("q = 1: it drowns, it returns", "returned")
    happens, happened = "return", "returned"

    run: Clip
    hearing: RunSound

    def construct(self) -> None:
        trajectory = recordings.tide_trajectory(self.settings)
        with settings.one_line_errors():
            self.set_the_stage(Clip(hearable(trajectory, "waveform")))
        self.clip()
        self.rise()
        self.fall()
        self.writing()

    # -- what is shown -------------------------------------------------------------------------------------

    def contents(self, run: RunView) -> tuple[PanelContent, PanelContent]:
        noisy, estimate = run.views
        return replace(noisy, title="the clip and noise"), replace(estimate, title="the Wiener estimate")

    def sound_of(self, run: RunView) -> RunSound:
        return RunSound(run.trajectory.sample_rate or 0, lambda signal: signal.mean(axis=0))

    @property
    def rising(self) -> bool:
        """Whether the rack shows the noisy clip, and its locks open by the closed form."""
        return self.display.rack.bands is not None

    def turn(self, *, rising: bool) -> None:
        """Let the tide rise from the clip, or fall from nothing but noise."""
        of = self.display
        of.rack.bands = NoisyBands(self.run) if rising else None
        of.timeline.marks_locks = not rising
        of.pace.pauses.clear()
        moment = 1.0 if rising else 0.0
        of.show_step(self.run, self.run.step_at(moment))
        self.show_moment(moment)

    def words_above_rack(self, *lines: str) -> VGroup:
        """The first of these lines that fits, and where the meters' numbers come from if not measured."""
        room, things, rack = self.layout.rack, VGroup(), self.display.rack
        width = room.width
        if self.rising:
            badge = Badge("closed form")
            things.add(badge.next_to(rack, UP, buff=0.05).align_to(room.top_right, RIGHT))
            width -= badge.width + 0.3
        for line in lines:
            words = theme.words(line, size=theme.SMALL, colour=theme.palette.quiet)
            if words.width < width:
                break
        return things.add(words.next_to(rack, UP, buff=0.1).align_to(room.top_left, LEFT))

    # -- the beats -----------------------------------------------------------------------------------------

    def clip(self) -> None:
        # The viewer sees and hears: the clip as it is, then its spectrum in octaves.
        run, room = self.run, self.layout.body
        self.beat("clip", f"A real clip: {run.trajectory.source}. Beside it, where its power lies.")
        self.turn(rising=True)
        content = replace(run.views[0], title="the clip", symbol="x_0", at=run.clean)
        panel = self.clean_panel = self.display.panel(content, self.layout.panels[0])
        home = panel.get_center()
        zoom = min(0.96 * room.width / panel.width, 0.8 * room.height / panel.height)
        panel.scale(zoom).move_to(room.centre)
        opening = self.headline(f"A clip: {run.trajectory.source}")
        self.play(*opening, FadeIn(panel, self.display.footer), run_time=0.8)
        y = self.hearing.played(run.trajectory.sample)
        self.play_sound(y, sr=self.hearing.sr, over=panel.picture)
        late = squish_rate_func(smooth, 0.6, 1)
        self.play(
            *self.headline(f"Its power spectrum: the peak is near {run.drowning[-1]}"),
            panel.animate.scale(1 / zoom).move_to(home),
            FadeIn(self.display.plot, self.display.legend, rate_func=late),
            run_time=theme.SETTLE,
        )
        self.wait(2)

    def rise(self) -> None:
        # The viewer sees and hears: noise rises over the clip, and the weakest octaves go under first.
        run, of = self.run, self.display
        order = run.drowning
        self.beat(
            "rise",
            f"Noise is flat. The tide rises, and octaves drown by their power: {', '.join(order)}. "
            "You hear the noisy clip at each stop.",
        )
        of.rack_caption = self.words_above_rack(
            "octaves of the clip and noise; meter: share above the tide, q/(1+q); line: q = 1",
            "meter: share above the tide, q/(1+q); line: q = 1",
        )
        self.play(
            *self.headline(f"Noise is flat: {order[0]} drowns first, {order[-1]} last"),
            FadeOut(self.clean_panel),
            FadeIn(*of.panels, of.readouts, of.rack, of.rack_caption, of.timeline, of.marks_key),
            run_time=1,
        )
        now = 1.0
        for moment in reversed(self.heard_moments()):
            self.run_clock(now, moment)
            self.hear(run.trajectory.x_t[of.shown_step], moment)
            now = moment
        self.run_clock(now, 1 - self.end)  # a lock that opens last takes its time as well
        self.wait(0.5)

    def fall(self) -> None:
        # The viewer sees and hears: the estimate, band by band, the strongest first.
        drowned, self.hearing.panel = self.display.rack_caption, 1
        self.turn(rising=False)
        self.display.rack_caption = self.words_above_rack(
            "octaves of the estimate; meter: share explained; line: where a band is back",
            "meter: share explained; line: back",
        )
        self.play(FadeOut(drowned), FadeIn(self.display.rack_caption), run_time=0.5)
        self.lock_in()
