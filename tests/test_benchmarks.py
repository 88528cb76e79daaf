"""Every benchmark runs, at a size at which its ratios mean nothing, and prints them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# In place of the story: two chapters of a second.
FILM = """
import runpy, sys
from pathlib import Path
from small_chapters import chapter
from manim_spectral import story
story.STORY = tuple(chapter(name, Path.cwd()) for name in ("quick", "quick_2"))
story.CHAPTERS = {one.name: one for one in story.STORY}
sys.argv = ["film.py"]
runpy.run_path(PATH, run_name="__main__")
"""


@pytest.fixture
def ran(tmp_path):
    """ran(*argv, **settings): what Python prints, in a folder of its own, with a path to what tests use."""

    def run(*argv: str, **settings: str) -> str:
        bare = {name: v for name, v in os.environ.items() if not name.upper().startswith("SPECTRAL_")}
        path = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
        done = subprocess.run(
            [sys.executable, *argv],
            cwd=tmp_path,
            env=bare | {"PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path)} | settings,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def benchmark(name: str) -> str:
    return str(ROOT / "benchmarks" / f"{name}.py")


def test_there_are_no_others():
    assert {path.stem for path in (ROOT / "benchmarks").glob("*.py")} == {"film", "record", "render"}


def test_render(ran):
    argv = ("--quality", "low_quality", "--frame-rate", "1", "--slice", "2")
    told = ran(benchmark("render"), *argv, SPECTRAL_STEPS="3")
    lines = ("sampling scene / one moving dot", "plain manim    / sampling scene")
    ratios = [float(re.search(rf"^{line} +([\d.]+) ", told, re.MULTILINE)[1]) for line in lines]
    assert min(ratios) > 0
    assert int(re.match(r"(\d+) frames", told)[1]) > 20


def test_record(ran):
    told = ran(benchmark("record"), "--repeats", "1", "--width", "16", "--side", "32").splitlines()
    assert len(told) == 4
    for line, name in zip(told[2:], ("4 x 64 x 64,  16", "3 x  32 x  32"), strict=True):
        assert line.startswith(name)
        ratios = re.findall(r"\d+\.\d{3}", line)
        assert len(ratios) == 5 and all(0.1 < float(ratio) < 100 for ratio in ratios)


def test_film(ran):
    told = ran("-c", FILM.replace("PATH", repr(benchmark("film"))))
    assert told.startswith("2 chapters at quality l, ")
    assert 0 < float(re.search(r"takes ([\d.]+) times as long as", told)[1]) < 100
