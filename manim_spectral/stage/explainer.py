"""ExplainerStage: what the chapters stand on that explain a plot in plain sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, FadeOut, Mobject, VGroup, VMobject

from manim_spectral import theme
from manim_spectral.mobjects.lines import on_line, paragraph
from manim_spectral.mobjects.picture import Picture, PicturePanel
from manim_spectral.mobjects.spectrum_plot import Legend, line_swatch
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Stage, exchanged

TITLE = 0.4  # room for a picture's title
HALO, PALE = 9.0, 0.35  # width and opacity of a closed form, under what is measured


class ExplainerStage(Stage):
    """A stage with one sentence and one legend at a time.

    Attributes
    ----------
    words_room
        Where sentences stand; set it before the first.
    """

    words_room: Box

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.note, self.legend = VGroup(), VGroup()

    def say(self, text: str) -> list[Animation]:
        """Animations that put a plain sentence in the old one's place."""
        old, room = self.note, self.words_room
        self.note = paragraph(text, room.width, centred=False)
        self.note.move_to(room.centre).align_to(room.top_left, LEFT)
        return exchanged(old, self.note)

    def key(self, above: Mobject, *entries: tuple[VMobject, str]) -> list[Animation]:
        """Animations that put a legend above a plot's frame in the old one's place."""
        old, self.legend = self.legend, Legend(*entries, gap=0.3)
        self.legend.next_to(above, UP, buff=0.15).align_to(above, RIGHT)
        return exchanged(old, self.legend)

    def panel(self, array: np.ndarray, title: str, box: Box, *, sigma: float = 0.0) -> PicturePanel:
        """A picture as large as the box allows. Noise has widened its range: its contrast is brought back."""
        side = min(box.width, box.height - TITLE)
        picture = Picture(array / np.hypot(1, sigma), height=side)
        panel = PicturePanel(picture, title=theme.words(title, weight="medium"))
        left, top, _ = panel.frame.get_corner(UP + LEFT)
        on_line(panel.title, left, top + 0.17)
        return panel.shift(box.centre + TITLE / 2 * DOWN - panel.frame.get_center())

    def clear_stage(self) -> list[Animation]:
        """Animations that take away everything but the headline and the footer."""
        self.note, self.legend = VGroup(), VGroup()
        return [FadeOut(*self.others(self.footer))]


def beside(room: Box, *, under: float, gap: float = 0.3) -> tuple[Box, Box]:
    """Room for two square pictures with titles side by side in the middle, and for words under them."""
    side = min((room.width - gap) / 2, room.height - under - TITLE)
    middle, low = room.centre[0], room.centre[1] + (under - TITLE - side) / 2
    left = Box(middle - gap / 2 - side, low, middle - gap / 2, low + side + TITLE)
    return left, Box(middle + gap / 2, low, middle + gap / 2 + side, low + side + TITLE)


def thin(colour: str) -> VMobject:
    """What is measured, in a legend."""
    return line_swatch(colour, theme.LINE)


def halo(colour: str) -> VMobject:
    """A closed form in a legend: wide and pale."""
    return line_swatch(colour, HALO).set_stroke(opacity=PALE)
