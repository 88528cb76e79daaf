"""The frequency up to which a spectrum stands above the noise, and the time spent in each band."""

import numpy as np
import pytest

from spectral import (
    Band,
    FrequencyUnit,
    InputError,
    PowerLaw,
    PowerSpectrum,
    cosine_schedule,
    edm_schedule,
    f_max,
    power_law_f_max,
    rapsd,
    rectified_flow,
    time_shares,
)


def power_law(exponent, amplitude=1.0, rings=513):
    freq = np.arange(rings) / (2 * (rings - 1))
    return PowerSpectrum(freq, np.r_[1e9, amplitude * freq[1:] ** -exponent])


def straight(exponent, amplitude):
    return PowerLaw(exponent, amplitude, residual_db=0.0, low=0.0, high=0.5)


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


def test_f_max_is_in_the_unit_of_the_spectrum():
    spectrum, unit = power_law(2.0, amplitude=0.01), FrequencyUnit.per("image", 64)
    schedule = rectified_flow(np.linspace(0.05, 0.95, 40))
    found = f_max(spectrum.in_unit(unit), schedule.alpha, schedule.sigma)
    np.testing.assert_allclose(found, 64 * f_max(spectrum, schedule.alpha, schedule.sigma), rtol=1e-12)
    shares = time_shares(found, OCTAVES, unit=unit)
    np.testing.assert_array_equal(shares, time_shares(found / 64, OCTAVES))
    assert shares[1:-1].all()


def test_f_max_at_the_ends():
    spectrum = power_law(2.0)
    assert f_max(spectrum, 1.0, 0.0) == 0.5
    assert f_max(spectrum, 0.0, 1.0) == 0
    silent = PowerSpectrum(spectrum.freq, np.zeros_like(spectrum.power))
    assert f_max(silent, 1.0, 1.0) == 0


@pytest.mark.parametrize("exponent", [1.0, 2.6])
def test_f_max_of_a_law_is_f_max_of_its_spectrum(exponent):
    law = straight(exponent, 0.1**exponent)
    t = np.linspace(0.02, 0.98, 49)
    schedule = rectified_flow(t)
    for threshold in (0.1, 1.0, 10.0):
        formula = power_law_f_max(law, schedule.alpha, schedule.sigma, snr_threshold=threshold)
        spectrum = power_law(exponent, amplitude=0.1**exponent)
        found = f_max(spectrum, schedule.alpha, schedule.sigma, snr_threshold=threshold)
        inside = (formula > spectrum.freq[1]) & (formula < 0.5)
        assert inside.sum() > 10
        np.testing.assert_allclose(found[inside], formula[inside], rtol=1e-9)
    half = power_law_f_max(law, 0.5, 0.5)
    assert half == pytest.approx(0.1, rel=1e-12)
    formula = power_law_f_max(law, schedule.alpha, schedule.sigma)
    np.testing.assert_allclose(formula, half * ((1 - t) / t) ** (2 / exponent), rtol=1e-12)
    assert power_law_f_max(law, 1.0, 0.0) == np.inf and power_law_f_max(law, 0.0, 1.0) == 0


OCTAVES = [Band(0.01, 0.02), Band(0.02, 0.04), Band(0.04, 0.08)]


def test_time_shares_are_those_of_the_inverse_function():
    """Under rectified flow and f^-2 the tide passes f at t = c / (c + f): the law read backwards."""
    law = straight(2.0, 0.03**2)
    n = 200_000
    schedule = rectified_flow((np.arange(n) + 0.5) / n)
    shares = time_shares(power_law_f_max(law, schedule.alpha, schedule.sigma), OCTAVES)
    passed = 0.03 / (0.03 + np.array([0.01, 0.02, 0.04, 0.08]))
    expected = np.r_[1 - passed[0], -np.diff(passed), passed[-1]]
    np.testing.assert_allclose(shares, expected, atol=2 / n)
    assert shares.sum() == pytest.approx(1)


def test_an_edge_belongs_to_the_band_above_it():
    edges = [0.01, 0.02, 0.04, 0.08]
    np.testing.assert_array_equal(time_shares([0.0, *edges], OCTAVES), [0.2] * 5)


def test_without_a_floor_edm_spends_its_time_evenly_in_log_frequency():
    """rho to infinity is even steps in log sigma: every octave of a power law takes as long as any other."""
    schedule = edm_schedule(np.linspace(0, 1, 100_001), sigma_min=1e-3, sigma_max=1e3, rho=1e6)
    law = straight(2.6, 0.03**2.6)
    shares = time_shares(power_law_f_max(law, schedule.alpha, schedule.sigma), OCTAVES)[1:-1]
    np.testing.assert_allclose(shares, 1.3 * np.log(2) / np.log(1e6), rtol=1e-3)


def test_bad_input():
    for threshold in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="snr_threshold"):
            f_max(power_law(2.0), 1.0, 1.0, snr_threshold=threshold)
        with pytest.raises(InputError, match="snr_threshold"):
            power_law_f_max(straight(2.0, 1.0), 1.0, 1.0, snr_threshold=threshold)
    for law in (straight(0.0, 1.0), straight(-1.0, 1.0), straight(2.0, 0.0)):
        with pytest.raises(InputError, match="one that falls"):
            power_law_f_max(law, 1.0, 1.0)
    for freq, bands in ([], OCTAVES), ([[0.1]], OCTAVES), ([0.1], []):
        with pytest.raises(InputError, match="time shares: found"):
            time_shares(freq, bands)
    with pytest.raises(InputError, match="no frequency above 0"):
        f_max(rapsd([[1.0]]), 1.0, 1.0)
    with pytest.raises(InputError, match="start where the last ends"):
        time_shares([0.1], OCTAVES[::2])
