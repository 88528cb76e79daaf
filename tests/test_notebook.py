"""The notebook runs from top to bottom in an empty folder: its films, figures and numbers are there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import av
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import spectral
from manim_spectral.sources.files import read_picture
from spectral import Trajectory

ROOT = Path(__file__).parents[1]
NOTEBOOK = nbformat.read(ROOT / "notebooks" / "spectral_autoregression.ipynb", as_version=4)
CODE = {cell.id: cell.source for cell in NOTEBOOK.cells if cell.cell_type == "code"}
FILMS = sorted(name for name, source in CODE.items() if source.startswith("%%manim"))
FIGURES = sorted(name for name, source in CODE.items() if "plt." in source and name != "imports")
NUMBER = r"(-?\d+(?:\.\d+)?)"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def outputs(desk) -> dict[str, list]:
    """What each code cell has put out, by the cell's name."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("SPECTRAL_")}
    small = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ran = nbformat.from_dict(NOTEBOOK)
    client = NotebookClient(ran, timeout=300, resources={"metadata": {"path": str(desk)}})
    client.execute(env=kept | small)  # raises with the cell's traceback where one fails
    return {cell.id: cell.outputs for cell in ran.cells if cell.cell_type == "code"}


def printed(outputs: list) -> str:
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")


def numbers(pattern: str, text: str) -> list[float]:
    return [float(found) for found in re.findall(pattern.replace("#", NUMBER), text)]


def test_it_is_committed_bare():
    assert len(FILMS) == 3 and len(FIGURES) >= 9
    assert not [name for name, source in CODE.items() if len(source.splitlines()) > 32]
    for cell in NOTEBOOK.cells:
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)


def test_nothing_is_installed_where_the_project_is(outputs):
    assert outputs["install"] == []


def test_no_cell_complains(outputs):
    said = {name: o.text for name, found in outputs.items() for o in found if o.get("name") == "stderr"}
    assert not said


@pytest.mark.parametrize("name", FILMS)
def test_each_film_is_shown_and_moves(outputs, desk, name):
    pages = "".join(o.data.get("text/html", "") for o in outputs[name] if o.output_type == "display_data")
    (source,) = re.findall(r'<video src="([^"]+)"', pages)
    with av.open(str(desk / source)) as film:
        frames = [frame.to_ndarray(format="gray").astype(float) for frame in film.decode(video=0)]
    assert len(frames) > 40 and frames[0].shape == (480, 854)
    assert np.abs(frames[len(frames) // 3] - frames[len(frames) // 2]).max() > 20
    assert "WARNING" not in pages


def test_the_film_of_the_clip_is_heard(outputs, desk):
    (path,) = (desk / "media" / "videos").rglob("HearTheTide.mp4")
    with av.open(str(path)) as film:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    assert np.abs(heard).max() > 0.01


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_is_made(outputs, name):
    assert len([o for o in outputs[name] if "image/png" in o.get("data", {})]) == 1


def test_the_spectra_are_those_of_the_functions(outputs):
    files = sorted((ROOT / "spectral" / "assets" / "photographs").glob("*.png"))
    panda = read_picture(
        ROOT / "spectral" / "assets" / "photographs" / "red_panda.png", height=64, width=64
    ).mean(axis=0)
    rings = spectral.rapsd(panda)
    law = spectral.fit_power_law(rings)
    assert numbers("1/f\\^#", printed(outputs["picture"])) == [round(law.exponent, 2)]
    grey = np.stack([read_picture(file, height=64, width=64).mean(axis=0) for file in files])
    all_of_them = spectral.fit_power_law(spectral.rapsd(grey))
    assert numbers("1/f\\^#", printed(outputs["collection"])) == [round(all_of_them.exponent, 2)]
    cycles = spectral.FrequencyUnit.per("image", 64)
    reach = spectral.f_max(rings.in_unit(cycles), 1.0, numbers("σ = #:", printed(outputs["drown"])))
    assert numbers("up to # cycles", printed(outputs["drown"])) == pytest.approx(reach, abs=0.051)
    assert (np.diff(reach) < 0).all()


def test_the_locks_are_those_of_the_recorded_run(outputs, desk):
    run = Trajectory.load(desk / "run.safetensors")
    lock = spectral.lock_in(run)
    text = printed(outputs["lock-in"])
    assert numbers("locked at step +#", text) == lock.step.tolist()
    assert numbers("predicted +#", text) == lock.predicted.tolist()
    assert numbers("tau: #", text) == [round(lock.order.frequency, 2)]
    assert numbers("picture: # octaves", printed(outputs["writing"])) == [round(lock.softness, 1)]
    assert run.n_steps == 16 and run.origin == "bridge" and run.source == "red_panda"


def test_sound_goes_by_power_and_the_walk_is_hard(outputs):
    (frequency, power) = (
        numbers(f"against {what} #", printed(outputs["clip-order"]))[0] for what in ("frequency", "power")
    )
    assert power > 0.8 > 0.5 > frequency
    (walk,) = numbers("walk: # octaves", printed(outputs["walk"]))
    (picture,), (clip,) = (
        numbers(f"{of}: # ?", printed(outputs["writing"]).replace("octaves wide;", ""))
        for of in ("picture", "clip")
    )
    assert walk < 0.15 < 5 * walk < picture < clip
