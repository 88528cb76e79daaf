"""What the scenes about sound share: the run stops at a few moments, and its estimate is heard there."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from manim import Group
from manim_spectral.scenes.sampling import Sampling

import spectral
from manim_spectral.mobjects.waveform import Playhead
from manim_spectral.stage.stage import Clock
from manim_spectral.views.run_view import RunView
from spectral import InputError, Trajectory

LOUDNESS = -20.0  # LKFS of everything that is played
RAMP = 0.004  # seconds at either end, so that nothing clicks


def played(y: np.ndarray, *, sr: int) -> np.ndarray:
    """(n,) samples at the loudness of all that is played, from and to silence."""
    y = spectral.level(y, sr=sr, loudness=LOUDNESS)
    ramp = np.minimum(1, np.arange(len(y)) / (RAMP * sr))
    return y * ramp * ramp[::-1]


class Hearing(Sampling):
    """Sampling, with sound: at moments even in log SNR the estimate of that very step is played, a playhead
    moving over its picture; last, the final sample. All are brought to one loudness."""

    run_time = 7.0  # seconds in which the clock moves
    moments_heard = 10  # and then the final sample
    heard_panel = 0  # over which the playhead moves

    @property
    @abstractmethod
    def sr(self) -> int:
        """Samples per second of what is heard."""

    @abstractmethod
    def sound_of(self, signal: np.ndarray) -> np.ndarray:
        """(n,) samples of a clean signal of the run, (channels, ...)."""

    def suited(self, trajectory: Trajectory) -> Trajectory:
        if trajectory.modality != self.modality or trajectory.space == "latent":
            kind = f"{'latent ' * (trajectory.space == 'latent')}{trajectory.modality}"
            raise InputError(f"trajectory of modality {kind!r}, expected {self.modality!r} to be heard")
        return trajectory

    def heard_moments(self) -> list[float]:
        """Moments of the clock, the last just before the run's end; each shows another step."""
        moments = (np.arange(self.moments_heard) + 0.5) / self.moments_heard
        steps = [self.run.step_at(moment) for moment in moments]
        return [m for k, m in enumerate(moments) if steps[k] not in steps[:k] and m < 1]

    def lock_in(self) -> None:
        # The viewer sees and hears: the run, stopping where the estimate is played.
        order, opening = self.run.order_words, "The tide runs out" if self.run.has_tide else "The noise goes"
        self.beat("lock-in", f"{opening}. Bands {self.happens}, {order}. You hear the estimate at each stop.")
        self.play(*self.headline(f"{opening}: bands {self.happens}, {order}"), run_time=0.7)
        now = 0.0
        for moment in self.heard_moments():
            self.run_clock(now, moment)
            self.hear(self.run.trajectory.denoised[self.shown_step], moment)
            now = moment
        self.run_clock(now, self.end)
        self.hear(self.run.trajectory.sample, self.end)
        self.wait(0.5)

    def hear(self, signal: np.ndarray, moment: float) -> None:
        """Play a signal while the clock stands still and a playhead moves with it."""
        y = self.played(signal)
        seconds = len(y) / self.sr
        playhead = Playhead(self.panels[self.heard_panel].picture)
        self.pauses.append((moment, 0.0))

        def show(share: float) -> bool:
            playhead.set_at(share)
            self.pauses[-1] = (moment, share * seconds)
            return self.show_moment(moment)

        self.sound(y, sr=self.sr)
        movers = Group(self.rack.locks, playhead)
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=seconds))
        self.remove(playhead)

    def played(self, signal: np.ndarray) -> np.ndarray:
        """(n,) samples of a signal as it is heard."""
        return played(self.sound_of(signal), sr=self.sr)

    def free_run(self, run: RunView) -> None:
        # The viewer sees and hears: a free run beside the bridge.
        super().free_run(run)
        y = self.played(run.trajectory.sample)
        self.sound(y, sr=self.sr)
        self.wait(len(y) / self.sr)
