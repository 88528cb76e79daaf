"""Schedules, and the frequency up to which a spectrum stands above the noise."""

import numpy as np
import pytest

from spectral import InputError, PowerSpectrum, cosine_schedule, f_max, rapsd, rectified_flow, snr

T = np.linspace(0, 1, 101)


def power_law(exponent, amplitude=1.0, rings=513):
    freq = np.arange(rings) / (2 * (rings - 1))
    return PowerSpectrum(freq, np.r_[1e9, amplitude * freq[1:] ** -exponent])


def test_cosine_preserves_variance():
    schedule = cosine_schedule(T)
    np.testing.assert_allclose(schedule.alpha**2 + schedule.sigma**2, 1)
    assert schedule.alpha[0] == 1 and schedule.sigma[0] == 0
    np.testing.assert_allclose(snr(schedule.alpha[50], schedule.sigma[50]), 1)


def test_rectified_flow_is_a_straight_line():
    schedule = rectified_flow(T)
    np.testing.assert_allclose(np.diff(schedule.alpha), -0.01)
    np.testing.assert_allclose(schedule.alpha + schedule.sigma, 1)


def test_snr():
    np.testing.assert_array_equal(snr([0.0, 1, 2, 1], [1.0, 1, 4, 0]), [0, 1, 0.25, np.inf])
    assert snr(1.0, 2.0) == 0.25
    for schedule in (cosine_schedule, rectified_flow):
        values = schedule(T)
        assert (np.diff(snr(values.alpha, values.sigma)[1:]) < 0).all()


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_f_max_follows_its_closed_form_under_rectified_flow(exponent):
    spectrum = power_law(exponent, amplitude=0.1**exponent)  # the tide reaches 0.1 cycles/pixel at t = 1/2
    t = np.linspace(0.05, 0.95, 91)
    schedule = rectified_flow(t)
    found = f_max(spectrum, schedule.alpha, schedule.sigma)
    half = f_max(spectrum, 0.5, 0.5)
    assert half == pytest.approx(0.1, rel=1e-9)
    formula = half * ((1 - t) / t) ** (2 / exponent)
    inside = (formula > spectrum.freq[1]) & (formula < 0.5)
    assert inside.sum() > 20
    np.testing.assert_allclose(found[inside], formula[inside], rtol=1e-9)
    np.testing.assert_array_equal(found[formula > 0.5], 0.5)
    np.testing.assert_array_equal(found[formula < spectrum.freq[1]], 0)


def test_f_max_is_where_a_linear_search_finds_it():
    rng = np.random.default_rng(0)
    spectrum = rapsd(np.cumsum(rng.standard_normal((3, 64, 64)), axis=-1))
    schedule = cosine_schedule(np.linspace(0.01, 0.99, 25))
    found = f_max(spectrum, schedule.alpha, schedule.sigma, snr_threshold=2.0)
    assert found.shape == (3, 25)
    for image in range(3):
        for i in range(25):
            tide = 2.0 * schedule.sigma[i] ** 2 / schedule.alpha[i] ** 2
            above = [r for r in range(1, 33) if spectrum.power[image, r] > tide]
            if not above:
                assert found[image, i] == 0
            elif above[-1] == 32:
                assert found[image, i] == 0.5
            else:
                assert spectrum.freq[above[-1]] <= found[image, i] <= spectrum.freq[above[-1] + 1]


def test_threshold_raises_the_tide():
    spectrum = power_law(2.0, amplitude=0.01)
    assert f_max(spectrum, 1.0, 1.0, snr_threshold=4.0) == pytest.approx(0.05, rel=1e-9)


def test_f_max_at_the_ends():
    spectrum = power_law(2.0)
    assert f_max(spectrum, 1.0, 0.0) == 0.5
    assert f_max(spectrum, 0.0, 1.0) == 0
    silent = PowerSpectrum(spectrum.freq, np.zeros_like(spectrum.power))
    assert f_max(silent, 1.0, 1.0) == 0


def test_bad_input():
    with pytest.raises(InputError, match="0 to 1"):
        rectified_flow([0.5, 1.5])
    with pytest.raises(InputError, match="0 to 1"):
        cosine_schedule(np.nan)
    for alpha, sigma in [(-1, 1), (1, -1), (0, 0), (np.nan, 1), (1, np.inf)]:
        with pytest.raises(InputError, match="alpha, sigma"):
            snr(alpha, sigma)
    for threshold in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="snr_threshold"):
            f_max(power_law(2.0), 1.0, 1.0, snr_threshold=threshold)
