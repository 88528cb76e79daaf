"""What a network's output means: the denoised estimate behind it.

Every scheduler is brought to `x_t = alpha x_0 + sigma eps`. With `n = sqrt(alpha^2 + sigma^2)`, a network
predicts one of

    epsilon          eps                               denoised = (x_t - sigma output) / alpha
    sample           x_0                               denoised = output
    v_prediction     v = (alpha eps - sigma x_0) / n   denoised = (alpha x_t / n - sigma output) / n
    flow_prediction  eps - x_0                         denoised = (x_t - sigma output) / (alpha + sigma)

(Ho et al. 2020; Salimans and Ho 2022, appendix D; Liu et al. 2023, "Flow straight and fast", eq. 1.)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


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
