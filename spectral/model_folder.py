"""A model's folder in diffusers' layout, looked at without loading torch.

model_index.json            the pipeline's class, and the classes of its parts
unet/config.json            the network; its weights beside it, in safetensors
scheduler/scheduler_config.json
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from spectral.errors import InputError

PIPELINES = ("DDPMPipeline", "DDIMPipeline")
CONFIGURATION = ("model_index.json", "unet/config.json", "scheduler/scheduler_config.json")


@dataclass(frozen=True)
class ModelFolder:
    """A checked model folder.

    Attributes
    ----------
    path
        Where it is.
    pipeline, scheduler
        Names of diffusers' classes for the whole and for its scheduler. The network is a UNet2DModel.
    """

    path: Path
    pipeline: str
    scheduler: str

    @property
    def name(self) -> str:
        """The folder's own name, wherever it lies."""
        return self.path.resolve().name

    @classmethod
    def check(cls, path: Path) -> ModelFolder:
        """Look at a folder's index and at whether the files that it calls for are there.

        Raises
        ------
        InputError
            When it is no folder, or not that of a pixel-space pipeline with its weights in safetensors.
        """
        if not path.is_dir():
            what = "is not a folder" if path.exists() else "no such folder"
            raise InputError(f"{path}: {what}, expected a diffusers model")
        for name in CONFIGURATION:
            if not (path / name).is_file():
                raise InputError(f"{path}: has no {name}, expected a diffusers model")
        if not any(path.glob("unet/*.safetensors")):
            raise InputError(f"{path / 'unet'}: has no weights in safetensors, expected a diffusers model's")
        index = path / CONFIGURATION[0]
        try:
            parts = json.loads(index.read_text(encoding="utf-8"))
            pipeline, unet, (library, scheduler) = parts["_class_name"], parts["unet"], parts["scheduler"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{index}: {error!r}, expected the index of a diffusers pipeline") from None
        if pipeline not in PIPELINES:
            raise InputError(f"{index}: _class_name is {pipeline!r}, expected {' or '.join(PIPELINES)}")
        if unet != ["diffusers", "UNet2DModel"] or library != "diffusers":
            raise InputError(
                f"{index}: unet is {unet} and scheduler {[library, scheduler]}, expected diffusers' own "
                "UNet2DModel and scheduler"
            )
        return cls(path, pipeline, str(scheduler))

    def digest(self) -> str:
        """SHA-256 over configuration and weights, in hexadecimal.

        Raises
        ------
        InputError
            When a file cannot be read.
        """
        total = hashlib.sha256()
        weights = sorted(f"unet/{file.name}" for file in self.path.glob("unet/*.safetensors"))
        for name in (*CONFIGURATION, *weights):
            try:
                with (self.path / name).open("rb") as file:
                    total.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
            except OSError as error:
                raise InputError(f"{self.path / name}: cannot be read ({error.strerror or error})") from None
        return total.hexdigest()
