"""A photograph's spectrum, and beside it a curve of one's own: the straight line of a power law.

manim -pql examples/photograph.py
"""

from manim import RIGHT, WHITE, Create, Group, ImageMobject, Scene

import spectral
from manim_spectral import SpectrumPlot
from spectral.assets import carried


class Photograph(Scene):
    def construct(self):
        picture = ImageMobject(carried("photographs", "red_panda.png")).scale_to_fit_height(4.5)
        pixels = picture.pixel_array[..., :3].transpose(2, 0, 1) / 127.5 - 1
        spectrum = spectral.rapsd(pixels).in_unit(spectral.FrequencyUnit.per("image", 256))
        plot = SpectrumPlot.of(spectrum, width=6.5, height=4.5)
        self.add(Group(picture, plot).arrange(RIGHT, buff=1))
        law = spectral.fit_power_law(spectrum.channel_mean())
        self.play(Create(plot.add_line(law.at(plot.freq), colour=WHITE, width=3)), run_time=2)
        self.wait()
