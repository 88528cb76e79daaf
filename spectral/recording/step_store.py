"""What the network saw and made of it at each step of a run that is going on, kept on disk.

The run hands over copies and goes on; a thread forms `denoised` from them, in float64, and writes the rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spectral.errors import InputError
from spectral.recording.storage import GrowingArray, Worker
from spectral.trajectory.checks import as_array

if TYPE_CHECKING:
    from torch import Tensor

Numbers = NDArray[np.float64]
Estimate = Callable[[Numbers, Numbers, float, float], Numbers]  # of output, x_t, alpha and sigma

WAITING = 4  # steps that may be on their way to the disk


class Step(NamedTuple):
    """What a scheduler was given at the call that began a step; the whole batch, on the CPU."""

    x_t: Tensor
    output: Tensor
    alpha: float
    sigma: float
    timestep: int


class StepStore:
    """The steps of one run, one after another; `x_t` and `denoised` on disk.

    Parameters
    ----------
    estimate
        From the network's output, x_t, alpha and sigma: its denoised estimate. It is called in a thread while
        the run goes on, so it may read nothing that a step changes.
    storage, folder
        What the values are kept as, and where (see `GrowingArray`).
    arrange
        How a batch is laid out before it is kept.

    Attributes
    ----------
    alpha, sigma, timestep
        Of each step.
    """

    def __init__(
        self,
        estimate: Estimate,
        *,
        storage: str,
        folder: str | os.PathLike[str] | None,
        arrange: Callable[[Tensor], Tensor],
    ) -> None:
        self.alpha: list[float] = []
        self.sigma: list[float] = []
        self.timestep: list[int] = []
        self._rows = {name: GrowingArray(folder, storage) for name in ("x_t", "denoised")}
        self._estimate, self._arrange = estimate, arrange
        self._worker = Worker(self._write, waiting=WAITING)

    def __len__(self) -> int:
        return len(self.alpha)

    def add(self, step: Step) -> None:
        """Hand a step over, to be written while the run goes on."""
        self.alpha.append(step.alpha)
        self.sigma.append(step.sigma)
        self.timestep.append(step.timestep)
        self._worker.put(step)

    def finish(self, *, discard: bool) -> None:
        """Wait until all is written; or stop at once, where the run is worth nothing any more."""
        self._worker.finish(discard=discard)

    def arrays(self) -> dict[str, NDArray[np.float32 | np.float16]]:
        """`x_t` and `denoised`, each ``(steps, batch, *shape)``, read-only and larger than memory perhaps.

        Raises
        ------
        InputError
            When a step could not be written, or held no finite numbers.
        """
        if self._worker.error is not None:
            raise self._worker.error
        return {name: rows.array for name, rows in self._rows.items()}

    def _write(self, step: Step) -> None:
        x_t = as_array(self._arrange(step.x_t)).astype(np.float64)
        output = as_array(self._arrange(step.output))[:, : x_t.shape[1]]  # the rest is a learned variance
        with np.errstate(all="ignore"):  # what comes of it is looked at below
            denoised = self._estimate(output.astype(np.float64), x_t, step.alpha, step.sigma)
        for (name, rows), values in zip(self._rows.items(), (x_t, denoised), strict=True):
            largest = float(np.maximum(values.max(), -values.min()))  # NaN, where there is one
            if not largest <= np.finfo(rows.dtype).max:
                found = f"{name} reaches {largest:g} at step {len(rows)}"
                raise InputError(f"{found}, expected finite numbers that {rows.dtype} can hold")
            try:
                rows.append(values)
            except OSError as error:
                raise InputError(f"{rows.folder}: cannot be written ({error.strerror or error})") from None
