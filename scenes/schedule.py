"""Which frequency at which time: four noise schedules on one measured spectrum.

    manim -pql scenes/schedule.py

Where the tide crosses the mean spectrum of the photographs (or of the pictures in `SPECTRAL_IMAGES`) is
computed, in even steps of each sampler's own time: t of rectified flow and cosine (offset 0.008), the
thousand steps of the linear betas (1e-4 to 0.02), and EDM's levels (80 to 0.002, rho 7) on the same pictures
scaled to its standard deviation of 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from manim import LEFT, RIGHT, UP, Create, FadeIn, FadeOut, VGroup

from manim_spectral import theme
from manim_spectral.chapters.schedule import words
from manim_spectral.chapters.schedule.layout import ScheduleLayout
from manim_spectral.chapters.schedule.measures import SCHEDULES, ZONE, Timing
from manim_spectral.chapters.schedule.plots import ScheduleGrid, SchedulePlane, mean_spectrum_plot
from manim_spectral.chapters.schedule.time_bar import TimeBars
from manim_spectral.mobjects.crossing import Crossing
from manim_spectral.mobjects.legend import rainbow_swatch, water_swatch
from manim_spectral.sources import material, settings
from manim_spectral.stage.explainer import ExplainerStage


class Schedule(ExplainerStage):
    """One schedule's crossing draws its curve; its zone; the law; four schedules; where their time goes."""

    most = 64  # pictures that are averaged
    run_time = 7.0  # seconds from noise to picture
    reading_time = 4.0

    def construct(self) -> None:
        self.set_the_stage(material.pictures(self.settings, self.most))
        self.crossing()
        self.zone()
        self.law()
        self.four()
        self.shares()

    @settings.one_line_errors()
    def set_the_stage(self, chosen: Sequence[material.NamedPicture]) -> None:
        """Measure the pictures; make the plot, and the plane of the first schedule."""
        self.timing, self.first = Timing(chosen), SCHEDULES[0]
        self.rooms = ScheduleLayout.of(self.layout.body)
        self.words_room = self.rooms.sentence
        self.plot = mean_spectrum_plot(self.timing, self.rooms.plot)
        self.plane = SchedulePlane(self.timing, self.first, self.rooms.plane)
        title = theme.words(words.PLANE, size=theme.SMALL, colour=theme.palette.quiet)
        self.plane_title = title.next_to(self.plane.frame, UP, buff=0.15).align_to(self.plane.frame, LEFT)
        self.now = self.plane.add_readout()
        self.footer = self.sign(words.FOOTER.format(pictures=words.pictures(len(chosen))), "closed form")

    def crossing(self) -> None:
        # The viewer sees: the tide running out of a spectrum; where it crosses draws a curve over time.
        numbers = words.NUMBERS[self.first.name].replace(" = ", "\u00a0=\u00a0")
        said = words.CROSSING_BEAT.filled(name=self.first.name, numbers=numbers)
        self.beat("crossing", said.caption)
        self.mark = Crossing(self.plot)
        self.show_moment(0.0)
        entries = (rainbow_swatch(), words.SPECTRUM), (water_swatch(), words.TIDE)
        self.play(
            *self.headline(said.headline),
            FadeIn(self.plot, self.footer),
            *self.key(self.plot.frame, *entries),
        )
        self.play(FadeIn(self.plane, self.plane_title), *self.say(said.sentence))
        self.wait(2)
        movers = (self.plot.moving, self.plane.moving, self.mark, self.now)
        self.play_clock(*movers, show=self.show_moment, run_time=self.run_time)
        self.wait(1)

    def zone(self) -> None:
        # The viewer sees: the curve widened to the zone in which a frequency goes from hidden to known.
        said = words.ZONE_BEAT.filled(octaves=self.timing.width(self.first), ratio=ZONE)
        self.beat("zone", said.caption)
        middle = 0.5

        def back_to_the_middle(share: float) -> None:
            moment = 1 + share * (middle - 1)
            self.show_tide(moment)
            self.plane.set_dot(moment)

        movers = (self.plot.moving, self.plane.moving, self.mark, self.now)
        self.play_clock(*movers, show=back_to_the_middle, run_time=theme.SETTLE)
        tide = self.timing.tide(self.first, middle)
        self.plane.show_zone()
        self.zone_edges = VGroup(
            self.plot.add_level(tide * ZONE, words.UPPER_EDGE.format(ratio=ZONE), side=RIGHT),
            self.plot.add_level(tide / ZONE, words.LOWER_EDGE.format(ratio=ZONE), side=LEFT),
        )
        self.play(
            *self.headline(said.headline),
            *self.say(said.sentence),
            FadeIn(self.plane.zone),
            FadeIn(self.zone_edges),
            run_time=theme.SETTLE,
        )
        self.add(self.plane.moving)  # over the zone
        self.wait(self.reading_time + 1)

    def law(self) -> None:
        # The viewer sees: the thin line that a straight spectrum would draw, beside the measured one's curve.
        law = self.timing.law
        half = float(self.timing.law_at(self.first, 0.5))
        said = words.LAW_BEAT.filled(exponent=law.exponent, half=half)
        self.beat("law", said.caption)
        line = self.plot.add_line(law.at(self.timing.freq), colour=theme.palette.text, width=theme.HAIR)
        self.plane.set_reference(self.timing.law_at(self.first, self.plane.clock))
        self.formula = self.plane.add_law(law.exponent)
        self.play(
            *self.headline(said.headline),
            *self.say(said.sentence),
            FadeOut(self.zone_edges),
            Create(line),
            Create(self.plane.reference),
            FadeIn(self.formula),
            run_time=theme.SETTLE,
        )
        self.wait(self.reading_time)

    def four(self) -> None:
        # The viewer sees: four small planes, and in each a schedule's curve with its zone.
        said = words.FOUR_BEAT
        self.beat("four", said.caption)
        self.play(*self.clear_stage(), *self.headline(said.headline))
        self.grid = ScheduleGrid(self.timing, self.rooms)
        self.play(FadeIn(*self.grid), *self.say(said.sentence))
        self.play_clock(*self.grid.moving, show=self.grid.set_now, run_time=0.7 * self.run_time)
        self.wait(self.reading_time - 1)

    def shares(self) -> None:
        # The viewer sees: each sampler's steps as a bar, cut into the octaves that come out in them.
        shares = {schedule.name: self.timing.shares(schedule) for schedule in SCHEDULES}
        evenest = min(shares, key=lambda name: shares[name][1:-1].max() - shares[name][1:-1].min())
        early = "; ".join(
            words.EARLY.format(name=name, percent=words.percent(share[0])) for name, share in shares.items()
        )
        said = words.SHARES_BEAT.filled(evenest=evenest, early=early)
        self.beat("shares", said.caption)
        self.play(*self.clear_stage(), *self.headline(said.headline))
        room = self.layout.body
        octaves = [words.OCTAVE.format(low=low, high=high) for low, high in pairwise(self.timing.edges)]
        self.bars = TimeBars(shares, bands=octaves, ends=words.ENDS, width=room.width, height=room.height)
        self.bars.shift(room.centre - self.bars.room.get_center()).set_now(0.0)
        self.play(FadeIn(self.bars))
        self.play_clock(*self.bars.bars, show=self.bars.set_now, run_time=0.6 * self.run_time)
        self.wait(self.reading_time + 2)

    def show_moment(self, moment: float) -> None:
        """Set the plot and the plane to a moment of the first schedule's clock."""
        self.show_tide(moment)
        self.plane.set_now(moment)

    def show_tide(self, moment: float) -> None:
        """Set the plot alone, and the time."""
        tide = self.timing.tide(self.first, moment)
        self.plot.set_tide(tide)
        self.mark.set_at(float(self.timing.cutoff(self.first, moment)), tide)
        self.now.set_text(f"{1 - moment:.2f}")
