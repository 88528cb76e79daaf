"""The last chapter: one paradigm for language, another for the rest, and how long that may hold.

    manim -pql scenes/equilibrium.py

A diagram, after the closing thought of S. Dieleman, "Diffusion is spectral autoregression" (2024). How full
the bands of diffusion are is the closed form for power that falls as 1/f^2, at one octave a step. The last
beat is measured.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, FadeIn, FadeOut, VGroup, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.chapters.equilibrium import words
from manim_spectral.chapters.equilibrium.cards import ParadigmCards
from manim_spectral.chapters.equilibrium.ridge import Ridge
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.sources import material
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Stage
from manim_spectral.stage.tide_emblem import TideEmblem


class Equilibrium(Stage):
    """Two paradigms; what each gives up; what would lie between them; the ridge; the film's thesis."""

    step_time = 0.5  # seconds a step of writing takes
    reading_time = 2.3

    def construct(self) -> None:
        self.footer = self.sign(words.CREDIT, "illustration")
        self.cards = ParadigmCards(self.layout.body)
        self.language, self.diffusion = self.cards.language, self.cards.diffusion
        self.frequency = self.cards.frequency
        self.two_ways()
        self.prices()
        self.exact_order()
        self.ridge()
        self.balance()
        self.thesis()

    def two_ways(self) -> None:
        # The viewer sees: a sentence that grows word by word; beside it six bands that fill up all at once.
        said, pair = words.WAYS_BEAT, (self.language, self.diffusion)
        self.beat("two ways", said.caption)
        self.cards.place(*pair)
        heads = [card.head for card in pair]
        self.play(*self.headline(said.headline), FadeIn(self.footer, *heads), run_time=1)
        for rows in zip(*[card.steps for card in pair], strict=True):
            self.play(FadeIn(*rows), run_time=self.step_time)
        self.play(FadeIn(*[card.order for card in pair]), run_time=theme.FADE)
        self.wait(self.reading_time)

    def prices(self) -> None:
        # The viewer sees: at each of the two, line by line, what it gives up.
        said = words.PRICES_BEAT
        self.beat("prices", said.caption)
        self.play(*self.headline(said.headline), run_time=0.8)
        for pair in zip(self.language.traits, self.diffusion.traits, strict=True):
            self.play(FadeIn(*pair), run_time=theme.FADE)
            self.wait(1.0)
        self.wait(1)

    def exact_order(self) -> None:
        # The viewer sees: a third card between the two, the colours of one and the hard edge of the other.
        said, pair, middle = words.EXACT_ORDER_BEAT, (self.language, self.diffusion), self.frequency
        self.beat("exact order", said.caption)
        here = [card.get_center() for card in pair]
        self.cards.place(self.language, middle, self.diffusion)
        there = [card.get_center() for card in pair]
        for card, at in zip(pair, here, strict=True):
            card.move_to(at)
        moves = [card.animate.move_to(at) for card, at in zip(pair, there, strict=True)]
        self.play(*self.headline(said.headline), *moves, run_time=1.2)
        self.play(FadeIn(middle.head, middle.steps, middle.order), run_time=0.8)
        self.wait(0.8)
        for trait in middle.traits:
            self.play(FadeIn(trait), run_time=0.4)
            self.wait(0.6)
        self.wait(0.8)

    def ridge(self) -> None:
        # The viewer sees: a ball on a ridge between two valleys.
        said, room = words.RIDGE_BEAT, self.layout.body
        self.beat("ridge", said.caption)
        left, right = words.VALLEYS
        self.land = Ridge(
            here=words.HERE,
            left=left,
            right=right,
            pushes=words.PUSHES,
            width=room.width,
            height=min(room.height - 0.2, 1.1 * room.width),
        ).move_to(room.centre)
        self.clear_stage(said.headline, FadeIn(self.land))
        self.wait(self.reading_time)

    def balance(self) -> None:
        # The viewer sees: the ball pushed a little to one side, then to the other.
        self.beat("balance", words.BALANCE_CAPTION, loop=True)
        self.play_clock(
            self.land, show=lambda share: self.land.set_lean(-np.sin(2 * np.pi * share)), run_time=5
        )

    def thesis(self) -> None:
        # The viewer sees: the tide runs out once more over a picture's spectrum, and what the film has said.
        said, room, picture = words.THESIS_BEAT, self.layout.body, material.picture(self.settings)
        self.beat("thesis", said.caption)
        claim = paragraph(words.CLAIM, room.width, weight="semibold", centred=False)
        counterpoint = paragraph(words.COUNTERPOINT, room.width, colour=theme.palette.quiet, centred=False)
        self.said = VGroup(claim, counterpoint).arrange(DOWN, buff=0.18, aligned_edge=LEFT)
        foot = (room.left + self.said.width / 2, room.bottom + self.said.height / 2 + 0.1, 0)
        self.said.move_to(foot)
        above = Box(room.left, self.said.get_top()[1] + 0.35, room.right, room.top - 0.15)
        self.emblem = TideEmblem(picture, above)
        self.footer = self.sign(words.MEASURED.format(credit=words.CREDIT, picture=picture.name), "measured")
        self.clear_stage(said.headline, FadeIn(self.footer, self.emblem))
        self.play_clock(self.emblem, show=self.emblem.set_share, run_time=3)
        self.play(FadeIn(claim), run_time=theme.FADE)
        self.wait(1.4)
        self.play(FadeIn(counterpoint), run_time=theme.FADE)
        self.wait(self.reading_time + 1)

    def clear_stage(self, headline: str, *entering: FadeIn) -> None:
        """All but heading and footer leave, and something new comes."""
        leave, enter = squish_rate_func(smooth, 0, 0.5), squish_rate_func(smooth, 0.5, 1)
        for animation in entering:
            animation.rate_func = enter
        gone = FadeOut(*self.others(self.footer), rate_func=leave)
        self.play(gone, *self.headline(headline), *entering, run_time=1.2)
