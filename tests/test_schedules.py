"""Schedules, against diffusers' own."""

import diffusers
import numpy as np
import pytest
import torch

from spectral import InputError, cosine_schedule, edm_schedule, linear_schedule, rectified_flow, snr
from spectral.theory.schedules import EDM_SIGMA_DATA

T = np.linspace(0, 1, 101)


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
    for schedule in (cosine_schedule, rectified_flow, linear_schedule, edm_schedule):
        values = schedule(T)
        assert (np.diff(snr(values.alpha, values.sigma)[1:]) < 0).all()


def test_linear_betas_are_those_of_diffusers():
    scheduler = diffusers.DDPMScheduler(1000, beta_start=1e-4, beta_end=0.02, beta_schedule="linear")
    now = linear_schedule(np.arange(1, 1001) / 1000)
    # diffusers multiplies a thousand factors in single precision.
    np.testing.assert_allclose(now.alpha**2, scheduler.alphas_cumprod, rtol=1e-4)
    np.testing.assert_allclose(now.alpha**2 + now.sigma**2, 1, rtol=1e-12)
    ones = torch.ones(1)
    for k in (0, 499, 999):
        noisy = scheduler.add_noise(ones, 0 * ones, torch.tensor([k]))
        assert float(noisy) == pytest.approx(now.alpha[k], rel=1e-4)


def test_linear_betas_by_the_definition():
    beta, alpha_squared = [0.1, 0.2, 0.3], 1.0
    for k, b in enumerate(beta):
        alpha_squared *= 1 - b
        now = linear_schedule((k + 1) / 3, n_steps=3, first=0.1, last=0.3)
        assert now.alpha**2 == pytest.approx(alpha_squared) and now.sigma**2 == pytest.approx(
            1 - alpha_squared
        )
    start = linear_schedule(0.0)
    assert start.alpha == 1 and start.sigma == 0
    between = linear_schedule([0.4995, 0.5, 0.5005])
    assert between.alpha[1] ** 2 == pytest.approx(between.alpha[0] * between.alpha[2], rel=1e-4)


def test_the_cosine_with_its_offset_is_that_of_diffusers():
    scheduler = diffusers.DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2")
    now = cosine_schedule(np.arange(1, 1000) / 1000, offset=0.008)
    # The last of the thousand is capped there, so that alpha is not 0.
    np.testing.assert_allclose(now.alpha**2, scheduler.alphas_cumprod[:-1], rtol=1e-4)
    np.testing.assert_allclose(now.alpha**2 + now.sigma**2, 1, rtol=1e-12)
    ends = cosine_schedule([0.0, 1.0], offset=0.008)
    np.testing.assert_allclose([ends.alpha, ends.sigma], [[1, 0], [0, 1]], atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"sigma_min": 0.01, "sigma_max": 10.0, "rho": 3.0}])
def test_edm_levels_are_those_of_diffusers(options):
    scheduler = diffusers.EDMEulerScheduler(**{"sigma_min": 0.002, "sigma_max": 80.0, "rho": 7.0} | options)
    assert scheduler.config.sigma_data == EDM_SIGMA_DATA
    scheduler.set_timesteps(40)
    found = edm_schedule(1 - np.arange(40) / 39, **options)
    np.testing.assert_allclose(found.sigma, scheduler.sigmas[:-1], rtol=1e-5)
    np.testing.assert_array_equal(found.alpha, 1)


def test_rectified_flow_is_flow_matching_of_diffusers():
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(50)
    found = rectified_flow(scheduler.timesteps.numpy() / 1000)
    np.testing.assert_allclose(found.sigma, scheduler.sigmas[:-1], rtol=1e-6)
    one, none = torch.ones(1, 1), torch.zeros(1, 1)
    for k in (1, 20, 49):
        step = scheduler.timesteps[k : k + 1]
        assert float(scheduler.scale_noise(one, step, none)) == pytest.approx(found.alpha[k], abs=1e-6)


def test_bad_input():
    with pytest.raises(InputError, match="0 to 1"):
        rectified_flow([0.5, 1.5])
    with pytest.raises(InputError, match="0 to 1"):
        cosine_schedule(np.nan)
    for alpha, sigma in [(-1, 1), (1, -1), (0, 0), (np.nan, 1), (1, np.inf)]:
        with pytest.raises(InputError, match="alpha, sigma"):
            snr(alpha, sigma)
    with pytest.raises(InputError, match="offset"):
        cosine_schedule(0.5, offset=-1)
    for options in ({"n_steps": 0}, {"first": 0.0}, {"last": 1.0}):
        with pytest.raises(InputError, match="n_steps, first, last"):
            linear_schedule(0.5, **options)
    for options in ({"sigma_min": 0.0}, {"sigma_max": 0.001}, {"rho": 0.0}, {"rho": np.nan}):
        with pytest.raises(InputError, match="sigma_min, sigma_max, rho"):
            edm_schedule(0.5, **options)
