"""Soft autoregression: when each band is written, by a model that writes one after another and by diffusion.

    manim -pql scenes/staircase.py

The maps: of an autoregressive walk through a picture's DCT, a hard staircase; of the image model, on its way
to the same picture and free, a blurred one; of the waveform model, which has its staircase in power and not
in frequency. All are measured. Softness is the spread of what is written at once (`spectral.lockin.writing`).
Along power there are no octaves: there the spread is given in rows of the sorted map, each an octave wide.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, Mobject, VGroup

from manim_spectral import theme
from manim_spectral.chapters.staircase.measures import (
    MapContent,
    Writing,
    frequency_map,
    power_map,
    run_writing,
    walk_writing,
)
from manim_spectral.mobjects.figures import Figures
from manim_spectral.mobjects.picture import PicturePanel
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock, Stage
from manim_spectral.views.modality import run_view
from manim_spectral.views.run_view import HOLDS, RunView
from spectral import InputError, Trajectory

PANEL = 3.7  # units a side, where it stands beside the map
TITLE = 0.34  # room for the words above a panel or a map
AXIS = 0.34  # room for the words below a map
HEAD, FOOT = 0.65, 0.85  # room for the words above and below a map among others
NUMBERS = 0.4  # room for the bands' numbers
GAP = 0.45
BETWEEN = 0.25  # maps side by side
FIGURE = 1.6 * theme.HEADING


class Staircase(Stage):
    """One map after another as it is written, then all side by side."""

    run_time = 5.5  # seconds in which a map is written
    reading_time = 3.0  # seconds to look at what stands still

    def construct(self) -> None:
        runs = recordings.stage_trajectories(self.settings, "image")
        # A trajectory or a model of one's own is of pictures: the sound is the carried model's.
        carried = self.settings.model_copy(update={"trajectory": None, "model": None})
        sound = recordings.stage_trajectories(carried, "waveform").main
        with settings.one_line_errors():
            self.picture, self.clip = run_view(self.suited(runs.main)), run_view(sound)
            diffusion = run_writing(self.picture)
            if np.isnan(diffusion.softness):
                raise InputError(
                    "trajectory in which no band is written, expected one that ends at a picture"
                )
        self.maps = []
        self.walk()
        self.diffusion(diffusion)
        if runs.free is not None:
            self.free_run(run_view(runs.free))
        self.frequency()
        self.power()
        self.side_by_side()

    def suited(self, trajectory: Trajectory) -> Trajectory:
        """The trajectory, if it is of pictures; else an `InputError`."""
        if trajectory.modality != "image":
            raise InputError(f"trajectory of modality {trajectory.modality!r}, expected 'image'")
        return trajectory

    # -- the beats ----------------------------------------------------------------------------------------

    def walk(self) -> None:
        # The viewer sees: a picture written coefficient by coefficient; the map's rows light up in turn.
        self.beat(
            "walk",
            "An autoregressive walk writes a picture's frequencies one by one, coarse ones first. "
            "Each row is a band of frequencies, in colour while it is being written: a hard staircase.",
        )
        self.write(frequency_map(walk_writing(self.picture), "walk"), "Autoregression: a hard staircase")

    def diffusion(self, written: Writing) -> None:
        # The viewer sees: the image model on its way to the same picture, several rows in colour at a time.
        run = self.picture
        stairs = run.lock.order.frequency > HOLDS
        self.beat(
            "image model",
            "A diffusion model on its way to the same picture writes several bands at once, spread over plus "
            f"or minus {written.softness:.1f} octaves: {'a blurred' if stairs else 'no'} staircase.",
        )
        headline = "Diffusion: the same stairs, blurred" if stairs else "Diffusion: no stairs in frequency"
        self.write(frequency_map(written, written.kind, run), headline)

    def free_run(self, run: RunView) -> None:
        # The viewer sees: the same of a picture that nobody chose.
        written = run_writing(run)
        self.beat(
            "free run",
            "A free run of the same model, to a picture that nobody chose: "
            f"plus or minus {written.softness:.1f} octaves at once.",
        )
        self.write(frequency_map(written, written.kind, run), "A free run: nobody chose the picture")

    def frequency(self) -> None:
        # The viewer sees: the waveform model's map, rows by frequency: here and there, no stairs.
        tau = self.clip.lock.order.frequency
        stairs = "a staircase" if tau > HOLDS else "no staircase"
        self.beat(
            "by frequency",
            f"A sound, its rows sorted by frequency as before: {stairs}. "
            f"Kendall's tau of the bands' order against frequency is {tau:.2f}.",
        )
        headline = f"A sound: {'stairs' if tau > HOLDS else 'no stairs'} in frequency"
        self.write(frequency_map(run_writing(self.clip), "by frequency", self.clip), headline)

    def power(self) -> None:
        # The viewer sees: the same rows, moving to where their power puts them, the strongest at the bottom.
        chart, tau = self.chart, self.clip.lock.order.power
        stairs = "a staircase again" if tau > HOLDS else "no staircase either"
        self.beat(
            "by power",
            f"The same rows sorted by power, the strongest at the bottom: {stairs}. "
            f"Kendall's tau against power is {tau:.2f}.",
        )
        shown = power_map(self.maps[-1].written, "by power", self.clip)
        self.maps.append(shown)
        goal, rows, old = self.map_of(shown, self.chart_room), chart.rows(), self.figures
        gone, self.key = self.key, self.key_of("the same rows by power, the strongest at the bottom")
        self.figures = self.figures_of(shown)
        self.remove(chart.picture, chart.hand)
        self.add(rows, chart.frame)
        headline = "Sorted by power: " + ("the stairs are back" if tau > HOLDS else "no stairs either")
        self.play(*self.headline(headline), FadeOut(old, gone), FadeIn(self.key), run_time=0.8)
        moves = [*zip(rows, goal.rows(), strict=True), *zip(chart.names, goal.names, strict=True)]
        self.play(*(moved.animate.move_to(target) for moved, target in moves), run_time=2.4)
        self.remove(*rows, chart.frame, *chart.names)
        self.chart = goal
        self.add(goal)
        self.play(FadeIn(self.figures), run_time=theme.FADE)
        self.wait(self.reading_time)

    def side_by_side(self) -> None:
        # The viewer sees: all maps, each with its softness.
        soft = self.maps[1].written.softness
        self.beat(
            "side by side",
            "Autoregression writes one band at a time. Diffusion writes a spread of plus or minus "
            f"{soft:.1f} octaves at once: soft autoregression.",
        )
        leave, rooms = self.leave(), self.grid(len(self.maps))
        self.cells = [self.cell(room, shown) for room, shown in zip(rooms, self.maps, strict=True)]
        self.footer = self.sign("±: softness · τ: Kendall's, of the bands' order", "measured")
        self.play(*leave, *self.headline(f"One band at a time, or ±{soft:.1f} octaves at once"), run_time=0.8)
        self.play(FadeIn(*self.cells, self.footer), run_time=1)
        self.wait(2 * self.reading_time)

    # -- one map, as it is written ------------------------------------------------------------------------

    def write(self, shown: MapContent, headline: str) -> None:
        """Show a map being written beside what is written; then its figures."""
        leave, written = self.leave(), shown.written
        self.maps.append(shown)
        side, chart_room, self.figures_room = self.rooms()
        self.panel = panel = self.panel_of(written, side)
        self.chart_room, self.chart = chart_room, self.map_of(shown, chart_room)
        self.key = self.key_of(f"rows: {written.unit}, low at the bottom; in colour: being written")
        self.ends = self.ends_of(written, self.chart, clock=written.clock)
        self.footer, self.figures = self.sign(written.source, "measured"), self.figures_of(shown)
        self.chart.set_now(0)
        self.play(*leave, *self.headline(headline), run_time=0.6)
        self.play(FadeIn(self.footer, self.key, self.ends, panel, self.chart), run_time=theme.FADE)
        self.shown_step = 0

        def show(share: float) -> bool:
            self.chart.set_now(share)
            step, old = written.step_at(share), self.shown_step
            if step != old:
                panel.set_array(written.at(step))
                self.shown_step = step
            return step != old

        self.play(
            Clock(
                self,
                stills=Group(panel),
                movers=self.chart.moving,
                show=show,
                run_time=self.run_time,
            )
        )
        self.play(FadeIn(self.figures), run_time=theme.FADE)
        self.wait(self.reading_time)

    def rooms(self) -> tuple[float, Box, Box]:
        """The side of the panel at the top left, and the rooms of the map and of the figures."""
        body = self.layout.body
        if body.wide:
            under = body.top - TITLE - PANEL - GAP
            left = body.left + PANEL
            chart = Box(left + GAP, body.bottom, body.right, body.top)
            return PANEL, chart, Box(body.left, body.bottom, left, under)
        side = min(PANEL, 0.42 * body.width)
        under = body.top - TITLE - side
        chart = Box(body.left, body.bottom, body.right, under - GAP)
        return side, chart, Box(body.left + side + GAP, under, body.right, body.top - TITLE)

    def panel_of(self, written: Writing, side: float) -> PicturePanel:
        """What is written so far, at the first step, at the top left."""
        body = self.layout.body
        title = theme.words("written so far", weight="medium")
        panel = PicturePanel(written.picture(written.at(0), side, side), title=title)
        corner = body.top_left + TITLE * DOWN
        return panel.shift(corner - panel.frame.get_corner(UP + LEFT))

    def map_of(self, shown: MapContent, room: Box) -> WritingMap:
        """A map that fills a room, with the words around it."""
        written = shown.written
        names = max(theme.words(name, size=theme.SMALL).width for name in written.names) + 0.75
        width, height = room.width - names, room.height - TITLE - AXIS
        chart = WritingMap(
            written.explained,
            times=written.times,
            names=written.names,
            width=width,
            height=height,
            order=shown.order,
        )
        return chart.shift([room.left + names, room.bottom + AXIS, 0] - chart.frame.get_corner(DOWN + LEFT))

    def key_of(self, text: str) -> Mobject:
        """What the rows are, above the map."""
        key, frame = small(text), self.chart.frame
        edge = LEFT if key.width < frame.width else RIGHT  # there is room over the bands' names
        return key.next_to(frame, UP, buff=0.12).align_to(frame, edge)

    def ends_of(self, written: Writing, chart: WritingMap, *, clock: str = "") -> VGroup:
        """What the clock counts, and from where to where, below a map."""
        start, end = (
            small(text).next_to(chart.frame, DOWN, buff=0.1).align_to(chart.frame, edge)
            for text, edge in ((written.start, LEFT), (written.end, RIGHT))
        )
        middle = [small(clock).next_to(chart.frame, DOWN, buff=0.1)] if clock else []
        return VGroup(start, *middle, end)

    def figures_of(self, shown: MapContent) -> Figures:
        figures, room = Figures(*shown.rows, size=FIGURE, least=0, gap=0.4), self.figures_room
        return figures.move_to(room.centre).align_to(room.top_left, LEFT)

    def leave(self) -> list[FadeOut]:
        """Takes everything but the heading off the stage."""
        gone = self.others()
        return [FadeOut(*gone)] if gone else []

    # -- all maps -----------------------------------------------------------------------------------------

    def grid(self, count: int) -> list[Box]:
        """Rooms for this many maps, row by row, the last row in the middle."""
        body = self.layout.body
        columns = count if body.wide else 3 if body.width > 0.8 * body.height else 2
        rows = -(-count // columns)
        width = (body.width - (columns - 1) * BETWEEN) / columns
        height = (body.height - (rows - 1) * BETWEEN) / rows
        missing = rows * columns - count
        rooms = []
        for row, column in (divmod(k, columns) for k in range(count)):
            shift = missing / 2 if row == rows - 1 else 0
            left, top = body.left + (column + shift) * (width + BETWEEN), body.top - row * (height + BETWEEN)
            rooms.append(Box(left, top - height, left + width, top))
        return rooms

    def cell(self, room: Box, shown: MapContent) -> Group:
        """A map with its name above it and its numbers below."""
        number, what, _ = shown.spread
        order = " ".join(shown.tau[1::-1]) if shown.tau else "one by one"
        lines = [
            (theme.words(shown.written.name, weight="medium"), room.top - 0.2),
            (small(shown.kind), room.top - 0.48),
            (theme.words(number, size=1.3 * theme.HEADING, weight="semibold"), room.bottom + 0.37),
            (small(order), room.bottom + 0.05),
        ]
        for line, base in lines:  # the first letters stand on it
            line.shift([room.left - line.get_left()[0], base - line[0].get_bottom()[1], 0])
        figure = lines[2][0]
        what = theme.words(what.removesuffix(" at once"), weight="medium").next_to(figure, RIGHT, buff=0.12)
        what.shift((figure[-1].get_bottom()[1] - what[0].get_bottom()[1]) * UP)
        chart = WritingMap(
            shown.written.explained,
            times=shown.written.times,
            names=[""] * len(shown.written.names),
            width=room.width - NUMBERS,
            height=room.height - HEAD - AXIS - FOOT,
            order=shown.order,
        )
        chart.shift(room.top_left + NUMBERS * RIGHT + HEAD * DOWN - chart.frame.get_corner(UP + LEFT))
        return Group(chart, self.ends_of(shown.written, chart), *(line for line, _ in lines), what)


def small(text: str) -> Mobject:
    return theme.words(text, size=theme.SMALL, colour=theme.palette.quiet)
