"""The one loop against the exact recursion of an ideal denoiser: one scalar a frequency, in long double."""

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler

from spectral.recording.ddim import exact
from spectral.recording.denoiser import SigmaSampler
from spectral.recording.sampling import sample
from spectral.recording.schedulers import family_of

POWER = 1 / np.arange(1, 1025, dtype=np.longdouble) ** 2
START = torch.randn((1, 1, 1024), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
ROUNDING = 4e-15  # of 50 steps in float64, relative


def wiener(alpha, sigma):
    """What the ideal denoiser makes of each frequency of x_t; float64 for floats."""
    power = POWER if isinstance(alpha, np.longdouble) else torch.tensor(POWER.astype(float))
    return alpha * power / (alpha**2 * power + sigma**2)


def close(end, gain):
    assert abs(end[0, 0].numpy() / (gain * START[0, 0].numpy()) - 1).max() < ROUNDING


@pytest.mark.parametrize("sampler", ["euler", "heun"])
def test_down_the_noise_levels(sampler):
    levels = np.append(np.geomspace(80, 0.01, 50), 0.0)
    stepping = SigmaSampler(sampler, levels, [])

    def ask(x, t):
        return wiener(1.0, stepping.sigma(t)) * x

    end = sample(ask, stepping, START, dtype=torch.float64, what="", progress=False)
    gain, one = np.ones_like(POWER), np.longdouble(1)
    for sigma, s in zip(levels.astype(np.longdouble), levels[1:].astype(np.longdouble), strict=False):
        d = (1 - wiener(one, sigma)) / sigma * gain
        ahead = gain + (s - sigma) * d
        if sampler == "heun" and s > 0:
            d = (d + (1 - wiener(one, s)) / s * ahead) / 2
        gain = gain + (s - sigma) * d
    close(end, gain)


@pytest.mark.parametrize("scheduler_class", [DDPMScheduler, DDIMScheduler])
def test_ddim_in_float64(scheduler_class):
    options = dict(beta_schedule="squaredcos_cap_v2", prediction_type="sample", clip_sample=False)
    scheduler = exact(scheduler_class(**options), 50)
    found = [family_of(scheduler).levels(scheduler, t) for t in scheduler.timesteps]

    def ask(x, t):
        return wiener(*family_of(scheduler).levels(scheduler, t)) * x

    end = sample(ask, scheduler, START, dtype=torch.float64, what="", progress=False)
    gain = np.ones_like(POWER)
    for here, there in zip(found, [*found[1:], (1.0, 0.0)], strict=True):
        (alpha, sigma), (alpha_s, sigma_s) = np.longdouble(here), np.longdouble(there)
        denoised = wiener(alpha, sigma)
        gain = (alpha_s * denoised + sigma_s * (1 - alpha * denoised) / sigma) * gain
    close(end, gain)
