"""How diffusers' schedulers hold the noisy signal: what reaches `step`, and what their state says of it.

What a scheduler is given at `step` is `x_t = alpha x_0 + sigma eps` in one of five scales; s is its
`sigmas[step_index]`:

    by timestep   alpha^2 = alphas_cumprod[timestep], sigma^2 = 1 - alpha^2      (Ho et al. 2020)
    exploding     alpha = 1, sigma = s; the network sees x_t / sqrt(1 + s^2)     (Karras et al. 2022, table 1)
    preserving    alpha = 1 / sqrt(1 + s^2), sigma = s alpha                     (the same signal, rescaled)
    flow          alpha = 1 - s, sigma = s                                       (Liu et al. 2023, eq. 1)
    angle         alpha = alphas[step_index], sigma = betas[step_index]          (IPNDM)

and the network's output becomes `denoised` by its prediction type (see `parametrisation`), or by the
preconditioning that the scheduler itself applies, `denoised = c_skip x_t + c_out output` (Karras et al. 2022,
eq. 7; Song et al. 2023, "Consistency models", eq. 5). A score is `-eps / sigma`.

A second-order scheduler calls the network again inside a step, at a point that only serves its derivative;
`opens` tells the call that begins a step from those.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectral.errors import InputError
from spectral.recording.parametrisation import denoised

if TYPE_CHECKING:
    from torch import Tensor

Levels = Callable[[Any, Any], tuple[float, float]]  # of a scheduler and a timestep
Estimate = Callable[[Any, "Tensor", "Tensor", float, float], "Tensor"]  # of output and x_t


def _by_timestep(scheduler: Any, timestep: Any) -> tuple[float, float]:
    signal = float(scheduler.alphas_cumprod[int(timestep)])
    return math.sqrt(signal), math.sqrt(1 - signal)


def _index(scheduler: Any, timestep: Any) -> int:
    if scheduler.step_index is None:
        scheduler._init_step_index(timestep)  # what the step is about to do itself
    return int(scheduler.step_index)


def _exploding(scheduler: Any, timestep: Any) -> tuple[float, float]:
    return 1.0, float(scheduler.sigmas[_index(scheduler, timestep)])


def _preserving(scheduler: Any, timestep: Any) -> tuple[float, float]:
    if scheduler.config.use_flow_sigmas:
        return _flow(scheduler, timestep)
    s = float(scheduler.sigmas[_index(scheduler, timestep)])
    return 1 / math.hypot(1, s), s / math.hypot(1, s)


def _flow(scheduler: Any, timestep: Any) -> tuple[float, float]:
    s = float(scheduler.sigmas[_index(scheduler, timestep)])
    return 1 - s, s


def _angle(scheduler: Any, timestep: Any) -> tuple[float, float]:
    i = _index(scheduler, timestep)
    return float(scheduler.alphas[i]), float(scheduler.betas[i])


def _score_sde(scheduler: Any, timestep: Any) -> tuple[float, float]:
    i = int((scheduler.timesteps - timestep).abs().argmin())
    return 1.0, float(scheduler.sigmas[i])  # what the network is told; `discrete_sigmas` differ by rounding


def _as_predicted(scheduler: Any, output: Tensor, x_t: Tensor, alpha: float, sigma: float) -> Tensor:
    kind = scheduler.config.prediction_type
    return denoised(output, x_t, alpha=alpha, sigma=sigma, prediction_type=kind)


def _always(kind: str) -> Estimate:
    def estimate(scheduler: Any, output: Tensor, x_t: Tensor, alpha: float, sigma: float) -> Tensor:
        return denoised(output, x_t, alpha=alpha, sigma=sigma, prediction_type=kind)

    return estimate


def _from_score(scheduler: Any, output: Tensor, x_t: Tensor, alpha: float, sigma: float) -> Tensor:
    return x_t + sigma**2 * output


def _preconditioned(scheduler: Any, output: Tensor, x_t: Tensor, alpha: float, sigma: float) -> Tensor:
    return scheduler.precondition_outputs(x_t, output, sigma)


def _consistency(scheduler: Any, output: Tensor, x_t: Tensor, alpha: float, sigma: float) -> Tensor:
    c_skip, c_out = scheduler.get_scalings_for_boundary_condition(sigma)
    return c_skip * x_t + c_out * output


def _every_call(scheduler: Any) -> bool:
    return True


def _first_order(scheduler: Any) -> bool:
    return bool(scheduler.state_in_first_order)


def _pndm(scheduler: Any) -> bool:
    """Four calls a Runge-Kutta step at the start; or there the second call goes back over the first step."""
    if scheduler.counter < len(scheduler.prk_timesteps):
        return scheduler.counter % 4 == 0
    return scheduler.counter != 1 or not scheduler.config.skip_prk_steps


@dataclass(frozen=True)
class Family:
    """Schedulers that hold the noisy signal in one way.

    Attributes
    ----------
    levels
        From a scheduler about to step, and the timestep: (alpha, sigma) of the sample that it is given.
    predicts
        The prediction types that its `step` takes; empty where it has no choice.
    estimate
        From a scheduler, the network's output, x_t, alpha and sigma: the network's denoised estimate.
    opens
        From a scheduler about to step: whether this call begins a step, and so is kept.
    ancestral
        Whether it adds noise as it goes, unless it takes an eta and is given one of 0.
    method, result
        The method that steps, and which of its results is the sample when it was the last step.
    exact
        Whether the run of a network alone takes its steps in float64 (`ddim`) instead of diffusers' own.
    """

    levels: Levels
    predicts: tuple[str, ...] = ()
    estimate: Estimate = _as_predicted
    opens: Callable[[Any], bool] = _every_call
    ancestral: bool = False
    method: str = "step"
    result: int = 0
    exact: bool = False


_TWO = ("epsilon", "v_prediction")
_THREE = ("epsilon", "sample", "v_prediction")
_FOUR = (*_THREE, "flow_prediction")

FAMILIES = {
    "DDPMScheduler": Family(_by_timestep, _THREE, ancestral=True, exact=True),
    "DDPMParallelScheduler": Family(_by_timestep, _THREE, ancestral=True),
    "DDIMScheduler": Family(_by_timestep, _THREE, exact=True),
    "DDIMParallelScheduler": Family(_by_timestep, _THREE),
    "PNDMScheduler": Family(_by_timestep, _TWO, opens=_pndm),
    "LCMScheduler": Family(_by_timestep, _THREE, ancestral=True),
    "TCDScheduler": Family(_by_timestep, _THREE),
    "LMSDiscreteScheduler": Family(_exploding, _THREE),
    "EulerDiscreteScheduler": Family(_exploding, _THREE),
    "EulerAncestralDiscreteScheduler": Family(_exploding, _TWO, ancestral=True),
    "HeunDiscreteScheduler": Family(_exploding, _THREE, opens=_first_order),
    "KDPM2DiscreteScheduler": Family(_exploding, _TWO, opens=_first_order),
    "KDPM2AncestralDiscreteScheduler": Family(_exploding, _TWO, opens=_first_order, ancestral=True),
    "DPMSolverSDEScheduler": Family(_exploding, _TWO, opens=_first_order, ancestral=True),
    "EDMEulerScheduler": Family(_exploding, _TWO, _preconditioned),
    "EDMDPMSolverMultistepScheduler": Family(_exploding, _TWO, _preconditioned),
    "CosineDPMSolverMultistepScheduler": Family(_exploding, _TWO, _preconditioned, ancestral=True),
    "CMStochasticIterativeScheduler": Family(_exploding, (), _consistency, ancestral=True),
    "ScoreSdeVeScheduler": Family(_score_sde, (), _from_score, ancestral=True, method="step_pred", result=1),
    "DPMSolverMultistepScheduler": Family(_preserving, _FOUR),
    "DPMSolverSinglestepScheduler": Family(_preserving, _FOUR),
    "DEISMultistepScheduler": Family(_preserving, _FOUR),
    "UniPCMultistepScheduler": Family(_preserving, _FOUR),
    "SASolverScheduler": Family(_preserving, _FOUR),
    "FlowMatchEulerDiscreteScheduler": Family(_flow, (), _always("flow_prediction")),
    "FlowMatchHeunDiscreteScheduler": Family(_flow, (), _always("flow_prediction"), opens=_first_order),
    "IPNDMScheduler": Family(_angle, (), _always("v_prediction")),
}


def family_of(scheduler: Any) -> Family:
    """The `Family` of a diffusers scheduler, once its configuration has been looked at.

    A sampler of our own brings its `family` along.

    Raises
    ------
    InputError
        When its class or prediction type is none of the known ones (the message lists them), or the
        prediction type does not go with its sigmas.
    """
    name = type(scheduler).__name__
    if isinstance(own := getattr(scheduler, "family", None), Family):
        return own
    if name not in FAMILIES:
        raise InputError(f"the scheduler is a {name}, expected one of {', '.join(FAMILIES)}")
    family, config = FAMILIES[name], scheduler.config
    kind = config.get("prediction_type")
    if family.predicts and kind not in family.predicts:
        raise InputError(
            f"prediction_type: found {kind!r}, expected one of {', '.join(family.predicts)} for a {name}"
        )
    flow_sigmas = config.get("use_flow_sigmas")
    if kind == "flow_prediction" and not flow_sigmas:
        raise InputError("prediction_type: found 'flow_prediction', expected use_flow_sigmas to go with it")
    if kind == "v_prediction" and flow_sigmas:  # `alpha x_t - sigma v` is then not x_0
        raise InputError(
            "prediction_type: found 'v_prediction' with use_flow_sigmas, expected 'flow_prediction'"
        )
    if config.get("invert_sigmas"):
        raise InputError("invert_sigmas is on, expected sigma to be the share of the noise")
    return family


def adds_noise(scheduler: Any, given: Mapping[str, Any]) -> bool:
    """Whether a step takes fresh noise, from the scheduler and the arguments of the call."""
    if family_of(scheduler).ancestral:
        return given.get("eta") != 0
    config = scheduler.config
    if str(config.get("algorithm_type")).startswith("sde") or config.get("stochastic_sampling"):
        return True
    if hasattr(scheduler, "tau_func"):  # SASolver: noise over a part of the way
        return bool(scheduler.tau_func(given["timestep"]) > 0)
    return any(given.get(name) for name in ("eta", "s_churn"))


def kind_of(scheduler: Any) -> str:
    """Which networks a scheduler is for, by what they were trained to be told of the noise level.

    "timestep" for those of a table of `alphas_cumprod`, "flow" for those of rectified flow, "edm" for those
    under the preconditioning of Karras et al.; each of the others, by its class, has a way of its own.
    """
    name, config = type(scheduler).__name__, scheduler.config
    if name.startswith("FlowMatch") or config.get("use_flow_sigmas"):
        return "flow"
    if name.startswith("EDM"):
        return "edm"
    if not hasattr(scheduler, "alphas_cumprod") or config.get("timestep_type") == "continuous":
        return name
    return "timestep"


def of_a_kind(scheduler: Any) -> dict[str, dict[str, Any]]:
    """Classes of schedulers for the same networks, each with what has to change in the configuration."""
    kind, name, config = kind_of(scheduler), type(scheduler).__name__, scheduler.config
    shift = config.get("shift", config.get("flow_shift", 1.0))
    flow = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": shift}
    like: dict[str, dict[str, Any]] = {}
    for other, family in FAMILIES.items():
        if kind == "timestep" and family.predicts and family.estimate is _as_predicted:
            like[other] = {}
        elif kind == "flow" and (other.startswith("FlowMatch") or family.levels is _preserving):
            like[other] = {"shift": shift} if other.startswith("FlowMatch") else flow
        elif kind == "edm" and other.startswith("EDM"):
            like[other] = {}
    return like | {name: {}}
