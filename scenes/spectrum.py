"""From picture to curve: a photograph's waves, its spectrum, and the straight line that many come near.

    manim -pql scenes/spectrum.py

Every picture is made of the photographs' own waves and every curve is measured from them. `SPECTRAL_IMAGES`
puts a folder of one's own pictures there, `SPECTRAL_IMAGE` one picture before the carried ones.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from manim import LEFT, PI, UP, Create, FadeIn, FadeOut, Group, VGroup, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.chapters.spectrum import words
from manim_spectral.chapters.spectrum.collection_plot import CollectionPlot
from manim_spectral.chapters.spectrum.dial import Dial
from manim_spectral.chapters.spectrum.layout import TITLE, pictures_and_plot, squares, three_cells
from manim_spectral.chapters.spectrum.panels import frame_one, note_in, panel_in, room_under, wall_in
from manim_spectral.mobjects.figures import decimals
from manim_spectral.mobjects.legend import line_swatch, rainbow_swatch
from manim_spectral.mobjects.readout import Readout
from manim_spectral.sources import material, settings
from manim_spectral.stage.clock import Clock
from manim_spectral.stage.stage import Stage
from manim_spectral.views.collection import Collection, PictureWaves


class Spectrum(Stage):
    """Waves that add up to a photograph; its spectrum; a line through it that turns; four pictures; the mean
    of all; the power law."""

    most = 60  # pictures of the collection
    first_waves = 3  # each shown for itself
    adding_time, turning_time, averaging_time, morphing_time = 5.0, 6.0, 5.0, 0.8  # seconds
    directions = 180  # that the half turn is read in
    fan = 12  # directions whose curves stay while the mean forms

    def construct(self) -> None:
        self.gather()
        self.waves()
        self.two_spectra()
        self.cut()
        self.turn()
        self.average()
        if len(self.collection.shown) > 1:
            self.several()
            self.mean()
        self.fit()

    @settings.one_line_errors()
    def gather(self) -> None:
        """Read and measure the pictures, `collection`, and the one that is looked at, `main`."""
        shown = material.pictures(self.settings, self.most)
        self.collection, self.main = Collection(shown), PictureWaves(shown[0])
        folder, own = self.settings.images, self.settings.image
        if folder is not None:
            which = words.own_pictures(len(shown), folder.name or str(folder))
        else:
            which = words.carried_pictures(len(shown), own.name if own else None)
        self.footer = self.sign(words.FOOTER.format(which=which, side=material.SIDE), "measured")

    def waves(self) -> None:
        # The viewer sees: a photograph; one wave, two waves, thousands, that add up to it.
        said, main, cells = words.WAVES_BEAT, self.main, three_cells(self.layout.body)
        self.beat("waves", said.caption)
        self.photo = panel_in(cells[0].picture, main.pixels, main.name)
        self.wave = panel_in(cells[1].picture, main.pixels, words.WAVE)
        self.sum = panel_in(cells[2].picture, main.pixels, words.WAVE_SUM)
        places, total = len(str(main.n_waves)), words.OF.format(total=main.n_waves)
        self.counted = Readout(words.WAVES, places=places, after=total)
        self.counted.move_to(cells[2].words.centre).align_to(cells[2].words.top_left, UP + LEFT)
        self.notes = VGroup(
            note_in(cells[0].words, words.PHOTO_NOTE), note_in(cells[1].words, words.WAVE_NOTE)
        )
        entering = FadeIn(self.photo, self.footer, self.notes[0])
        self.play(*self.headline(said.headline), entering, run_time=0.8)
        self.wait(0.8)
        self.show_waves(1)
        self.play(FadeIn(self.wave, self.sum, self.notes[1], self.counted), run_time=0.8)
        for count in range(1, self.first_waves + 1):
            self.show_waves(count)
            self.wait(0.9)

        def show(share: float) -> bool:
            count = round(self.first_waves * (main.n_waves / self.first_waves) ** share)
            new = count != self.waves_shown
            if new:
                self.show_waves(count)
            return new

        stills = Group(self.wave, self.sum, self.counted)
        self.play(Clock(self, stills=stills, movers=Group(), show=show, run_time=self.adding_time))
        self.wait(1.2)

    def two_spectra(self) -> None:
        # The viewer sees: how strong each wave is and where its crests lie; then what the phases hold alone.
        said, main, cells = words.SPECTRA_BEAT, self.main, three_cells(self.layout.body)
        self.beat("spectra", said.caption)
        self.magnitude = panel_in(cells[1].picture, main.magnitudes, words.MAGNITUDE)
        self.phase = panel_in(cells[2].picture, main.phases, words.PHASE)
        gone = FadeOut(self.wave, self.sum, VGroup(*self.notes, self.counted))
        self.notes = VGroup(
            note_in(cells[1].words, words.MAGNITUDE_NOTE), note_in(cells[2].words, words.PHASE_NOTE)
        )
        self.play(*self.headline(said.headline), gone, run_time=0.6)
        self.play(FadeIn(self.magnitude, self.phase, self.notes), run_time=0.8)
        self.wait(2.8)
        outlines = panel_in(cells[0].picture, main.outlines, words.OUTLINES)
        equal = note_in(cells[0].words, words.OUTLINES_NOTE)
        self.play(FadeOut(self.photo), FadeIn(outlines, equal), run_time=0.7)
        self.photo = outlines
        self.notes.add(equal)
        self.wait(3)

    def cut(self) -> None:
        # The viewer sees: a line through the middle of the magnitudes, and the curve along it.
        said, body = words.CUT_BEAT, self.layout.body
        self.beat("cut", said.caption)
        self.slot, room = pictures_and_plot(body)
        spectrum = panel_in(self.slot, self.main.magnitudes, words.POWER)
        self.dial = Dial(spectrum.picture, edges=self.collection.edges)
        spectrum.add(self.dial)
        self.plot = CollectionPlot(self.collection, room)
        self.plot.set_power(self.main.slice(0.0))
        self.legend = self.plot.legend_above((rainbow_swatch(), words.ALONG_THE_LINE))
        self.remove(self.magnitude)
        moving = self.magnitude.picture.copy()
        self.add(moving)
        self.play(
            *self.headline(said.headline),
            FadeOut(self.photo, self.phase, self.notes, self.magnitude.frame, self.magnitude.title),
            moving.animate.move_to(spectrum.picture).match_height(spectrum.picture),
            run_time=theme.SETTLE,
        )
        self.remove(moving)
        self.spectrum, self.notes = spectrum, VGroup()
        if self.main.has_cross:
            self.notes.add(note_in(room_under(spectrum, body), words.CROSS_NOTE))
        self.add(self.spectrum)
        self.play(FadeIn(self.dial, self.plot, self.legend, self.notes), run_time=0.8)
        self.wait(3)

    def turn(self) -> None:
        # The viewer sees: the line turning, and its curve with it; after half a turn all is as it was.
        self.beat("turn", words.TURN_CAPTION, loop=True)

        def show(share: float) -> None:
            self.dial.set_angle(PI * share)
            self.plot.set_power(self.main.slice(PI * share))

        self.play_clock(self.dial, self.plot.curve, show=show, run_time=self.turning_time)

    def average(self) -> None:
        # The viewer sees: the curves of all directions, and how their mean settles.
        said = words.AVERAGE_BEAT
        self.beat("average", said.caption)
        curves = np.array([self.main.slice(PI * k / self.directions) for k in range(self.directions)])
        means = np.cumsum(curves, axis=0) / np.arange(1, self.directions + 1)[:, None]
        stride = self.directions // self.fan
        self.fanned = [self.plot.quiet_curve(power) for power in curves[::stride]]
        self.lines = VGroup()
        self.plot.add(self.lines)
        thin, gone = line_swatch(theme.palette.quiet, theme.HAIR), self.legend
        self.legend = self.plot.legend_above((thin, words.DIRECTIONS), (rainbow_swatch(), words.THEIR_MEAN))
        self.play(*self.headline(said.headline), FadeOut(gone), FadeIn(self.legend), run_time=0.7)

        def show(share: float) -> bool:
            done = min(int(self.directions * share), self.directions - 1)
            self.dial.set_angle(PI * share, swept=True)
            self.plot.set_power(means[done])
            passed = self.fanned[: done // stride + 1]
            new = len(passed) != len(self.lines)
            self.lines.submobjects = list(passed)
            return new

        stills, movers = Group(self.lines), Group(self.dial, self.plot.curve)
        self.play(Clock(self, stills=stills, movers=movers, show=show, run_time=self.averaging_time))
        # Between the points of the grid the lines read on straight pieces; the rings hold the points alone.
        self.morph(means[-1], self.collection.power[0])
        self.wait(1.5)

    def several(self) -> None:
        # The viewer sees: up to four photographs one after another, each with its own curve.
        few, power = self.collection.shown[:4], self.collection.power
        falling = all(exponent > 0 for exponent in self.collection.exponents[: len(few)])
        said = words.several(len(few), falling=falling)
        self.beat("several", said.caption)
        boxes = squares(len(few), self.slot, title=TITLE)
        self.tiles = [
            panel_in(box, picture.pixels, picture.name) for picture, box in zip(few, boxes, strict=True)
        ]
        gone = FadeOut(self.spectrum, self.dial, self.lines, self.notes, self.legend)
        self.play(*self.headline(said.headline), gone, run_time=0.6)
        self.legend = self.plot.legend_above((rainbow_swatch(), words.FRAMED))
        self.lines = VGroup()
        self.plot.add(self.lines)
        frame_one(self.tiles, 0)
        self.play(FadeIn(self.tiles[0], self.legend), run_time=0.5)
        self.wait(0.5)
        for k in range(1, len(few)):
            self.lines.add(self.plot.quiet_curve(power[k - 1]))
            self.add(self.lines, self.plot.curve)
            frame_one(self.tiles, k)
            self.play(FadeIn(self.tiles[k]), run_time=0.5)
            self.morph(power[k - 1], power[k])
            self.wait(0.7)
        self.wait(1)

    def mean(self) -> None:
        # The viewer sees: every picture of the collection, every curve, and their mean.
        count, few, power = len(self.collection.shown), len(self.tiles), self.collection.power
        said = words.MEAN_BEAT.filled(count=count)
        self.beat("mean", said.caption)
        wall = wall_in(self.slot, self.collection.shown)
        lines = VGroup(*map(self.plot.quiet_curve, power[few - 1 :]))
        self.plot.add(lines)
        thin, gone = line_swatch(theme.palette.quiet, theme.HAIR), self.legend
        self.legend = self.plot.legend_above(
            (thin, words.PICTURES.format(count=count)), (rainbow_swatch(), words.LOG_MEAN)
        )
        titles = chain(*[(tile.title, tile.frame) for tile in self.tiles])
        pictures = [tile.picture for tile in self.tiles]
        moves = [p.animate.match_height(to).move_to(to) for p, to in zip(pictures, wall, strict=False)]
        self.play(
            *self.headline(said.headline),
            FadeOut(gone, *titles, rate_func=squish_rate_func(smooth, 0, 0.3)),
            *moves,
            run_time=1,
        )
        self.play(FadeIn(*wall[few:], lines, self.legend), run_time=0.6)
        self.wall, self.lines = [*pictures, *wall[few:]], VGroup(*self.lines, *lines)
        self.morph(power[few - 1], self.collection.mean)
        self.wait(3)

    def fit(self) -> None:
        # The viewer sees: the straight line nearest to the mean, its exponent, and by how much it misses.
        law = self.collection.law
        said = words.FIT_BEAT.filled(exponent=decimals(law.exponent), residual=law.residual_db)
        self.beat("fit", said.caption)
        line, self.figures = (
            self.plot.law_line(self.collection),
            self.plot.law_figures(self.collection, self.lines),
        )
        self.plot.add(line, self.figures)
        self.play(*self.headline(said.headline), Create(line), run_time=1.2)
        self.play(FadeIn(self.figures), run_time=0.6)
        self.wait(4.5)

    def show_waves(self, count: int) -> None:
        """The last of `count` waves at full contrast, and the sum of them all."""
        wave, upto = self.main.waves(count)
        self.wave.set_array(wave)
        self.sum.set_array(upto)
        self.counted.set_text(f"{count:>{len(str(self.main.n_waves))}}")
        self.waves_shown = count

    def morph(self, old: np.ndarray, new: np.ndarray) -> None:
        """Move the curve from one measured spectrum to another."""
        self.play_clock(
            self.plot.curve,
            show=lambda share: self.plot.set_power(old * (new / old) ** smooth(share)),
            run_time=self.morphing_time,
        )
