"""Several lines of type: each on the line it is given, under one another, or a text broken to a width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manim import Text, VGroup

from manim_spectral import theme

LEADING = 1.4  # from line to line, in units of the type size
DESCENDING = "gjpqyQ,;()“"
SPACE = 0.4  # between words, with what their letters' outlines leave free, in units of the type size
NARROWER = 0.97


def lines(
    texts: Sequence[str],
    *,
    size: float = theme.BODY,
    colour: str | None = None,
    weight: str = "regular",
    centred: bool = True,
) -> VGroup:
    """Each text on a line of its own."""
    pitch = LEADING * size / theme.PIXELS_PER_UNIT
    rows = VGroup()
    for k, text in enumerate(texts):
        row = theme.words(text, size=size, colour=colour, weight=weight)
        rows.add(on_line(row, -row.width / 2 if centred else 0.0, -k * pitch))
    return rows


def paragraph(text: str, width: float, *, size: float = theme.BODY, **style: Any) -> VGroup:
    """A text on as few lines as this width asks for, all about as long; style as for `lines`."""
    said = text.split(" ")  # not at no-break spaces
    widths = [theme.words(word, size=size, weight=style.get("weight", "regular")).width for word in said]
    space = SPACE * size / theme.PIXELS_PER_UNIT

    def broken(width: float) -> list[str]:
        rows, filled = [said[0]], widths[0]
        for word, wide in zip(said[1:], widths[1:], strict=True):
            if filled + space + wide > width:
                rows.append(word)
                filled = wide
            else:
                rows[-1] += f" {word}"
                filled += space + wide
        return rows

    count = len(broken(width))
    while width > max(widths) and len(broken(NARROWER * width)) == count:
        width *= NARROWER
    return lines(broken(width), size=size, **style)


def on_line(text: Text, left: float, foot: float) -> Text:
    """Let a line of type begin at `left`, its letters standing on a height, descenders below."""
    standing = next(k for k, letter in enumerate(text.original_text) if letter not in DESCENDING)
    return text.shift((left - text.get_left()[0], foot - text[standing].get_bottom()[1], 0.0))
