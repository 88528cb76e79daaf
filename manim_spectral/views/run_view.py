"""A trajectory as the stage needs it: measured once, on a clock of its own.

`RunView` holds what every kind of signal shares. How a signal is pictured is said by one class a kind:
`pictures` for images, latents and mel-spectrograms, `waveforms` for sound; `modality.run_view` chooses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

import spectral
from spectral import Bands, FrequencyUnit, InputError, LockIn, PowerSpectrum, Trajectory

HOLDS = 0.5  # Kendall's tau above which an order is said to hold
AS_WELL = 0.1  # by how much the order of power has to be the better one to be named instead


@dataclass(frozen=True)
class PanelContent:
    """One panel of the stage: its words, what it shows at a step, and as what that is drawn.

    Attributes
    ----------
    title, symbol
        What the panel is called, and the quantity it shows, in Typst.
    at
        The array that it shows at a step.
    drawn
        "picture", in its own proportions; "stretched" over the panel, where sides are no lengths that could
        be compared; or "waveform", samples from -1 to 1 (see `mobjects.panel.drawn`).
    across, up
        What runs to the right, and upward.
    """

    title: str
    symbol: str
    at: Callable[[int], np.ndarray]
    drawn: Literal["picture", "stretched", "waveform"] = "picture"
    across: str = ""
    up: str = ""


class RunView(ABC):
    """One trajectory, its bands, its lock-in, and the clock on which it is shown.

    The clock runs from 0 to 1 in even steps of log SNR, between the moment when the tide stands at the top of
    the spectrum plot and the moment when it has left it (or the run's own ends, where those come first). The
    last moment shows the last step, whatever lies between. In a run that is seen through a decoder noise and
    signal scale belong to the latents: it has no tide, and its clock takes the run's own ends.

    Attributes
    ----------
    freq, final_power
        The final sample's spectrum, (n,) each, in `unit`.
    edges
        (bands + 1,) band edges in the same unit.
    note
        What the footer has to say about how the signal is shown; may be empty.
    """

    noun: ClassVar[str] = "picture"  # what the noise turns into
    final_words: ClassVar[str] = "final picture"
    low_first: ClassVar[str] = "coarse first, fine last"
    bands_are_lines: ClassVar[bool] = False  # whether band pictures are shares that a line covers, 0 to 1
    rack_words: str = "bands of the estimate"
    aspect: float = 1.0  # of a panel, width over height
    note: str = ""

    def __init__(
        self,
        trajectory: Trajectory,
        *,
        unit: FrequencyUnit,
        bands: Bands | None = None,
        lock: LockIn | None = None,
    ) -> None:
        self.trajectory = trajectory
        if lock is not None and not _measured_of(trajectory, lock):
            raise InputError("lock: found one of another run, expected what lock_in measured of this one")
        self.lock: LockIn = lock or spectral.lock_in(trajectory, bands)
        self.bands = self.lock.bands
        self.unit = unit  # of the frequency axis
        self.edges = self.bands.edges(unit)
        final = self.spectrum_of(trajectory.sample)
        self.freq, self.final_power, self.power_range = final.freq, final.power, final.visible_range()
        self.has_tide = trajectory.space != "decoded"
        self._start, self._end = self._span()
        self.times = (trajectory.log_snr - self._start) / (self._end - self._start)
        if trajectory.space == "decoded":
            self.note = "decoded from latents"

    def _span(self) -> tuple[float, float]:
        """The log SNR at the clock's 0 and 1."""
        log_snr = self.trajectory.log_snr
        finite = log_snr[np.isfinite(log_snr)]  # flow matching starts at alpha = 0
        own = (finite[0], finite[-1]) if len(finite) > 1 else (finite[0] - 1, finite[0])
        if not self.has_tide:
            return own
        start = max(log_snr[0], -np.log(self.power_range[1]))
        end = min(log_snr[-1], -np.log(self.power_range[0]))
        return (start, end) if start < end else own

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself: it never changes, and many of manim's animations copy mobjects with all that they hold."""
        return self

    # -- what a kind of signal says of itself --------------------------------------------------------------

    @abstractmethod
    def spectrum_of(self, signal: np.ndarray) -> PowerSpectrum:
        """Power of a signal of the run without DC, (n,), averaged over channels, in `unit`."""

    @property
    @abstractmethod
    def names(self) -> list[str]:
        """What each band holds, for the space under its cell."""

    @property
    @abstractmethod
    def ticks(self) -> list[tuple[float, str]]:
        """Marks of the frequency axis."""

    @property
    @abstractmethod
    def views(self) -> tuple[PanelContent, PanelContent]:
        """The two panels: what the sampler holds, and what the model expects."""

    @property
    @abstractmethod
    def tags(self) -> list[str]:
        """What is said in the corner of each band's picture: how large a cut-out it is; may be empty."""

    @abstractmethod
    def band_pictures(self, step: int) -> list[np.ndarray]:
        """For each band its part of the denoised estimate, as `Picture` takes it, at a gain fixed over the
        run."""

    # -- what all share ------------------------------------------------------------------------------------

    @property
    def n_steps(self) -> int:
        return self.trajectory.n_steps

    @property
    def axis_label(self) -> str:
        """What stands under the frequency axis."""
        return self.unit.name

    @property
    def order_words(self) -> str:
        """The order in which the bands lock, by its rank correlations."""
        by_frequency, by_power = self.lock.order.frequency, self.lock.order.power
        if by_frequency > HOLDS and not by_power > by_frequency + AS_WELL:
            return self.low_first
        return "strongest first, weakest last" if by_power > HOLDS else "in an order of their own"

    @property
    def expected(self) -> np.ndarray:
        """(bands,) moments at which the closed form expects each lock; 2 where it expects none."""
        return self.moments(self.lock.predicted) if self.has_tide else np.full(len(self.bands), 2.0)

    @property
    def verdict(self) -> str:
        """The last beat's headline: what the order follows, where that has to be said."""
        return "When each band was written"

    def tide(self, moment: float) -> float:
        """Noise over signal scale, sigma^2 / alpha^2 = 1 / SNR, at a moment of the clock, 0 to 1."""
        return float(np.exp(-(self._start + moment * (self._end - self._start))))

    def step_at(self, moment: float) -> int:
        """The step that the run has reached at a moment of the clock."""
        if moment >= 1:
            return self.n_steps - 1
        return max(0, int(np.searchsorted(self.times, moment + 1e-9, side="right")) - 1)

    def moment_of(self, step: int) -> float:
        """The clock's moment of a step, 0 to 1; 2 for a lock that never came (`step` = n_steps)."""
        return float(self.times[step].clip(0, 1)) if step < self.n_steps else 2.0

    def moments(self, steps: np.ndarray) -> np.ndarray:
        return np.array([self.moment_of(int(step)) for step in steps])

    def spectrum(self, step: int) -> np.ndarray:
        """(n,) power of the denoised estimate at a step, at `freq`."""
        return self.spectrum_of(self.trajectory.denoised[step]).power

    def scaled(self, step: int) -> np.ndarray:
        """x_t brought back to the clean signal's range where noise has widened it."""
        t = self.trajectory
        if t.space == "decoded":  # the recorder has done so before it decoded
            return t.x_t[step]
        return t.x_t[step] / np.hypot(t.alpha[step], t.sigma[step])


def _measured_of(run: Trajectory, lock: LockIn) -> bool:
    """Whether a measurement is this run's: as long, and the same at the first step."""
    first = spectral.explained_by_band(run.denoised[:1], run.sample, lock.bands, signal_ndim=run.signal_ndim)
    return len(lock.explained) == run.n_steps and np.array_equal(lock.explained[:1], first)
