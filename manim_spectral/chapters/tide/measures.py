"""One picture going under in noise: the numbers of the chapter about the rising tide."""

from __future__ import annotations

import numpy as np

import spectral
from spectral import Bands, FrequencyUnit, InputError

SEED = 0  # of the noise


class NoisyPicture:
    """A picture, white noise of one seed, and what both are together, ``picture + sigma noise``.

    Frequencies are in cycles per picture, and power is the mean over the colour channels.

    Parameters
    ----------
    picture
        (3, side, side) in [-1, 1].
    name
        What it is called in messages.

    Attributes
    ----------
    freq, power
        The picture's own spectrum without DC, (n,) each.
    edges
        (bands + 1,) edges of its octaves.

    Raises
    ------
    InputError
        If the picture has the same value throughout.
    """

    def __init__(self, picture: np.ndarray, *, name: str) -> None:
        if (picture == picture[..., :1, :1]).all():
            raise InputError(f"{name}: found the same value throughout, expected a picture")
        self.picture, self.side = picture, picture.shape[-1]
        self.unit = FrequencyUnit.per("image", self.side)
        self.noise = spectral.noised(np.zeros_like(picture), sigma=1.0, seed=SEED)
        self.bands = spectral.octave_bands(picture.shape[-2:])
        self.edges = self.bands.edges(self.unit)
        self.spectrum = spectral.rapsd(picture).without_dc().channel_mean().in_unit(self.unit)
        self.freq, self.power = self.spectrum.freq, self.spectrum.power
        self.power_range = self.spectrum.visible_range()

    @property
    def _visible(self) -> np.ndarray:
        """The power, cut where the plot's axis ends."""
        return np.maximum(self.power, self.power_range[0])

    @property
    def fall(self) -> float:
        """How many times weaker the finest detail is than the coarsest shapes."""
        return float(self._visible[0] / self._visible[-1])

    def is_weak_in_detail(self, freq: float, sigma: float) -> bool:
        """Whether it stands out of this noise below a frequency, drowns above it, and falls on the whole."""
        below, above = self.over_noise(freq, sigma)
        return below > 1 > above and self.fall > 1

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Marks of the frequency axis."""
        marks = 2 ** np.arange(int(np.log2(self.freq[-1])) + 1)
        return [(float(mark), str(mark)) for mark in marks]

    def power_of(self, picture: np.ndarray) -> np.ndarray:
        """(n,) power at `freq`."""
        return spectral.rapsd(picture).without_dc().channel_mean().power

    def noisy(self, sigma: float) -> np.ndarray:
        """The picture with noise of this standard deviation."""
        return self.picture + sigma * self.noise

    def cutoff(self, sigma: float) -> float:
        """The largest frequency at which the picture's own power stands above the noise's, sigma^2; 0 where
        none does. Where its spectrum rises for a while, some of what is below may be under water too."""
        return float(spectral.f_max(self.spectrum, 1.0, sigma))

    def kept(self, sigma: float) -> np.ndarray:
        """All of the picture up to the cut-off, and nothing beyond."""
        return spectral.low_pass(self.picture, self.cutoff(sigma), unit=self.unit)

    def sigma_at(self, freq: float) -> float:
        """The sigma whose tide has all but reached the picture's spectrum at a frequency."""
        power = np.exp(np.interp(np.log(freq), np.log(self.freq), np.log(self._visible)))
        return float(np.sqrt(0.999 * power))

    def halves(self, freq: float) -> tuple[np.ndarray, np.ndarray]:
        """The picture below a frequency, and the rest: its detail."""
        below, above = np.moveaxis(spectral.split(self.picture, self._halves(freq)), -3, 0)
        return below, above

    def over_noise(self, freq: float, sigma: float) -> tuple[float, float]:
        """By how many times the picture's power exceeds the noise's, below a frequency and above it."""
        bands = self._halves(freq)
        # Without the mean, which is no shape.
        shapes = self.picture - self.picture.mean(axis=(-2, -1), keepdims=True)
        signal, noise = (spectral.band_power(x, bands).sum(axis=0) for x in (shapes, sigma * self.noise))
        below, above = signal / noise
        return float(below), float(above)

    def _halves(self, freq: float) -> Bands:
        return Bands.between([0.5, freq, self.side], unit=self.unit)
