"""Pictures and what is measured of them: waves and spectrum of one, curves and power law of many.

Power is the mean over a picture's colours, and frequency is in cycles per image.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np

import spectral
from manim_spectral.sources.material import SIDE, NamedPicture
from manim_spectral.views.spectra import SignalSpectra
from spectral import FrequencyUnit, InputError

ROUNDING = 1e-18  # of all power: what is weaker is none
FAINTEST = 0.02  # of a spectrum's points are black in its picture
BRIGHT = 3.0  # dB from which the cross of a spectrum stands out


class PictureWaves:
    """One picture, its waves and its spectrum.

    Attributes
    ----------
    power
        (SIDE, SIDE) in the DFT's order.
    n_waves
        How many there are.
    """

    def __init__(self, shown: NamedPicture) -> None:
        self.pixels, self.name = shown.pixels, shown.name
        self.power = spectral.periodogram(self.pixels).mean(axis=0)
        self.n_waves = int(spectral.wave_ranks((SIDE, SIDE)).max())

    def waves(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The last of the first `count` waves, at full contrast, and the sum of them all."""
        below, upto = (spectral.wave_sum(self.pixels, count=n) for n in (count - 1, count))
        wave = upto - below
        return wave / max(np.abs(wave).max(), 1e-12), upto

    @property
    def outlines(self) -> np.ndarray:
        """The picture with all its waves equally strong; three standard deviations fill the range."""
        equal = spectral.equal_waves(self.pixels)
        return equal / (3 * equal.std())

    @property
    def magnitudes(self) -> np.ndarray:
        """(SIDE, SIDE) from -1 to 1: their logarithm, low frequencies in the middle."""
        power = self.power.copy()
        power[0, 0] = power.ravel()[1:].max()  # the mean, which is no wave
        log_power = np.log(np.maximum(power, ROUNDING * power.max()))
        low, high = np.quantile(log_power, FAINTEST), log_power.max()
        return spectral.centred(2 * (log_power - low) / (high - low) - 1)

    @property
    def phases(self) -> np.ndarray:
        """(SIDE, SIDE) from -1 to 1, half a turn to either side: those of the brightness."""
        return spectral.centred(spectral.phase_spectrum(self.pixels.mean(axis=0))) / np.pi

    def slice(self, angle: float) -> np.ndarray:
        """(rings,) power along a line through the middle of the spectrum."""
        return spectral.directional_slice(self.power, angle=angle).without_dc().power

    @property
    def has_cross(self) -> bool:
        """Whether the axes of the spectrum shine, and would not if the picture's borders met."""
        periodic = spectral.periodogram(spectral.periodic_part(self.pixels)).mean(axis=0)
        shining, without = _cross(self.power), _cross(periodic)
        return shining > BRIGHT and shining - without > BRIGHT


def _cross(power: np.ndarray) -> float:
    """By how many dB the brighter axis stands over the diagonals, in the upper two octaves."""

    def decibels(angle: float) -> float:
        upper = spectral.directional_slice(power, angle=angle).from_frequency(1 / 8)
        return float(10 * np.log10(upper.power).mean())

    across, first, up, second = (decibels(quarter * np.pi / 4) for quarter in range(4))
    return max(across, up) - (first + second) / 2


class Collection(SignalSpectra):
    """Pictures, and their radially averaged spectra.

    Parameters
    ----------
    shown
        The pictures.

    Raises
    ------
    InputError
        If a picture has no power at some frequency, as one of a single colour.
    """

    # Single directions reach beyond their mean.
    air: ClassVar[dict[str, float]] = {"below": 1 / 4, "above": 4.0, "dynamic_range": 2.5e-9}

    def __init__(self, shown: list[NamedPicture]) -> None:
        self.shown = shown
        rings = spectral.rapsd(np.stack([picture.pixels for picture in shown])).channel_mean()
        each = rings.without_dc().in_unit(FrequencyUnit.per("image", SIDE))
        for picture, row, total in zip(shown, each.power, rings.power.sum(axis=-1), strict=True):
            if not (row > ROUNDING * total).all():
                raise InputError(
                    f"{picture.name}: found no power at some frequencies, expected a picture with detail"
                )
        super().__init__(each, bands=spectral.octave_bands((SIDE, SIDE)))

    @cached_property
    def exponents(self) -> list[float]:
        """Each picture's own."""
        return [spectral.fit_power_law(replace(self.each, power=row)).exponent for row in self.power]
