"""Badge: says where the numbers of a plot come from."""

from __future__ import annotations

from typing import Literal, get_args

from manim import RIGHT, Dot, RoundedRectangle, VGroup

from manim_spectral import theme
from spectral import InputError

Provenance = Literal["measured", "closed form", "illustration"]


class Badge(VGroup):
    """A small pill: a dot and the word. Filled dot: measured; ring: closed form; none: illustration.

    Examples
    --------
    .. manim:: ThreeBadges
        :save_last_frame:

        from manim_spectral import Badge

        class ThreeBadges(Scene):
            def construct(self):
                badges = [Badge(word) for word in ("measured", "closed form", "illustration")]
                self.add(VGroup(*badges).arrange(RIGHT, buff=0.6).scale(1.6))
    """

    def __init__(self, provenance: Provenance) -> None:
        if provenance not in get_args(Provenance):
            raise InputError(f"Badge: found {provenance!r}, expected {' or '.join(get_args(Provenance))}")
        word = theme.words(provenance, size=theme.SMALL, colour=theme.palette.text)
        parts = VGroup(word)
        if provenance != "illustration":
            dot = Dot(radius=0.055, color=theme.palette.signal)
            if provenance == "closed form":
                dot.set_fill(opacity=0).set_stroke(theme.palette.signal, theme.LINE)
            parts = VGroup(dot, word).arrange(RIGHT, buff=0.1)
        pill = RoundedRectangle(
            corner_radius=0.17,
            width=parts.width + 0.3,
            height=0.34,
            stroke_color=theme.palette.rule,
            stroke_width=theme.HAIR,
            fill_color=theme.palette.panel,
            fill_opacity=1,
        )
        super().__init__(pill, parts.move_to(pill))
        self.provenance = provenance
