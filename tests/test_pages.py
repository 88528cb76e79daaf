"""The documentation as `make docs` builds it: whole, linked, legible, and nothing in it asks a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser_support import chromium, watched
from manim import Mobject

import manim_spectral
import spectral
from manim_spectral.studio.main import COMMANDS

ROOT = Path(__file__).parents[1]
LOADS = {"script": "src", "img": "src", "video": "src", "source": "src", "iframe": "src", "audio": "src"}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The pages, built from a copy beside which lies what they take from the rest of the project."""
    here = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "docs", here / "docs", ignore=shutil.ignore_patterns("_build", "media"))
    for name in ("examples", "manim_spectral", "renders"):
        (here / name).symlink_to(ROOT / name)
    ran = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", here / "out" / "html"],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return here / "out" / "html"


class Page(HTMLParser):
    """What a page loads, where its links lead, and which places in it a link can lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places.add(given.get("id") or "")
        if tag in LOADS and given.get(LOADS[tag]):
            self.loads.append(given[LOADS[tag]] or "")
        if tag == "link" and set((given.get("rel") or "").split()) & {"stylesheet", "icon", "preload"}:
            self.loads.append(given["href"] or "")
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")


@pytest.fixture(scope="module")
def pages(built) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(built.rglob("*.html"))}


def test_links_lead_somewhere(pages):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme in ("http", "https"):
                continue
            there = (path.parent / unquote(address.path)).resolve() if address.path else path
            known = there in pages and (
                not address.fragment or unquote(address.fragment) in pages[there].places
            )
            if not known and not (there not in pages and there.is_file()):
                dead.append(f"{path.name}: {link}")
    assert not dead


def test_what_a_page_loads_lies_beside_it(pages):
    for path, page in pages.items():
        assert page.loads
        for load in page.loads:
            address = urlsplit(load)
            assert not address.scheme and not address.netloc, f"{path.name}: {load}"
            assert (path.parent / unquote(address.path)).is_file(), f"{path.name}: {load}"


def test_styles_and_scripts_ask_nothing_of_a_network(built):
    styles, scripts = sorted(built.rglob("*.css")), sorted(built.rglob("*.js"))
    assert styles and scripts
    for path in styles:
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text):
            address = "".join(found)
            assert address.startswith(("data:", "#")) or (path.parent / urlsplit(address).path).is_file()
    for path in scripts:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        asks = re.findall(
            r"(?:fetch|open|import|importScripts|sendBeacon|WebSocket)\([^)]*https?://[^)]*\)", text
        )
        assert not asks, path.name


def public() -> list[str]:
    return [
        f"{package.__name__}.{name}" for package in (spectral, manim_spectral) for name in package.__all__
    ]


def test_every_public_name_is_in_the_reference(built):
    header, _, packed = (built / "objects.inv").read_bytes().partition(b"zlib.\n")
    assert header.startswith(b"# Sphinx inventory version 2")
    known = {line.split()[0] for line in zlib.decompress(packed).decode().splitlines()}
    assert not set(public()) - known


def test_every_mobject_has_an_example_that_was_drawn(built, pages):
    """manim's own directive draws it as the page is built; it stands there as a picture or a film."""
    path = built / "reference" / "manim_spectral.html"
    values = [getattr(manim_spectral, name) for name in manim_spectral.__all__]
    mobjects = [value for value in values if isinstance(value, type) and issubclass(value, Mobject)]
    examples = [re.findall(r"\.\. manim:: (\w+)", mobject.__doc__ or "") for mobject in mobjects]
    assert len(examples) >= 8 and all(examples)
    assert {name.lower() for names in examples for name in names} <= pages[path].places
    drawn = [path.parent / load for load in pages[path].loads if load.endswith((".png", ".mp4"))]
    assert len(drawn) == sum(map(len, examples)) and all(file.stat().st_size > 3000 for file in drawn)


def test_every_command_is_in_the_reference(built, pages):
    places = pages[built / "reference" / "command.html"].places
    assert {f"spectral-{name}" for name in COMMANDS} <= places


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_and_are_legible(pages, width, scheme):
    size = {"width": width, "height": 900}
    with chromium() as browser, watched(browser, viewport=size, color_scheme=scheme) as watch:
        for path in pages:
            page = watch.open(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
            small = page.evaluate(SMALL)
            assert not small, (path.name, small)
            page.close()


# Words under 12 px.
SMALL = """() => [...document.querySelectorAll("body *")]
    .filter(e => !e.childElementCount && e.textContent.trim() && e.getClientRects().length)
    .filter(e => parseFloat(getComputedStyle(e).fontSize) < 12)
    .map(e => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`)"""


def test_formulas_wear_the_typeface_that_lies_beside_them(built):
    with chromium() as browser, watched(browser) as watch:
        page = watch.open(built / "measured.html")
        assert page.locator("math").count() > 40
        page.evaluate("document.fonts.ready.then(() => true)")
        faces = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
        assert {"Inter", "Noto Sans Math"} <= {face.strip('"') for face in faces}
