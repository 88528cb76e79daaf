"""The house: three floors, arrows only down: scenes, manim_spectral, spectral; in each, its rooms."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPECTRAL = sorted((ROOT / "spectral").rglob("*.py"))
PLUGIN = sorted((ROOT / "manim_spectral").rglob("*.py"))
SCENES = sorted((ROOT / "scenes").glob("*.py"))
STUDIO = sorted((ROOT / "manim_spectral" / "studio").glob("*.py"))
MEASURES = sorted((ROOT / "manim_spectral" / "chapters").rglob("measures.py"))
PICTURES = SCENES + [path for path in PLUGIN if path not in STUDIO]

# The rooms of each floor, lowest first: what stands in one knows those below it, and its own.
NUMBERS = ["errors", "atomic", "trajectory", "signal", "theory", "lockin", "sound", "networks", "assets"]
NUMBERS += ["recording"]
SHOWN = ["theme", "sources", "views", "mobjects", "stage", "chapters", "scenes", "story", "studio"]
HEAVY = {"PIL", "av", "diffusers", "imageio", "manim", "platformdirs", "pydantic", "rich", "torch"}
HEAVY |= {"librosa", "scipy.signal", "scipy.stats", "soundfile", "soxr"}


def imported(path: Path) -> set[str]:
    """Full names of what a file imports, wherever in it the import stands: `numpy.fft`."""
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


def modules(package: str) -> dict[str, Path]:
    """Full names of a package's modules, and of its rooms, with the file of each."""
    names = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def room(name: str) -> str:
    """The room of a module, "" for what belongs to the floor itself."""
    return [*name.split("."), ""][1]


def below(package: str) -> dict[str, set[str]]:
    """For each module of a package the modules of the same package that it imports."""
    names = modules(package)
    return {name: (imported(path) & names.keys()) - {name} for name, path in names.items()}


def run(code: str, *argv: str) -> str:
    """Standard output of a fresh interpreter, started where no file of ours is on its path by chance."""
    ran = subprocess.run([sys.executable, "-c", code, *argv], cwd="/", capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_there_is_something_to_hold():
    assert {room(name) for name in modules("spectral")} == {"", *NUMBERS}
    assert {room(name) for name in modules("manim_spectral")} == {"", *SHOWN}
    assert {p.stem for p in SCENES} >= {"sampling", "tide", "listening"}
    assert {p.parent.name for p in MEASURES} >= {"refinement", "staircase", "tide"}
    assert {p.stem for p in STUDIO} >= {"main", "measure", "record"}


@pytest.mark.parametrize("path", SPECTRAL, ids=lambda p: str(p.relative_to(ROOT)))
def test_spectral_knows_nothing_above_it(path):
    assert not packages(path) & {"click", "manim", "manimpango", "manim_spectral", "scenes", "training"}


@pytest.mark.parametrize("path", PICTURES + STUDIO, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_plugin_and_scenes_know_nothing_above_them(path):
    """`scenes` is no name that anyone imports: people have a folder of that name themselves."""
    assert not packages(path) & {"scenes", "training"}
    if path not in STUDIO:
        assert "click" not in packages(path)
        assert not [name for name in imported(path) if name.startswith("manim_spectral.studio")]


@pytest.mark.parametrize("package, rooms", [("spectral", NUMBERS), ("manim_spectral", SHOWN)])
def test_arrows_point_down(package, rooms):
    graph = {name: found for name, found in below(package).items() if name != package}
    graphlib.TopologicalSorter(graph).prepare()  # raises where there is a cycle
    for name, found in graph.items():
        too_high = {n for n in found if room(n) and rooms.index(room(n)) > rooms.index(room(name))}
        assert not too_high, f"{name} stands on {too_high}"


def test_a_chapter_knows_no_other():
    graph = below("manim_spectral")
    assert len({name.split(".")[2] for name in graph if name.startswith("manim_spectral.chapters.")}) > 5
    for name, found in graph.items():
        if name.startswith("manim_spectral.chapters."):
            own = ".".join(name.split(".")[:3])
            others = {n for n in found if n.startswith("manim_spectral.chapters.") and not n.startswith(own)}
            assert not others, f"{name} stands on {others}"


@pytest.mark.parametrize("path", MEASURES, ids=lambda p: p.parent.name)
def test_measures_are_numbers(path):
    """Neither words nor colours nor pictures: what a chapter says stands in its `words`."""
    assert not packages(path) & {"manim", "manimpango"}
    rooms = {room(name) for name in imported(path) if name.startswith("manim_spectral.")}
    assert rooms <= {"sources", "views"}


@pytest.mark.parametrize("path", SPECTRAL, ids=lambda p: str(p.relative_to(ROOT)))
def test_spectral_imports_itself_by_module(path):
    """`from spectral import rapsd` inside it would go round by way of __init__."""
    names = {name for name in imported(path) if name.startswith("spectral.")}
    assert {room(name) for name in names} <= set(NUMBERS)


@pytest.mark.parametrize("path", SPECTRAL, ids=lambda p: str(p.relative_to(ROOT)))
def test_one_file_drives_diffusers(path):
    if path.stem not in {"loading", "waveform_unet"}:  # and one defines a network in its terms
        assert "diffusers" not in packages(path)


@pytest.mark.parametrize("path", STUDIO, ids=lambda p: p.stem)
def test_the_command_line_measures_and_draws_through_what_is_below(path):
    """It asks spectral for numbers and scenes for pictures; nothing of its own transforms or samples."""
    names = imported(path)
    assert not packages(path) & {"diffusers", "manim", "manimpango", "torch", "training"}
    assert not [n for n in names if n.startswith(("numpy.fft", "scipy", "numpy.random"))]


def test_views_and_sources_are_numbers_and_words():
    """What is shown is known apart from how it is drawn."""
    for path in PLUGIN:
        if path.parent.name in {"views", "sources"}:
            assert not packages(path) & {"manim", "manimpango"}, path
            assert "manim_spectral.theme" not in imported(path), path


def test_nothing_stands_on_the_command():
    graph = below("manim_spectral")
    assert "manim_spectral.studio.main" in graph
    users = {name for name, found in graph.items() if "manim_spectral.studio.main" in found}
    assert not users


@pytest.mark.parametrize("path", PICTURES, ids=lambda p: str(p.relative_to(ROOT)))
def test_scenes_only_show(path):
    """No transform, no chance and no network in what draws: it is fed with numbers."""
    names = imported(path)
    assert not packages(path) & {"torch", "diffusers", "random", "secrets"}
    assert not [n for n in names if n.startswith(("numpy.fft", "scipy.fft", "numpy.random", "scipy.signal"))]
    used = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not used & {"fft", "fft2", "rfft", "rfft2", "dct", "dctn", "random", "default_rng"}


@pytest.mark.parametrize("path", PICTURES, ids=lambda p: str(p.relative_to(ROOT)))
def test_one_module_has_one_name(path):
    """manim puts scenes/ on the path: `import tide` would load a second copy."""
    assert not packages(path) & {p.stem for p in SCENES}


def test_file_names_hide_no_package():
    """With scenes/ first on the path, scenes/numpy.py would be numpy for everyone."""
    names = [p.stem for p in SCENES]
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


@pytest.mark.parametrize("path", SCENES, ids=lambda p: p.stem)
def test_a_scene_s_file_is_a_shot_list(path):
    """Beside what it imports there is one class: its knobs, and beats that say what the viewer sees."""
    source = path.read_text()
    module = ast.parse(source)
    told, *rest = module.body
    classes = [node for node in rest if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert isinstance(told, ast.Expr) and [type(node) for node in classes] == [ast.ClassDef]
    beats = [
        ast.get_source_segment(source, method) or ""
        for method in classes[0].body
        if isinstance(method, ast.FunctionDef) and "self.beat(" in ast.unparse(method)
    ]
    assert all("# The viewer sees" in beat for beat in beats)


def test_no_scene_is_more_than_three_classes_deep():
    code = """
import sys
from pathlib import Path
from manim import Scene
from manim.utils.module_ops import scene_classes_from_file
for path in map(Path, sys.argv[1:]):
    for scene in scene_classes_from_file(path, full_list=True):
        print(scene.__name__, len([c for c in scene.__mro__ if issubclass(c, Scene) and c is not Scene]))
"""
    depths = {name: int(depth) for name, depth in map(str.split, run(code, *map(str, SCENES)).splitlines())}
    assert {"Sampling", "Tide", "Title"} <= depths.keys()
    assert not {name: depth for name, depth in depths.items() if depth > 3}


def test_the_story_is_told_by_scenes_of_its_names():
    code = """
from manim_spectral import story
from manim.utils.module_ops import scene_classes_from_file
for chapter in story.CHAPTERS.values():
    assert [chapter.scene] == [s.__name__ for s in scene_classes_from_file(chapter.file, full_list=True)]
"""
    run(code)
    assert "manim" not in run("import sys, manim_spectral.story; print(*sys.modules)").split()


def test_import_spectral_is_light():
    loaded = set(run("import sys, spectral; print(*sys.modules)").split())
    assert "spectral" in loaded
    assert not loaded & (HEAVY | {"numpy", "scipy", "safetensors"})
    loaded = set(run("import sys, spectral; spectral.lock_in, spectral.rapsd; print(*sys.modules)").split())
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
    assert not public & {name.split(".")[1] for name in modules("spectral") if "." in name}
    for_type_checkers = imported(ROOT / "spectral" / "__init__.py") - modules("spectral").keys()
    named = {name.rpartition(".")[2] for name in for_type_checkers if name.startswith("spectral.")}
    assert public == named
