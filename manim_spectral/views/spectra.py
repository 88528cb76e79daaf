"""Spectra of several sounds or spectrograms: each, their mean, and the power law nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import spectral
from manim_spectral.views.waveforms import hertz
from spectral import PowerLaw, PowerSpectrum, Sound

CELLS_PER_OCTAVE = 12  # of sounds: single frequencies crowd at the high end
DYNAMIC_RANGE = 1e-8  # what is weaker than this share of the greatest power is not shown
BEYOND = 30.0  # times the greatest power: the top of a plot, with room for words


@dataclass(frozen=True, eq=False)
class SignalSpectra:
    """What a plot of several signals shows.

    Attributes
    ----------
    freq
        (n,) frequencies that all signals reach, in the unit of `axis_label`.
    power
        (signals, n) power of each.
    mean
        (n,) their mean in the log domain.
    law
        The straight line nearest to the mean, and how far it misses.
    edges
        (bands + 1,) edges of the octaves.
    ticks
        Frequencies to label, with their labels.
    """

    freq: np.ndarray
    power: np.ndarray
    mean: np.ndarray
    law: PowerLaw
    edges: np.ndarray
    ticks: list[tuple[float, str]]
    axis_label: str

    @classmethod
    def sounds(cls, sounds: Sequence[Sound]) -> SignalSpectra:
        """Welch's spectra of sounds of one channel in twelfths of an octave, from the lowest octave of
        acoustics to the lowest Nyquist.

        Raises
        ------
        InputError
            If they have no audible frequency in common, or too few for a line.
        """
        sr, samples = min(s.sr for s in sounds), min(s.samples.shape[-1] for s in sounds)
        bands = spectral.sound_bands(samples, sr=sr)
        edges = sr * np.array([band.low for band in bands] + [bands[-1].high])
        common = spectral.common_spectra([spectral.power_spectrum(s.samples[0], sr=s.sr) for s in sounds])
        audible = common.freq >= min(edges[0], common.freq[-2])
        common = PowerSpectrum(common.freq[audible], common.power[:, audible])
        cells = spectral.octave_cells(common, per_octave=CELLS_PER_OCTAVE)
        return cls(
            freq=cells.freq,
            power=cells.power,
            mean=spectral.log_mean(cells).power,
            law=spectral.fit_power_law(cells, low=cells.freq[0]),
            edges=edges,
            ticks=_inside([(sr * band.centre, hertz(sr * band.centre)) for band in bands], cells.freq),
            axis_label="Hz",
        )

    @classmethod
    def spectrograms(cls, pictures: Sequence[np.ndarray]) -> SignalSpectra:
        """Radial averages of log-mel pictures, (mels, frames) of one size.

        Raises
        ------
        InputError
            If one of them is the same throughout, or they are too small for a line.
        """
        side = min(pictures[0].shape)
        bands = spectral.octave_bands((side, side))
        rings = spectral.rapsd(np.stack(pictures))
        spectrum = PowerSpectrum(freq=side * rings.freq[1:], power=rings.power[:, 1:])
        edges = side * np.array([band.low for band in bands] + [bands[-1].high])
        return cls(
            freq=spectrum.freq,
            power=spectrum.power,
            mean=spectral.log_mean(spectrum).power,
            law=spectral.fit_power_law(spectrum),
            edges=edges,
            ticks=_inside([(edge, f"{edge:g}") for edge in edges], spectrum.freq),
            axis_label="cycles per picture",
        )

    @property
    def power_range(self) -> tuple[float, float]:
        """From the weakest to above the strongest power of any, as far as a plot can show."""
        top = BEYOND * float(self.power.max())
        return max(float(self.power.min()) / 2, DYNAMIC_RANGE * top), top

    def peak(self, signal: int) -> float:
        """The frequency at which a signal is strongest."""
        return float(self.freq[self.power[signal].argmax()])


def _inside(ticks: list[tuple[float, str]], freq: np.ndarray) -> list[tuple[float, str]]:
    return [(at, name) for at, name in ticks if freq[0] <= at <= 1.03 * freq[-1]]
