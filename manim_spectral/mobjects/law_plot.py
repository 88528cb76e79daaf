"""LawPlot: several spectra, their mean, and the straight line that comes nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from spectral import PowerLaw

LOW = 3.0  # height of a plot


class LawPlot(SpectrumPlot):
    """A spectrum plot whose curve is a mean: `singles` behind it, `line` the power law, `miss` the area
    between the two, and `words` that give the miss in numbers. `coloured` are the singles again, each in the
    bands' colours, to be shown alone.

    Parameters
    ----------
    freq, power, mean
        (n,) frequencies, (signals, n) power of each signal, and (n,) their mean.
    law
        The line, drawn over the range that it was fitted to.
    options
        Those of `SpectrumPlot`.
    """

    def __init__(
        self,
        freq: np.ndarray,
        power: np.ndarray,
        mean: np.ndarray,
        law: PowerLaw,
        *,
        meaning: Sequence[str],
        **options: Any,
    ) -> None:
        super().__init__(freq, **options)
        self.singles = VGroup(*[self.further(freq, single) for single in power])
        self.singles.set_stroke(theme.palette.quiet, theme.HAIR, opacity=0.45)
        ends, fitted = np.array([law.low, law.high]), (freq >= law.low) & (freq <= law.high)
        self.line = self.further(ends, law.at(ends)).set_stroke(theme.palette.signal, theme.LINE)
        self.miss = self.between(freq[fitted], mean[fitted], law.at(freq[fitted]))
        self.coloured = VGroup(*[self.set_power(single).curve.copy() for single in power])
        self.set_power(mean)
        number = theme.words(f"{law.residual_db:.1f} dB", size=2 * theme.HEADING, weight="semibold")
        lines = [theme.words(line, size=theme.SMALL, colour=theme.palette.quiet) for line in meaning]
        self.words = VGroup(*lines).arrange(DOWN, buff=0.1, aligned_edge=RIGHT)
        low = self.frame.height < LOW  # there they stand in one row, out of the curves' way
        self.words.next_to(number, LEFT if low else DOWN, buff=0.25 if low else 0.1)
        self.words = VGroup(number, self.words if low else self.words.align_to(number, RIGHT))
        self.words.move_to(self.frame.get_corner(UP + RIGHT) + 0.05 * (DOWN + LEFT), aligned_edge=UP + RIGHT)
        self.remove(self.moving)
        self.add(self.singles, self.coloured, self.miss, self.line, self.moving, self.words)

    @property
    def empty(self) -> VGroup:
        """Axes and labels without a curve."""
        return VGroup(self.frame, self.axes, self.labels, self.axis_label)
