"""Every example in a docstring of the numbers is what it says, and every public name has one."""

import doctest
from importlib import import_module

import numpy as np
import pytest

import spectral

ROOMS = ("signal", "theory", "lockin", "sound")
READING = {"read_audio", "loudest_start", "write_audio"}  # `Sound` shows them, with a file of its own


def room(name: str) -> str:
    return getattr(spectral, name).__module__.split(".")[1]


NAMES = [name for name in spectral.__all__ if name != "InputError" and room(name) in ROOMS]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gives_what_stands_under_it(name):
    value = getattr(spectral, name)
    module = import_module(value.__module__)
    tests = doctest.DocTestFinder(recurse=False).find(
        value, name, module=module, globs={"np": np, "spectral": spectral}
    )
    examples = [example for test in tests for example in test.examples]
    assert examples or name in READING
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    for test in tests:
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
