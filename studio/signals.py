"""What a bridge ends in: a file, read as the model takes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.settings import read_picture
from spectral.model_folder import ModelFolder


def picture(model: str, image: Path, *, height: int | None, width: int | None) -> NDArray[np.float32]:
    """The middle of a picture file, ``(3, height, width)`` in [-1, 1], by default of the model's own size."""
    folder = ModelFolder.check(Path(model))
    own = json.loads((folder.path / "unet" / "config.json").read_text())["sample_size"]
    own = own if isinstance(own, list) else [own, own]
    return read_picture(image, height=height or own[0], width=width or own[1])
