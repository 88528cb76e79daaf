"""Spectra of sound in Hz: against scipy, a naive loop, the level of white noise, and tones at every rate."""

import numpy as np
import pytest
from scipy import signal

from spectral import (
    InputError,
    PowerSpectrum,
    band_power,
    common_spectra,
    log_mean,
    octave_cells,
    power_spectrum,
    sound_bands,
)

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize(("sr", "n_fft"), [(8000, 1024), (16000, 2048), (44100, 4096), (192000, 32768)])
def test_welch_is_scipys(sr, n_fft):
    y = noise(2, 3 * n_fft)
    spectrum = power_spectrum(y, sr=sr)
    assert isinstance(spectrum, PowerSpectrum)
    freq, density = signal.welch(y, fs=sr, window="hann", nperseg=n_fft, noverlap=n_fft // 2, detrend=False)
    np.testing.assert_allclose(spectrum.freq, freq)
    # scipy's density is per Hz and has both halves in one; those at zero and Nyquist are their own mirror.
    density[..., 1:-1] /= 2
    np.testing.assert_allclose(spectrum.power, density * sr, rtol=1e-9)
    assert spectrum.freq[-1] == sr / 2


def test_welch_is_its_definition():
    sr, n_fft = 8000, 1024
    y = noise(5 * n_fft // 2) + 3
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    segments = [y[i : i + n_fft] for i in range(0, y.size - n_fft + 1, n_fft // 2)]
    assert len(segments) == 4
    naive = [
        np.mean(
            [
                abs((window * s * np.exp(-2j * np.pi * k * np.arange(n_fft) / n_fft)).sum()) ** 2
                for s in segments
            ]
        )
        for k in range(0, n_fft // 2 + 1, 8)
    ]
    np.testing.assert_allclose(power_spectrum(y, sr=sr).power[::8], naive / (window**2).sum(), rtol=1e-9)


@pytest.mark.parametrize("sr", [8000, 16000, 48000])
def test_white_noise_has_its_variance_at_every_frequency(sr):
    spectrum = power_spectrum(1.5 * noise(60 * sr), sr=sr)
    # Some 900 segments, half of them independent: each power is known to 4%, their mean to 0.2%.
    np.testing.assert_allclose(spectrum.power, 2.25, rtol=0.25)
    assert spectrum.power[1:-1].mean() == pytest.approx(2.25, rel=0.01)


@pytest.mark.parametrize("sr", RATES)
def test_a_tone_of_1_khz_peaks_in_the_1_khz_band_at_any_rate(sr):
    y = np.sin(2 * np.pi * 1000 * np.arange(sr) / sr) + 0.05 * noise(sr)
    bands = sound_bands(sr, sr=sr)
    loudest = bands[int(np.argmax(band_power(y, bands, signal_ndim=1)))]
    assert loudest.centre * sr == pytest.approx(1000)
    spectrum = power_spectrum(y, sr=sr)
    assert spectrum.freq[np.argmax(spectrum.power)] == pytest.approx(1000, abs=6)


@pytest.mark.parametrize(("n", "sr"), [(600, 16000), (601, 8000), (512, 44100), (300, 192000)])
def test_octave_energies_are_those_of_a_naive_transform(n, sr):
    y = noise(n) + 0.3
    bands = sound_bands(n, sr=sr)
    centres = 1000 * 2.0 ** np.arange(-5, 9)
    energy = np.zeros(len(bands))
    first = int(np.argmin(abs(centres - bands[0].centre * sr)))
    for k in range(n):
        power = abs((y * np.exp(-2j * np.pi * k * np.arange(n) / n)).sum()) ** 2 / n**2
        hz = min(k, n - k) * sr / n
        at = np.searchsorted(centres * np.sqrt(2), hz, side="right")
        energy[np.clip(at - first, 0, len(bands) - 1)] += power
    np.testing.assert_allclose(band_power(y, bands, signal_ndim=1), energy, rtol=1e-9)
    assert energy.sum() == pytest.approx((y**2).mean())  # Parseval


@pytest.mark.parametrize("n", [1, 2, 3, 100, 2047])
def test_short_clips_are_one_segment(n):
    spectrum = power_spectrum(noise(n), sr=16000)
    assert spectrum.freq.shape == spectrum.power.shape == (n // 2 + 1,)
    assert np.isfinite(spectrum.power).all()
    np.testing.assert_allclose(spectrum.freq, np.fft.rfftfreq(n, 1 / 16000))


def test_leading_axes_are_kept():
    y = noise(2, 3, 5000)
    power = power_spectrum(y, sr=8000).power
    np.testing.assert_allclose(power[1, 2], power_spectrum(y[1, 2], sr=8000).power)


@pytest.mark.parametrize(("y", "sr"), [([], 8000), ([np.nan], 8000), ([1.0], 0), ([1.0], np.inf)])
def test_bad_input(y, sr):
    with pytest.raises(InputError, match="expected"):
        power_spectrum(y, sr=sr)


def law(sr: float, n: int, exponent: float, amplitude: float) -> PowerSpectrum:
    freq = np.arange(n + 1) * sr / (2 * n)
    return PowerSpectrum(freq, amplitude * np.maximum(freq, 1.0) ** -exponent)


def test_spectra_meet_at_the_frequencies_that_all_reach():
    """Power laws are straight on logarithmic axes, so reading between frequencies is exact."""
    fine, coarse = law(48000, 4096, 1.0, 8.0), law(16000, 1000, 3.0, 2.0)
    both = common_spectra([fine, coarse])
    np.testing.assert_allclose(both.freq, np.arange(1, 1001) * 8.0)
    assert both.unit == coarse.unit
    np.testing.assert_allclose(both.power, [8 / both.freq, np.maximum(2 * both.freq**-3, 1e-9 * 2 / 512)])
    np.testing.assert_allclose(log_mean(both).power[:100], 4 * both.freq[:100] ** -2)


@pytest.mark.parametrize(
    ("spectra", "line"),
    [
        ([], "at least one"),
        ([law(16000, 100, 1.0, 1.0), law(16000, 100, 1.0, 0.0)], "expected power in each"),
        ([law(100, 10, 1.0, 1.0), law(16000, 8, 1.0, 1.0)], "frequencies that all of them reach"),
        ([law(100, 10, 1.0, 1.0), power_spectrum([1.0], sr=8000)], "cycles per pixel"),
        ([power_spectrum([1.0], sr=8000)], "without frequencies above 0"),
    ],
)
def test_what_has_nothing_in_common_is_refused(spectra, line):
    with pytest.raises(InputError, match=line):
        common_spectra(spectra)


@pytest.mark.parametrize("per_octave", [1, 3, 12])
def test_cells_of_an_octave_are_means(per_octave):
    freq = 20.0 + 7.5 * np.arange(300)
    power = noise(2, 300) ** 2
    cells = octave_cells(PowerSpectrum(freq, power), per_octave=per_octave)
    members: dict[int, list[int]] = {}
    for k, f in enumerate(freq):
        members.setdefault(int(per_octave * np.log2(f / 20.0) + 1e-9), []).append(k)
    naive = list(members.values())
    np.testing.assert_allclose(cells.freq, [np.prod(freq[m] ** (1 / len(m))) for m in naive])
    np.testing.assert_allclose(cells.power, np.stack([power[:, m].mean(axis=1) for m in naive], axis=-1))
    with pytest.raises(InputError, match="above 0"):
        octave_cells(PowerSpectrum(freq - 20, power), per_octave=3)
    with pytest.raises(InputError, match="found none, expected frequencies above 0"):
        octave_cells(PowerSpectrum(freq, power).from_frequency(freq[-1] + 1), per_octave=3)
