"""PicturePanel: a framed picture with its title, and what of a run it shows."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, PI, RIGHT, UP, Group, Rectangle, VGroup, VMobject

from manim_spectral import theme
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.mobjects.picture import Picture, fitted
from manim_spectral.mobjects.waveform import Waveform
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import PanelContent, RunView
from spectral import InputError, Trajectory

SHOWN = ("x_t", "denoised")  # what of a run a panel can show
BESIDE = 0.15  # between a title and its symbol


def drawn(content: PanelContent, array: np.ndarray, width: float, height: float) -> Picture:
    """An array as the content of a panel is drawn, as large as a room of this size holds."""
    if content.drawn == "waveform":
        return Waveform(array, width, height, limit=1.0)
    if content.drawn == "stretched":
        return Picture(array, height=height).stretch_to_fit_width(width)
    return fitted(array, width, height)


class PicturePanel(OfRun, Group):
    """A framed picture with its title above, and the names of its axes where it has any.

    Parameters
    ----------
    across, up
        What runs to the right, said under the picture (or above it, beside the title), and what runs upward,
        said at its left.

    Examples
    --------
    .. manim:: PanelsOfARun
        :save_last_frame:

        import spectral
        from manim_spectral import PicturePanel

        class PanelsOfARun(Scene):
            def construct(self):
                run = spectral.record("photos-64", steps=20, seed=7)
                panels = [PicturePanel.of(run, shows=what, width=4, height=4) for what in ("x_t", "denoised")]
                self.add(Group(*(panel.set_moment(0.7) for panel in panels)).arrange(RIGHT, buff=1))
    """

    def __init__(
        self,
        picture: Picture,
        *,
        title: VMobject,
        across: str = "",
        across_above: bool = False,
        up: str = "",
    ) -> None:
        self.content: PanelContent | None = None
        self.picture = picture
        self.frame = Rectangle(
            width=self.picture.width,
            height=self.picture.height,
            stroke_color=theme.palette.rule,
            stroke_width=theme.HAIR,
        ).move_to(picture)
        self.title = title.next_to(self.frame, UP, buff=0.12).align_to(self.frame, LEFT)
        super().__init__(self.picture, self.frame, self.title)
        if across:
            words = theme.words(across, size=theme.SMALL, colour=theme.palette.quiet)
            if across_above:
                words.next_to(self.frame, UP, buff=0.12)
            else:
                words.next_to(self.frame, DOWN, buff=0.08)
            self.add(words.align_to(self.frame, RIGHT))
        if up:
            words = theme.words(up, size=theme.SMALL, colour=theme.palette.quiet).rotate(PI / 2)
            self.add(words.next_to(self.frame, LEFT, buff=0.08))
            title.align_to(words, LEFT)
        self.move_to(ORIGIN)

    @classmethod
    def of(
        cls,
        run: Trajectory | RunView,
        *,
        shows: Literal["x_t", "denoised"] = "denoised",
        width: float = 2.5,
        height: float = 2.5,
    ) -> Self:
        """What a run's sampler holds, or what its model expects to be in it.

        Parameters
        ----------
        run
            A `spectral.Trajectory`, or the view of one.
        shows
            "x_t", the noisy signal, or "denoised", the estimate.
        width, height
            Of the room that the picture may take.

        Raises
        ------
        InputError
            If `run` is no trajectory, or `shows` neither of the two.
        """
        width = checked_size("width", width)
        height = checked_size("height", height)
        if shows not in SHOWN:
            raise InputError(f"shows: found {shows!r}, expected {' or '.join(SHOWN)}")
        view = run_view(run)
        content = view.views[SHOWN.index(shows)]
        return cls.showing(content, width=width, height=height).begin_with(view)

    @classmethod
    def showing(
        cls, content: PanelContent, *, width: float, height: float, above: bool = False, across: bool = True
    ) -> Self:
        """A panel of such a content, at the first step.

        Parameters
        ----------
        content
            Its words and what it shows.
        width, height
            Of the room that the picture may take.
        above
            Whether what runs to the right is said above the picture.
        across
            Whether it is said at all.
        """
        title = theme.words(content.title, size=theme.BODY, weight="medium")
        symbol = theme.symbol(content.symbol, size=1.3 * theme.BODY, colour=theme.palette.quiet)
        panel = cls(
            drawn(content, content.at(0), width, height),
            title=VGroup(title, symbol.next_to(title, RIGHT, buff=BESIDE)),
            across=content.across if across else "",
            across_above=above,
            up=content.up,
        )
        panel.content = content
        return panel

    def show_step(self, run: RunView, step: int) -> None:
        if self.content is not None:
            self.set_array(self.content.at(step))

    def set_array(self, array: np.ndarray) -> Self:
        self.picture.set_array(array)
        return self
