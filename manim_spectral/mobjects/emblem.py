"""Emblem: a spectrum without axes, shining as far as it stands out of the water."""

from __future__ import annotations

from typing import Self

import numpy as np

from manim_spectral.mobjects.spectrum_plot import SpectrumPlot

WEIGHT = 5.0  # of the curve, manim's own unit
PIECES = 48  # of the curve, each of one colour
AIR = 3.0  # times the greatest power, and a share of the least: room above and below the curve


class Emblem(SpectrumPlot):
    """A curve in the colours of its frequencies, and the tide over it.

    Parameters
    ----------
    freq, power
        (n,) rising frequencies above zero, and the power there.
    """

    def __init__(self, freq: np.ndarray, power: np.ndarray, *, width: float, height: float) -> None:
        edges = np.geomspace(freq[0], freq[-1], PIECES + 1)
        ends = (power.min() / AIR, power.max() * AIR)
        super().__init__(
            freq, edges=edges, ticks=(), power_range=ends, axis_label="freq", width=width, height=height
        )
        self.submobjects = [self.frame, self.moving]  # no axes
        self.curve.set_stroke(width=WEIGHT)
        self.set_power(power)
        middle = np.sqrt(edges[:-1] * edges[1:])
        self.power = np.exp(np.interp(np.log(middle), np.log(freq), np.log(power)))  # (PIECES,)

    def set_shine(self, explained: np.ndarray) -> Self:
        """How strongly each piece shines, (PIECES,) from 0 to 1."""
        for piece, share in zip(self.curve, explained, strict=True):
            piece.set_stroke(opacity=float(share))
        return self
