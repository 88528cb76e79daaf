"""One progress bar for loops of our own and for pipelines, on standard error where that is a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import Progress, track


def counted(items: Iterable[Any], what: str, *, shown: bool) -> Iterator[Any]:
    """The items, with a bar that says how far they are."""
    console = Console(stderr=True)
    hidden = not (shown and console.is_terminal)
    yield from track(items, description=what, console=console, disable=hidden, transient=True)


@contextlib.contextmanager
def in_place_of_its_own(pipeline: Any, what: str, *, shown: bool) -> Iterator[None]:
    """Our bar instead of a pipeline's, which is left as it was found."""

    @contextlib.contextmanager
    def counting(total: int) -> Iterator[Any]:
        console = Console(stderr=True)
        hidden = not (shown and console.is_terminal)
        with Progress(console=console, disable=hidden, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield _Counter(bar, task)

    def progress_bar(iterable: Any = None, total: int | None = None) -> Any:
        return counting(total or 0) if iterable is None else counted(iterable, what, shown=shown)

    pipeline.progress_bar = progress_bar  # on the object, before its class's
    try:
        yield
    finally:
        del pipeline.progress_bar


class _Counter:
    """As much of tqdm as pipelines use."""

    def __init__(self, bar: Progress, task: Any) -> None:
        self._bar, self._task = bar, task

    def update(self, n: int = 1) -> None:
        self._bar.advance(self._task, n)
