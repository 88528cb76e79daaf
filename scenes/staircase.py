"""Soft autoregression: when each band is written, by a model that writes one after another and by diffusion.

    manim -pql scenes/staircase.py

The maps: of an autoregressive walk through a picture's DCT, a hard staircase; of the image model, on its way
to the same picture and free, a blurred one; of the waveform model, which has its staircase in power and not
in frequency. All are measured. Softness is the spread of what is written at once (`spectral.lockin.writing`).
Along power there are no octaves: there the spread is given in rows of the sorted map, each an octave wide.
"""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut, Group, Text

from manim_spectral import theme
from manim_spectral.chapters.staircase import words
from manim_spectral.chapters.staircase.layout import StaircaseLayout, grid
from manim_spectral.chapters.staircase.maps import (
    MapCell,
    MapContent,
    ends_under,
    figures_in,
    key_over,
    map_in,
    panel_in,
)
from manim_spectral.chapters.staircase.measures import (
    rows_by_frequency,
    rows_by_power,
    run_writing,
    walk_writing,
)
from manim_spectral.mobjects.figures import Figures
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.clock import Clock
from manim_spectral.stage.stage import Stage
from manim_spectral.views.modality import run_view
from manim_spectral.views.pictures import PictureView
from manim_spectral.views.run_view import HOLDS, RunView
from spectral import InputError, Trajectory


class Staircase(Stage):
    """One map after another as it is written, then all side by side."""

    run_time = 5.5  # seconds in which a map is written
    reading_time = 3.0  # seconds to look at what stands still

    panel: PicturePanel  # of what is written; the map, what its rows are, and its figures
    chart: WritingMap
    key: Text
    figures: Figures

    def construct(self) -> None:
        runs = recordings.stage_trajectories(self.settings, "image")
        # A trajectory or a model of one's own is of pictures: the sound is the carried model's.
        carried = self.settings.model_copy(update={"trajectory": None, "model": None})
        sound = recordings.stage_trajectories(carried, "waveform").main
        self.set_the_stage(runs.main, sound)
        self.walk()
        self.diffusion()
        if runs.free is not None:
            self.free_run(run_view(runs.free))
        self.frequency()
        self.power()
        self.side_by_side()

    @settings.one_line_errors()
    def set_the_stage(self, picture: Trajectory, sound: Trajectory) -> None:
        """Measure both runs."""
        if picture.modality != "image":
            raise InputError(f"trajectory of modality {picture.modality!r}, expected 'image'")
        self.picture, self.clip = PictureView(picture), run_view(sound)
        self.diffused = run_writing(self.picture)
        if np.isnan(self.diffused.softness):
            raise InputError("trajectory in which no band is written, expected one that ends at a picture")
        self.rooms = StaircaseLayout.of(self.layout.body)
        self.maps: list[MapContent] = []

    def walk(self) -> None:
        # The viewer sees: a picture written coefficient by coefficient; the map's rows light up in turn.
        said, run, writing = words.WALK_BEAT, self.picture, walk_writing(self.picture)
        self.beat("walk", said.caption)
        rows = rows_by_frequency(writing)
        self.write(MapContent(writing, rows, words.walk_words(run), run.views[1]), said.headline)

    def diffusion(self) -> None:
        # The viewer sees: the image model on its way to the same picture, several rows in colour at a time.
        run, writing = self.picture, self.diffused
        stairs = run.lock.order.frequency > HOLDS
        said = words.MODEL_BEAT if stairs else words.MODEL_BEAT_OF_NO_ORDER
        said = said.filled(softness=writing.softness)
        self.beat("image model", said.caption)
        rows = rows_by_frequency(writing, run)
        self.write(MapContent(writing, rows, words.run_words(run), run.views[1]), said.headline)

    def free_run(self, run: RunView) -> None:
        # The viewer sees: the same of a picture that nobody chose.
        writing = run_writing(run)
        said = words.FREE_RUN_BEAT.filled(softness=writing.softness)
        self.beat("free run", said.caption)
        rows = rows_by_frequency(writing, run)
        self.write(MapContent(writing, rows, words.run_words(run), run.views[1]), said.headline)

    def frequency(self) -> None:
        # The viewer sees: the waveform model's map, rows by frequency: here and there, no stairs.
        run, writing = self.clip, run_writing(self.clip)
        stairs = run.lock.order.frequency > HOLDS
        said = words.FREQUENCY_BEAT_OF_STAIRS if stairs else words.FREQUENCY_BEAT
        said = said.filled(tau=run.lock.order.frequency)
        self.beat("by frequency", said.caption)
        rows, of_map = rows_by_frequency(writing, run), words.run_words(run, "by frequency")
        self.write(MapContent(writing, rows, of_map, run.views[1]), said.headline)

    def power(self) -> None:
        # The viewer sees: the same rows, moving to where their power puts them, the strongest at the bottom.
        run, before, chart = self.clip, self.maps[-1], self.chart
        stairs = run.lock.order.power > HOLDS
        said = words.POWER_BEAT if stairs else words.POWER_BEAT_OF_NO_ORDER
        said = said.filled(tau=run.lock.order.power)
        self.beat("by power", said.caption)
        by_power = rows_by_power(before.writing, run)
        content = MapContent(before.writing, by_power, words.words_by_power(before.words), before.panel)
        self.maps.append(content)
        goal, rows = map_in(self.rooms.chart, content), chart.rows()
        gone = [self.figures, self.key]
        self.key, self.figures = key_over(chart, words.ROWS_BY_POWER), figures_in(self.rooms.figures, content)
        self.remove(chart.picture, chart.hand)
        self.add(rows, chart.frame)
        self.play(*self.headline(said.headline), FadeOut(*gone), FadeIn(self.key), run_time=0.8)
        moves = [*zip(rows, goal.rows(), strict=True), *zip(chart.names, goal.names, strict=True)]
        self.play(*(moved.animate.move_to(target) for moved, target in moves), run_time=2.4)
        self.remove(*rows, chart.frame, *chart.names)
        self.chart = goal
        self.add(goal)
        self.play(FadeIn(self.figures), run_time=theme.FADE)
        self.wait(self.reading_time)

    def side_by_side(self) -> None:
        # The viewer sees: all maps, each with its softness.
        said = words.SIDE_BY_SIDE_BEAT.filled(softness=self.maps[1].writing.softness)
        self.beat("side by side", said.caption)
        rooms, gone = grid(len(self.maps), self.layout.body), FadeOut(*self.others())
        self.cells = [MapCell(content, room) for room, content in zip(rooms, self.maps, strict=True)]
        self.footer = self.sign(words.FOOTER, "measured")
        self.play(gone, *self.headline(said.headline), run_time=0.8)
        self.play(FadeIn(*self.cells, self.footer), run_time=1)
        self.wait(2 * self.reading_time)

    def write(self, content: MapContent, headline: str) -> None:
        """Show a map being written beside what is written; then its figures."""
        gone, said = self.others(), content.words
        self.maps.append(content)
        self.panel = panel_in(self.rooms.panel, content)
        self.chart = map_in(self.rooms.chart, content).set_now(0)
        self.key = key_over(self.chart, words.ROWS.format(unit=said.unit))
        self.ends = ends_under(self.chart, said)
        self.footer, self.figures = (
            self.sign(said.source, "measured"),
            figures_in(self.rooms.figures, content),
        )
        self.play(*([FadeOut(*gone)] if gone else []), *self.headline(headline), run_time=0.6)
        self.play(FadeIn(self.footer, self.key, self.ends, self.panel, self.chart), run_time=theme.FADE)
        self.shown_step = 0

        def show(share: float) -> bool:
            self.chart.set_now(share)
            step, old = content.writing.step_at(share), self.shown_step
            if step != old:
                self.panel.set_array(content.writing.at(step))
                self.shown_step = step
            return step != old

        stills, movers = Group(self.panel), self.chart.moving
        self.play(Clock(self, stills=stills, movers=movers, show=show, run_time=self.run_time))
        self.play(FadeIn(self.figures), run_time=theme.FADE)
        self.wait(self.reading_time)
