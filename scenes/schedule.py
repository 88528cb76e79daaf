"""Which frequency at which time: four noise schedules on one measured spectrum.

    manim -pql scenes/schedule.py

Where the tide crosses the mean spectrum of the photographs (or of the pictures in `SPECTRAL_IMAGES`) is
computed, in even steps of each sampler's own time: t of rectified flow and cosine (offset 0.008), the
thousand steps of the linear betas (1e-4 to 0.02), and EDM's levels (80 to 0.002, rho 7) on the same pictures
scaled to its standard deviation of 0.5.
"""

from __future__ import annotations

from itertools import pairwise

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    Group,
    VGroup,
)

from manim_spectral import theme
from manim_spectral.chapters.schedule.measures import SCHEDULES, ZONE, NamedSchedule, Timing
from manim_spectral.chapters.schedule.time_bar import TimeBars, percent
from manim_spectral.chapters.schedule.time_plane import TimePlane
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import (
    Crossing,
    SpectrumPlot,
    rainbow_swatch,
    water_swatch,
)
from manim_spectral.sources import material, settings
from manim_spectral.stage.explainer import ExplainerStage
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock

ENDS = ("noise", "picture")
EQUALS = "\u00a0=\u00a0"  # no line breaks there


class Schedule(ExplainerStage):
    """One schedule's crossing draws its curve; its zone; the law; four schedules; where their time goes."""

    most = 64  # pictures that are averaged
    run_time = 7.0  # seconds from noise to picture
    reading_time = 4.0

    def construct(self) -> None:
        chosen = material.pictures(self.settings, self.most)
        with settings.one_line_errors():
            self.set_the_stage(Timing(chosen), count=len(chosen))
        self.crossing()
        self.zone()
        self.law()
        self.four()
        self.shares()

    def set_the_stage(self, timing: Timing, *, count: int) -> None:
        """Make the plot and the plane of the first schedule."""
        self.timing, self.first = timing, SCHEDULES[0]
        body = self.layout.body
        wide = body.wide
        words = 0.75 if wide else 1.05  # two lines, or three
        self.words_room = Box(body.left + 0.1, body.bottom, body.right - 0.1, body.bottom + words)
        above = Box(body.left, self.words_room.top + 0.2, body.right, body.top)
        left, right = above.columns(0.6) if wide else above.rows(0.35)
        room = Box(left.left + 0.8, left.bottom + 0.75, left.right - 0.1, left.top - 0.4)
        self.plot = SpectrumPlot(
            timing.freq,
            edges=timing.edges,
            ticks=timing.ticks,
            power_range=timing.power_range,
            axis_label="cycles per image",
            width=room.width,
            height=room.height,
        )
        self.plot.shift(room.centre - self.plot.frame.get_center()).name_ends("coarse", "fine")
        self.plot.set_power(timing.power).sink().set_tide(timing.power_range[1])
        room = Box(right.left + 0.8, right.bottom + 0.75, right.right - 0.1, right.top - 0.4)
        self.plane = self.plane_of(self.first, room)
        title = theme.words("frequency out of the noise", size=theme.SMALL, colour=theme.palette.quiet)
        self.plane_title = title.next_to(self.plane.frame, UP, buff=0.15).align_to(self.plane.frame, LEFT)
        self.now = Readout("t", places=4)
        self.plane.add(self.now.next_to(self.plane.frame, DOWN, buff=0.12))
        pictures = "1 picture" if count == 1 else f"{count} pictures"
        self.footer = self.sign(f"on the measured mean spectrum of {pictures}", "closed form")

    def plane_of(self, schedule: NamedSchedule, room: Box) -> TimePlane:
        plane = TimePlane(
            *self.timing.curves(schedule),
            edges=self.timing.edges,
            ticks=self.timing.ticks,
            span=(self.timing.edges[0], self.timing.edges[-1]),
            ends=ENDS,
            width=room.width,
            height=room.height,
        )
        return plane.shift(room.centre - plane.frame.get_center())

    # -- the beats -----------------------------------------------------------------------------------------

    def crossing(self) -> None:
        # The viewer sees: the tide running out of a spectrum; where it crosses draws a curve over time.
        self.beat(
            "crossing",
            "While a sampler runs, the noise falls. Where its level crosses the pictures' spectrum, a "
            "frequency comes out of the water. Over time that point draws a curve: here, of rectified flow.",
        )
        self.mark = Crossing(self.plot)
        self.show_moment(0.0)
        self.play(
            *self.headline("As the noise falls, which frequency comes out when?"),
            FadeIn(self.plot, self.footer),
            *self.key(self.plot.frame, (rainbow_swatch(), "mean spectrum"), (water_swatch(), "the tide")),
        )
        self.play(
            FadeIn(self.plane, self.plane_title),
            *self.say(
                "The tide over the spectrum, and the frequency at which they cross, from noise to picture. "
                f"The schedule is {self.first.name}: {self.first.numbers}.".replace(" = ", EQUALS)
            ),
        )
        self.wait(2)
        movers = Group(self.plot.moving, self.plane.moving, self.mark, self.now)
        self.play(Clock(self, stills=Group(), movers=movers, show=self.show_moment, run_time=self.run_time))
        self.wait(1)

    def zone(self) -> None:
        # The viewer sees: the curve widened to the zone in which a frequency goes from hidden to known.
        octaves = self.timing.width(self.first)
        self.beat(
            "zone",
            "No frequency appears at once. From a tenth of the noise's power to ten times as much, it goes "
            f"from one eleventh known to ten elevenths. That zone is {octaves:.1f} octaves wide.",
        )
        middle = 0.5

        def show(share: float) -> bool:
            moment = 1 + share * (middle - 1)
            self.show_tide(moment)
            self.plane.set_dot(moment)
            return False

        movers = Group(self.plot.moving, self.plane.moving, self.mark, self.now)
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=theme.SETTLE))
        tide = self.timing.tide(self.first, middle)
        self.plane.show_zone()
        self.levels = VGroup(
            self.plot.add_level(tide * ZONE, f"{ZONE:.0f} × the noise", side=RIGHT),
            self.plot.add_level(tide / ZONE, f"1/{ZONE:.0f} of the noise", side=LEFT),
        )
        self.play(
            *self.headline(f"No frequency appears at once: the zone is {octaves:.1f} octaves wide"),
            *self.say(
                f"Upper edge: 1/{ZONE:.0f} of the noise's power, 1/11 explained. Lower edge: "
                f"{ZONE:.0f}\u00a0×\u00a0that\u00a0power, 10/11 explained. In between it is neither hidden "
                "nor known."
            ),
            FadeIn(self.plane.zone),
            FadeIn(self.levels),
            run_time=theme.SETTLE,
        )
        self.add(self.plane.moving)  # over the zone
        self.wait(self.reading_time + 1)

    def law(self) -> None:
        # The viewer sees: the thin line that a straight spectrum would draw, beside the measured one's curve.
        exponent = self.timing.law.exponent
        self.beat(
            "law",
            f"If the spectrum were a straight line, a power law with exponent {exponent:.2f}, the curve "
            "would be this thin one. The measured spectrum's stays close to it.",
        )
        fitted = self.timing.law.at(self.timing.freq)
        line = self.plot.add_line(fitted, colour=theme.palette.text, width=theme.HAIR)
        self.plane.set_reference(self.timing.law_at(self.first, self.plane.clock))
        half = float(self.timing.law_at(self.first, 0.5))
        self.formula = theme.symbol(
            f"f_max (t) = f_max (1 slash 2) thick ((1 - t) / t)^(2 slash {exponent:.2f})",
            size=1.2 * theme.BODY,
        )
        self.formula.move_to(self.plane.frame.get_corner(UP + LEFT) + 0.2 * (RIGHT + DOWN), UP + LEFT)
        self.plane.add(self.formula)
        self.play(
            *self.headline("A power law would draw this thin line"),
            *self.say(
                f"The straight line nearest to the spectrum, of slope −{exponent:.2f}, would draw the thin "
                f"curve: {half:.1f} cycles at half time."
            ),
            FadeOut(self.levels),
            Create(line),
            Create(self.plane.reference),
            FadeIn(self.formula),
            run_time=theme.SETTLE,
        )
        self.wait(self.reading_time)

    def four(self) -> None:
        # The viewer sees: four small planes, and in each a schedule's curve with its zone.
        self.beat(
            "four",
            "The same pictures under four schedules, each in even steps of its own time. All go from coarse "
            "to fine, but not at the same pace.",
        )
        self.play(*self.clear_stage(), *self.headline("Four schedules, one order: coarse first, fine last"))
        self.planes = self.four_planes()
        self.play(
            FadeIn(*self.planes, *self.names),
            *self.say("Same pictures, same order. But each spends its steps elsewhere."),
        )

        def show(share: float) -> bool:
            for plane in self.planes:
                plane.set_now(share)
            return False

        movers = Group(*[plane.moving for plane in self.planes])
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=0.7 * self.run_time))
        self.wait(self.reading_time - 1)

    def shares(self) -> None:
        # The viewer sees: each sampler's steps as a bar, cut into the octaves that come out in them.
        shares = {schedule.name: self.timing.shares(schedule) for schedule in SCHEDULES}
        evenest = min(shares, key=lambda name: shares[name][1:-1].max() - shares[name][1:-1].min())
        early = "; ".join(f"{name}: {percent(share[0])} percent" for name, share in shares.items())
        self.beat(
            "shares",
            "How many of its steps each spends while which octave comes out. Before anything is out pass, of "
            f"{early}. The most even over the octaves is {evenest}.",
        )
        self.play(
            *self.clear_stage(), *self.headline(f"{evenest} is the most even: where the steps go, in percent")
        )
        room, edges = self.layout.body, self.timing.edges
        octaves = [f"{low:.0f}–{high:.0f}" for low, high in pairwise(edges)]
        self.bars = TimeBars(shares, bands=octaves, ends=ENDS, width=room.width, height=room.height)
        self.bars.shift(room.centre - self.bars.room.get_center()).set_now(0.0)
        self.play(FadeIn(self.bars))

        def show(share: float) -> bool:
            self.bars.set_now(share)
            return False

        movers = Group(*self.bars.bars)
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=0.6 * self.run_time))
        self.wait(self.reading_time + 2)

    # -- parts ---------------------------------------------------------------------------------------------

    def show_moment(self, moment: float) -> bool:
        """Set the plot and the plane to a moment of the first schedule's clock."""
        self.show_tide(moment)
        self.plane.set_now(moment)
        return False

    def show_tide(self, moment: float) -> None:
        """Set the plot alone, and the time."""
        tide = self.timing.tide(self.first, moment)
        self.plot.set_tide(tide)
        self.mark.set_at(float(self.timing.cutoff(self.first, moment)), tide)
        self.now.set_text(f"{1 - moment:.2f}")

    def four_planes(self) -> list[TimePlane]:
        body = self.layout.body
        room = Box(body.left, self.words_room.top + 0.2, body.right, body.top - 0.1)
        columns = 4 if body.wide else 2
        rows = 4 // columns
        width, height = room.width / columns, room.height / rows
        planes, self.names = [], []
        for k, schedule in enumerate(SCHEDULES):
            row, column = divmod(k, columns)
            left, top = room.left + column * width, room.top - row * height
            box = Box(left + 0.55, top - height + 0.5, left + width - 0.15, top - 1.05)
            plane = self.plane_of(schedule, box).show_zone()
            name = theme.words(schedule.name, weight="medium")
            name.next_to([0, top - 0.05, 0], DOWN, buff=0).align_to(plane.frame, LEFT)
            numbers = paragraph(
                schedule.numbers,
                plane.frame.width,
                size=theme.SMALL,
                colour=theme.palette.quiet,
                centred=False,
            )
            numbers.next_to(name, DOWN, buff=0.1).align_to(plane.frame, LEFT)
            self.names += [name, numbers]
            planes.append(plane)
        return planes
