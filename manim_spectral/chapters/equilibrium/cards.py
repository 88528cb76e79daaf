"""ParadigmCards: the three paradigms of the chapter, and where they stand."""

from __future__ import annotations

import numpy as np
from manim import VGroup

from manim_spectral.chapters.equilibrium import words
from manim_spectral.chapters.equilibrium.measures import hard_order, soft_order
from manim_spectral.chapters.equilibrium.paradigm_card import ParadigmCard
from manim_spectral.chapters.equilibrium.step_rows import BandRows, WordRows
from manim_spectral.stage.layout import Box

BANDS = len(words.SENTENCE.split())  # as many as words, so that all take as many steps


class ParadigmCards:
    """Autoregression, diffusion, and autoregression in frequency: `language`, `diffusion`, `frequency`.

    Each is as wide as a third of a wide room; in other rooms its traits stand beside what it writes.
    """

    def __init__(self, room: Box) -> None:
        self.room = room
        if room.wide:
            self.width, self.height = 3.7, 2.8
        else:
            self.width, self.height = min(4.0, 0.41 * room.width), min(2.6, room.height / 3 - 1.35)
        size = {"width": self.width, "height": self.height}
        self.language = self._card(words.LANGUAGE, WordRows(words.SENTENCE, **size))
        self.diffusion = self._card(words.DIFFUSION, BandRows(soft_order(BANDS), **size))
        self.frequency = self._card(words.FREQUENCY, BandRows(hard_order(BANDS), **size))

    def _card(self, said: words.ParadigmWords, steps: VGroup) -> ParadigmCard:
        return ParadigmCard(
            said.name,
            said.used_for,
            steps=steps,
            width=self.width,
            height=self.height,
            order=said.order,
            traits=said.traits,
            beside=not self.room.wide,
        )

    def place(self, *cards: ParadigmCard) -> None:
        """Put cards beside one another in columns, or under one another in rows, their heads in line."""
        room = self.room
        for k, card in enumerate(cards):
            if room.wide:
                middle = room.left + (k + 0.5) / len(cards) * room.width
                place = np.array([middle - self.width / 2, room.top - 0.8, 0])
            else:
                middle = room.top - (k + 0.5) / len(cards) * room.height
                place = np.array([room.left, middle + self.height / 2 + 0.4, 0])
            card.shift(place - card.corner)
