"""One's own colours, in a frame with other things: a sunset palette, and a display scaled and moved.

manim -pql examples/colours.py
"""

from dataclasses import replace

from manim import UP, MovingCameraScene, Text

import spectral
from manim_spectral import RunDisplay, theme

theme.use(replace(theme.DARK, ground="#21130d", panel="#3a2418", water="#b3866f", lightness=0.8, chroma=0.12))


class Colours(MovingCameraScene):
    def construct(self):
        display = RunDisplay.of(spectral.record("photos-64", steps=30, seed=7), width=11, height=6)
        self.add(Text("my own talk", font_size=36).to_edge(UP), display.shift([0, -0.5, 0]))
        self.play(display.animate(run_time=8).set_moment(1))
        self.play(self.camera.frame.animate.scale(0.5).move_to(display.rack))
        self.wait()
