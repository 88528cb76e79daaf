"""`spectral film`: what it writes, when it writes nothing, and what it refuses."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from film_support import HUES, rendered
from PIL import Image
from small_chapters import chapter
from small_films import heard_in, marks_of
from studio_support import call, refusal

from manim_spectral import story
from manim_spectral.stage.muxing import ALPHA, length, seconds
from manim_spectral.studio import film
from manim_spectral.studio.film_format import FilmFormat
from manim_spectral.studio.rendering import render


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chapters")
    made = [rendered(one, folder / one.name, seconds=1 + k) for k, one in enumerate(story.STORY[:2])]
    for one in made:
        one.captions.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello.\n", encoding="utf-8")
    return made


@pytest.fixture
def drawn(chapters, monkeypatch):
    """The command with films that are there already, instead of manim's; what it asked for."""
    asked = []

    def render(wanted, film_format, *, jobs=None):
        asked.append(([one.name for one in wanted], film_format, jobs))
        return chapters

    monkeypatch.setattr(film, "render", render)
    return asked


pytestmark = pytest.mark.usefixtures("nothing_chosen")


def test_film_captions_and_poster_are_written_once(drawn):
    told = call("film", "-q", "l")
    paths = [Path(line) for line in told.stdout.splitlines()]
    assert [path.name for path in paths] == [f"854x480-15-dark.{kind}" for kind in ("mp4", "srt", "png")]
    assert seconds(paths[0]) == pytest.approx(9)
    assert [title for _, title in marks_of(paths[0])] == [one.title for one in story.STORY[:2]]
    assert paths[1].read_text().count("Hello.") == 2
    assert sorted(paths[0].parent.iterdir()) == sorted(paths)

    before = [path.stat().st_mtime_ns for path in paths]
    again = call("film", "-q", "l")
    assert again.stdout == told.stdout
    assert again.stderr == "nothing to do: all is up to date\n"
    assert [path.stat().st_mtime_ns for path in paths] == before

    paths[2].unlink()  # what is gone comes again
    assert call("film", "-q", "l").stderr == "" and paths[2].exists()


def test_other_chapters_or_another_order_make_another_film(chapters, tmp_path):
    out = tmp_path / "film.mp4"
    assert film.write(chapters, out) and not film.write(chapters, out)
    assert film.write(chapters[::-1], out) and not film.write(chapters[::-1], out)
    assert [title for _, title in marks_of(out)] == [one.chapter.title for one in chapters[::-1]]
    renamed = replace(chapters[0], chapter=replace(chapters[0].chapter, title="Another"))
    assert film.write([renamed, chapters[1]], out)
    out.write_bytes(b"no film")
    assert film.write(chapters[::-1], out)
    assert length(out)[0] == 135


def test_the_poster_is_from_the_middle_of_the_climax(chapters):
    def colour_of(parts):
        return np.array(Image.open(io.BytesIO(film.poster_of(parts))).convert("RGB"), int)[90, 40]

    assert np.abs(colour_of(chapters) - HUES[0]).max() < 12  # the first of the sections that are as long
    climax = replace(
        chapters[0],
        chapter=next(one for one in story.STORY if one.name == film.CLIMAX),
        sections=chapters[0].sections[2:],
    )
    assert np.abs(colour_of([climax, chapters[1]]) - HUES[2]).max() < 12


def test_options_reach_the_chapters(drawn, tmp_path):
    out = tmp_path / "mine.mp4"
    call("film", "--chapters", "sampling, tide_sound", "--shape", "9:16", "--jobs", 3, "-o", out)
    ((names, film_format, jobs),) = drawn
    assert names[-2:] == ["sampling", "tide_sound"]
    assert (film_format, jobs) == (FilmFormat("m", "9:16"), 3)
    assert out.exists() and out.with_suffix(".srt").exists() and out.with_suffix(".png").exists()


@pytest.mark.parametrize(
    ("argv", "form", "transparent"),
    [
        ([], "mp4", False),
        (["-o", "x.webm"], "webm", False),
        (["--format", "webm"], "webm", False),
        (["--transparent"], "webm", True),
        (["--transparent", "-o", "x.webm"], "webm", True),
    ],
)
def test_kinds_of_file(monkeypatch, argv, form, transparent):
    asked = []
    monkeypatch.setattr(film, "render", lambda _chapters, film_format, **_: asked.append(film_format))
    monkeypatch.setattr(film, "write", lambda _chapters, out: [out])
    told = call("film", *argv)
    assert asked == [FilmFormat(container=form, transparent=transparent)]
    assert told.stdout.strip().endswith(f".{form}")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["-o", "film.avi"], "--out film.avi: no kind of film, expected a name that ends in .mp4 or .webm"),
        (["-o", "film"], "expected a name that ends in .mp4 or .webm"),
        (["-o", "film.mp4", "--format", "webm"], "--out film.mp4 and --format webm are given"),
        (["-o", "film.mp4", "--transparent"], "--transparent: an mp4 has no alpha channel, expected a webm"),
        (["--format", "mp4", "--transparent"], "--transparent: an mp4 has no alpha channel, expected a webm"),
        (["-o", "missing/film.mp4"], "missing/film.mp4: no folder missing, expected one to write in"),
        (["--chapters", "opera"], "no chapter is called 'opera', expected some of "),
        (["--chapters", ""], "no chapter is called ''"),
    ],
)
def test_bad_options_are_refused_in_a_line(drawn, tmp_path, argv, said):
    assert said in refusal("film", *argv)
    assert list(tmp_path.iterdir()) == [] and drawn == []


def test_bad_settings_are_refused_in_a_line(monkeypatch):
    monkeypatch.setenv("SPECTRAL_STEPS", "many")
    assert refusal("film").startswith("error: SPECTRAL_STEPS is 'many'")


def test_a_transparent_film_shows_what_lies_behind_it(tmp_path):
    """Drawn by manim, joined, and decoded with its alpha channel."""
    film_format = FilmFormat("l", "1:1", transparent=True, container="webm")
    out = tmp_path / "film.webm"
    film.write(render([chapter("quick", tmp_path), chapter("quick_2", tmp_path)], film_format), out)
    assert length(out) == (42, 15)
    # The decoder that browsers use; the one that would be chosen leaves alpha out.
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert any(name.lower() == ALPHA for name in stream.metadata)
        assert [mark["metadata"]["title"] for mark in container.chapters()] == ["On quick", "On quick_2"]
        packets = [packet for packet in container.demux(stream) if packet.dts is not None]
        times = [float(packet.pts * packet.time_base) for packet in packets]
        frames = [frame.to_ndarray(format="rgba") for packet in packets for frame in decoder.decode(packet)]
    np.testing.assert_allclose(times, np.arange(42) / 15, atol=1e-3)
    for last in (frames[20], frames[41]):
        assert last[:40, :40, 3].max() <= 3  # no ground
        assert int(last[320, 320, 3]) == pytest.approx(128, abs=4)  # a square, half there
        assert last[..., 3].max() >= 250  # and its edge, wholly
    assert frames[21][..., 3].max() < 128  # the second chapter begins with nothing
    assert len(heard_in(out)) / 48000 == pytest.approx(2.8, abs=0.03)
