"""The ideal denoiser of a Gaussian prior in a network's place, for every scheduler of diffusers.

The oracle knows what a network knows: the input, scaled as the scheduler scales it, and the timestep. From
the timestep alone it finds the noise level (`LEVELS`, written from what each scheduler tells its network);
`answer` is the definition of what such a network is trained to give. Nothing here looks at a step index or at
`spectral`.

    python tests/scheduler_oracle.py > docs/schedulers.md
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, field

import diffusers
import numpy as np
import torch

SIZE = 32
STEPS = 12


@dataclass(frozen=True)
class Case:
    """One scheduler, how its network is told the noise, and its prediction types.

    `config` makes the scheduler, `options` go with each call of its `step`.
    """

    scheduler: str
    level: str
    predictions: tuple[str, ...]
    config: dict = field(default_factory=dict)
    steps: int = STEPS
    options: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        said = self.config | self.options
        return " ".join([self.scheduler, *(f"{name}={value}" for name, value in said.items())])

    def make(self, prediction: str):
        kind = {"prediction_type": prediction} if prediction not in FIXED else {}
        return getattr(diffusers, self.scheduler)(**kind, **UNCLIPPED.get(self.scheduler, {}), **self.config)


FIXED = ("flow", "v", "score", "consistency")  # of schedulers without a choice
UNCLIPPED = {  # where clipping is the default
    name: {"clip_sample": False}
    for name in ("DDPMScheduler", "DDPMParallelScheduler", "DDIMScheduler", "DDIMParallelScheduler")
} | {"CMStochasticIterativeScheduler": {"clip_denoised": False}}

EPS_V = ("epsilon", "v_prediction")
EPS_X_V = ("epsilon", "sample", "v_prediction")
KARRAS, EXPONENTIAL = {"use_karras_sigmas": True}, {"use_exponential_sigmas": True}
FLOW = {"use_flow_sigmas": True, "flow_shift": 3.0}
FLOW_TYPE = ("flow_prediction",)
NO_SIGNAL = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}  # alpha = 0 at the start

CASES = [
    Case("DDPMScheduler", "timestep", EPS_X_V),
    Case("DDPMParallelScheduler", "timestep", EPS_X_V),
    Case("DDIMScheduler", "timestep", EPS_X_V),
    Case("DDIMParallelScheduler", "timestep", EPS_X_V),
    *(
        Case(name, "timestep", EPS_X_V, options={"eta": eta})
        for name in ("DDIMScheduler", "DDIMParallelScheduler")
        for eta in (0.5, 1.0)
    ),
    Case("DDIMScheduler", "timestep", ("sample", "v_prediction"), NO_SIGNAL),
    Case("DDPMScheduler", "timestep", ("sample", "v_prediction"), NO_SIGNAL),
    Case("PNDMScheduler", "timestep", EPS_V),
    Case("PNDMScheduler", "timestep", EPS_V, {"skip_prk_steps": True}),
    Case("LCMScheduler", "timestep", EPS_X_V),
    Case("TCDScheduler", "timestep", EPS_X_V),
    Case("TCDScheduler", "timestep", EPS_X_V, options={"eta": 0.0}),
    Case("LMSDiscreteScheduler", "exploding", EPS_X_V),
    Case("LMSDiscreteScheduler", "exploding", EPS_X_V, KARRAS),
    Case("LMSDiscreteScheduler", "exploding", EPS_X_V, EXPONENTIAL),
    Case("EulerDiscreteScheduler", "exploding", EPS_X_V),
    Case("EulerDiscreteScheduler", "exploding", EPS_X_V, KARRAS),
    Case("EulerDiscreteScheduler", "exploding", EPS_X_V, EXPONENTIAL),
    Case("EulerDiscreteScheduler", "exploding", EPS_X_V, options={"s_churn": 2.0}),
    Case("EulerAncestralDiscreteScheduler", "exploding", EPS_V),
    Case("HeunDiscreteScheduler", "exploding", EPS_X_V),
    Case("HeunDiscreteScheduler", "exploding", EPS_X_V, KARRAS),
    Case("HeunDiscreteScheduler", "exploding", EPS_X_V, EXPONENTIAL),
    *(
        Case(name, "exploding", EPS_V, sigmas)
        for name in ("KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DPMSolverSDEScheduler")
        for sigmas in ({}, KARRAS, EXPONENTIAL)
    ),
    *(
        Case("DPMSolverMultistepScheduler", "preserving", EPS_X_V, {"algorithm_type": kind} | sigmas | end)
        for kind, end in {
            "dpmsolver": {"final_sigmas_type": "sigma_min"},
            "dpmsolver++": {},
            "sde-dpmsolver++": {},
        }.items()
        for sigmas in ({}, KARRAS, EXPONENTIAL)
    ),
    Case("DPMSolverMultistepScheduler", "flow", (*FLOW_TYPE, "sample"), FLOW),
    *(
        Case(name, "preserving", EPS_X_V, sigmas)
        for name in (
            "DPMSolverSinglestepScheduler",
            "DEISMultistepScheduler",
            "UniPCMultistepScheduler",
            "SASolverScheduler",
        )
        for sigmas in ({}, KARRAS, EXPONENTIAL)
    ),
    Case("DPMSolverSinglestepScheduler", "flow", FLOW_TYPE, FLOW),
    Case("DEISMultistepScheduler", "flow", FLOW_TYPE, FLOW),
    Case("UniPCMultistepScheduler", "flow", FLOW_TYPE, FLOW),
    Case("SASolverScheduler", "flow", FLOW_TYPE, FLOW),
    Case("EDMEulerScheduler", "edm", EPS_V),
    Case("EDMEulerScheduler", "edm", EPS_V, options={"s_churn": 2.0}),
    Case("EDMDPMSolverMultistepScheduler", "edm", EPS_V),
    Case("EDMDPMSolverMultistepScheduler", "edm", EPS_V, {"algorithm_type": "sde-dpmsolver++"}),
    Case("CosineDPMSolverMultistepScheduler", "cosine", EPS_V),
    Case("FlowMatchEulerDiscreteScheduler", "flow", ("flow",)),
    Case("FlowMatchEulerDiscreteScheduler", "flow", ("flow",), {"shift": 3.0}),
    Case("FlowMatchEulerDiscreteScheduler", "flow", ("flow",), {"use_dynamic_shifting": True}),
    Case("FlowMatchEulerDiscreteScheduler", "flow", ("flow",), {"stochastic_sampling": True}),
    Case("FlowMatchHeunDiscreteScheduler", "flow", ("flow",), {"shift": 3.0}),
    Case("IPNDMScheduler", "angle", ("v",)),
    Case("CMStochasticIterativeScheduler", "consistency", ("consistency",)),
    Case("ScoreSdeVeScheduler", "score", ("score",), {"sigma_max": 50.0}, 60),
]


def nearest(values, target: float) -> float:
    """Of the noise levels that a scheduler visits the one that a rounded timestep means."""
    values = np.asarray(values, dtype=np.float64)
    return float(values[abs(np.log(np.maximum(values, 1e-9)) - math.log(max(target, 1e-9))).argmin()])


def visited(scheduler) -> list[float]:
    """Every sigma at which a scheduler calls its network, in no order that tells when."""
    levels = [*scheduler.sigmas.tolist(), *getattr(scheduler, "sigmas_interpol", torch.zeros(0)).tolist()]
    middle = getattr(scheduler, "mid_point_sigma", None)
    return [s for s in levels if s > 0] if middle is None else [float(middle)]


def trained(scheduler, t: float) -> float:
    """sigma / alpha at timestep t of the schedule that the network was trained with."""
    signal = scheduler.alphas_cumprod.double().cpu().numpy()
    log_sigma = np.log(np.sqrt((1 - signal) / signal))
    return float(np.exp(np.interp(t, np.arange(len(log_sigma)), log_sigma)))


def by_timestep(scheduler, t):
    signal = float(scheduler.alphas_cumprod[int(t)])
    return math.sqrt(signal), math.sqrt(1 - signal)


def exploding(scheduler, t):
    return 1.0, nearest(visited(scheduler), trained(scheduler, t))


def preserving(scheduler, t):
    s = nearest(visited(scheduler), trained(scheduler, t))
    return 1 / math.sqrt(1 + s * s), s / math.sqrt(1 + s * s)


def flow(scheduler, t):
    s = nearest(visited(scheduler), t / 1000)
    return 1 - s, s


LEVELS = {
    "timestep": by_timestep,
    "exploding": exploding,
    "preserving": preserving,
    "flow": flow,
    "edm": lambda scheduler, t: (1.0, math.exp(4 * t)),
    "cosine": lambda scheduler, t: (1.0, math.tan(t * math.pi / 2)),
    "angle": lambda scheduler, t: (math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)),
    "consistency": lambda scheduler, t: (1.0, math.exp(t / 250)),
    "score": lambda scheduler, sigma: (1.0, sigma),
}
SCALED = {  # the network's input over x_t
    "exploding": lambda scheduler, sigma: 1 / math.sqrt(1 + sigma**2),
    **dict.fromkeys(
        ("edm", "cosine", "consistency"),
        lambda scheduler, sigma: 1 / math.sqrt(scheduler.config.sigma_data**2 + sigma**2),
    ),
}


def answer(scheduler, level, prediction, x_t, denoised, alpha, sigma):
    """What the network says of x_t, from the definition of its prediction type."""
    noise = (x_t - alpha * denoised) / sigma
    norm = math.hypot(alpha, sigma)
    if level in ("edm", "cosine", "consistency"):
        data, floor = scheduler.config.sigma_data, 0.0
        if level == "consistency":
            floor = scheduler.config.sigma_min
        skip = data**2 / ((sigma - floor) ** 2 + data**2)
        out = (sigma - floor) * data / math.hypot(sigma, data)
        return (denoised - skip * x_t) / (-out if prediction == "v_prediction" else out)
    return {
        "epsilon": noise,
        "sample": denoised,
        "v_prediction": (alpha * noise - sigma * denoised) / norm,
        "v": alpha * noise - sigma * denoised,
        "flow_prediction": noise - denoised,
        "flow": noise - denoised,
        "score": -noise / sigma,
    }[prediction]


def sample(case: Case, prediction: str, scheduler, denoise, *, fresh=0, device="cpu", dtype=torch.float32):
    """Run the oracle under a scheduler, as a pipeline would: from what noise, to what sample.

    The run starts from the same noise every time; `fresh` is the seed of what is added on the way. What
    passes between network and scheduler has `dtype`; the oracle itself reckons in float64.
    """
    torch.manual_seed(fresh)  # a Brownian tree without a seed of its own takes one from here
    generator = torch.Generator().manual_seed(fresh)
    shifted = {"mu": 1.0} if scheduler.config.get("use_dynamic_shifting") else {}
    scheduler.set_timesteps(case.steps, device=device, **shifted)
    noise = torch.randn((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(7)).to(device, dtype)
    x = noise = noise * getattr(scheduler, "init_noise_sigma", 1.0)

    def network(shown, t):
        alpha, sigma = LEVELS[case.level](scheduler, float(t))
        x_t = shown.double() / SCALED.get(case.level, lambda *_: 1.0)(scheduler, sigma)
        said = answer(scheduler, case.level, prediction, x_t, denoise(x_t, alpha, sigma), alpha, sigma)
        return said.to(dtype)

    if case.level == "score":  # ScoreSdeVePipeline's loop
        scheduler.set_sigmas(case.steps)
        for i, t in enumerate(scheduler.timesteps):
            sigma = scheduler.sigmas[i]
            x = scheduler.step_correct(network(x, sigma), x, generator=generator).prev_sample
            stepped = scheduler.step_pred(network(x, sigma), t, x, generator=generator)
            x = stepped.prev_sample
        return noise, stepped.prev_sample_mean
    takes = inspect.signature(scheduler.step).parameters
    options = case.options | ({"generator": generator} if "generator" in takes else {})
    scaled = getattr(scheduler, "scale_model_input", lambda x, t: x)
    for t in scheduler.timesteps:
        x = scheduler.step(network(scaled(x, t), t), t, x, **options).prev_sample
    return noise, x


def table() -> str:
    """What is checked, as a page of Markdown."""
    kinds = ("epsilon", "sample", "v_prediction", "flow_prediction")
    own = {"flow": "flow_prediction", "v": "v_prediction"}
    checked = {}
    for case in CASES:
        checked.setdefault(case.scheduler, set()).update(own.get(p, p) for p in case.predictions)
    lines = [
        "# Schedulers that can be recorded",
        "",
        "A `Recorder` knows these schedulers of diffusers 0.42, each with the prediction types marked.",
        "Every mark is a test: the ideal denoiser of Gaussian data stands in the network's place, and its",
        "estimate is found again from what passes the scheduler's `step`. This page is written by",
        "`python tests/scheduler_oracle.py`.",
        "",
        f"| scheduler | {' | '.join(kinds)} | its own |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in checked.items():
        marks = ["✓" if kind in found else "" for kind in kinds]
        lines.append(f"| {name} | {' | '.join([*marks, ', '.join(sorted(found - set(kinds)))])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
