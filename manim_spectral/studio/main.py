"""The command `spectral`: a group, and what holds for every command in it.

Exit status: 0 when done; 2 when something given cannot be used, after one line `error: ...` on standard
error; 130 when interrupted or told to end. Results go to standard output, everything else to standard error.
What a command needs of torch, manim or matplotlib it loads when it gets there, so that help and refusals come
at once.
"""

from __future__ import annotations

import io
import signal
import sys
from importlib import import_module
from typing import Any

import click

from spectral import InputError

# Each is `command` in the module of its name, which is loaded when it is called or asked for its help.
COMMANDS = {
    "clip": "One beat of a scene, as gif, mp4, webm or png.",
    "deck": "The story as slides: HTML, PowerPoint or PDF.",
    "film": "The whole story as one film.",
    "gallery": "A page of all chapters that plays from disk.",
    "info": "What recordings are, from their headers alone.",
    "measure": "When each frequency band locks in, as table, JSON, CSV, figure.",
    "record": "Sample a model, or bridge to a signal, and keep every step.",
}


class Commands(click.Group):
    """A group whose commands may raise InputError, and stop at Ctrl-C or SIGTERM without a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a pipe on Windows may know no sigma
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return import_module(f"manim_spectral.studio.{cmd_name}").command if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was begun is cleared away
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)


@click.group(
    "spectral",
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="spectral-autoregression", prog_name="spectral")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Diffusion sampling, measured by frequency: record a run, and see its bands lock in one after another.

    \b
      $ spectral record photos-64 -o run.safetensors
      $ spectral measure run.safetensors
      $ SPECTRAL_TRAJECTORY=run.safetensors manim -pql scenes/sampling.py
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
