"""Trajectory files damaged at random: refused in one line, or read as what they were.

Each mutation has a number, and is the same whenever that number is tried again.
"""

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys

import numpy as np
import pytest

from spectral import InputError, Trajectory, trajectory_info

FIELDS = [field.name for field in dataclasses.fields(Trajectory)]
LENGTHS = [0, 1, 2, 3, 2**16, 2**31, 2**32, 2**40, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64]
HOSTILE = [
    *LENGTHS,
    *(-1, 0.5, -0.0, 1e308, 10**400, float("nan"), float("inf"), True, False, None),
    *("", "F16", "F32", "F64", "I64", "U8", "BF16", "x_t", "latent", "\0", "\x1b[2J", "\ud800", "ä" * 9999),
    *([], {}, [[]], [0, 0], [2**63, 2**64], [1] * 70, {"x_t": {}}, [None], json.loads("[" * 500 + "]" * 500)),
]


def original(modality, steps=4, storage=np.float32):
    rng = np.random.default_rng(steps)
    shape = {"image": (3, 4, 6), "waveform": (1, 16), "mel": (1, 5, 7)}[modality]
    alpha = np.linspace(0.05, 0.99, steps)
    return Trajectory(
        x_t=rng.standard_normal((steps, *shape)).astype(storage),
        denoised=rng.standard_normal((steps, *shape)).astype(storage),
        sample=rng.standard_normal(shape),
        alpha=alpha,
        sigma=np.sqrt(1 - alpha**2),
        timestep=np.arange(steps)[::-1],
        modality=modality,
        stochastic=True,
        origin="bridge",
        source="red panda",
        scheduler_config={"beta_schedule": "cosine", "steps": [1, {"a": None}]},
        eta=1.0,
        seed=7,
        prompt="ein Fuchs",
        sample_rate=16000,
        mel={"n_mels": 5},
        versions={"torch": "2.13.0"},
    )


ORIGINALS = [original("image"), original("waveform", steps=9), original("mel", storage=np.float16)]


def parts(data):
    end = 8 + int.from_bytes(data[:8], "little")
    return data[8:end].decode(), data[end:]


def joined(text, body):
    text = text.encode("utf-8", "surrogatepass")
    return len(text).to_bytes(8, "little") + text + body


def places(node):
    """Every (container, key) in a tree of JSON."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield node, key
        yield from places(value)


def edit(rng, tree):
    """Change a tree of JSON at one place."""
    found = list(places(tree))
    container, key = rng.choice(found)
    what = rng.randrange(5)
    if what == 0:
        del container[key]
    elif what == 1 and isinstance(container, dict):
        container[rng.choice(["x_t", "sigma", "eta", "trajectory", "", key + " "])] = container.pop(key)
    elif what == 2:
        other, its = rng.choice(found)
        if not isinstance(container[key], (dict, list)) and not isinstance(other[its], (dict, list)):
            container[key], other[its] = other[its], container[key]
    else:
        container[key] = rng.choice(HOSTILE)


def of_bytes(rng, data, other):
    """Some bytes, of the header or anywhere, are others."""
    data = bytearray(data)
    header = 8 + int.from_bytes(data[:8], "little")
    end = rng.choice([8, header, len(data)])
    for _ in range(rng.choice([1, 1, 2, 10, 100])):
        data[rng.randrange(end)] ^= rng.choice([1, 2, 4, 8, 16, 32, 64, 128, 255])
    return bytes(data)


def of_length(rng, data, other):
    """Cut short, or longer than it was."""
    if rng.random() < 0.7:
        return data[: rng.randrange(len(data))]
    return data + rng.randbytes(rng.choice([1, 8, 1000]))


def of_order(rng, data, other):
    """A piece missing, doubled, moved, or taken from another file."""
    a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    at, start = rng.randrange(len(data)), rng.randrange(len(other))
    piece, foreign = data[a:b], other[start : start + b - a]
    return rng.choice(
        [
            data[:a] + data[b:],
            data[:b] + data[a:],
            data[:at] + piece + data[at + len(piece) :],
            data[:at] + foreign + data[at + len(foreign) :],
            data[:at] + foreign + data[at:],
            joined(parts(data)[0], parts(other)[1]),
            joined(parts(other)[0], parts(data)[1]),
        ]
    )


def of_header(rng, data, other):
    """Valid JSON that says something else of the tensors."""
    text, body = parts(data)
    header = json.loads(text)
    for _ in range(rng.choice([1, 1, 2])):
        edit(rng, header)
    return joined(json.dumps(header), body)


def of_record(rng, data, other):
    """Valid JSON that says something else of the run."""
    text, body = parts(data)
    header = json.loads(text)
    record = json.loads(header["__metadata__"]["trajectory"])
    for _ in range(rng.choice([1, 1, 2])):
        edit(rng, record)
    header["__metadata__"]["trajectory"] = json.dumps(record)
    return joined(json.dumps(header), body)


def of_keys(rng, data, other):
    """A key twice, in the header or in what it says of the run."""
    text, body = parts(data)
    header = json.loads(text)

    def doubled(text, keys):
        at = 1 + rng.choice([i for i, letter in enumerate(text) if letter == "{"])
        second = f"{json.dumps(rng.choice(keys))}:{json.dumps(rng.choice(HOSTILE))}"
        return text[:at] + second + ("" if text[at] == "}" else ",") + text[at:]

    if rng.random() < 0.5:
        return joined(doubled(text.strip(), [*header, "dtype", "shape", "data_offsets", "trajectory"]), body)
    record = header["__metadata__"]["trajectory"]
    header["__metadata__"]["trajectory"] = doubled(record, list(json.loads(record)))
    return joined(json.dumps(header), body)


def of_size(rng, data, other):
    """A tensor that claims to be huge, or of another kind, in a header that agrees with itself."""
    text, body = parts(data)
    header = json.loads(text)
    tensor = header[rng.choice([name for name in header if name != "__metadata__"])]
    tensor["dtype"] = rng.choice(["F16", "F32", "F64", "I64", tensor["dtype"]])
    tensor["shape"] = [rng.choice(LENGTHS) for _ in range(rng.randrange(5))] or tensor["shape"]
    size = int(tensor["dtype"][1:]) // 8
    for length in tensor["shape"]:
        size *= length
    tensor["data_offsets"][1] = tensor["data_offsets"][0] + size
    return joined(json.dumps(header), body)


def of_places(rng, data, other):
    """Two tensors of one size in each other's place, or one of another shape in its own."""
    text, body = parts(data)
    header = json.loads(text)
    names = rng.choice([("x_t", "denoised"), ("alpha", "sigma"), ("sigma", "timestep")])
    one, two = (header[name] for name in names)
    if rng.random() < 0.5:
        one["data_offsets"], two["data_offsets"] = two["data_offsets"], one["data_offsets"]
    else:
        shape = one["shape"]
        one["shape"] = two["shape"] = rng.choice([shape[::-1], [*shape, 1], [1, *shape], [2, shape[0] // 2]])
    return joined(json.dumps(header), body)


def of_numbers(rng, data, other):
    """NaN or infinity among the numbers, under the checksum of before."""
    body = len(data) - len(parts(data)[1])
    number = np.array(rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0]), rng.choice(["f2", "f4", "f8"]))
    at = body + 2 * rng.randrange((len(data) - body) // 2 - 4)
    return data[:at] + number.tobytes() + data[at + number.nbytes :]


DAMAGE = [of_bytes, of_length, of_order, of_header, of_record, of_keys, of_size, of_places, of_numbers]

WRONG = [
    *((name, bad) for name in ("x_t", "denoised", "sample", "alpha", "sigma") for bad in (np.nan, np.inf)),
    *(("sigma", 0.0), ("sigma", -0.5), ("alpha", -0.5)),
    *((name, cut) for name in FIELDS[:6] for cut in ("shorter", "deeper", "float64", "int64")),
    *(("modality", "video"), ("modality", ["image"]), ("origin", 1), ("stochastic", 1), ("stochastic", None)),
    *(("seed", -1), ("seed", 1.5), ("seed", "7"), ("eta", -1.0), ("eta", True), ("sample_rate", 0)),
    *(("scheduler_config", []), ("mel", "none"), ("versions", None), ("source", None), ("space", "outer")),
]


def saved_wrong(rng, trajectory, path):
    """A file whose checksum is right for numbers or fields that no trajectory may have."""
    name, bad = rng.choice(WRONG)
    wrong = dataclasses.replace(trajectory)
    value = getattr(wrong, name)
    if isinstance(bad, float) and isinstance(value, np.ndarray):
        value = value.copy()
        value.flat[rng.randrange(value.size)] = bad
    elif isinstance(value, np.ndarray):
        if np.dtype(bad if bad in ("float64", "int64") else "bool") == value.dtype:
            bad = "shorter"
        cut = {"shorter": lambda: value[1:], "deeper": lambda: value[None]}
        value = cut.get(bad, lambda: value.astype(bad))()
    else:
        value = bad
    object.__setattr__(wrong, name, value)
    wrong.save(path)
    return f"{name}: {bad}"


@contextlib.contextmanager
def patience(seconds):
    """An error where the block takes longer."""

    def late(*_):
        raise AssertionError(f"not done after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def content(trajectory):
    """Every field, so that two are the same only if all bits and types are."""
    values = ((name, getattr(trajectory, name)) for name in FIELDS)
    return {
        name: (value.dtype.str, value.shape, value.tobytes())
        if isinstance(value, np.ndarray)
        else json.dumps(value, sort_keys=True)
        for name, value in values
    }


def attempt(read, path):
    """What `read` gives, or None where it refuses in one line."""
    try:
        with patience(60):
            return read(path)
    except InputError as error:
        line = str(error)
    assert line.startswith(f"{path}: ") and "expected" in line
    assert line.isprintable() and len(line) < 2100, line
    return None


def fuzz(folder, numbers):
    """Try the mutations of these numbers; how many were refused."""
    clean = []
    for trajectory in ORIGINALS:
        trajectory.save(folder / "clean")
        clean.append((folder / "clean").read_bytes())
        assert content(Trajectory.load(folder / "clean")) == content(trajectory)
    expected = [content(trajectory) for trajectory in ORIGINALS]
    refused = 0
    for number in numbers:
        rng = random.Random(number)
        which, path = rng.randrange(len(ORIGINALS)), folder / str(number)
        damage = rng.choice([*DAMAGE, None])
        if damage is None:
            name = saved_wrong(rng, ORIGINALS[which], path)
        else:
            path.write_bytes(damage(rng, clean[which], rng.choice(clean)))
            name = damage.__name__
        try:
            attempt(trajectory_info, path)
            loaded = attempt(Trajectory.load, path)
            refused += loaded is None
            assert loaded is None or (damage and content(loaded) == expected[which])
        except BaseException as error:
            error.add_note(f"mutation {number}, {name}")
            raise
        path.unlink()
    return refused


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Nothing here has to outlast a power cut."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def test_damage_is_refused_or_without_effect(tmp_path):
    assert fuzz(tmp_path, range(300)) > 250


@pytest.mark.slow
def test_ten_thousand_mutations(tmp_path):
    assert fuzz(tmp_path, range(10**6, 10**6 + 10_000)) > 8000


@pytest.mark.parametrize(
    "shape", [[2**40], [2**10] * 4, [2**62, 4], [2**32, 2**32, 0], [2**61, 2**61, 2**61]]
)
@pytest.mark.parametrize("name", ["x_t", "sample", "sigma"])
def test_a_claim_of_2_to_the_40_is_refused_before_memory_is_taken(tmp_path, name, shape):
    path = tmp_path / "run"
    ORIGINALS[0].save(path)
    text, body = parts(path.read_bytes())
    header = json.loads(text)
    header[name]["shape"] = shape
    begin, size = header[name]["data_offsets"][0], np.prod([4, *shape], dtype=object)
    header[name]["data_offsets"][1] = int(min(begin + size, 2**64 - 1))
    path.write_bytes(joined(json.dumps(header), body))
    assert refusals_and_memory(path) < 20e6


def test_a_header_that_claims_to_be_as_long(tmp_path):
    path = tmp_path / "run"
    ORIGINALS[0].save(path)
    data = path.read_bytes()
    for length in (2**27, 2**40, 2**63, 2**64 - 1):
        path.write_bytes(length.to_bytes(8, "little") + data[8:])
        assert refusals_and_memory(path) < 20e6


def refusals_and_memory(path):
    """Bytes by which a process grows at most while it refuses a file, asked for it in both ways."""
    code = """
import resource, sys
from spectral import InputError, Trajectory, trajectory_info
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
for read in (Trajectory.load, trajectory_info):
    try:
        read(sys.argv[1])
    except InputError as error:
        assert "expected" in str(error)
    else:
        sys.exit("taken")
print(1024 * (peak() - before))
"""
    ran = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)
