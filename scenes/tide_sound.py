"""A tide of white noise rises over a real sound and runs out again, heard: bands drown and return by power.

    manim -pql scenes/tide_sound.py

No model takes part. The best guess is the ideal one for Gaussian sound, a Wiener filter with one gain an
octave; a band counts as locked where it explains half of the band's power.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from manim import LEFT, RIGHT, FadeIn, Group, VGroup

import spectral
from scenes import settings, theme
from scenes.kinds import measured
from scenes.measured import Measured, View
from scenes.mobjects.badge import Badge
from scenes.mobjects.waveform import Playhead
from scenes.run_stage import RunStage
from scenes.stage import Clock
from spectral import Sound, Trajectory

SEED = 0
STEPS = 80  # of the tide, even in log SNR
BEYOND = 10.0  # power of the tide over the strongest band's, and the weakest band's over it, at its ends
LOUDNESS = -20.0  # LKFS


class TideSound(RunStage):
    """The clip; then the clip while the tide rises; then while it runs out."""

    longest = 5.0  # seconds of the clip that are taken, the loudest
    slowest = 6.0  # about, for the tide to rise

    def construct(self) -> None:
        with settings.one_line_errors():
            path = settings.clip_path(self.settings)
            self.clip = self.read(path)
            self.source = path.name if self.settings.audio else path.stem.replace("_", " ")
            self.set_the_stage(measured(under_the_tide(self.clip)))
        self.once = self.clip.samples.shape[-1] / self.clip.sr
        times = max(1, round(self.slowest / self.once))  # that the clip is heard while the tide moves
        self.show_step(self.run.n_steps - 1)
        self.pass_by(
            "clip", "A real sound", "A real sound, its spectrum, and its octaves.", 1.0, 1.0, times=1
        )
        caption = "White noise rises over it like a tide and drowns one octave after another."
        self.pass_by("rising", "The tide rises over it", caption, 1.0, 0.0, times=times)
        headline = f"The tide runs out: octaves come back, {self.run.order_words}"
        self.pass_by("falling", headline, f"{headline}.", 0.0, 1.0, times=times)
        self.play(*self.headline(self.run.verdict), run_time=0.8)
        self.wait(2)

    def read(self, path: Path) -> Sound:
        start = spectral.loudest_start(path, seconds=self.longest)
        return spectral.read_audio(path, start=start, seconds=self.longest)

    def views_of(self, run: Measured) -> tuple[View, View]:
        held, expected = run.views
        return (
            View("what is heard", held.symbol, held.at, held.picture, across=held.across),
            View("the best guess", expected.symbol, expected.at, expected.picture, across=expected.across),
        )

    def footer_of(self, run: Measured) -> VGroup:
        room = self.layout.footer
        badge = Badge("measured").move_to(room.centre).align_to(room.top_right, RIGHT)
        words = theme.words(
            f"{self.source} · white noise added", size=theme.SMALL, colour=theme.palette.quiet
        )
        return VGroup(words.move_to(room.centre).align_to(room.top_left, LEFT), badge)

    def pass_by(
        self, name: str, headline: str, caption: str, start: float, end: float, *, times: int
    ) -> None:
        # The viewer sees and hears: the clip, again and again, the tide moving from one level to another.
        self.beat(name, caption)
        entering = [] if self.footer in self.mobjects else [self.footer, *self.standing()]
        self.play(*self.headline(headline), *[FadeIn(mobject) for mobject in entering], run_time=1)
        playhead = Playhead(self.panels[0].picture)

        def show(share: float) -> bool:
            playhead.set_at(share * times % 1 if share < 1 else 1)
            return self.show_moment(start + share * (end - start))

        self.run_time = times * self.once
        self.sound(self.heard(start, end, times=times), sr=self.clip.sr)
        stills = Group(*self.panels, self.readouts, *self.rack.cells, self.timeline.measured)
        movers = Group(self.plot.moving, self.timeline.moving, self.rack.locks, playhead)
        self.play(Clock(self, stills=stills, movers=movers, show=show, run_time=self.run_time))
        self.remove(playhead)
        self.wait(0.4)

    def standing(self) -> list:
        """All that stands on the stage throughout."""
        return [
            *self.panels,
            self.readouts,
            self.plot,
            self.legend,
            self.rack,
            self.rack_caption,
            self.timeline,
            self.marks_key,
        ]

    def heard(self, start: float, end: float, *, times: int) -> np.ndarray:
        """(n,) samples of the clip under a tide that moves between two moments, at one loudness."""
        y = np.tile(self.clip.samples[0], times)
        sigma = np.sqrt([self.run.tide(moment) for moment in np.linspace(start, end, 1000)])
        sigma = np.interp(np.linspace(0, 1, len(y)), np.linspace(0, 1, 1000), sigma)
        together = spectral.noised(y, sigma=sigma, seed=SEED) / np.hypot(np.sqrt((y**2).mean()), sigma)
        return spectral.level(together, sr=self.clip.sr, loudness=LOUDNESS)


def under_the_tide(clip: Sound) -> Trajectory:
    """The clip at every level of the tide, highest first, and the best guess with one gain an octave."""
    y, sr = clip.samples.astype(float), clip.sr
    bands = spectral.sound_bands(y.shape[-1], sr=sr)
    masks = spectral.band_masks(y.shape[-1:], bands)
    lines = spectral.periodogram(y, signal_ndim=1)[0]
    power = np.array([lines[mask].mean() for mask in masks])
    sigma = np.sqrt(np.geomspace(BEYOND * power.max(), power[power > 0].min() / BEYOND, STEPS))
    noise = spectral.noised(np.zeros_like(y), sigma=1.0, seed=SEED)
    parts = [spectral.split(field, bands, signal_ndim=1) for field in (y, noise)]
    gains = [spectral.wiener_gain(power, 1.0, level)[:, None] for level in sigma]
    guesses = [(gain * (parts[0] + s * parts[1])).sum(axis=-2) for gain, s in zip(gains, sigma, strict=True)]
    return Trajectory.from_steps(
        x_t=[y + s * noise for s in sigma],
        denoised=guesses,
        sigma=sigma,
        sample=y,
        modality="waveform",
        stochastic=True,
        sample_rate=sr,
    )
