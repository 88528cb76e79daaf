"""What a newcomer meets first: the set-up's refusals, dependencies, manim's settings, the typeface."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import manimpango
import pytest
from manim import Text
from manim._config.utils import make_config_parser
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_architecture import imported

ROOT = Path(__file__).parents[1]
FONTS = sorted((ROOT / "manim_spectral" / "fonts").glob("*.otf"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Stands in for a program: it writes down how it was called, and does what the Makefile looks at.
STAND_IN = """#!/bin/sh
echo "${0##*/}${1:+ $*}" >> calls
case ${0##*/} in
    manim) film=renders/videos/sampling/480p15/Sampling.mp4; mkdir -p "${film%/*}"; echo film > "$film" ;;
    spectral) echo renders/film/one.mp4 ;;
esac
"""


@pytest.fixture
def bare(tmp_path):
    """A folder with setup.sh and a machine that has Python and little else.

    run(*argv, **stubs) calls it there, with further commands on its path.
    """
    shutil.copy(ROOT / "setup.sh", tmp_path)
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("bash", "dirname", "env"):
        (commands / name).symlink_to(shutil.which(name))

    def run(*argv: str, **stubs: str) -> subprocess.CompletedProcess:
        for name, body in {"python3": f'exec {sys.executable} "$@"', "id": "echo 1000", **stubs}.items():
            (commands / name.replace("_", "-")).write_text(f"#!/usr/bin/env bash\n{body}\n")
            (commands / name.replace("_", "-")).chmod(0o755)
        return subprocess.run(
            [tmp_path / "setup.sh", *argv], env={"PATH": str(commands)}, capture_output=True, text=True
        )

    return run


def one_line(ran: subprocess.CompletedProcess) -> str:
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1, ran.stderr
    return ran.stderr


def test_old_python_is_refused_in_one_line(bare):
    said = one_line(bare(python3='[ "$1" = --version ] && echo "Python 3.9.2"; exit 1'))
    assert "Python 3.9.2" in said and "3.11" in said


@pytest.mark.parametrize(
    ("manager", "packages"),
    [
        ("apt_get", "gcc pkg-config libpango1.0-dev libcairo2-dev xdg-utils"),
        ("dnf", "gcc pkgconf-pkg-config pango-devel cairo-devel xdg-utils"),
        ("brew", "pkg-config pango cairo"),
        ("pacman", "gcc pkg-config libpango1.0-dev libcairo2-dev xdg-utils"),
    ],
)
def test_missing_packages_that_cannot_be_installed_are_named_in_one_line(bare, manager, packages):
    said = one_line(bare(**{manager: "exit 1"}))
    assert f" {packages}. " in said


@pytest.mark.parametrize(
    ("manager", "packages"),
    [
        ("apt_get", "chromium libreoffice-impress"),
        ("dnf", "chromium libreoffice-impress"),
        ("brew", "google-chrome libreoffice"),
    ],
)
def test_the_tests_alone_want_a_browser_and_an_office(bare, manager, packages):
    assert f" {packages}. " in one_line(bare("tests", **{manager: "exit 1"}))
    assert packages not in one_line(bare(**{manager: "exit 1"}))


def test_a_machine_with_browser_and_office_is_left_alone(bare, tmp_path):
    ran = bare("tests", apt_get='touch "${0%/*}/../called"', chromium="", loimpress="")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert not (tmp_path / "called").exists() and not (tmp_path / ".venv").exists()


def test_an_installation_by_sudo_gets_what_is_missing_and_no_more(bare, tmp_path):
    ran = bare(apt_get='echo "$@" >> "${0%/*}/../calls"; exit 1', sudo='"$@"', pkg_config="exit 0", gcc="")
    assert "xdg-utils" in one_line(ran)
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install -y --no-install-recommends xdg-utils")


def test_what_is_imported_is_declared_and_what_is_declared_imported():
    providers = packages_distributions()
    names = {
        name.partition(".")[0]
        for package in ("spectral", "manim_spectral", "scenes")
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path)
    }
    foreign = names - {"spectral", "manim_spectral"} - sys.stdlib_module_names
    assert foreign <= providers.keys()
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    used = {canonicalize_name(one) for name in foreign for one in providers[name]}
    assert declared == used


def test_every_direct_dependency_is_pinned_within_its_range():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {
        Requirement(line).name.lower().replace("_", "-"): line for line in lines if not line.startswith("#")
    }
    direct = [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
    for wanted in map(Requirement, direct):
        if wanted.name == PROJECT["name"]:  # one group of extras in another
            assert wanted.extras <= PROJECT["optional-dependencies"].keys()
            continue
        pinned = pins[wanted.name].partition("==")[2]
        assert pinned in wanted.specifier, f"{wanted} but {pins[wanted.name]}"


def test_manim_writes_to_renders_and_asks_no_server(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    settings = make_config_parser()["CLI"]
    assert settings["media_dir"] == "renders"
    assert not settings.getboolean("notify_outdated_version")


def test_a_scene_of_ours_asks_no_server_anywhere(tmp_path):
    """Also where our manim.cfg is not read."""
    code = """
from manim import config
assert config.notify_outdated_version  # manim's own choice
from manim_spectral.stage.stage import Stage
assert not config.notify_outdated_version
from manim_spectral import story
from manim.utils.module_ops import scene_classes_from_file
for chapter in (story.TITLE, *story.CHAPTERS.values()):
    (scene,) = scene_classes_from_file(chapter.file, full_list=True)
    assert issubclass(scene, Stage), scene
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"HOME": str(tmp_path)}, text=True
    )
    assert ran.returncode == 0


@pytest.mark.parametrize("path", FONTS, ids=lambda p: p.stem)
def test_carried_typeface_is_one_family(path):
    assert manimpango.fc_register_font(str(path))
    assert "Inter" in manimpango.list_fonts()


def test_carried_typeface_has_three_weights():
    assert [p.stem for p in FONTS] == ["Inter-Medium", "Inter-Regular", "Inter-SemiBold"]
    for path in FONTS:
        manimpango.register_font(str(path))
    widths = [Text("lock-in", font="Inter", weight=w).width for w in ("NORMAL", "MEDIUM", "SEMIBOLD")]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize(
    ("body", "ci", "passes"),
    [
        ("def test_it(): pytest.skip('no cairo')", "", False),
        ("pytest.importorskip('no_such_module')", "", False),
        ("@pytest.mark.platform_only\ndef test_it(): pytest.skip('mac')", "", True),
        ("@pytest.mark.platform_only\ndef test_it(): pytest.skip('mac')", "true", False),
        ("@pytest.mark.xfail\ndef test_it(): assert False", "true", True),
    ],
)
def test_a_skipped_test_is_a_failure(tmp_path, body, ci, passes):
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(f"import pytest\n\n{body}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = platform_only\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode == 0) is passes, ran.stdout
    assert passes or "counts as a failure" in ran.stdout


@pytest.mark.parametrize(
    ("target", "called", "said"),
    [
        (
            "sampling",
            ["setup.sh", "manim -pql scenes/sampling.py"],
            "The film: {}/renders/videos/sampling/480p15/Sampling.mp4",
        ),
        ("film", ["setup.sh", "spectral film -q m"], "{}/renders/film/one.mp4"),
        (
            "docs",
            ["setup.sh", "sphinx-build -W --keep-going -q -d docs/_build/doctrees docs docs/_build/html"],
            "The documentation: {}/docs/_build/html/index.html",
        ),
        ("test", ["setup.sh", "setup.sh tests", "pytest -n auto"], ""),
        ("test-slow", ["setup.sh", "setup.sh tests", "pytest -m slow"], ""),
        ("lint", ["setup.sh", "ruff check .", "ruff format --check .", "mypy"], ""),
    ],
)
def test_make(tmp_path, target, called, said):
    """What a target calls, in a clone that nothing has been set up in."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("manim", "spectral", "sphinx-build", "pytest", "ruff", "mypy", "setup.sh"):
        program = (tmp_path if name == "setup.sh" else tmp_path / ".venv" / "bin") / name
        program.write_text(STAND_IN)
        program.chmod(0o755)
    ran = subprocess.run(["make", "-s", target], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "calls").read_text().splitlines() == called
    assert ran.stdout.strip() == said.format(tmp_path)
    again = subprocess.run(["make", "-s", target], cwd=tmp_path, capture_output=True, text=True)
    assert again.stdout == ran.stdout
    assert (tmp_path / "calls").read_text().count("setup.sh") == called.count("setup.sh") + called.count(
        "setup.sh tests"
    )
