"""One recording, measured: what the tables, the JSON, the CSV and the figure of `spectral measure` read.

Every number comes from `spectral`. Frequencies are kept in cycles per pixel (or per sample) and shown in the
units of the signal: a picture and a mel-spectrogram in cycles per image and per pixel, a waveform in Hz.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import spectral
from spectral import FrequencyUnit, InputError, LockIn, PowerSpectrum, Trajectory


@dataclass(frozen=True)
class BandRow:
    """What is measured of one band.

    Attributes
    ----------
    number
        From 1, the lowest.
    power
        Mean of ``|DFT|^2 / n`` of the sample over the band: what stands against the noise of power 1 / SNR.
    mean_square
        Mean square of the sample's band-pass part.
    step
        Step from which the band is locked, None if it never is.
    sigma, snr_db
        Noise scale, and signal-to-noise ratio in decibels, at that step.
    closed_form
        Step at which the closed form locks the band, None if it never does, or has no say.
    """

    number: int
    power: float
    mean_square: float
    step: int | None
    sigma: float | None
    snr_db: float | None
    closed_form: int | None


@dataclass(frozen=True, eq=False)
class Measurement:
    """A trajectory with everything that is measured of it.

    Attributes
    ----------
    path
        The file it was loaded from.
    trajectory, lock
        The recording, and when its bands lock in.
    """

    path: Path
    trajectory: Trajectory
    lock: LockIn

    @classmethod
    def load(cls, path: Path) -> Measurement:
        """Read a file and measure it.

        Raises
        ------
        InputError
            When it is no trajectory file.
        """
        trajectory = Trajectory.load(path)
        return cls(path, trajectory, spectral.lock_in(trajectory))

    @property
    def units(self) -> tuple[FrequencyUnit, ...]:
        """Units that frequencies of this signal are shown in."""
        t = self.trajectory
        if t.modality != "waveform":
            return FrequencyUnit.per("image", min(t.signal_shape)), FrequencyUnit.per("pixel", 1)
        if t.sample_rate is None:
            return FrequencyUnit.per("clip", t.signal_shape[0]), FrequencyUnit.per("sample", 1)
        return (FrequencyUnit.hertz(t.sample_rate),)

    @cached_property
    def bands(self) -> tuple[BandRow, ...]:
        """One row a band, lowest first."""
        t, lock = self.trajectory, self.lock
        masks = spectral.band_masks(t.signal_shape, lock.bands)
        periodogram = spectral.periodogram(t.sample, signal_ndim=t.signal_ndim).mean(axis=0)
        rows = []
        for i, mask in enumerate(masks):
            step = self._step(lock.step[i])
            closed_form = self._step(lock.predicted[i])
            snr = None if step is None else t.snr[step]
            rows.append(
                BandRow(
                    number=i + 1,
                    power=float(periodogram[mask].mean()),
                    mean_square=float(lock.power[i]),
                    step=step,
                    sigma=None if step is None else float(t.sigma[step]),
                    snr_db=float(10 * np.log10(snr)) if snr else None,
                    closed_form=closed_form,
                )
            )
        return tuple(rows)

    def _step(self, step: np.intp) -> int | None:
        return int(step) if step < self.trajectory.n_steps else None

    @cached_property
    def spectrum(self) -> PowerSpectrum:
        """Of the sample, averaged over channels, without DC, in the last of `units`.

        That of sound in Hz is Welch's estimate, all others have one value for each ring of radial frequency.
        """
        return self._spectrum(self.trajectory.sample)

    def denoised_spectrum(self, step: int) -> PowerSpectrum:
        """The same of the denoised estimate at a step."""
        return self._spectrum(self.trajectory.denoised[step])

    def _spectrum(self, signal: NDArray[Any]) -> PowerSpectrum:
        t = self.trajectory
        if t.modality == "waveform" and t.sample_rate is not None:
            whole = spectral.power_spectrum(signal, sr=t.sample_rate)
        else:
            whole = spectral.rapsd(signal, signal_ndim=t.signal_ndim)
        return whole.without_dc().channel_mean()

    @cached_property
    def exponent(self) -> float | None:
        """Exponent of the power law fitted to the sample's spectrum.

        None for a waveform, whose spectrum is none, and for a sample without power at some frequency.
        """
        if self.trajectory.modality == "waveform":
            return None
        with contextlib.suppress(InputError):
            return spectral.fit_power_law(spectral.rapsd(self.trajectory.sample)).exponent
        return None

    @property
    def peak(self) -> float | None:
        """Frequency at which a waveform's spectrum peaks, in the last of `units`; None for pictures."""
        if self.trajectory.modality != "waveform" or not self.spectrum.power.any():
            return None
        return float(self.spectrum.freq[np.argmax(self.spectrum.power)])
