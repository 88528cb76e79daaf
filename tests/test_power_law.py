"""Power laws against laws that are known, and what a fit leaves against the deviation that was put in."""

import numpy as np
import pytest

from spectral import InputError, PowerSpectrum, fit_power_law, log_mean, radial_frequency, rapsd


def power_law_noise(shape, exponent, *, count, seed):
    """White noise filtered to power exactly |f|^-exponent in expectation at every frequency."""
    freq = radial_frequency(shape)
    freq.flat[0] = np.inf
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((count, *shape)))
    return np.fft.ifft2(white * freq ** (-exponent / 2)).real


@pytest.mark.parametrize("shape", [(64, 64), (128, 128), (96, 160)])
@pytest.mark.parametrize("exponent", [1, 2, 3])
def test_exponent_of_synthetic_fields(shape, exponent):
    # A single field of 64 x 64 scatters by 0.09; the mean over 32 by 0.016.
    fields = power_law_noise(shape, exponent, count=32, seed=exponent)
    assert abs(fit_power_law(rapsd(fields)).exponent - exponent) < 0.1


def test_fit_recovers_an_exact_law():
    freq = np.arange(33) / 64
    power = np.r_[7.0, 0.3 * freq[1:] ** -2.5]
    law = fit_power_law(PowerSpectrum(freq, power))
    assert law.exponent == pytest.approx(2.5, abs=0.01)  # chords between rings lie a little above the curve
    assert law.amplitude == pytest.approx(0.3, rel=0.01)


def test_fit_averages_images_in_the_log_domain():
    freq = np.arange(1, 65) / 128
    bright, dim = 1e6 * freq**-1.0, 1e-6 * freq**-3.0
    law = fit_power_law(PowerSpectrum(freq, np.stack([bright, dim])), low=0.02, high=0.4)
    assert law.exponent == pytest.approx(2, abs=1e-9)
    assert law.amplitude == pytest.approx(1, rel=1e-9)


def test_fit_weighs_octaves_alike():
    freq = np.arange(1, 513) / 1024
    bent = np.where(freq < 0.0625, (freq / 0.0625) ** -1.0, (freq / 0.0625) ** -3.0)
    low, high = 0.0625 / 8, 0.0625 * 8
    # Two straight pieces of slopes 1 and 3, three octaves each: by symmetry the line is halfway between.
    law = fit_power_law(PowerSpectrum(freq, bent), low=low, high=high)
    assert law.exponent == pytest.approx(2, abs=0.02)


def test_fit_keeps_to_its_range():
    freq = np.arange(65) / 128
    power = np.r_[1.0, freq[1:] ** -2.0]
    power[freq > 0.25] = 1e9
    assert fit_power_law(PowerSpectrum(freq, power), high=0.25).exponent == pytest.approx(2, abs=0.01)
    power[(freq > 0) & (freq < 0.1)] = 0
    assert fit_power_law(PowerSpectrum(freq, power), low=0.1, high=0.25).exponent == pytest.approx(
        2, abs=0.01
    )


def test_a_law_is_its_own_line():
    freq = np.arange(1, 65) / 128
    law = fit_power_law(PowerSpectrum(freq, 0.3 * freq**-2.5), low=0.1, high=0.25)
    assert law.residual_db < 0.001 and (law.low, law.high) == (13 / 128, 0.25)
    np.testing.assert_allclose(law.at(freq), 0.3 * freq**-2.5, rtol=1e-3)


@pytest.mark.parametrize("depth", [0.5, 3.0])
def test_what_a_line_leaves_is_the_ripple_on_it(depth):
    """A sine of `depth` dB in log frequency, 16 whole waves of it: its rms is depth / sqrt(2)."""
    freq = np.geomspace(1, 1024, 4001)
    ripple = depth * np.sin(2 * np.pi * 16 * np.log(freq) / np.log(1024))
    law = fit_power_law(PowerSpectrum(freq, freq**-2.0 * 10 ** (ripple / 10)), low=1.0)
    assert law.residual_db == pytest.approx(depth / np.sqrt(2), rel=0.02)
    assert law.exponent == pytest.approx(2, abs=0.02)


def test_the_log_mean_is_the_geometric_one():
    power = np.array([[[1.0, 4.0, 0.0]], [[9.0, 16.0, 5.0]]])
    mean = log_mean(PowerSpectrum(np.arange(3.0), power))
    np.testing.assert_allclose(mean.power, [3, 8, 0])
    np.testing.assert_array_equal(mean.freq, np.arange(3))


def test_bad_ranges():
    with pytest.raises(InputError, match="two frequencies"):
        fit_power_law(rapsd(np.eye(64)), low=0.1, high=0.1)
    with pytest.raises(InputError, match="above 0"):
        fit_power_law(rapsd(np.zeros((64, 64))))
