"""What a scheduler's numbers mean: alpha, sigma, and the denoised estimate behind the network's output.

Every scheduler is brought to `x_t = alpha x_0 + sigma eps`. With `n = sqrt(alpha^2 + sigma^2)`, a network
predicts one of

    epsilon          eps                               denoised = (x_t - sigma output) / alpha
    sample           x_0                               denoised = output
    v_prediction     v = (alpha eps - sigma x_0) / n   denoised = (alpha x_t / n - sigma output) / n
    flow_prediction  eps - x_0                         denoised = (x_t - sigma output) / (alpha + sigma)

(Ho et al. 2020; Salimans and Ho 2022, appendix D; Liu et al. 2023, "Flow straight and fast", eq. 1.)

The variance-preserving family has `alpha^2 = alphas_cumprod[t]` and n = 1. DDPM and DDIM, for which a
`Parametrisation` says all that a run or a bridge needs, are driven from here; the other schedulers drive
themselves and are watched (`families`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectral.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

PREDICTION_TYPES = ("epsilon", "sample", "v_prediction")


def denoised(output: Tensor, x_t: Tensor, *, alpha: float, sigma: float, prediction_type: str) -> Tensor:
    """A network's estimate of x_0, unlimited, from its output for `x_t`; all in the same shape.

    `prediction_type` is one of the four above.
    """
    norm = math.hypot(alpha, sigma)
    if prediction_type == "epsilon":
        return (x_t - sigma * output) / alpha
    if prediction_type == "sample":
        return output
    if prediction_type == "v_prediction":
        return (alpha / norm * x_t - sigma * output) / norm
    return (x_t - sigma * output) / (alpha + sigma)


@dataclass(frozen=True, eq=False)
class Parametrisation:
    """Noise levels of a trained model and the meaning of its output.

    Attributes
    ----------
    alpha, sigma
        Signal and noise scale at each training timestep, ``(timesteps,)`` float64.
    final
        (alpha, sigma) after the last step: (1, 0) unless the scheduler ends elsewhere.
    prediction_type
        What the network predicts: "epsilon", "sample" or "v_prediction".
    limit
        The scheduler's clipping or thresholding of a denoised batch; leaves it as it is where there is none.
    noise_from_limited
        Whether a step takes its noise estimate from the limited denoised estimate (DDPM's posterior mean), or
        from the network's own (DDIM as diffusers' pipeline runs it). The same where nothing is limited.
    """

    alpha: NDArray[np.float64]
    sigma: NDArray[np.float64]
    final: tuple[float, float]
    prediction_type: str
    limit: Callable[[Tensor], Tensor]
    noise_from_limited: bool

    def denoised(self, output: Tensor, x_t: Tensor, timestep: int) -> Tensor:
        """The network's estimate of x_0, unlimited, from its output for `x_t`; all in the same shape."""
        alpha, sigma = float(self.alpha[timestep]), float(self.sigma[timestep])
        return denoised(output, x_t, alpha=alpha, sigma=sigma, prediction_type=self.prediction_type)

    def grid(self, steps: int) -> NDArray[np.int64]:
        """Timesteps of a run, ``(steps,)``, noisiest first.

        Evenly spaced and ending one stride above zero, so that the first is the last training timestep and
        the run starts from what the network knows as noise: "trailing" in Lin et al. (2024), "Common
        Diffusion Noise Schedules and Sample Steps Are Flawed", table 2.

        Raises
        ------
        InputError
            When there are fewer training timesteps than steps, or SNR does not rise from each to the next.
        """
        total = len(self.alpha)
        if steps > total:
            raise InputError(f"steps is {steps}, expected at most the model's {total} training timesteps")
        timesteps = np.round(total - np.arange(steps) * (total / steps)).astype(np.int64) - 1
        if not (np.diff(self.alpha[timesteps]) > 0).all():
            raise InputError("the scheduler's alpha does not rise from step to step, expected rising SNR")
        return timesteps


def parametrisation_of(scheduler: Any) -> Parametrisation:
    """The `Parametrisation` of a diffusers scheduler.

    Raises
    ------
    InputError
        When its class or prediction type is none of the known ones; the message lists them.
    """
    name = type(scheduler).__name__
    if name not in DRIVEN:
        raise InputError(f"the scheduler is a {name}, expected one of {', '.join(DRIVEN)}")
    return DRIVEN[name](scheduler)


def _variance_preserving(scheduler: Any) -> Parametrisation:
    config = scheduler.config
    if config.prediction_type not in PREDICTION_TYPES:
        raise InputError(
            f"prediction_type is {config.prediction_type!r}, expected one of {', '.join(PREDICTION_TYPES)}"
        )
    # diffusers keeps float32; in float64 the two stay each other's complement, however small alpha gets
    signal = scheduler.alphas_cumprod.double().numpy()
    if config.prediction_type == "epsilon" and signal[-1] == 0:
        raise InputError("prediction_type is 'epsilon' with alpha 0 at the start, expected 'v_prediction'")
    final = float(getattr(scheduler, "final_alpha_cumprod", 1.0))  # DDPM always ends at 1
    return Parametrisation(
        alpha=np.sqrt(signal),
        sigma=np.sqrt(1 - signal),
        final=(float(np.sqrt(final)), float(np.sqrt(1 - final))),
        prediction_type=config.prediction_type,
        limit=_limit(scheduler),
        noise_from_limited=type(scheduler).__name__ == "DDPMScheduler",
    )


def _limit(scheduler: Any) -> Callable[[Tensor], Tensor]:
    config = scheduler.config
    if config.thresholding:
        return lambda denoised: scheduler._threshold_sample(denoised)
    if config.clip_sample:
        return lambda denoised: denoised.clamp(-config.clip_sample_range, config.clip_sample_range)
    return lambda denoised: denoised


DRIVEN: dict[str, Callable[[Any], Parametrisation]] = {
    "DDPMScheduler": _variance_preserving,
    "DDIMScheduler": _variance_preserving,
}
