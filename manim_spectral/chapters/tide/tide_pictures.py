"""What the chapter about the rising tide shows beside its plot: the picture and the noise, in panels."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group

from manim_spectral import theme
from manim_spectral.chapters.tide import words
from manim_spectral.chapters.tide.layout import TITLE, beside
from manim_spectral.chapters.tide.measures import NoisyPicture
from manim_spectral.mobjects.lines import on_line, paragraph
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import Picture
from manim_spectral.mobjects.readout import Readout
from manim_spectral.stage.layout import Box


def panel_in(box: Box, array: np.ndarray, title: str, *, sigma: float = 0.0) -> PicturePanel:
    """A picture as large as the box allows. Noise has widened its range: its contrast is brought back."""
    side = min(box.width, box.height - TITLE)
    picture = Picture(array / np.hypot(1, sigma), height=side)
    said = theme.words(title, weight="medium")
    panel = PicturePanel(picture, title=said)
    left, top, _ = panel.frame.get_corner(UP + LEFT)
    on_line(said, left, top + 0.17)
    return panel.shift(box.centre + TITLE / 2 * DOWN - panel.frame.get_center())


class TidePictures(Group):
    """The noisy picture and what of it is above water, one above the other or side by side, each with its
    number: the noise's sigma, and the frequency where the curve meets the water.

    Attributes
    ----------
    noisy, kept
        The two panels.
    sigma, cutoff
        Their numbers.
    added
        All but the noisy picture itself and its frame, which stand there before.
    """

    def __init__(self, seen: NoisyPicture, room: Box) -> None:
        stacked = room.height > room.width
        boxes = room.rows(0.3) if stacked else beside(room, under=0.4)
        self.seen = seen
        self.noisy, self.kept = (
            panel_in(box, seen.picture, title)
            for box, title in zip(boxes, (words.NOISY, words.KEPT), strict=True)
        )
        self.sigma = Readout(words.SIGMA, places=4)
        self.cutoff = Readout(words.CUTOFF, places=4, after=words.CUTOFF_UNIT)
        meanings = []
        for panel, readout, meaning in (
            (self.noisy, self.sigma, words.SIGMA_MEANING),
            (self.kept, self.cutoff, words.CUTOFF_MEANING),
        ):
            if not stacked:
                readout.next_to(panel.frame, DOWN, buff=0.15).align_to(panel.frame, LEFT)
                continue
            # Then there is room to say what the number is.
            panel.align_to(room.top_left, LEFT)
            readout.next_to(panel.frame, RIGHT, buff=0.2).align_to(panel.frame, UP)
            width, quiet = room.right - readout.get_left()[0], theme.palette.quiet
            said = paragraph(meaning, width, size=theme.SMALL, colour=quiet, centred=False)
            meanings.append(said.next_to(readout, DOWN, buff=0.2).align_to(readout, LEFT))
        self.added = Group(self.noisy.title, self.kept, self.sigma, self.cutoff, *meanings)
        super().__init__(self.noisy, self.kept, self.sigma, self.cutoff, *meanings)

    @property
    def moving(self) -> tuple[PicturePanel, PicturePanel, Readout, Readout]:
        """What changes with the noise."""
        return self.noisy, self.kept, self.sigma, self.cutoff

    def set_sigma(self, sigma: float) -> Self:
        """Show noise of this standard deviation."""
        self.noisy.set_array(self.seen.noisy(sigma) / np.hypot(1, sigma))
        self.kept.set_array(self.seen.kept(sigma))
        self.sigma.set_text(f"{sigma:.2f}" if sigma < 9.995 else f"{sigma:.1f}")
        self.cutoff.set_text(f"{self.seen.cutoff(sigma):.1f}")
        return self


class PartPictures(Group):
    """A part of the picture without and with the noise, at one contrast, and which of the two is stronger.

    Parameters
    ----------
    part
        (3, side, side) of the picture.
    ratio
        By how many times its power exceeds that of the noise at the same frequencies.
    """

    def __init__(
        self, seen: NoisyPicture, part: np.ndarray, *, name: str, ratio: float, sigma: float, room: Box
    ):
        left, right = beside(room, under=0.45)
        self.clean = panel_in(left, part, name, sigma=sigma)
        self.noisy = panel_in(right, part + sigma * seen.noise, words.WITH_NOISE, sigma=sigma)
        self.verdict = theme.words(words.strength(ratio), weight="medium")
        self.verdict.next_to(Group(self.clean.frame, self.noisy.frame), DOWN, buff=0.18)
        super().__init__(self.clean, self.noisy, self.verdict)
