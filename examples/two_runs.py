"""One model from the same noise under two samplers, deterministic and ancestral, side by side.

manim -pql examples/two_runs.py
"""

from manim import DOWN, RIGHT, UP, Group, Scene, Text

import spectral
from manim_spectral import PicturePanel, Timeline, WritingMap


class TwoRuns(Scene):
    def construct(self):
        sides = Group()
        for name, eta in (("deterministic", 0), ("ancestral", 1)):
            run = spectral.record("photos-64", steps=30, seed=7, eta=eta)
            parts = PicturePanel.of(run), WritingMap.of(run, width=4.5, height=2), Timeline.of(run, width=6)
            sides.add(Group(Text(name, font_size=28), *parts).arrange(DOWN, buff=0.4))
        self.add(sides.arrange(RIGHT, buff=0.8, aligned_edge=UP))
        moving = [part for side in sides for part in side[1:]]
        self.play(*[part.animate.set_moment(1) for part in moving], run_time=8)
        self.wait()
