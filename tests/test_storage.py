import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from spectral import InputError
from spectral.recording.storage import IN_MEMORY, GrowingArray, Worker


def open_files():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.mark.parametrize("size", [3, IN_MEMORY // 16], ids=["in memory", "in a file"])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_rows_are_what_was_appended(tmp_path, size, dtype):
    given = np.random.default_rng(0).standard_normal((9, 2, size))
    rows = GrowingArray(tmp_path, dtype)
    for n, row in enumerate(given, start=1):
        rows.append(row)
        assert len(rows) == n
        if n in (2, 9):  # before and after it has grown out of memory
            array = rows.array
            assert array.dtype == dtype and not array.flags.writeable
            np.testing.assert_array_equal(array, given[:n].astype(dtype))
    rows.append(given[0])
    np.testing.assert_array_equal(array, given.astype(dtype))  # as it was
    np.testing.assert_array_equal(rows.array[-1], given[0].astype(dtype))


def test_no_rows():
    assert len(GrowingArray()) == 0 and GrowingArray().array.shape == (0,)


def test_rows_of_another_shape():
    rows = GrowingArray()
    rows.append(np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"shape \(3, 2\), expected \(2, 3\) as those before"):
        rows.append(np.zeros((3, 2)))
    assert rows.array.shape == (1, 2, 3)


def test_beyond_half_precision_is_infinite():
    rows = GrowingArray(dtype=np.float16)
    rows.append(np.array([1e5, -1e9, 1.0]))
    assert rows.array.tolist() == [[np.inf, -np.inf, 1.0]]


def test_the_file_has_no_name_and_goes_with_the_last_view(tmp_path):
    before = open_files()
    rows = GrowingArray(tmp_path)
    for _ in range(3):
        rows.append(np.ones(IN_MEMORY // 4))
    view = rows.array[1]
    assert list(tmp_path.iterdir()) == []
    del rows
    assert (view == 1).all()
    del view
    assert open_files() == before


def test_a_kill_leaves_nothing(tmp_path):
    code = f"""
import numpy as np, os
from spectral.recording.storage import GrowingArray
rows = GrowingArray({str(tmp_path)!r})
for _ in range(5):
    rows.append(np.ones({IN_MEMORY // 8}))
rows.array
os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_where_they_lie(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert GrowingArray().folder == str(tmp_path)
    assert GrowingArray(tmp_path / "mine").folder == str(tmp_path / "mine")
    monkeypatch.delenv("TMPDIR")
    for writable, folder in ((True, "/var/tmp"), (False, "/elsewhere")):
        monkeypatch.setattr("tempfile.tempdir", "/elsewhere")
        monkeypatch.setattr(os, "access", lambda path, mode, answer=writable: answer)
        assert GrowingArray().folder == folder
    rows = GrowingArray(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        rows.append(np.ones(IN_MEMORY))


def test_a_worker_keeps_the_order_and_waits_when_it_is_behind():
    done, free = [], threading.Semaphore(0)

    def work(item):
        free.acquire()
        done.append((item, threading.current_thread()))

    worker = Worker(work, waiting=2)
    handed = []
    handing = threading.Thread(target=lambda: [(worker.put(i), handed.append(i)) for i in range(6)])
    handing.start()
    handing.join(0.3)
    assert len(handed) <= 3 and not done  # one in work, two waiting
    free.release(6)
    handing.join()
    worker.finish()
    assert [item for item, _ in done] == list(range(6))
    assert {thread for _, thread in done}.isdisjoint({threading.main_thread(), handing})
    assert not any(thread.name == "recording" for thread in threading.enumerate())


def test_after_an_error_nothing_more_is_done_and_nobody_waits():
    done = []

    def work(item):
        done.append(1 / item)

    worker = Worker(work, waiting=1)
    for item in (1, 2, 0, 4, 5, 6, 7):
        worker.put(item)
    worker.finish()
    assert done == [1, 0.5] and isinstance(worker.error, ZeroDivisionError)


def held_up(items: int) -> tuple[Worker, threading.Event, list]:
    """A worker that has begun with the first of these items, what lets it go on, and what it has done."""
    started, free, done = threading.Event(), threading.Event(), []

    def work(item):
        started.set()
        free.wait()
        done.append(item)

    worker = Worker(work, waiting=items)
    for item in range(items):
        worker.put(item)
    started.wait()
    return worker, free, done


def test_what_waits_can_be_discarded():
    worker, free, done = held_up(3)
    threading.Timer(0.1, free.set).start()
    worker.finish(discard=True)
    assert done == [0] and worker.error is None


def test_an_interrupt_while_the_rest_is_written_ends_the_thread():
    worker, free, done = held_up(5)
    threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()  # as a terminal sends it
    with pytest.raises(KeyboardInterrupt):
        worker.finish()
    free.set()
    until = time.monotonic() + 10
    while any(thread.name == "recording" for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert done == [0]
