"""Chapters drawn by real processes: what is kept, what is drawn again, what a stopped run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import srt
from gaussian_runs import gaussian_run
from packaging.utils import canonicalize_name
from PIL import Image
from small_chapters import QUICK, chapter
from small_films import heard_in
from test_architecture import imported

import manim_spectral
import spectral
from manim_spectral import story
from manim_spectral.sources import settings
from manim_spectral.sources.material import carried
from manim_spectral.sources.recordings import MODELS
from manim_spectral.stage.muxing import length
from manim_spectral.studio import stamps
from manim_spectral.studio.film_format import FilmFormat
from manim_spectral.studio.rendering import render
from spectral import InputError, read_audio

FORMAT = FilmFormat(quality="l")
TESTS = Path(__file__).parent

pytestmark = pytest.mark.usefixtures("nothing_chosen")


def folder(film_format: FilmFormat = FORMAT) -> Path:
    return film_format.folder.absolute()


def drawn(*names: str) -> dict[str, int]:
    """When each chapter was finished."""
    return {name: (folder() / name / "stamp.json").stat().st_mtime_ns for name in names}


def passing() -> list[Path]:
    """What a run that is at work keeps beside the chapters."""
    return [path for path in folder().iterdir() if path.name.endswith(".part")]


def another_run(*names: str, where: Path) -> subprocess.Popen:
    """`spectral film` over small chapters, in a process of its own."""
    code = """
import sys
from pathlib import Path
from small_chapters import chapter
from manim_spectral import story
story.TITLE, *story.STORY = (chapter(name, Path(sys.argv[1])) for name in sys.argv[2:])
from manim_spectral.studio.main import main
main(["film", "-q", "l"])
"""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    command = [sys.executable, "-c", code, where, *names]
    options = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen([*map(str, command)], env=os.environ | {"PYTHONPATH": path}, **options)


def wait_until(true, *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def at_work() -> list[Path]:
    """Processes that draw in this test's folder, found where Linux lists them."""
    here, found = str(Path.cwd()), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if "manim" in words and any(word.startswith(here) for word in words):
            found.append(process)
    return found


def test_a_chapter_is_drawn_once_until_something_changes(tmp_path, capfd):
    one, two = chapter("quick", tmp_path), chapter("quick_2", tmp_path)
    first, second = render([one, two], FORMAT)
    assert capfd.readouterr().err.count("1.4 s of film, drawn in") == 2

    assert first.chapter is one and second.chapter is two
    assert first.film.is_relative_to(folder() / "quick")
    assert length(first.film) == (21, 15) and first.seconds == pytest.approx(1.4)
    assert [c.content for c in srt.parse(first.captions.read_text())] == ["A square comes.", "It stays."]
    assert [(s.name, s.caption, s.loop) for s in first.sections] == [
        ("one", "A square comes.", False),
        ("stays put", "It stays.", True),
    ]
    assert [(s.start, s.seconds) for s in first.sections] == [
        (0, pytest.approx(0.6)),
        (pytest.approx(0.6), pytest.approx(0.8)),
    ]
    for section in first.sections:
        assert length(section.path)[0] == round(15 * section.seconds)
        assert len(heard_in(section.path)) / 48000 == pytest.approx(section.seconds, abs=0.05)
    track = read_audio(first.track)
    assert (track.sr, track.samples.shape[1]) == (48000, round(1.4 * 48000))
    assert passing() == [] and not (first.film.parent / "partial_movie_files").exists()

    before = drawn("quick", "quick_2")
    assert render([one, two], FORMAT) == [first, second]
    assert drawn("quick", "quick_2") == before

    two.file.write_text(QUICK.replace("0.8", "0.4"))
    assert [round(one.seconds, 3) for one in render([one, two], FORMAT)] == [1.4, 1.0]
    assert drawn("quick") == {"quick": before["quick"]}

    first.sections[1].path.unlink()
    assert render([one], FORMAT)[0].sections[1].path.exists()


def test_a_refusal_bears_the_chapters_name_and_stops_the_others(tmp_path):
    with pytest.raises(InputError, match=r"^refuses: mine\.png: is a text, expected a picture$"):
        render([chapter("slow", tmp_path), chapter("refuses", tmp_path)], FORMAT, jobs=2)
    assert passing() == at_work() == []
    assert not (folder() / "refuses").exists() and not (folder() / "slow").exists()


def test_a_broken_chapter_leaves_its_log(tmp_path):
    with pytest.raises(InputError, match=r"^breaks: manim ended with status 1, .*breaks\.log$") as error:
        render([chapter("breaks", tmp_path)], FORMAT)
    assert "out of order" in Path(str(error.value).rpartition(" ")[2]).read_text()
    assert passing() == []


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    run = another_run("quick", "slow", where=tmp_path)
    wait_until(lambda: (folder() / "quick" / "stamp.json").exists())
    wait_until(lambda: any((path / "report").exists() for path in passing()))
    run.kill()
    run.communicate()
    wait_until(lambda: not at_work(), seconds=20)  # nobody would take what they draw
    before = drawn("quick")
    (tmp_path / "slow.py").write_text(chapter("slow", tmp_path).file.read_text().replace("600", "1"))
    again = another_run("quick", "slow", where=tmp_path)
    out, err = again.communicate()
    assert again.returncode == 0, err
    assert "slow: 1.0 s of film" in err and "quick" not in err
    assert drawn("quick") == before and passing() == []
    film, captions, poster = map(Path, out.split())
    assert length(film) == (36, 15) and captions.exists() and poster.exists()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_all_and_leaves_what_is_finished(told, tmp_path):
    run = another_run("quick", "slow", where=tmp_path)
    wait_until(lambda: (folder() / "quick" / "stamp.json").exists())
    wait_until(lambda: any((path / "report").exists() for path in passing()))
    run.send_signal(told)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert err.splitlines()[-1] == "interrupted" and "Traceback" not in err
    assert passing() == at_work() == []
    assert (folder() / "quick" / "stamp.json").exists() and not (folder() / "slow").exists()


def test_two_runs_at_once_draw_a_chapter_once(tmp_path):
    chapter("quick", tmp_path), chapter("quick_2", tmp_path)
    both = [another_run("quick", "quick_2", where=tmp_path) for _ in range(2)]
    told = [run.communicate() for run in both]
    assert [run.returncode for run in both] == [0, 0], told
    assert sum(err.count("drawn in") for _, err in told) == 2
    assert told[0][0] == told[1][0]  # the same three paths
    assert passing() == []


# -- what decides --------------------------------------------------------------------------------------------


def choices(chapter: story.Chapter = story.STORY[0]) -> dict:
    return stamps.relevant_settings(settings.load_settings(), chapter, theme="dark")


def test_the_users_own_material_decides_by_its_contents(tmp_path, monkeypatch):
    small = chapter("quick", tmp_path)
    plain = stamps.stamp(small, choices(), {})
    assert stamps.key(choices()) == ""
    mine = tmp_path / "mine.png"
    Image.new("RGB", (8, 8), "red").save(mine)
    monkeypatch.setenv("SPECTRAL_IMAGE", "mine.png")  # as seen from the working directory
    assert choices()["image"] == mine
    red, key = stamps.stamp(small, choices(), {}), stamps.key(choices())
    assert red != plain and len(key) == 8
    Image.new("RGB", (8, 8), "blue").save(mine)
    assert stamps.stamp(small, choices(), {}) not in (plain, red) and stamps.key(choices()) == key
    monkeypatch.setenv("SPECTRAL_STEPS", "20")
    assert stamps.key(choices()) not in ("", key)


def test_a_trajectory_goes_to_the_chapters_that_can_show_it(tmp_path, monkeypatch):
    gaussian_run().save(tmp_path / "run.safetensors")
    monkeypatch.setenv("SPECTRAL_TRAJECTORY", "run.safetensors")
    for one in story.STORY:
        assert ("trajectory" in choices(one)) == (one.signal == "image"), one.name


@pytest.mark.parametrize("signal", ["image", "waveform", "mel"])
def test_a_model_goes_to_the_chapters_about_its_signal(monkeypatch, signal):
    monkeypatch.setenv("SPECTRAL_MODEL", str(carried("models", MODELS[signal])))
    for one in story.STORY:
        assert ("model" in choices(one)) == (one.signal == signal), one.name


def test_a_chapters_own_modules_decide_and_no_others():
    names = {path.name for path in stamps.modules(story.STORY[3].file)}
    assert {"sampling.py", "run_scene.py", "stage.py", "theme.py", "soundtrack.py", "camera.py"} <= names
    assert not names & {"listening.py", "cepstrum.py", "tide_sound.py"}


@pytest.mark.parametrize("name", manim_spectral.__all__)
def test_a_public_name_is_followed_to_its_module(tmp_path, name):
    file = tmp_path / "mine.py"
    file.write_text(f"from manim_spectral import {name}\n")
    public = getattr(manim_spectral, name)
    home = sys.modules.get(getattr(public, "__module__", None), public)
    assert {Path(home.__file__)} <= stamps.modules(file) - {file}


def test_every_library_that_decides_a_film_is_in_its_stamp():
    """What one imports to draw, to measure or to sound; the rest holds files, words and settings."""
    indifferent = {"filelock", "huggingface-hub", "platformdirs", "pydantic", "pydantic-settings", "rich"}
    providers = packages_distributions()
    files = set().union(*(stamps.modules(one.file) for one in story.CHAPTERS.values()))
    files |= {*Path(spectral.__file__).parent.rglob("*.py")}
    names = {name.partition(".")[0] for file in files for name in imported(file)}
    used = {canonicalize_name(one) for name in names & providers.keys() for one in providers[name]}
    assert {"manim", "numpy", "pillow", "scipy", "torch"} <= used
    assert used - indifferent - {"safetensors", "spectral-autoregression"} <= {*stamps.LIBRARIES}
    assert all(stamps.stamp(story.STORY[0], {}, {})["versions"].values())


def test_formats():
    formats = [FilmFormat(q, s) for q in "lmhk" for s in ("16:9", "9:16", "1:1")]
    assert [film_format.size for film_format in formats[:3]] == [(854, 480), (480, 854), (640, 640)]
    assert all(side % 2 == 0 for film_format in formats for side in film_format.size)
    others = [
        FilmFormat(theme="light"),
        FilmFormat(transparent=True, container="webm"),
        FilmFormat(container="webm"),
    ]
    assert len({film_format.folder for film_format in formats + others}) == len(formats) + len(others)
