"""ExplainerStage: what the chapters stand on that explain a plot in plain sentences."""

from __future__ import annotations

from typing import Any

from manim import LEFT, RIGHT, UP, Animation, FadeOut, Mobject, VGroup, VMobject

from manim_spectral.mobjects.legend import Legend
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Stage, exchanged


class ExplainerStage(Stage):
    """A stage with one sentence and one legend at a time.

    Attributes
    ----------
    words_room
        Where sentences stand; set it before the first.
    footer
        What `clear_stage` leaves there, with the headline.
    """

    words_room: Box
    footer: VGroup

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.note, self.legend = VGroup(), VGroup()

    def say(self, text: str) -> list[Animation]:
        """Animations that put a plain sentence in the old one's place."""
        old, room = self.note, self.words_room
        self.note = paragraph(text, room.width, centred=False)
        self.note.move_to(room.centre).align_to(room.top_left, LEFT)
        return exchanged(old, self.note)

    def key(self, above: Mobject, *entries: tuple[VMobject, str]) -> list[Animation]:
        """Animations that put a legend above a plot's frame in the old one's place."""
        old, self.legend = self.legend, Legend(*entries, gap=0.3)
        self.legend.next_to(above, UP, buff=0.15).align_to(above, RIGHT)
        return exchanged(old, self.legend)

    def clear_stage(self) -> list[Animation]:
        """Animations that take away everything but the headline and the footer."""
        self.note, self.legend = VGroup(), VGroup()
        return [FadeOut(*self.others(self.footer))]
