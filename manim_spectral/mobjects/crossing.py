"""Crossing: where a plot's curve meets its water."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, UP, Dot, Line, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot


class Crossing(VGroup):
    """Where a plot's curve meets its water: a dot, and a line down to the frequency. It joins the plot."""

    def __init__(self, plot: SpectrumPlot) -> None:
        self.plot = plot
        self.drop = Line(DOWN, UP).set_stroke(theme.palette.signal, theme.HAIR)
        self.dot = Dot(radius=0.08, color=theme.palette.signal)
        super().__init__(self.drop, self.dot)
        plot.add(self)

    def set_at(self, freq: float, power: float) -> Self:
        """Stand there; at 0 the whole curve is under water, and there is nothing to mark."""
        place = self.plot.point(max(freq, self.plot.freq[0]), power)
        foot = np.array([place[0], self.plot.frame.get_bottom()[1] - 1e-6, 0])
        self.drop.put_start_and_end_on(foot, place)
        self.dot.move_to(place)
        self.drop.set_stroke(opacity=float(freq > 0))
        self.dot.set_fill(opacity=float(freq > 0))
        return self
