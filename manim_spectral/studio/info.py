"""`spectral info FILE...`: what a recording is, without reading its tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import spectral
from spectral import TrajectoryInfo


@click.command("info")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Say what recordings are: what ran, how, and where it led.

    Only the header is read, so it takes no longer for a large file than for a small one. Damage among the
    tensors goes unnoticed here; `spectral measure` reads and checks everything.

    \b
      $ spectral info run.safetensors
      $ spectral info *.safetensors
    """
    for number, file in enumerate(files):
        told = describe(file, spectral.trajectory_info(file))
        width = max(map(len, told))
        if number:
            click.echo()
        for name, value in told.items():
            click.echo(f"{name:{width}}  {value}")


def describe(path: Path, info: TrajectoryInfo) -> dict[str, str]:
    """Names and values, in the order in which they are shown; what a run does not have is left out."""
    known = {name: value for name, value in info.metadata.items() if value not in (None, "", {})}
    shape = " x ".join(map(str, info.shape))
    size = f"{info.size_bytes / 1e6:.1f} MB"
    first = ("modality", "space", "origin", "source", "model", "scheduler")
    told = {
        "file": str(path),
        "holds": f"{info.n_steps} steps of {shape}, {info.dtype}, {size}",
        **{name: _text(known.pop(name)) for name in first if name in known},
    }
    return told | {name.replace("_", " "): _text(value) for name, value in known.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    return str(value)
