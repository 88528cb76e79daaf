"""Two forms of iterative refinement: one symbol after another, or everything at once, to the same picture.

    manim -pql scenes/refinement.py

The diffusion run is that of the sampling scene. The autoregressive walk writes the DCT coefficients of the
run's last picture, low frequencies first; its estimates are exact conditional means (see
`spectral.theory.walk`).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from manim import DOWN, UP, FadeIn, FadeOut, Group, Mobject, Transform, VGroup, smooth, squish_rate_func

import spectral
from manim_spectral import theme
from manim_spectral.chapters.refinement.coefficient_plane import CoefficientPlane
from manim_spectral.chapters.refinement.measures import WalkMeasures
from manim_spectral.chapters.refinement.method_display import MethodDisplay
from manim_spectral.chapters.refinement.numbered_words import NumberedWords
from manim_spectral.chapters.refinement.wave_sum import WaveSum
from manim_spectral.mobjects.figures import give_or_take
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.mobjects.picture import Picture, PicturePanel, fitted
from manim_spectral.mobjects.readout import Readout
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.layout import Box
from manim_spectral.stage.run_stage import origin_words
from manim_spectral.stage.stage import Clock, Stage
from manim_spectral.views.modality import run_view
from spectral import InputError, Trajectory

NOTE = 0.7  # room of two lines of words
SENTENCE = 44  # its size of type


class Refinement(Stage):
    """Both ways at a glance; symbols; the walk; the run; both side by side; how much alike they are."""

    opening_time, solo_time, together_time = 4.0, 7.0, 9.0  # seconds of the clocks
    reading_time = 5.4
    sentence = "An autoregressive model writes one word after another"
    n_waves = 8  # that are shown one by one

    def construct(self) -> None:
        trajectory = recordings.stage_trajectories(self.settings, "image").main
        with settings.one_line_errors():
            self.set_the_stage(suited(trajectory))
        self.two_ways()
        self.symbols()
        self.waves()
        self.writing()
        self.diffusion()
        self.together()
        self.relatives()

    # -- the stage ----------------------------------------------------------------------------------------

    def set_the_stage(self, trajectory: Trajectory) -> None:
        """Measure both ways, and make what shows each of them in its half of the body."""
        self.run = run = run_view(trajectory)
        self.walked = walked = WalkMeasures(trajectory.sample, run.bands)
        explained = spectral.mirrored_explained(trajectory.denoised, trajectory.sample, run.bands)
        self.softness = (walked.softness, spectral.softness(explained, run.bands))
        self.alike = run.order_words == run.low_first
        self.run_words = origin_words(run, source=trajectory.source, model=trajectory.model)
        self.walk_words = " · ".join(
            filter(None, (trajectory.source, "exact conditional means under a Gaussian prior", run.note))
        )
        self.plane = CoefficientPlane(
            walked.walk.rank, band=walked.band, size=walked.size, count=len(run.bands), height=1
        )
        halves = self.halves()
        room = {"width": halves[0].width, "height": halves[0].height}
        self.walk = MethodDisplay(
            "Autoregression",
            readout=Readout("symbol", places=len(str(walked.total)), after=f"of {walked.total}"),
            pictures={"symbols written": self.plane, "the picture so far": self.picture()},
            explained=walked.explained,
            times=walked.times,
            ends=("first symbol", "last"),
            **room,
        ).move_to(halves[0].centre)
        self.diffused = MethodDisplay(
            "Diffusion",
            readout=Readout("step", places=len(str(run.n_steps)), after=f"of {run.n_steps}"),
            pictures={"the sampler holds": self.picture(), "the model expects": self.picture()},
            explained=explained,
            times=run.times,
            ends=("noise", run.noun),
            **room,
        ).move_to(halves[1].centre)

    def halves(self) -> tuple[Box, Box]:
        """The body cut in two, side by side where that leaves more room."""
        body = self.layout.body
        return body.columns(0.8) if body.wide else body.rows(0.45)

    def picture(self, width: float = 1.0, height: float = 1.0) -> Picture:
        """The final picture, in a room."""
        return fitted(self.run.seen(self.run.trajectory.sample), width, height)

    def written(self, count: int) -> np.ndarray:
        """What the walk expects after `count` symbols, as it is shown."""
        return self.run.seen(self.walked.walk.estimate(count))

    def held(self, moment: float) -> tuple[np.ndarray, np.ndarray]:
        """What the run holds and what the model expects at a moment of the clock; last, the sample."""
        if moment >= 1:
            return (self.run.seen(self.run.trajectory.sample),) * 2
        return tuple(view.at(self.run.step_at(moment)) for view in self.run.views)

    def show_walk(self, moment: float) -> None:
        count = self.walked.count_at(moment)
        self.plane.set_count(count)
        self.walk.panels[1].set_array(self.written(count))
        self.walk.readout.set_text(f"{count:>{len(str(self.walked.total))}}")
        self.walk.shares.set_now(moment)

    def show_run(self, moment: float) -> None:
        self.diffused.set_pictures(*self.held(moment))
        self.diffused.readout.set_text(f"{self.run.step_at(moment) + 1:>{len(str(self.run.n_steps))}}")
        self.diffused.shares.set_now(moment)

    def run_clock(self, *moving: Mobject, show: Callable[[float], object], seconds: float) -> None:
        """Show what the clock decides from 0 to 1 on things that lie on top of all others."""

        def every_frame(moment: float) -> bool:
            show(moment)
            return False

        self.play(Clock(self, stills=Group(), movers=Group(*moving), show=every_frame, run_time=seconds))

    def change(self, headline: str, *entering: Mobject) -> None:
        """All but the heading leaves, then a new headline and new things come."""
        if gone := self.others():
            self.play(FadeOut(*gone), run_time=0.4)
        self.play(*self.headline(headline), *map(FadeIn, entering), run_time=0.7)

    def note(self, text: str) -> VGroup:
        """Words at the foot of the body, in as many lines as they need."""
        room = self.layout.body
        note = paragraph(text, room.width)
        return note.move_to(room.centre).set_y(room.bottom, direction=DOWN)

    # -- the beats ----------------------------------------------------------------------------------------

    def two_ways(self) -> None:
        # The viewer sees: the same photograph come about twice, out of a blur and out of noise.
        self.beat(
            "two ways",
            "Two ways to make the same picture, little by little: one piece after another, or all at once.",
        )
        room = self.layout.body
        boxes = room.columns(0.8) if room.width > room.height else room.rows(0.45)
        self.openers = []
        for box, words in zip(boxes, ("one piece after another", "everything at once"), strict=True):
            title = theme.words(words, size=1.2 * theme.BODY)
            panel = PicturePanel(self.picture(box.width, box.height - 0.5), title=title)
            self.openers.append(panel.move_to(box.centre))

        def show(moment: float) -> None:
            self.openers[0].set_array(self.written(self.walked.count_at(moment)))
            self.openers[1].set_array(self.held(moment)[0])

        show(0.0)
        footer = self.sign(self.run_words, "measured")
        self.change(f"Two ways to make a {self.run.noun}, little by little", *self.openers, footer)
        self.run_clock(*[panel.picture for panel in self.openers], show=show, seconds=self.opening_time)
        self.wait(1)

    def symbols(self) -> None:
        # The viewer sees: a sentence, written word after word, numbered.
        self.beat(
            "symbols",
            "An autoregressive model writes one symbol after another, and never goes back. "
            "In a text the symbols are words.",
        )
        room = self.layout.body
        self.words = NumberedWords(self.sentence, size=SENTENCE, width=room.width).move_to(room.centre)
        footer = self.sign("a sentence", "illustration")
        self.change("Autoregression: one symbol after another", self.words[0], footer)
        for word in self.words[1:]:
            self.play(FadeIn(word), run_time=0.3)
        self.wait(2.4)

    def waves(self) -> None:
        # The viewer sees: the first waves of the photograph, one after another, and what they add up to.
        self.beat(
            "waves",
            "A picture can be written so too. Its symbols can be waves: the mean brightness first, "
            "then coarse waves, then finer and finer ones.",
        )
        room = self.layout.body
        small = NumberedWords(self.sentence, size=1.2 * theme.HEADING, width=room.width)
        small.move_to(room.centre).set_y(room.top, direction=UP)
        below = Box(room.left, room.bottom, room.right, small.get_bottom()[1] - 0.4)
        self.terms = terms = WaveSum(
            self.first_waves(),
            whole=self.written(0),
            title="their sum so far",
            width=below.width,
            height=below.height,
        ).move_to(below.centre)
        footer = self.sign(self.walk_words, "closed form")
        self.play(
            FadeOut(*self.others(self.words)),
            *self.headline("A picture's symbols can be waves"),
            Transform(self.words, small),
            FadeIn(terms.total, footer, rate_func=squish_rate_func(smooth, 0.6, 1)),
            run_time=1,
        )
        for number, tile in enumerate(terms.tiles):
            terms.total.set_array(self.written(number + 1))
            self.play(FadeIn(tile), run_time=0.5)
        self.wait(2)

    def first_waves(self) -> list[np.ndarray]:
        """What each of the first symbols adds: the mean brightness as it is, the waves at one gain."""
        sums = [self.written(count) for count in range(1, self.n_waves + 1)]
        waves = [after - before for before, after in pairwise(sums)]
        gain = 0.9 / max(1e-6, *(np.abs(wave).max() for wave in waves))
        return [sums[0], *(gain * wave for wave in waves)]

    def writing(self) -> None:
        # The viewer sees: the plane of all waves filling from coarse to fine, and the photograph appear.
        self.beat(
            "writing",
            "Wave by wave, coarse ones first, the picture appears. Waves not yet written are expected to be "
            "zero: that is the best guess under a Gaussian prior.",
        )
        self.solo(
            self.walk,
            self.show_walk,
            headline=f"{self.walked.total:,} waves, written from coarse to fine",
            footer=self.sign(self.walk_words, "closed form"),
            note="Each cell is a wave, coarse at the top left, fine outwards: "
            "coloured by its band, bright where it is strong.",
        )

    def diffusion(self) -> None:
        # The viewer sees: the same photograph come out of noise, all of it at once.
        self.beat(
            "diffusion",
            "A diffusion model starts from noise and refines everything at every step. "
            "Beside it, what the model expects to find.",
        )
        self.solo(
            self.diffused,
            self.show_run,
            headline="Diffusion: everything at once, out of noise",
            footer=self.sign(self.run_words, "measured"),
            note="Every step touches every pixel and every wave.",
        )

    def solo(
        self,
        way: MethodDisplay,
        show: Callable[[float], None],
        *,
        headline: str,
        footer: VGroup,
        note: str,
    ) -> None:
        """One way alone, large, from its beginning to its end."""
        body, words = self.layout.body, self.note(note)
        room = Box(body.left, body.bottom + NOTE, body.right, body.top)
        way.enlarge(width=room.width, height=room.height, centre=room.centre)
        show(0.0)
        parts = (way.title, way.readout, *way.panels)
        self.change(headline, footer, words, *parts)
        self.run_clock(*way.moving[:-1], show=show, seconds=self.solo_time)
        self.wait(1.2)

    def together(self) -> None:
        # The viewer sees: both at once, and below each how much of every band is there.
        self.beat(
            "together",
            "Side by side. Each row is a band of waves, coarse ones at the bottom; it lights up as the band "
            "gets written." + (" Both go from coarse to fine." if self.alike else ""),
        )
        for way, show in ((self.walk, self.show_walk), (self.diffused, self.show_run)):
            way.shrink()
            show(0.0)
        self.footer = self.sign(f"{self.run_words} · spectra of the mirrored pictures", "measured")
        self.change(
            "Side by side: both go from coarse to fine" if self.alike else "Side by side",
            self.walk,
            self.diffused,
            self.footer,
        )
        self.wait(1)

        def show(moment: float) -> None:
            self.show_walk(moment)
            self.show_run(moment)

        self.run_clock(*self.walk.moving, *self.diffused.moving, show=show, seconds=self.together_time)
        self.wait(1.2)

    def relatives(self) -> None:
        # The viewer sees: over how many octaves each of them writes at once.
        one, other = map(give_or_take, self.softness)
        self.beat(
            "relatives",
            f"One writes {one} octaves at once, a hard staircase; the other {other}, a soft one."
            + (" Diffusion is nearly autoregression, in frequency." if self.alike else ""),
        )
        self.figures = []
        ways = (self.walk, self.diffused)
        for way, value, shape in zip(ways, (one, other), ("hard", "soft"), strict=True):
            self.figures.append(self.figure(value, shape).move_to(way.rooms[0]))
        headline = "Closer relatives than they seem" if self.alike else "Two paths to one picture"
        footer = self.sign(f"an octave: waves twice as fine · {self.run_words}", "measured")
        self.play(
            FadeOut(*[way.panels[0] for way in ways], self.footer),
            FadeIn(footer),
            *self.headline(headline),
            run_time=0.7,
        )
        self.play(FadeIn(*self.figures), run_time=0.5)
        self.wait(self.reading_time)

    def figure(self, value: str, shape: str) -> VGroup:
        """A softness, large, and what it is."""
        number = theme.words(value, size=2 * theme.HEADING, weight="semibold")
        lines = [theme.words(text, weight="medium") for text in ("octaves", "written at once")]
        kind = theme.words(f"a {shape} staircase", size=theme.SMALL, colour=theme.palette.quiet)
        return VGroup(number, VGroup(*lines, kind).arrange(DOWN, buff=0.12)).arrange(DOWN, buff=0.22)


def suited(trajectory: Trajectory) -> Trajectory:
    """The trajectory, if it is that of a picture; else an `InputError`."""
    if trajectory.modality != "image":
        raise InputError(f"trajectory of modality {trajectory.modality!r}, expected 'image'")
    return trajectory
