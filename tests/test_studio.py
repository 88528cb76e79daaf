"""The command line as a whole: help, version, refusals, interrupts, and what it does not load."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gaussian_runs import gaussian_run
from PIL import Image
from studio_support import SPECTRAL, call, examples, refusal, run
from tiny_models import save_tiny_model

from manim_spectral.studio.main import COMMANDS

ROOT = Path(__file__).parents[1]
HEAVY = {"diffusers", "librosa", "manim", "matplotlib", "torch", "transformers"}
NOT_FOR_HELP = HEAVY | {"PIL", "av", "numpy", "pydantic", "pydantic_settings", "rich", "scipy"}


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recordings") / "run.safetensors"
    gaussian_run().save(path)
    return path


def test_alone_it_shows_help():
    alone = call()
    assert alone.stderr == ""
    assert alone.stdout == call("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name}" in alone.stdout


def test_it_tells_the_version():
    version = importlib.metadata.version("spectral-autoregression")
    assert call("--version").stdout == f"spectral, version {version}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches_by_example_and_fits_a_terminal(name):
    shown = call(name, "--help").stdout
    assert len(examples(name)) >= 2
    assert max(map(len, shown.splitlines())) <= 110


@pytest.mark.parametrize("argv", [("sing",), ("record",), ("measure", "--loud", "x"), ("record", "m", "-o")])
def test_misuse_is_explained_and_exits_with_2(argv):
    result = call(*argv, exit_code=2)
    assert result.stdout == ""
    assert "Error: " in result.stderr and "Traceback" not in result.stderr


def test_a_real_process_refuses_in_one_line(tmp_path):
    ran = run("info", tmp_path / "nothing.safetensors")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr == f"error: {tmp_path}/nothing.safetensors: no such file, expected a trajectory\n"


@pytest.mark.parametrize("argv", [("measure",), ("measure", "--json"), ("info",), ("measure", "--help")])
def test_a_pipe_that_knows_no_greek_gets_question_marks(recording, argv):
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    ran = subprocess.run([SPECTRAL, *argv, recording], env=env, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode("cp1252")
    assert ran.stdout.decode("cp1252").replace("?", "")


@pytest.mark.parametrize("content", [b"", b"not a recording", b"\xff" * 4096])
@pytest.mark.parametrize("name", ["info", "measure"])
def test_files_that_are_none_are_refused(tmp_path, name, content):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    assert f"{path}: " in refusal(name, path)


def test_an_interrupt_exits_with_130_and_leaves_nothing(tmp_path):
    """A real signal, in the middle of real sampling."""
    model = save_tiny_model(tmp_path / "model")
    before = set(tmp_path.iterdir())
    code = """
import os, signal, sys
from diffusers import UNet2DModel
from manim_spectral.studio.main import main
forward, calls = UNet2DModel.forward, []
def interrupted(self, *args, **kwargs):
    calls.append(1)
    if len(calls) == 5:
        os.kill(os.getpid(), signal.SIGINT)
    return forward(self, *args, **kwargs)
UNet2DModel.forward = interrupted
main(sys.argv[1:])
"""
    argv = [sys.executable, "-c", code, "record", model, "-o", tmp_path / "run.safetensors"]
    ran = subprocess.run([*map(str, argv)], capture_output=True, text=True)
    assert ran.returncode == 130, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in ran.stderr
    assert set(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_the_first_lines_of_the_help_lead_to_a_film(tmp_path):
    save_tiny_model(tmp_path / "photos-64")
    (tmp_path / "scenes").symlink_to(ROOT / "scenes")
    (tmp_path / "manim.cfg").symlink_to(ROOT / "manim.cfg")
    lines = [line.replace("-pql", "-ql") for line in examples(None)]  # -p would open it
    assert len(lines) == 3
    path = f"{SPECTRAL.parent}:{os.environ['PATH']}"
    for line in lines:
        subprocess.run(["bash", "-ec", line], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True)
    assert (tmp_path / "renders" / "videos" / "sampling" / "480p15" / "Sampling.mp4").stat().st_size > 10_000


def loaded_by(*argv: object) -> set[str]:
    """Packages that `spectral ARGV` has loaded when it ends."""
    code = f"""
import runpy, sys
sys.argv = [{str(SPECTRAL)!r}, *sys.argv[1:]]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules, file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", code, *map(str, argv)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return {name.partition(".")[0] for name in ran.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize("argv", [("--help",), (), ("--version",)])
def test_help_comes_at_once(argv):
    packages = loaded_by(*argv)
    assert {"click", "manim_spectral"} <= packages
    assert not packages & NOT_FOR_HELP


@pytest.mark.parametrize("argv", [("record", "--help"), ("film", "--help"), ("info",), ("measure",)])
def test_nothing_heavy_is_loaded_before_it_is_needed(recording, argv):
    packages = loaded_by(*argv, *([] if "--help" in argv else [recording]))
    assert {"click", "numpy", "manim_spectral"} <= packages
    assert not packages & HEAVY


def test_a_bridge_loads_no_manim(tmp_path):
    Image.new("RGB", (20, 20), "teal").save(tmp_path / "teal.png")
    model, out = save_tiny_model(tmp_path / "model"), tmp_path / "run"
    packages = loaded_by("record", model, "-o", out, "--steps", 2, "--image", tmp_path / "teal.png")
    assert {"torch", "manim_spectral"} <= packages
    assert not packages & {"manim", "manimpango", "matplotlib"}
