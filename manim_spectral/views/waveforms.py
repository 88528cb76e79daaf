"""Runs whose signal is a waveform: sound, or the latents of sound."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np

import spectral
from manim_spectral.views.components import Components
from manim_spectral.views.raster import wave_raster
from manim_spectral.views.run_view import HOLDS, PanelContent, RunView
from spectral import FrequencyUnit, InputError, LockIn, PowerSpectrum, Trajectory

LANES = 2  # channels drawn as they are, one above the other
CELLS_PER_OCTAVE = 6  # of the spectrum: a waveform's single frequencies scatter too much to read
WAVES = 8  # of a band's middle frequency across its picture
SHORTEST = 16  # samples
RASTER = (192, 192)  # pixels of a band's picture
NOISE_FITS = 3.5  # standard deviations of noise that a panel holds
FAR_BETTER = 0.3  # between two Kendall's taus, so that the lesser order is said not to hold
AIR = 1.05  # between the highest peak and a panel's edge


class WaveformView(RunView):
    """A run of waveforms. Bands are the standard octaves in Hz, or octaves of cycles per clip where the rate
    is not known.

    Raises
    ------
    InputError
        If the clip is too short to have a spectrum.
    """

    noun: ClassVar[str] = "sound"
    final_words: ClassVar[str] = "final sound"
    bands_are_lines: ClassVar[bool] = True
    low_first: ClassVar[str] = "low first, high last"
    aspect = 5.0

    def __init__(self, trajectory: Trajectory, *, lock: LockIn | None = None) -> None:
        samples, latent = trajectory.sample.shape[-1], trajectory.space == "latent"
        if samples < SHORTEST:
            raise InputError(f"trajectory of {samples} samples, expected {SHORTEST} or more to show")
        self.sr = None if latent else trajectory.sample_rate
        unit = FrequencyUnit.hertz(self.sr) if self.sr else FrequencyUnit.per("clip", samples)
        self.rack_words = "octaves of the estimate, " + ("in Hz" if self.sr else "by lowest cycles per clip")
        bands = None if self.sr else spectral.octave_bands((samples,))
        super().__init__(trajectory, unit=unit, bands=bands, lock=lock)
        channels = len(trajectory.sample)
        self._components = None
        if latent or channels > LANES:
            self._components = Components(trajectory.sample, count=1)
            self.note = f"PCA of {channels} {'latent ' * latent}channels"
        self._peak = AIR * max(float(np.abs(self.seen(trajectory.sample)).max()), 1e-6)

    def seen(self, signal: np.ndarray) -> np.ndarray:
        """A signal of the run, (channels, samples), with the channels that are drawn."""
        return signal if self._components is None else self._components.of(signal)

    @property
    def verdict(self) -> str:
        by_frequency, by_power = self.lock.order.frequency, self.lock.order.power
        if by_power > HOLDS:
            far_better = by_power > by_frequency + FAR_BETTER
            return f"By power, {'not' if far_better else 'and here also'} from low to high"
        return f"{'From' if by_frequency > HOLDS else 'Neither by power nor from'} low to high"

    # -- the spectrum --------------------------------------------------------------------------------------

    def spectrum_of(self, signal: np.ndarray) -> PowerSpectrum:
        """Mean power in cells of a fraction of an octave, from the lowest band's edge up."""
        lines = spectral.rapsd(signal, signal_ndim=1).without_dc().channel_mean().in_unit(self.unit)
        lines = lines.from_frequency(min(self.edges[0], lines.freq[-2]))
        return spectral.octave_cells(lines, per_octave=CELLS_PER_OCTAVE)

    @property
    def names(self) -> list[str]:
        """The middle of each octave in Hz; without a rate its lowest frequency."""
        if self.sr:
            return [hertz(middle) for middle in self.bands.centres(self.unit)]
        return [f"{low:.0f}" for low in self.edges[:-1]]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        if self.sr:
            marks = self.bands.centres(self.unit).tolist()
        else:
            octaves = int(np.log2(self.freq[-1])) + 1
            marks = list(2.0 ** np.arange(0, octaves, 1 + octaves // 10))
        inside = [mark for mark in marks if self.freq[0] <= mark <= 1.01 * self.freq[-1]]
        return [(mark, hertz(mark) if self.sr else f"{mark:.0f}") for mark in inside]

    # -- waveforms -----------------------------------------------------------------------------------------

    @property
    def views(self) -> tuple[PanelContent, PanelContent]:
        length = self.trajectory.sample.shape[-1]
        time = f"time, {length / self.sr:.2f} s" if self.sr else f"time, {length} samples"
        return (
            PanelContent("the sampler holds", "x_t", self.noisy, "waveform", across=time),
            PanelContent("the model expects", "hat(x)_0", self.estimate, "waveform", across=time),
        )

    def noisy(self, step: int) -> np.ndarray:
        """x_t at the size at which the final sound and the noise both fit."""
        t, x_t = self.trajectory, self.seen(self.scaled(step))
        if t.space == "decoded":
            return x_t / max(AIR * np.abs(x_t).max(), self._peak)
        alpha, sigma = np.array([t.alpha[step], t.sigma[step]]) / np.hypot(t.alpha[step], t.sigma[step])
        return x_t / np.hypot(alpha * self._peak, NOISE_FITS * sigma)

    def estimate(self, step: int) -> np.ndarray:
        """The denoised estimate, with the final sound's peak at the panel's edge."""
        return self.seen(self.trajectory.denoised[step]) / self._peak

    @cached_property
    def _windows(self) -> list[tuple[slice, float]]:
        """For each band the samples that its picture shows, where the final sound is loudest there, and the
        peak that fills the picture."""
        parts = spectral.split(self.seen(self.trajectory.sample), self.bands, signal_ndim=1)
        windows = []
        for band, part in zip(self.bands, np.moveaxis(parts, -2, 0), strict=True):
            length = int(min(part.shape[-1], np.ceil(WAVES / band.centre)))
            energy = np.concatenate([[0], (part**2).sum(axis=0).cumsum()])
            start = int(np.argmax(energy[length:] - energy[:-length]))
            chosen = slice(start, start + length)
            windows.append((chosen, AIR * max(np.abs(part[:, chosen]).max(), 1e-4 * self._peak)))
        return windows

    @property
    def tags(self) -> list[str]:
        return [self._length_of(window.stop - window.start) for window, _ in self._windows]

    def _length_of(self, samples: int) -> str:
        if self.sr:
            seconds = samples / self.sr
            return f"{seconds:.1f} s" if seconds > 0.95 else f"{1000 * seconds:.0f} ms"
        zoom = self.trajectory.sample.shape[-1] / samples
        return f"×{zoom:.0f}" if zoom > 1.5 else ""

    def band_pictures(self, step: int) -> list[np.ndarray]:
        """Each band-passed waveform of the estimate over its own window, as the share of each pixel that its
        line covers."""
        return self.band_waves(self.seen(self.trajectory.denoised[step]))

    def band_waves(self, signal: np.ndarray) -> list[np.ndarray]:
        """The band-passed waveforms of a signal as it is drawn, (channels, samples)."""
        parts = spectral.split(signal, self.bands, signal_ndim=1)
        return [
            wave_raster(part[:, window], shape=RASTER, limit=limit)
            for part, (window, limit) in zip(np.moveaxis(parts, -2, 0), self._windows, strict=True)
        ]


def hertz(freq: float) -> str:
    """A standard octave's name: 31.5, 63, 125, 250, 500, 1k, 2k, ..."""
    if freq >= 1000:
        return f"{freq / 1000:.3g}k"
    return {31: "31.5", 62: "63"}.get(int(freq), f"{freq:.0f}")


class Clip(WaveformView):
    """A clip's bridge, whose end is the clip itself."""

    noun: ClassVar[str] = "clip"
    final_words: ClassVar[str] = "the clip"

    def noisy_bands(self, step: int) -> list[np.ndarray]:
        """Each band of the noisy clip, at the gain of the clip's own: noise beyond it is cut."""
        t = self.trajectory
        return self.band_waves(self.seen(t.x_t[step] / t.alpha[step]))

    def clean(self, _: int) -> np.ndarray:
        """The clip itself, its peak at the panel's edge, whatever the step."""
        return self.seen(self.trajectory.sample) / self._peak

    @property
    def spelled(self) -> list[str]:
        """The bands' middles with their unit, lowest first."""
        return [f"{name[:-1]} kHz" if name[-1] == "k" else f"{name} Hz" for name in self.names]

    @property
    def drowned(self) -> np.ndarray:
        """The bands in the order in which the closed form lets them go under."""
        return np.argsort(-self.lock.predicted_at, kind="stable")

    @property
    def under(self) -> np.ndarray:
        """(bands,) moments of the clock, 0 to 1, below which each is under; 1 where it always is."""
        at, last = self.lock.predicted_at, self.n_steps - 1
        moments = np.interp(at, np.arange(self.n_steps), self.times).clip(0, 1)
        return np.where(at > last, 1.0, moments)

    @property
    def drowning(self) -> list[str]:
        """The bands' middles in that order."""
        return [self.spelled[band] for band in self.drowned]
