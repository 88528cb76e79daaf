"""The rising tide: noise is equally strong at every frequency, a picture is not, so its detail drowns first.

    manim -pql scenes/tide.py

Real noise is added to a real picture and both are measured; `SPECTRAL_IMAGE` puts one's own there. The wide
pale lines are closed forms: sigma^2 for the noise, S + sigma^2 for the picture and the noise.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, Create, FadeIn, FadeOut, Group, VGroup

from manim_spectral import theme
from manim_spectral.chapters.tide import words
from manim_spectral.chapters.tide.layout import TideLayout
from manim_spectral.chapters.tide.measures import NoisyPicture
from manim_spectral.chapters.tide.tide_pictures import PartPictures, TidePictures, panel_in
from manim_spectral.chapters.tide.tide_plot import TidePlot, halo, thin
from manim_spectral.mobjects.crossing import Crossing
from manim_spectral.mobjects.legend import rainbow_swatch, water_swatch
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.sources import material, settings
from manim_spectral.stage.explainer import ExplainerStage
from manim_spectral.stage.layout import Box


class Tide(ExplainerStage):
    """Noise, a picture, both together, the tide rising over it, and why detail goes first."""

    hinge_at = 16  # cycles per image up to which the picture stands out, in the first beats and in the last
    squint_at = 10  # and where the tide stops for the eye to compare
    rise_time = 6.0  # seconds from no noise to there
    reading_time = 3.5

    def construct(self) -> None:
        self.set_the_stage(material.picture(self.settings))
        self.noise()
        self.picture()
        self.hinge()
        self.rise()
        self.squint()
        self.drown()
        self.why()

    @settings.one_line_errors()
    def set_the_stage(self, chosen: material.NamedPicture) -> None:
        """Measure the picture and make the plot; every beat brings its pictures."""
        self.seen, self.called = NoisyPicture(chosen.pixels, name=chosen.name), chosen.name
        self.sigma = self.seen.sigma_at(self.hinge_at)
        weak = self.seen.is_weak_in_detail(self.hinge_at, self.sigma)
        self.words = words.USUAL if weak else words.UNUSUAL
        rooms = TideLayout.of(self.layout.body)
        self.pictures, self.words_room = rooms.pictures, rooms.sentence
        self.plot = TidePlot(self.seen, self.sigma, rooms.plot)
        side = self.seen.side
        self.footer = self.sign(words.FOOTER.format(name=self.called, side=side), "measured")

    def noise(self) -> None:
        # The viewer sees: a picture of pure noise; its measured spectrum runs along the flat line.
        said, water = words.NOISE_BEAT, theme.palette.water
        self.beat("noise", said.caption)
        self.shown = panel_in(self.pictures, self.sigma * self.seen.noise, words.PURE_NOISE)
        axes = VGroup(*[part for part in self.plot if part is not self.plot.moving])
        self.play(*self.headline(said.headline), FadeIn(self.shown, self.footer))
        entries = (thin(water), words.NOISE_CURVE), (halo(water), words.FLAT_CURVE)
        self.play(
            FadeIn(axes),
            *self.say(said.sentence),
            *self.key(self.plot.frame, *entries),
            run_time=theme.FADE,
        )
        self.play(Create(self.plot.flat), Create(self.plot.hiss), run_time=theme.SETTLE)
        self.wait(self.reading_time - 1)

    def picture(self) -> None:
        # The viewer sees: the picture instead, and its spectrum falling through the flat line.
        said, old = self.words.picture.filled(times=words.plain(self.seen.fall)), self.shown
        self.beat("picture", said.caption)
        self.shown = panel_in(self.pictures, self.seen.picture, self.called)
        curve, line = rainbow_swatch(), thin(theme.palette.water)
        self.play(
            *self.headline(said.headline),
            FadeOut(old),
            FadeIn(self.shown),
            *self.say(said.sentence),
            *self.key(self.plot.frame, (curve, words.PICTURE_CURVE), (line, words.NOISE_BESIDE)),
        )
        self.plot.set_power(self.seen.power)
        for piece in self.plot.curve:
            self.play(Create(piece), run_time=0.3)
        self.wait(self.reading_time)

    def hinge(self) -> None:
        # The viewer sees: the noise added to the picture; the spectrum follows the picture's, then bends.
        said, sigma, old = words.HINGE_BEAT, self.sigma, self.shown
        self.beat("hinge", said.caption)
        self.shown = panel_in(self.pictures, self.seen.noisy(sigma), words.NOISY, sigma=sigma)
        line, form = thin(theme.palette.signal), halo(theme.palette.signal)
        self.play(
            *self.headline(said.headline),
            FadeOut(old),
            FadeIn(self.shown),
            FadeOut(self.plot.hiss),
            *self.say(said.sentence),
            *self.key(self.plot.frame, (line, words.SUM_CURVE), (form, words.SUM_FORM)),
        )
        self.play(Create(self.plot.sum), Create(self.plot.noisy), run_time=theme.SETTLE)
        self.mark = Crossing(self.plot).set_at(self.seen.cutoff(sigma), sigma**2)
        self.play(FadeIn(self.mark), run_time=theme.FADE)
        self.wait(self.reading_time + 0.5)

    def rise(self) -> None:
        # The viewer sees: the water rising over the curve, the noisy picture, and what is above water.
        said, seen, plot = self.words.rise, self.seen, self.plot
        self.beat("rise", said.caption)
        self.lowest, self.highest = (np.sqrt(power) for power in seen.power_range)
        plot.sink().set_tide(self.lowest**2)
        self.pair = TidePictures(seen, self.pictures)
        picture = Group(self.shown.picture, self.shown.frame)
        home = Group(self.pair.noisy.picture, self.pair.noisy.frame)
        curve, water, line = rainbow_swatch(), water_swatch(), thin(theme.palette.signal)
        entries = (curve, words.PICTURE), (water, words.TIDE), (line, words.SUM_CURVE)
        self.play(
            *self.headline(said.headline),
            FadeOut(self.shown.title, plot.flat, plot.sum, self.mark),
            picture.animate.scale(home.width / picture.width).move_to(home),
            *self.say(said.sentence),
            *self.key(plot.frame, *entries),
            run_time=theme.SETTLE / 2,
        )
        plot.noisy.set_stroke(width=theme.HAIR)
        plot.lines.remove(plot.flat, plot.hiss, plot.sum)
        self.remove(picture, self.shown)
        self.add(plot, self.pair.noisy)
        self.show_sigma(self.sigma)
        self.play(FadeIn(self.pair.added, self.mark), run_time=theme.FADE)
        self.move_tide(self.sigma, self.lowest, run_time=1.5)
        self.move_tide(self.lowest, seen.sigma_at(self.squint_at), run_time=self.rise_time)

    def squint(self) -> None:
        # The viewer sees: the tide standing still, and two pictures that look alike from afar.
        said = words.SQUINT_BEAT
        self.beat("squint", said.caption)
        self.play(*self.headline(said.headline), *self.say(said.sentence))
        self.wait(self.reading_time)

    def drown(self) -> None:
        # The viewer sees: the tide rising on, until the last octave is under.
        said, start = self.words.drown, self.seen.sigma_at(self.squint_at)
        self.beat("drown", said.caption)
        self.play(*self.headline(said.headline), *self.say(said.sentence), run_time=0.8)
        self.move_tide(start, self.highest, run_time=0.7 * self.rise_time)
        self.wait(0.8)

    def why(self) -> None:
        # The viewer sees: the picture's coarse shapes and its detail apart, each with the same noise.
        said, room, cut = self.words.why, self.layout.body, self.hinge_at
        self.beat("why", said.caption)
        self.play(*self.clear_stage(), *self.headline(said.headline))
        answer = paragraph(said.sentence, room.width, size=theme.HEADING, weight="medium")
        answer.move_to(room.centre).align_to(room.top_left + (room.height - 0.2) * DOWN, DOWN)
        above = Box(room.left, answer.get_top()[1] + 0.35, room.right, room.top)
        rooms = above.columns(0.5) if room.wide else above.rows(0.4)
        parts, ratios = self.seen.halves(cut), self.seen.over_noise(cut, self.sigma)
        self.same_noise = [
            PartPictures(self.seen, part, name=name, ratio=ratio, sigma=self.sigma, room=half)
            for part, name, ratio, half in zip(parts, words.HALVES, ratios, rooms, strict=True)
        ]
        for part in self.same_noise:
            self.play(FadeIn(part.clean), run_time=theme.FADE)
            self.wait(0.8)
        self.play(*[FadeIn(part.noisy) for part in self.same_noise], run_time=theme.SETTLE)
        self.play(*[FadeIn(part.verdict) for part in self.same_noise], run_time=theme.FADE)
        self.wait(1)
        self.play(FadeIn(answer), run_time=theme.FADE)
        self.wait(self.reading_time + 1)

    def show_sigma(self, sigma: float) -> None:
        """Set everything that the noise decides."""
        self.pair.set_sigma(sigma)
        self.plot.set_sigma(sigma)
        self.mark.set_at(self.seen.cutoff(sigma), sigma**2)

    def move_tide(self, start: float, end: float, *, run_time: float) -> None:
        """Move from one standard deviation of the noise to another, in even steps of its logarithm."""

        def show(share: float) -> None:
            self.show_sigma(float(np.exp(np.log(start) + share * (np.log(end) - np.log(start)))))

        self.play_clock(self.plot.moving, *self.pair.moving, self.mark, show=show, run_time=run_time)
