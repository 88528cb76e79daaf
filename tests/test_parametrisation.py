import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from tiny_models import ddim, tiny_network

from spectral import record
from spectral.errors import InputError
from spectral.recording.ddim import exact, final_levels, limit, trailing_timesteps
from spectral.recording.schedulers import family_of

SCHEDULERS = (DDPMScheduler, DDIMScheduler)
SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")


def levels(scheduler):
    """alpha and sigma at every training timestep."""
    return np.array([family_of(scheduler).levels(scheduler, t) for t in range(1000)]).T


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("scheduler_class", SCHEDULERS)
def test_alpha_and_sigma_are_those_of_diffusers_own_noising(scheduler_class, schedule):
    scheduler = scheduler_class(beta_schedule=schedule)
    alpha, sigma = levels(scheduler)
    timesteps = torch.arange(1000)
    one, zero = torch.ones(1000, dtype=torch.float64), torch.zeros(1000, dtype=torch.float64)
    np.testing.assert_allclose(alpha, scheduler.add_noise(one, zero, timesteps), rtol=1e-6)
    np.testing.assert_allclose(sigma, scheduler.add_noise(zero, one, timesteps), rtol=1e-6)
    np.testing.assert_allclose(alpha**2 + sigma**2, 1, rtol=1e-15)
    assert (np.diff(alpha / sigma) < 0).all()


@pytest.mark.parametrize("prediction_type", ["epsilon", "sample", "v_prediction"])
@pytest.mark.parametrize("scheduler_class", SCHEDULERS)
def test_denoised_is_recovered_from_what_diffusers_trains_on(scheduler_class, prediction_type):
    scheduler = scheduler_class(beta_schedule="squaredcos_cap_v2", prediction_type=prediction_type)
    family = family_of(scheduler)
    x_0, eps = torch.randn(2, 1, 3, 8, 8, dtype=torch.float64, generator=torch.manual_seed(0))
    for timestep in (0, 400, 990, 999):
        t = torch.tensor([timestep])
        x_t = scheduler.add_noise(x_0, eps, t)
        target = {"epsilon": eps, "sample": x_0, "v_prediction": scheduler.get_velocity(x_0, eps, t)}
        alpha, sigma = family.levels(scheduler, timestep)
        denoised = family.estimate(scheduler, target[prediction_type], x_t, alpha, sigma)
        # diffusers' coefficients carry float32's rounding, which epsilon prediction divides by alpha
        rounding = 2e-7 / (alpha if prediction_type == "epsilon" else 1)
        assert abs(denoised - x_0).max() < 5 * rounding


@pytest.mark.parametrize("steps", [2, 3, 7, 10, 30, 50, 333, 999, 1000])
def test_the_grid_is_diffusers_trailing_one(steps):
    scheduler = DDIMScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    grid = trailing_timesteps(scheduler, steps)
    np.testing.assert_array_equal(grid, scheduler.timesteps)
    assert grid[0] == 999 and len(grid) == steps


def test_the_grid_does_not_depend_on_the_schedulers_own_spacing():
    leading = trailing_timesteps(DDPMScheduler(timestep_spacing="leading"), 10)
    np.testing.assert_array_equal(leading, np.arange(999, 0, -100))


def test_more_steps_than_timesteps_are_refused():
    with pytest.raises(InputError, match="steps: found 101, expected at most the model's 100"):
        exact(DDPMScheduler(num_train_timesteps=100), 101)


def test_a_schedule_that_stands_still_is_refused():
    with pytest.raises(InputError, match="rising SNR"):
        exact(DDPMScheduler(trained_betas=[0.01, 0.0, 0.0, 0.01]), 4)


def test_where_the_last_step_leads():
    assert final_levels(DDPMScheduler()) == (1, 0)
    assert final_levels(DDIMScheduler()) == (1, 0)
    scheduler = DDIMScheduler(set_alpha_to_one=False)
    assert final_levels(scheduler) == tuple(levels(scheduler)[:, 0])


@pytest.mark.parametrize("scheduler_class", SCHEDULERS)
def test_limits(scheduler_class):
    x = torch.linspace(-3, 3, 48, dtype=torch.float64).reshape(1, 3, 4, 4)
    assert torch.equal(limit(scheduler_class(clip_sample=False), x), x)
    clipped = limit(scheduler_class(clip_sample=True, clip_sample_range=1.5), x)
    assert torch.equal(clipped, x.clip(-1.5, 1.5))
    thresholded = limit(scheduler_class(thresholding=True, sample_max_value=10.0), x)
    s = np.quantile(abs(x), 0.995)  # Saharia et al. (2022), section 2.3
    np.testing.assert_allclose(thresholded, x.clip(-s, s) / s, rtol=1e-6)


def test_the_scheduler_that_was_given_stays_as_it_was():
    scheduler = DDPMScheduler(timestep_spacing="leading")
    before, timesteps = dict(vars(scheduler)), scheduler.timesteps.clone()
    made = exact(scheduler, 10)
    assert vars(scheduler).keys() == before.keys() and "step" not in before
    assert torch.equal(scheduler.timesteps, timesteps)
    assert (scheduler.config.timestep_spacing, made.config.timestep_spacing) == ("leading", "trailing")


def test_zero_terminal_snr_needs_more_than_epsilon():
    with pytest.raises(InputError, match="v_prediction"):
        record(ddim(tiny_network(), rescale_betas_zero_snr=True), steps=3, seed=0)
    scheduler = DDIMScheduler(rescale_betas_zero_snr=True, prediction_type="v_prediction")
    assert levels(scheduler)[0, -1] == 0


def test_other_prediction_types_are_refused_with_a_list_of_what_works():
    with pytest.raises(InputError, match=r"'flow'.*epsilon, sample, v_prediction"):
        family_of(DDPMScheduler(prediction_type="flow"))
