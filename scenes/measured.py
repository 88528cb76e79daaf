"""A trajectory as the stage needs it: measured once, pictures made when asked for."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np

import spectral
from spectral import InputError, LockIn, Trajectory

WAVES = 16  # of a band's lowest frequency across its picture, at most


class Measured:
    """One trajectory, its bands, its lock-in, and the clock on which it is shown.

    The clock runs from 0 to 1 in even steps of log SNR, between the moment when the tide stands at the top of
    the spectrum plot and the moment when it has left it (or the run's own ends, where those come first). The
    last moment shows the last step, whatever lies between.

    Raises
    ------
    InputError
        If the trajectory is not one of grey or colour pictures.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        if trajectory.modality != "image" or len(trajectory.sample) not in (1, 3):
            raise InputError(
                f"trajectory of modality {trajectory.modality!r} with {len(trajectory.sample)} channels, "
                "expected an image with 1 or 3"
            )
        self.trajectory = trajectory
        self.side = min(trajectory.signal_shape)
        self.bands = spectral.octave_bands(trajectory.signal_shape)
        self.lock: LockIn = spectral.lock_in(trajectory, self.bands)
        final = spectral.rapsd(trajectory.sample)
        self.freq = final.freq[1:] * self.side
        self.final_power = self.spectrum_of(trajectory.sample)
        # A little air above the strongest and below the weakest frequency.
        self.power_range = (0.4 * self.final_power.min(), 4 * self.final_power.max())
        log_snr = np.log(trajectory.snr)
        self._start = max(log_snr[0], -np.log(self.power_range[1]))
        self._end = min(log_snr[-1], -np.log(self.power_range[0]))
        self.times = (log_snr - self._start) / (self._end - self._start)

    @property
    def n_steps(self) -> int:
        return self.trajectory.n_steps

    @property
    def edges(self) -> np.ndarray:
        """(bands + 1,) band edges in cycles per image."""
        return self.side * np.array([b.low for b in self.bands] + [self.bands[-1].high])

    @property
    def names(self) -> list[str]:
        """What each band holds, in cycles per image; the highest runs into the spectrum's corners."""
        edges = np.rint(self.edges).astype(int)
        return [f"{low}–{high}" for low, high in pairwise(edges[:-1])] + [f"{edges[-2]}+"]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Octave marks of the frequency axis."""
        marks = 2 ** np.arange(int(np.log2(self.freq[-1])) + 1)
        return [(float(mark), str(mark)) for mark in marks]

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

    def spectrum_of(self, signal: np.ndarray) -> np.ndarray:
        """(n,) RAPSD without DC, averaged over channels."""
        return spectral.rapsd(signal).power.mean(axis=0)[1:]

    def spectrum(self, step: int) -> np.ndarray:
        """(n,) RAPSD of the denoised estimate at a step."""
        return self.spectrum_of(self.trajectory.denoised[step])

    @property
    def zooms(self) -> list[int]:
        """How much each band's picture is magnified, a power of two: the cut-out from the middle holds about
        as many waves for every high band, so that a small cell can show them."""
        return [max(1, 2 ** round(np.log2(band.low * self.side / WAVES))) for band in self.bands]

    @cached_property
    def _gains(self) -> np.ndarray:
        """One gain a band, fixed over the run: three standard deviations of the final band fill the range;
        the lowest band, which holds the mean, is shown as it is."""
        spread = np.sqrt(spectral.split(self.trajectory.sample, self.bands).var(axis=(0, 2, 3)))
        gains = 1 / np.maximum(3 * spread, 1e-6)
        gains[0] = 1.0
        return gains

    def band_pictures(self, step: int) -> list[np.ndarray]:
        """The middle of each band-pass part of the denoised estimate, (channels, rows, columns), at the
        band's own fixed gain and zoom."""
        parts = np.moveaxis(spectral.split(self.trajectory.denoised[step], self.bands), -3, 0)
        return [
            gain * _middle(part, zoom)
            for gain, part, zoom in zip(self._gains, parts, self.zooms, strict=True)
        ]

    def noisy(self, step: int) -> np.ndarray:
        """x_t for the eye: brought back to the picture's range where noise has widened it."""
        t = self.trajectory
        return t.x_t[step] / np.sqrt(t.alpha[step] ** 2 + t.sigma[step] ** 2)


def _middle(picture: np.ndarray, zoom: int) -> np.ndarray:
    """The middle 1 / zoom of a picture in both directions."""
    rows, columns = (length // zoom for length in picture.shape[-2:])
    top, left = (picture.shape[-2] - rows) // 2, (picture.shape[-1] - columns) // 2
    return picture[..., top : top + rows, left : left + columns]
