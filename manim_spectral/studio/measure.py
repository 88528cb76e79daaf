"""`spectral measure FILE...`: when each band of a recording locks in, as a table, JSON, CSV or a figure."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manim_spectral.studio import export, output, tables
from manim_spectral.studio.measurement import Measurement
from spectral import InputError
from spectral.atomic import atomic_file


@click.command("measure")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="Print JSON instead: a list with one object a file.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV instead: every number that a scene plots.")
@click.option(
    "--png", metavar="FIGURE", type=click.Path(path_type=Path), help="Draw a still figure for a paper, too."
)
def command(files: tuple[Path, ...], form: str | None, png: Path | None) -> None:
    """Measure recordings: when each frequency band locks in, and in what order.

    A table gives for each band its range; its power in the final sample; the step from which the model's
    estimate explains it for good; the noise scale σ and the signal-to-noise ratio at that step; and the step
    at which the closed form for Gaussian data of that spectrum expects the lock. Below it: Kendall's rank
    correlation of lock-in order with frequency and with power, the softness of the writing, and the power law
    of a picture's spectrum (a waveform's follows none: there, its peak).

    \b
    One file, then three side by side:
      $ spectral measure run.safetensors
      $ spectral measure ddim.safetensors euler.safetensors heun.safetensors
    A figure with a panel for each:
      $ spectral measure ddim.safetensors euler.safetensors --png schedulers.png
    Numbers for other programs:
      $ spectral measure run.safetensors --json > run.json
      $ spectral measure run.safetensors --csv > run.csv

    The CSV is long: one number a row, with the columns file, quantity, step, band, freq, unit, value. Steps
    count from 0, bands from 1. An empty cell is a number that does not exist (a band that never locks).

    \b
    quantity                    has          is
    alpha, sigma, snr           step         scales of signal and noise, alpha²/sigma²
    explained                   step, band   share of the final band that the estimate explains
    expected                    step, band   the same by the closed form
    writing                     step, band   growth of explained over the step
    band_low, band_high         band         edges
    power, mean_square          band         of the sample: per frequency, and of the band-pass part
    lock_step, closed_form_step band         first step from which the band is locked
    final_spectrum              freq         power of the sample, mean over rings and channels
    denoised_spectrum           step, freq   power of the denoised estimate
    level                                    what explained has to reach for a lock
    order_frequency, order_power             Kendall's tau of lock-in order
    softness                                 in octaves
    exponent, peak                           of the power law; of a waveform, where it peaks
    """
    if png is not None:
        _check_figure(png)
    measurements = [Measurement.load(file) for file in files]
    if png is not None:
        from manim_spectral.studio import figures  # loads matplotlib, and manim for its colours

        drawn = figures.png(measurements)
        with atomic_file(png) as file:
            file.write(drawn)
        click.echo(f"figure: {png}", err=True)
    if form == "json":
        click.echo(export.as_json(measurements))
    elif form == "csv":
        export.write_csv(measurements, sys.stdout)
    else:
        tables.show(measurements)


def _check_figure(path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise InputError(f"--png {path}: expected a name that ends in .png")
    output.check_output(path)
