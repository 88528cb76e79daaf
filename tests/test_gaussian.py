"""Closed forms against samplers that are actually run, with the ideal denoiser on Gaussian signals."""

import numpy as np
import pytest
from wiener_sampler import run, variance_preserving

from spectral import InputError, exact_explained, explained_fraction, radial_frequency, snr, wiener_gain


def octave_spectrum(shape):
    """About |f|^-2, constant over each ring, so that a ring has one explained fraction."""
    ring = np.floor(radial_frequency(shape) * min(shape) + 0.5 + 1e-9).astype(int)
    return 40.0 * np.maximum(ring, 0.5) ** -2.0, ring


def ring_explained(result, ring):
    """E of every ring and step, from one minus the ratio of summed squares, by numpy alone."""
    axes = tuple(range(-ring.ndim, 0))
    final = np.fft.fftn(result.sample, axes=axes)
    count = ring.max() + 1
    power = np.bincount(ring.ravel(), (np.abs(final) ** 2).sum(axis=0).ravel(), count)
    explained = []
    for estimate in result.denoised:
        error = (np.abs(np.fft.fftn(estimate, axes=axes) - final) ** 2).sum(axis=0)
        explained.append(1 - np.bincount(ring.ravel(), error.ravel(), count) / power)
    return np.array(explained)


def sampling_error(freedom):
    """Five standard deviations of a measured E at its worst, for sums of `freedom` squares.

    An ideal estimate is uncorrelated with its error, whose share of the sample's power is 1 - E. To first
    order the variance of that share, measured, is (1 - E)^2 (2 / freedom) (1 + 1 - 2 (1 - E)), which is
    16 / 27 / freedom at most.
    """
    return 5 * np.sqrt(16 / 27 / freedom)


def ring_values(spectrum, ring):
    return np.array([spectrum[ring == r][0] for r in range(ring.max() + 1)])


@pytest.mark.parametrize("shape", [(64, 64), (48, 32), (256,)])
def test_fine_deterministic_sampling_follows_the_ode_formula(shape):
    spectrum, ring = octave_spectrum(shape)
    alpha, sigma = variance_preserving(np.linspace(-12, 12, 400))
    measured = ring_explained(run(spectrum, alpha, eta=0, channels=1, seed=1), ring)
    q = np.multiply.outer(snr(alpha, sigma), ring_values(spectrum, ring))
    # Euler's method is of first order: 400 steps of 0.06 in log SNR leave 0.0036.
    np.testing.assert_allclose(measured, explained_fraction(q, stochastic=False), atol=0.004)


def test_the_ode_formula_is_the_limit_of_small_steps():
    spectrum, ring = octave_spectrum((32, 32))
    error = []
    for steps in (100, 200, 400, 800):
        alpha, sigma = variance_preserving(np.linspace(-14, 12, steps))
        measured = ring_explained(run(spectrum, alpha, eta=0, channels=1, seed=1), ring)
        q = np.multiply.outer(snr(alpha, sigma), ring_values(spectrum, ring))
        error.append(np.abs(measured - explained_fraction(q, stochastic=False)).max())
    np.testing.assert_allclose(np.divide(error[:-1], error[1:]), 2, rtol=0.1)
    assert error[-1] < 0.006


@pytest.mark.parametrize(("shape", "channels"), [((32, 32), 40), ((64,), 600)])
def test_fine_ancestral_sampling_follows_the_stochastic_formula(shape, channels):
    spectrum, ring = octave_spectrum(shape)
    alpha, sigma = variance_preserving(np.linspace(-12, 12, 400))
    measured = ring_explained(run(spectrum, alpha, eta=1, channels=channels, seed=2), ring)
    q = np.multiply.outer(snr(alpha, sigma), ring_values(spectrum, ring))
    error = np.abs(measured - explained_fraction(q, stochastic=True))
    assert (error.max(axis=0) < sampling_error(channels * np.bincount(ring.ravel())) + 0.004).all()


@pytest.mark.parametrize("steps", [2, 10, 50])
def test_the_recursion_is_exact_for_few_deterministic_steps(steps):
    spectrum, ring = octave_spectrum((24, 20))
    alpha, sigma = variance_preserving(np.linspace(-9, 8, steps))
    measured = ring_explained(run(spectrum, alpha, eta=0, channels=1, seed=3), ring)
    expected = exact_explained(ring_values(spectrum, ring), alpha, sigma, eta=0)
    np.testing.assert_allclose(measured, expected, atol=1e-9)


@pytest.mark.parametrize("eta", [0.3, 1.0])
@pytest.mark.parametrize("steps", [3, 10, 50])
def test_the_recursion_is_exact_for_few_stochastic_steps(steps, eta):
    spectrum, ring = octave_spectrum((16,))
    channels = 8_000
    alpha, sigma = variance_preserving(np.linspace(-7, 6, steps))
    measured = ring_explained(run(spectrum, alpha, eta=eta, channels=channels, seed=4), ring)
    expected = exact_explained(ring_values(spectrum, ring), alpha, sigma, eta=eta)
    # To first order the relative variance of a ratio of two such sums is 4 / freedom at most.
    tolerance = 5 * (1 - expected) * np.sqrt(4 / (channels * np.bincount(ring.ravel()))) + 1e-9
    assert (np.abs(measured - expected) < tolerance).all()
    # The test has teeth: three steps do not meet the formula for infinitely many.
    if steps == 3:
        q = np.multiply.outer(snr(alpha, sigma), ring_values(spectrum, ring))
        assert (np.abs(measured - explained_fraction(q, stochastic=True)) > 3 * tolerance).any()


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_the_recursion_tends_to_the_formulas(eta):
    power = np.geomspace(1e-3, 1e3, 13)
    alpha, sigma = variance_preserving(np.linspace(-20, 20, 4000))
    formula = explained_fraction(np.multiply.outer(snr(alpha, sigma), power), stochastic=eta == 1)
    np.testing.assert_allclose(exact_explained(power, alpha, sigma, eta=eta), formula, atol=2e-3)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_the_recursion_does_not_depend_on_the_scale_of_x(eta):
    # Variance exploding: x / alpha is the same path, up to the variance that it starts with.
    power = np.geomspace(0.01, 100, 9)
    alpha, sigma = variance_preserving(np.linspace(-18, 8, 20))
    exploding = exact_explained(power, np.ones(20), sigma / alpha, eta=eta)
    np.testing.assert_allclose(exploding, exact_explained(power, alpha, sigma, eta=eta), atol=1e-5)


def test_the_denoiser_is_the_least_squares_one():
    rng = np.random.default_rng(0)
    power, alpha, sigma = 3.0, 0.8, 0.5
    x0 = np.sqrt(power) * rng.standard_normal(200_000)
    x_t = alpha * x0 + sigma * rng.standard_normal(x0.size)
    slope = (x0 @ x_t) / (x_t @ x_t)
    gain = wiener_gain(power, alpha, sigma)
    assert slope == pytest.approx(gain, abs=5 * np.sqrt((power - gain * alpha * power) / (x_t @ x_t)))


def test_values_at_equal_power():
    assert explained_fraction(1.0, stochastic=True) == 0.5
    assert explained_fraction(1.0, stochastic=False) == pytest.approx(0.914, abs=5e-4)


@pytest.mark.parametrize("stochastic", [True, False])
def test_explained_fraction_at_the_ends(stochastic):
    q = np.array([[0, 1e-320, 1e-3], [1, 1e300, np.inf]])
    explained = explained_fraction(q, stochastic=stochastic)
    assert explained.shape == q.shape
    assert explained[0, 0] == 0 and explained[1, 2] == 1
    assert (np.diff(explained.ravel()) >= 0).all()


def test_where_there_is_no_power_nothing_is_explained():
    alpha, sigma = variance_preserving(np.linspace(-5, 5, 8))
    explained = exact_explained([0.0, 1.0], alpha, sigma, eta=1)
    assert (explained[:, 0] == 0).all()
    assert explained[-1, 1] == pytest.approx(1)
    assert wiener_gain(0.0, 1.0, 0.0) == 0
    assert wiener_gain(2.0, 0.5, 0.0) == 2


def test_a_run_may_start_from_no_signal_at_all():
    schedule_alpha, schedule_sigma = np.array([0.0, 0.5, 0.9]), np.array([1.0, 0.5, 0.1])
    explained = exact_explained([1.0], schedule_alpha, schedule_sigma, eta=0)
    assert explained[0] == 0 and np.isfinite(explained).all()


def test_bad_input():
    alpha, sigma = variance_preserving(np.linspace(-5, 5, 8))
    for eta in (-0.1, 1.1, np.nan):
        with pytest.raises(InputError, match="eta"):
            exact_explained([1.0], alpha, sigma, eta=eta)
    with pytest.raises(InputError, match="shapes"):
        exact_explained([1.0], alpha, sigma[:-1], eta=0)
    with pytest.raises(InputError, match="shapes"):
        exact_explained(1.0, alpha, sigma, eta=0)
    with pytest.raises(InputError, match="rising"):
        exact_explained([1.0], alpha[::-1], sigma[::-1], eta=0)
    with pytest.raises(InputError, match="rising"):
        exact_explained([1.0], [0.5, 1.0], [0.5, 0.0], eta=0)
    with pytest.raises(InputError, match="power"):
        exact_explained([-1.0], alpha, sigma, eta=0)
    with pytest.raises(InputError, match="power"):
        wiener_gain(np.nan, 1.0, 1.0)
    for q in (-1.0, np.nan):
        with pytest.raises(InputError, match="snr"):
            explained_fraction(q, stochastic=True)
