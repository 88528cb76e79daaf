"""An array that grows on disk row by row, and a thread that does the growing while the caller goes on."""

from __future__ import annotations

import contextlib
import mmap
import os
import queue
import tempfile
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from spectral.errors import InputError

IN_MEMORY = 2**22  # bytes; what grows larger goes to a file


class GrowingArray:
    """A growing array of rows of one shape, in memory while small and then in a temporary file.

    The file has no name, or under Windows one that goes with it: the system takes it back when it is no
    longer in use, even after a kill.

    Parameters
    ----------
    folder
        Where the file lies; TMPDIR unless given, or /var/tmp, since /tmp is memory on many systems.
    dtype
        What the values are kept as; those beyond it become infinite.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, dtype: DTypeLike = np.float32) -> None:
        self.dtype = np.dtype(dtype)
        self.shape: tuple[int, ...] | None = None
        self._length = 0
        self.folder = os.fspath(folder) if folder is not None else _roomy_folder()
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=self.folder)  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self._length

    def append(self, row: ArrayLike) -> None:
        """Add a row at the end.

        Raises
        ------
        InputError
            When it has another shape than the first.
        OSError
            When the file cannot be made or written.
        """
        with np.errstate(over="ignore"):
            values = np.ascontiguousarray(row, self.dtype)
        if self.shape is None:
            self.shape = values.shape
        elif values.shape != self.shape:
            raise InputError(f"a step has shape {values.shape}, expected {self.shape} as those before")
        self._file.write(values.data)
        self._length += 1

    @property
    def array(self) -> NDArray[Any]:
        """All rows up to now, ``(n, *shape)``, read-only; a map of the file, where there is one."""
        shape = (self._length, *(self.shape or ()))
        size = self.dtype.itemsize * int(np.prod(shape))
        if size <= IN_MEMORY:
            self._file.seek(0)
            return np.frombuffer(self._file.read(), self.dtype).reshape(shape)  # which ends at the end
        self._file.flush()
        return np.ndarray(
            shape, self.dtype, buffer=mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        )


def _roomy_folder() -> str:
    given = os.environ.get("TMPDIR") or not os.access("/var/tmp", os.W_OK)
    return tempfile.gettempdir() if given else "/var/tmp"


class Worker:
    """A thread that works on one item after another, in the order in which they were handed over.

    Parameters
    ----------
    work
        What is done with each item. After its first exception no more is done.
    waiting
        How many items may wait; `put` waits while there are as many.
    """

    def __init__(self, work: Callable[[Any], None], *, waiting: int) -> None:
        self.error: BaseException | None = None
        self._over = False
        self._queue: queue.Queue[Any] = queue.Queue(waiting)
        self._thread = threading.Thread(target=self._run, args=(work,), name="recording", daemon=True)
        self._thread.start()

    def put(self, item: Any) -> None:
        """Hand over an item, which is not None."""
        self._queue.put(item)

    def finish(self, *, discard: bool = False) -> None:
        """End the thread, when all items have been worked on, or at once if the rest is discarded.

        When this is interrupted, the rest is discarded too.
        """
        self._over = discard
        try:
            self._queue.put(None)
            self._thread.join()
        except BaseException:
            self._over = True
            with contextlib.suppress(queue.Full):  # then there is something that wakes the thread up
                self._queue.put_nowait(None)
            raise

    def _run(self, work: Callable[[Any], None]) -> None:
        while (item := self._queue.get()) is not None and not self._over:
            if self.error is None:
                try:
                    work(item)
                except BaseException as error:
                    self.error = error
