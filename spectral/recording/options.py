"""What a user asks for, looked at before any work is done."""

from __future__ import annotations

import math
import operator
import os
from pathlib import Path
from typing import Any

import numpy as np

from spectral.errors import InputError


def whole(name: str, value: Any, least: int) -> int:
    """The option as an integer.

    Raises
    ------
    InputError
        When it is none, or less than `least`.
    """
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number < 2**63:
        raise InputError(f"{name} is {value!r}, expected a whole number, {least} or more")
    return number


def positive(name: str, value: Any) -> float:
    """The option as a number above 0.

    Raises
    ------
    InputError
        When it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
        raise InputError(f"{name} is {value!r}, expected a number above 0")
    return float(value)


def one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    """The option, which is one of those.

    Raises
    ------
    InputError
        When it is none of them.
    """
    if value not in known:
        raise InputError(f"{name} is {value!r}, expected {' or '.join(map(repr, known))}")
    return value


def output_file(out: str | os.PathLike[str] | None) -> Path | None:
    """Where something is to be written, if anywhere.

    Raises
    ------
    InputError
        When there is a folder, or no folder to hold it.
    """
    path = None if out is None else Path(out).expanduser()
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise InputError(f"{path}: cannot be written, expected a file in a folder that is there")
    return path
