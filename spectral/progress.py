"""A bar on standard error for what takes a while; on a terminal only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import track


def counted(items: Iterable[Any], what: str, *, shown: bool) -> Iterator[Any]:
    """The items, with a bar that says how far they are."""
    console = Console(stderr=True)
    hidden = not (shown and console.is_terminal)
    yield from track(items, description=what, console=console, disable=hidden, transient=True)
