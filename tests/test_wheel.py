"""The package as a stranger installs it: built, installed, and used in a folder with `scenes/` of its own.

The wheel is built by way of the source distribution, from a copy of the files that a checkout has for it. It
is installed into a new environment without its dependencies: those that the tests run with are put on that
environment's path instead, for there is no network here. A path that stands in a .pth file brings no .pth
files of its own, so the checkout's editable install stays out of sight.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_films import shades_of

ROOT = Path(__file__).parents[1]
SOURCES = ("spectral", "manim_spectral", "scenes", "setup.py", "pyproject.toml", "README.md", "LICENSE")
PASSING = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
LARGEST = 40e6  # bytes
MINE = """
from manim_spectral.scenes.sampling import Sampling

class Mine(Sampling):
    reading_time = 1.0
"""


def build(form: str, source: Path, out: Path) -> Path:
    """A source distribution ("sdist") or a wheel of a folder."""
    code = f"import sys; from setuptools import build_meta; print(build_meta.build_{form}(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", code, out], cwd=source, capture_output=True, text=True, check=True
    )
    return out / built.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=PASSING)
        else:
            shutil.copy(source, copy)
    with tarfile.open(build("sdist", copy, out)) as archive:
        archive.extractall(out, filter="data")
    (unpacked,) = (path for path in out.iterdir() if path.is_dir())
    return build("wheel", unpacked, out)


@dataclass(frozen=True)
class Desk:
    """A stranger's folder, and the environment in which they installed the wheel."""

    folder: Path
    bin: Path

    def run(self, *argv: object, **settings: str) -> subprocess.CompletedProcess:
        """A command of that environment, in that folder."""
        program, *rest = map(str, argv)
        bare = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith(("SPECTRAL_", "PYTHON"))
        }
        env = bare | {"XDG_CACHE_HOME": str(self.folder / "cache"), "HOME": str(self.folder)} | settings
        command = [str(self.bin / program), *rest]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def desk(wheel, tmp_path_factory) -> Desk:
    place, folder = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("desk")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([*map(str, install), "--quiet", "--disable-pip-version-check"], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    paths = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (packages / "dependencies.pth").write_text("\n".join(sorted(paths)) + "\n")
    (folder / "scenes").mkdir()
    (folder / "scenes" / "__init__.py").write_text("")
    (folder / "scenes" / "theme.py").write_text("COLOUR = 'green'\n")
    (folder / "mine.py").write_text(MINE)
    return Desk(folder, place / "bin")


def done(ran: subprocess.CompletedProcess) -> str:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_two_names_are_installed_and_nothing_is_left_out(wheel):
    assert wheel.stat().st_size <= LARGEST
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (top,) = (name for name in archive.namelist() if name.endswith("top_level.txt"))
        assert archive.read(top).decode().split() == ["manim_spectral", "spectral"]
    kept = {
        path.relative_to(ROOT).as_posix()
        for name in ("spectral", "manim_spectral")
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    scenes = {f"manim_spectral/scenes/{path.name}" for path in (ROOT / "scenes").glob("*.py")}
    assert len(scenes) > 10
    assert names == kept | scenes


def test_it_is_what_was_installed_that_runs(desk):
    code = "import spectral, manim_spectral; print(spectral.__file__, manim_spectral.__file__)"
    places = done(desk.run("python", "-c", code)).split()
    assert len(places) == 2
    for path in places:
        assert Path(path).is_relative_to(desk.bin.parent)


def test_public_names_come_from_the_plugin(desk):
    assert done(desk.run("python", "-c", "from manim_spectral import BandRack; print(BandRack.__name__)"))


def test_a_carried_model_is_recorded_by_its_bare_name(desk):
    ran = desk.run("spectral", "record", "photos-64", "--steps", 3, "-o", "a.safetensors")
    assert done(ran) == "a.safetensors\n"
    assert "3 steps of 3 x 64 x 64" in done(desk.run("spectral", "info", "a.safetensors"))


def test_a_film_is_made_beside_foreign_scenes(desk):
    film, *_ = done(desk.run("spectral", "film", "-q", "l", "--chapters", "tide")).splitlines()
    assert len(shades_of(desk.folder / film)[0]) > 300


def test_a_scene_of_ones_own_grows_from_ours(desk):
    """Its first second; and no word of a newer manim, or of regret where no server can be asked for one."""
    argv = ("-m", "manim", "-ql", "-n", "0,1", "--progress_bar", "none", "-v", "DEBUG", "mine.py")
    ran = desk.run("python", *argv, SPECTRAL_STEPS="3")
    assert "File ready at" in done(ran)
    assert not re.search(r"latest\s+release|upgrading", ran.stdout + ran.stderr)
    film = desk.folder / "media" / "videos" / "mine" / "480p15" / "Mine.mp4"
    assert len(shades_of(film)[0]) > 15


def test_manim_lists_the_plugin_and_loads_it(desk):
    assert "manim_spectral" in done(desk.run("python", "-m", "manim", "plugins", "-l"))
    (desk.folder / "manim.cfg").write_text("[CLI]\nplugins = manim_spectral\n")
    ran = desk.run("python", "-c", "import manim; print(manim.config.plugins)")
    assert done(ran).strip() == "['manim_spectral']"
    assert "Missing" not in ran.stdout + ran.stderr
