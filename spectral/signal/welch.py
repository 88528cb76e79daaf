"""Power spectra of sound, in Hz.

Welch's estimate (P. D. Welch 1967, IEEE Trans. Audio Electroacoust. 15): the clip is cut into segments ``s``
that overlap by half, each is weighted by a Hann window ``w``, and

    power(k) = mean over s of |DFT(w s)(k)|^2 / sum(w^2)

This is on the scale of `power`: white noise of variance 1 has power 1 at every frequency, so that the
spectrum of a sound stands directly against the noise ``sigma^2 / alpha^2`` that diffusion adds. Segments last
about an eighth of a second at any rate, longer than a pitch period and short enough for a clip of a second to
hold fifteen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spectral.errors import InputError
from spectral.signal.power import EDGE_TOLERANCE, PowerSpectrum, as_field
from spectral.signal.units import FrequencyUnit

SEGMENT = 1 / 8  # seconds, before rounding to a power of two of samples
WEAKEST = 1e-9  # of the greatest power: what is weaker is rounding


def power_spectrum(y: ArrayLike, *, sr: float) -> PowerSpectrum:
    """Welch's estimate of a sound's power spectrum.

    Parameters
    ----------
    y
        Sounds, shape ``(..., samples)``.
    sr
        Samples per second.

    Returns
    -------
    spectrum
        In hertz, from 0 to Nyquist, about 8 Hz apart; ``spectrum.power``, of shape ``(..., freqs)``, is that
        of white noise of the same strength, two-sided.

    Raises
    ------
    InputError
        If `y` is empty, or not real and finite, or `sr` is not above 0.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> spectrum = spectral.power_spectrum(tone, sr=8000)
    >>> float(spectrum.freq[spectrum.power.argmax()]), spectrum.unit.name
    (437.5, 'Hz')
    """
    # Half a second to import, and only needed here.
    from scipy import signal

    if not 0 < sr < np.inf:
        raise InputError(f"sr: found {sr}, expected more than 0 Hz")
    array = as_field(y, signal_ndim=1, name="sound")
    n_fft = min(2 ** max(round(math.log2(sr * SEGMENT)), 0), array.shape[-1])
    freq, power = signal.welch(array, fs=sr, nperseg=n_fft, detrend=False, return_onesided=False)
    half = n_fft // 2 + 1
    return PowerSpectrum(np.abs(freq[:half]), power[..., :half] * sr, FrequencyUnit.hertz(sr))


def common_spectra(spectra: Sequence[PowerSpectrum]) -> PowerSpectrum:
    """Sounds' spectra at the frequencies that all of them reach, to be averaged or compared.

    Parameters
    ----------
    spectra
        One spectrum each, with power of shape ``(freqs,)``, of any rates and lengths.

    Returns
    -------
    spectrum
        ``spectrum.power`` of shape ``(sounds, freqs)``, at frequencies above 0 as far apart as in the
        coarsest; the others are read there on straight lines on logarithmic axes. What is weaker than 1e-9 of
        a sound's greatest power counts as that.

    Raises
    ------
    InputError
        If there is no spectrum, one holds no power, or they have no unit or no frequency in common.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal(16000)
    >>> both = spectral.common_spectra([spectral.power_spectrum(noise, sr=sr) for sr in (8000, 16000)])
    >>> both.power.shape, float(both.freq[-1])
    ((2, 512), 4000.0)
    """
    if not spectra:
        raise InputError("spectra: found none, expected at least one")
    units = sorted({spectrum.unit.name for spectrum in spectra})
    if len(units) > 1:
        raise InputError(f"spectra: found frequencies in {' and in '.join(units)}, expected one unit")
    spectra = [spectrum.without_dc() for spectrum in spectra]
    if not all(spectrum.freq.size for spectrum in spectra):
        raise InputError("spectra: found one without frequencies above 0, expected some in each")
    low, high = max(s.freq[0] for s in spectra), min(s.freq[-1] for s in spectra)
    coarsest = max(spectra, key=lambda s: s.freq[-1] / len(s.freq))
    freq = coarsest.freq[(coarsest.freq >= low) & (coarsest.freq <= high)]
    if not freq.size:
        raise InputError("spectra: found no common ones, expected frequencies that all of them reach")
    rows = []
    for spectrum in spectra:
        power = spectrum.power
        if not power.max() > 0:
            raise InputError("spectra: found one without power, expected power in each")
        log_power = np.log(np.maximum(power, WEAKEST * power.max()))
        rows.append(np.interp(np.log(freq), np.log(spectrum.freq), log_power))
    return replace(coarsest, freq=freq, power=np.exp(rows))


def octave_cells(spectrum: PowerSpectrum, *, per_octave: int) -> PowerSpectrum:
    """Means of a spectrum over equal fractions of an octave, from its first frequency up.

    Parameters
    ----------
    spectrum
        Power, shape ``(..., freqs)``, at rising frequencies above 0.
    per_octave
        Number of cells to an octave, at least 1. Where frequencies lie further apart than cells, a cell holds
        one of them.

    Returns
    -------
    spectrum
        ``spectrum.freq`` is the geometric mean of each cell's frequencies.

    Raises
    ------
    InputError
        If there is no frequency, or one is not above 0.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal(16000)
    >>> lines = spectral.rapsd(noise, signal_ndim=1).without_dc()
    >>> lines.freq.size, spectral.octave_cells(lines, per_octave=3).freq.size
    (8000, 36)
    """
    freq = spectrum.freq
    if not (freq.size and freq[0] > 0):
        raise InputError(f"spectrum: found {freq[0] if freq.size else 'none'}, expected frequencies above 0")
    cell = np.floor(per_octave * np.log2(freq / freq[0]) + EDGE_TOLERANCE)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    count = np.diff(starts, append=len(freq))
    middle = np.exp(np.add.reduceat(np.log(freq), starts) / count)
    return replace(spectrum, freq=middle, power=np.add.reduceat(spectrum.power, starts, axis=-1) / count)
