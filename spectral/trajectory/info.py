"""What a trajectory file says of itself, told without reading its arrays."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectral.errors import InputError
from spectral.trajectory.checks import ARRAYS, METADATA, check_dtypes, check_shapes, checked_metadata
from spectral.trajectory.file import Header, read_header


@dataclass(frozen=True)
class TrajectoryInfo:
    """What a trajectory file holds, but for the arrays.

    Attributes
    ----------
    n_steps
        Number of recorded steps.
    shape
        Of one step, channels first.
    dtype
        Of `x_t` and `denoised`: "float32" or "float16".
    size_bytes
        Size of the file.
    metadata
        Every field of `Trajectory` that is no array, by name.
    """

    n_steps: int
    shape: tuple[int, ...]
    dtype: str
    size_bytes: int
    metadata: dict[str, Any]


def trajectory_info(path: str | os.PathLike[str]) -> TrajectoryInfo:
    """What a trajectory file says of itself; its arrays are not read, so damage in there goes unnoticed.

    Raises
    ------
    InputError
        When the file is missing, or no trajectory file; the message names the file.
    """
    try:
        header = checked_header(Path(path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return TrajectoryInfo(
        n_steps=header.shapes["x_t"][0],
        shape=header.shapes["sample"],
        dtype=header.dtypes["x_t"],
        size_bytes=header.size,
        metadata={name: header.record[name] for name in METADATA},
    )


def checked_header(path: Path) -> Header:
    """The header of a file whose fields, types and shapes are those of a trajectory.

    Raises
    ------
    InputError
        When they are not. The message leaves the path to the caller.
    """
    header = read_header(path, tuple(ARRAYS), tuple(METADATA))
    for name in METADATA:
        checked_metadata(name, header.record[name])
    check_dtypes(header.dtypes)
    check_shapes(header.record["modality"], header.shapes)
    return header
