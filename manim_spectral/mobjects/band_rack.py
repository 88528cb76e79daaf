"""BandRack: for each frequency band its picture, a meter that fills with E_b, and a lock that closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    Group,
    ManimColor,
    Rectangle,
    VGroup,
)

from manim_spectral import theme
from manim_spectral.mobjects.band_states import BandStates, EstimateBands
from manim_spectral.mobjects.meter import Meter, Padlock
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.mobjects.picture import fitted
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import RunView
from spectral import InputError, LockIn, Trajectory

ONE_LINE = 1.2  # room for a cell from which on its words stand in one line
WIDE_GAP, NARROW_GAP = 0.11, 0.05  # between lock, number and range
APART = 0.06  # between the words of two cells


class BandCell(Group):
    """One band: its band-pass picture in a frame, its meter, its lock, its number and its range."""

    def __init__(
        self,
        picture: np.ndarray,
        *,
        number: int,
        name: str,
        tag: str,
        threshold: float,
        side: float,
        room: float,
        colour: ManimColor,
    ) -> None:
        self.picture = fitted(picture, side, side)
        self.frame = Rectangle(width=self.picture.width, height=self.picture.height)
        self.frame.set_stroke(theme.palette.rule, theme.HAIR)
        self.meter = Meter(height=side, width=0.15, threshold=threshold, colour=colour)
        self.meter.next_to(self.frame, RIGHT, buff=0.12)
        self.lock = Padlock(height=0.34, colour=colour)
        self.number = theme.words(str(number), size=theme.BODY, colour=colour.to_hex(), weight="semibold")
        self.range = theme.words(name, size=theme.SMALL, colour=theme.palette.quiet)
        line = VGroup(self.lock, self.number, self.range)
        line.arrange(RIGHT, buff=WIDE_GAP if room > 1.5 else NARROW_GAP)
        if line.width + WIDE_GAP - NARROW_GAP < room - APART:
            self.range.next_to(self.number, RIGHT, buff=WIDE_GAP)  # or two numbers read as one
        self.lock.align_to(self.number, DOWN)
        self.range.align_to(self.number, DOWN)
        if room < ONE_LINE or line.width > room - APART:
            self.range.next_to(self.lock, DOWN, buff=0.08).align_to(self.lock, LEFT)
        line.next_to(self.meter, DOWN, buff=0.14).align_to(self.frame, LEFT)
        line.remove(self.lock)  # it moves when all else stands still, so the rack keeps it apart
        self.colour = colour
        super().__init__(self.picture, self.frame, self.meter, line)
        plate = self._tag(tag)
        if tag and plate.width < self.frame.width:
            self.add(plate.align_to(self.frame, DOWN + RIGHT))

    @staticmethod
    def _tag(text: str) -> VGroup:
        """Says how large a cut-out the picture is."""
        word = theme.words(text or " ", size=theme.SMALL, colour=theme.palette.text)
        plate = Rectangle(width=word.width + 0.1, height=0.25, stroke_width=0)
        return VGroup(plate.set_fill(theme.palette.ground, 0.8), word.move_to(plate))

    def set_locked(self, locked: bool) -> Self:
        """Light the frame; the padlock itself is moved by its own `set_closed`."""
        self.frame.set_stroke(
            self.colour if locked else theme.palette.rule, theme.LINE if locked else theme.HAIR
        )
        return self


class BandRack(OfRun, Group):
    """All bands, lowest first, in `rows` rows: `cells`, and beside them their `locks`.

    Parameters
    ----------
    pictures
        For each band its band-pass picture, (channels, rows, columns) in [-1, 1].
    names
        What each band is called, e.g. "8-16".
    tags
        What stands in the corner of each picture: how large a cut-out it is. May be empty, and
        is left out where a picture is too small for it.
    threshold
        Explained fraction at which a band counts as locked, drawn on every meter.
    width
        Room for the whole rack; the pictures' size follows, at most `side`.

    Examples
    --------
    .. manim:: BandsOfARun
        :save_last_frame:

        import spectral
        from manim_spectral import BandRack

        class BandsOfARun(Scene):
            def construct(self):
                run = spectral.record("photos-64", steps=20, seed=7)
                self.add(BandRack.of(run).set_moment(0.6).center())
    """

    def __init__(
        self,
        pictures: Sequence[np.ndarray],
        *,
        names: Sequence[str],
        tags: Sequence[str],
        threshold: float,
        width: float,
        side: float,
        rows: int = 1,
        row_gap: float = 0.3,
    ) -> None:
        self.bands: BandStates | None = None  # what the cells show; the run's estimate unless set
        count = len(names)
        columns = -(-count // rows)
        pitch = width / columns
        side = min(side, pitch - 0.5)
        colours = theme.band_colours(count)
        self.cells = [
            BandCell(
                picture,
                number=k + 1,
                name=name,
                tag=tag,
                threshold=threshold,
                side=side,
                room=pitch,
                colour=colour,
            )
            for k, (picture, name, tag, colour) in enumerate(zip(pictures, names, tags, colours, strict=True))
        ]
        super().__init__(*self.cells)
        height = max(cell.height for cell in self.cells)
        for k, cell in enumerate(self.cells):
            row, column = divmod(k, columns)
            # Pictures stand on a grid of their own, whatever the words under them measure.
            place = np.array([column * pitch, -row * (height + row_gap), 0])
            corner = [cell.frame.get_left()[0], cell.meter.outline.get_top()[1], 0]
            Group(cell, cell.lock).shift(place - corner)
        self.locks = VGroup(*[cell.lock for cell in self.cells])
        self.add(self.locks)
        self.center()

    @classmethod
    def of(
        cls,
        run: Trajectory | RunView,
        *,
        width: float = 12.0,
        side: float = 1.45,
        rows: int = 1,
        lock: LockIn | None = None,
    ) -> Self:
        """The bands of a run's denoised estimate, their meters and their locks.

        Parameters
        ----------
        run
            A `spectral.Trajectory`, or the view of one.
        lock
            What `spectral.lock_in` measured of it, for bands or a threshold of one's own.
        width
            Of the whole rack.
        side
            Of a band's picture, at most.
        rows
            In which the bands stand.

        Raises
        ------
        InputError
            If `run` is no trajectory, or `lock` another's.
        """
        width = checked_size("width", width)
        side = checked_size("side", side)
        if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
            raise InputError(f"rows: found {rows!r}, expected 1 or more")
        view = run_view(run, lock=lock)
        return cls.for_view(view, width=width, side=side, rows=rows).begin_with(view)

    @classmethod
    def for_view(cls, view: RunView, *, width: float, side: float, rows: int) -> Self:
        """The rack of a run, before its first moment."""
        return cls(
            EstimateBands(view).pictures(0),
            names=view.names,
            tags=view.tags,
            threshold=view.lock.threshold,
            width=width,
            side=side,
            rows=rows,
        )

    def show_step(self, run: RunView, step: int) -> None:
        bands = self.bands or EstimateBands(run)
        self.set_pictures(bands.pictures(step)).set_values(bands.values(step))
        self.set_locked(bands.locked(step))

    def show_between(self, run: RunView, moment: float) -> None:
        bands = self.bands or EstimateBands(run)
        for lock, closed in zip(self.locks, bands.closed(moment, self.pace), strict=True):
            lock.set_closed(closed)

    def set_pictures(self, pictures: Sequence[np.ndarray]) -> Self:
        for cell, picture in zip(self.cells, pictures, strict=True):
            cell.picture.set_array(picture)
        return self

    def set_values(self, explained: np.ndarray) -> Self:
        """Fill the meters, (bands,) explained fractions."""
        for cell, value in zip(self.cells, explained, strict=True):
            cell.meter.set_value(value)
        return self

    def set_locked(self, locked: np.ndarray) -> Self:
        """(bands,) which bands are locked."""
        for cell, value in zip(self.cells, locked, strict=True):
            cell.set_locked(bool(value))
        return self
