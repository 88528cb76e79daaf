"""The story: which scenes tell it, in which order, and what each chapter is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from manim_spectral import scenes


@dataclass(frozen=True)
class Chapter:
    """One scene of the story.

    Attributes
    ----------
    name
        Of its module, which holds one Scene class of the same name in CamelCase.
    title
        On cards, chapter marks and pages.
    signal
        Of what kind a recorded trajectory has to be for the scene to show it; None where it shows none.
    """

    name: str
    title: str
    signal: Literal["image", "waveform", "mel"] | None = None

    @property
    def scene(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def file(self) -> Path:
        return scenes.FOLDER / f"{self.name}.py"


TITLE = Chapter("title", "Spectral autoregression")  # the film's card, before its first chapter
STORY = (
    Chapter("refinement", "Two forms of iterative refinement", "image"),
    Chapter("spectrum", "From picture to curve"),
    Chapter("tide", "The rising tide"),
    Chapter("sampling", "Bands lock in", "image"),
    Chapter("schedule", "Which frequency at which time"),
    Chapter("clips", "What about sound?"),
    Chapter("listening", "Sound locks in by power", "waveform"),
    Chapter("cepstrum", "Cepstral autoregression", "mel"),
    Chapter("staircase", "Soft autoregression", "image"),
    Chapter("equilibrium", "Unstable equilibrium"),
)
EXTRAS = (Chapter("tide_sound", "The rising tide over a clip"),)
CHAPTERS = {chapter.name: chapter for chapter in (*STORY, *EXTRAS)}
