"""WordRows and BandRows: what stands there after each step, one row a step, the last one whole."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, ManimColor, Square, VGroup, interpolate_color

from manim_spectral import theme
from manim_spectral.mobjects.lines import on_line

GAP = 0.05  # between cells
SPACE = 0.4  # between words, in units of their size
LARGEST = 20  # type size of a sentence
FILLED = 0.77  # of a row, by its type size


class WordRows(VGroup):
    """A sentence as it is written, one word a step; each row's new word stands out.

    Parameters
    ----------
    width, height
        Room for all rows.
    """

    def __init__(self, sentence: str, *, width: float, height: float) -> None:
        said = sentence.split()
        size = min(LARGEST, FILLED * height / len(said) * theme.PIXELS_PER_UNIT)
        size = min(size, theme.BODY * width / theme.words(sentence).width)
        space = SPACE * size / theme.PIXELS_PER_UNIT
        super().__init__()
        for k in range(len(said)):
            row, left = VGroup(), -width / 2
            foot = height * (0.5 - (k + 0.75) / len(said))
            for word in said[: k + 1]:
                colour = theme.palette.signal if word is said[k] else theme.palette.quiet
                row.add(on_line(theme.words(word, size=size, colour=colour), left, foot))
                left = row.get_right()[0] + space
            self.add(row)


class BandRows(VGroup):
    """Bands from low (left) to high (right) as they fill up, one row a step.

    Parameters
    ----------
    explained
        (steps, bands) how much of each band is there after each step, 0 to 1.
    width, height
        Room for all rows.
    """

    def __init__(self, explained: np.ndarray, *, width: float, height: float) -> None:
        steps, bands = explained.shape
        ground = ManimColor(theme.palette.panel)
        super().__init__()
        for k, shares in enumerate(explained):
            row = VGroup()
            for b, (share, colour) in enumerate(zip(shares, theme.band_colours(bands), strict=True)):
                cell = Square(side_length=1, stroke_width=0)
                cell.stretch_to_fit_width(width / bands - GAP).stretch_to_fit_height(height / steps - GAP)
                cell.move_to(
                    (b + 0.5) * width / bands * RIGHT
                    + (k + 0.5) * height / steps * DOWN
                    + width / 2 * LEFT
                    + height / 2 * UP
                )
                row.add(cell.set_fill(interpolate_color(ground, colour, float(share)), 1))
            self.add(row)
