"""One picture going under in noise: the numbers of the chapter about the rising tide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

import spectral
from manim_spectral.views.run_view import DYNAMIC_RANGE
from spectral import Band, InputError, PowerSpectrum

NOTHING = 1e-6  # of the noise's power: what is weaker is rounding
SEED = 0  # of the noise


@dataclass(frozen=True)
class Words:
    """What the beats say of a picture: headlines, sentences and captions."""

    picture: str
    said: str
    told: str
    rise: str
    drown: str
    drowned: str
    why: str
    answer: str
    reason: str


USUAL = Words(
    picture="A picture is strong in coarse shapes, weak in detail",
    said="From the coarsest shapes to the finest detail, {falls}.",
    told="A picture is strong in coarse shapes and weak in detail. From coarsest to finest {falls}.",
    rise="Noise rises like a tide: detail drowns first",
    drown="The coarsest shapes drown last",
    drowned="The tide rises on. The coarsest shapes drown last; then there is only noise.",
    why="Why noise hides detail first",
    answer="Detail is weak, noise is equally strong everywhere: so noise drowns detail first.",
    reason="Why does noise hide detail first? Detail is weak. Noise is equally strong everywhere. So it "
    "drowns detail first, and coarse shapes last.",
)
UNUSUAL = Words(  # of a picture whose detail is not weak, be it noise itself
    picture="This picture is not weak in detail",
    said="Most pictures are far weaker in detail than in coarse shapes. This one is not.",
    told="Most pictures are far weaker in detail than in coarse shapes. This one is not.",
    rise="Noise rises like a tide: what is weak drowns first",
    drown="What is strongest drowns last",
    drowned="The tide rises on. What is strongest drowns last; then there is only noise.",
    why="Noise hides what is weak first",
    answer="Noise is equally strong everywhere: it drowns what is weak first. In most pictures, detail.",
    reason="Noise is equally strong everywhere, so it drowns first what is weak. In most pictures that is "
    "detail; in this one it is not.",
)


class NoisyPicture:
    """A picture, white noise of one seed, and what both are at any noise level, ``picture + sigma noise``.

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
        self.noise = spectral.noised(np.zeros_like(picture), sigma=1.0, seed=SEED)
        self.bands = spectral.octave_bands(picture.shape[-2:])
        self.edges = self.side * np.array([band.low for band in self.bands] + [self.bands[-1].high])
        self.freq, self.power = self.side * spectral.rapsd(picture).freq[1:], self.power_of(picture)
        top = self.power.max()
        self.power_range = (max(0.4 * self.power.min(), DYNAMIC_RANGE * top), 4 * top)

    @property
    def _visible(self) -> np.ndarray:
        """The power, cut where the plot's axis ends."""
        return np.maximum(self.power, self.power_range[0])

    @property
    def fall(self) -> float:
        """How many times weaker the finest detail is than the coarsest shapes."""
        return float(self._visible[0] / self._visible[-1])

    def words(self, freq: float, sigma: float) -> Words:
        """What can be said of this picture, looked at below and above a frequency with this noise."""
        below, above = self.over_noise(freq, sigma)
        if below > 1 > above and self.fall > 1:
            falls = f"its power falls {plain(self.fall)} times"
            return replace(USUAL, said=USUAL.said.format(falls=falls), told=USUAL.told.format(falls=falls))
        return UNUSUAL

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Marks of the frequency axis."""
        marks = 2 ** np.arange(int(np.log2(self.freq[-1])) + 1)
        return [(float(mark), str(mark)) for mark in marks]

    def power_of(self, picture: np.ndarray) -> np.ndarray:
        """(n,) power at `freq`."""
        return spectral.rapsd(picture).power.mean(axis=0)[1:]

    def noisy(self, sigma: float) -> np.ndarray:
        """The picture with noise of this standard deviation."""
        return self.picture + sigma * self.noise

    def cutoff(self, sigma: float) -> float:
        """The largest frequency at which the picture's own power stands above the noise's, sigma^2; 0 where
        none does. Where its spectrum rises for a while, some of what is below may be under water too."""
        spectrum = PowerSpectrum(self.freq, self.power)
        return float(spectral.f_max(spectrum, 1.0, sigma))

    def kept(self, sigma: float) -> np.ndarray:
        """All of the picture up to the cut-off, and nothing beyond."""
        return spectral.low_pass(self.picture, self.cutoff(sigma) / self.side)

    def level(self, freq: float) -> float:
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
        return tuple(signal / noise)

    def _halves(self, freq: float) -> list[Band]:
        cut = [0.5 / self.side, freq / self.side, 1.0]
        return [Band(low, high) for low, high in pairwise(cut)]


def plain(times: float) -> str:
    """A ratio to one significant figure: "60 000"."""
    power = 10 ** np.floor(np.log10(times))
    return f"{round(times / power) * power:,.0f}".replace(",", "\u202f")


def strength(ratio: float) -> str:
    """Which of a part and the noise is the stronger, in words."""
    if ratio >= 1:
        return f"{figure(ratio)} times as strong as the noise: they stand out"
    if ratio < NOTHING:
        return "nothing of the picture is here"
    return f"the noise is {figure(1 / ratio)} times as strong: it drowns"


def figure(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
