"""What the project carries: models, photographs and clips, each with its licence beside it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def carried(folder: str, name: str = "") -> Path:
    """Where a file or folder that the project carries lies.

    Parameters
    ----------
    folder
        "models", "photographs" or "clips".
    name
        Of one of them, such as "photos-64"; the whole folder without one.
    """
    return Path(str(files(__package__).joinpath(folder, name)))
