"""What README and the pages of docs/ tell the reader to type runs as it is written, on small models.

Every block of a page runs, one after another, in a folder with what a reader has. A command that takes
minutes, or sets the machine up, is named in `ELSEWHERE` with the test that runs it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image
from test_architecture import NUMBERS, SHOWN
from tiny_models import save_tiny_model
from tiny_pipelines import tiny_pipeline

import spectral
from manim_spectral.studio.main import main
from spectral import Trajectory
from spectral.assets import carried

ROOT = Path(__file__).parents[1]
PAGES = {path.stem: path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
PAGES["gallery"] = ROOT / "renders" / "gallery" / "README.md"

# The first pattern that a command matches says where it runs.
ELSEWHERE = {
    r"make (sampling|film|docs|test|test-slow|lint)": "test_setup.py::test_make",
    r"SPECTRAL_IMAGE=mine.jpg manim .*": "test_settings.py::test_an_image_makes_a_bridge_beside_a_free_run",
    r"SPECTRAL_IMAGES=.*": "test_settings.py::test_a_folder_of_one_s_own",
    r"SPECTRAL_AUDIO=.* scenes/tide_sound.py": "test_tide_sound.py::test_one_s_own_clip_at_its_own_rate",
    r"SPECTRAL_AUDIO=.* manim .*": "test_settings.py::test_a_clip_makes_a_bridge_of_sound_beside_a_free_run",
    r"SPECTRAL_SEED=7 manim .*": "test_settings.py::test_a_seed_makes_it_all_a_free_run",
    r".* manim -ql short_sampling.py": "test_notebook.py::test_each_film_is_shown_and_moves",
    r"SPECTRAL_TRAJECTORY=.* manim .*": "test_sampling_scene.py::test_the_film_by_manims_command_line",
    r"manim -pql my_run.py": "test_docs.py::test_the_scene_of_the_readme_is_the_tutorials",
    r"manim -pql scenes/.*": "test_story.py::test_the_film_is_its_chapters_one_after_another",
    r"spectral film.* --transparent .*": "test_film.py::test_a_transparent_film_shows_what_lies_behind_it",
    r"spectral film.*": "test_film.py::test_options_reach_the_chapters",
    r"spectral deck.*\.pptx": "test_deck.py::test_powerpoint_has_a_film_and_a_note_a_slide",
    r"spectral deck.*": "test_deck.py::test_the_whole_story_as_a_talk",
    r"spectral clip.*": "test_clip.py::test_the_command_says_what_it_chose",
    r"spectral gallery": "test_gallery.py::test_the_command_draws_the_story_and_what_stands_beside_it",
}


def blocks(page: str) -> list[tuple[str, str]]:
    """The (language, code) blocks of a page that a reader is to run."""
    text = PAGES[page].read_text(encoding="utf-8")
    return re.findall(r"^```(python|sh)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(code: str) -> list[str]:
    """The commands of a block, without what is said of them."""
    return [shlex.join(shlex.split(line, comments=True)) for line in code.splitlines() if line.strip()]


@cache
def elsewhere(command: str) -> str | None:
    """The pattern by which a command is known to run in another test."""
    return next((pattern for pattern in ELSEWHERE if re.fullmatch(pattern, command)), None)


COMMANDS = sorted(
    {c for page in PAGES for kind, code in blocks(page) if kind == "sh" for c in commands(code)}
)
# Files that a page has its reader write.
WRITTEN = {
    name
    for page in PAGES
    for _, code in blocks(page)
    for name in re.findall(r"\A# (\w+\.py)$", code, re.MULTILINE)
}

# Those that a sentence names in passing: they are typed as they stand, and looked at as such.
PROGRAM = r"(?<!`)`((?:SPECTRAL_\w+=\S+ )?(?:make|manim|spectral|pytest|python) [^`]+)`"
IN_WORDS = sorted(
    {c for page in PAGES.values() for c in re.findall(PROGRAM, page.read_text(encoding="utf-8"))}
)


def cached(hub: Path, name: str, folder: Path) -> None:
    """A model where huggingface_hub keeps what it has fetched."""
    repository, commit = hub / f"models--{name.replace('/', '--')}", "0" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(folder, repository / "snapshots" / commit)


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Path:
    """Where huggingface_hub would keep the models that the pages fetch."""
    folder = tmp_path_factory.mktemp("hub")
    cached(folder, "google/ddpm-cat-256", save_tiny_model(tmp_path_factory.mktemp("models") / "tiny"))
    diffusion = tmp_path_factory.mktemp("models") / "diffusion"
    tiny_pipeline("stable_diffusion").save_pretrained(diffusion)
    cached(folder, "stable-diffusion-v1-5/stable-diffusion-v1-5", diffusion)
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """For each page a working directory with what its reader has: a picture, a sound, and a small model."""

    @cache
    def set_up(page: str) -> Path:
        desk = tmp_path_factory.mktemp(page)
        save_tiny_model(desk / "photos-64")  # comes before the carried one, which takes ten times as long
        Image.open(carried("photographs") / "red_panda.png").convert("RGB").save(desk / "mine.jpg")
        voice = spectral.read_audio(carried("clips") / "speech_do_not_disturb.flac", sr=16000)
        spectral.write_audio(desk / "mine.wav", voice.samples, sr=voice.sr)
        return desk

    return set_up


# Runs the blocks of all pages as their readers would, but in one process: loading torch takes long.
READER = """
import io, json, os, re, shlex, subprocess, sys, traceback
from contextlib import redirect_stdout
from manim_spectral.studio.main import main

def read(language, block):
    if language == "python" and (name := re.match(r"# (\\w+\\.py)$", block, re.MULTILINE)):
        open(name[1], "w").write(block)
    elif language == "python":
        exec(compile(block, "<block>", "exec"), {"__name__": "__main__"})
    for command in block if language == "sh" else []:
        match shlex.split(command):
            case ["spectral", *arguments]:
                main(arguments, prog_name="spectral", standalone_mode=False)
            case ["manim", *arguments]:
                films = [sys.executable, "-m", "manim", *arguments]
                subprocess.run(films, check=True, stdout=subprocess.PIPE)
            case _:
                raise ValueError(f"{command}: run it here, or name the test that does")

said = {}
for page, (folder, blocks) in json.load(sys.stdin).items():
    os.chdir(folder)
    said[page] = []
    for block in blocks:
        with redirect_stdout(io.StringIO()) as out:
            try:
                read(*block)
            except (Exception, SystemExit):
                said[page].append({"failed": traceback.format_exc()})
                continue
        said[page].append(out.getvalue())
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def told(desk, hub):
    """What each page's blocks have put out, run in order; for one that failed, why."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "HF_HUB_CACHE": str(hub),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",  # what small networks are quickest with
    }

    def here(language: str, code: str) -> str | list[str]:
        return code if language == "python" else [c for c in commands(code) if not elsewhere(c)]

    pages = {
        page: (str(desk(page)), [(language, here(language, code)) for language, code in blocks(page)])
        for page in PAGES
    }
    ran = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps(pages),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


# -- what a page leads to -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_runs(told, page):
    assert not [failure for failure in told[page] if not isinstance(failure, str)]


def test_a_picture_of_ones_own(told, desk):
    spectrum, measured, locks = told["own_picture"][1:4]
    (exponent,) = re.findall(r"1/f\^(-?[\d.]+)$", spectrum, re.MULTILINE)
    assert 1.5 < float(exponent) < 3.5  # as photographs have
    reach = [int(cycles) for cycles in re.findall(r"up to (\d+) cycles per image", spectrum)]
    assert len(reach) == 4 and reach == sorted(reach, reverse=True)
    assert "mine.safetensors" in measured and (desk("own_picture") / "mine.png").stat().st_size > 10_000
    trajectory = Trajectory.load(desk("own_picture") / "mine.safetensors")
    assert (trajectory.origin, trajectory.source) == ("bridge", "mine.jpg")
    lock = spectral.lock_in(trajectory)
    assert [int(step) for step in re.findall(r"locked at step (\d+)", locks)] == lock.step.tolist()


def test_a_sound_of_ones_own(told, desk):
    spectrum, measured = told["own_sound"][1:]
    (strongest,) = re.findall(r"strongest at (\d+) Hz", spectrum)
    assert 80 < int(strongest) < 500  # a voice
    (power, frequency) = map(float, re.findall(r"(?:power|frequency) (-?[\d.]+)", spectrum))
    assert power > 0.8 > 0.5 > frequency
    assert spectral.read_audio(desk("own_sound") / "half.wav").samples.any()
    assert "voice.safetensors" in measured
    assert Trajectory.load(desk("own_sound") / "voice.safetensors").source == "mine.wav"


def test_a_folder(told, desk):
    printed = told["own_model"][0]
    lock = spectral.lock_in(Trajectory.load(desk("own_model") / "run.safetensors"))
    assert [int(s) for s in re.findall(r"locked at step (\d+) of 50", printed)] == lock.step.tolist()


def test_the_command_line_gives_the_same(told, desk):
    assert "photos-64" in told["own_model"][1]
    a, b = (Trajectory.load(desk("own_model") / name) for name in ("run.safetensors", "same.safetensors"))
    assert np.array_equal(a.denoised, b.denoised)


def test_a_model_on_the_hub(told, desk):
    assert "DDPMScheduler (3, 16, 16)" in told["own_model"][2]
    assert Trajectory.load(desk("own_model") / "cat.safetensors").n_steps == 50


def test_one_prompt_three_schedulers(told, desk):
    measured = told["own_model"][4]
    names = re.findall(r"(\w+)\.safetensors", blocks("own_model")[4][1])
    runs = [Trajectory.load(desk("own_model") / f"{name}.safetensors") for name in names]
    assert [r.scheduler for r in runs] == [f"{name}Scheduler" for name in names]
    assert all(r.prompt.startswith("a lighthouse") and r.space == "decoded" for r in runs)
    assert not np.array_equal(runs[0].sample, runs[2].sample)
    assert all(name[:8] in measured for name in names)


def test_a_denoiser_of_ones_own(told):
    assert float(told["own_model"][5]) == pytest.approx(1.0)


def test_a_waveform_model(told):
    *locks, taus = told["own_model"][7].splitlines()
    power, frequency = map(float, taus.split())
    assert len(locks) == 9
    assert power > frequency


def test_the_scene_of_the_readme_is_the_tutorials(told, desk):
    first = next(code for language, code in blocks("own_scene") if language == "python")
    assert first in [code for _, code in blocks("README")]
    films = {path.stem for path in (desk("own_scene") / "media").rglob("*.mp4") if "partial" not in str(path)}
    assert films == {"MyRun", "TwoParts"}


def test_the_rooms_are_those_of_the_house():
    rows = re.findall(
        r"^\| (`\w+`(?:, `\w+`)*) \|", PAGES["inside"].read_text(encoding="utf-8"), re.MULTILINE
    )
    assert re.findall(r"\w+", " ".join(rows)) == [*NUMBERS, *SHOWN]


# -- what runs elsewhere ------------------------------------------------------------------------------------


def test_each_entry_is_of_use():
    assert {elsewhere(command) for command in COMMANDS} - {None} == ELSEWHERE.keys()


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_the_test_that_is_named_is_there(place):
    file, name = place.split("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("command", [c for c in COMMANDS if elsewhere(c)] + IN_WORDS)
def test_a_command_that_runs_elsewhere_is_spelled_as_its_program_knows_it(command):
    words = [word for word in shlex.split(command) if not word.startswith("SPECTRAL_")]
    match words:
        case ["manim", "plugins", "-l"]:
            assert entry_points(group="manim.plugins", name="manim_spectral")
        case ["manim", flags, scene]:
            assert re.fullmatch("-p?q[lmh]", flags)
            assert scene in WRITTEN or (ROOT / scene.replace("NAME", "tide")).is_file()
        case ["spectral", name, *rest]:
            group = click.Context(main)
            main.get_command(group, name).make_context(name, rest, parent=group)
        case ["make", target]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        case ["pytest", option]:
            assert option in (ROOT / "tests" / "conftest.py").read_text()
        case ["python", script]:
            assert (ROOT / script).is_file()
        case _:
            pytest.fail(f"{command}: no program that is known here")
