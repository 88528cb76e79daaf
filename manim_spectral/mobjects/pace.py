"""Pace: how fast a run's clock goes, and how far a lock is closed on it."""

from __future__ import annotations

from collections.abc import Sequence

from manim import smooth

from manim_spectral import theme


class Pace:
    """How fast the clock goes: a lock takes its time to close, whatever the clock does meanwhile.

    Parameters
    ----------
    seconds
        That the whole clock takes; 0 where moments are shown at once, and locks are open or closed.
    pauses
        (moment, seconds) for each time that the clock stood still.
    """

    def __init__(self, seconds: float = 0.0, pauses: Sequence[tuple[float, float]] = ()) -> None:
        self.seconds, self.pauses = seconds, list(pauses)

    def closed(self, moment: float, event: float) -> float:
        """How far a lock is closed, 0 to 1, that begins to close at `event` on a clock that goes forwards."""
        if not self.seconds:
            return float(moment >= event)
        since = (moment - event) * self.seconds
        since += sum(lasted for paused, lasted in self.pauses if paused >= event)
        return _eased(since)

    def opened(self, moment: float, event: float) -> float:
        """How far a lock is open, 0 to 1, that begins to open at `event` on a clock that goes backwards."""
        if not self.seconds:
            return float(moment < event)
        since = (event - moment) * self.seconds
        since += sum(lasted for paused, lasted in self.pauses if paused < event)
        return _eased(since)


def _eased(since: float) -> float:
    return float(smooth(min(1.0, max(0.0, since / theme.LOCK_CLOSES))))
