"""Files that a command writes: never over another unless told to, and several of them all or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from spectral import InputError


def check_output(path: Path, *, force: bool = True) -> None:
    """See to it, before the work is done, that its result can be written to `path`.

    Raises
    ------
    InputError
        When there is a folder of that name, the folder to write in is missing or closed, or a file is there
        and `force` is not set.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file to write")
    if not path.parent.is_dir():
        raise InputError(f"{path}: no folder {path.parent}, expected one to write in")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f"{path}: the folder {path.parent} cannot be written, expected one's own")
    if path.exists() and not force:
        raise InputError(f"{path}: exists already, expected a new name, or --force to overwrite it")


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A new folder beside `path`, to write in; at the end it is gone, with all that was not moved from it.

    Raises
    ------
    InputError
        When something cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", suffix=".part", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None


def move_together(moves: dict[Path, Path]) -> list[Path]:
    """Move what was written in a folder of `beside` over what is there, all or none; where it now is."""
    with ExitStack() as undo:
        for new, path in moves.items():
            if path.exists():
                earlier = path.rename(new.with_name(f"earlier {path.name}"))
                undo.callback(earlier.rename, path)
            new.rename(path)
            undo.callback(path.rename, new)
        undo.pop_all()
    return list(moves.values())
