"""The recipes of docs/own_model.md run as they are written, on small models in the same format."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import save_tiny_model
from tiny_pipelines import tiny_pipeline

import spectral
from spectral import Trajectory

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "own_model.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^## (\d)\.[^\n]*|^```(python|sh)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def recipe(number: int) -> list[tuple[str, str]]:
    """The (language, code) blocks under one numbered heading."""
    found, current = [], ""
    for heading, language, code in BLOCKS:
        current = heading or current
        if code and current == str(number):
            found.append((language, code))
    return found


def cached(hub: Path, name: str, folder: Path) -> None:
    """A model where huggingface_hub keeps what it has fetched."""
    repository, commit = hub / f"models--{name.replace('/', '--')}", "0" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(folder, repository / "snapshots" / commit)


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A working directory with what a reader of the page has: the repository, a picture, fetched models."""
    desk = tmp_path_factory.mktemp("desk")
    tiny = save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
    cached(desk / "hub", "google/ddpm-cat-256", tiny)
    diffusion = tmp_path_factory.mktemp("models") / "diffusion"
    tiny_pipeline("stable_diffusion").save_pretrained(diffusion)
    cached(desk / "hub", "stable-diffusion-v1-5/stable-diffusion-v1-5", diffusion)
    # The carried one takes ten times as long.
    shutil.copytree(tiny, desk / "spectral" / "assets" / "models" / "photos-64")
    (desk / "spectral" / "assets" / "models" / "speech-16k").symlink_to(
        ROOT / "spectral" / "assets" / "models" / "speech-16k"
    )
    pixels = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    Image.fromarray(pixels).save(desk / "mine.jpg")
    return desk


def run(language: str, code: str, desk: Path) -> str:
    binaries = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HF_HUB_CACHE": str(desk / "hub"),
        "HF_HUB_OFFLINE": "1",
        "XDG_CACHE_HOME": str(desk / "cache"),
        "OMP_NUM_THREADS": "1",  # what small networks are quickest with
    }
    command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code]
    ran = subprocess.run(command, cwd=desk, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_page_has_five_recipes_of_code():
    assert all(recipe(number) for number in range(1, 6))


def test_a_folder(desk):
    blocks = recipe(1)
    printed = run(*blocks[0], desk)
    lock = spectral.lock_in(Trajectory.load(desk / "run.safetensors"))
    assert [int(s) for s in re.findall(r"locked at step (\d+) of 50", printed)] == lock.step.tolist()
    # the film itself is rendered by the scene's own tests
    language, commands = blocks[1]
    measured = run(language, "\n".join(c for c in commands.splitlines() if "manim" not in c), desk)
    assert "photos-64" in measured
    a, b = (Trajectory.load(desk / name) for name in ("run.safetensors", "same.safetensors"))
    assert np.array_equal(a.denoised, b.denoised)
    run(*blocks[2], desk)
    assert Trajectory.load(desk / "mine.safetensors").source == "mine.jpg"


def test_a_model_on_the_hub(desk):
    (block,) = recipe(2)
    assert "DDPMScheduler (3, 16, 16)" in run(*block, desk)
    assert Trajectory.load(desk / "cat.safetensors").n_steps == 50


def test_one_prompt_three_schedulers(desk):
    python, shell = recipe(3)
    run(*python, desk)
    names = re.findall(r"(\w+)\.safetensors", shell[1])
    runs = [Trajectory.load(desk / f"{name}.safetensors") for name in names]
    assert [r.scheduler for r in runs] == names
    assert all(r.prompt.startswith("a lighthouse") and r.space == "decoded" for r in runs)
    assert not np.array_equal(runs[0].sample, runs[2].sample)
    measured = run(*shell, desk)
    assert all(name.removesuffix("Scheduler")[:8] in measured for name in names)


def test_a_denoiser_and_a_loop_of_ones_own(desk):
    denoiser, loop = recipe(4)
    assert float(run(*denoiser, desk)) == pytest.approx(1.0)
    run(*loop, desk)


def test_a_waveform_model(desk):
    (block,) = recipe(5)
    *locks, taus = run(*block, desk).splitlines()
    power, frequency = map(float, taus.split())
    assert len(locks) == 9
    assert power > frequency
