"""What opens and closes the film: a picture's own spectrum, the tide running out over it, and what of the
picture stands out of the water."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import numpy as np
from manim import Group

import spectral
from manim_spectral.mobjects.emblem import Emblem
from manim_spectral.mobjects.picture import Picture
from manim_spectral.sources.material import NamedPicture
from manim_spectral.sources.settings import one_line_errors
from manim_spectral.stage.layout import Box
from spectral import FrequencyUnit, InputError

GAP = 0.45
ROUNDING = 1e-9  # power that a picture of one colour may have
SMALLEST = 0.8  # height of the spectrum, as a share of the picture's, where they stand above one another


class TideEmblem(Group):
    """A picture and its spectrum, averaged over the colours, as large as a room holds both.

    The tide stands over the whole spectrum. `set_share` takes it down: the curve shines as far as the closed
    form explains it, and the picture keeps the frequencies that stand above the noise.

    Raises
    ------
    SystemExit
        With status 2, after one line on standard error, when the picture has one colour throughout.
    """

    @one_line_errors()
    def __init__(self, picture: NamedPicture, room: Box) -> None:
        self.pixels = picture.pixels
        self.unit = FrequencyUnit.per("image", self.pixels.shape[-1])
        rings = spectral.rapsd(self.pixels).without_dc().channel_mean().in_unit(self.unit)
        if not rings.power.max() > ROUNDING:
            raise InputError(f"{picture.name}: found the same value throughout, expected a picture")
        faintest, _ = rings.visible_range(below=0)
        self.rings = replace(rings, power=np.maximum(rings.power, faintest))
        beside = room.width > 1.8 * room.height
        side = min(room.height if beside else room.height / (1 + SMALLEST) - GAP, room.width)
        if beside:
            water = Box(room.left, room.bottom, room.right - side - GAP, room.top)
        else:
            water = Box(room.left, room.bottom, room.right, room.top - side - GAP)
        self.spectrum = Emblem(self.rings.freq, self.rings.power, width=water.width, height=water.height)
        self.spectrum.shift(water.centre - self.spectrum.frame.get_center())
        self.picture = Picture(self.pixels, height=side)
        self.picture.move_to(room.top_right - [side / 2, side / 2, 0])
        if not beside:
            self.picture.set_x(room.centre[0])
        super().__init__(self.picture, self.spectrum)
        self.set_share(0.0)

    def noise_at(self, share: float) -> float:
        """Noise power at a share of the tide's way down, even in log power."""
        low, high = self.spectrum.power_range
        return high * (low / high) ** share

    def set_share(self, share: float) -> Self:
        """Set the tide to a share of its way down."""
        noise = self.noise_at(share)
        explained = spectral.explained_fraction(self.spectrum.power / noise, stochastic=True)
        self.spectrum.set_tide(noise).set_shine(explained)
        cutoff = spectral.f_max(self.rings, 1.0, np.sqrt(noise))
        self.picture.set_array(spectral.low_pass(self.pixels, float(cutoff), unit=self.unit))
        return self
