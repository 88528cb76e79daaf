"""The file that keeps a trajectory: named arrays and a JSON text in one safetensors file, never a pickle.

The header's metadata has a single key, `trajectory`: safetensors promises no order of keys, and the same
content is to give the same bytes. Its JSON holds the trajectory's fields, the format's name and version, and
a SHA-256 over all fields and arrays, so that a flipped bit is found wherever it falls.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import json
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as safetensors_bytes

from spectral.errors import InputError

FORMAT = "spectral trajectory"
FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class Content:
    """What a trajectory file holds, by name, and whether the checksum agrees."""

    arrays: dict[str, NDArray[Any]]
    metadata: dict[str, Any]
    intact: bool


def write(path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> None:
    """Write the file, whole or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    record = {**metadata, "format": FORMAT, "format_version": FORMAT_VERSION}
    record["sha256"] = _digest(arrays, record)
    data = safetensors_bytes(dict(arrays), metadata={"trajectory": _json(record)})
    try:
        _write_whole(path, data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None


def read(path: Path, arrays: Collection[str], metadata: Collection[str]) -> Content:
    """Read a file that has exactly the arrays and metadata fields of these names.

    Raises
    ------
    InputError
        When it cannot be read, is no trajectory file, or has other names in it. The message leaves the path
        to the caller.
    """
    if not path.exists():
        raise InputError("no such file, expected a trajectory")
    if not path.is_file():
        raise InputError(
            f"is {'a folder' if path.is_dir() else 'no regular file'}, expected a trajectory file"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            record = _read_record((file.metadata() or {}).get("trajectory"), metadata)
            _expect("tensor", set(file.keys()), set(arrays))
            tensors = {name: file.get_tensor(name) for name in arrays}
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})") from None
    except (SafetensorError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"is damaged or no trajectory file, expected safetensors ({error})") from None
    intact = record.pop("sha256") == _digest(tensors, record)
    return Content(tensors, {name: record[name] for name in metadata}, intact)


def _read_record(text: str | None, metadata: Collection[str]) -> dict[str, Any]:
    if text is None:
        raise InputError("has no 'trajectory' in its metadata, expected a trajectory file")
    try:
        record = json.loads(text)
    except ValueError as error:
        raise InputError(f"metadata 'trajectory' is no JSON ({error}), expected an undamaged file") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise InputError(f"metadata 'trajectory' has no format {FORMAT!r}, expected a trajectory file")
    if record.get("format_version") != FORMAT_VERSION:
        raise InputError(f"format_version is {record.get('format_version')!r}, expected {FORMAT_VERSION}")
    _expect("metadata field", set(record), {*metadata, "format", "format_version", "sha256"})
    return record


def _expect(what: str, found: set[str], expected: set[str]) -> None:
    for name in sorted(expected - found):
        raise InputError(f"{what} {name!r} is missing, expected {', '.join(sorted(expected))}")
    for name in sorted(found - expected):
        raise InputError(f"{what} {name!r} is unknown, expected {', '.join(sorted(expected))}")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(arrays: Mapping[str, NDArray[Any]], record: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(_json(record).encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()


def _write_whole(path: Path, data: bytes) -> None:
    """Write under a temporary name beside `path`, then move it into place.

    A writer locks its temporary file for as long as it lives. One that nobody holds was left by a writer that
    was killed, and is removed.
    """
    prefix, suffix = f".{path.name}.", ".part"
    for leftover in path.parent.glob(f"{glob.escape(prefix)}*{suffix}"):
        with contextlib.suppress(OSError), leftover.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leftover.unlink()
    temporary = path.with_name(f"{prefix}{secrets.token_hex(4)}{suffix}")
    try:
        with temporary.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
