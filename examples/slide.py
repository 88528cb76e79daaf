"""A run in a talk: the first click plays it, the second goes on.

manim -ql examples/slide.py && manim-slides present Talk
"""

from manim import FadeIn, FadeOut
from manim_slides import Slide

import spectral
from manim_spectral import RunDisplay


class Talk(Slide):
    def construct(self):
        display = RunDisplay.of(spectral.record("photos-64", steps=30, seed=7))
        self.play(FadeIn(display))
        self.next_slide()
        self.play(display.animate(run_time=8).set_moment(1))
        self.next_slide()
        self.play(FadeOut(display))
