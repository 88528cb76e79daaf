import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, EulerDiscreteScheduler

from spectral.errors import InputError
from spectral.recording.parametrisation import parametrisation_of

SCHEDULERS = (DDPMScheduler, DDIMScheduler)
SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("scheduler_class", SCHEDULERS)
def test_alpha_and_sigma_are_those_of_diffusers_own_noising(scheduler_class, schedule):
    scheduler = scheduler_class(beta_schedule=schedule)
    meaning = parametrisation_of(scheduler)
    timesteps = torch.arange(1000)
    one, zero = torch.ones(1000, dtype=torch.float64), torch.zeros(1000, dtype=torch.float64)
    np.testing.assert_allclose(meaning.alpha, scheduler.add_noise(one, zero, timesteps), rtol=1e-6)
    np.testing.assert_allclose(meaning.sigma, scheduler.add_noise(zero, one, timesteps), rtol=1e-6)
    np.testing.assert_allclose(meaning.alpha**2 + meaning.sigma**2, 1, rtol=1e-15)
    assert (np.diff(meaning.alpha / meaning.sigma) < 0).all()


@pytest.mark.parametrize("prediction_type", ["epsilon", "sample", "v_prediction"])
@pytest.mark.parametrize("scheduler_class", SCHEDULERS)
def test_denoised_is_recovered_from_what_diffusers_trains_on(scheduler_class, prediction_type):
    scheduler = scheduler_class(beta_schedule="squaredcos_cap_v2", prediction_type=prediction_type)
    meaning = parametrisation_of(scheduler)
    x_0, eps = torch.randn(2, 1, 3, 8, 8, dtype=torch.float64, generator=torch.manual_seed(0))
    for timestep in (0, 400, 990, 999):
        t = torch.tensor([timestep])
        x_t = scheduler.add_noise(x_0, eps, t)
        target = {"epsilon": eps, "sample": x_0, "v_prediction": scheduler.get_velocity(x_0, eps, t)}
        denoised = meaning.denoised(target[prediction_type], x_t, timestep)
        # diffusers' coefficients carry float32's rounding, which epsilon prediction divides by alpha
        rounding = 2e-7 / (meaning.alpha[timestep] if prediction_type == "epsilon" else 1)
        assert abs(denoised - x_0).max() < 5 * rounding


@pytest.mark.parametrize("steps", [2, 3, 7, 10, 30, 50, 333, 999, 1000])
def test_the_grid_is_diffusers_trailing_one(steps):
    scheduler = DDIMScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    grid = parametrisation_of(scheduler).grid(steps)
    np.testing.assert_array_equal(grid, scheduler.timesteps)
    assert grid[0] == 999 and len(grid) == steps


def test_the_grid_does_not_depend_on_the_schedulers_own_spacing():
    leading = parametrisation_of(DDPMScheduler(timestep_spacing="leading")).grid(10)
    np.testing.assert_array_equal(leading, np.arange(999, 0, -100))


def test_more_steps_than_timesteps_are_refused():
    with pytest.raises(InputError, match="steps is 101, expected at most the model's 100"):
        parametrisation_of(DDPMScheduler(num_train_timesteps=100)).grid(101)


def test_a_schedule_that_stands_still_is_refused():
    scheduler = DDPMScheduler(trained_betas=[0.01, 0.0, 0.0, 0.01])
    with pytest.raises(InputError, match="rising SNR"):
        parametrisation_of(scheduler).grid(4)


def test_where_the_last_step_leads():
    assert parametrisation_of(DDPMScheduler()).final == (1, 0)
    assert parametrisation_of(DDIMScheduler()).final == (1, 0)
    meaning = parametrisation_of(DDIMScheduler(set_alpha_to_one=False))
    assert meaning.final == (meaning.alpha[0], meaning.sigma[0])


@pytest.mark.parametrize("scheduler_class", SCHEDULERS)
def test_limits(scheduler_class):
    x = torch.linspace(-3, 3, 48, dtype=torch.float64).reshape(1, 3, 4, 4)
    free = parametrisation_of(scheduler_class(clip_sample=False))
    clipped = parametrisation_of(scheduler_class(clip_sample=True, clip_sample_range=1.5))
    thresholded = parametrisation_of(scheduler_class(thresholding=True, sample_max_value=10.0))
    assert torch.equal(free.limit(x), x)
    assert torch.equal(clipped.limit(x), x.clip(-1.5, 1.5))
    s = np.quantile(abs(x), 0.995)  # Saharia et al. (2022), section 2.3
    np.testing.assert_allclose(thresholded.limit(x), x.clip(-s, s) / s, rtol=1e-6)


def test_zero_terminal_snr_needs_more_than_epsilon():
    with pytest.raises(InputError, match="v_prediction"):
        parametrisation_of(DDIMScheduler(rescale_betas_zero_snr=True))
    meaning = parametrisation_of(DDIMScheduler(rescale_betas_zero_snr=True, prediction_type="v_prediction"))
    assert meaning.alpha[-1] == 0


def test_other_schedulers_are_refused_with_a_list_of_what_works():
    with pytest.raises(InputError, match=r"EulerDiscreteScheduler.*DDPMScheduler, DDIMScheduler"):
        parametrisation_of(EulerDiscreteScheduler())


def test_other_prediction_types_are_refused_with_a_list_of_what_works():
    with pytest.raises(InputError, match=r"'flow'.*epsilon, sample, v_prediction"):
        parametrisation_of(DDPMScheduler(prediction_type="flow"))
