"""A bar for each chapter that is being drawn, on standard error; in a pipe or a file, a line for each."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class ChapterProgress:
    """Where the chapters are. A chapter's length is known where it was drawn before; else its bar pulses."""

    def __init__(self, names: Sequence[str]) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        width = max(map(len, names))
        self.tasks = {
            name: self.progress.add_task(f"{name:{width}}", start=False, total=1, state="") for name in names
        }
        self.began = dict.fromkeys(names, time.monotonic())

    def __enter__(self) -> ChapterProgress:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def start(self, name: str, film: float | None) -> None:
        """Drawing begins; `film` is how many seconds it had last time."""
        self.began[name] = time.monotonic()
        self.progress.start_task(self.tasks[name])
        self.progress.update(self.tasks[name], total=film, state="begins")

    def wait(self, name: str) -> None:
        """Another run draws this chapter."""
        self.progress.update(self.tasks[name], state="drawn by another run")

    def show(self, name: str, drawn: tuple[float, str] | None) -> None:
        """So many seconds of film are drawn, up to this beat."""
        if drawn:
            seconds, beat = drawn
            self.progress.update(self.tasks[name], completed=seconds, state=f"{seconds:5.1f} s  {beat}")

    def finish(self, name: str, film: float, *, drawn: bool) -> None:
        """The chapter is there, drawn by this run or by another."""
        self.progress.update(self.tasks[name], total=film, completed=film, state=f"{film:5.1f} s")
        self.progress.stop_task(self.tasks[name])
        if drawn and not self.console.is_terminal:
            took = time.monotonic() - self.began[name]
            self.console.print(f"{name}: {film:.1f} s of film, drawn in {took:.1f} s", soft_wrap=True)
