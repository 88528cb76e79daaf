"""CollectionPlot: the spectra of a collection of pictures, and the power law through their mean."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group, VGroup, VMobject

from manim_spectral import theme
from manim_spectral.chapters.spectrum import words
from manim_spectral.mobjects.figures import decimals
from manim_spectral.mobjects.legend import Legend
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.stage.layout import Box
from manim_spectral.views.collection import Collection

INSIDE = 0.12  # from the plot's edge to words in it


class CollectionPlot(SpectrumPlot):
    """A plot for every curve of the collection, its plotting area in a room."""

    def __init__(self, collection: Collection, room: Box) -> None:
        super().__init__(
            collection.freq,
            edges=collection.edges,
            ticks=collection.ticks,
            power_range=collection.power_range,
            axis_label=words.AXIS,
            width=room.width,
            height=room.height,
        )
        self.shift(room.centre - self.frame.get_center())

    def quiet_curve(self, power: np.ndarray) -> VMobject:
        """One curve more, (rings,) power, for its owner to add."""
        return self.further(self.freq, power)

    def law_line(self, collection: Collection) -> VMobject:
        """The power law over the range that it was fitted to, for its owner to add."""
        freq = np.geomspace(collection.law.low, collection.law.high, 32)
        return self.further(freq, collection.law.at(freq)).set_stroke(theme.palette.signal, theme.LINE)

    def legend_above(self, *entries: tuple[VMobject, str]) -> Legend:
        """What the curves are."""
        return Legend(*entries).next_to(self.frame, UP, buff=0.15).align_to(self.frame, LEFT)

    def law_figures(self, collection: Collection, others: VGroup) -> VGroup:
        """The power law and what it leaves, in the plot's corner that the curve and `others` leave free: the
        upper right one where they fall."""
        formula = theme.symbol(f"P prop f^({decimals(-collection.law.exponent)})", size=theme.HEADING)
        lines = words.law_lines(collection.law, collection.exponents)
        figures = VGroup(formula, *[theme.words(text, size=theme.SMALL) for text in lines])
        curves = np.concatenate([part.points for part in Group(self.curve, others).get_family()])

        def crossed(block: VGroup) -> int:
            corners = [(row.get_corner(DOWN + LEFT), row.get_corner(UP + RIGHT)) for row in block]
            return sum(((curves > low) & (curves < high))[:, :2].all(axis=1).sum() for low, high in corners)

        def placed(corner: np.ndarray, side: np.ndarray) -> VGroup:
            block = figures.copy().arrange(DOWN, buff=0.13, aligned_edge=side)
            return block.move_to(self.frame.get_corner(corner) - INSIDE * corner, corner)

        return min(placed(UP + RIGHT, RIGHT), placed(DOWN + LEFT, LEFT), key=crossed)
