"""Spectra of several signals in one plot: each, their mean, and the power law nearest to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np

import spectral
from manim_spectral.views.waveforms import hertz
from spectral import Bands, FrequencyUnit, PowerLaw, PowerSpectrum, Sound

CELLS_PER_OCTAVE = 12  # of sounds: single frequencies crowd at the high end
BEYOND = 30.0  # times the greatest power: the top of a plot, with room for words
NEAR = 1.03  # times the last frequency: a mark there is still on the axis


class SignalSpectra:
    """What a plot of several signals shows.

    Parameters
    ----------
    each
        (signals, n) power of each, at frequencies above 0 that all signals reach.
    bands
        Octaves by which the plot is coloured.
    law
        The straight line nearest to the mean, and how far it misses; fitted here where none is given.
    marks
        Frequencies to label, with their labels: those on the axis are shown. Without any, the edges of the
        octaves.
    """

    air: ClassVar[dict[str, float]] = {
        "below": 1 / 2,
        "above": BEYOND,
        "dynamic_range": 3e-7,
    }  # what a plot shows

    def __init__(
        self,
        each: PowerSpectrum,
        *,
        bands: Bands,
        law: PowerLaw | None = None,
        marks: Iterable[tuple[float, str]] | None = None,
    ) -> None:
        self.each, self.law = each, law or spectral.fit_power_law(each)
        self.freq, self.power = each.freq, each.power
        self.edges = bands.edges(each.unit)
        if marks is None:
            marks = [(edge, f"{edge:g}") for edge in self.edges.tolist()]
        self.ticks = [(at, name) for at, name in marks if self.freq[0] <= at <= NEAR * self.freq[-1]]

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
        bands, unit = spectral.sound_bands(samples, sr=sr), FrequencyUnit.hertz(sr)
        common = spectral.common_spectra([spectral.power_spectrum(s.samples[0], sr=s.sr) for s in sounds])
        audible = common.from_frequency(min(bands.edges(unit)[0], common.freq[-2]))
        cells = replace(spectral.octave_cells(audible, per_octave=CELLS_PER_OCTAVE), unit=unit)
        return cls(
            cells,
            bands=bands,
            law=spectral.fit_power_law(cells, low=cells.freq[0]),
            marks=[(middle, hertz(middle)) for middle in bands.centres(unit).tolist()],
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
        unit = FrequencyUnit.per("picture", side)
        rings = spectral.rapsd(np.stack(pictures)).without_dc().in_unit(unit)
        return cls(rings, bands=spectral.octave_bands((side, side)))

    @cached_property
    def mean(self) -> np.ndarray:
        """(n,) mean over the signals in the log domain."""
        return spectral.log_mean(self.each).power

    @property
    def axis_label(self) -> str:
        """What stands under the frequency axis."""
        return self.each.unit.name

    @property
    def power_range(self) -> tuple[float, float]:
        """From the weakest to above the strongest power of any, as far as a plot can show."""
        return self.each.visible_range(**self.air)

    def peak(self, signal: int) -> float:
        """The frequency at which a signal is strongest."""
        return float(self.freq[self.power[signal].argmax()])
