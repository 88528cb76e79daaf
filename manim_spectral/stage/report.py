"""What a render tells the process that waits for it: how far its film is, and in which beat."""

from __future__ import annotations

import os
import time
from pathlib import Path

FILE = "STAGE_REPORT"  # environment variable: where to tell
EVERY = 0.3  # seconds


class Report:
    """Writes seconds of film drawn, and the beat, into the file that the environment names, if it names one.

    Where the process that asked for it is gone, killed perhaps, nobody will take the film: it ends there.
    """

    def __init__(self) -> None:
        self._file = os.environ.get(FILE)
        self._waiting = os.getppid()
        self._told, self._seconds = 0.0, 0.0

    def drawn(self, seconds: float, beat: str) -> None:
        """So much more of the film is drawn."""
        if not self._file:
            return
        if os.getppid() != self._waiting:
            raise SystemExit(f"{self._file}: the process that waited for this film is gone")
        self._seconds += seconds
        if time.monotonic() - self._told > EVERY:
            self._told = time.monotonic()
            Path(self._file).write_text(f"{self._seconds:.2f} {beat}", encoding="utf-8")


def read(file: Path) -> tuple[float, str] | None:
    """Seconds drawn and the beat; None where nothing is told yet, or is being written just now."""
    try:
        seconds, _, beat = file.read_text(encoding="utf-8").partition(" ")
        return float(seconds), beat
    except (OSError, ValueError):
        return None
