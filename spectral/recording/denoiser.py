"""Sampling with any callable `denoise(x, sigma) -> denoised`, every step kept.

The signal is held as `x = x_0 + sigma eps`, so alpha = 1 throughout. With the noise estimate
`d = (x - denoised) / sigma` the probability-flow ODE is `dx / dsigma = d` (Karras et al. 2022, "Elucidating
the design space of diffusion-based generative models", eq. 1 and 3). From sigma to the next, lower s:

    euler        x_s = x + (s - sigma) d = denoised + s d
    heun         x_s = x + (s - sigma) (d + d_s) / 2,  d_s the noise estimate of Euler's x_s at s;
                 Euler's where s = 0 (the same, algorithm 1, with no churn)
    ancestral    x_s = denoised + down d + up z,  down = s^2 / sigma,  up^2 = s^2 - down^2,  z fresh noise
                 (Y. Song et al. 2021, "Score-based generative modeling", appendix F, as `d` is minus sigma
                 times the score; k-diffusion's sample_euler_ancestral)
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.options import Storage, one_of, output_file, whole
from spectral.recording.recorder import Recorder
from spectral.recording.sampling import drawn, sample
from spectral.recording.schedulers import Family
from spectral.trajectory.checks import LAYOUT, Modality
from spectral.trajectory.trajectory import Trajectory

Sampler = Literal["euler", "heun", "ancestral"]
Denoise = Callable[[Tensor, Tensor], Any]


def record_denoiser(
    denoise: Denoise,
    *,
    sigmas: ArrayLike | Tensor,
    shape: Sequence[int],
    sampler: Sampler = "euler",
    seed: int,
    modality: Modality = "image",
    sample_rate: int | None = None,
    model: str = "",
    storage: Storage = "float32",
    out: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Trajectory:
    """Sample with a denoiser as k-diffusion, EDM and azula write them, and keep every step.

        trajectory = record_denoiser(model, sigmas=get_sigmas_karras(50, 0.01, 80), shape=(3, 64, 64), seed=0)

    Parameters
    ----------
    denoise
        From a noisy batch of one and its noise level the estimate of the clean signal, in the same shape. It
        is given x, ``(1, *shape)``, and sigma, ``(1,)``, which broadcasts where a scalar does: both float32,
        on the CPU, without gradients. It may answer with a tensor on any device and of any precision, an
        array, or an object whose `mean` is a tensor (azula's posteriors). A network elsewhere is reached by
        ``lambda x, sigma: network(x.cuda(), sigma.cuda())``, conditions and guidance likewise.
    sigmas
        Noise levels of the steps, strictly falling and positive, at least two. Each is one record. The last
        step leads to 0, whether that 0 is written at the end or not.
    shape
        The signal's: (channels, height, width) for an image, (channels, samples) for a waveform, (channels,
        mels, frames) for a mel-spectrogram.
    sampler
        "euler"; "heun", whose second look within a step is not recorded; or "ancestral", which adds as much
        noise as the noising chain took (eta = 1).
    seed
        Seed of the noise, at least 0. All of it is drawn as float32, first the start, then step by step.
    modality
        "image", "waveform" or "mel".
    sample_rate
        Samples per second (audio).
    model
        A name, for the record.
    storage
        "float32", or "float16" for half the size.
    out
        Where to save the trajectory as well.
    progress
        Show a progress bar, if standard error is a terminal.

    Returns
    -------
    Trajectory
        `timestep` counts the steps down to 0: such a denoiser knows none.

    Raises
    ------
    InputError
        When an argument is not as described, the denoiser answers with another shape, NaN or infinity, or
        `out` cannot be written. Errors of the denoiser's own are handed on as they are.
    """
    levels = _levels(sigmas)
    size = _shape(shape, modality)
    one_of("sampler", sampler, get_args(Sampler))
    one_of("storage", storage, get_args(Storage))
    path = output_file(out)
    generators = [torch.Generator("cpu").manual_seed(whole("seed", seed, 0))]
    stepping = SigmaSampler(sampler, levels, generators)

    def ask(x: Tensor, timestep: int) -> Tensor:
        return _estimate(denoise, x.float(), stepping.sigma(timestep))

    with torch.no_grad(), Recorder(stepping, storage=storage) as recorder:
        start = levels[0] * drawn(size, generators, torch.float32).double()
        sample(ask, stepping, start, dtype=torch.float64, what="sampling", progress=progress)
    trajectory = recorder.trajectory(
        modality=modality,
        model=model,
        scheduler=sampler,
        eta=1.0 if sampler == "ancestral" else 0.0,
        seed=seed,
        sample_rate=sample_rate,
    )
    if path is not None:
        trajectory.save(path)
    return trajectory


class SigmaSampler:
    """What steps from noise level to noise level, watched as a scheduler of diffusers is.

    Attributes
    ----------
    timesteps
        One for each look of the network: the steps counted down to 0, heun's second looks as the step that
        they look ahead to.
    family, config
        What a `Recorder` has to know: alpha is 1, and the network's output is the denoised estimate itself.
    """

    config: Mapping[str, Any] = {}

    def __init__(
        self, sampler: Sampler, levels: NDArray[np.float64], generators: Sequence[torch.Generator]
    ) -> None:
        self._sampler, self._levels, self._generators = sampler, levels, generators
        self._ahead: tuple[Tensor, Tensor] | None = None  # x and d, while heun looks ahead
        last, again = len(levels) - 2, 2 if sampler == "heun" else 1
        self.timesteps = [last] + [t for t in range(last - 1, -1, -1) for _ in range(again)]
        self.family = Family(
            levels=lambda _, timestep: (1.0, self.sigma(timestep)),
            estimate=lambda _, output, *__: output,
            opens=lambda _: self._ahead is None,
            ancestral=sampler == "ancestral",
        )

    def sigma(self, timestep: int) -> float:
        """The noise level of a timestep."""
        return float(self._levels[len(self._levels) - 2 - timestep])

    def step(self, model_output: Tensor, timestep: int, sample: Tensor) -> tuple[Tensor]:
        """From x at one level, and the estimate there, to x at the next, all float64."""
        x, denoised, sigma = sample, model_output, self.sigma(timestep)
        d = (x - denoised) / sigma
        if self._ahead is not None:  # this estimate is of Euler's x_s, at the level to step to
            (x, d_x), self._ahead = self._ahead, None
            return (x + (sigma - self.sigma(timestep + 1)) * (d_x + d) / 2,)
        s = self.sigma(timestep - 1)  # 0 after the last
        if self._sampler == "ancestral" and s > 0:
            down = s**2 / sigma
            fresh = drawn(x.shape[1:], self._generators, torch.float32).double()
            return (denoised + down * d + math.sqrt(s**2 - down**2) * fresh,)
        if self._sampler == "heun" and s > 0:
            self._ahead = x, d
        return (denoised + s * d,)


def _levels(sigmas: ArrayLike | Tensor) -> NDArray[np.float64]:
    """The noise levels, ``(steps + 1,)``, with the 0 at the end."""
    try:
        levels = np.asarray(sigmas.cpu() if isinstance(sigmas, Tensor) else sigmas, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"sigmas: found {sigmas!r}, expected falling positive numbers") from None
    if levels.ndim != 1:
        raise InputError(f"sigmas: found shape {levels.shape}, expected (steps,)")
    if levels.size and levels[-1] == 0:
        levels = levels[:-1]
    if len(levels) < 2:
        raise InputError(f"sigmas: found {len(levels)} positive numbers, expected 2 or more")
    wrong = ~(np.isfinite(levels) & (levels > 0))
    wrong[1:] |= ~(np.diff(levels) < 0)
    if wrong.any():
        i = int(np.argmax(wrong))
        after = f" after {levels[i - 1]:g}" if i else ""
        found = f"{levels[i]:g}{after} at index {i}"
        raise InputError(f"sigmas: found {found}, expected falling positive numbers")
    return np.append(levels, 0.0)


def _shape(shape: Sequence[int], modality: Modality) -> tuple[int, ...]:
    one_of("modality", modality, tuple(LAYOUT))
    axes = LAYOUT[modality]
    try:
        sizes = tuple(whole("shape", size, 1) for size in shape)
    except (TypeError, InputError):
        sizes = ()
    if len(sizes) != len(axes):
        raise InputError(f"shape: found {shape!r}, expected ({', '.join(axes)}) for modality {modality!r}")
    return sizes


def _estimate(denoise: Denoise, shown: Tensor, sigma: float) -> Tensor:
    """What the denoiser makes of what it is shown, as float64 on the CPU."""
    answer = denoise(shown.clone(), torch.tensor([sigma], dtype=torch.float32))
    mean = getattr(answer, "mean", None)
    answer = mean if isinstance(mean, Tensor) else answer
    try:
        estimate = torch.as_tensor(answer)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"denoise gives a {type(answer).__name__}, expected a tensor or an array") from None
    if estimate.shape != shown.shape or estimate.is_complex():
        found = f"{estimate.dtype} of shape {tuple(estimate.shape)}".removeprefix("torch.")
        raise InputError(f"denoise gives {found}, expected real numbers of shape {tuple(shown.shape)}")
    if not estimate.isfinite().all():
        raise InputError(f"denoise gives NaN or infinity at sigma {sigma:g}, expected finite numbers")
    return estimate.to("cpu", torch.float64, copy=True)  # of what may be written over at the next look
