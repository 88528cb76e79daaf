import os

import pytest

from spectral import InputError, atomic
from spectral.atomic import atomic_file


@pytest.fixture(params=["with locks", "without"])
def path(request, tmp_path, monkeypatch):
    """A file that is there already, on a machine that locks files, or on one that does not."""
    if request.param == "without":
        monkeypatch.setattr(atomic, "fcntl", None)
    path = tmp_path / "file"
    path.write_bytes(b"earlier")
    return path


def test_nothing_is_seen_before_the_end(path):
    with atomic_file(path) as file:
        file.write(b"later")
        file.flush()
        assert path.read_bytes() == b"earlier"
        (beside,) = set(path.parent.iterdir()) - {path}
        assert beside.read_bytes() == b"later"
    assert path.read_bytes() == b"later" and os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_error_in_the_block_leaves_what_was_there(path, error):
    with pytest.raises(error), atomic_file(path) as file:
        file.write(b"later")
        raise error
    assert path.read_bytes() == b"earlier" and os.listdir(path.parent) == ["file"]


def test_what_the_system_refuses_is_said_in_one_line(path):
    with pytest.raises(InputError, match=r"file: cannot be written \(No space left\)$"), atomic_file(path):
        raise OSError(28, "No space left")
    assert path.read_bytes() == b"earlier" and os.listdir(path.parent) == ["file"]
    nowhere = path.parent / "none" / "file"
    with pytest.raises(InputError, match="file: cannot be written"), atomic_file(nowhere):
        pytest.fail("there is nowhere to write")


def test_what_a_killed_writer_left_is_removed(path):
    leftover, other = path.with_name(".file.0123.part"), path.with_name(".file2.0123.part")
    leftover.touch()
    other.touch()
    with atomic_file(path) as file:
        file.write(b"later")
    assert sorted(os.listdir(path.parent)) == [other.name, "file"]
