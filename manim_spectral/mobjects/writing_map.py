"""WritingMap: which band is being written when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Group, Line, ManimColor, Rectangle, Square, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.mobjects.picture import Picture
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import RunView
from spectral import LockIn, Trajectory

COLUMNS = 480  # pixels across; each shows one step's rate, unsmoothed


class WritingMap(OfRun, Group):
    """Rows are bands, low at the bottom unless said otherwise; across runs the run's clock.

    The brightness of a place is the rate at which its band is being written there: the growth of the
    explained fraction over step i, as its meter shows it (nothing below zero), by the time that the step
    takes on the clock. Where an estimate falls back it stays dark.

    Parameters
    ----------
    explained
        (steps, bands) explained fractions E_b(i).
    times
        (steps,) moments of the steps on the clock, 0 to 1, rising; steps outside are left out.
    expected, measured
        (bands,) moments at which the closed form expects each band to lock, and at which it did; outside
        0 to 1, or without them: no mark.
    order
        (bands,) the bands from the bottom row up; by default as they come, the lowest first. What is said of
        a band (`names`, `rate`, `rows`) stays at its place in the list.

    Examples
    --------
    .. manim:: WritingOfARun
        :save_last_frame:

        import spectral
        from manim_spectral import WritingMap

        class WritingOfARun(Scene):
            def construct(self):
                run = spectral.record("photos-64", steps=20, seed=7)
                self.add(WritingMap.of(run, width=9, height=5).center().set_moment(1))
    """

    def __init__(
        self,
        explained: np.ndarray,
        *,
        times: np.ndarray,
        names: Sequence[str],
        width: float,
        height: float,
        expected: np.ndarray | None = None,
        measured: np.ndarray | None = None,
        order: np.ndarray | None = None,
    ) -> None:
        count = len(names)
        colours = theme.band_colours(count)
        self.order = np.arange(count) if order is None else order
        expected, measured = (np.full(count, 2.0) if at is None else at for at in (expected, measured))
        self.rate = self._rate(explained, times)
        self._pixels = self._colour(self.rate, colours)[self.order][::-1]
        self.picture = Picture(self._pixels, height=1)
        self.picture.stretch_to_fit_width(width).stretch_to_fit_height(height).move_to(ORIGIN)
        frame = Rectangle(width=width, height=height).set_stroke(theme.palette.rule, theme.HAIR)
        row, place = height / count, np.argsort(self.order)
        self.names, self.marks = VGroup(), VGroup()
        for k, (name, colour) in enumerate(zip(names, colours, strict=True)):
            centre = frame.get_corner(DOWN + LEFT) + (place[k] + 0.5) * row * UP
            number = theme.words(str(k + 1), colour=colour.to_hex(), weight="semibold")
            number.next_to(centre, LEFT, buff=0.28)
            self.names.add(VGroup(number))
            if name:
                words = theme.words(name, size=theme.SMALL, colour=theme.palette.quiet)
                words.next_to(centre, LEFT, buff=0.58 if count < 10 else 0.7).align_to(number, DOWN)
                self.names[-1].add_to_back(words)
            for at, filled in ((expected[k], False), (measured[k], True)):
                if 0 <= at <= 1:
                    mark = Square(side_length=0.17).rotate(np.pi / 4)
                    mark.move_to(centre + at * width * np.array([1.0, 0, 0]))
                    mark.set_stroke(theme.palette.signal, theme.LINE)
                    mark.set_fill(theme.palette.signal, float(filled))
                    # A rim of the ground's colour: a mark has to be seen on a bright row too.
                    mark.set_stroke(theme.palette.ground, 4 * theme.LINE, background=True)
                    self.marks.add(mark)
        self.frame = frame
        self.hand = Line(frame.get_corner(DOWN + LEFT), frame.get_corner(UP + LEFT))
        self.hand.set_stroke(theme.palette.signal, theme.LINE, opacity=0)
        super().__init__(self.picture, frame, self.names, self.marks, self.hand)

    @classmethod
    def of(
        cls,
        run: Trajectory | RunView,
        *,
        width: float = 8.0,
        height: float = 4.0,
        lock: LockIn | None = None,
    ) -> Self:
        """Which band of a run is written when, with the marks of its locks.

        Parameters
        ----------
        run
            A `spectral.Trajectory`, or the view of one.
        lock
            What `spectral.lock_in` measured of it, for bands or a threshold of one's own.
        width, height
            Of the map; the bands' names hang outside, to its left.

        Raises
        ------
        InputError
            If `run` is no trajectory, or `lock` another's.
        """
        width = checked_size("width", width)
        height = checked_size("height", height)
        view = run_view(run, lock=lock)
        chart = cls(
            view.lock.explained,
            times=view.times,
            expected=view.expected,
            measured=view.moments(view.lock.step),
            names=view.names,
            width=width,
            height=height,
        )
        return chart.begin_with(view)

    def show_step(self, run: RunView, step: int) -> None:
        """Nothing waits for a step: what is written lies between two of them."""

    def show_between(self, run: RunView, moment: float) -> None:
        self.set_now(moment)

    @property
    def moving(self) -> Group:
        """What `set_now` changes, and what it would cover."""
        return Group(self.picture, self.frame, self.hand)

    def set_now(self, moment: float) -> Self:
        """Show what has been written up to a moment of the clock, 0 to 1, with a hand that stands there; the
        whole map, from 1 on, has none."""
        moment = float(np.clip(moment, 0, 1))
        past = (np.arange(COLUMNS) + 0.5) / COLUMNS < moment
        ground = np.array(ManimColor(theme.palette.panel).to_int_rgb(), np.uint8)
        self.picture.set_array(np.where(past[:, None], self._pixels, ground))
        left = self.frame.get_left()
        self.hand.move_to(left + moment * self.frame.width * RIGHT)
        self.hand.set_stroke(opacity=float(moment < 1))
        return self

    def rows(self) -> Group:
        """Each band's row as a picture of its own, where it stands: rows that can be moved."""
        place = len(self.order) - 1 - np.argsort(self.order)
        height = self.picture.height / len(place)
        pictures = Group()
        for top in place:
            row = Picture(self._pixels[top : top + 1], height=height)
            row.stretch_to_fit_width(self.picture.width).move_to(self.picture.get_top(), aligned_edge=UP)
            pictures.add(row.shift(top * height * DOWN))
        return pictures

    @staticmethod
    def _rate(explained: np.ndarray, times: np.ndarray) -> np.ndarray:
        """(bands, COLUMNS) writing per unit of clock time."""
        writing = np.diff(explained.clip(min=0), axis=0, prepend=0)
        clock = (np.arange(COLUMNS) + 0.5) / COLUMNS
        spans = np.diff(times, prepend=-np.inf)
        # What step i writes was written while the clock went from step i - 1 to step i.
        step = np.searchsorted(times, clock)
        known = (step > 0) & (step < len(times))
        rate = np.zeros((writing.shape[1], COLUMNS))
        rate[:, known] = (writing[step[known]] / spans[step[known], None]).T
        return rate.clip(min=0)

    @staticmethod
    def _colour(rate: np.ndarray, colours: Sequence[ManimColor]) -> np.ndarray:
        """uint8 (bands, COLUMNS, 3), each row in its band's colour."""
        # One scale for all bands: rows can be compared. The brightest hundredth may saturate.
        share = (rate / max(np.quantile(rate, 0.99), 1e-12)).clip(0, 1)[..., None]
        ground = np.array(ManimColor(theme.palette.panel).to_rgb())
        full = np.array([colour.to_rgb() for colour in colours])[:, None, :]
        return np.rint(255 * (ground + share * (full - ground))).astype(np.uint8)
