"""What chapters stand on: who else is on stage, what is wide, a clock, and words apart from scenes."""

from __future__ import annotations

import string
from importlib import import_module
from pathlib import Path

import pytest
from manim import Square, VGroup
from scene_support import FRAMES, Hurried, frame

from manim_spectral import chapters
from manim_spectral.stage.beat_words import BeatWords
from manim_spectral.stage.layout import Box

pytestmark = pytest.mark.usefixtures("nothing_chosen")

WORDS = sorted(path.parent.name for path in Path(chapters.__path__[0]).glob("*/words.py"))


@pytest.fixture
def stage(media):
    with frame(*FRAMES["wide"], folder=media):
        yield Hurried()


def test_others_are_all_but_the_heading_and_what_is_kept(stage):
    kept, apart, gone = VGroup(Square(), Square()), VGroup(Square(), Square()), Square()
    stage.play(*stage.headline("a line at the top"))
    stage.add(kept, *apart, gone)  # as an animation may have left them: a whole, and another's parts
    assert stage.others(kept, apart) == [gone]
    assert stage.others(gone) == [kept, *apart]
    assert stage.heading in stage.mobjects and stage.heading not in stage.others()


@pytest.mark.parametrize(("width", "wide"), [(1.0, False), (1.29, False), (1.31, True), (4.0, True)])
def test_a_room_is_wide_where_two_things_fit_better_side_by_side(width, wide):
    assert Box(-1.0, 2.0, -1.0 + 3 * width, 5.0).wide == wide


def test_a_clock_shows_every_moment_up_to_the_last(stage):
    shown, mover = [], Square()
    stage.add(mover)
    stage.play_clock(mover, show=shown.append, run_time=2.5)
    assert shown[-1] == 1.0 and stage.film_time == 2.5


def test_numbers_come_into_the_words_in_their_places():
    words = BeatWords("{count:,} waves", "{count} waves, {share:.0%} of them coarse.", "{count}")
    assert words.filled(count=1200, share=0.25) == BeatWords(
        "1,200 waves", "1200 waves, 25% of them coarse.", "1200"
    )
    with pytest.raises(KeyError, match="share"):
        words.filled(count=1)


def beats(module) -> dict[str, BeatWords]:
    return {name: words for name, words in vars(module).items() if isinstance(words, BeatWords)}


@pytest.mark.parametrize("chapter", WORDS)
def test_a_chapter_s_numbers_have_names(chapter):
    """No number is told by its place: in another language it may stand elsewhere."""
    module = import_module(f"manim_spectral.chapters.{chapter}.words")
    for name, words in beats(module).items():
        fields = {
            field
            for text in (words.headline, words.caption, words.sentence)
            for _, field, *_ in string.Formatter().parse(text)
            if field is not None
        }
        assert all(field.isidentifier() for field in fields), f"{chapter}.{name}: {fields}"
        filled = words.filled(**dict.fromkeys(fields, 1.0))
        assert "{" not in f"{filled.headline}{filled.caption}{filled.sentence}"


def test_every_chapter_with_beats_has_words():
    assert {"tide", "schedule", "staircase", "refinement", "spectrum", "clips", "equilibrium"} <= set(WORDS)
