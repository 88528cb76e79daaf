"""What writes a signal band by band: a sampling run, or an autoregressive walk to the run's sample.

Pictures are measured on their mirrored continuation, whose DFT is the DCT that the walk writes: so the walk
is a staircase of its own octaves, and the runs beside it are measured in the same ones. (In octaves of the
DFT, which lets a picture begin anew at its edges, the jump there spreads every coarse cosine over all bands.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import spectral
from manim_spectral.views.pictures import PictureView
from manim_spectral.views.run_view import RunView


@dataclass(frozen=True, eq=False)
class Writing:
    """How a signal was written, step by step, on a clock that runs from 0 to 1.

    Attributes
    ----------
    explained
        (steps, bands) explained fractions.
    times
        (steps,) moments of the steps on the clock.
    softness
        Spread of what is written at once, in octaves; NaN where nothing is.
    at
        The estimate at a step, as it is shown.
    step_at
        The step that is reached at a moment of the clock.
    """

    explained: np.ndarray
    times: np.ndarray
    softness: float
    at: Callable[[int], np.ndarray]
    step_at: Callable[[float], int]


def run_writing(run: RunView) -> Writing:
    """How a sampling run writes its sample, on the run's own clock."""
    t = run.trajectory
    explained = run.lock.explained
    if t.signal_ndim == 2:
        explained = spectral.mirrored_explained(t.denoised, t.sample, run.bands)
    softness = spectral.softness(explained, run.bands)
    return Writing(explained, run.times, softness, run.views[1].at, run.step_at)


def walk_writing(run: PictureView) -> Writing:
    """How an autoregressive walk writes the sample of a run of pictures; its clock counts coefficients."""
    walk = spectral.dct_walk(run.trajectory.sample)
    explained = spectral.mirrored_explained(walk.estimates, walk.sample, run.bands)
    # In octaves; "none yet" is taken to lie one octave before the first.
    times = np.log2(np.maximum(walk.written, 0.5)) / np.log2(walk.written[-1])
    return Writing(
        explained,
        times,
        softness=spectral.softness(explained, run.bands),
        at=lambda step: run.seen(walk.estimate(walk.written[step])),
        step_at=lambda moment: int(np.searchsorted(times, moment + 1e-9, side="right")) - 1,
    )


@dataclass(frozen=True, eq=False)
class RowOrder:
    """An order of a map's rows, and how what is written keeps to it.

    Attributes
    ----------
    spread
        Of what is written at once, in rows.
    tau
        Kendall's tau of the order in which the bands lock; the walk has none.
    order
        (bands,) the bands from the bottom up; None: by frequency.
    """

    spread: float
    tau: float | None = None
    order: np.ndarray | None = None


def rows_by_frequency(writing: Writing, run: RunView | None = None) -> RowOrder:
    """The lowest band at the bottom; with how the run locks in that order, where there is a run."""
    return RowOrder(writing.softness, None if run is None else run.lock.order.frequency)


def rows_by_power(writing: Writing, run: RunView) -> RowOrder:
    """The band that is strongest at a frequency at the bottom."""
    order = np.argsort(-run.lock.density, kind="stable")
    spread = spectral.spread(writing.explained, np.argsort(order))
    return RowOrder(spread, run.lock.order.power, order)
