"""Pictures and what is measured of them: waves and spectrum of one, curves and power law of many.

Power is the mean over a picture's colours, and frequency is in cycles per image.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

import spectral
from manim_spectral.sources.material import SIDE, NamedPicture
from spectral import InputError, PowerLaw, PowerSpectrum

ROUNDING = 1e-18  # of all power: what is weaker is none
BEYOND = 4.0  # times the greatest and a share of the least power of a curve: the range of a plot
DYNAMIC_RANGE = 1e-8  # of the greatest power: what is weaker is cut at the plot's edge
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
        return spectral.directional_slice(self.power, angle=angle).power[1:]

    @property
    def has_cross(self) -> bool:
        """Whether the axes of the spectrum shine, and would not if the picture's borders met."""
        periodic = spectral.periodogram(spectral.periodic_part(self.pixels)).mean(axis=0)
        shining, without = _cross(self.power), _cross(periodic)
        return shining > BRIGHT and shining - without > BRIGHT


def _cross(power: np.ndarray) -> float:
    """By how many dB the brighter axis stands over the diagonals, in the upper two octaves."""

    def level(angle: float) -> float:
        return 10 * np.log10(spectral.directional_slice(power, angle=angle).power[SIDE // 8 :]).mean()

    across, first, up, second = (level(quarter * np.pi / 4) for quarter in range(4))
    return max(across, up) - (first + second) / 2


class Collection:
    """Pictures, and their radially averaged spectra.

    Attributes
    ----------
    freq
        (rings,) rising, above 0.
    power
        (pictures, rings).

    Raises
    ------
    InputError
        If a picture has no power at some frequency, as one of a single colour.
    """

    def __init__(self, shown: list[NamedPicture]) -> None:
        self.shown = shown
        rings = spectral.rapsd(np.stack([picture.pixels for picture in shown]))
        power = rings.power.mean(axis=1)
        for picture, row in zip(shown, power, strict=True):
            if not (row[1:] > ROUNDING * row.sum()).all():
                raise InputError(
                    f"{picture.name}: found no power at some frequencies, expected a picture with detail"
                )
        self.freq, self.power = rings.freq[1:] * SIDE, power[:, 1:]

    @property
    def edges(self) -> list[float]:
        """Of the octave bands."""
        bands = spectral.octave_bands((SIDE, SIDE))
        return [SIDE * edge for edge in (*(band.low for band in bands), bands[-1].high)]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        return [(edge, f"{edge:g}") for edge in self.edges if edge <= self.freq[-1]]

    @property
    def power_range(self) -> tuple[float, float]:
        """Room for every curve, and some for single directions, which reach beyond their mean."""
        highest = self.power.max()
        return max(self.power.min(), DYNAMIC_RANGE * highest) / BEYOND, highest * BEYOND

    @cached_property
    def mean(self) -> np.ndarray:
        """(rings,) mean over the pictures in the log domain."""
        return spectral.log_mean(PowerSpectrum(self.freq, self.power)).power

    @cached_property
    def law(self) -> PowerLaw:
        """The line nearest to the mean."""
        return spectral.fit_power_law(PowerSpectrum(self.freq, self.power))

    @cached_property
    def exponents(self) -> list[float]:
        """Each picture's own."""
        return [spectral.fit_power_law(PowerSpectrum(self.freq, row)).exponent for row in self.power]
