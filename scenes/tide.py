"""The rising tide: noise is equally strong at every frequency, a picture is not, so its detail drowns first.

    manim -pql scenes/tide.py

Real noise is added to a real picture and both are measured; `SPECTRAL_IMAGE` puts one's own there. The wide
pale lines are closed forms: sigma^2 for the noise, S + sigma^2 for the picture and the noise.
"""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, Group, Text, VGroup

from manim_spectral import theme
from manim_spectral.chapters.tide.measures import NoisyPicture, strength
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.mobjects.picture import PicturePanel
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import Crossing, SpectrumPlot, rainbow_swatch, water_swatch
from manim_spectral.sources import material, settings
from manim_spectral.stage.explainer import HALO, PALE, ExplainerStage, beside, halo, thin
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock


class Tide(ExplainerStage):
    """Noise, a picture, both together, the tide rising over it, and why detail goes first."""

    hinge_at = 16  # cycles per image up to which the picture stands out, in the first beats and in the last
    squint_at = 10  # and where the tide stops for the eye to compare
    rise_time = 6.0  # seconds from no noise to there
    reading_time = 3.5

    def construct(self) -> None:
        chosen = material.picture(self.settings)
        with settings.one_line_errors():
            self.set_the_stage(NoisyPicture(chosen.pixels, name=chosen.name), chosen.name)
        self.noise()
        self.picture()
        self.hinge()
        self.rise()
        self.squint()
        self.drown()
        self.why()

    def set_the_stage(self, seen: NoisyPicture, name: str) -> None:
        """Make the plot; every beat brings its pictures."""
        self.seen, self.called = seen, name
        self.sigma = seen.level(self.hinge_at)
        self.words = seen.words(self.hinge_at, self.sigma)
        body = self.layout.body
        if body.wide:
            self.pictures = Box(body.left, body.bottom, body.left + 5.4, body.top)
            rest = Box(self.pictures.right + 0.4, body.bottom, body.right, body.top)
        else:
            self.pictures = Box(body.left, body.top - 0.47 * body.height, body.right, body.top)
            rest = Box(body.left, body.bottom, body.right, self.pictures.bottom - 0.3)
        self.words_room = Box(rest.left + 0.85, rest.bottom, rest.right, rest.bottom + 0.75)
        room = Box(rest.left + 0.85, self.words_room.top + 0.95, rest.right - 0.1, rest.top - 0.4)
        self.plot = SpectrumPlot(
            seen.freq,
            edges=seen.edges,
            ticks=seen.ticks,
            power_range=seen.power_range,
            axis_label="cycles per image",
            width=room.width,
            height=room.height,
        )
        self.plot.shift(room.centre - self.plot.frame.get_center())
        self.plot.name_ends("coarse shapes", "fine detail")
        signal, water = theme.palette.signal, theme.palette.water
        flat, hiss = np.full_like(seen.power, self.sigma**2), seen.power_of(self.sigma * seen.noise)
        both = seen.power_of(seen.noisy(self.sigma))
        self.flat = self.plot.add_line(flat, colour=water, width=HALO).set_stroke(opacity=PALE)
        self.hiss = self.plot.add_line(hiss, colour=water, width=theme.LINE)
        self.sum = self.plot.add_line(seen.power + flat, colour=signal, width=HALO).set_stroke(opacity=PALE)
        self.noisy = self.plot.add_line(both, colour=signal, width=theme.LINE)
        size = f"{seen.side} × {seen.side} pixels"
        self.footer = self.sign(f"{name} · {size} · white Gaussian noise", "measured")

    # -- the beats -----------------------------------------------------------------------------------------

    def noise(self) -> None:
        # The viewer sees: a picture of pure noise; its measured spectrum runs along the flat line.
        self.beat(
            "noise", "Noise is equally strong at every frequency: its spectrum is flat, from coarse to fine."
        )
        self.shown = self.panel(self.sigma * self.seen.noise, "pure noise", self.pictures)
        axes = VGroup(*[part for part in self.plot if part is not self.plot.moving])
        water, headline = theme.palette.water, self.headline("Noise is equally strong from coarse to fine")
        self.play(*headline, FadeIn(self.shown, self.footer))
        self.play(
            FadeIn(axes),
            *self.say("Every pixel is drawn by chance. Coarse or fine, no frequency is favoured."),
            *self.key(self.plot.frame, (thin(water), "noise, measured"), (halo(water), "σ²: flat")),
            run_time=theme.FADE,
        )
        self.play(Create(self.flat), Create(self.hiss), run_time=theme.SETTLE)
        self.wait(self.reading_time - 1)

    def picture(self) -> None:
        # The viewer sees: the picture instead, and its spectrum falling through the flat line.
        self.beat("picture", self.words.told)
        picture = rainbow_swatch(), "the picture, measured"
        old, self.shown = self.shown, self.panel(self.seen.picture, self.called, self.pictures)
        self.play(
            *self.headline(self.words.picture),
            FadeOut(old),
            FadeIn(self.shown),
            *self.say(self.words.said),
            *self.key(self.plot.frame, picture, (thin(theme.palette.water), "the noise")),
        )
        self.plot.set_power(self.seen.power)
        for piece in self.plot.curve:
            self.play(Create(piece), run_time=0.3)
        self.wait(self.reading_time)

    def hinge(self) -> None:
        # The viewer sees: the noise added to the picture; the spectrum follows the picture's, then bends.
        seen, sigma, old = self.seen, self.sigma, self.shown
        self.beat(
            "hinge",
            "Add them. The spectrum follows the picture where the picture is stronger, then bends into the "
            "noise: a hinge. Detail beyond the bend is lost in noise.",
        )
        self.shown = self.panel(seen.noisy(sigma), "picture and noise", self.pictures, sigma=sigma)
        signal = theme.palette.signal
        self.play(
            *self.headline("Add them, and the spectrum has a hinge"),
            FadeOut(old),
            FadeIn(self.shown),
            FadeOut(self.hiss),
            *self.say("Left of the bend you measure the picture, right of it only noise: that is lost."),
            *self.key(
                self.plot.frame, (thin(signal), "both, measured"), (halo(signal), "S + σ²: closed form")
            ),
        )
        self.play(Create(self.sum), Create(self.noisy), run_time=theme.SETTLE)
        self.mark = Crossing(self.plot).set_at(seen.cutoff(sigma), sigma**2)
        self.play(FadeIn(self.mark), run_time=theme.FADE)
        self.wait(self.reading_time + 0.5)

    def rise(self) -> None:
        # The viewer sees: the water rising over the curve, the noisy picture, and what is above water.
        self.beat(
            "rise",
            "The noise grows, and its level rises like a tide. What is weak goes under first. Beside the "
            "noisy picture stands what is still above water.",
        )
        seen, plot = self.seen, self.plot
        low, high = (np.sqrt(power) for power in seen.power_range)
        self.levels = np.log([low, seen.level(self.squint_at), high])
        plot.sink().set_tide(low**2)
        late = self.pair()
        picture = Group(self.shown.picture, self.shown.frame)
        home = Group(self.noisy_panel.picture, self.noisy_panel.frame)
        self.play(
            *self.headline(self.words.rise),
            FadeOut(self.shown.title, self.flat, self.sum, self.mark),
            picture.animate.scale(home.width / picture.width).move_to(home),
            *self.say("What stands out of the water can be seen. What is under it, noise hides."),
            *self.key(
                plot.frame,
                (rainbow_swatch(), "the picture"),
                (water_swatch(), "the tide, σ²"),
                (thin(theme.palette.signal), "both, measured"),
            ),
            run_time=theme.SETTLE / 2,
        )
        self.noisy.set_stroke(width=theme.HAIR)
        plot.lines.remove(self.flat, self.hiss, self.sum)
        self.remove(picture, self.shown)
        self.add(plot, self.noisy_panel)
        self.show_level(np.log(self.sigma))
        self.play(FadeIn(late, self.mark), run_time=theme.FADE)
        self.run_tide(np.log(self.sigma), self.levels[0], run_time=1.5)
        self.run_tide(self.levels[0], self.levels[1], run_time=self.rise_time)

    def squint(self) -> None:
        # The viewer sees: the tide standing still, and two pictures that look alike from afar.
        self.beat(
            "squint",
            "Squint, or step back: the noisy picture looks like the smooth one. The coarse shapes are there, "
            "the detail is not.",
        )
        self.play(
            *self.headline("Squint, or step back: the two look alike"),
            *self.say("From afar the noisy picture is the smooth one. Its coarse shapes still stand out."),
        )
        self.wait(self.reading_time)

    def drown(self) -> None:
        # The viewer sees: the tide rising on, until the last octave is under.
        self.beat("drown", self.words.drowned)
        self.play(
            *self.headline(self.words.drown),
            *self.say("When the water stands over the whole curve, only noise is left."),
            run_time=0.8,
        )
        self.run_tide(self.levels[1], self.levels[2], run_time=0.7 * self.rise_time)
        self.wait(0.8)

    def why(self) -> None:
        # The viewer sees: the picture's coarse shapes and its detail apart, each with the same noise.
        seen, room, cut = self.seen, self.layout.body, self.hinge_at
        self.beat("why", self.words.reason)
        self.play(*self.clear_stage(), *self.headline(self.words.why))
        answer = paragraph(self.words.answer, room.width, size=theme.HEADING, weight="medium")
        answer.move_to(room.centre).align_to(room.top_left + (room.height - 0.2) * DOWN, DOWN)
        above = Box(room.left, answer.get_top()[1] + 0.35, room.right, room.top)
        halves = above.columns(0.5) if room.wide else above.rows(0.4)
        names, ratios = ("coarse shapes", "fine detail"), seen.over_noise(cut, self.sigma)
        parts = zip(seen.halves(cut), names, ratios, halves, strict=True)
        self.same_noise = [self.with_noise(*part) for part in parts]
        for clean, *_ in self.same_noise:
            self.play(FadeIn(clean), run_time=theme.FADE)
            self.wait(0.8)
        self.play(*[FadeIn(noisy) for _, noisy, _ in self.same_noise], run_time=theme.SETTLE)
        self.play(*[FadeIn(words) for *_, words in self.same_noise], run_time=theme.FADE)
        self.wait(1)
        self.play(FadeIn(answer), run_time=theme.FADE)
        self.wait(self.reading_time + 1)

    # -- parts ---------------------------------------------------------------------------------------------

    def pair(self) -> Group:
        """Make the noisy picture and what is above water, one above the other or side by side, each with its
        number; returns all that is new on stage."""
        room = self.pictures
        stacked = room.height > room.width
        boxes = room.rows(0.3) if stacked else beside(room, under=0.4)
        self.level, self.cut = Readout("noise σ", places=4), Readout("up to", places=4, after="cycles")
        named, panels = (("picture and noise", self.level), ("above water", self.cut)), []
        for box, (title, readout) in zip(boxes, named, strict=True):
            panel = self.panel(self.seen.picture, title, box)
            if stacked:
                panel.align_to(room.top_left, LEFT)
                readout.next_to(panel.frame, RIGHT, buff=0.2).align_to(panel.frame, UP)
            else:
                readout.next_to(panel.frame, DOWN, buff=0.15).align_to(panel.frame, LEFT)
            panels.append(panel)
        self.noisy_panel, self.kept_panel = panels
        late = Group(self.noisy_panel.title, self.kept_panel, self.level, self.cut)
        if stacked:  # then there is room to say what the number is
            for readout, meaning in (
                (self.level, "how strong the noise is that was added to the picture"),
                (self.cut, "per image: all of the picture, up to where its curve meets the water"),
            ):
                width = room.right - readout.get_left()[0]
                words = paragraph(meaning, width, size=theme.SMALL, colour=theme.palette.quiet, centred=False)
                late.add(words.next_to(readout, DOWN, buff=0.2).align_to(readout, LEFT))
        return late

    def with_noise(
        self, part: np.ndarray, name: str, ratio: float, box: Box
    ) -> tuple[PicturePanel, PicturePanel, Text]:
        """A part of the picture without and with the noise, at one contrast, and which of the two is the
        stronger."""
        left, right = beside(box, under=0.45)
        clean = self.panel(part, name, left, sigma=self.sigma)
        noisy = self.panel(part + self.sigma * self.seen.noise, "with the noise", right, sigma=self.sigma)
        words = theme.words(strength(ratio), weight="medium")
        return clean, noisy, words.next_to(Group(clean.frame, noisy.frame), DOWN, buff=0.18)

    def show_level(self, log_sigma: float) -> None:
        """Set everything that the noise level decides."""
        sigma, seen = float(np.exp(log_sigma)), self.seen
        noisy, cut = seen.noisy(sigma), seen.cutoff(sigma)
        self.noisy_panel.set_array(noisy / np.hypot(1, sigma))
        self.kept_panel.set_array(seen.kept(sigma))
        self.plot.set_tide(sigma**2)
        self.plot.set_line(self.noisy, seen.power_of(noisy))
        self.mark.set_at(cut, sigma**2)
        self.level.set_text(f"{sigma:.2f}" if sigma < 9.995 else f"{sigma:.1f}")
        self.cut.set_text(f"{cut:.1f}")

    def run_tide(self, start: float, end: float, *, run_time: float) -> None:
        """Move the noise level, in even steps of log sigma."""

        def show(share: float) -> bool:
            self.show_level(start + share * (end - start))
            return False

        movers = Group(self.plot.moving, self.noisy_panel, self.kept_panel, self.level, self.cut, self.mark)
        self.play(Clock(self, stills=Group(), movers=movers, show=show, run_time=run_time))
