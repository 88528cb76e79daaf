"""Where the plot, the plane and the sentence stand in the chapter about schedules."""

from __future__ import annotations

from dataclasses import dataclass

from manim_spectral.stage.layout import Box

NAME = 1.05  # room for a schedule's name and numbers above its plane


@dataclass(frozen=True)
class ScheduleLayout:
    """Plotting areas of the spectrum and of the plane beside or below it, and the room of the sentence."""

    plot: Box
    plane: Box
    sentence: Box
    body: Box

    @classmethod
    def of(cls, body: Box) -> ScheduleLayout:
        lines = 0.75 if body.wide else 1.05  # two, or three
        sentence = Box(body.left + 0.1, body.bottom, body.right - 0.1, body.bottom + lines)
        above = Box(body.left, sentence.top + 0.2, body.right, body.top)
        one, other = above.columns(0.6) if body.wide else above.rows(0.35)
        return cls(_inside(one), _inside(other), sentence, body)

    @property
    def small_planes(self) -> list[tuple[float, Box]]:
        """For each of four small planes where its name stands, and its plotting area."""
        room = Box(self.body.left, self.sentence.top + 0.2, self.body.right, self.body.top - 0.1)
        columns = 4 if self.body.wide else 2
        width, height = room.width / columns, room.height / (4 // columns)
        planes = []
        for row, column in (divmod(k, columns) for k in range(4)):
            left, top = room.left + column * width, room.top - row * height
            box = Box(left + 0.55, top - height + 0.5, left + width - 0.15, top - NAME)
            planes.append((top - 0.05, box))
        return planes


def _inside(room: Box) -> Box:
    """A plotting area with room for its labels."""
    return Box(room.left + 0.8, room.bottom + 0.75, room.right - 0.1, room.top - 0.4)
