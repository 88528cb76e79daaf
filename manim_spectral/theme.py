"""Colours, type sizes and run times, once.

Colour is frequency: the bands run from red (low) to violet (high) in even steps of hue at one lightness and
one chroma of OKLCH (Ottosson 2020, "A perceptual color space for image processing"), so that no band looks
brighter than another. Noise is always the same grey-blue water, signal is white (black on the light ground).

Lengths are in manim units. The frame always has the area of manim's own 14.2 x 8 frame, whatever its shape,
so a size here is a size on screen: 1 unit is 60 pixels of an 854 x 480 picture. Type sizes are given in those
pixels, and none is under 12.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

import manimpango
import numpy as np
import svgelements
from manim import (
    MEDIUM,
    NORMAL,
    RIGHT,
    SEMIBOLD,
    ManimColor,
    MathTypst,
    Text,
    VMobject,
    VMobjectFromSVGPath,
    config,
    tempconfig,
)
from manim.constants import RendererType

from spectral import InputError

if config.renderer == RendererType.OPENGL:
    # Here, before a mobject of ours is made: manim turns their classes into others, on which nothing fits.
    # And by SystemExit, since manim prints a traceback for every Exception.
    print("error: --renderer: found opengl, expected cairo, for which we draw", file=sys.stderr)
    raise SystemExit(2)

PIXELS_PER_UNIT = 60  # of an 854 x 480 picture
FRAME_AREA = 8.0 * 8.0 * 16 / 9
MARGIN = 0.035  # of the frame's width and height, kept free at every edge

SMALL, BODY, HEADING = 13, 15, 22  # type sizes in pixels of an 854 x 480 picture
HAIR, LINE, BOLD = 1.0, 2.0, 3.5  # stroke widths, manim's own unit

# Run times in seconds.
FADE = 0.6
SETTLE = 1.6
LOCK_CLOSES = 0.35

FONT = "Inter"
typeface = FONT  # the present one
_chosen = False  # whether by `use`
WEIGHTS = {"regular": NORMAL, "medium": MEDIUM, "semibold": SEMIBOLD}
_LARGE = 96  # pango rounds glyph positions at small sizes: set type large, then shrink it
_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_EM = 1 / 72  # manim units per em and unit of font_size, measured from Inter's cap height (0.727 em)

for _font in sorted((Path(__file__).parent / "fonts").glob("Inter-*.[ot]tf")):
    manimpango.register_font(str(_font))


@dataclass(frozen=True)
class Palette:
    """The colours of one ground. `lightness` and `chroma` are those of the band colours (OKLCH)."""

    ground: str
    panel: str
    signal: str
    text: str
    quiet: str
    rule: str
    water: str
    lightness: float
    chroma: float


DARK = Palette(
    ground="#0c0f16",
    panel="#171c27",
    signal="#ffffff",
    text="#e8ecf3",
    quiet="#9aa5b8",
    rule="#4b566b",
    water="#6f8db3",
    lightness=0.76,
    chroma=0.15,
)
LIGHT = Palette(
    ground="#ffffff",
    panel="#eef1f6",
    signal="#10131a",
    text="#1a1f2b",
    quiet="#566074",
    rule="#aab3c2",
    water="#5f7fa8",
    lightness=0.52,
    chroma=0.15,
)
_PALETTES = {"dark": DARK, "light": LIGHT}
palette = DARK


def use(ground: str | Palette | None, *, font: str = FONT) -> None:
    """Choose colours and type for every mobject built from now on.

    Parameters
    ----------
    ground
        "dark", "light", or a palette of one's own, which then hold on every `Stage` too; with None a `Stage`
        goes by the setting `SPECTRAL_THEME` again, as it does unless this is called.
    font
        Name of a typeface that this machine has.

    Raises
    ------
    InputError
        If `ground` is none of these, or the machine has no such typeface.

    Examples
    --------
    >>> from dataclasses import replace
    >>> use(replace(DARK, water="#b3866f", chroma=0.1), font="Inter")
    >>> palette.water
    '#b3866f'
    >>> use(None)
    """
    global palette, typeface, _chosen
    if not (ground is None or isinstance(ground, Palette) or ground in _PALETTES):
        raise InputError(f"theme: found {ground!r}, expected 'dark', 'light' or a Palette")
    if font not in manimpango.list_fonts():
        raise InputError(f"font: found {font!r}, expected a typeface that this machine has")
    palette = ground if isinstance(ground, Palette) else _PALETTES[ground or "dark"]
    typeface, _chosen = font, ground is not None
    config.background_color = palette.ground


def follow(ground: str) -> None:
    """Take this ground, "dark" or "light", unless `use` has chosen another."""
    global palette
    if not _chosen:
        palette = _PALETTES[ground]
        config.background_color = palette.ground


def fit_frame() -> None:
    """Give the frame, whatever its aspect ratio, the area of the 16:9 one: text keeps its size on screen."""
    aspect = config.pixel_width / config.pixel_height
    config.frame_height = math.sqrt(FRAME_AREA / aspect)
    config.frame_width = config.frame_height * aspect


def oklch(lightness: float, chroma: float, hue: float) -> ManimColor:
    """sRGB colour of an OKLCH triple (hue in radians), chroma lowered until it fits the gamut."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.array(
        [
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        ]
    )
    if (linear.min() < -1e-3 or linear.max() > 1 + 1e-3) and chroma > 0.01:
        return oklch(lightness, chroma - 0.005, hue)
    linear = linear.clip(0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return ManimColor.from_rgb(tuple(rgb.clip(0, 1)))


def band_colours(count: int, *, on: Palette | None = None) -> list[ManimColor]:
    """Red for the lowest band to violet for the highest, even steps of hue; on the present ground or `on`."""
    ground = on or palette
    hues = np.radians(np.linspace(25, 305, count))
    return [oklch(ground.lightness, ground.chroma, hue) for hue in hues]


def words(text: str, *, size: float = BODY, colour: str | None = None, weight: str = "regular") -> Text:
    """One line of type, `size` in pixels of an 854 x 480 picture."""
    line = _set(text, weight, typeface).copy().set_color(colour or palette.text)
    return line.scale(size / PIXELS_PER_UNIT / (_LARGE * _EM))


@lru_cache(maxsize=512)
def _set(text: str, weight: str, font: str) -> Text:
    """A line in large type; setting it takes longer than a copy."""
    # manim breaks lines at the film's width in pixels; here a line is a line.
    with tempconfig({"pixel_width": 100_000}):
        return _Line(text, font=font, font_size=_LARGE, weight=WEIGHTS[weight])


class _Line(Text):
    """Text of glyphs that are read once: manim reads each letter's outline as often as it occurs, which takes
    seven times as long."""

    def generate_mobject(self) -> Self:
        drawing = ElementTree.parse(self.get_file_path()).getroot()
        if drawing.findall(f"{_SVG}g//{_SVG}path"):  # boxes for what no typeface here has
            return super().generate_mobject()
        outlines = {
            symbol.get("id"): path.get("d", "")
            for symbol in drawing.iter()
            for path in symbol.iterfind(f"{_SVG}path")
        }
        for use in drawing.iter(f"{_SVG}use"):
            if outline := outlines[use.get(_LINK, "")[1:]]:  # a blank has none
                place = float(use.get("x", 0)), float(use.get("y", 0)), 0.0
                self.add(_glyph(outline).copy().shift(place))
        self.id_to_vgroup_dict = {}
        return self.flip(RIGHT)  # SVG counts downwards


@lru_cache(maxsize=512)
def _glyph(outline: str) -> VMobject:
    return VMobject().set_points(VMobjectFromSVGPath(svgelements.Path(outline)).points)


def symbol(typst: str, *, size: float = BODY, colour: str | None = None) -> MathTypst:
    """A formula, set by Typst at the size of the words beside it."""
    formula = MathTypst(typst, font_size=size / PIXELS_PER_UNIT / _EM, color=colour or palette.text)
    for glyph in formula.family_members_with_points():
        if isinstance(glyph, VMobjectFromSVGPath):
            del glyph.path_obj  # what its points were made of; copies, as fades make them, take long with it
    return formula
