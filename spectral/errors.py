"""The one kind of error that is meant for the user rather than for the programmer."""

from __future__ import annotations


class InputError(ValueError):
    """Something that the user gave cannot be used.

    The message is a single line that names the file or option, says what was found there and what was
    expected. A command line prints it and exits with status 2; no traceback is needed to understand it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
