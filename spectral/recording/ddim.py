"""DDPM's and DDIM's steps in float64, on an evenly spaced grid of timesteps that begins at pure noise.

With s the step after t, `r = alpha_t sigma_s / (alpha_s sigma_t)` (`r^2 = SNR_t / SNR_s`) and z fresh noise,

    x_s = alpha_s denoised + sqrt(sigma_s^2 - v^2) eps_t + v z,   v^2 = eta^2 sigma_s^2 (1 - r^2)

which is DDIM (Song et al. 2021, eq. 12 and 16) with the network's `denoised` and its noise estimate
`eps_t = (x_t - alpha_t denoised) / sigma_t`; eta = 1 is ancestral sampling with DDPM's posterior variance.

diffusers steps in float32, of which a cosine schedule, that begins with alpha near 5e-5, leaves little.
"""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.schedulers import family_of


def exact(scheduler: Any, steps: int) -> Any:
    """A DDPM or DDIM scheduler set to that many timesteps, with a `step` in float64.

    DDPM takes the noise estimate of a step from the limited denoised estimate (its posterior mean), DDIM the
    network's own, as in diffusers' pipeline. The two are the same where nothing is limited.

    Raises
    ------
    InputError
        As `trailing_timesteps`.
    """
    family, timesteps = family_of(scheduler), trailing_timesteps(scheduler, steps)
    levels = [family.levels(scheduler, t) for t in timesteps] + [final_levels(scheduler)]
    place = {int(t): i for i, t in enumerate(timesteps)}

    def step(
        model_output: Tensor,
        timestep: Tensor,
        sample: Tensor,
        eta: float = 0.0,
        generator: torch.Generator | list[torch.Generator] | None = None,
    ) -> tuple[Tensor]:
        """From x_t, as the network saw it, to x_s in float64."""
        i = place[int(timestep)]
        (alpha, sigma), (alpha_s, sigma_s) = levels[i], levels[i + 1]
        x_t = sample.double()
        denoised = family.estimate(scheduler, model_output.double(), x_t, alpha, sigma)
        limited = limit(scheduler, denoised)
        noise = (x_t - alpha * (limited if family.ancestral else denoised)) / sigma
        r = alpha * sigma_s / (alpha_s * sigma)
        v = eta * sigma_s * math.sqrt(1 - r**2)
        x_s = alpha_s * limited + math.sqrt(sigma_s**2 - v**2) * noise
        if eta > 0:  # drawn even for v = 0, as diffusers does
            own = generator if isinstance(generator, list) else [generator]
            fresh = [torch.randn((1, *sample.shape[1:]), generator=g, dtype=sample.dtype) for g in own]
            x_s = x_s + v * torch.cat(fresh)
        return (x_s,)

    def estimate(*given: Any) -> Any:
        return family.estimate(*given).astype(np.float32)  # on the way to float16 too, as ever

    made = copy.copy(scheduler)
    made.family = replace(family, estimate=estimate)
    made.register_to_config(timestep_spacing="trailing")
    made.timesteps = torch.from_numpy(timesteps)
    made.step = step
    return made


def trailing_timesteps(scheduler: Any, steps: int) -> NDArray[np.int64]:
    """Timesteps of a run, ``(steps,)``, noisiest first.

    Evenly spaced and ending one stride above zero, so that the first is the last training timestep and the
    run starts from what the network knows as noise: "trailing" in Lin et al. (2024), "Common Diffusion Noise
    Schedules and Sample Steps Are Flawed", table 2.

    Raises
    ------
    InputError
        When there are fewer training timesteps than steps, or SNR does not rise from each to the next.
    """
    total = len(scheduler.alphas_cumprod)
    if steps > total:
        raise InputError(f"steps: found {steps}, expected at most the model's {total} training timesteps")
    timesteps = np.round(total - np.arange(steps) * (total / steps)).astype(np.int64) - 1
    if not (np.diff(scheduler.alphas_cumprod.numpy()[timesteps]) > 0).all():
        raise InputError("the scheduler's alpha does not rise from step to step, expected rising SNR")
    return timesteps


def final_levels(scheduler: Any) -> tuple[float, float]:
    """(alpha, sigma) after the last step: (1, 0) unless the scheduler ends elsewhere."""
    signal = float(getattr(scheduler, "final_alpha_cumprod", 1.0))  # DDPM always ends at 1
    return math.sqrt(signal), math.sqrt(1 - signal)


def limit(scheduler: Any, denoised: Tensor) -> Tensor:
    """A denoised batch under the scheduler's thresholding or clipping; as it is where there is none."""
    config = scheduler.config
    if config.thresholding:
        return scheduler._threshold_sample(denoised)
    if config.clip_sample:
        return denoised.clamp(-config.clip_sample_range, config.clip_sample_range)
    return denoised
