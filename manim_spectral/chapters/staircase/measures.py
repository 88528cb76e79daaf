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
from manim_spectral.mobjects.figures import decimals, give_or_take
from manim_spectral.mobjects.picture import Picture
from manim_spectral.views.run_view import RunView

ZERO = "softness, 0: hard"


@dataclass(frozen=True, eq=False)
class Writing:
    """How a signal was written, and how that is shown.

    Attributes
    ----------
    name, kind, source
        Who writes, in which way, and where it leads: for titles and for the footer.
    explained
        (steps, bands) explained fractions.
    names, unit
        What each band holds, and of what.
    times
        (steps,) moments of the steps on the clock that runs from 0 to 1.
    clock, start, end
        What the clock counts, and what stands at its ends.
    softness
        Spread of what is written at once, in octaves; NaN where nothing is.
    at, picture
        The estimate at a step, and the picture that shows it: (array, width, height), to fit in there.
    step_at
        The step that is reached at a moment of the clock.
    """

    name: str
    kind: str
    source: str
    explained: np.ndarray
    names: list[str]
    unit: str
    times: np.ndarray
    clock: str
    start: str
    end: str
    softness: float
    at: Callable[[int], np.ndarray]
    picture: Callable[..., Picture]
    step_at: Callable[[float], int]


def run_writing(run: RunView) -> Writing:
    """How a sampling run writes its sample, on the run's own clock."""
    t = run.trajectory
    explained, ruler = run.lock.explained, ""
    if t.signal_ndim == 2:
        explained, ruler = spectral.mirrored_explained(t.denoised, t.sample, run.bands), "by DCT"
    path = f"bridge to {t.source}" if t.origin == "bridge" else "free run"
    parts = [path, t.model, "ancestral" if t.stochastic else "deterministic", run.note, ruler]
    return Writing(
        name=f"{t.modality} model",
        kind="bridge" if t.origin == "bridge" else "free run",
        source=" · ".join(filter(None, parts)),
        explained=explained,
        names=run.names,
        unit=run.axis_label,
        times=run.times,
        clock="time, in even steps of log SNR",
        start="noise",
        end=run.noun,
        softness=spectral.softness(explained, run.bands),
        at=run.views[1].at,
        picture=run.views[1].picture,
        step_at=run.step_at,
    )


def walk_writing(run: RunView) -> Writing:
    """How an autoregressive walk writes the sample of a run of pictures; its clock counts coefficients."""
    t = run.trajectory
    walk = spectral.dct_walk(t.sample)
    explained = spectral.mirrored_explained(walk.estimates, walk.sample, run.bands)
    count = walk.written[-1]
    # In octaves; "none yet" is taken to lie one octave before the first.
    times = np.log2(np.maximum(walk.written, 0.5)) / np.log2(count)
    return Writing(
        name="autoregression",
        kind="walk",
        source=f"walk to {t.source or 'the sample'} · its DCT, one by one",
        explained=explained,
        names=run.names,
        unit=run.axis_label,
        times=times,
        clock="coefficients written, in octaves",
        start="1",
        end=f"{count}",
        softness=spectral.softness(explained, run.bands),
        at=lambda step: run.seen(walk.estimate(walk.written[step])),
        picture=run.views[1].picture,
        step_at=lambda moment: int(np.searchsorted(times, moment + 1e-9, side="right")) - 1,
    )


@dataclass(frozen=True)
class MapContent:
    """A map with its rows in an order, and its figures: (number, name, meaning) each.

    Attributes
    ----------
    kind
        What tells it from the other maps of the same model.
    spread, tau
        Softness, and Kendall's tau of the order in which the bands lock; the walk has no tau.
    """

    written: Writing
    kind: str
    spread: tuple[str, str, str]
    tau: tuple[str, str, str] | None = None
    order: np.ndarray | None = None

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        return [self.spread, *filter(None, [self.tau])]


def frequency_map(written: Writing, kind: str, run: RunView | None = None) -> MapContent:
    """Rows by frequency; with how the run locks in that order, where there is a run."""
    spread = (give_or_take(written.softness), "octaves at once", ZERO)
    tau = None
    if run is not None:
        tau = (decimals(run.lock.order.frequency), "τ by frequency", "1: lowest band first")
    return MapContent(written, kind, spread, tau)


def power_map(written: Writing, kind: str, run: RunView) -> MapContent:
    """Rows by power at a frequency, the strongest at the bottom."""
    order = np.argsort(-run.lock.density, kind="stable")
    spread = spectral.spread(written.explained, np.argsort(order))
    return MapContent(
        written,
        kind,
        (give_or_take(spread), "rows at once", ZERO),
        (decimals(run.lock.order.power), "τ by power", "1: strongest first"),
        order,
    )
