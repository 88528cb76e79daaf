import errno
import fcntl
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from spectral import InputError, Trajectory, TrajectoryInfo, trajectory_info
from spectral.trajectory.checks import ARRAYS, METADATA

SHAPES = {"image": (3, 4, 6), "waveform": (1, 12), "mel": (1, 5, 7)}


def fields(steps=5, modality="image", seed=0):
    rng = np.random.default_rng(seed)
    alpha = np.linspace(0.05, 0.99, steps)
    return dict(
        x_t=rng.standard_normal((steps, *SHAPES[modality])).astype(np.float32),
        denoised=rng.standard_normal((steps, *SHAPES[modality])).astype(np.float32),
        sample=rng.standard_normal(SHAPES[modality]).astype(np.float32),
        alpha=alpha,
        sigma=np.sqrt(1 - alpha**2),
        timestep=np.arange(steps)[::-1],
        modality=modality,
        stochastic=True,
    )


EXTRA = dict(
    origin="bridge",
    space="decoded",
    source="red panda",
    model="photos-64",
    scheduler="DDPMScheduler",
    scheduler_config={"beta_schedule": "squaredcos_cap_v2", "clip_sample": False, "trained_betas": None},
    eta=1.0,
    seed=7,
    prompt="ein Fuchs",
    negative_prompt="Schnee",
    guidance=7.5,
    class_label=3,
    sample_rate=16000,
    mel={"n_mels": 64},
    versions={"torch": "2.13.0"},
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run.safetensors"
    Trajectory(**fields()).save(path)
    return path


def refusal(path, read=Trajectory.load):
    """The one line with which a file is refused."""
    with pytest.raises(InputError) as caught:
        read(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ") and "\n" not in line and "expected" in line
    return line


def rewrite(path, arrays=(), record=(), *, without=()):
    """The file at `path` written again by safetensors itself, with other arrays or metadata."""
    with safe_open(path, framework="numpy") as file:
        old = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = json.loads(file.metadata()["trajectory"])
    new = {name: value for name, value in (old | dict(arrays)).items() if name not in without}
    metadata = {name: value for name, value in (metadata | dict(record)).items() if name not in without}
    save_file(new, path, metadata={"trajectory": json.dumps(metadata)})


@pytest.mark.parametrize("modality", SHAPES)
def test_round_trip(tmp_path, modality):
    given = fields(modality=modality) | EXTRA
    Trajectory(**given).save(tmp_path / "run")
    loaded = Trajectory.load(tmp_path / "run")
    for name, value in given.items():
        if name in ARRAYS:
            assert getattr(loaded, name).dtype == ARRAYS[name][0]
            np.testing.assert_array_equal(getattr(loaded, name), value)
        else:
            assert getattr(loaded, name) == value, name


def test_half_precision_takes_half_the_room(tmp_path):
    given = fields() | EXTRA
    given |= {name: given[name].astype(np.float16) for name in ("x_t", "denoised")}
    Trajectory(**given).save(tmp_path / "run")
    loaded = Trajectory.load(tmp_path / "run")
    assert (loaded.x_t.dtype, loaded.denoised.dtype, loaded.sample.dtype) == ("f2", "f2", "f4")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(loaded, name), given[name])
    loaded.save(tmp_path / "again")
    assert (tmp_path / "run").read_bytes() == (tmp_path / "again").read_bytes()
    assert trajectory_info(tmp_path / "run").dtype == "float16"

    given["denoised"] = given["denoised"].astype(np.float64)
    mixed = Trajectory(**given)
    assert mixed.x_t.dtype == mixed.denoised.dtype == np.float32
    np.testing.assert_array_equal(mixed.x_t, given["x_t"])


def test_half_precision_has_an_end():
    given = fields()
    x_t, denoised = given["x_t"].astype(np.float16), np.full_like(given["x_t"], np.inf, dtype=np.float16)
    with pytest.raises(InputError, match="denoised: found inf"):
        Trajectory(**(given | {"x_t": x_t, "denoised": denoised}))


@pytest.mark.parametrize("make", [list, torch.tensor, lambda a: torch.tensor(a, requires_grad=True)])
def test_from_steps(make):
    given = fields()
    steps = {name: [make(step) for step in given[name]] for name in ("x_t", "denoised")}
    run = Trajectory.from_steps(**steps, sigma=make(given["sigma"]), stochastic=False, seed=3)
    np.testing.assert_array_equal(run.x_t, given["x_t"])
    np.testing.assert_array_equal(run.denoised, given["denoised"])
    np.testing.assert_array_equal(run.sample, given["denoised"][-1])
    np.testing.assert_array_equal(run.sigma, given["sigma"])
    assert (run.alpha == 1).all() and run.timestep.tolist() == [4, 3, 2, 1, 0]
    assert (run.modality, run.stochastic, run.seed, run.x_t.dtype) == ("image", False, 3, "f4")
    whole = given | {name: make(given[name]) for name in ("sample", "alpha", "sigma")}
    whole = Trajectory.from_steps(**(whole | steps | {"modality": "image"}))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(whole, name), given[name])


def test_from_steps_in_16_bits():
    given = fields(modality="waveform")
    for dtype, kept in ((torch.float16, "f2"), (torch.bfloat16, "f4")):
        x_t, denoised = (torch.tensor(given[name], dtype=dtype) for name in ("x_t", "denoised"))
        steps = dict(x_t=x_t, denoised=denoised, sigma=given["sigma"])
        run = Trajectory.from_steps(**steps, stochastic=True, modality="waveform")
        assert run.x_t.dtype == kept and run.sample.dtype == "f4"
        np.testing.assert_array_equal(run.x_t, x_t.float())


def test_steps_that_do_not_go_together():
    steps, sigma = list(fields()["x_t"]), fields()["sigma"]
    with pytest.raises(InputError, match=r"x_t: found \(3, 4, 5\) and \(3, 4, 6\), expected steps of one"):
        Trajectory.from_steps(
            x_t=[*steps[:-1], steps[0][..., 1:]], denoised=steps, sigma=sigma, stochastic=True
        )
    with pytest.raises(InputError, match="denoised: found no step"):
        Trajectory.from_steps(x_t=steps, denoised=[], sigma=sigma, stochastic=True)
    with pytest.raises(InputError, match=r"alpha: found shape \(4,\), expected \(5,\)"):
        Trajectory.from_steps(x_t=steps, denoised=steps, sigma=sigma[1:], stochastic=True)
    with pytest.raises(InputError, match="log SNR"):
        Trajectory.from_steps(x_t=steps, denoised=steps, sigma=sigma[::-1], stochastic=True)


def test_properties():
    image, wave = Trajectory(**fields()), Trajectory(**fields(modality="waveform"))
    assert (image.n_steps, image.signal_shape, image.signal_ndim) == (5, (4, 6), 2)
    assert (wave.n_steps, wave.signal_shape, wave.signal_ndim) == (5, (12,), 1)
    np.testing.assert_allclose(image.snr, image.alpha**2 / image.sigma**2)
    np.testing.assert_allclose(image.log_snr, np.log(image.snr))


def test_snr_of_zero_is_a_noise_level_too():
    given = fields()
    given["alpha"] = given["alpha"] - given["alpha"][0]
    assert Trajectory(**given).log_snr[0] == -np.inf


def test_the_arrays_cannot_be_changed_and_the_callers_can():
    given = fields()
    trajectory = Trajectory(**given)
    with pytest.raises(ValueError):
        trajectory.x_t[0] = 0
    given["x_t"][0] = 0


def test_same_content_same_bytes(tmp_path):
    for name in "ab":
        Trajectory(**fields(), **EXTRA).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    Trajectory.load(tmp_path / "a").save(tmp_path / "c")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "c").read_bytes()


def test_saving_over_the_file_that_is_mapped(path):
    loaded, other = Trajectory.load(path), Trajectory(**fields(seed=1))
    before = path.read_bytes()
    loaded.save(path)
    assert path.read_bytes() == before
    other.save(path)
    np.testing.assert_array_equal(loaded.x_t, fields()["x_t"])  # of the file that has lost its name
    np.testing.assert_array_equal(Trajectory.load(path).x_t, other.x_t)


def test_one_of_a_batch_is_saved_without_a_copy_of_all(tmp_path):
    """A view with strides, as a recorder's run of a batch has it."""
    given = fields()
    strided = given | {name: np.stack([given[name]] * 3, axis=1)[:, 1] for name in ("x_t", "denoised")}
    run = Trajectory(**strided)
    assert np.shares_memory(run.x_t, strided["x_t"])
    run.save(tmp_path / "strided")
    Trajectory(**given).save(tmp_path / "whole")
    assert (tmp_path / "strided").read_bytes() == (tmp_path / "whole").read_bytes()


def test_safetensors_itself_reads_the_file(path):
    with safe_open(path, framework="numpy") as file:
        assert set(file.keys()) == set(ARRAYS)
        for name in ARRAYS:
            np.testing.assert_array_equal(file.get_tensor(name), fields()[name])
    header = int.from_bytes(path.read_bytes()[:8], "little")
    assert header % 8 == 0
    assert all(getattr(Trajectory.load(path), name).flags.aligned for name in ARRAYS)


def test_info_reads_no_array(path, tmp_path):
    Trajectory(**fields(), **EXTRA).save(path)
    info = trajectory_info(path)
    assert (info.n_steps, info.shape, info.dtype) == (5, (3, 4, 6), "float32")
    assert info.size_bytes == path.stat().st_size and set(info.metadata) == set(METADATA)
    assert {name: info.metadata[name] for name in EXTRA} == EXTRA
    data = path.read_bytes()
    arrays = len(data) - 8 - int.from_bytes(data[:8], "little")
    path.write_bytes(data[:-arrays] + b"\xff" * arrays)  # every number a NaN
    assert trajectory_info(path) == info and isinstance(info, TrajectoryInfo)
    refusal(path)
    path.write_bytes(data[:-1])
    refusal(path, trajectory_info)
    refusal(tmp_path / "none", trajectory_info)


def test_a_header_that_claims_more_than_there_is(path):
    """Refused by the length of the file, before anything is allocated for it."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    for name in ARRAYS:
        claim = json.loads(json.dumps(header))
        claim[name]["shape"] = [2**40]
        for size in (header[name]["data_offsets"][1], 2**42):
            claim[name]["data_offsets"][1] = size
            text = json.dumps(claim).encode()
            path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])
            assert "damaged" in refusal(path)
            assert "damaged" in refusal(path, trajectory_info)


def test_arrays_of_2_to_the_40_are_refused_by_their_shape(path):
    """A file with holes is as long as it claims to be, and takes no room."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    begin, end = header["timestep"]["data_offsets"][0], 2**43
    header["timestep"] |= {"shape": [2**40], "data_offsets": [begin, begin + end]}
    for name in ("denoised", "sample", "x_t"):
        size = header[name]["data_offsets"][1] - header[name]["data_offsets"][0]
        begin, end = begin + end, size
        header[name]["data_offsets"] = [begin, begin + end]
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + begin + end)
    assert f"timestep: found shape ({2**40},), expected (5,)" in refusal(path)


def test_truncated_at_every_tenth(path):
    data = path.read_bytes()
    for tenth in range(10):
        path.write_bytes(data[: len(data) * tenth // 10])
        refusal(path)


def test_every_flipped_bit_of_the_header_is_found(path):
    data = bytearray(path.read_bytes())
    header = 8 + int.from_bytes(data[:8], "little")
    for at in range(header):
        bit = 1 << at % 8
        data[at] ^= bit
        path.write_bytes(data)
        refusal(path)
        data[at] ^= bit


def test_flipped_bits_of_the_contents_are_found(path):
    data = bytearray(path.read_bytes())
    for at in range(len(data) - 1, 1000, -97):
        data[at] ^= 1  # the lowest bit of a byte: most often a number as good as the true one
        path.write_bytes(data)
        refusal(path)
        data[at] ^= 1


@pytest.mark.parametrize("name", ["x_t", "denoised", "sample", "alpha", "sigma"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite(path, name, value):
    array = getattr(Trajectory.load(path), name).copy()
    array.flat[-1] = value
    rewrite(path, {name: array})
    assert f"{name}: found {value}" in refusal(path)


@pytest.mark.parametrize("name", ARRAYS)
def test_wrong_shape(path, name):
    rewrite(path, {name: getattr(Trajectory.load(path), name)[1:].copy()})
    assert ": found shape " in refusal(path)


@pytest.mark.parametrize("name", ARRAYS)
def test_wrong_dtype(path, name):
    rewrite(path, {name: getattr(Trajectory.load(path), name).astype(np.float16)})
    assert f"{name}: found float16" in refusal(path)
    rewrite(path, {name: np.ones(fields()[name].shape, np.uint8)})
    assert f"{name}: found U8, expected " in refusal(path)


@pytest.mark.parametrize("name", [*ARRAYS, "seed", "modality", "format_version", "sha256"])
def test_missing_field(path, name):
    rewrite(path, without=[name])
    assert name in refusal(path)


def test_surplus_tensor_and_field(path):
    rewrite(path, {"latent": np.zeros(3)})
    assert "'latent' is unknown" in refusal(path)
    rewrite(path, record={"colour": "red"}, without=["latent"])
    assert "'colour' is unknown" in refusal(path)


@pytest.mark.parametrize("index", range(4))
def test_snr_has_to_rise(path, index):
    sigma = Trajectory.load(path).sigma.copy()
    sigma[index + 1] = sigma[index] * 40
    rewrite(path, {"sigma": sigma})
    assert f"at step {index}" in refusal(path)


@pytest.mark.parametrize(("name", "value"), [("alpha", -0.1), ("sigma", 0.0), ("sigma", -1.0)])
def test_scales_have_a_sign(path, name, value):
    array = getattr(Trajectory.load(path), name).copy()
    array[0] = value
    rewrite(path, {name: array})
    assert name in refusal(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("modality", "video"),
        ("modality", None),
        ("origin", "stolen"),
        ("space", "pixels"),
        ("negative_prompt", 3),
        ("class_label", -1),
        ("class_label", "fox"),
        ("stochastic", 1),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", True),
        ("eta", "much"),
        ("eta", -0.5),
        ("sample_rate", 0),
        ("model", None),
        ("scheduler_config", []),
        ("format_version", 1),
        ("format", "recipe"),
    ],
)
def test_wrong_metadata(path, name, value):
    rewrite(path, record={name: value})
    line = refusal(path)
    assert name in line
    if name != "format":
        assert repr(value) in line


def test_a_file_of_the_first_version(path):
    """As that version wrote it: the same arrays, three fields fewer."""
    rewrite(path, record={"format_version": 1}, without=["space", "negative_prompt", "class_label"])
    assert refusal(path).endswith("format_version: found 1, expected 2: record the run again")


def test_metadata_without_bottom(path):
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in ARRAYS}
    save_file(arrays, path, metadata={"trajectory": "[" * 100_000 + "]" * 100_000})
    refusal(path)


def test_edited_metadata_is_noticed(path):
    rewrite(path, record={"seed": 8})
    assert "sha256" in refusal(path)


class Planted:
    def __reduce__(self):
        return os.system, ("touch planted",)


def test_a_pickle_is_refused_and_not_run(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    path.write_bytes(pickle.dumps(Planted()))
    refusal(path)
    assert not (path.parent / "planted").exists()


def test_files_that_are_none(path, tmp_path):
    path.write_bytes(b"")
    refusal(path)
    path.write_text("x_t, denoised\n1, 2\n")
    refusal(path)
    save_file({"weight": np.zeros(3)}, path)
    assert "'trajectory'" in refusal(path)
    save_file({"weight": np.zeros(3)}, path, metadata={"trajectory": "{"})
    refusal(path)
    save_file({"weight": np.zeros(3)}, path, metadata={"trajectory": "[]"})
    refusal(path)
    assert "no such file" in refusal(tmp_path / "none")
    assert "folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    refusal(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (dict(x_t=np.zeros((5, 4, 6))), "x_t"),
        (dict(x_t=np.zeros((1, 3, 4, 6))), "at least 2"),
        (dict(x_t=np.full((5, 3, 4, 6), 1e39)), "x_t: found inf"),  # beyond float32
        (dict(sample=np.full((3, 4, 6), "a")), "sample"),
        (dict(timestep=np.linspace(0, 1, 5)), "timestep"),
        (dict(scheduler_config={"betas": np.zeros(3)}), "scheduler_config"),
        (dict(eta=np.nan), "eta"),
    ],
)
def test_arguments_are_checked(change, word):
    with pytest.raises(InputError, match=word):
        Trajectory(**(fields() | change))


def test_cannot_be_written(tmp_path, monkeypatch):
    trajectory = Trajectory(**fields())
    for path in (tmp_path / "no" / "run", tmp_path):
        with pytest.raises(InputError, match="cannot be written") as caught:
            trajectory.save(path)
        assert str(path) in str(caught.value)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        trajectory.save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def writer(path, body):
    """A process that saves a trajectory of 40 MB at `path`, over and over."""
    code = f"""
    import os, signal, sys
    import numpy as np
    from spectral.trajectory.trajectory import Trajectory
    alpha = np.linspace(0.1, 0.9, 50)
    x_t = np.zeros((50, 1, 256, 400), np.float32)
    trajectory = Trajectory(x_t=x_t, denoised=x_t, sample=x_t[0], alpha=alpha, sigma=1 - alpha,
                            timestep=np.arange(50), modality="image", stochastic=False)
    {body}
    print("ready", flush=True)
    while True:
        trajectory.save({str(path)!r})
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)


def test_a_writer_killed_before_the_move_leaves_nothing_under_the_name(tmp_path):
    path = tmp_path / "run"
    for _ in range(2):
        process = writer(path, "os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)")
        assert process.wait(60) == -signal.SIGKILL
        process.stdout.close()
        assert not path.exists()
        assert len(list(tmp_path.iterdir())) == 1  # the second has cleared up after the first
    Trajectory(**fields()).save(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1])
def test_a_writer_killed_at_any_moment_leaves_nothing_or_all(tmp_path, delay):
    path = tmp_path / "run"
    process = writer(path, "")
    assert process.stdout.readline() == b"ready\n"
    time.sleep(delay)
    process.kill()
    process.wait(60)
    process.stdout.close()
    if path.exists():
        assert Trajectory.load(path).n_steps == 50


def test_another_writers_file_is_left_alone(tmp_path):
    busy = tmp_path / ".run.0123.part"
    other = tmp_path / ".run2.0123.part"
    other.touch()
    with busy.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        Trajectory(**fields()).save(tmp_path / "run")
        assert busy.exists()
    Trajectory(**fields()).save(tmp_path / "run")
    assert not busy.exists() and other.exists()


def test_a_bracket_in_the_name_is_no_pattern(tmp_path):
    path, leftover = tmp_path / "run[1]", tmp_path / ".run[1].0123.part"
    leftover.touch()
    Trajectory(**fields()).save(path)
    assert list(tmp_path.iterdir()) == [path]
