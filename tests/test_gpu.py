"""The oracle in half precision: a few schedulers on the CPU, all of them on a GPU (`pytest -m gpu`)."""

import contextlib
import gc

import numpy as np
import pytest
import torch
from scheduler_oracle import CASES, SIZE, answer, sample
from tiny_models import wiener

from spectral import Recorder, lock_in, radial_frequency

FREQ = np.maximum(radial_frequency((SIZE, SIZE)), 1 / SIZE)
POWER = FREQ**-2 / (FREQ**-2).mean()
HALF = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
A_FEW = {
    "DDIMScheduler eta=0.5": "v_prediction",
    "EulerDiscreteScheduler use_karras_sigmas=True": "epsilon",
    "HeunDiscreteScheduler": "sample",
    "DPMSolverMultistepScheduler algorithm_type=sde-dpmsolver++": "epsilon",
    "UniPCMultistepScheduler": "v_prediction",
    "EDMEulerScheduler": "epsilon",
    "FlowMatchEulerDiscreteScheduler shift=3.0": "flow",
    "IPNDMScheduler": "v",
}

# numpy's and diffusers' deprecations, and torchsde's remarks on rounding
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def device():
    if not torch.cuda.is_available():
        pytest.skip("torch finds no GPU")
    return "cuda"


def recorded(case, prediction, *, device, dtype):
    scheduler, denoise = case.make(prediction), wiener(torch.tensor(POWER, device=device))
    with Recorder(scheduler) as recorder:
        noise, end = sample(case, prediction, scheduler, denoise, device=device, dtype=dtype)
    return recorder.trajectory(), noise[0].float().cpu().numpy(), end[0].float().cpu().numpy()


def check(case, prediction, *, device, dtype):
    """The Wiener estimate is found again, as closely as the network's rounded answer can say it.

    With u the rounding of `dtype`, the network's output is off by up to u of itself, and what it is shown, if
    the scheduler rescales x_t for it, by u of that; each comes into `denoised` by its own slope.
    """
    run, noise, end = recorded(case, prediction, device=device, dtype=dtype)
    assert run.n_steps == case.steps
    if case.level != "score":  # whose corrector comes before the first step
        np.testing.assert_array_equal(run.x_t[0], noise)
    np.testing.assert_array_equal(run.sample, end)

    scheduler, u = case.make(prediction), torch.finfo(dtype).eps / 2
    for x_t, denoised, alpha, sigma in zip(run.x_t, run.denoised, run.alpha, run.sigma, strict=True):
        x = torch.tensor(x_t).double()
        expected = wiener(POWER)(x, alpha, sigma)
        said = answer(scheduler, case.level, prediction, x, expected, alpha, sigma)
        said_of_one = abs(answer(scheduler, case.level, prediction, 0.0, 1.0, alpha, sigma))
        shown = (alpha * POWER / (alpha**2 * POWER + sigma**2)).max() * x.norm()
        floor = 0.01 * x.numel() ** 0.5  # a hundredth of the data, where there is nothing to be seen yet
        assert (torch.tensor(denoised) - expected).norm() < u * (said.norm() / said_of_one + shown + floor)

    eps = (run.x_t[0] - run.alpha[0] * run.denoised[0]) / run.sigma[0]
    assert abs(eps.var() - 1) < 5 * np.sqrt(2 / eps.size)
    locks = lock_in(run)
    assert (np.diff(locks.step) >= 0).all() and locks.step[0] < locks.step[-1] < run.n_steps


@HALF
@pytest.mark.parametrize("name", A_FEW)
def test_half_precision(name, dtype):
    (case,) = (case for case in CASES if case.name == name)
    check(case, A_FEW[name], device="cpu", dtype=dtype)


@pytest.mark.gpu
@HALF
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_half_precision_on_a_gpu(case, dtype, device):
    for prediction in case.predictions:
        check(case, prediction, device=device, dtype=dtype)


@pytest.mark.gpu
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_gpus_memory_is_given_back(case, device):
    """Of a run, recorded or not, nothing stays there but what the scheduler itself holds on to."""

    def left(recording):
        scheduler, denoise = case.make(case.predictions[0]), wiener(torch.tensor(POWER, device=device))
        before = torch.cuda.memory_allocated()
        with Recorder(scheduler) if recording else contextlib.nullcontext() as recorder:
            sample(case, case.predictions[0], scheduler, denoise, device=device, dtype=torch.float16)
        gc.collect()
        after_run = torch.cuda.memory_allocated() - before
        trajectory = recorder.trajectory() if recording else None
        return after_run, torch.cuda.memory_allocated() - before, trajectory

    left(False)  # plans and workspaces that torch keeps for next time
    unrecorded, _, _ = left(False)
    recorded, told, trajectory = left(True)
    assert trajectory.n_steps == case.steps
    assert recorded == told == unrecorded
