"""Measurements as JSON, and as the long table in CSV that holds every number a scene plots."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO, Any

import numpy as np

from manim_spectral.studio.measurement import Measurement
from spectral import PowerSpectrum

COLUMNS = ("file", "quantity", "step", "band", "freq", "unit", "value")
Row = tuple[str, int | None, int | None, float | None, float]  # quantity, step, band, freq, value


def as_json(measurements: Sequence[Measurement]) -> str:
    """A list with one object a file; what is not known, and what is no number, is null."""
    return json.dumps([_summary(m) for m in measurements], indent=2, allow_nan=False, ensure_ascii=False)


def _summary(m: Measurement) -> dict[str, Any]:
    t, lock, unit = m.trajectory, m.lock, m.units[-1]
    return {
        "file": str(m.path),
        "modality": t.modality,
        "shape": list(t.sample.shape),
        "steps": t.n_steps,
        "model": t.model,
        "scheduler": t.scheduler,
        "space": t.space,
        "origin": t.origin,
        "source": t.source,
        "seed": t.seed,
        "eta": t.eta,
        "stochastic": t.stochastic,
        "sample_rate": t.sample_rate,
        "level": lock.threshold,
        "unit": unit.symbol,
        "bands": [
            {
                "band": row.number,
                "low": low,
                "high": high,
                "power": row.power,
                "mean_square": row.mean_square,
                "lock_step": row.step,
                "sigma": row.sigma,
                "snr_db": row.snr_db,
                "closed_form_step": row.closed_form,
            }
            for row, (low, high) in zip(m.bands, pairwise(lock.bands.edges(unit).tolist()), strict=True)
        ],
        "order": {"frequency": _known(lock.order.frequency), "power": _known(lock.order.power)},
        "softness": _known(lock.softness),
        "exponent": m.exponent,
        "peak": m.peak,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def write_csv(measurements: Sequence[Measurement], file: IO[str]) -> None:
    """Write one row a number, with `COLUMNS` as the first line; an empty cell says that there is none."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for m in measurements:
        for quantity, step, band, freq, value in rows(m):
            unit = m.units[-1].symbol
            writer.writerow((m.path, quantity, step, band, freq, unit, value if math.isfinite(value) else ""))


def rows(m: Measurement) -> Iterator[Row]:
    """Every number that is plotted, one after another."""
    t, lock = m.trajectory, m.lock
    for quantity, per_step in (("alpha", t.alpha), ("sigma", t.sigma), ("snr", t.snr)):
        for step, value in enumerate(per_step.tolist()):
            yield quantity, step, None, None, value
    edges = lock.bands.edges(m.units[-1]).tolist()
    for band, (low, high) in zip(m.bands, pairwise(edges), strict=True):
        yield "band_low", None, band.number, None, low
        yield "band_high", None, band.number, None, high
        yield "power", None, band.number, None, band.power
        yield "mean_square", None, band.number, None, band.mean_square
        yield "lock_step", None, band.number, None, _or_nan(band.step)
        yield "closed_form_step", None, band.number, None, _or_nan(band.closed_form)
    maps = (("explained", lock.explained), ("expected", lock.expected), ("writing", lock.writing))
    for quantity, per_step_and_band in maps:
        for (step, i), value in np.ndenumerate(per_step_and_band):
            yield quantity, step, i + 1, None, float(value)
    for freq, value in _points(m.spectrum):
        yield "final_spectrum", None, None, freq, value
    for step in range(t.n_steps):
        for freq, value in _points(m.denoised_spectrum(step)):
            yield "denoised_spectrum", step, None, freq, value
    yield "level", None, None, None, lock.threshold
    yield "order_frequency", None, None, None, lock.order.frequency
    yield "order_power", None, None, None, lock.order.power
    yield "softness", None, None, None, lock.softness
    yield "exponent", None, None, None, _or_nan(m.exponent)
    yield "peak", None, None, None, _or_nan(m.peak)


def _points(spectrum: PowerSpectrum) -> Iterator[tuple[float, float]]:
    return zip(spectrum.freq.tolist(), spectrum.power.tolist(), strict=True)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
