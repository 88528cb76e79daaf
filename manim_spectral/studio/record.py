"""`spectral record MODEL -o FILE`: sample a model, or bridge to a signal, and keep every step in a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

import spectral
from manim_spectral.studio import output
from spectral import InputError, Trajectory
from spectral.assets import Kind, locate, names

# A bridge is one path of the ancestral sampler, of the length of what it ends in.
FREE_ONLY = ("eta", "scheduler", "batch", "index")
SIZES = ("height", "width", "seconds")
CARRIED: dict[str, Kind] = {"image": "photographs", "audio": "clips"}
IN_PYTHON = {"seconds": "audio_length_in_s"}
FILE = click.Path(path_type=Path)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Click's options, in the order in which --help is to list them."""

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.command("record")
@click.argument("model")
@_options(
    click.option("-o", "--out", metavar="FILE", required=True, type=FILE, help="The file to write."),
    click.option("--force", is_flag=True, help="Overwrite FILE if it exists."),
    click.option("--steps", type=int, default=50, show_default=True, help="Number of sampling steps."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of the noise."),
    click.option("--eta", type=float, help="Share of ancestral noise, from 0 (the default) to 1."),
    click.option("--scheduler", metavar="NAME", help="A scheduler of diffusers; the model's own by default."),
    click.option("--prompt", metavar="TEXT", help="What a model of text is asked for."),
    click.option("--negative-prompt", metavar="TEXT", help="What it is to keep away from."),
    click.option("--guidance-scale", type=float, help="Weight of prompt or class."),
    click.option("--class-label", type=int, help="For a model of classes, counted from 0."),
    click.option("--height", type=int, help="In pixels; the model's own by default."),
    click.option("--width", type=int, help="In pixels; the model's own by default."),
    click.option("--seconds", type=float, help="Length of a sound; the model's own by default."),
    click.option("--batch", type=int, help="Draw so many samples at once, from SEED up: a file for each."),
    click.option("--index", type=int, help="Of the batch, keep this one alone, counted from 0."),
    click.option("--image", metavar="FILE", type=FILE, help="Bridge to a picture, its middle."),
    click.option("--audio", metavar="FILE", type=FILE, help="Bridge to a sound, its loudest part."),
    click.option("--device", help="Where to compute, such as cuda; the CPU by default."),
    click.option(
        "--dtype",
        type=click.Choice(["float32", "float16", "bfloat16"]),
        help="Precision to compute in; float32 by default.",
    ),
    click.option(
        "--space",
        type=click.Choice(["signal", "latent"]),
        help="Of a model of latents: keep what its decoder shows (signal, the default), or the latents.",
    ),
    click.option(
        "--storage",
        type=click.Choice(["float32", "float16"]),
        help="What the file keeps; float16 halves it, float32 is the default.",
    ),
)
def command(model: str, out: Path, force: bool, image: Path | None, audio: Path | None, **given: Any) -> None:
    """Sample MODEL and keep every step: what it saw, what it made of it, alpha and sigma.

    MODEL is the name of a carried model (photos-64, speech-16k or mel-64), a folder in diffusers' layout, or
    a hub id such as owner/name. FILE of --image or --audio can be the name of a carried picture or clip, such
    as red_panda. Where guidance is on, the estimate
    that is kept is the guided one. With --image or --audio the run is a bridge: a path of the ancestral
    sampler that ends in your picture or clip, with the model's own estimate at every step.

    \b
    A free run; then the same noise under another scheduler, and with ancestral noise:
      $ spectral record photos-64 -o run.safetensors
      $ spectral record photos-64 -o heun.safetensors --scheduler HeunDiscreteScheduler
      $ spectral record photos-64 -o ancestral.safetensors --eta 1
    A path that ends in a carried photograph, in your own picture, or in your own voice:
      $ spectral record photos-64 -o panda.safetensors --image red_panda
      $ spectral record photos-64 -o mine.safetensors --image mine.jpg
      $ spectral record speech-16k -o voice.safetensors --audio mine.wav
    From text, by a model of latents: as the decoder shows it, and the latents themselves:
      $ spectral record stable-diffusion-v1-5/stable-diffusion-v1-5 -o sea.safetensors --prompt "the sea"
      $ spectral record path/to/folder -o latents.safetensors --prompt "the sea at dusk" --space latent
    Four samples at once, four-0.safetensors to four-3.safetensors; of four, the last alone:
      $ spectral record photos-64 -o four.safetensors --batch 4
      $ spectral record photos-64 -o last.safetensors --batch 4 --index 3
    Standard output is the path and nothing else:
      $ spectral measure $(spectral record photos-64 -o new.safetensors)
    """
    options = {name: value for name, value in given.items() if value is not None}
    given_ends = {"image": image, "audio": audio}
    ends = {name: locate(CARRIED[name], path) for name, path in given_ends.items() if path is not None}
    _check_bridge(ends, options)
    paths = _paths(out, options)
    for path in paths:
        output.check_output(path, force=force)
    _echo({"model": model, **ends, **options})
    started = time.monotonic()
    try:
        runs = _bridged(model, ends, options) if ends else _free(model, options)
    except InputError as error:  # which names what --seconds is called in Python
        words = str(error)
        for option, name in IN_PYTHON.items():
            words = words.replace(name, option)
        raise InputError(words) from None
    for run, path in zip(runs, paths, strict=True):
        run.save(path)
    click.echo(f"{_described(runs)}, {time.monotonic() - started:.1f} s", err=True)
    for path in paths:
        click.echo(path)


def _free(model: str, options: dict[str, Any]) -> Sequence[Trajectory]:
    renamed = {IN_PYTHON.get(name, name): value for name, value in options.items()}
    if "batch" in options and "index" not in options:
        return spectral.record_batch(model, **renamed)
    return (spectral.record(model, **renamed),)


def _bridged(model: str, ends: dict[str, Path], options: dict[str, Any]) -> Sequence[Trajectory]:
    from manim_spectral.studio import signals
    from spectral.recording.loading import load_pipeline  # loads torch

    placed = {name: options[name] for name in ("device", "dtype") if name in options}
    sizes = {IN_PYTHON.get(name, name): options[name] for name in SIZES if name in options}
    others = {name: value for name, value in options.items() if name not in {*placed, *SIZES}}
    pipeline = load_pipeline(model, **placed)
    signal = signals.read(pipeline, **ends, **sizes)
    (path,) = ends.values()
    return (spectral.bridge(pipeline, signal, source=path.name, **others),)


def _check_bridge(ends: dict[str, Path], options: dict[str, Any]) -> None:
    if len(ends) > 1:
        raise InputError("--image and --audio are both given, expected one of them: a bridge has one end")
    for end, path in ends.items():
        for name in FREE_ONLY:
            if name in options:
                raise InputError(f"--{name} goes with a free run, expected none with --{end}, a bridge")
        if not path.is_file():
            carried = ", ".join(names(CARRIED[end]))
            raise InputError(f"--{end} {path}: no such file, expected one to bridge to, or one of {carried}")


def _paths(out: Path, options: dict[str, Any]) -> list[Path]:
    """The files to write: one for each of a batch, numbered."""
    if "batch" not in options or "index" in options:
        return [out]
    return [out.with_name(f"{out.stem}-{k}{out.suffix}") for k in range(options["batch"])]


def _echo(settings: dict[str, Any]) -> None:
    """The settings, one a line, on standard error."""
    width = max(map(len, settings))
    order = [option.name for option in command.params]
    for name, value in sorted(settings.items(), key=lambda setting: order.index(setting[0])):
        click.echo(f"{name.replace('_', ' '):{width}}  {value}", err=True)


def _described(runs: Sequence[Trajectory]) -> str:
    """What was recorded, in a few words."""
    run = runs[0]
    many = f"{len(runs)} runs of " if len(runs) > 1 else ""
    shape = " x ".join(map(str, run.sample.shape))
    return f"{many}{run.n_steps} steps of {shape} ({run.modality}) under {run.scheduler}"
