"""A run's spectrum, and its frequency bands as they lock.

manim -pql examples/run.py
"""

from manim import DOWN, Group, Scene

import spectral
from manim_spectral import BandRack, SpectrumPlot


class Run(Scene):
    def construct(self):
        run = spectral.record("photos-64", steps=30, seed=7)
        plot, rack = SpectrumPlot.of(run, width=9, height=3), BandRack.of(run, width=10)
        self.add(Group(plot, rack).arrange(DOWN, buff=0.7))
        self.play(plot.animate.set_moment(1), rack.animate.set_moment(1), run_time=8)
        self.wait()
