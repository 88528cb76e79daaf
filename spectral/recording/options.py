"""What a user asks for, looked at once, before any work is done."""

from __future__ import annotations

import math
import operator
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch

from spectral.errors import InputError

Space = Literal["signal", "latent"]
Storage = Literal["float32", "float16"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What is asked of a run, by the names and with the meaning that `record` gives its options.

    What only a model can tell, such as whether it takes a prompt, is looked at there.

    Raises
    ------
    InputError
        When an option is out of range.
    """

    steps: int
    seed: int
    eta: float = 0.0
    scheduler: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    guidance_scale: float | None = None
    class_label: int | None = None
    height: int | None = None
    width: int | None = None
    audio_length_in_s: float | None = None
    batch: int = 1
    index: int | None = None  # all of the batch
    space: str = "signal"
    storage: str = "float32"
    progress: bool = True

    def __post_init__(self) -> None:
        for name, least in (("batch", 1), ("seed", 0), ("steps", 2)):
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        if self.index is not None and whole("index", self.index, 0) >= self.batch:
            last = self.batch - 1
            raise InputError(f"index: found {self.index}, expected 0 to {last} for a batch of {self.batch}")
        whole("seed", self.seeds[-1], 0)
        eta = self.eta
        if isinstance(eta, bool) or not isinstance(eta, (int, float, np.number)) or not 0 <= eta <= 1:
            raise InputError(f"eta: found {eta!r}, expected a number from 0 to 1")
        object.__setattr__(self, "eta", float(eta))
        one_of("storage", self.storage, get_args(Storage))
        one_of("space", self.space, get_args(Space))

    @property
    def seeds(self) -> range:
        """The seed of each of the batch."""
        return range(self.seed, self.seed + self.batch)

    @property
    def kept(self) -> range:
        """Which of the batch are asked for, counted from 0."""
        return range(self.batch) if self.index is None else range(self.index, self.index + 1)

    def generators(self) -> list[torch.Generator]:
        """One of the CPU for each seed, so that a run is the same in any batch and on any device."""
        return [torch.Generator("cpu").manual_seed(seed) for seed in self.seeds]


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
        raise InputError(f"{name}: found {value!r}, expected a whole number, {least} or more")
    return number


def positive(name: str, value: Any) -> float:
    """The option as a number above 0.

    Raises
    ------
    InputError
        When it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
        raise InputError(f"{name}: found {value!r}, expected a number above 0")
    return float(value)


def one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    """The option, which is one of those.

    Raises
    ------
    InputError
        When it is none of them.
    """
    if value not in known:
        raise InputError(f"{name}: found {value!r}, expected {' or '.join(map(repr, known))}")
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
