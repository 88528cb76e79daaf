"""What the project carries: models, photographs and clips, each with its licence beside it.

All of them go by their bare names, such as photos-64, red_panda or speech_please_hold_while_try, from
wherever one is; a file or folder of one's own of that name comes first.
"""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Literal

from spectral.errors import InputError

Kind = Literal["models", "photographs", "clips"]


def carried(kind: Kind, name: str = "") -> Path:
    """Where a file or folder that the project carries lies.

    Parameters
    ----------
    kind
        "models", "photographs" or "clips".
    name
        Of one of them, such as "photos-64" or "red_panda.png"; the folder of all without one.
    """
    return Path(str(files(__package__).joinpath(kind, name)))


def names(kind: Kind) -> list[str]:
    """The bare names of what is carried, in order.

    >>> names("models")
    ['mel-64', 'photos-64', 'speech-16k']
    """
    return [path.stem for path in _all(kind)]


def locate(kind: Kind, given: str | os.PathLike[str]) -> Path:
    """One's own file or folder, or else the carried one of that bare name, with or without its suffix.

    Where there is neither, the path as it was given.
    """
    path = Path(given).expanduser()
    if path.exists() or not _is_bare(path):
        return path
    return next((found for found in _all(kind) if path.name in (found.name, found.stem)), path)


def locate_model(given: str | os.PathLike[str]) -> Path:
    """As `locate`, for a model.

    Raises
    ------
    InputError
        When a bare name is that of no folder and no carried model.
    """
    path = locate("models", given)
    if _is_bare(path) and not path.exists():
        raise InputError(f"no model is called {path}; carried are {', '.join(names('models'))}")
    return path


def _is_bare(path: Path) -> bool:
    """Whether it is a name alone, with no folder before it."""
    return bool(path.name) and path == Path(path.name)


def _all(kind: Kind) -> list[Path]:
    return sorted(path for path in carried(kind).iterdir() if path.suffix != ".md" and path.name[0] != ".")
