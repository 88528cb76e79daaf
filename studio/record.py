"""`spectral record MODEL -o FILE`: sample a model, or bridge to a picture, and keep every step in a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import spectral
from spectral import InputError, Trajectory
from studio import output

FREE_ONLY = ("eta", "scheduler", "batch", "index")  # a bridge is one ancestral path of the model's own noise


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Click's options in the order in which --help is to list them."""

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.command("record")
@click.argument("model")
@click.option("-o", "--out", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Where to.")
@_options(
    click.option("--steps", type=int, default=50, show_default=True, help="Number of sampling steps."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of the noise."),
    click.option("--eta", type=float, help="Share of ancestral noise, from 0 (the default) to 1."),
    click.option("--height", type=int, help="In pixels; the model's own by default."),
    click.option("--width", type=int, help="In pixels; the model's own by default."),
    click.option(
        "--image", metavar="FILE", type=click.Path(path_type=Path), help="Bridge to this picture's middle."
    ),
    click.option("--force", is_flag=True, help="Overwrite FILE if it exists."),
)
def command(model: str, out: Path, force: bool, image: Path | None, **given: Any) -> None:
    """Sample MODEL and keep every step: what it saw, what it made of it, alpha and sigma.

    MODEL is a folder in diffusers' layout, or a hub id such as owner/name. With --image the run is a bridge:
    a path of the ancestral sampler that ends in your picture, the model's own estimate kept at every step.

    \b
    A free run, and the same noise under the ancestral sampler:
      $ spectral record spectral/models/photos-64 -o run.safetensors --seed 7
      $ spectral record spectral/models/photos-64 -o ancestral.safetensors --seed 7 --eta 1
    A larger picture than the model was trained on:
      $ spectral record spectral/models/photos-64 -o wide.safetensors --height 64 --width 128
    A path that ends in your own picture:
      $ spectral record spectral/models/photos-64 -o mine.safetensors --image mine.jpg --steps 100
    The path is all that goes to standard output:
      $ spectral measure $(spectral record spectral/models/photos-64 -o new.safetensors)
    """
    options = {name: value for name, value in given.items() if value is not None}
    output.check_output(out, force=force)
    echo(model=model, **(options | ({"image": image} if image else {})))
    started = time.monotonic()
    trajectory = _bridge(model, image, options) if image else spectral.record(model, **options)
    trajectory.save(out)
    click.echo(f"{described(trajectory)}, {time.monotonic() - started:.1f} s", err=True)
    click.echo(out)


def _bridge(model: str, image: Path, options: dict[str, Any]) -> Trajectory:
    for name in FREE_ONLY:
        if name in options:
            raise InputError(f"--{name} goes with a free run, but --image asks for a bridge: leave one out")
    from studio import signals  # what reads settings and pictures, which a free run does without

    size = {name: options.pop(name, None) for name in ("height", "width")}
    picture = signals.picture(model, image, **size)
    return spectral.bridge(model, picture, source=image.name, **options)


def echo(**settings: Any) -> None:
    """The settings, one a line, on standard error."""
    width = max(map(len, settings))
    for name, value in settings.items():
        click.echo(f"{name.replace('_', ' '):{width}}  {value}", err=True)


def described(trajectory: Trajectory) -> str:
    """What was recorded, in a few words."""
    shape = " x ".join(map(str, trajectory.sample.shape))
    return f"{trajectory.n_steps} steps of {shape} ({trajectory.modality}) under {trajectory.scheduler}"
