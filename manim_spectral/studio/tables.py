"""Measurements as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich import box
from rich.console import Console
from rich.table import Table

from manim_spectral.studio.measurement import Measurement
from spectral import Bands, FrequencyUnit

NEVER = "–"


def show(measurements: Sequence[Measurement]) -> None:
    """Print the tables to standard output: bands first, then one line a file."""
    console = Console(highlight=False)
    for heading, table in tables(measurements):
        if not console.is_terminal:  # nothing is folded in a pipe or a file
            unbound = console.options.update(max_width=10_000)
            console.width = max(console.width, console.measure(table, options=unbound).maximum)
        console.print(heading, style="bold", markup=False, soft_wrap=True)
        console.print(table)


def tables(measurements: Sequence[Measurement]) -> Iterator[tuple[str, Table]]:
    """Headings and tables: one of bands a file, or one for all where the bands agree; then the summary."""
    if len(measurements) > 1 and len({(m.lock.bands, m.units) for m in measurements}) == 1:
        yield "step of lock-in, SNR there in dB", side_by_side(measurements)
    else:
        for measurement in measurements:
            yield f"{measurement.path}: {title(measurement)}", bands(measurement)
    yield "order of lock-in (Kendall's τ), softness, spectrum", summary(measurements)


def bands(measurement: Measurement) -> Table:
    """The bands of one file, lowest first."""
    table = _table()
    _columns(table, "band", *(unit.symbol for unit in measurement.units), "power")
    _columns(table, "lock-in", "σ", "SNR, dB", "closed form")
    for row, *ranged in zip(measurement.bands, *_ranges(measurement), strict=True):
        table.add_row(
            str(row.number),
            *ranged,
            f"{row.power:.3g}",
            _step(row.step),
            _number(row.sigma, ".3g"),
            _number(row.snr_db, "+.1f"),
            _step(row.closed_form),
        )
    return table


def side_by_side(measurements: Sequence[Measurement]) -> Table:
    """Files that have the same bands: for each the step at which they lock, and the SNR there."""
    first = measurements[0]
    table = _table()
    _columns(table, "band", *(unit.symbol for unit in first.units))
    _columns(table, *(m.path.stem for m in measurements))
    for i, ranged in enumerate(zip(*_ranges(first), strict=True)):
        rows = (m.bands[i] for m in measurements)
        steps = (f"{_step(row.step)} {_number(row.snr_db, '+.1f'):>6}" for row in rows)
        table.add_row(str(i + 1), *ranged, *steps)
    return table


def summary(measurements: Sequence[Measurement]) -> Table:
    """One line a file: the order of its bands, how softly they are written, and its spectrum."""
    table = _table()
    table.add_column("file")
    _columns(table, "steps", "τ, frequency", "τ, power", "softness, octaves", "spectrum")
    for m in measurements:
        order = m.lock.order
        table.add_row(
            m.path.name,
            str(m.trajectory.n_steps),
            _number(order.frequency, "+.2f"),
            _number(order.power, "+.2f"),
            _number(m.lock.softness, ".2f"),
            spectrum(m),
        )
    return table


def title(measurement: Measurement) -> str:
    """What the file holds, in a line: what ran, and where it led."""
    t = measurement.trajectory
    path = f"bridge to {t.source or 'a signal'}" if t.origin == "bridge" else f"free run, seed {t.seed}"
    space = {"signal": "", "decoded": "decoded", "latent": "latents"}[t.space]
    return ", ".join(filter(None, (t.model, t.scheduler, path, f"{t.n_steps} steps", space)))


def spectrum(measurement: Measurement) -> str:
    """The law of the sample's spectrum, or where it peaks."""
    if measurement.peak is not None:
        return f"peak at {_short(measurement.peak)} {measurement.units[-1].symbol}"
    return NEVER if measurement.exponent is None else f"1/f^{measurement.exponent:.2f}"


def ranges(bands: Bands, unit: FrequencyUnit) -> list[str]:
    """Each band's range in a unit; the highest is open, for it takes what lies above it too."""
    edges = [_short(edge) for edge in bands.edges(unit)]
    return [*(f"{low}–{high}" for low, high in pairwise(edges[:-1])), f"{edges[-2]}+"]


def _ranges(measurement: Measurement) -> list[list[str]]:
    return [ranges(measurement.lock.bands, unit) for unit in measurement.units]


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False)


def _columns(table: Table, *names: str) -> None:
    for name in names:
        table.add_column(name, justify="right", overflow="fold")


def _step(step: int | None) -> str:
    return NEVER if step is None else str(step)


def _number(value: float | None, form: str) -> str:
    return NEVER if value is None or math.isnan(value) else f"{value:{form}}"
