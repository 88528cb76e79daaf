"""The title card: the tide runs out over a picture's own spectrum.

manim -pql scenes/title.py
"""

from __future__ import annotations

from manim import DOWN, LEFT, FadeIn, VGroup

from manim_spectral import theme
from manim_spectral.chapters.title import words
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.sources import material
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Stage
from manim_spectral.stage.tide_emblem import TideEmblem


class Title(Stage):
    """What the film is called, and its subject at a glance."""

    name_size = 40  # of the film's name, in pixels of an 854 x 480 picture
    run_time = 2.7  # seconds for the tide

    def construct(self) -> None:
        # The viewer sees: the film's name; under it colours come out of the water, the red ones first.
        self.beat("title", words.CAPTION)
        x, y, quiet = -self.layout.heading.left, self.layout.heading.top, theme.palette.quiet
        picture = material.picture(self.settings)
        name = paragraph(words.NAME, 2 * x, size=self.name_size, weight="semibold", centred=False)
        subject = paragraph(words.SUBJECT, 2 * x, size=theme.HEADING, colour=quiet, centred=False)
        self.words = VGroup(name, subject).arrange(DOWN, buff=0.25, aligned_edge=LEFT)
        self.words.move_to((-x + self.words.width / 2, y - self.words.height / 2 - 0.2, 0))
        self.footer = self.sign(words.FOOTER.format(picture=picture.name), "measured")
        room = Box(-x, self.layout.body.bottom + 0.05, x, self.words.get_bottom()[1] - 0.35)
        self.emblem = TideEmblem(picture, room)
        self.play(FadeIn(self.words, self.footer, self.emblem), run_time=0.5)
        self.play_clock(self.emblem, show=self.emblem.set_share, run_time=self.run_time)
        self.wait(0.6)
