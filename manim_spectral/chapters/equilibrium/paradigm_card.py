"""ParadigmCard: one way to make things: what it writes step by step, what it gains and gives up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, VGroup

from manim_spectral import theme
from manim_spectral.mobjects.lines import on_line

PITCH = 0.36  # from line to line
BY_THE_SIDE = 0.5  # between what is written and the traits, where those stand beside it


class ParadigmCard(VGroup):
    """`head`, the name and what it is used for; under it `steps`, what it writes; `order`; and `traits`.

    Parameters
    ----------
    steps
        What is written, around the origin.
    width, height
        Room that it has there.
    traits
        Lines that begin with "+" for what is gained or with "−" for what is not to be had.
    beside
        The traits stand to the right of `steps`, else below.
    """

    def __init__(
        self,
        name: str,
        used_for: str,
        *,
        steps: VGroup,
        width: float,
        height: float,
        order: str,
        traits: Sequence[str],
        beside: bool,
    ) -> None:
        quiet = theme.palette.quiet
        left, bottom, top = -width / 2, -height / 2, height / 2
        self.steps = steps
        title = on_line(theme.words(name, weight="semibold"), left, top + 0.2 + 0.9 * PITCH)
        use = on_line(theme.words(used_for, size=theme.SMALL, colour=quiet), left, top + 0.2)
        self.head = VGroup(title, use)
        self.order = on_line(theme.words(order), left, bottom - PITCH)
        if beside:
            left, first = width / 2 + BY_THE_SIDE, PITCH * (len(traits) / 2 - 0.7)
        else:
            first = bottom - 2.35 * PITCH
        self.traits = VGroup(*[self._trait(t, left, first - k * PITCH) for k, t in enumerate(traits)])
        super().__init__(self.head, steps, self.order, self.traits)

    @property
    def corner(self) -> np.ndarray:
        """Where the name begins."""
        return self.head[0][0].get_corner(DOWN + LEFT)

    @staticmethod
    def _trait(text: str, left: float, foot: float) -> VGroup:
        sign, what = text.split(" ", 1)
        mark = theme.words(sign, weight="semibold")
        said = theme.words(what, colour=theme.palette.text if sign == "+" else theme.palette.quiet)
        on_line(said, left + 0.28, foot)
        return VGroup(mark.move_to((left + 0.09, said[0].get_bottom()[1] + 0.09, 0)), said)
