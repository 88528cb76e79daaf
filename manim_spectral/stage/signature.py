"""Where what is shown comes from: words that are cut where their room ends, and a badge."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from manim import LEFT, RIGHT, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge, Provenance
from manim_spectral.stage.layout import Box
from manim_spectral.views.run_view import RunView

APART = 0.3  # words and badge


def signature(words: str, provenance: Provenance, room: Box) -> VGroup:
    """Words at the left end of a room, as many as fit, and a badge at its right end."""
    badge = Badge(provenance).move_to(room.centre).align_to(room.top_right, RIGHT)
    line = longest(cuts(words), room.width - badge.width - APART, size=theme.SMALL)
    origin = theme.words(line, size=theme.SMALL, colour=theme.palette.quiet)
    return VGroup(origin.move_to(room.centre).align_to(room.top_left, LEFT), badge)


def run_signature(run: RunView, room: Box, *, beside: float = 0.0) -> VGroup:
    """Which run it is, how it is shown, and that it is measured; the longer of its names are cut first.

    Parameters
    ----------
    run
        The run.
    room
        For words and badge.
    beside
        Width of what else stands in that room.
    """
    t = run.trajectory
    width = room.width - Badge("measured").width - APART - beside
    source, model = t.source if t.origin == "bridge" else "", t.model
    lines = [origin_words(run, source=source, model=model)]
    while max(len(source), len(model)) > 3:
        # A camera's file name may be long, and a hub's model name.
        if len(source) >= len(model):
            source = shorter(source)
        else:
            model = shorter(model)
        lines.append(origin_words(run, source=source, model=model))
    return signature(longest(lines, width, size=theme.SMALL), "measured", room)


def origin_words(run: RunView, *, source: str, model: str) -> str:
    """Which run it is, by these names of what it ends in and of its model, and how it is shown."""
    path = f"bridge to {source}" if run.trajectory.origin == "bridge" else "free run"
    sampler = "ancestral" if run.trajectory.stochastic else "deterministic"
    return " · ".join(filter(None, (path, model, sampler, run.note)))


def shorter(name: str) -> str:
    """A name with one character less, and a sign that it was cut."""
    return name[:-2].rstrip("…") + "…"


def cuts(words: str) -> list[str]:
    """Words, whole and cut after every character, the longest first."""
    lines = [words]
    while len(lines[-1]) > 2:
        lines.append(shorter(lines[-1]))
    return lines


def longest(lines: Sequence[str], width: float, *, size: float, weight: str = "regular") -> str:
    """The first of lines of falling length that is no wider than `width`; where none is, the last."""

    def fits(line: str) -> bool:
        return theme.words(line, size=size, weight=weight).width <= width

    # Setting a line takes its time: if not the first, then by halves, not one after another.
    shown = 0 if fits(lines[0]) else bisect_left(lines, True, key=fits)
    return lines[min(shown, len(lines) - 1)]
