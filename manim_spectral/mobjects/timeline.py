"""Timeline: the run's clock in even steps of log SNR, with the moment each band locks."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Dot, Line, Square, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import RunView
from spectral import LockIn, Trajectory

GAP = 0.25  # between the line and the words at its ends
LANE = 0.2  # of the marks, above and below the line
MARK = 0.14  # side of a mark


class Timeline(OfRun, VGroup):
    """A line from noise to signal. Above it, hollow, where the closed form expects each band to lock;
    below it, filled, where the band did.

    Parameters
    ----------
    expected
        (bands,) moments between 0 and 1 at which the closed form expects each lock; outside, no mark.

    Examples
    --------
    .. manim:: TimelineOfARun
        :save_last_frame:

        import spectral
        from manim_spectral import Timeline

        class TimelineOfARun(Scene):
            def construct(self):
                run = spectral.record("photos-64", steps=20, seed=7)
                self.add(Timeline.of(run).set_moment(0.8))
    """

    def __init__(self, *, expected: np.ndarray, width: float, start: str, end: str) -> None:
        super().__init__()
        self.colours = theme.band_colours(len(expected))
        ends = [theme.words(text, size=theme.SMALL, colour=theme.palette.quiet) for text in (start, end)]
        room = width - sum(word.width for word in ends) - 2 * GAP
        self._length = room
        self.track = Line(ORIGIN, room * RIGHT).set_stroke(theme.palette.rule, theme.LINE)
        ends[0].next_to(self.track, LEFT, buff=GAP)
        ends[1].next_to(self.track, RIGHT, buff=GAP)
        self.ends = VGroup(*ends)
        self.expected = VGroup()
        for at, colour in zip(expected, self.colours, strict=True):
            if 0 <= at <= 1:
                mark = self._diamond(at, colour.to_hex(), self.expected).shift(LANE * UP)
                self.expected.add(mark.set_fill(opacity=0).set_stroke(colour, theme.LINE))
        self.measured = VGroup()
        self.locks: dict[int, Square] = {}
        self.marks_locks = True  # while the run is played
        self.past = Line(self.track.get_start(), self.track.get_start() + 1e-3 * RIGHT)
        self.past.set_stroke(theme.palette.signal, theme.BOLD)
        self.now = Dot(radius=0.075, color=theme.palette.signal).move_to(self.track.get_start())
        self.add(self.track, self.ends, self.expected, self.measured)
        self.moving = VGroup(self.past, self.now)
        self.add(self.moving).center()

    @classmethod
    def of(cls, run: Trajectory | RunView, *, width: float = 12.0, lock: LockIn | None = None) -> Self:
        """A run's clock, with the moments at which the closed form expects each lock.

        Parameters
        ----------
        run
            A `spectral.Trajectory`, or the view of one.
        lock
            What `spectral.lock_in` measured of it, for bands or a threshold of one's own.
        width
            Of the whole, the words at its ends included.

        Raises
        ------
        InputError
            If `run` is no trajectory, or `lock` another's.
        """
        width = checked_size("width", width)
        view = run_view(run, lock=lock)
        return cls.for_view(view, width=width).begin_with(view)

    @classmethod
    def for_view(cls, view: RunView, *, width: float) -> Self:
        """The timeline of a run, before its first moment."""
        return cls(expected=view.expected, width=width, start="noise", end=view.noun)

    def show_step(self, run: RunView, step: int) -> None:
        """Mark the locks up to a step, and none after it."""
        locked = run.lock.step if self.marks_locks else np.full(len(self.colours), run.n_steps)
        for band in [band for band in self.locks if locked[band] > step]:
            self.measured.remove(self.locks.pop(band).set_opacity(0))  # manim draws what it once began with
        for band in np.flatnonzero(locked <= step).tolist():
            self.set_lock(band, run.moment_of(int(locked[band])))

    def show_between(self, run: RunView, moment: float) -> None:
        self.set_now(moment)

    @property
    def enlarged(self) -> float:
        """By how much the timeline has been scaled since it was made."""
        return float(self.track.get_length() / self._length)

    def point(self, at: float) -> np.ndarray:
        """Where the moment `at`, 0 to 1, lies on the track."""
        return self.track.get_start() + at * (self.track.get_end() - self.track.get_start())

    def _diamond(self, at: float, colour: str, lane: VGroup) -> Square:
        """A mark for `lane`; where marks fall together, the later ones are smaller and lie inside."""
        place = self.point(at)
        side = MARK * self.enlarged
        below = sum(abs(mark.get_center()[0] - place[0]) < side / 2 for mark in lane)
        mark = Square(side_length=side * 0.6**below).rotate(np.pi / 4).move_to(place)
        return mark.set_fill(colour, 1).set_stroke(width=0)

    def set_now(self, at: float) -> Self:
        """Move the clock's hand."""
        now = self.point(float(np.clip(at, 0, 1)))
        self.now.move_to(now)
        self.past.put_start_and_end_on(self.track.get_start(), now + 1e-6 * RIGHT)
        return self

    def set_lock(self, band: int, at: float) -> Self:
        """Mark that `band` locked at the moment `at`, 0 to 1; once a band."""
        if band not in self.locks:
            self.locks[band] = self._diamond(at, self.colours[band].to_hex(), self.measured)
            self.measured.add(self.locks[band].shift(LANE * self.enlarged * DOWN))
        return self
