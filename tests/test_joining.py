"""Films joined: every picture, every sample, every caption and every mark at its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest
import srt
from small_films import FPS, boxes, heard_in, marks_of, shades_of, small_film, sound_of

from manim_spectral.stage.muxing import RATE, length, seconds
from manim_spectral.studio.joining import Part, captions, join, tag_of
from spectral import InputError

SHADES = [[40 + 3 * k for k in range(23)], [200] * 8, [90 + k for k in range(31)]]
FRAMES = [len(shades) for shades in SHADES]
EDGES = np.cumsum([0, *FRAMES])
TITLES = ["One: to begin", "Zwei – wörtlich", "Three"]
PITCHES = [500.0, 0.0, 1250.0]


def caption(start: float, end: float, words: str) -> srt.Subtitle:
    return srt.Subtitle(None, timedelta(seconds=start), timedelta(seconds=end), words)


def tone(pitch: float, samples: int) -> np.ndarray:
    """A sine to the very edges: any gap, overlap or ramp at a seam shows."""
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(samples) / RATE)


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> list[Part]:
    folder = tmp_path_factory.mktemp("parts")
    made = []
    for k, (shades, title, pitch) in enumerate(zip(SHADES, TITLES, PITCHES, strict=True)):
        film, said, track = folder / f"{k}.mp4", folder / f"{k}.srt", None
        small_film(film, shades)
        said.write_text(srt.compose([caption(0, 0.2, f"{title} a"), caption(0.2, 0.5, f"{title} b")]))
        if pitch:
            track = sound_of(folder / f"{k}.wav", tone(pitch, round(len(shades) * RATE / FPS)))
        made.append(Part(title, film, said, track))
    return made


@pytest.fixture(scope="module")
def film(parts, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    join(parts, path, tag="made for a test")
    return path


def test_every_picture_at_its_time_and_none_coded_again(film, parts):
    shades, times = shades_of(film)
    expected = [shade for part in parts for shade in shades_of(part.film)[0]]
    assert shades == expected  # to the last bit of each grey: the packets were copied
    assert [float(at * FPS) for at in times] == pytest.approx(range(sum(FRAMES)), abs=1e-3)
    assert length(film) == (sum(FRAMES), FPS)
    assert seconds(film) == pytest.approx(sum(FRAMES) / FPS)


def test_sound_starts_and_stops_at_the_seams_to_the_sample(film):
    found = heard_in(film)
    edges = np.round(EDGES * RATE / FPS).astype(int)
    expected = np.concatenate([tone(p, b - a) for p, a, b in zip(PITCHES, edges, edges[1:], strict=False)])
    assert len(found) == pytest.approx(len(expected), abs=1024)  # the codec's last packet
    found = found[: len(expected)]
    lags = range(-600, 601)
    middle = slice(5000, len(expected) - 5000)
    likeness = [np.roll(found, -lag)[middle] @ expected[middle] for lag in lags]
    assert lags[int(np.argmax(likeness))] == 0
    for start, end, pitch in zip(edges, edges[1:], PITCHES, strict=False):
        inner = slice(start + 200, end - 200)
        if pitch:
            heard = found[inner] @ expected[inner] / (expected[inner] @ expected[inner])
            assert heard == pytest.approx(1, abs=0.05)
            # no hole in any two periods of the tone, right up to the seams
            size = round(2 * RATE / pitch)
            blocks = found[inner][: (end - start - 400) // size * size].reshape(-1, size)
            assert (blocks**2).mean(axis=1).min() > 0.5 * 0.125
        else:
            assert np.abs(found[start + 2048 : end - 2048]).max() < 0.01


def test_sound_is_woven_between_the_pictures(film):
    """A player that reads the file from its start has both in hand: neither runs ahead by a second."""
    with av.open(str(film)) as container:
        packets = [p for p in container.demux(video=0, audio=0) if p.dts is not None]
        found = sorted((p.pos, p.stream.type, float(p.dts * p.time_base)) for p in packets)
    reached = {"video": 0.0, "audio": 0.0}
    for _, kind, time in found:
        reached[kind] = time
        assert abs(reached["video"] - reached["audio"]) < 1.2


def test_a_chapter_mark_for_each(film):
    starts = [edge / FPS for edge in EDGES[:-1]]
    assert [title for _, title in marks_of(film)] == TITLES
    assert [at for at, _ in marks_of(film)] == pytest.approx(starts, abs=1e-3)
    with av.open(str(film)) as container:
        read = container.chapters()
    assert tag_of(film) == "made for a test"
    assert [mark["metadata"]["title"] for mark in read] == TITLES
    ends = [float(mark["end"] * mark["time_base"]) for mark in read]
    assert ends == pytest.approx(EDGES[1:] / FPS, abs=1e-3)


def test_the_index_stands_in_front(film):
    names = [name for name, _ in boxes(film.read_bytes())]
    assert names.index(b"moov") < names.index(b"mdat")


def test_captions_follow_one_another(parts):
    said = list(srt.parse(captions(parts)))
    assert [caption.index for caption in said] == list(range(1, 7))
    assert [c.content for c in said] == [f"{title} {half}" for title in TITLES for half in "ab"]
    starts = [edge / FPS + later for edge in EDGES[:-1] for later in (0, 0.2)]
    assert [c.start.total_seconds() for c in said] == pytest.approx(starts, abs=2e-3)
    assert [(c.end - c.start).total_seconds() for c in said] == pytest.approx(3 * [0.2, 0.3], abs=2e-3)


def test_silent_parts_make_a_silent_film(parts, tmp_path):
    join([Part(p.title, p.film) for p in parts[:2]], tmp_path / "silent.mp4", tag="")
    with av.open(str(tmp_path / "silent.mp4")) as container:
        assert not container.streams.audio and len(container.chapters()) == 2
    assert captions([Part(p.title, p.film) for p in parts]) == ""


def test_films_coded_otherwise_are_refused(parts, tmp_path):
    small_film(tmp_path / "large.mp4", [9, 9], size=80)
    with pytest.raises(InputError, match=r"large\.mp4: coded otherwise than .*0\.mp4, expected the same"):
        join([parts[0], Part("large", tmp_path / "large.mp4")], tmp_path / "film.mp4", tag="")
