"""Calling the command line: in this process by click's runner, or as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

from manim_spectral.studio.main import main

SPECTRAL = Path(sys.executable).with_name("spectral")


def call(*argv: object, exit_code: int = 0) -> Result:
    """`spectral ARGV` in this process; standard output and standard error are kept apart."""
    result = CliRunner().invoke(main, [str(argument) for argument in argv])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result


def refusal(*argv: object) -> str:
    """The one line with which `spectral ARGV` is refused."""
    result = call(*argv, exit_code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def run(*argv: object, **options) -> subprocess.CompletedProcess:
    """`spectral ARGV` as a user runs it."""
    return subprocess.run([SPECTRAL, *map(str, argv)], capture_output=True, text=True, **options)


def examples(command: str | None) -> list[str]:
    """The lines of a command's help, or of the group's own, that show a prompt."""
    shown = main if command is None else main.get_command(Context(main), command)
    lines = [line.strip() for line in shown.help.splitlines()]
    found = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    if not found:
        pytest.fail(f"spectral {command}: help without an example")
    return found
