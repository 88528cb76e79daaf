"""SpectrumPlot: a log-log power spectrum, coloured by band, and the tide of noise that stands over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Line,
    Mobject,
    Polygon,
    Rectangle,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
    override_animate,
)

from manim_spectral import theme
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import RunView
from spectral import InputError, LockIn, PowerSpectrum, Trajectory

SUNK = 0.7  # opacity of water that stands in front of a curve
LEFT_OF_PLOT, UNDER_PLOT = 0.75, 0.62  # room that the labels take outside the frame
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class SpectrumPlot(OfRun, VGroup):
    """Axes, a faint reference curve, the current curve in the bands' colours, and the water.

    What stands still comes first in the family and what moves last (`water`, `surface`, `curve`), so that a
    renderer that keeps still things can.

    Parameters
    ----------
    freq
        (n,) frequencies of the curves, rising, above zero.
    edges
        (bands + 1,) band edges in the unit of `freq`; the first and last are clipped to the curve's ends.
    ticks
        Frequencies to label, with their labels.
    power_range
        Lowest and highest power shown. Curves beyond it are cut at the frame.

    Examples
    --------
    .. manim:: SpectrumOfARun
        :save_last_frame:

        import spectral
        from manim_spectral import SpectrumPlot

        class SpectrumOfARun(Scene):
            def construct(self):
                run = spectral.record("photos-64", steps=20, seed=7)
                plot = SpectrumPlot.of(run, width=10, height=5)
                self.add(plot.set_moment(0.5).center())
    """

    def __init__(
        self,
        freq: np.ndarray,
        *,
        edges: Sequence[float] | np.ndarray,
        ticks: Sequence[tuple[float, str]],
        power_range: tuple[float, float],
        axis_label: str,
        width: float,
        height: float,
    ) -> None:
        super().__init__()
        self.freq, self.edges = np.asarray(freq, float), np.asarray(edges, float)
        self.power_range = power_range
        self.tide = 0.0  # none yet
        self.frame = Rectangle(width=width, height=height, stroke_width=0, fill_opacity=0)
        self.colours = theme.band_colours(len(self.edges) - 1)

        self.axes = VGroup(
            Line(self.frame.get_corner(UP + LEFT), self.frame.get_corner(DOWN + LEFT)),
            Line(self.frame.get_corner(DOWN + LEFT), self.frame.get_corner(DOWN + RIGHT)),
        ).set_stroke(theme.palette.rule, theme.HAIR)
        self.labels = VGroup(*self._frequency_ticks(ticks), *self._power_ticks())
        under = VGroup(*self.labels).get_bottom()[1]
        self.axis_label = theme.words(axis_label, size=theme.SMALL, colour=theme.palette.quiet)
        self.axis_label.next_to(self.frame, DOWN, buff=0).set_y(under - 0.08, direction=UP)
        self.reference = VMobject(stroke_color=theme.palette.quiet, stroke_width=theme.LINE)
        self.water = Polygon(*[self.frame.get_bottom()] * 4, stroke_width=0)
        self.water.set_fill(theme.palette.water, 0.30)
        self.surface = Line(self.frame.get_bottom(), self.frame.get_bottom())
        self.surface.set_stroke(theme.palette.water, theme.LINE)
        self.curve = VGroup(*[VMobject(stroke_color=c, stroke_width=theme.BOLD) for c in self.colours])
        self.lines = VGroup()
        self.moving = VGroup(self.water, self.surface, self.curve, self.lines)
        self.add(self.frame, self.axes, self.labels, self.axis_label, self.reference, self.moving)

    @classmethod
    def of(
        cls,
        run: Trajectory | RunView | PowerSpectrum,
        *,
        width: float = 6.0,
        height: float = 3.0,
        lock: LockIn | None = None,
    ) -> Self:
        """A run's spectrum: the final sample's faint, the estimate's by band, and the tide over both.

        Of a spectrum alone, such as `spectral.rapsd` gives, the curve is shown, in octaves from its lowest
        frequency up.

        Parameters
        ----------
        run
            A `spectral.Trajectory`, the view of one, or a `spectral.PowerSpectrum`, in its own unit.
        lock
            What `spectral.lock_in` measured of it, for bands or a threshold of one's own.
        width, height
            Of the plotting area; labels hang outside.

        Raises
        ------
        InputError
            If `run` is no trajectory, or `lock` another's.
        """
        width = checked_size("width", width)
        height = checked_size("height", height)
        if isinstance(run, PowerSpectrum):
            return cls._of_spectrum(run, width=width, height=height)
        if not isinstance(run, Trajectory | RunView):
            found = type(run).__name__
            raise InputError(f"run: found a {found}, expected a spectral.Trajectory or a PowerSpectrum")
        view = run_view(run, lock=lock)
        plot = cls(
            view.freq,
            edges=view.edges,
            ticks=view.ticks,
            power_range=view.power_range,
            axis_label=view.axis_label,
            width=width,
            height=height,
        )
        return plot.set_reference(view.final_power).begin_with(view)

    @classmethod
    def _of_spectrum(cls, spectrum: PowerSpectrum, *, width: float, height: float) -> Self:
        shown = spectrum.without_dc()
        power = shown.power.reshape(-1, shown.freq.size).mean(axis=0)
        octaves = math.ceil(math.log2(shown.freq[-1] / shown.freq[0])) or 1
        edges = shown.freq[0] * 2.0 ** np.arange(octaves + 1)
        plot = cls(
            shown.freq,
            edges=edges.tolist(),
            ticks=[(edge, f"{edge:.3g}") for edge in edges if edge <= shown.freq[-1] * (1 + 1e-9)],
            power_range=replace(shown, power=power).visible_range(),
            axis_label=shown.unit.name,
            width=width,
            height=height,
        )
        return plot.set_power(power)

    def show_step(self, run: RunView, step: int) -> None:
        self.set_power(run.spectrum(step))

    def show_between(self, run: RunView, moment: float) -> None:
        if run.has_tide:
            self.set_tide(run.tide(min(moment, 1.0)))

    def _frequency_ticks(self, ticks: Sequence[tuple[float, str]]) -> list[VMobject]:
        marks: list[VMobject] = []
        for freq, text in ticks:
            foot = np.array([self._x(freq), self.frame.get_bottom()[1], 0])
            label = theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)
            label.next_to(foot, DOWN, buff=0.12)
            marks += [Line(foot, foot + 0.07 * DOWN).set_stroke(theme.palette.rule, theme.HAIR), label]
        return marks

    def _power_ticks(self) -> list[VMobject]:
        low, high = (math.log10(p) for p in self.power_range)
        stride = max(1, math.ceil((high - low) / 4))
        marks: list[VMobject] = []
        for exponent in range(math.ceil(low), math.floor(high) + 1):
            if exponent % stride:
                continue
            at = np.array([self.frame.get_left()[0], self._y(10.0**exponent), 0])
            text = f"{10.0**exponent:g}" if -4 < exponent < 5 else f"10{str(exponent).translate(RAISED)}"
            label = theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)
            label.next_to(at, LEFT, buff=0.12)
            marks += [Line(at, at + 0.07 * LEFT).set_stroke(theme.palette.rule, theme.HAIR), label]
        return marks

    def _x(self, freq: np.ndarray | float) -> np.ndarray | float:
        low, high = math.log(self.freq[0]), math.log(self.freq[-1])
        return self.frame.get_left()[0] + self.frame.width * (np.log(freq) - low) / (high - low)

    def _y(self, power: np.ndarray | float) -> np.ndarray | float:
        low, high = (math.log(p) for p in self.power_range)
        level = (np.log(np.maximum(power, 1e-30)) - low) / (high - low)
        return self.frame.get_bottom()[1] + self.frame.height * np.clip(level, 0, 1)

    def _points(self, freq: np.ndarray, power: np.ndarray) -> np.ndarray:
        return np.stack([self._x(freq), self._y(power), np.zeros(len(freq))], axis=-1)

    def set_reference(self, power: np.ndarray) -> Self:
        """The curve to compare with, (n,) power at `freq`."""
        self.reference.set_points_as_corners(self._points(self.freq, power))
        return self

    def set_power(self, power: np.ndarray) -> Self:
        """The current curve, (n,) power at `freq`; each band's piece in the band's colour."""
        log_freq, log_power = np.log(self.freq), np.log(np.maximum(power, 1e-30))
        for piece, low, high in zip(self.curve, self.edges[:-1], self.edges[1:], strict=True):
            low, high = max(low, self.freq[0]), min(high, self.freq[-1])
            if low >= high:
                piece.clear_points()
                continue
            inside = self.freq[(self.freq > low) & (self.freq < high)]
            freq = np.concatenate([[low], inside, [high]])
            # The pieces meet at the band edges: read the curve there on the log-log line between samples.
            values = np.exp(np.interp(np.log(freq), log_freq, log_power))
            piece.set_points_as_corners(self._points(freq, values))
        return self

    def further(self, freq: np.ndarray, power: np.ndarray) -> VMobject:
        """Another curve on these axes, (n,) each, for its owner to colour and to add."""
        inside = (freq >= self.freq[0] * (1 - 1e-9)) & (freq <= self.freq[-1] * (1 + 1e-9))
        curve = VMobject(stroke_color=theme.palette.quiet, stroke_width=theme.HAIR)
        return curve.set_points_as_corners(self._points(freq[inside], power[inside]))

    def between(self, freq: np.ndarray, power: np.ndarray, other: np.ndarray) -> VMobject:
        """The area between two curves, (n,) each."""
        there, back = self._points(freq, power), self._points(freq, other)[::-1]
        area = VMobject(stroke_width=0).set_points_as_corners(np.concatenate([there, back, there[:1]]))
        return area.set_fill(theme.palette.quiet, 0.25)

    def set_tide(self, power: float) -> Self:
        """Noise power relative to the signal's scale, sigma^2 / alpha^2; the same at every frequency.

        Animated (`plot.animate.set_tide(power)`) the water rises or falls evenly in log power.
        """
        left, bottom = self.frame.get_left()[0], self.frame.get_bottom()[1]
        right, top = self.frame.get_right()[0], float(self._y(power))
        corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
        self.water.set_points_as_corners([np.array([x, y, 0]) for x, y in corners])
        self.surface.set_points_as_corners([np.array([left, top, 0]), np.array([right, top, 0])])
        self.tide = power
        return self

    @override_animate(set_tide)  # type: ignore[arg-type]  # by manim's types it is a bound method
    def _raise_tide(self, power: float, anim_args: dict[str, Any] | None = None) -> Animation:
        low, high = self.power_range
        start, end = np.clip([self.tide, power], low, high)

        def rise(_: Mobject, share: float) -> None:
            self.set_tide(power if share >= 1 else float(start * (end / start) ** share))

        # by manim's types the function takes no share
        return UpdateFromAlphaFunc(self, rise, **(anim_args or {}))  # type: ignore[arg-type]

    def point(self, freq: float, power: float) -> np.ndarray:
        """Where a frequency and a power meet; cut at the frame."""
        return np.array([self._x(freq), self._y(power), 0.0])

    def add_line(self, power: np.ndarray, *, colour: str, width: float) -> VMobject:
        """One more curve on top of all others, (n,) power at `freq`."""
        line = VMobject(stroke_color=colour, stroke_width=width)
        self.lines.add(line)
        return self.set_line(line, power)

    def set_line(self, line: VMobject, power: np.ndarray) -> VMobject:
        """Show other power, (n,) at `freq`, by a curve of `add_line`."""
        return line.set_points_as_corners(self._points(self.freq, power))

    def add_level(self, power: float, text: str, *, side: np.ndarray) -> VGroup:
        """A flat line at a power, named at its `LEFT` or `RIGHT` end."""
        ends = [self.point(freq, power) for freq in (self.freq[0], self.freq[-1])]
        words = theme.words(text, size=theme.SMALL, colour=theme.palette.text)
        words.next_to(ends[1], UP, buff=0.06).align_to(self.frame, side).shift(-0.1 * side)
        level = VGroup(Line(ends[0], ends[1]).set_stroke(theme.palette.text, theme.HAIR), words)
        self.lines.add(level)
        return level

    def sink(self) -> Self:
        """Put the water in front of the current curve: what is drowned is seen through it."""
        self.moving.submobjects = [self.curve, self.water, self.surface, self.lines]
        self.water.set_fill(opacity=SUNK)
        return self

    def name_ends(self, low: str, high: str) -> Self:
        """Say beside the axis' label what its two ends are, in the colours of the curve's own ends."""
        last = int(np.searchsorted(self.edges, self.freq[-1])) - 1
        for text, colour, side in ((low, self.colours[0], LEFT), (high, self.colours[last], RIGHT)):
            words = theme.words(text, size=theme.SMALL, colour=colour.to_hex(), weight="medium")
            words.align_to(self.axis_label, UP).align_to(self.frame, side)
            self.labels.add(words)
        return self
