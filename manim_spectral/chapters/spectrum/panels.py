"""The pictures of the chapter from a picture to its curve, and the quiet words beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, UP, Group, VGroup

from manim_spectral import theme
from manim_spectral.chapters.spectrum.layout import squares
from manim_spectral.mobjects.lines import on_line, paragraph
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import fitted
from manim_spectral.sources.material import NamedPicture
from manim_spectral.stage.layout import Box
from manim_spectral.stage.signature import cuts, longest

ABOVE = 0.17  # from a picture to the foot of its title


def panel_in(box: Box, pixels: np.ndarray, title: str) -> PicturePanel:
    """A picture in the middle of a room left for it alone, its title above."""
    picture = fitted(pixels, box.width, box.height)
    fits = longest(cuts(title), picture.width, size=theme.BODY, weight="medium")
    said = theme.words(fits, weight="medium")  # a camera's file name may be long
    panel = PicturePanel(picture, title=said)
    on_line(said, panel.frame.get_left()[0], panel.frame.get_top()[1] + ABOVE)
    return panel.shift(box.centre - panel.frame.get_center())


def frame_one(panels: Sequence[PicturePanel], chosen: int) -> None:
    """Let one panel's frame stand out of the others'."""
    for k, panel in enumerate(panels):
        colour = theme.palette.signal if k == chosen else theme.palette.rule
        panel.frame.set_stroke(colour, theme.BOLD if k == chosen else theme.HAIR)


def wall_in(room: Box, pictures: Sequence[NamedPicture]) -> Group:
    """Every picture, small."""
    boxes = squares(len(pictures), room)
    return Group(
        *[
            fitted(picture.pixels, box.width, box.height).move_to(box.centre)
            for picture, box in zip(pictures, boxes, strict=True)
        ]
    )


def note_in(box: Box, text: str) -> VGroup:
    """Quiet words at the top left of a room."""
    said = paragraph(text, 0.95 * box.width, colour=theme.palette.quiet, centred=False)
    return said.move_to(box.top_left, UP + LEFT)


def room_under(panel: PicturePanel, body: Box) -> Box:
    """Room for a line under a panel, as far as the body goes."""
    left, bottom = panel.frame.get_left()[0], panel.frame.get_bottom()[1]
    return Box(left, bottom - 0.45, body.right, bottom - 0.15)
