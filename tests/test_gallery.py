"""The gallery's page in Chromium, from disk and without a network: it plays, says what it shows, and fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from browser_support import chromium, watched
from film_support import rendered
from PIL import Image
from studio_support import call, refusal

from manim_spectral import theme
from manim_spectral.story import EXTRAS, STORY
from manim_spectral.studio import encoding, gallery, page
from manim_spectral.studio.film_format import FilmFormat
from spectral import InputError

SAMPLING = next(chapter for chapter in STORY if chapter.name == "sampling")
CHAPTERS = (STORY[0], SAMPLING, EXTRAS[0])
CARRIED = Path(__file__).parents[1] / "renders" / "gallery"
WIDTHS = (320, 390, 1440)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    made = [rendered(chapter, folder, sounds=chapter is EXTRAS[0]) for chapter in CHAPTERS]
    first, second, third = made[1].sections
    made[1] = replace(made[1], sections=(first, replace(second, name="lock-in"), third))
    return made


@pytest.fixture(scope="module")
def folder(chapters, tmp_path_factory):
    folder = tmp_path_factory.mktemp("the gallery #1")
    gallery.write(chapters, folder, quality="m")
    return folder


def plays(film) -> bool:
    film.page.wait_for_function("film => film.currentTime > 0.3", arg=film.element_handle(), timeout=30_000)
    return not film.evaluate("film => film.paused")


def test_every_chapter_is_there(browser, folder, chapters):
    with watched(browser) as watch:
        shown = watch.open(folder / "index.html")
        cards = shown.locator("article")
        assert cards.locator("h2").all_inner_texts() == [
            f"1\n{CHAPTERS[0].title}\n0:04",
            f"4\n{CHAPTERS[1].title}\n0:04",
            f"{CHAPTERS[2].title}\n0:04, with sound",
        ]
        assert shown.get_by_text("2 chapters, 9 seconds.").is_visible()
        commands = [f"manim -pqm scenes/{chapter.name}.py" for chapter in CHAPTERS]
        assert cards.locator("code").all_inner_texts() == commands
        for card in cards.all():
            card.scroll_into_view_if_needed()
        shown.wait_for_load_state("networkidle")
        posters = [(folder / f"{chapter.name}.jpg").as_uri() for chapter in CHAPTERS]
        assert set(posters) < set(watch.asked)


def test_films_play_in_place_one_at_a_time(browser, folder):
    with watched(browser) as watch:
        shown = watch.open(folder / "index.html")
        films = shown.locator("video").all()
        assert [film.evaluate("film => film.paused") for film in films] == [True] * 3
        for film, button in zip(films, shown.locator(".play").all(), strict=True):
            button.click()
            assert plays(film)
            assert film.evaluate("film => film.controls")
            assert sum(not other.evaluate("film => film.paused") for other in films) == 1
        assert shown.url.endswith("index.html")


def test_it_can_be_used_by_keyboard_alone(browser, folder):
    with watched(browser) as watch:
        shown = watch.open(folder / "index.html")
        focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        card, film = shown.locator("article").first, shown.locator("video").first
        shown.keyboard.press("Tab")
        assert shown.evaluate(focused) == f"Play “{CHAPTERS[0].title}”"
        shown.keyboard.press("Enter")
        assert plays(film)
        card.locator("summary").focus()
        shown.keyboard.press("Enter")
        line = card.get_by_role("button", name="Beat 2 of refinement")
        line.wait_for()
        shown.keyboard.press("Tab")
        shown.keyboard.press("Tab")
        shown.keyboard.press("Tab")
        assert "Beat 2" in shown.evaluate(focused)
        shown.keyboard.press("Enter")
        shown.wait_for_function("film => film.currentTime >= 3", arg=film.element_handle())


def test_a_line_of_the_text_leads_to_its_place_in_a_film_not_yet_loaded(browser, folder):
    with watched(browser) as watch:
        shown = watch.open(folder / "index.html")
        card = shown.locator("article").nth(1)
        card.locator("summary").click()
        card.get_by_role("button", name="Beat 1 of sampling").click()
        film = card.locator("video")
        assert plays(film)
        assert 1.5 <= film.evaluate("film => film.currentTime") < 4


def test_captions_are_a_track_of_the_film(browser, folder, chapters):
    with watched(browser) as watch:
        shown = watch.open(folder / "index.html")
        for film, chapter in zip(shown.locator("video").all(), chapters, strict=True):
            film.evaluate("film => { film.textTracks[0].mode = 'hidden'; }")
            track = film.locator("track").element_handle()
            shown.wait_for_function("track => track.readyState === 2", arg=track)
            cues = film.evaluate(
                "film => [...film.textTracks[0].cues]"
                ".map(cue => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent])"
            )
            assert cues == [[s.start, s.start + s.seconds, s.caption] for s in chapter.sections]
            assert film.evaluate("film => film.textTracks[0].kind") == "captions"


def test_a_command_is_copied(browser, folder):
    with watched(browser, permissions=["clipboard-read", "clipboard-write"]) as watch:
        shown = watch.open(folder / "index.html")
        shown.locator(".copy").nth(1).click()
        shown.get_by_text("Copied").wait_for()
        assert shown.evaluate("navigator.clipboard.readText()") == "manim -pqm scenes/sampling.py"


def test_the_page_wears_the_films_typeface(browser, folder):
    with watched(browser) as watch:
        shown = watch.open(folder / "index.html")
        shown.evaluate("document.fonts.ready")
        faces = shown.evaluate("[...document.fonts].map(face => [face.family, face.weight, face.status])")
        assert faces == [["Inter", "400", "loaded"], ["Inter", "600", "loaded"]]
        shown.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        letters = set(shown.locator("body").inner_text()) - {"\n"}
        assert {ord(letter) for letter in letters} <= set(page.LETTERS)


def luminance(colour: str) -> float:
    """Relative luminance of rgb(r, g, b), as WCAG 2 has it."""
    channels = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_fits_and_is_legible(browser, folder, width, scheme):
    with watched(browser, color_scheme=scheme, viewport={"width": width, "height": 800}) as watch:
        shown = watch.open(folder / "index.html")
        shown.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.locator("article").first.bounding_box()["width"] >= min(width - 40, 500)
        style = "(part, name) => getComputedStyle(part)[name]"
        ground = shown.locator("body").evaluate(style, "backgroundColor")
        expected = {"dark": theme.DARK, "light": theme.LIGHT}[scheme].ground
        assert ground == f"rgb{tuple(bytes.fromhex(expected[1:]))}"
        panel = shown.locator(".command").first.evaluate(style, "backgroundColor")
        on = {ground: ["h1", "header p", ".length", "summary", "time", "footer p"], panel: ["code", ".copy"]}
        for behind, selector in ((b, selector) for b, selectors in on.items() for selector in selectors):
            colour = shown.locator(selector).first.evaluate(style, "color")
            dark, light = sorted((luminance(behind), luminance(colour)))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, selector


def test_films_keep_their_pictures_and_sound(folder, chapters):
    for one in chapters:
        film = folder / f"{one.chapter.name}.mp4"
        for at in (0.1, 2.0, 4.0):
            before, after = (encoding.picture(path, at=at).resize((8, 1)) for path in (one.film, film))
            assert list(after.tobytes()) == pytest.approx(list(before.tobytes()), abs=12)
        assert (b"mp4a" in film.read_bytes()) is (one.track is not None)


def test_posters_and_the_excerpt_are_of_the_films(folder):
    for chapter in CHAPTERS:
        with Image.open(folder / f"{chapter.name}.jpg") as poster:
            assert poster.size == (320, 180)
            left, right = poster.convert("RGB").getpixel((80, 90)), poster.convert("RGB").getpixel((300, 90))
            assert left != right  # the middle of a section: the block is half way across
    assert [path.name for path in folder.glob("*.gif")] == ["sampling.gif"]
    with Image.open(folder / "sampling.gif") as excerpt:
        assert excerpt.size == (640, 360)
        assert excerpt.n_frames == 15  # a second and a half, ten a second


def test_the_whole_story_as_a_page(browser, story_film, tmp_path, monkeypatch):
    """All is as the command writes it but for the films, which it would code again for minutes."""
    monkeypatch.setattr(encoding, "recode", lambda film, path, **_: encoding.copy(film, path))
    gallery.write(story_film.chapters, tmp_path, quality="l")
    assert 10_000 < (tmp_path / "sampling.gif").stat().st_size < 5_000_000
    with watched(browser) as watch:
        shown = watch.open(tmp_path / "index.html")
        titles = [title.splitlines()[1] for title in shown.locator("article h2").all_inner_texts()]
        assert titles == [one.chapter.title for one in story_film.chapters]
        for film, button in zip(shown.locator("video").all(), shown.locator(".play").all(), strict=True):
            button.click()
            assert plays(film)


def test_the_carried_gallery_is_whole_and_small(browser):
    names = {chapter.name for chapter in (*STORY, *EXTRAS)}
    assert {path.stem for path in CARRIED.glob("*.mp4")} == names
    assert {path.stem for path in CARRIED.glob("*.jpg")} == names
    assert sum(path.stat().st_size for path in CARRIED.iterdir()) < 30e6
    with watched(browser) as watch:
        shown = watch.open(CARRIED / "index.html")
        titles = [title.splitlines()[-2] for title in shown.locator("article h2").all_inner_texts()]
        assert titles == [chapter.title for chapter in (*STORY, *EXTRAS)]
        for film, button in zip(shown.locator("video").all(), shown.locator(".play").all(), strict=True):
            button.click()
            assert plays(film)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "00:00:00.000"), (59.9996, "00:01:00.000"), (61.5, "00:01:01.500"), (3723.004, "01:02:03.004")],
)
def test_times_of_captions(seconds, expected):
    assert page.stamp(seconds) == expected


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_written_whole_or_not_at_all_and_others_files_stay(chapters, tmp_path, monkeypatch):
    (tmp_path / "README.md").write_text("ours")
    gallery.write(chapters[:1], tmp_path, quality="m")
    before = contents(tmp_path)
    assert before["README.md"] == b"ours"
    recode = encoding.recode

    def full(film, path, **options):
        recode(film, path, **options)
        if chapters[1].chapter.name == path.stem:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(encoding, "recode", full)
    with pytest.raises(InputError, match=r"index\.html: cannot be written \(No space left on device\)"):
        gallery.write(chapters, tmp_path, quality="m")
    assert contents(tmp_path) == before


def test_the_command_draws_the_story_and_what_stands_beside_it(
    nothing_chosen, tmp_path, chapters, monkeypatch
):
    asked = []

    def render(*args, **options):
        asked.append((args, options))
        return chapters

    monkeypatch.setattr(gallery, "render", render)
    shown = call("gallery", "-o", "new/folder", "-q", "l", "--jobs", 3).stdout.splitlines()
    (((named, film_format), options),) = asked
    assert [chapter.name for chapter in named] == [c.name for c in (*STORY, *EXTRAS)]
    assert (film_format, options) == (FilmFormat(quality="l"), {"jobs": 3})
    assert shown[0] == "new/folder/index.html"
    assert {tmp_path / path for path in shown} == set((tmp_path / "new" / "folder").iterdir())
    assert "manim -pql scenes/sampling.py" in (tmp_path / shown[0]).read_text()


def test_a_folder_that_is_none_is_refused_in_a_line(nothing_chosen, tmp_path):
    (tmp_path / "file").write_text("a file")
    assert "-o file: " in refusal("gallery", "-o", "file")
