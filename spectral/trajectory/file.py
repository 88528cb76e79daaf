"""The file that keeps a trajectory: named arrays and a JSON text in one safetensors file, never a pickle.

    8 bytes     length of the header, little-endian
    header      JSON, filled up with spaces to a multiple of 8: for each array its type, shape and place
    arrays      one after another, the widest type first, so that each lies on a multiple of its own width

(the format of https://huggingface.co/docs/safetensors). The header is written here, because safetensors wants
all arrays in memory and promises no order of keys: the same content is to give the same bytes. Its metadata
has a single key, `trajectory`, a JSON text of the trajectory's fields, the format's name and version, and a
SHA-256 over all fields and arrays, so that a flipped bit is found wherever it falls.

Arrays are written and checked row by row and read as maps of the file: memory does not grow with the steps.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from spectral.atomic import atomic_file
from spectral.errors import InputError

FORMAT = "spectral trajectory"
FORMAT_VERSION = 2
DTYPES = {"float64": "F64", "int64": "I64", "float32": "F32", "float16": "F16"}


@dataclass(frozen=True)
class Header:
    """What a trajectory file says of itself.

    Attributes
    ----------
    shapes, dtypes, offsets
        Of each array by name: its shape, its type, and the byte of the file at which it begins.
    size
        Of the file, in bytes.
    record
        The JSON text's contents: the trajectory's fields, `format`, `format_version` and `sha256`.
    """

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    offsets: dict[str, int]
    size: int
    record: dict[str, Any]


def write(path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> None:
    """Write the file, whole or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    record = {**metadata, "format": FORMAT, "format_version": FORMAT_VERSION}
    digest = _begun_digest(arrays, record)
    with atomic_file(path) as file:
        file.write(_header_bytes(arrays, {**record, "sha256": digest.hexdigest()}))
        for row in _rows(arrays):
            digest.update(row)
            file.write(row)
        file.seek(0)  # now that the digest is known, which is as long as any other
        file.write(_header_bytes(arrays, {**record, "sha256": digest.hexdigest()}))


def read_header(path: Path, arrays: Collection[str], metadata: Collection[str]) -> Header:
    """Read the header of a file that has exactly the arrays and metadata fields of these names.

    Raises
    ------
    InputError
        When it cannot be read, is no trajectory file, has other names in it, or is not as long as its arrays.
        The message leaves the path to the caller.
    """
    if not path.exists():
        raise InputError("no such file, expected a trajectory")
    if not path.is_file():
        raise InputError(
            f"is {'a folder' if path.is_dir() else 'no regular file'}, expected a trajectory file"
        )
    try:
        with safe_open(
            path, framework="numpy"
        ) as file:  # checks the header, and every place against the size
            text = (file.metadata() or {}).get("trajectory")
        with path.open("rb") as raw:
            length = int.from_bytes(raw.read(8), "little")
            tensors = json.loads(raw.read(length))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})") from None
    except (SafetensorError, ValueError) as error:
        raise InputError(f"is damaged or no trajectory file, expected safetensors ({error})") from None
    record = _read_record(text, metadata)
    del tensors["__metadata__"]
    _expect("tensor", set(tensors), set(arrays))
    names = {code: name for name, code in DTYPES.items()}
    return Header(
        shapes={name: tuple(tensor["shape"]) for name, tensor in tensors.items()},
        dtypes={name: names.get(tensor["dtype"], tensor["dtype"]) for name, tensor in tensors.items()},
        offsets={name: 8 + length + tensor["data_offsets"][0] for name, tensor in tensors.items()},
        size=path.stat().st_size,
        record=record,
    )


def map_arrays(path: Path, header: Header) -> dict[str, NDArray[Any]]:
    """The file's arrays, read-only, as maps of it: nothing is read before it is looked at.

    Raises
    ------
    InputError
        When the file cannot be read. The message leaves the path to the caller.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read ({error})") from None
    return {
        name: np.ndarray(shape, header.dtypes[name], buffer=data, offset=header.offsets[name])
        for name, shape in header.shapes.items()
    }


def check_digest(header: Header, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise unless the fields and arrays are those that were written."""
    fields = {name: value for name, value in header.record.items() if name != "sha256"}
    digest = _begun_digest(arrays, fields)
    for row in _rows(arrays):
        digest.update(row)
    if digest.hexdigest() != header.record["sha256"]:
        raise InputError("sha256 does not match the contents, expected an unchanged file")


def _read_record(text: str | None, metadata: Collection[str]) -> dict[str, Any]:
    if text is None:
        raise InputError("has no 'trajectory' in its metadata, expected a trajectory file")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"metadata 'trajectory' is no JSON ({error}), expected an undamaged file") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise InputError(f"metadata 'trajectory' has no format {FORMAT!r}, expected a trajectory file")
    if record.get("format_version") != FORMAT_VERSION:
        found = record.get("format_version")
        raise InputError(f"format_version: found {found!r}, expected {FORMAT_VERSION}: record the run again")
    _expect("metadata field", set(record), {*metadata, "format", "format_version", "sha256"})
    return record


def _expect(what: str, found: set[str], expected: set[str]) -> None:
    for name in sorted(expected - found):
        raise InputError(f"{what} {name!r} is missing, expected {', '.join(sorted(expected))}")
    for name in sorted(found - expected):
        raise InputError(f"{what} {name!r} is unknown, expected {', '.join(sorted(expected))}")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _in_order(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, NDArray[Any]]]:
    return sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0]))


def _header_bytes(arrays: Mapping[str, NDArray[Any]], record: Mapping[str, Any]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"trajectory": _json(record)}}
    end = 0
    for name, array in _in_order(arrays):
        begin, end = end, end + array.nbytes
        dtype = DTYPES[array.dtype.name]
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [begin, end]}
    text = _json(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _begun_digest(arrays: Mapping[str, NDArray[Any]], record: Mapping[str, Any]) -> hashlib._Hash:
    """SHA-256 of the fields and of what the arrays are; their rows come after."""
    kinds = {name: [array.dtype.name, array.shape] for name, array in arrays.items()}
    return hashlib.sha256(_json([record, kinds]).encode())


def _rows(arrays: Mapping[str, NDArray[Any]]) -> Iterator[memoryview]:
    """The arrays' bytes in the order of the file, in parts no larger than a row."""
    for _, array in _in_order(arrays):
        for row in array if array.ndim > 1 else (array,):
            yield np.ascontiguousarray(row).data
