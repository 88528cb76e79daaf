"""WaveSum: pictures in a grid, numbered, and beside or below them a larger one of their sum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group

from manim_spectral import theme
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import fitted

GAP = 0.2  # between tiles
APART = 0.55  # between the tiles and their sum
TITLE = 0.3  # room of a number


class WaveSum(Group):
    """`tiles`, and `total` with the words over it.

    Parameters
    ----------
    pictures
        As `Picture` takes them, all of one shape.
    whole
        What `total` shows at first, of that shape.
    """

    def __init__(
        self, pictures: Sequence[np.ndarray], *, whole: np.ndarray, title: str, width: float, height: float
    ) -> None:
        shape = width / height
        beside = shape > 1
        columns = 2 if beside and shape < 1.8 else 4
        rows = -(-len(pictures) // columns)
        across = 0.55 * width if beside else width  # of the tiles
        down = height if beside else 0.5 * height
        side = min((across - (columns - 1) * GAP) / columns, (down - (rows - 1) * GAP) / rows - TITLE)
        self.tiles = []
        for number, picture in enumerate(pictures):
            words = theme.words(str(number + 1), size=theme.SMALL, colour=theme.palette.quiet)
            tile = PicturePanel(fitted(picture, side, side), title=words)
            row, column = divmod(number, columns)
            place = column * (side + GAP) * RIGHT + row * (side + GAP + TITLE) * DOWN
            self.tiles.append(tile.shift(place - tile.frame.get_corner(UP + LEFT)))
        grid = Group(*self.tiles)
        rest = (width - grid.width - APART, grid.height - TITLE)
        if not beside or shape < 1.8:
            rest = (rest[0], height - TITLE) if beside else (width, height - grid.height - APART - TITLE)
        self.total = PicturePanel(fitted(whole, *rest), title=theme.words(title, size=theme.SMALL))
        super().__init__(grid, self.total)
        self.arrange(RIGHT if beside else DOWN, buff=APART)
