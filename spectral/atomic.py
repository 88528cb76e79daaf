"""Files that are written whole or not at all.

What is to be written goes to a temporary name beside the file and is moved into place at the end, so that
no reader ever meets half of it. A writer that is killed leaves its temporary file behind; the next writer of
the same file removes it. A writer that lives keeps its own: under POSIX by a lock on it, elsewhere because an
open file cannot be removed there.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from spectral.errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".part"


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A new file to write in, which takes the name `path` at the end of the block.

        with atomic_file(Path("settings.json")) as file:
            file.write(b"{}")

    When the block is left by an exception, `path` stays as it was.

    Raises
    ------
    InputError
        When the file cannot be written. Of an `OSError` inside the block the same is said.
    """
    prefix = f".{path.name}."
    temporary = path.with_name(f"{prefix}{secrets.token_hex(4)}{SUFFIX}")
    try:
        for leftover in path.parent.glob(f"{glob.escape(prefix)}*{SUFFIX}"):
            _remove_abandoned(leftover)
        try:
            with temporary.open("xb") as file:
                if fcntl:
                    fcntl.flock(file, fcntl.LOCK_EX)
                yield file
                file.flush()
                os.fsync(file.fileno())
                if not fcntl:
                    file.close()  # where no open file can be moved
                temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None


def _remove_abandoned(leftover: Path) -> None:
    """Remove another writer's temporary file, unless that writer is still at it."""
    with contextlib.suppress(OSError):
        if fcntl:
            with leftover.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()
        else:
            leftover.unlink()
