"""Dial: a line through the middle of a spectrum, and the circles that it has gone round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import DOWN, PI, RIGHT, Arc, Line, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.picture import Picture


class Dial(VGroup):
    """A line in the bands' colours, red at the middle, over the picture of a centred square spectrum.

    Parameters
    ----------
    spectrum
        The picture, with zero frequency at pixel ``side // 2`` of both axes.
    edges
        (bands + 1,) band edges in cycles per picture, which are pixels of the spectrum.
    """

    def __init__(self, spectrum: Picture, *, edges: Sequence[float] | np.ndarray) -> None:
        self.spectrum = spectrum
        # To the rim: in the corners, beyond it, no line runs round.
        self.edges = np.minimum(edges, spectrum.pixel_array.shape[1] / 2)
        colours = theme.band_colours(len(edges) - 1)
        self.line = VGroup(*[Line().set_stroke(colour, theme.BOLD) for colour in 2 * colours])
        self.arcs = VGroup(*[Arc().set_stroke(colour, theme.LINE) for colour in 2 * colours])
        # A rim of the ground's colour: the line has to be seen on any picture.
        self.line.set_stroke(theme.palette.ground, 2.2 * theme.BOLD, background=True)
        self.arcs.set_stroke(theme.palette.ground, 2.2 * theme.LINE, background=True)
        super().__init__(self.arcs, self.line)
        self.set_angle(0.0)

    def set_angle(self, angle: float, *, swept: bool = False) -> Self:
        """Turn the line to an angle in radians, anticlockwise from the right; `swept` draws what lies
        between it and the right."""
        self.angle = angle
        pixel = self.spectrum.width / self.spectrum.pixel_array.shape[1]
        middle = self.spectrum.get_center() + 0.5 * pixel * (RIGHT + DOWN)
        bands = len(self.edges) - 1
        for k, (piece, arc) in enumerate(zip(self.line, self.arcs, strict=True)):
            side = PI * (k // bands)
            outward = pixel * np.array([np.cos(angle + side), np.sin(angle + side), 0.0])
            low, high = self.edges[k % bands : k % bands + 2]
            piece.clear_points()
            arc.clear_points()
            if low == high:
                continue
            piece.set_points_as_corners([middle + low * outward, middle + high * outward])
            if swept and angle > 0:
                radius = np.sqrt(low * high) * pixel
                arc.points = Arc(radius, side, min(angle, PI), arc_center=middle).points
        return self
