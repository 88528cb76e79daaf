"""How long the main scene takes to render, beside manim's floor and beside plain manim.

    python benchmarks/render.py            # 1080p60, about five minutes on two cores

Three renders in one process, each without cache: the scene `Sampling`; one moving dot over the same number of
frames (what manim itself costs); and the same stage in plain manim, `ImageMobject` and `always_redraw`, over
a slice of the run, scaled to the scene's frames. Prints ratios.
"""

from __future__ import annotations

import os
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Axes,
    Dot,
    ImageMobject,
    Integer,
    Rectangle,
    Scene,
    Text,
    ValueTracker,
    VGroup,
    VMobject,
    always_redraw,
    config,
    linear,
    tempconfig,
)
from manim_spectral.scenes.sampling import Sampling

from manim_spectral.mobjects.picture import to_rgba
from manim_spectral.sources import recordings, settings
from manim_spectral.views.pictures import PictureView


class MovingDot(Scene):
    """manim's floor: one dot that moves."""

    seconds = 1.0

    def construct(self) -> None:
        dot = Dot().shift(3 * LEFT)
        self.add(dot)
        self.play(dot.animate(run_time=self.seconds, rate_func=linear).shift(6 * RIGHT))


class PlainStage(Scene):
    """The run's stage as one would write it in plain manim: two pictures, spectrum, water, bands, meters."""

    seconds = 1.0
    run: PictureView

    def construct(self) -> None:
        run, clock = self.run, ValueTracker(0.4)
        lowest, highest = np.log10(run.power_range)
        axes = Axes(
            x_range=[0, np.log10(run.freq[-1]), 1], y_range=[lowest, highest, 1], x_length=6.5, y_length=2.2
        ).move_to(3.2 * RIGHT + 1.6 * UP)

        def step() -> int:
            return run.step_at(clock.get_value())

        def picture(array: np.ndarray, height: float, at: np.ndarray) -> ImageMobject:
            return ImageMobject(to_rgba(array)).set(height=height).move_to(at)

        def curve() -> VMobject:
            points = [
                axes.c2p(np.log10(f), np.log10(np.clip(p, *run.power_range)))
                for f, p in zip(run.freq, run.spectrum(step()), strict=True)
            ]
            return VMobject().set_points_as_corners(points)

        def water() -> Rectangle:
            top = axes.c2p(0, np.clip(np.log10(run.tide(clock.get_value())), lowest, highest))
            bottom = axes.c2p(0, lowest)
            box = Rectangle(width=6.5, height=max(1e-3, top[1] - bottom[1]), fill_opacity=0.3, stroke_width=0)
            return box.move_to(axes.c2p(np.log10(run.freq[-1]) / 2, lowest), aligned_edge=DOWN)

        def meter(band: int, at: np.ndarray) -> Rectangle:
            value = float(np.clip(run.lock.explained[step(), band], 1e-3, 1))
            return Rectangle(width=0.15, height=1.45 * value, fill_opacity=1).move_to(at, aligned_edge=DOWN)

        self.add(axes, always_redraw(water), always_redraw(curve))
        self.add(always_redraw(lambda: picture(run.noisy(step()), 2.55, 5.5 * LEFT + 1.6 * UP)))
        self.add(always_redraw(lambda: picture(run.estimate(step()), 2.55, 2.6 * LEFT + 1.6 * UP)))
        for band, name in enumerate(run.names):
            at = np.array([-6 + 1.94 * band, -1.6, 0])
            self.add(always_redraw(lambda b=band, at=at: picture(run.band_pictures(step())[b], 1.45, at)))
            self.add(always_redraw(lambda b=band, at=at: meter(b, at + 0.85 * RIGHT + 0.72 * DOWN)))
            self.add(Text(name, font_size=16).move_to(at + 1 * DOWN))
        self.add(always_redraw(lambda: Integer(step(), font_size=24, mob_class=Text).move_to(5 * LEFT)))
        self.add(
            VGroup(*[Text(t, font_size=18).move_to(k * DOWN) for k, t in enumerate(["noise", "picture"])])
        )
        self.play(clock.animate(run_time=self.seconds, rate_func=linear).set_value(0.6))


def timed(scene: Scene) -> float:
    """Seconds to render a scene."""
    start = time.perf_counter()
    scene.render()
    return time.perf_counter() - start


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--quality", default="high_quality", help="manim's name of a quality [high_quality]")
    parser.add_argument("--frame-rate", type=int, help="frames a second; by default as of the quality")
    parser.add_argument("--slice", type=float, default=1.0, help="seconds of the plain stage to render [1]")
    options = parser.parse_args()
    # sampled before the clock starts
    run = PictureView(recordings.stage_trajectories(settings.load_settings()).main)
    quiet = dict(quality=options.quality, disable_caching=True, progress_bar="none", verbosity="ERROR")
    if options.frame_rate:
        quiet["frame_rate"] = options.frame_rate
    with tempfile.TemporaryDirectory() as folder, tempconfig(quiet | dict(media_dir=folder)):
        ours = Sampling()
        ours_seconds = timed(ours)
        frames = round(ours.time * config.frame_rate)
        MovingDot.seconds = ours.time
        dot_seconds = timed(MovingDot())
        PlainStage.seconds, PlainStage.run = options.slice, run
        plain = PlainStage()
        plain_seconds = timed(plain) * frames / round(plain.time * config.frame_rate)
    print(f"{frames} frames at {options.quality}, {os.cpu_count()} cores")
    print(f"sampling scene / one moving dot   {ours_seconds / dot_seconds:5.2f}   (at most 2)")
    print(f"plain manim    / sampling scene   {plain_seconds / ours_seconds:5.2f}   (at least 3)")


if __name__ == "__main__":
    main()
