"""Three floors, arrows only down: studio, scenes, spectral. Inside scenes: chapters, stages, data, mobjects,
the theme."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPECTRAL = sorted((ROOT / "spectral").glob("*.py"))
SCENES = sorted((ROOT / "scenes").glob("*.py"))
FLOORS = {"mobjects": {"theme"}}  # what each folder in scenes/ stands on, beside itself
FLOORS["data"] = {"settings", "mobjects"} | FLOORS["mobjects"]
FLOORS["stages"] = {"data"} | FLOORS["data"]
FOLDERS = [path for folder in FLOORS for path in sorted((ROOT / "scenes" / folder).glob("*.py"))]
STUDIO = sorted((ROOT / "studio").glob("*.py"))

GROUND = {"audio", "bands", "cutoff", "errors", "forward", "looks", "loudness", "power", "rows"}
GROUND |= {"power_law", "schedules", "trajectory", "walk", "waves", "welch", "writing"}
MIDDLE = {"families", "gaussian", "mel", "model_folder", "parametrisation"}
MIDDLE |= {"options", "progress", "tide"}
TOP = {"autoencoders", "bridging", "denoiser", "driving", "lockin", "loading", "pipelines", "recording"}
TOP |= {"runs", "signal_model", "watching", "waveform_unet"}
HEAVY = {"PIL", "diffusers", "imageio", "manim", "platformdirs", "pydantic", "rich", "torch"}
HEAVY |= {"librosa", "scipy.signal", "scipy.stats", "soundfile", "soxr"}


def imported(path: Path) -> set[str]:
    """Full names of what a file imports, wherever in it the import stands: `scenes.theme`, `numpy.fft`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: {node.lineno}: a relative import; write the full name"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def siblings(path: Path, package: str) -> set[str]:
    """Modules of a package that a file imports, by their short names."""
    folder = ROOT.joinpath(*package.split("."))
    short = {
        n.removeprefix(f"{package}.").partition(".")[0] for n in imported(path) if n.startswith(f"{package}.")
    }
    return {n for n in short if (folder / f"{n}.py").exists() or (folder / n).is_dir()}


def run(code: str, *argv: str) -> str:
    """Standard output of a fresh interpreter, started where no file of ours is on its path by chance."""
    ran = subprocess.run([sys.executable, "-c", code, *argv], cwd="/", capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_there_is_something_to_hold():
    assert {p.stem for p in SPECTRAL} >= GROUND | TOP
    assert {p.stem for p in SCENES} >= {"sampling", "theme", "settings"}
    assert {p.parent.name for p in FOLDERS} == FLOORS.keys()
    assert {p.stem for p in STUDIO} >= {"main", "measure", "record"}


@pytest.mark.parametrize("path", SPECTRAL, ids=lambda p: p.stem)
def test_spectral_knows_nothing_above_it(path):
    assert not packages(path) & {"click", "manim", "manimpango", "scenes", "studio", "training"}


@pytest.mark.parametrize("path", SCENES + FOLDERS, ids=lambda p: p.stem)
def test_scenes_know_nothing_above_them(path):
    assert not packages(path) & {"click", "studio", "training"}


def test_inside_spectral_arrows_point_down():
    graph = {path.stem: siblings(path, "spectral") for path in SPECTRAL if path.stem != "__init__"}
    graphlib.TopologicalSorter(graph).prepare()  # raises where there is a cycle

    def below(module: str) -> set[str]:
        return graph[module].union(*map(below, graph[module]))

    for module in graph.keys() - TOP:
        too_high = below(module) & (TOP | MIDDLE if module in GROUND else TOP)
        assert not too_high, f"spectral.{module} stands on {too_high}"


@pytest.mark.parametrize("path", SPECTRAL, ids=lambda p: p.stem)
def test_spectral_imports_itself_by_module(path):
    """`from spectral import rapsd` inside it would go round by way of __init__."""
    modules = {name.split(".")[1] for name in imported(path) if name.startswith("spectral.")}
    assert modules <= {p.stem for p in SPECTRAL}


@pytest.mark.parametrize("path", SPECTRAL, ids=lambda p: p.stem)
def test_one_file_drives_diffusers(path):
    if path.stem not in {"loading", "waveform_unet"}:  # and one defines a network in its terms
        assert "diffusers" not in packages(path)


@pytest.mark.parametrize("path", STUDIO, ids=lambda p: p.stem)
def test_the_command_line_measures_and_draws_through_what_is_below(path):
    """It asks spectral for numbers and scenes for pictures; nothing of its own transforms or samples."""
    names = imported(path)
    assert not packages(path) & {"diffusers", "manim", "manimpango", "torch", "training"}
    assert not [n for n in names if n.startswith(("numpy.fft", "scipy", "numpy.random"))]


def test_inside_studio_arrows_point_down():
    graph = {path.stem: siblings(path, "studio") for path in STUDIO if path.stem != "__init__"}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises where there is a cycle
    assert order[-1] == "main"


@pytest.mark.parametrize("path", FOLDERS, ids=lambda p: p.stem)
def test_inside_scenes_arrows_point_down(path):
    """Chapters stand on stages, stages on data, data on mobjects, mobjects on the theme."""
    assert siblings(path, "scenes") <= FLOORS[path.parent.name] | {path.parent.name}


def test_the_theme_knows_no_scene():
    assert not siblings(ROOT / "scenes" / "theme.py", "scenes")


@pytest.mark.parametrize("path", SCENES + FOLDERS, ids=lambda p: p.stem)
def test_scenes_only_show(path):
    """No transform, no chance and no network in what draws: it is fed with numbers."""
    names = imported(path)
    assert not packages(path) & {"torch", "diffusers", "random", "secrets"}
    assert not [n for n in names if n.startswith(("numpy.fft", "scipy.fft", "numpy.random", "scipy.signal"))]
    used = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not used & {"fft", "fft2", "rfft", "rfft2", "dct", "dctn", "random", "default_rng"}


@pytest.mark.parametrize("path", SCENES + FOLDERS, ids=lambda p: p.stem)
def test_one_module_has_one_name(path):
    """manim puts scenes/ on the path: `import theme` would load a second copy beside `scenes.theme`."""
    assert not packages(path) & ({p.stem for p in SCENES} | FLOORS.keys())


def test_file_names_hide_no_package():
    """With scenes/ first on the path, scenes/numpy.py would be numpy for everyone."""
    folders = [p.name for p in (ROOT / "scenes").iterdir() if p.is_dir() and p.name != "__pycache__"]
    names = folders + [p.stem for p in SCENES]
    code = "import sys; from importlib.util import find_spec; print(*filter(find_spec, sys.argv[1:]))"
    assert run(code, *names).split() == []


def test_a_file_has_at_most_one_scene():
    """Where there are two, manim stops and asks."""
    code = """
import sys
from pathlib import Path
from manim.utils.module_ops import scene_classes_from_file
for path in map(Path, sys.argv[1:]):
    print(path.stem, *(scene.__name__ for scene in scene_classes_from_file(path, full_list=True)))
"""
    found = {stem: scenes for stem, *scenes in map(str.split, run(code, *map(str, SCENES)).splitlines())}
    assert found["sampling"] == ["Sampling"]
    assert not {stem: scenes for stem, scenes in found.items() if len(scenes) > 1}


def test_the_story_is_told_by_scenes_of_its_names():
    code = """
from scenes import story
from manim.utils.module_ops import scene_classes_from_file
for chapter in story.CHAPTERS.values():
    assert [chapter.scene] == [s.__name__ for s in scene_classes_from_file(chapter.file, full_list=True)]
"""
    run(code)
    assert "manim" not in run("import sys, scenes.story; print(*sys.modules)").split()


def test_import_spectral_is_light():
    loaded = set(run("import sys, spectral; print(*sys.modules)").split())
    assert "numpy" in loaded
    assert not loaded & HEAVY


def test_public_names_are_there_and_no_module_bears_one():
    code = "import spectral; [getattr(spectral, name) for name in spectral.__all__]; print(*spectral.__all__)"
    public = set(run(code).split())
    assert public >= {
        "rapsd",
        "fit_power_law",
        "octave_bands",
        "split",
        "band_power",
        "lock_in",
        "record",
        "record_denoiser",
        "bridge",
        "Recorder",
    }
    assert not public & {path.stem for path in SPECTRAL}
