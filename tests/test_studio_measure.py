"""`spectral measure`: its tables, JSON, CSV and figure hold the numbers that `spectral` measures."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import shlex
import subprocess

import numpy as np
import pytest
from gaussian_runs import gaussian_run
from PIL import Image
from studio_support import SPECTRAL, call, examples, refusal

import spectral
from spectral import Trajectory


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    gaussian_run().save(folder / "run.safetensors")
    gaussian_run(eta=1.0, steps=25, seed=1).save(folder / "ancestral.safetensors")
    gaussian_run(signal=(64, 48), seed=2).save(folder / "wide.safetensors")
    # a voice of sorts: strongest at 500 Hz
    bell = {"power": lambda freq: 1e-3 + 50 * np.exp(-(np.log2(freq * 8000 / 500) ** 2))}
    gaussian_run(signal=(4000,), channels=1, sample_rate=8000, **bell).save(folder / "voice.safetensors")
    gaussian_run(signal=(512,), channels=1, exponent=0.5).save(folder / "clip.safetensors")
    gaussian_run(space="decoded", eta=1.0).save(folder / "decoded.safetensors")
    gaussian_run(space="latent", channels=4).save(folder / "latents.safetensors")
    blank = gaussian_run(steps=5)
    nothing = {"denoised": np.zeros_like(blank.denoised), "sample": np.zeros_like(blank.sample)}
    silent = dataclasses.replace(blank, **nothing)
    silent.save(folder / "silent.safetensors")
    return folder


@pytest.fixture(params=["run", "ancestral", "wide", "voice", "clip", "decoded", "latents", "silent"])
def path(request, folder):
    return folder / f"{request.param}.safetensors"


def strict_json(text: str):
    """Parsed as the standard has it: NaN and Infinity are errors."""

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_holds_what_lock_in_measures(path):
    trajectory = Trajectory.load(path)
    lock = spectral.lock_in(trajectory)
    (found,) = strict_json(call("measure", path, "--json").stdout)
    assert found["file"] == str(path)
    assert found["steps"] == trajectory.n_steps
    assert found["level"] == lock.threshold
    scale = {"cycles/pixel": 1, "Hz": 8000, "cycles/sample": 1}[found["unit"]]
    snr_db = 10 * np.log10(trajectory.snr)
    masks = spectral.band_masks(trajectory.signal_shape, lock.bands)
    power = spectral.periodogram(trajectory.sample, signal_ndim=trajectory.signal_ndim)
    assert len(found["bands"]) == len(lock.bands)
    for i, row in enumerate(found["bands"]):
        assert row["band"] == i + 1
        assert row["low"] == pytest.approx(lock.bands[i].low * scale)
        assert row["high"] == pytest.approx(lock.bands[i].high * scale)
        assert row["mean_square"] == lock.power[i]
        assert row["power"] == pytest.approx(power[:, masks[i]].mean())
        locked = lock.step[i] < trajectory.n_steps
        assert row["lock_step"] == (lock.step[i] if locked else None)
        assert row["sigma"] == (trajectory.sigma[lock.step[i]] if locked else None)
        assert row["snr_db"] == (pytest.approx(snr_db[lock.step[i]]) if locked else None)
        expected = lock.predicted[i] < trajectory.n_steps
        assert row["closed_form_step"] == (lock.predicted[i] if expected else None)
    for name in ("frequency", "power"):
        value = getattr(lock.order, name)
        assert found["order"][name] == (None if math.isnan(value) else value)
    assert found["softness"] == (None if math.isnan(lock.softness) else lock.softness)


def test_pictures_have_an_exponent_and_waveforms_a_peak(folder):
    run, voice, clip, silent = strict_json(
        call(
            "measure", *(folder / f"{n}.safetensors" for n in ("run", "voice", "clip", "silent")), "--json"
        ).stdout
    )
    sample = Trajectory.load(folder / "run.safetensors").sample
    assert run["exponent"] == spectral.fit_power_law(spectral.rapsd(sample)).exponent
    assert run["exponent"] == pytest.approx(2, abs=0.5)
    assert run["peak"] is None
    assert voice["exponent"] is None and clip["exponent"] is None
    assert 250 < voice["peak"] < 1000  # Hz
    assert silent["exponent"] is None  # no power, no law


def read_csv(text: str) -> dict[str, dict[tuple, float]]:
    """quantity -> (step, band, freq) -> value; an empty cell is None, an empty value NaN."""
    table: dict[str, dict[tuple, float]] = {}
    reader = csv.DictReader(io.StringIO(text))
    assert reader.fieldnames == ["file", "quantity", "step", "band", "freq", "unit", "value"]
    for row in reader:
        at = tuple(float(row[name]) if row[name] else None for name in ("step", "band", "freq"))
        values = table.setdefault(row["quantity"], {})
        assert at not in values, f"{row['quantity']} twice at {at}"
        values[at] = float(row["value"]) if row["value"] else math.nan
    return table


def test_csv_holds_every_number_that_a_scene_plots(path):
    trajectory = Trajectory.load(path)
    lock = spectral.lock_in(trajectory)
    table = read_csv(call("measure", path, "--csv").stdout)
    n_steps, n_bands = lock.explained.shape

    def values(quantity):
        return list(table[quantity].values())

    for name in ("alpha", "sigma", "snr"):
        assert values(name) == getattr(trajectory, name).tolist()
        assert list(table[name]) == [(i, None, None) for i in range(n_steps)]
    for name in ("explained", "expected", "writing"):
        np.testing.assert_array_equal(values(name), getattr(lock, name).ravel())
        assert list(table[name]) == [(i, b + 1, None) for i in range(n_steps) for b in range(n_bands)]
    for name, steps in (("lock_step", lock.step), ("closed_form_step", lock.predicted)):
        np.testing.assert_array_equal(values(name), np.where(steps < n_steps, steps, np.nan))
    assert values("mean_square") == lock.power.tolist()
    np.testing.assert_array_equal(values("order_frequency"), [lock.order.frequency])
    np.testing.assert_array_equal(values("order_power"), [lock.order.power])
    np.testing.assert_array_equal(values("softness"), [lock.softness])
    assert values("level") == [lock.threshold]


@pytest.mark.parametrize("name", ["run", "wide", "silent"])
def test_csv_holds_the_spectra(folder, name):
    path = folder / f"{name}.safetensors"
    trajectory = Trajectory.load(path)
    table = read_csv(call("measure", path, "--csv").stdout)
    final = spectral.rapsd(trajectory.sample)
    assert [freq for _, _, freq in table["final_spectrum"]] == final.freq[1:].tolist()
    assert list(table["final_spectrum"].values()) == final.power[:, 1:].mean(axis=0).tolist()
    estimates = np.stack(
        [spectral.rapsd(estimate).power[:, 1:].mean(axis=0) for estimate in trajectory.denoised]
    )
    np.testing.assert_array_equal(list(table["denoised_spectrum"].values()), estimates.ravel())


def test_csv_holds_the_spectra_of_sound_in_hertz(folder):
    trajectory = Trajectory.load(folder / "voice.safetensors")
    table = read_csv(call("measure", folder / "voice.safetensors", "--csv").stdout)
    final = spectral.power_spectrum(trajectory.sample[0], sr=8000)
    assert [freq for _, _, freq in table["final_spectrum"]] == final.freq[1:].tolist()
    assert list(table["final_spectrum"].values()) == final.power[1:].tolist()
    estimates = spectral.power_spectrum(trajectory.denoised[:, 0], sr=8000).power[:, 1:]
    np.testing.assert_allclose(list(table["denoised_spectrum"].values()), estimates.ravel(), rtol=1e-12)
    assert list(table["peak"].values()) == [final.freq[1:][final.power[1:].argmax()]]
    low = [band.low * 8000 for band in spectral.lock_in(trajectory).bands]
    assert list(table["band_low"].values()) == low


def table_rows(text: str) -> list[list[str]]:
    rows = [line.split() for line in text.splitlines() if line.strip() and line.split()[0].isdigit()]
    assert rows, text
    return rows


def test_the_table_of_one_file(folder):
    path = folder / "run.safetensors"
    trajectory = Trajectory.load(path)
    lock = spectral.lock_in(trajectory)
    shown = call("measure", path).stdout
    assert f"{path}: gauss, free run, seed 0, 40 steps" in shown
    assert [cells[1] for cells in table_rows(shown)] == ["1–2", "2–4", "4–8", "8–16", "16+"]
    for i, cells in enumerate(table_rows(shown)):
        assert cells[0] == str(i + 1)
        assert cells[4] == str(lock.step[i])
        assert float(cells[5]) == pytest.approx(trajectory.sigma[lock.step[i]], rel=5e-3)
        assert float(cells[6]) == pytest.approx(10 * np.log10(trajectory.snr[lock.step[i]]), abs=0.051)
        assert cells[7] == str(lock.predicted[i])
    (last,) = [line for line in shown.splitlines() if line.strip().startswith("run.safetensors ")]
    assert last.split()[1:4] == ["40", f"{lock.order.frequency:+.2f}", f"{lock.order.power:+.2f}"]
    assert last.split()[4] == f"{lock.softness:.2f}"
    assert last.split()[5].startswith("1/f^")


def test_a_waveform_is_shown_in_hertz_with_its_peak(folder):
    shown = call("measure", folder / "voice.safetensors").stdout
    assert "Hz" in shown and "cycles" not in shown
    assert "peak at" in shown and "1/f" not in shown


def test_files_with_the_same_bands_stand_side_by_side(folder):
    paths = [folder / "run.safetensors", folder / "ancestral.safetensors"]
    locks = [spectral.lock_in(Trajectory.load(path)) for path in paths]
    shown = call("measure", *paths).stdout
    for i, cells in enumerate(table_rows(shown)):
        assert (cells[3], cells[5]) == (str(locks[0].step[i]), str(locks[1].step[i]))
    assert shown.count("run.safetensors") == 1  # in the summary


def test_files_with_other_bands_have_tables_of_their_own(folder):
    shown = call("measure", folder / "run.safetensors", folder / "voice.safetensors").stdout
    assert "run.safetensors: gauss" in shown and "voice.safetensors: gauss" in shown
    assert "Hz" in shown and "cycles/image" in shown


def test_the_closed_form_has_no_say_in_what_was_decoded(folder):
    for cells in table_rows(call("measure", folder / "decoded.safetensors").stdout):
        assert cells[4].isdigit() and cells[7] == "–"


def test_what_never_locks_is_a_dash(folder):
    shown = call("measure", folder / "silent.safetensors").stdout
    assert all(cells[4:] == ["–"] * 4 for cells in table_rows(shown))


def test_nothing_is_cut_off_in_a_pipe(folder):
    paths = [folder / "run.safetensors"] * 12
    shown = call("measure", *paths).stdout
    assert "…" not in shown
    assert len(table_rows(shown)[0]) == 3 + 2 * 12


def test_a_figure_is_a_png_for_papers(folder, tmp_path):
    figure = tmp_path / "figure.png"
    result = call("measure", folder / "run.safetensors", "--png", figure, "--json")
    strict_json(result.stdout)
    assert result.stderr == f"figure: {figure}\n"
    with Image.open(figure) as picture:
        assert picture.format == "PNG"
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.width > 1000
    assert [p.name for p in tmp_path.iterdir()] == ["figure.png"]


def test_bad_figures_are_refused(folder, tmp_path):
    run = folder / "run.safetensors"
    before = run.read_bytes()
    assert "expected a name that ends in .png" in refusal("measure", run, "--png", run)
    assert run.read_bytes() == before
    assert "no folder" in refusal("measure", run, "--png", tmp_path / "missing" / "figure.png")
    (tmp_path / "folder.png").mkdir()
    assert "is a folder" in refusal("measure", run, "--png", tmp_path / "folder.png")
    assert "silent.safetensors: the sample holds no power" in refusal(
        "measure", folder / "silent.safetensors", "--png", tmp_path / "silent.png"
    )
    assert not (tmp_path / "silent.png").exists()


def test_one_bad_file_among_good_ones_stops_it(folder):
    assert "nothing" in refusal("measure", folder / "run.safetensors", folder / "nothing")


@pytest.mark.parametrize("example", examples("measure"))
def test_examples_of_the_help_run(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("run", "ddim", "euler", "heun")):
        gaussian_run(seed=seed).save(tmp_path / f"{name}.safetensors")
    program, *argv = shlex.split(example)
    assert program == "spectral"
    if ">" in argv:
        bash = ["bash", "-ec", example.replace("spectral", str(SPECTRAL), 1)]
        subprocess.run(bash, check=True)
        assert (tmp_path / argv[-1]).stat().st_size > 1000
    else:
        assert "lock" in call(*argv).stdout
