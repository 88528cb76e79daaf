"""TidePlot: spectra of a picture, of noise and of both, closed forms wide and pale under what is measured."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import VMobject

from manim_spectral import theme
from manim_spectral.chapters.tide import words
from manim_spectral.chapters.tide.measures import NoisyPicture
from manim_spectral.mobjects.legend import line_swatch
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.stage.layout import Box

HALO, PALE = 9.0, 0.35  # width and opacity of a closed form


class TidePlot(SpectrumPlot):
    """A spectrum plot with four lines more, of noise of one sigma at first.

    Attributes
    ----------
    flat, hiss
        The noise: sigma^2, and as measured.
    sum, noisy
        The picture and the noise: S + sigma^2, and as measured.
    """

    def __init__(self, seen: NoisyPicture, sigma: float, room: Box) -> None:
        super().__init__(
            seen.freq,
            edges=seen.edges,
            ticks=seen.ticks,
            power_range=seen.power_range,
            axis_label=words.AXIS,
            width=room.width,
            height=room.height,
        )
        self.seen = seen
        self.shift(room.centre - self.frame.get_center()).name_ends(*words.ENDS)
        signal, water = theme.palette.signal, theme.palette.water
        flat, hiss = np.full_like(seen.power, sigma**2), seen.power_of(sigma * seen.noise)
        both = seen.power_of(seen.noisy(sigma))
        self.flat = self.add_line(flat, colour=water, width=HALO).set_stroke(opacity=PALE)
        self.hiss = self.add_line(hiss, colour=water, width=theme.LINE)
        self.sum = self.add_line(seen.power + flat, colour=signal, width=HALO).set_stroke(opacity=PALE)
        self.noisy = self.add_line(both, colour=signal, width=theme.LINE)

    def set_sigma(self, sigma: float) -> Self:
        """Let the tide stand at sigma^2, and show what is measured of the picture with that noise."""
        self.set_tide(sigma**2)
        self.set_line(self.noisy, self.seen.power_of(self.seen.noisy(sigma)))
        return self


def thin(colour: str) -> VMobject:
    """What is measured, in a legend."""
    return line_swatch(colour, theme.LINE)


def halo(colour: str) -> VMobject:
    """A closed form in a legend: wide and pale."""
    return line_swatch(colour, HALO).set_stroke(opacity=PALE)
