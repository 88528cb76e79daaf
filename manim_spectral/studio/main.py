"""The command `spectral`: a group, and what holds for every command in it.

Exit status: 0 when done; 2 when something given cannot be used, after one line `error: ...` on standard
error; 130 when interrupted or told to end. Results go to standard output, everything else to standard error.
What a command needs of torch, manim or matplotlib it loads when it gets there, so that help and refusals come
at once.
"""

from __future__ import annotations

import signal

import click

from manim_spectral.studio import clip, deck, film, gallery, info, measure, record
from spectral import InputError


class Commands(click.Group):
    """A group whose commands may raise InputError, and stop at Ctrl-C or SIGTERM without a traceback."""

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
      $ spectral record spectral/assets/models/photos-64 -o run.safetensors
      $ spectral measure run.safetensors
      $ SPECTRAL_TRAJECTORY=run.safetensors manim -pql scenes/sampling.py
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _module in (record, measure, info, film, clip, deck, gallery):
    main.add_command(_module.command)
