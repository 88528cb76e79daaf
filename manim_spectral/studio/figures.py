"""A still figure of one or more measurements, for papers.

One column a file, three panels on top of each other:

    spectrum    the sample's, coloured by band; at a few steps the estimate's, and the noise at 1 / SNR
    explained   E_b against SNR; a filled mark where band b locked, a hollow one where the closed form does
    written     the growth of max(E_b, 0) per decibel: which band is written when, and the same marks

Colour is frequency, in the films' band colours. The two lower panels share the SNR axis. Nothing is smoothed.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator, NullFormatter

import manim_spectral.theme
from manim_spectral.studio.measurement import Measurement
from manim_spectral.studio.tables import ranges, spectrum
from spectral import InputError

DPI = 300
WIDTH, HEIGHT = 3.1, 6.4  # inches of a column, and of the figure
MARGIN = 0.95  # inches on the left, for labels
PALETTE = manim_spectral.theme.LIGHT
TIDES = 4  # moments of the run in the spectrum panel
FLOOR = -0.15  # of the explained panel: how wrong the first estimates are is not its subject

STYLE: dict[Any, Any] = {
    "font.family": "Inter",
    "mathtext.fontset": "custom",
    **dict.fromkeys((f"mathtext.{kind}" for kind in ("bf", "cal", "it", "rm", "sf", "tt")), "Inter"),
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "axes.edgecolor": PALETTE.rule,
    "axes.labelcolor": PALETTE.text,
    "text.color": PALETTE.text,
    "xtick.color": PALETTE.quiet,
    "ytick.color": PALETTE.quiet,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "legend.frameon": False,
}


def png(measurements: Sequence[Measurement]) -> bytes:
    """The figure as a PNG file's bytes.

    Raises
    ------
    InputError
        If a sample has no power to show, or the run no step at which the noise stands at its spectrum.
    """
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        draw(measurements).savefig(file, format="png", dpi=DPI)
    return file.getvalue()


def draw(measurements: Sequence[Measurement]) -> Figure:
    """The figure, to be saved under `STYLE`."""
    for font in sorted((Path(manim_spectral.theme.__file__).parent / "fonts").glob("*.otf")):
        font_manager.fontManager.addfont(font)
    with matplotlib.rc_context(STYLE):
        columns = [_Column(measurement) for measurement in measurements]
        if len({(m.lock.bands, m.units) for m in measurements}) == 1:
            _align(columns)
        size = (MARGIN + WIDTH * len(columns), HEIGHT)
        figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06))
        grid = figure.subplots(3, len(columns), squeeze=False, height_ratios=(1.25, 1, 0.8))
        for panels, column in zip(grid.T, columns, strict=True):
            column.draw(*panels)
        for row in grid:
            for panel in row[1:]:
                panel.set_ylabel("")
        ncols = min(2 * len(columns), 6)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=ncols, fontsize=7.5)
    return figure


def _align(columns: Sequence[_Column]) -> None:
    """One range for all, so that they can be compared by eye."""
    for name in ("power_range", "decibel_range"):
        low, high = zip(*(getattr(column, name) for column in columns), strict=True)
        for column in columns:
            setattr(column, name, (min(low), max(high)))


class _Column:
    """The three panels of one measurement."""

    def __init__(self, measurement: Measurement) -> None:
        self.m = measurement
        self.power = measurement.spectrum.power
        self.unit = measurement.units[0]
        self.freq = measurement.spectrum.in_unit(self.unit).freq
        if not (self.power > 0).any():
            raise InputError(f"{measurement.path}: the sample holds no power, expected some to draw")
        with _light():
            self.colours = [c.to_hex() for c in manim_spectral.theme.band_colours(len(measurement.bands))]
        with np.errstate(divide="ignore"):
            self.decibels = 10 * np.log10(measurement.trajectory.snr)
        low, high = self.power[self.power > 0].min(), self.power.max()
        self.power_range = (0.2 * low, 4 * high)
        known = self.decibels[np.isfinite(self.decibels)]
        first, last = known[0], known[-1]
        if self.has_tide:
            first, last = max(first, -10 * np.log10(10 * high)), min(last, -10 * np.log10(0.1 * low))
        if not first < last:
            raise InputError(
                f"{measurement.path}: the SNR never comes near the spectrum, expected it to pass"
            )
        self.decibel_range = (first, last)

    @property
    def has_tide(self) -> bool:
        """Whether alpha and sigma belong to the signal itself, as they do unless it was decoded."""
        return bool(np.isfinite(self.m.lock.expected).all())

    def draw(self, spectrum_panel: Axes, explained_panel: Axes, written_panel: Axes) -> None:
        self._spectrum(spectrum_panel)
        self._explained(explained_panel)
        self._written(written_panel)
        for panel in (explained_panel, written_panel):
            panel.set_xlim(*self.decibel_range)
            panel.xaxis.set_major_locator(MultipleLocator(20))
            panel.xaxis.set_minor_locator(MultipleLocator(10))
        explained_panel.tick_params(labelbottom=False)
        written_panel.set_xlabel("SNR, dB")

    def _spectrum(self, panel: Axes) -> None:
        m = self.m
        steps = self._moments()
        for shade, step in zip(np.linspace(0.35, 0.9, len(steps)), steps, strict=True):
            panel.plot(
                self.freq, m.denoised_spectrum(step).power, color=PALETTE.text, alpha=shade, linewidth=0.7
            )
            if self.has_tide:
                tide = 1 / m.trajectory.snr[step]
                panel.axhline(tide, color=PALETTE.water, alpha=shade, linewidth=0.9, zorder=1)
                panel.annotate(
                    f"step {step}",
                    (1, tide),
                    xycoords=("axes fraction", "data"),
                    xytext=(3, 0),
                    textcoords="offset points",
                    ha="left",
                    va="center",
                    fontsize=7,
                    color=PALETTE.quiet,
                )
        inner = m.lock.bands.edges(self.unit)[1:-1]
        for colour, low, high in zip(self.colours, [0, *inner], [*inner, np.inf], strict=True):
            # one point on, so that the pieces join
            inside = np.flatnonzero((self.freq >= low) & (self.freq < high))
            if inside.size:
                piece = slice(inside[0], inside[-1] + 2)
                panel.plot(self.freq[piece], self.power[piece], color=colour, linewidth=1.8, zorder=3)
        panel.set(xscale="log", yscale="log", xlim=(self.freq[0], self.freq[-1]), ylim=self.power_range)
        _frequency_axis(panel, self.freq)
        panel.set_xlabel(self.unit.symbol)
        panel.set_ylabel("power")
        panel.set_title(_caption(m), loc="left", fontsize=8)
        panel.annotate(
            m.path.stem,
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 19),
            textcoords="offset points",
            fontsize=9,
            weight="semibold",
        )

    def _moments(self) -> list[int]:
        """Steps at which the tide stands in even ratios over the height of the panel, with room between."""
        wanted = np.linspace(*self.decibel_range, TIDES + 2)[1:-1]
        near = sorted({int(np.abs(self.decibels - value).argmin()) for value in wanted})
        room = 10 * np.log10(self.power_range[1] / self.power_range[0]) / 16
        return [
            k for i, k in enumerate(near) if not i or self.decibels[k] - self.decibels[near[i - 1]] > room
        ]

    def _explained(self, panel: Axes) -> None:
        lock = self.m.lock
        panel.axhline(lock.threshold, color=PALETTE.quiet, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        for explained, colour in zip(lock.explained.T, self.colours, strict=True):
            panel.plot(self.decibels, explained, color=colour, linewidth=1.3)
        for i, (row, colour) in enumerate(zip(self.m.bands, self.colours, strict=True)):
            if row.closed_form is not None:
                self._mark(panel, row.closed_form, lock.threshold, size=6.5, mfc=PALETTE.ground, mec=colour)
            if row.step is not None:
                self._mark(panel, row.step, lock.explained[row.step, i], mfc=colour, mec=PALETTE.ground)
        panel.set(ylim=(FLOOR, 1.06), ylabel="explained")
        panel.yaxis.set_major_locator(MultipleLocator(0.5))

    def _mark(self, panel: Axes, step: int, height: float, *, size: float = 4.5, **colours: Any) -> None:
        """A dot at a step; where that lies outside the panel, an arrow at the edge."""
        low, high = self.decibel_range
        at = self.decibels[step]
        shape = "<" if at < low else ">" if at > high else "o"
        size += 2 * (shape != "o")
        panel.plot(
            np.clip(at, low, high), height, shape, markersize=size, mew=1, clip_on=False, zorder=4, **colours
        )

    def _written(self, panel: Axes) -> None:
        spans = np.diff(self.decibels)
        shown = np.isfinite(spans)
        written = np.diff(self.m.lock.explained.clip(min=0), axis=0)[shown]
        rate = (written / spans[shown, None]).clip(min=0).T
        edges_ = np.append(self.decibels[:-1][shown], self.decibels[-1])
        most = max(np.quantile(rate, 0.99), 1e-12)
        for i, colour in enumerate(self.colours):
            shades = LinearSegmentedColormap.from_list("band", [to_rgb(PALETTE.panel), to_rgb(colour)])
            panel.pcolormesh(edges_, [i + 0.53, i + 1.47], rate[i : i + 1], cmap=shades, vmin=0, vmax=most)
        m = self.m
        for row in m.bands:  # in the panel above, bands that lock together cover each other
            if row.closed_form is not None:
                self._mark(panel, row.closed_form, row.number, size=6.5, mfc=PALETTE.ground, mec=PALETTE.text)
            if row.step is not None:
                self._mark(panel, row.step, row.number, mfc=PALETTE.text, mec=PALETTE.ground)
        names = ranges(m.lock.bands, self.unit)
        panel.set(ylim=(0.5, len(names) + 0.5), ylabel=f"written band,\n{self.unit.symbol}")
        panel.set_yticks(range(1, len(names) + 1), names)
        for label, colour in zip(panel.get_yticklabels(), self.colours, strict=True):
            label.set_color(colour)
        panel.tick_params(axis="y", length=0, pad=7)


def _caption(m: Measurement) -> str:
    tau = m.lock.order.frequency
    law = spectrum(m) if m.exponent is None else f"$1/f^{{{m.exponent:.2f}}}$"
    return law if np.isnan(tau) else f"τ (frequency) = {tau:.2f},  {law}".replace("-", "−")


def _frequency_axis(panel: Axes, freq: np.ndarray) -> None:
    """Ticks at octaves where there is room, else at decades."""
    octaves = 2.0 ** np.arange(np.ceil(np.log2(freq[0])), np.floor(np.log2(freq[-1])) + 1)
    if octaves.size <= 8:
        panel.set_xticks(octaves)
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.xaxis.set_minor_formatter(NullFormatter())
    if octaves.size <= 8:
        panel.minorticks_off()


def _legend() -> list[Line2D]:
    dark = PALETTE.text
    marks: dict[str, Any] = dict(linestyle="", markersize=5)
    return [
        Line2D([], [], color=dark, linewidth=1.8, label="final sample (measured)"),
        Line2D([], [], color=dark, linewidth=0.7, label="estimate at a step (measured)"),
        Line2D([], [], color=PALETTE.water, linewidth=0.9, label="noise, 1/SNR"),
        Line2D([], [], color=PALETTE.quiet, linewidth=0.8, linestyle=(0, (4, 2)), label="lock level"),
        Line2D([], [], marker="o", color=dark, label="locked (measured)", **marks),
        Line2D([], [], marker="o", color=dark, mfc=PALETTE.ground, label="locks (closed form)", **marks),
    ]


@contextlib.contextmanager
def _light() -> Iterator[None]:
    """The theme's light palette, for as long as it takes to ask for colours."""
    before, manim_spectral.theme.palette = manim_spectral.theme.palette, PALETTE
    try:
        yield
    finally:
        manim_spectral.theme.palette = before
