"""The format of a film: its size, shape, theme and kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path("renders") / "chapters"
Quality = Literal["l", "m", "h", "k"]
Container = Literal["mp4", "webm"]
WIDE = {"l": (854, 480, 15), "m": (1280, 720, 30), "h": (1920, 1080, 60), "k": (3840, 2160, 60)}
SQUARE = {"l": 640, "m": 960, "h": 1440, "k": 2880}  # of about as many pixels


@dataclass(frozen=True)
class FilmFormat:
    """The format of a film.

    Attributes
    ----------
    quality
        Size and pictures a second, by manim's letter.
    shape
        Width to height.
    theme
        The ground.
    transparent
        No ground, and an alpha channel; webm alone has one.
    container
        The kind of file.
    """

    quality: Quality = "m"
    shape: Literal["16:9", "9:16", "1:1"] = "16:9"
    theme: Literal["dark", "light"] = "dark"
    transparent: bool = False
    container: Container = "mp4"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height, _ = WIDE[self.quality]
        side = SQUARE[self.quality]
        return {"16:9": (width, height), "9:16": (height, width), "1:1": (side, side)}[self.shape]

    @property
    def rate(self) -> int:
        """Pictures per second."""
        return WIDE[self.quality][2]

    @property
    def folder(self) -> Path:
        """Where chapters of this format are kept, below the working directory."""
        width, height = self.size
        kind = ["transparent"] * self.transparent or ["webm"] * (self.container == "webm")
        return FOLDER / "-".join([f"{width}x{height}", str(self.rate), self.theme, *kind])

    @property
    def manim_options(self) -> list[str]:
        """What `manim render` is told."""
        width, height = self.size
        chosen = ["--resolution", f"{width},{height}", "--fps", str(self.rate)]
        return [*chosen, "--format", self.container, *["--transparent"] * self.transparent]
