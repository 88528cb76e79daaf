"""The last chapter: one paradigm for language, another for the rest, and how long that may hold.

    manim -pql scenes/equilibrium.py

A diagram, after the closing thought of S. Dieleman, "Diffusion is spectral autoregression" (2024). How full
the bands of diffusion are is the closed form for power that falls as 1/f^2, at one octave a step. The last
beat is measured.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, FadeIn, FadeOut, Group, VGroup, smooth, squish_rate_func

import spectral
from manim_spectral import theme
from manim_spectral.chapters.equilibrium.paradigm_card import ParadigmCard
from manim_spectral.chapters.equilibrium.ridge import Ridge
from manim_spectral.chapters.equilibrium.step_rows import BandRows, WordRows
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.sources import material
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock, Stage
from manim_spectral.stage.tide_emblem import TideEmblem

CREDIT = "after Sander Dieleman, 2024"
SENTENCE = "The ball rests on the ridge"
BANDS = len(SENTENCE.split())
AHEAD = 4.0  # signal over noise in the band that a step is about


def soft_order() -> np.ndarray:
    """(steps, bands) the closed form's explained fraction, where every octave has a quarter of the power of
    the one below it and every step a quarter of the noise of the one before."""
    step, band = np.ogrid[:BANDS, :BANDS]
    return spectral.explained_fraction(AHEAD * 4.0 ** (step - band), stochastic=True)


class Equilibrium(Stage):
    """Two paradigms; what each gives up; what would lie between them; the ridge; the film's thesis."""

    step_time = 0.5  # seconds a step of writing takes
    reading_time = 2.3

    def construct(self) -> None:
        self.footer = self.sign(CREDIT, "illustration")
        self.make_cards()
        self.two_ways()
        self.prices()
        self.exact_order()
        self.ridge()
        self.balance()
        self.thesis()

    # -- the beats ----------------------------------------------------------------------------------------

    def two_ways(self) -> None:
        # The viewer sees: a sentence that grows word by word; beside it six bands that fill up all at once.
        self.beat(
            "two ways",
            "Language is written by autoregression, word by word. Images, sound and video come from "
            "diffusion: everything at once, in many steps.",
        )
        pair = (self.language, self.diffusion)
        self.place(*pair)
        self.play(
            *self.headline("One way for language, another for the rest"),
            FadeIn(self.footer, *[card.head for card in pair]),
            run_time=1,
        )
        for rows in zip(*[card.steps for card in pair], strict=True):
            self.play(FadeIn(*rows), run_time=self.step_time)
        self.play(FadeIn(*[card.order for card in pair]), run_time=theme.FADE)
        self.wait(self.reading_time)

    def prices(self) -> None:
        # The viewer sees: at each of the two, line by line, what it gives up.
        self.beat(
            "prices",
            "Autoregression is bound to one order, takes a step for every word and takes nothing back. "
            "Diffusion passes over everything many times, has no exact likelihood, and keeps its order only "
            "roughly.",
        )
        self.play(*self.headline("Close relatives: each gives something up"), run_time=0.8)
        for pair in zip(self.language.traits, self.diffusion.traits, strict=True):
            self.play(FadeIn(*pair), run_time=theme.FADE)
            self.wait(1.0)
        self.wait(1)

    def exact_order(self) -> None:
        # The viewer sees: a third card between the two, the colours of one and the hard edge of the other.
        self.beat(
            "exact order",
            "Between them: autoregression over frequencies. Its order would be exact, its training that of "
            "language. It gives up the free number of steps, and guidance while sampling.",
        )
        pair = (self.language, self.diffusion)
        here = [card.get_center() for card in pair]
        self.place(self.language, self.frequency, self.diffusion)
        there = [card.get_center() for card in pair]
        for card, at in zip(pair, here, strict=True):
            card.move_to(at)
        self.play(
            *self.headline("Between them: frequency after frequency"),
            *[card.animate.move_to(at) for card, at in zip(pair, there, strict=True)],
            run_time=1.2,
        )
        self.play(FadeIn(self.frequency.head, self.frequency.steps, self.frequency.order), run_time=0.8)
        self.wait(0.8)
        for trait in self.frequency.traits:
            self.play(FadeIn(trait), run_time=0.4)
            self.wait(0.6)
        self.wait(0.8)

    def ridge(self) -> None:
        # The viewer sees: a ball on a ridge between two valleys.
        self.beat(
            "ridge",
            "Today's split rests on a ridge: in one valley autoregression makes everything, in the other "
            "diffusion does.",
        )
        room = self.layout.body
        self.land = Ridge(
            here=("today", "one way for each"),
            left=("autoregression", "for everything"),
            right=("diffusion", "for everything"),
            pushes=(("exact order", "in frequency"), ("whole texts", "refined at once")),
            width=room.width,
            height=min(room.height - 0.2, 1.1 * room.width),
        ).move_to(room.centre)
        self.clear_stage("An unstable equilibrium", FadeIn(self.land))
        self.wait(self.reading_time)

    def balance(self) -> None:
        # The viewer sees: the ball pushed a little to one side, then to the other.
        self.beat(
            "balance",
            "Writing frequencies in exact order pushes it to one side, refining whole texts at once to the "
            "other.",
            loop=True,
        )

        def show(share: float) -> bool:
            self.land.set_lean(-np.sin(2 * np.pi * share))
            return False

        self.play(Clock(self, stills=Group(), movers=Group(self.land), show=show, run_time=5))

    def thesis(self) -> None:
        # The viewer sees: the tide runs out once more over a picture's spectrum, and what the film has said.
        self.beat(
            "thesis",
            "Where power falls with frequency, diffusion is autoregression in frequency: coarse first, fine "
            "last, softly and on average. The order comes from the white noise: noise coloured like the data "
            "would lock every band at once.",
        )
        room, picture = self.layout.body, material.picture(self.settings)
        claim = paragraph(
            "Where power falls with frequency, diffusion writes coarse first, fine last: "
            "softly, and on average.",
            room.width,
            weight="semibold",
            centred=False,
        )
        counterpoint = paragraph(
            "The order comes from the white noise. Noise coloured like the data would lock every band "
            "at once (Falck et al., 2025).",
            room.width,
            colour=theme.palette.quiet,
            centred=False,
        )
        self.said = VGroup(claim, counterpoint).arrange(DOWN, buff=0.18, aligned_edge=LEFT)
        self.said.move_to([room.left + self.said.width / 2, room.bottom + self.said.height / 2 + 0.1, 0])
        above = Box(room.left, self.said.get_top()[1] + 0.35, room.right, room.top - 0.15)
        self.emerging = TideEmblem(picture, above)
        self.footer = self.sign(f"{CREDIT} · {picture.name}", "measured")
        self.clear_stage("Diffusion is spectral autoregression", FadeIn(self.footer, self.emerging))
        self.play(self.emerging.run(self, run_time=3))
        self.play(FadeIn(claim), run_time=theme.FADE)
        self.wait(1.4)
        self.play(FadeIn(counterpoint), run_time=theme.FADE)
        self.wait(self.reading_time + 1)

    # -- parts --------------------------------------------------------------------------------------------

    def make_cards(self) -> None:
        """The three paradigms, as wide as a third of a wide frame, or with their traits beside them."""
        room = self.layout.body
        self.columns = room.wide
        third = room.height / 3
        rows = {"width": min(4.0, 0.41 * room.width), "height": min(2.6, third - 1.35)}
        self.size = size = {"width": 3.7, "height": 2.8} if self.columns else rows
        language = WordRows(SENTENCE, **size)
        self.language = self.card(
            "Autoregression",
            "language",
            language,
            "word after word",
            ("− one order, fixed beforehand", "− one step for every word", "− what is written stays"),
        )
        self.diffusion = self.card(
            "Diffusion",
            "images, sound, video",
            BandRows(soft_order(), **size),
            "coarse before fine, softly",
            ("− many passes over everything", "− no exact likelihood", "− a rough order, set by the noise"),
        )
        self.frequency = self.card(
            "Autoregression in frequency",
            "DCT coefficients, or scales",
            BandRows(np.tri(BANDS), **size),
            "coarse before fine, exactly",
            (
                "+ an order exactly kept",
                "+ trained like language",
                "− a fixed number of steps",
                "− no guidance while sampling",
            ),
        )

    def card(
        self, name: str, used_for: str, steps: VGroup, order: str, traits: tuple[str, ...]
    ) -> ParadigmCard:
        return ParadigmCard(
            name, used_for, steps=steps, order=order, traits=traits, beside=not self.columns, **self.size
        )

    def place(self, *cards: ParadigmCard) -> None:
        """Put cards beside one another in columns, or under one another in rows, their heads in line."""
        room = self.layout.body
        for k, card in enumerate(cards):
            if self.columns:
                middle = room.left + (k + 0.5) / len(cards) * room.width
                place = [middle - self.size["width"] / 2, room.top - 0.8, 0]
            else:
                middle = room.top - (k + 0.5) / len(cards) * room.height
                place = [room.left, middle + self.size["height"] / 2 + 0.4, 0]
            card.shift(place - card.corner)

    def clear_stage(self, headline: str, *entering: FadeIn) -> None:
        """All but heading and footer leave, and something new comes."""
        leave, enter = squish_rate_func(smooth, 0, 0.5), squish_rate_func(smooth, 0.5, 1)
        for animation in entering:
            animation.rate_func = enter
        self.play(
            FadeOut(*self.others(self.footer), rate_func=leave),
            *self.headline(headline),
            *entering,
            run_time=1.2,
        )
