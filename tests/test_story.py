"""The film of the whole story, at low quality: lengths, sections, captions, marks, sound, poster."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest
import srt
from PIL import Image
from small_films import heard_in, marks_of
from story_support import bare
from studio_support import run

from manim_spectral import story
from manim_spectral.stage.muxing import RATE, length, seconds
from spectral import read_audio

FPS = 15
WORDS_A_SECOND = 5  # nobody reads faster with a picture to look at

each = pytest.mark.parametrize("chapter", story.STORY, ids=lambda chapter: chapter.name)


@pytest.fixture
def told(story_film, chapter):
    (found,) = (one for one in story_film.chapters if one.chapter == chapter)
    return found


@each
def test_a_chapter_lasts_20_to_60_seconds(told):
    assert 20 <= told.seconds <= 60
    assert length(told.film) == (round(told.seconds * FPS), FPS)


@each
def test_its_sections_are_its_beats_and_make_up_the_whole(told):
    names = [section.name for section in told.sections]
    assert 3 <= len(names) <= 8 and len(set(names)) == len(names) and "autocreated" not in names
    assert all(section.caption for section in told.sections)
    assert sum(length(section.path)[0] for section in told.sections) == length(told.film)[0]
    for one, following in pairwise(told.sections):
        assert following.start == pytest.approx(one.start + one.seconds)


@each
def test_its_captions_follow_one_another_and_can_be_read(told):
    said = list(srt.parse(told.captions.read_text(encoding="utf-8")))
    assert [c.content for c in said] == [section.caption for section in told.sections]
    for caption, section in zip(said, told.sections, strict=True):
        assert caption.start.total_seconds() == pytest.approx(section.start, abs=0.5 / FPS)
        lasts = (caption.end - caption.start).total_seconds()
        assert lasts == pytest.approx(section.seconds, abs=1 / FPS)
        assert len(caption.content.split()) / lasts <= WORDS_A_SECOND, caption.content


def test_the_film_is_its_chapters_one_after_another(story_film):
    parts = [story_film.card, *story_film.chapters]
    assert [part.chapter for part in parts] == [story.TITLE, *story.STORY]
    assert length(story_film.film)[0] == sum(length(part.film)[0] for part in parts)
    assert seconds(story_film.film) == pytest.approx(sum(part.seconds for part in parts))
    with av.open(str(story_film.film)) as container:
        times = [
            packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None
        ]
    numbers = np.array(sorted(times), float) * FPS
    np.testing.assert_allclose(numbers, np.arange(len(numbers)), atol=0.01)


def test_a_mark_for_each_chapter(story_film):
    parts = [story_film.card, *story_film.chapters]
    starts = np.cumsum([0, *(part.seconds for part in parts[:-1])])
    marks = marks_of(story_film.film)
    assert [title for _, title in marks] == [part.chapter.title for part in parts]
    assert [at for at, _ in marks] == pytest.approx(starts, abs=2e-3)


def test_one_file_of_captions_in_order(story_film):
    said = list(srt.parse(story_film.captions.read_text(encoding="utf-8")))
    expected = [
        s.caption for part in (story_film.card, *story_film.chapters) for s in part.sections if s.caption
    ]
    assert [caption.content for caption in said] == expected
    assert [caption.index for caption in said] == list(range(1, len(said) + 1))
    for one, following in pairwise(said):
        assert one.start < one.end and one.end.total_seconds() <= following.start.total_seconds() + 1e-3
    assert said[-1].end.total_seconds() <= seconds(story_film.film) + 1e-3


def test_its_sound_has_no_gap_and_no_overlap(story_film):
    """Every chapter's own sound, uncompressed, is found at its place in the film, and nothing elsewhere."""
    found = heard_in(story_film.film)
    parts = [story_film.card, *story_film.chapters]
    edges = np.round(np.cumsum([0, *(part.seconds for part in parts)]) * RATE).astype(int)
    assert abs(len(found) - edges[-1]) <= 1024  # the codec's last packet
    sounding = 0
    for part, start, end in zip(parts, edges, edges[1:], strict=False):
        heard = found[start:end]
        if part.track is None:
            assert np.sqrt((heard[2048:-2048] ** 2).mean()) < 1e-4, part.chapter.name
            continue
        sounding += 1
        expected = read_audio(part.track).samples[0]
        assert len(expected) == end - start
        likeness = heard @ expected[: len(heard)] / np.sqrt((heard @ heard) * (expected @ expected))
        assert likeness > 0.97, part.chapter.name  # at no lag at all
    assert sounding >= 2


def test_the_poster_is_a_picture_of_the_film(story_film):
    poster = Image.open(story_film.poster)
    assert poster.size == (854, 480)
    assert np.asarray(poster.convert("L")).std() > 10


def test_what_is_up_to_date_is_left_alone(story_film):
    before = story_film.film.stat().st_mtime_ns
    again = run("film", "-q", "l", cwd=story_film.folder, env=bare())
    assert again.returncode == 0
    assert again.stderr == "nothing to do: all is up to date\n"
    assert [*map(str.strip, again.stdout.splitlines())] == [
        str(path.relative_to(story_film.folder))
        for path in (story_film.film, story_film.captions, story_film.poster)
    ]
    assert story_film.film.stat().st_mtime_ns == before
