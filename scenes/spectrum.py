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
from manim_spectral.chapters.spectrum.dial import Dial
from manim_spectral.chapters.spectrum.layout import TITLE, pictures_and_plot, squares, three_cells
from manim_spectral.chapters.spectrum.picture_stage import SpectrumStage
from manim_spectral.mobjects.figures import decimals
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import line_swatch, rainbow_swatch
from manim_spectral.stage.stage import Clock

NUMBER = ("", "", "Two", "Three", "Four")


class Spectrum(SpectrumStage):
    """Waves that add up to a photograph; its spectrum; a line through it that turns; four pictures; the mean
    of all; the power law."""

    first_waves = 3  # each shown for itself
    adding_time, turning_time, averaging_time = 5.0, 6.0, 5.0  # seconds
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

    # -- the beats ----------------------------------------------------------------------------------------

    def waves(self) -> None:
        # The viewer sees: a photograph; one wave, two waves, thousands, that add up to it.
        self.beat(
            "waves",
            "A picture is a sum of waves. A few coarse ones give its rough shape, thousands of finer ones "
            "its detail. Together they are the picture.",
        )
        cells = three_cells(self.layout.body)
        self.photo = self.panel(self.main.pixels, self.main.name, cells[0].picture)
        self.wave = self.panel(self.main.pixels, "the wave now added", cells[1].picture)
        self.sum = self.panel(self.main.pixels, "all waves so far", cells[2].picture)
        self.counted = Readout("waves", places=len(str(self.main.n_waves)), after=f"of {self.main.n_waves}")
        self.counted.move_to(cells[2].words.centre).align_to(cells[2].words.top_left, UP + LEFT)
        self.notes = VGroup(
            self.note(cells[0].words, "the picture to be made"),
            self.note(cells[1].words, "one pattern of stripes, at full contrast"),
        )
        self.play(
            *self.headline("A picture is a sum of waves"),
            FadeIn(self.photo, self.footer, self.notes[0]),
            run_time=0.8,
        )
        self.wait(0.8)
        self.show_waves(1)
        self.play(FadeIn(self.wave, self.sum, self.notes[1], self.counted), run_time=0.8)
        for count in range(1, self.first_waves + 1):
            self.show_waves(count)
            self.wait(0.9)

        def show(share: float) -> bool:
            count = round(self.first_waves * (self.main.n_waves / self.first_waves) ** share)
            new = count != self.waves_shown
            if new:
                self.show_waves(count)
            return new

        stills = Group(self.wave, self.sum, self.counted)
        self.play(Clock(self, stills=stills, movers=Group(), show=show, run_time=self.adding_time))
        self.wait(1.2)

    def two_spectra(self) -> None:
        # The viewer sees: how strong each wave is and where its crests lie; then what the phases hold alone.
        self.beat(
            "spectra",
            "The magnitude spectrum holds how strong each wave is, the phase spectrum where its crests lie. "
            "Phase alone keeps the outlines.",
        )
        cells = three_cells(self.layout.body)
        self.magnitude = self.panel(self.main.magnitudes, "magnitude", cells[1].picture)
        self.phase = self.panel(self.main.phases, "phase", cells[2].picture)
        strong = "how strong it is: coarse waves inside, fine ones outside"
        where = "where its crests lie: it looks like noise, yet it holds the outlines"
        gone = VGroup(*self.notes, self.counted)
        self.notes = VGroup(self.note(cells[1].words, strong), self.note(cells[2].words, where))
        self.play(
            *self.headline("Each wave has a strength and a place"),
            FadeOut(self.wave, self.sum, gone),
            run_time=0.6,
        )
        self.play(FadeIn(self.magnitude, self.phase, self.notes), run_time=0.8)
        self.wait(2.8)
        outlines = self.panel(self.main.outlines, "phase alone", cells[0].picture)
        equal = self.note(cells[0].words, "all waves made equally strong, each at its own phase")
        self.play(FadeOut(self.photo), FadeIn(outlines, equal), run_time=0.7)
        self.photo = outlines
        self.notes.add(equal)
        self.wait(3)

    def cut(self) -> None:
        # The viewer sees: a line through the middle of the magnitudes, and the curve along it.
        self.beat(
            "cut",
            "Strength squared is power. A line through the middle, from coarse waves to fine ones, gives a "
            "curve.",
        )
        self.slot, room = pictures_and_plot(self.layout.body)
        spectrum = self.panel(self.main.magnitudes, "power: strength squared", self.slot)
        self.dial = Dial(spectrum.picture, edges=self.collection.edges)
        spectrum.add(self.dial)
        self.plot = self.plot_in(room)
        self.plot.set_power(self.main.slice(0.0))
        self.legend = self.key((rainbow_swatch(), "power along the line"))
        self.remove(self.magnitude)
        moving = self.magnitude.picture.copy()
        self.add(moving)
        self.play(
            *self.headline("A line through the middle gives a curve"),
            FadeOut(self.photo, self.phase, self.notes, self.magnitude.frame, self.magnitude.title),
            moving.animate.move_to(spectrum.picture).match_height(spectrum.picture),
            run_time=theme.SETTLE,
        )
        self.remove(moving)
        self.spectrum, self.notes = spectrum, VGroup()
        if self.main.has_cross:
            why = "the bright cross: the picture's borders do not meet"
            self.notes.add(self.note(self.under(spectrum), why))
        self.add(self.spectrum)
        self.play(FadeIn(self.dial, self.plot, self.legend, self.notes), run_time=0.8)
        self.wait(3)

    def turn(self) -> None:
        # The viewer sees: the line turning, and its curve with it; after half a turn all is as it was.
        self.beat(
            "turn",
            "As the line turns, every direction shows a curve of its own. Half a turn on, all is as it was.",
            loop=True,
        )

        def show(share: float) -> bool:
            self.dial.set_angle(PI * share)
            self.plot.set_power(self.main.slice(PI * share))
            return False

        movers = Group(self.dial, self.plot.curve)
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=self.turning_time))

    def average(self) -> None:
        # The viewer sees: the curves of all directions, and how their mean settles.
        self.beat(
            "average",
            "The mean over all directions, ring by ring, is the radially averaged power spectrum: one curve "
            "for the whole picture.",
        )
        curves = np.array([self.main.slice(PI * k / self.directions) for k in range(self.directions)])
        means = np.cumsum(curves, axis=0) / np.arange(1, self.directions + 1)[:, None]
        stride = self.directions // self.fan
        self.fanned = [self.curve(power) for power in curves[::stride]]
        self.lines = VGroup()
        self.plot.add(self.lines)
        legend = self.key(
            (line_swatch(theme.palette.quiet, theme.HAIR), "single directions"),
            (rainbow_swatch(), "their mean"),
        )
        self.play(
            *self.headline("The mean over all directions: one curve for the picture"),
            FadeOut(self.legend),
            FadeIn(legend),
            run_time=0.7,
        )
        self.legend = legend

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
        few = self.collection.shown[:4]
        number = NUMBER[len(few)]
        falling = all(exponent > 0 for exponent in self.collection.exponents[: len(few)])
        self.beat(
            "several",
            f"{number} pictures, as different as they are"
            + (falling * ": each has most of its power in coarse waves, and less and less in finer ones")
            + ".",
        )
        boxes = squares(len(few), self.slot, title=TITLE)
        self.tiles = [
            self.panel(picture.pixels, picture.name, box) for picture, box in zip(few, boxes, strict=True)
        ]
        legend = self.key((rainbow_swatch(), "the framed picture"))
        self.play(
            *self.headline(f"{number} pictures, {number.lower()} curves{': all fall' * falling}"),
            FadeOut(self.spectrum, self.dial, self.lines, self.notes, self.legend),
            run_time=0.6,
        )
        self.legend, self.lines = legend, VGroup()
        self.plot.add(self.lines)
        self.frame_tile(0)
        self.play(FadeIn(self.tiles[0], legend), run_time=0.5)
        self.wait(0.5)
        for k in range(1, len(few)):
            self.lines.add(self.curve(self.collection.power[k - 1]))
            self.add(self.lines, self.plot.curve)
            self.frame_tile(k)
            self.play(FadeIn(self.tiles[k]), run_time=0.5)
            self.morph(self.collection.power[k - 1], self.collection.power[k])
            self.wait(0.7)
        self.wait(1)

    def mean(self) -> None:
        # The viewer sees: every picture of the collection, every curve, and their mean.
        count = len(self.collection.shown)
        self.beat(
            "mean",
            f"All {count} curves, and their mean on the log scale, where every picture counts alike.",
        )
        few, wall = len(self.tiles), self.wall(self.slot)
        lines = VGroup(*map(self.curve, self.collection.power[few - 1 :]))
        self.plot.add(lines)
        legend = self.key(
            (line_swatch(theme.palette.quiet, theme.HAIR), f"{count} pictures"),
            (rainbow_swatch(), "their mean, on the log scale"),
        )
        shown, gone = [tile.picture for tile in self.tiles], [(tile.title, tile.frame) for tile in self.tiles]
        self.play(
            *self.headline(f"The mean of {count} pictures"),
            FadeOut(self.legend, *chain(*gone), rate_func=squish_rate_func(smooth, 0, 0.3)),
            *[p.animate.match_height(to).move_to(to) for p, to in zip(shown, wall, strict=False)],
            run_time=1,
        )
        self.play(FadeIn(*wall[few:], lines, legend), run_time=0.6)
        self.tiles, self.legend, self.lines = [*shown, *wall[few:]], legend, VGroup(*self.lines, *lines)
        self.morph(self.collection.power[few - 1], self.collection.mean)
        self.wait(3)

    def fit(self) -> None:
        # The viewer sees: the straight line nearest to the mean, its exponent, and by how much it misses.
        law = self.collection.law
        self.beat(
            "fit",
            f"The nearest straight line is a power law with exponent {decimals(law.exponent)}. It misses by "
            f"{law.residual_db:.2f} decibels, root mean square.",
        )
        freq = np.geomspace(law.low, law.high, 32)
        line = self.plot.further(freq, law.at(freq)).set_stroke(theme.palette.signal, theme.LINE)
        self.figures = self.law_figures()
        self.plot.add(line, self.figures)
        self.play(
            *self.headline(f"Nearest straight line: a power law, exponent {decimals(law.exponent)}"),
            Create(line),
            run_time=1.2,
        )
        self.play(FadeIn(self.figures), run_time=0.6)
        self.wait(4.5)

    # -- what is shown ------------------------------------------------------------------------------------

    def show_waves(self, count: int) -> None:
        """The last of `count` waves at full contrast, and the sum of them all."""
        wave, upto = self.main.waves(count)
        self.wave.set_array(wave)
        self.sum.set_array(upto)
        self.counted.set_text(f"{count:>{len(str(self.main.n_waves))}}")
        self.waves_shown = count

    def frame_tile(self, chosen: int) -> None:
        for k, tile in enumerate(self.tiles):
            colour = theme.palette.signal if k == chosen else theme.palette.rule
            tile.frame.set_stroke(colour, theme.BOLD if k == chosen else theme.HAIR)
