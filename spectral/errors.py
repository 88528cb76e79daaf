"""The one kind of error that is meant for the user rather than for the programmer."""

from __future__ import annotations

LONGEST = 2000  # characters


class InputError(ValueError):
    """Something that the user gave cannot be used.

    The message is a single line that names the file or option, says what was found there and what was
    expected. A command line prints it and exits with status 2; no traceback is needed to understand it. What
    was found may come from a damaged file: characters that a terminal would obey are spelled out, and of a
    very long message the middle is left out.
    """

    def __init__(self, message: str) -> None:
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(message.split()))
        if len(line) > LONGEST:
            line = f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
        super().__init__(line)
