"""SpectrumStage: what a scene about pictures and their spectra stands on."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group, VGroup, VMobject, smooth

from manim_spectral import theme
from manim_spectral.chapters.spectrum.layout import squares
from manim_spectral.mobjects.figures import decimals
from manim_spectral.mobjects.lines import on_line, paragraph
from manim_spectral.mobjects.picture import PicturePanel, fitted
from manim_spectral.mobjects.spectrum_plot import Legend, SpectrumPlot
from manim_spectral.sources import settings
from manim_spectral.sources.material import SIDE, pictures
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock, Stage, cuts, longest
from manim_spectral.views.collection import Collection, PictureWaves

ABOVE = 0.17  # from a picture to the foot of its title
INSIDE = 0.12  # from a plot's edge to words in it


class SpectrumStage(Stage):
    """The chosen pictures, `collection`, and the one that is looked at, `main`; panels, words and one plot
    for all curves."""

    most = 60  # pictures of a collection
    morphing_time = 0.8  # seconds

    def gather(self) -> None:
        """Read the pictures and measure them; `footer` says which."""
        shown = pictures(self.settings, self.most)
        with settings.one_line_errors():
            self.collection = Collection(shown)
        self.main = PictureWaves(shown[0])
        own, one = self.settings.images, self.settings.image
        if own is not None:
            which = f"{len(shown)} picture{'s' * (len(shown) > 1)} from {own.name or own}"
        else:
            which = f"{one.name} and {len(shown) - 1}" if one else f"{len(shown)}"
            which += " carried photographs"
        self.footer = self.sign(f"{which} · {SIDE} × {SIDE} pixels", "measured")

    def plot_in(self, room: Box) -> SpectrumPlot:
        """A plot for every curve of the collection, its plotting area in a room."""
        plot = SpectrumPlot(
            self.collection.freq,
            edges=self.collection.edges,
            ticks=self.collection.ticks,
            power_range=self.collection.power_range,
            axis_label="cycles per image",
            width=room.width,
            height=room.height,
        )
        return plot.shift(room.centre - plot.frame.get_center())

    def panel(self, pixels: np.ndarray, title: str, box: Box) -> PicturePanel:
        """A picture in the middle of a room left for it alone, its title above."""
        picture = fitted(pixels, box.width, box.height)
        shown = longest(cuts(title), picture.width, size=theme.BODY, weight="medium")
        words = theme.words(shown, weight="medium")  # a camera's file name may be long
        panel = PicturePanel(picture, title=words)
        on_line(words, panel.frame.get_left()[0], panel.frame.get_top()[1] + ABOVE)
        return panel.shift(box.centre - panel.frame.get_center())

    def wall(self, room: Box) -> Group:
        """Every picture of the collection, small."""
        boxes = squares(len(self.collection.shown), room)
        return Group(
            *[
                fitted(shown.pixels, box.width, box.height).move_to(box.centre)
                for shown, box in zip(self.collection.shown, boxes, strict=True)
            ]
        )

    def curve(self, power: np.ndarray) -> VMobject:
        """A quiet curve in the plot, (rings,) power, for the plot to add."""
        return self.plot.further(self.collection.freq, power)

    def note(self, box: Box, text: str) -> VGroup:
        """Quiet words at the top left of a room."""
        words = paragraph(text, 0.95 * box.width, colour=theme.palette.quiet, centred=False)
        return words.move_to(box.top_left, UP + LEFT)

    def under(self, panel: PicturePanel) -> Box:
        """Room for a line under a panel, as far as the frame goes."""
        left, bottom = panel.frame.get_left()[0], panel.frame.get_bottom()[1]
        return Box(left, bottom - 0.45, self.layout.body.right, bottom - 0.15)

    def key(self, *entries: tuple) -> Legend:
        """What the plot's curves are, above it."""
        legend = Legend(*entries).next_to(self.plot.frame, UP, buff=0.15)
        return legend.align_to(self.plot.frame, LEFT)

    def law_figures(self) -> VGroup:
        """The power law and what it leaves, in the plot's corner that the curves leave free: the upper right
        one where they fall."""
        law = self.collection.law
        formula = theme.symbol(f"P prop f^({decimals(-law.exponent)})", size=theme.HEADING)
        texts = [
            f"exponent {decimals(law.exponent)}",
            f"residual {law.residual_db:.2f} dB rms (factor {10 ** (law.residual_db / 10):.2f})",
            f"from {law.low:.0f} to {law.high:.0f} cycles per image",
        ]
        if len(self.collection.shown) > 1:
            low, high = (decimals(end(self.collection.exponents)) for end in (min, max))
            texts.append(f"single pictures: {low} to {high}")
        figures = VGroup(formula, *[theme.words(text, size=theme.SMALL) for text in texts])
        curves = np.concatenate([part.points for part in Group(self.plot.curve, self.lines).get_family()])

        def crossed(block: VGroup) -> int:
            corners = [(row.get_corner(DOWN + LEFT), row.get_corner(UP + RIGHT)) for row in block]
            return sum(((curves > low) & (curves < high))[:, :2].all(axis=1).sum() for low, high in corners)

        def placed(corner: np.ndarray, side: np.ndarray) -> VGroup:
            block = figures.copy().arrange(DOWN, buff=0.13, aligned_edge=side)
            return block.move_to(self.plot.frame.get_corner(corner) - INSIDE * corner, corner)

        return min(placed(UP + RIGHT, RIGHT), placed(DOWN + LEFT, LEFT), key=crossed)

    def morph(self, old: np.ndarray, new: np.ndarray) -> None:
        """Move the curve from one measured spectrum to another."""

        def show(share: float) -> bool:
            self.plot.set_power(old * (new / old) ** smooth(share))
            return False

        movers = Group(self.plot.curve)
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=self.morphing_time))
