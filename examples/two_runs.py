"""One model from the same noise under two samplers, deterministic and ancestral, side by side.

manim -pql examples/two_runs.py
"""

from manim import DOWN, RIGHT, Group, Scene, Text

import spectral
from manim_spectral import PicturePanel, Timeline, WritingMap


class TwoRuns(Scene):
    def construct(self):
        sides = Group()
        for name, eta in (("deterministic", 0), ("ancestral", 1)):
            run = spectral.record("photos-64", steps=30, seed=7, eta=eta)
            chart = WritingMap.of(run, width=4.5, height=2)
            parts = Text(name, font_size=28), PicturePanel.of(run), chart, Timeline.of(run, width=6)
            sides.add(Group(*parts).arrange(DOWN, buff=0.4))
        self.add(sides.arrange(RIGHT, buff=0.8))
        self.play(*[part.animate.set_moment(1) for side in sides for part in side[1:]], run_time=8)
        self.wait()
