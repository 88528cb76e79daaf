"""ClipRow: one clip in a list: its name, its waveform, and where its spectrum peaks."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import LEFT, RIGHT, UP, Group, ManimColor

from manim_spectral import theme
from manim_spectral.mobjects.waveform import Waveform

WAITING = 0.3  # opacity of a waveform that is not being heard
HEAD = 0.32  # of the row above the waveform, where the words stand there
NAME, FOUND = 2.75, 1.1  # room for the words beside it
BESIDE_FROM = 5.0  # width of a row


class ClipRow(Group):
    """A name, a waveform, faint until `set_heard`, and at the right what was found.

    Parameters
    ----------
    samples
        (n,), drawn with its peak at the edge.
    found
        What stands at the right, in `colour`.
    """

    def __init__(
        self, samples: np.ndarray, *, name: str, found: str, colour: ManimColor, width: float, height: float
    ) -> None:
        beside = width > BESIDE_FROM
        room = (width - NAME - FOUND, height) if beside else (width, height - HEAD)
        limit = 1.05 * max(float(np.abs(samples).max()), 1e-6)
        self.picture = Waveform(samples[None], *room, limit=limit)
        self.found = theme.words(found, weight="semibold", colour=colour.to_hex())
        self.words = theme.words(name, weight="medium")
        most = NAME - 0.15 if beside else width - self.found.width - 0.2
        while self.words.width > most and len(name) > 3:
            fits = int(len(name) * most / self.words.width)
            name = name[: min(fits, len(name) - 1) - 1] + "…"
            self.words = theme.words(name, weight="medium")
        left, right = self.picture.get_left(), self.picture.get_right()
        if beside:
            left, right = left + NAME * LEFT, right + FOUND * RIGHT
        else:
            left, right = (side + (height / 2) * UP for side in (left, right))
        self.words.move_to(left, aligned_edge=LEFT)
        self.found.move_to(right, aligned_edge=RIGHT)
        super().__init__(self.picture, self.words, self.found)
        self.set_heard(False)

    def set_heard(self, heard: bool) -> Self:
        """Bring the waveform forward."""
        self.picture.set_opacity(1.0 if heard else WAITING)
        return self
