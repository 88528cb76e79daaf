"""When each schedule lets which frequency out of the noise: the numbers of the chapter about schedules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

import spectral
from manim_spectral.sources.material import NamedPicture
from spectral import Bands, FrequencyUnit, InputError, Schedule
from spectral.theory.schedules import EDM_SIGMA_DATA

ZONE = 10.0  # the zone reaches from a tenth of the noise's power to ten times as much
COSINE_OFFSET = 0.008  # Nichol and Dhariwal's own
MOMENTS = 20_001  # at which shares of the time are counted
DRAWN = 401  # and at which curves are drawn


@dataclass(frozen=True)
class NamedSchedule:
    """A schedule, what it is called, and whether it wants data of EDM's standard deviation."""

    name: str
    at: Callable[[np.ndarray], Schedule]
    scaled: bool = False


SCHEDULES = (
    NamedSchedule("rectified flow", spectral.rectified_flow),
    NamedSchedule("cosine", partial(spectral.cosine_schedule, offset=COSINE_OFFSET)),
    NamedSchedule("linear betas", spectral.linear_schedule),
    NamedSchedule("EDM", spectral.edm_schedule, scaled=True),
)


class Timing:
    """Pictures' mean spectrum, and how each schedule's tide leaves it.

    Frequencies are in cycles per image. The clock runs from 0 (noise) to 1 (picture), in even steps of the
    sampler's own time.

    Parameters
    ----------
    pictures
        One or more, of one size.

    Attributes
    ----------
    freq, power
        The mean of the pictures' spectra in the log domain, without DC, (n,) each.
    edges
        (bands + 1,) edges of the octaves that `freq` reaches into.
    law
        The power law through it.

    Raises
    ------
    InputError
        If a picture has the same value throughout.
    """

    def __init__(self, pictures: Sequence[NamedPicture]) -> None:
        stack = np.stack([picture.pixels for picture in pictures])
        for picture in pictures:
            if (picture.pixels == picture.pixels[..., :1, :1]).all():
                raise InputError(f"{picture.name}: found the same value throughout, expected a picture")
        side = stack.shape[-1]
        self.unit, self.std = FrequencyUnit.per("image", side), float(stack.std())
        each = spectral.rapsd(stack).without_dc().channel_mean().in_unit(self.unit)
        self.spectrum = spectral.log_mean(each)
        self.freq, self.power = self.spectrum.freq, self.spectrum.power
        self.power_range = self.spectrum.visible_range()
        self.law = spectral.fit_power_law(self.spectrum)
        # The last octave of a picture holds Nyquist alone, which is where the curve ends.
        self.bands = Bands(spectral.octave_bands((side, side))[:-1])
        self.edges = self.bands.edges(self.unit)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Marks of the frequency axis."""
        return [(float(edge), f"{edge:.0f}") for edge in self.edges]

    def scales(self, schedule: NamedSchedule, clock: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Scales of signal and noise at moments of the clock, for the pictures as they are."""
        now = schedule.at(1 - np.asarray(clock, float))
        return now.alpha * (EDM_SIGMA_DATA / self.std if schedule.scaled else 1.0), now.sigma

    def tide(self, schedule: NamedSchedule, moment: float) -> float:
        """The noise's power in units of the picture's, sigma^2 / alpha^2."""
        alpha, sigma = self.scales(schedule, moment)
        return float(np.minimum((sigma / np.maximum(alpha, 1e-30)) ** 2, 1e30))

    def cutoff(self, schedule: NamedSchedule, clock: np.ndarray | float, *, q: float = 1.0) -> np.ndarray:
        """The largest frequency with more than `q` times the noise's power, at moments of the clock."""
        alpha, sigma = self.scales(schedule, clock)
        return spectral.f_max(self.spectrum, alpha, sigma, snr_threshold=q)

    def curves(self, schedule: NamedSchedule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(DRAWN,) the zone's lower edge, the curve, and the upper edge."""
        clock = np.linspace(0, 1, DRAWN)
        low, middle, high = (self.cutoff(schedule, clock, q=q) for q in (ZONE, 1.0, 1 / ZONE))
        return low, middle, high

    def law_at(self, schedule: NamedSchedule, clock: np.ndarray | float) -> np.ndarray:
        """The same at q = 1 for the fitted power law instead of the measured spectrum."""
        return spectral.power_law_f_max(self.law, *self.scales(schedule, clock))

    def width(self, schedule: NamedSchedule) -> float:
        """Octaves between the zone's edges, the median over the moments at which both are on the axis."""
        clock = np.linspace(0, 1, MOMENTS)
        low, high = (self.cutoff(schedule, clock, q=q) for q in (ZONE, 1 / ZONE))
        both = (low > 0) & (high < self.freq[-1])
        return float(np.median(np.log2(high[both] / low[both])))

    def shares(self, schedule: NamedSchedule) -> np.ndarray:
        """(bands + 2,) share of the sampler's steps before anything is out, in each octave, and after."""
        clock = (np.arange(MOMENTS) + 0.5) / MOMENTS
        return spectral.time_shares(self.cutoff(schedule, clock), self.bands, unit=self.unit)
