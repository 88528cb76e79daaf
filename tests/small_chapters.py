"""Chapters of a second or two, to be drawn by real processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from manim_spectral.story import Chapter

QUICK = """
import numpy as np
from manim import FadeIn, Square
from manim_spectral.stage.stage import Stage

class Quick(Stage):
    def construct(self):
        self.beat("one", "A square comes.")
        self.sound(0.25 * np.sin(2 * np.pi * 440 * np.arange(8000) / 16000), sr=16000)
        self.play(FadeIn(Square(2, fill_opacity=0.5)), run_time=0.6)
        self.beat("stays put", "It stays.", loop=True)
        self.wait(0.8)
"""
SLOW = """
from manim import RIGHT, Dot
from manim_spectral.stage.stage import Stage

class Slow(Stage):
    def construct(self):
        self.beat("on its way", "A dot moves for a long time.")
        self.play(Dot().animate.shift(3 * RIGHT), run_time=600)
"""
REFUSES = """
from manim_spectral.sources.settings import one_line_errors
from manim_spectral.stage.stage import Stage
from spectral import InputError

class Refuses(Stage):
    def construct(self):
        with one_line_errors():
            raise InputError("mine.png: is a text, expected a picture")
"""
BREAKS = """
from manim_spectral.stage.stage import Stage

class Breaks(Stage):
    def construct(self):
        self.beat("one", "Not for long.")
        raise RuntimeError("out of order")
"""
SOURCES = {"quick": QUICK, "slow": SLOW, "refuses": REFUSES, "breaks": BREAKS}


@dataclass(frozen=True)
class SmallChapter(Chapter):
    """A chapter whose scene lies in a folder of the test's."""

    folder: Path = Path()

    @property
    def scene(self) -> str:
        return self.name.split("_")[0].capitalize()

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.py"


def chapter(name: str, folder: Path) -> SmallChapter:
    """One of SOURCES; "quick_2" is another one like "quick"."""
    made = SmallChapter(name, f"On {name}", folder=folder)
    if not made.file.exists():
        made.file.write_text(SOURCES[name.split("_")[0]])
    return made
