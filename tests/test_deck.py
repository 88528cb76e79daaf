"""Decks, opened where they will be shown: HTML in Chromium without a network, PowerPoint in LibreOffice."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from urllib.parse import quote

import pptx
import pytest
from browser_support import chromium, watched
from film_support import HUES, rendered
from manim_slides.convert import PDF, PowerPoint, RevealJS
from PIL import Image
from story_support import FORMAT
from studio_support import call, refusal

from manim_spectral import theme
from manim_spectral.story import STORY
from manim_spectral.studio import deck, output
from manim_spectral.studio.film_format import FilmFormat
from spectral import InputError

CHAPTERS = STORY[:2]
PATIENCE = 30_000  # milliseconds, on a machine that has much else to do
STATE = """() => {
    const shown = film();
    return {slide: Reveal.getIndices().h, at: shown.currentTime, paused: shown.paused, muted: shown.muted,
            loop: shown.loop, ended: shown.ended, name: shown.currentSrc.split("/").at(-1)};
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    return [rendered(chapter, folder, sounds=chapter is CHAPTERS[0]) for chapter in CHAPTERS]


@pytest.fixture(scope="module")
def talk(chapters, tmp_path_factory):
    """A deck in HTML whose name an address has to escape, carried away from where it was written."""
    made = tmp_path_factory.mktemp("made") / "my talk #1, 100%.html"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for path in deck.write(chapters, made, film_format=FilmFormat()):
        shutil.move(path, elsewhere)
    return elsewhere / made.name


def until(page, condition: str) -> dict:
    """What the deck shows once the condition on `shown`, the slide's film, is met."""
    page.wait_for_function(f"() => {{ const shown = film(); return {condition}; }}", timeout=PATIENCE)
    return page.evaluate(STATE)


def sections(chapters):
    return [section for chapter in chapters for section in chapter.sections]


def test_slides_advance_by_key_and_their_films_play(browser, talk, chapters):
    with watched(browser) as watch:
        page = watch.open(talk)
        for number, section in enumerate(sections(chapters)):
            state = until(page, f"Reveal.getIndices().h === {number} && shown.currentTime > 0.3")
            assert state["name"].endswith(section.path.name)
            assert state["loop"] is section.loop
            assert not state["paused"] or state["ended"]
            page.keyboard.press("ArrowRight" if number % 2 else "PageDown")
        assert page.evaluate("Reveal.isLastSlide()")
        page.keyboard.press("ArrowLeft")
        assert until(page, "shown.currentTime > 0.1")["slide"] == len(sections(chapters)) - 2
        assert page.evaluate("Reveal.getTotalSlides()") == len(sections(chapters))


def test_a_loop_goes_round_and_another_film_stops_at_its_end(browser, talk):
    with watched(browser) as watch:
        page = watch.open(talk)
        assert until(page, "shown.ended")["at"] == pytest.approx(1.5, abs=0.1)
        page.keyboard.press("ArrowRight")
        until(page, "shown.currentTime > 1.2")
        assert not until(page, "shown.currentTime < 0.8")["paused"]


def test_films_sound_from_the_first_key_on(browser, talk):
    """A browser plays no sound before: until then the first film runs muted and a button says so."""
    with watched(browser) as watch:
        page = watch.open(talk)
        assert until(page, "!shown.paused && shown.currentTime > 0.2")["muted"]
        page.get_by_role("button", name="Unmute").wait_for()
        page.keyboard.press("r")
        state = until(page, "!shown.muted && shown.currentTime > 0.2")
        assert not state["paused"] and page.get_by_role("button", name="Unmute").count() == 0
        page.keyboard.press("ArrowRight")
        assert not until(page, "shown.currentTime > 0.2")["muted"]


def test_a_film_without_sound_runs_and_nothing_is_said(browser, chapters, tmp_path):
    deck.write(chapters[1:], tmp_path / "talk.html", film_format=FilmFormat())
    with watched(browser) as watch:
        page = watch.open(tmp_path / "talk.html")
        until(page, "shown.currentTime > 0.5")
        assert page.get_by_role("button").count() == 0


def test_space_pauses_and_goes_on(browser, talk):
    with watched(browser) as watch:
        page = watch.open(talk)
        page.keyboard.press("ArrowRight")
        until(page, "shown.currentTime > 0.2")
        page.keyboard.press(" ")
        state = page.evaluate(STATE)
        assert state["paused"] and state["slide"] == 1
        page.keyboard.press(" ")
        until(page, f"!shown.paused && shown.currentTime > {state['at']}")


def test_the_speakers_view_shows_the_notes_and_leads(browser, talk, chapters):
    with watched(browser) as watch:
        page = watch.open(talk)
        page.keyboard.press("ArrowRight")
        with watch.context.expect_page() as opened:
            page.keyboard.press("s")
        notes = opened.value.locator(".speaker-controls-notes .value")
        title, caption = CHAPTERS[0].title, chapters[0].sections[1].caption
        notes.get_by_text(caption).wait_for()
        assert notes.inner_text().split("\n\n") == [f"{title}, 2 of 3", caption]
        assert page.evaluate("Reveal.getIndices().h") == 1  # opening it moved nothing
        opened.value.keyboard.press("ArrowRight")
        notes.get_by_text(chapters[0].sections[2].caption).wait_for()
        assert until(page, "Reveal.getIndices().h === 2")


@pytest.mark.parametrize("film_format", [FilmFormat(), FilmFormat(theme="light")], ids=["dark", "light"])
def test_a_slide_stands_whole_on_the_films_ground(browser, chapters, tmp_path, film_format):
    deck.write(chapters, tmp_path / "talk.html", film_format=film_format)
    with watched(browser, viewport={"width": 800, "height": 800}) as watch:
        page = watch.open(tmp_path / "talk.html")
        until(page, "shown.ended")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    ground = {"dark": theme.DARK, "light": theme.LIGHT}[film_format.theme].ground
    for spot in ((5, 5), (795, 5), (400, 150), (400, 660)):  # a film of 16:9 leaves these free
        assert picture.getpixel(spot) == tuple(bytes.fromhex(ground[1:]))
    for spot in ((8, 400), (792, 400), (400, 180), (400, 620)):
        assert picture.getpixel(spot) == pytest.approx(HUES[0], abs=12)


def test_the_whole_story_as_a_talk(browser, story_film, tmp_path):
    """Every slide of the real thing plays, and PowerPoint takes them all."""
    told = [story_film.card, *story_film.chapters]
    expected = sections(told)
    deck.write(told, tmp_path / "talk.html", film_format=FORMAT)
    with watched(browser) as watch:
        page = watch.open(tmp_path / "talk.html")
        for number, section in enumerate(expected):
            state = until(page, f"Reveal.getIndices().h === {number} && shown.currentTime > 0")
            assert state["name"].endswith(quote(section.path.name))
            assert page.evaluate("film().duration") == pytest.approx(section.seconds, abs=0.1)
            page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.isLastSlide()")
    deck.write(told, tmp_path / "talk.pptx", film_format=FORMAT)
    assert len(pages(as_pdf(tmp_path / "talk.pptx"))) == len(expected)


def test_the_carried_reveal_js_is_the_one_of_the_converter():
    version = RevealJS.model_fields["reveal_version"].default
    assert version in (deck.REVEAL / "reveal.js").read_text()
    assert f"# reveal.js {version}\n" in (deck.REVEAL / "README.md").read_text()


def test_powerpoint_has_a_film_and_a_note_a_slide(chapters, tmp_path):
    deck.write(chapters, tmp_path / "talk.pptx", film_format=FilmFormat())
    shown = pptx.Presentation(tmp_path / "talk.pptx")
    assert shown.slide_width / shown.slide_height == pytest.approx(16 / 9)
    expected = sections(chapters)
    for slide, section in zip(shown.slides, expected, strict=True):
        (movie,) = slide.shapes
        assert movie.media_format is not None
        assert (movie.left, movie.top, movie.width) == (0, 0, shown.slide_width)
        assert movie.height == shown.slide_height
        (media,) = {
            rel.target_part.blob for rel in slide.part.rels.values() if rel.reltype.endswith("/media")
        }
        assert media == section.path.read_bytes()
        assert slide.notes_slide.notes_text_frame.text.splitlines()[1] == section.caption
        assert ('repeatCount="indefinite"' in slide.part.blob.decode()) is section.loop


def as_pdf(file):
    """What LibreOffice makes of a file."""
    office = shutil.which("soffice") or pytest.fail("no LibreOffice: ./setup.sh tests installs it")
    folder = file.parent / "printed"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, file]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    return folder / f"{file.stem}.pdf"


def pages(pdf):
    return re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())


def test_powerpoint_opens_in_libreoffice(chapters, tmp_path):
    deck.write(chapters, tmp_path / "talk.pptx", film_format=FilmFormat(shape="9:16"))
    pdf = as_pdf(tmp_path / "talk.pptx")
    assert len(pages(pdf)) == len(sections(chapters))
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf.read_bytes())
    width, height = map(float, box.groups())
    assert width / height == pytest.approx(9 / 16, rel=0.01)


def test_a_page_of_the_pdf_shows_the_end_of_its_section(chapters, tmp_path):
    deck.write(chapters, tmp_path / "talk.pdf", film_format=FilmFormat())
    assert len(pages(tmp_path / "talk.pdf")) == len(sections(chapters))
    jpegs = re.findall(rb"\xff\xd8\xff.*?\xff\xd9", (tmp_path / "talk.pdf").read_bytes(), re.DOTALL)
    pictures = [Image.open(io.BytesIO(jpeg)) for jpeg in jpegs]
    shown = [picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for picture in pictures]
    for colour, expected in zip(shown, HUES * len(chapters), strict=True):
        assert colour == pytest.approx(expected, abs=12)


def contents(folder):
    return {path.relative_to(folder): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def test_a_deck_takes_the_place_of_an_earlier_one(chapters, tmp_path):
    out = tmp_path / "talk.html"
    deck.write(chapters, out, film_format=FilmFormat())
    earlier = contents(tmp_path)
    deck.write(chapters[:1], out, film_format=FilmFormat())
    later = contents(tmp_path)
    assert len([path for path in later if path.suffix == ".mp4"]) == 3
    assert len(earlier) - len(later) == 3
    deck.write(chapters, out, film_format=FilmFormat())
    assert contents(tmp_path) == earlier


def test_what_others_put_beside_a_deck_is_left_alone(chapters, tmp_path):
    out, assets = tmp_path / "talk.html", tmp_path / "talk_assets"
    assets.mkdir()
    (assets / "thesis.docx").write_text("precious")
    before = contents(tmp_path)
    assert "talk_assets: holds thesis.docx" in refusal("deck", "-o", out)
    assert contents(tmp_path) == before
    (assets / "thesis.docx").unlink()
    deck.write(chapters, out, film_format=FilmFormat())
    (assets / "thesis.docx").write_text("precious")
    assert "talk_assets: holds thesis.docx" in refusal("deck", "-o", out)
    shutil.rmtree(assets)
    assets.write_text("a file")
    assert "talk_assets: is a file" in refusal("deck", "-o", out)


@pytest.mark.parametrize("stops", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("form", [RevealJS, PowerPoint, PDF])
def test_a_deck_is_written_whole_or_not_at_all(chapters, tmp_path, monkeypatch, form, stops):
    out = tmp_path / {RevealJS: "talk.html", PowerPoint: "talk.pptx", PDF: "talk.pdf"}[form]
    deck.write(chapters[:1], out, film_format=FilmFormat())
    before = contents(tmp_path)
    convert = form.convert_to

    def stopped(self, dest):
        convert(self, dest)
        dest.write_bytes(dest.read_bytes()[:1000])
        raise stops

    monkeypatch.setattr(form, "convert_to", stopped)
    with pytest.raises((InputError, KeyboardInterrupt), match=r"talk\.\w+: cannot be written|^$"):
        deck.write(chapters, out, film_format=FilmFormat())
    assert contents(tmp_path) == before


def test_what_is_moved_together_is_moved_altogether_or_not(tmp_path):
    (tmp_path / "page").write_text("earlier")
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "1").write_text("earlier")
    before = contents(tmp_path)
    with pytest.raises(InputError, match="page: cannot be written"), output.beside(tmp_path / "page") as new:
        (new / "page").write_text("later")
        (new / "films").mkdir()
        moves = {new / name: tmp_path / name for name in ("page", "films", "missing")}
        output.move_together(moves)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["-o", "talk"], "-o talk: expected a name that ends in .html, .pptx, .pdf"),
        (["-o", "talk.odp"], "-o talk.odp: expected a name that ends in .html, .pptx, .pdf"),
        (["-o", "no/talk.html"], "no/talk.html: no folder no"),
        (
            ["-o", "talk.html", "--chapters", "sampling,ebb"],
            "--chapters: no chapter is called 'ebb', expected some of",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(nothing_chosen, argv, said):
    assert said in refusal("deck", *argv)


def test_the_command_draws_what_is_asked_for_and_says_how_to_present(
    nothing_chosen, tmp_path, chapters, monkeypatch
):
    asked = []

    def render(*args, **options):
        asked.append((args, options))
        return chapters

    monkeypatch.setattr(deck, "render", render)
    chosen = [
        "--theme",
        "light",
        "-q",
        "h",
        "--shape",
        "1:1",
        "--jobs",
        2,
        "--chapters",
        "listening,sampling",
    ]
    result = call("deck", "-o", "talk.html", *chosen)
    (((named, film_format), options),) = asked
    assert [chapter.name for chapter in named] == ["title", "listening", "sampling"]
    assert (film_format, options) == (FilmFormat(theme="light", quality="h", shape="1:1"), {"jobs": 2})
    assert result.stdout.splitlines() == ["talk.html", "talk_assets"]
    assert "S notes" in result.stderr
    assert (tmp_path / "talk_assets" / "reveal.js").is_file()
