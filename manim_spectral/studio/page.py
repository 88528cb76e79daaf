"""The gallery's page: chapters as cards that play in place, whole but for the films and posters beside it.

Typeface and captions are inside it. To a browser every file is a stranger to every other: it takes films and
pictures from strangers, but neither type nor captions.
"""

from __future__ import annotations

import base64
import html
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fontTools import subset
from jinja2 import Environment, StrictUndefined

from manim_spectral import story, theme
from manim_spectral.studio import encoding
from manim_spectral.studio.chapter_film import ChapterFilm

TEMPLATE = Path(__file__).with_name("gallery.html")
FONTS = Path(theme.__file__).with_name("fonts")
WEIGHTS = {"Regular": 400, "SemiBold": 600}
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’“”…→−²₀αβστ")]
BANDS = 7  # colours of the line below the title
CREDITS = (
    "The photographs that the project carries are in the public domain, CC0 or CC BY 2.0; their authors are "
    "listed in spectral/assets/photographs/README.md. The sounds that it carries, and so the films in which "
    "they are heard, are under CC BY-SA 3.0; their authors are listed in spectral/assets/clips/README.md."
)


def compose(chapters: Sequence[ChapterFilm], *, quality: str) -> str:
    """HTML of the chapters, whose films (NAME.mp4) and posters (NAME.jpg) lie beside it."""
    templates = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    cards = [card(rendered, quality=quality) for rendered in chapters]
    told = [card for card in cards if card["number"]]
    return templates.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=story.TITLE.title,
        faces=[{"weight": weight, "url": typeface(name)} for name, weight in WEIGHTS.items()],
        dark=colours("dark"),
        light=colours("light"),
        story=told,
        extras=[card for card in cards if not card["number"]],
        length=spoken(sum(card["seconds"] for card in told)),
        credits=CREDITS,
    )


def card(rendered: ChapterFilm, *, quality: str) -> dict[str, Any]:
    """What the page says of one chapter."""
    chapter = rendered.chapter
    width, height, _ = encoding.shape(rendered.film)
    lines = [
        {"start": f"{section.start:.2f}", "time": clock(section.start), "text": section.caption}
        for section in rendered.sections
    ]
    return {
        "name": chapter.name,
        "title": chapter.title,
        "number": story.STORY.index(chapter) + 1 if chapter in story.STORY else None,
        "seconds": rendered.seconds,
        "length": clock(rendered.seconds),
        "sounds": rendered.track is not None,
        "width": width,
        "height": height,
        "captions": data_url("text/vtt", web_captions(rendered).encode()),
        "lines": lines,
        "command": f"manim -pq{quality} scenes/{chapter.name}.py",
    }


def web_captions(rendered: ChapterFilm) -> str:
    """A chapter's captions as WebVTT (https://www.w3.org/TR/webvtt1)."""
    cues = [
        f"{stamp(s.start)} --> {stamp(s.start + s.seconds)}\n{html.escape(s.caption, quote=False)}"
        for s in rendered.sections
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def stamp(seconds: float) -> str:
    """A time in WebVTT: 00:01:02.345."""
    minutes, milliseconds = divmod(round(1000 * seconds), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1000:06.3f}"


def clock(seconds: float) -> str:
    """A time as players show it: 1:02."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def spoken(seconds: float) -> str:
    """A length in words: in seconds up to a minute and a half, else in minutes."""
    return f"{round(seconds)} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"


def colours(name: str) -> dict[str, Any]:
    """The films' own colours on this ground."""
    chosen = {"dark": theme.DARK, "light": theme.LIGHT}[name]
    bands = theme.band_colours(BANDS, on=chosen)
    return {
        **{part: getattr(chosen, part) for part in ("ground", "panel", "text", "quiet", "rule")},
        "accent": chosen.water,
        "bands": [colour.to_hex() for colour in bands],
    }


def typeface(name: str) -> str:
    """A weight of the project's typeface, as many letters of it as a page needs, as an address."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it would tell of every letter
    options = subset.Options(flavor="woff", layout_features=["kern", "liga", "tnum"])
    font = subset.load_font(str(FONTS / f"Inter-{name}.otf"), options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=LETTERS)
    chosen.subset(font)
    file = io.BytesIO()
    subset.save_font(font, file, options)
    return data_url("font/woff", file.getvalue())


def data_url(kind: str, data: bytes) -> str:
    """An address that holds what it leads to."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
