"""The clips in a list, and plots of their spectra and of photographs', with small pictures above each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, UP, Group, MoveToTarget

from manim_spectral import theme
from manim_spectral.chapters.clips import words
from manim_spectral.chapters.clips.clip_row import ClipRow
from manim_spectral.chapters.clips.layout import plotting_area
from manim_spectral.chapters.clips.measures import bands_of
from manim_spectral.mobjects.law_plot import LawPlot
from manim_spectral.mobjects.picture import fitted
from manim_spectral.sources.material import NamedPicture
from manim_spectral.stage.layout import Box
from manim_spectral.views.spectra import SignalSpectra

STRIP, APART = 0.6, 0.12  # of the small pictures above a plot: their room, and from one to the next
GUTTER = 0.4  # between the columns of the list


class StripPlot(LawPlot):
    """Spectra, their mean and the line nearest to it, with room above for a strip of small pictures."""

    def __init__(self, spectra: SignalSpectra, room: Box, power_range: tuple[float, float]) -> None:
        inside = plotting_area(room, above=STRIP + APART)
        exponent = f"{spectra.law.exponent:.1f}".replace("-", "−")
        super().__init__(
            spectra.freq,
            spectra.power,
            spectra.mean,
            spectra.law,
            meaning=[line.format(exponent=exponent) for line in words.LAW_MEANING],
            edges=spectra.edges,
            ticks=spectra.ticks,
            power_range=power_range,
            axis_label=spectra.axis_label,
            width=inside.width,
            height=inside.height,
        )
        self.shift(inside.centre - self.frame.get_center())
        self.strip_top = room.top

    def place_in_strip(self, k: int, count: int) -> tuple[np.ndarray, float]:
        """The upper left corner of one of `count` places in the strip, and their width."""
        pitch = (self.frame.width + APART) / count
        return np.array([self.frame.get_left()[0] + k * pitch, self.strip_top, 0]), pitch - APART

    def gather_waves(self, rows: Sequence[ClipRow]) -> list[MoveToTarget]:
        """Animations that bring the waveforms of a list into the strip."""
        moves = []
        for k, row in enumerate(rows):
            corner, width = self.place_in_strip(k, len(rows))
            target = row.picture.generate_target()
            target.stretch_to_fit_width(width).stretch_to_fit_height(STRIP)
            target.move_to(corner, aligned_edge=UP + LEFT)
            moves.append(MoveToTarget(row.picture))
        return moves

    def small_pictures(self, pictures: Sequence[NamedPicture], count: int) -> Group:
        """The first of these pictures in the strip, which has room for `count`."""
        small = Group()
        for k, picture in enumerate(pictures[:count]):
            corner, width = self.place_in_strip(k, count)
            side = min(width, STRIP)
            small.add(fitted(picture.pixels, side, side).move_to(corner, aligned_edge=UP + LEFT))
        return small


def clip_rows(
    names: Sequence[str],
    sounds: Sequence[np.ndarray],
    spectra: SignalSpectra,
    *,
    places: int,
    columns: int,
    room: Box,
) -> list[ClipRow]:
    """A row for every clip in a list of so many places: name, waveform, and peak in the colour of
    the band in which it lies."""
    rows = -(-places // columns)
    width, pitch = (room.width - GUTTER * (columns - 1)) / columns, room.height / rows
    peaks = [spectra.peak(k) for k in range(len(names))]
    colours, bands = theme.band_colours(len(spectra.edges) - 1), bands_of(peaks, spectra)
    listed = []
    for k, (name, y) in enumerate(zip(names, sounds, strict=True)):
        found, colour = words.PEAK.format(peak=peaks[k]), colours[bands[k]]
        row = ClipRow(y, name=name, found=found, colour=colour, width=width, height=pitch - 0.16)
        column, line = divmod(k, rows)
        corner = np.array([room.left + column * (width + GUTTER), room.top - line * pitch, 0])
        listed.append(row.shift(corner - row.get_corner(UP + LEFT)))
    return listed
