"""How a film looks: its size, shape, theme and kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path("renders") / "chapters"
WIDE = {"l": (854, 480, 15), "m": (1280, 720, 30), "h": (1920, 1080, 60), "k": (3840, 2160, 60)}
SQUARE = {"l": 640, "m": 960, "h": 1440, "k": 2880}  # of about as many pixels


@dataclass(frozen=True)
class Look:
    """How a film looks. `transparent` is webm with an alpha channel, and no ground."""

    quality: Literal["l", "m", "h", "k"] = "m"
    shape: Literal["16:9", "9:16", "1:1"] = "16:9"
    theme: Literal["dark", "light"] = "dark"
    transparent: bool = False
    format: Literal["mp4", "webm"] = "mp4"

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
        """Where chapters of this look are kept, below the working directory."""
        width, height = self.size
        kind = ["transparent"] * self.transparent or ["webm"] * (self.format == "webm")
        return FOLDER / "-".join([f"{width}x{height}", str(self.rate), self.theme, *kind])

    @property
    def options(self) -> list[str]:
        """manim's."""
        width, height = self.size
        chosen = ["--resolution", f"{width},{height}", "--fps", str(self.rate)]
        return [*chosen, "--format", self.format, *["--transparent"] * self.transparent]
