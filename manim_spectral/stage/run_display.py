"""RunDisplay: a whole run as one mobject, in the rooms of a frame: panels, spectrum, bands, timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import LEFT, RIGHT, UP, Group, Square, Text, VGroup, VMobject

from manim_spectral import theme
from manim_spectral.mobjects.band_rack import BandRack
from manim_spectral.mobjects.legend import Legend, line_swatch, rainbow_swatch, water_swatch
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.stage.layout import Box, Layout
from manim_spectral.stage.signature import run_signature
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import PanelContent, RunView
from spectral import LockIn, Trajectory

AXIS_WORDS = 0.26  # room that the name of a panel's axis takes beside it
MARKS = ("closed form expects the lock", "locked")  # what the timeline's hollow and filled marks are


class RunDisplay(OfRun, Group):
    """A run's panels, spectrum, band rack and timeline, each in its place, with the words that they need.

    Parameters
    ----------
    run
        The run, measured.
    layout
        The rooms of the frame.
    contents
        What the two panels show; what the sampler holds and what the model expects, unless given.
    marks
        What the timeline's hollow and filled marks are.

    Attributes
    ----------
    panels, readouts, plot, legend, rack, rack_caption, timeline, marks_key, footer
        Its parts, which can be faded in, moved and left one by one.

    Examples
    --------
    .. manim:: WholeRun
        :quality: low

        import spectral
        from manim_spectral import RunDisplay

        class WholeRun(Scene):
            def construct(self):
                display = RunDisplay.of(spectral.record("photos-64", steps=20, seed=7))
                self.add(display)
                self.play(display.animate(run_time=4).set_moment(1))
    """

    def __init__(
        self,
        run: RunView,
        *,
        layout: Layout,
        contents: Sequence[PanelContent] | None = None,
        marks: tuple[str, str] = MARKS,
    ) -> None:
        super().__init__()
        self.layout, self.marks = layout, marks
        self.panels = [
            self.panel(content, box)
            for content, box in zip(contents or run.views, layout.panels, strict=True)
        ]
        self.plot = SpectrumPlot.of(run, width=layout.plot.width, height=layout.plot.height)
        self.plot.shift(layout.plot.centre - self.plot.frame.get_center())
        self.legend = self._legend(run)
        self.step = Readout("step", places=len(str(run.n_steps)), after=f"of {run.n_steps}")
        self.noise_level = Readout("noise σ/α", places=6)
        self.readouts = VGroup(self.step, self.noise_level)
        for readout, box, panel in zip(self.readouts, layout.readouts, self.panels, strict=True):
            readout.move_to(box.centre).align_to(box.top_left if layout.strips else panel.frame, LEFT)
        self.rack = BandRack.for_view(
            run, width=layout.rack.width, side=layout.rack_side, rows=layout.rack_rows
        )
        self.rack.move_to(layout.rack.centre).align_to(layout.rack.top_left, UP).align_to(
            layout.rack.top_left, LEFT
        )
        self.rack_caption: VMobject = self._rack_caption(run)
        self.marks_key = self.key(run).move_to(layout.key.centre).align_to(layout.key.top_right, RIGHT)
        self.timeline = Timeline.for_view(run, width=layout.timeline.width)
        self.timeline.move_to(layout.timeline.centre)
        self.footer = self.signature(run)
        self.add(*self.panels, self.plot, self.legend, self.readouts, self.rack, self.rack_caption)
        self.add(self.timeline, self.marks_key, self.footer)
        self.begin_with(run)

    @classmethod
    def of(
        cls,
        run: Trajectory | RunView,
        *,
        width: float | None = None,
        height: float | None = None,
        lock: LockIn | None = None,
    ) -> Self:
        """A whole run, as large as the frame holds, or in a room of its own.

        Parameters
        ----------
        run
            A `spectral.Trajectory`, or the view of one.
        width, height
            At most, in manim units; the frame's unless given.
        lock
            What `spectral.lock_in` measured of it, for bands or a threshold of one's own.

        Raises
        ------
        InputError
            If `run` is no trajectory, `lock` another's, or a size not above 0.
        """
        view = run_view(run, lock=lock)
        display = cls(view, layout=Layout.of_frame(view.aspect))
        sizes = {"width": (width, display.width), "height": (height, display.height)}
        shares = [checked_size(n, given) / own for n, (given, own) in sizes.items() if given is not None]
        return display.scale(min(shares, default=1.0))

    @property
    def stills(self) -> Group:
        """What changes with a step alone (see `Clock`)."""
        return Group(*self.panels, self.readouts, *self.rack.cells, self.timeline.measured)

    @property
    def movers(self) -> Group:
        """What changes on every frame."""
        return Group(self.plot.moving, self.timeline.moving, self.rack.locks)

    @property
    def shown_step(self) -> int:
        """The step that is shown, from 0."""
        return self._step

    def show_step(self, run: RunView, step: int) -> None:
        t = run.trajectory
        for part in (*self.panels, self.plot, self.rack, self.timeline):
            part.run, part._step = run, step  # each can be played alone as well
            part.show_step(run, step)
        self.step.set_text(f"{step + 1:>{len(str(run.n_steps))}}")
        ratio = t.sigma[step] / max(t.alpha[step], 1e-12)
        # Sound ends at a thousandth of the noise that pictures end at.
        decimals = 4 if ratio < 0.095 and t.sigma[-1] < 0.005 * t.alpha[-1] else 2
        self.noise_level.set_text(f"{ratio:.{decimals}f}" if ratio < 1000 else "999+")
        self._step = step

    def show_between(self, run: RunView, moment: float) -> None:
        self.rack.pace = self.pace
        for part in (*self.panels, self.plot, self.rack, self.timeline):
            part.moment = min(max(moment, 0.0), 1.0)
            part.show_between(run, moment)

    # -- its parts ----------------------------------------------------------------------------------------

    def panel(self, content: PanelContent, box: Box) -> PicturePanel:
        """A content's panel in a box, with room for the names of its axes."""
        strip, last = self.layout.strips, box is self.layout.panels[-1]
        left = AXIS_WORDS if content.up else 0
        under = AXIS_WORDS if content.across and not strip else 0
        room = Box(box.left + left, box.bottom + under, box.right, box.top)
        panel = PicturePanel.showing(
            content,
            width=room.width,
            height=room.height,
            across=last or not strip,  # strips stand above one another
            above=strip,
        )
        corner = [room.left + panel.frame.width / 2, room.centre[1], 0]
        return panel.shift(corner - panel.frame.get_center())

    def key(self, run: RunView) -> Legend:
        """What the hollow and the filled marks are."""
        hollow = Square(side_length=0.14).rotate(np.pi / 4).set_stroke(theme.palette.signal, theme.LINE)
        filled = hollow.copy().set_fill(theme.palette.signal, 1)
        expected = [(hollow, self.marks[0])] if run.has_tide else []
        return Legend(*expected, (filled, self.marks[1]))

    def signature(self, run: RunView) -> VGroup:
        """Which run this is, how it is shown, and that it is measured."""
        same_row = self.layout.key.bottom == self.layout.footer.bottom
        beside = self.key(run).width + 0.4 if same_row else 0.0
        return run_signature(run, self.layout.footer, beside=beside)

    def _legend(self, run: RunView) -> Legend:
        entries = [
            (line_swatch(theme.palette.quiet, theme.LINE), run.final_words),
            (rainbow_swatch(), "the estimate now"),
        ]
        if run.has_tide:
            entries.append((water_swatch(), "noise: the tide"))
        legend = Legend(*entries)
        return legend.next_to(self.plot.frame, UP, buff=0.15).align_to(self.plot.frame, RIGHT)

    def _rack_caption(self, run: RunView) -> Text:
        room = self.layout.rack
        for line in (
            f"{run.rack_words}: the meter shows the share explained, its line where the band locks",
            "meter: share explained, its line: where the band locks",
        ):
            caption = theme.words(line, size=theme.SMALL, colour=theme.palette.quiet)
            if caption.width <= room.width:
                break
        return caption.next_to(self.rack, UP, buff=0.1).align_to(room.top_left, LEFT)
