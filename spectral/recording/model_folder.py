"""A model's folder in diffusers' layout, looked at without loading torch.

model_index.json    the pipeline's class, and [library, class] of each part
PART/               a folder for each part: its configuration, and its weights in safetensors
mel.json            beside them where the pictures are mel-spectrograms: how these are made (`MelSettings`)

What an index names is imported, and what a pickle holds is run. So parts come from libraries that are trusted
already, diffusers' own pipelines among them, and their weights from safetensors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectral.errors import InputError
from spectral.sound.mel import MelSettings

INDEX, MEL = "model_index.json", "mel.json"
LIBRARIES = ("diffusers", "transformers", "spectral")
DECIDES = (".json", ".model", ".safetensors", ".txt")  # files that a run's numbers may depend on
PREPARES = re.compile(r"(Tokenizer|FeatureExtractor|Processor)(Fast|Pil)?$")  # classes without weights


@dataclass(frozen=True)
class ModelFolder:
    """A checked model folder.

    Attributes
    ----------
    path
        Where it is.
    pipeline
        Name of diffusers' class for the whole.
    parts
        Library and class of each part, by its name: the scheduler, the network, an autoencoder.
    mel
        Parameters of the mel-spectrograms that the model makes, None where it makes something else.
    """

    path: Path
    pipeline: str
    parts: dict[str, tuple[str, str]]
    mel: MelSettings | None = None

    @property
    def name(self) -> str:
        """The folder's own name, wherever it lies; the hub's name of a model in the hub's cache."""
        path = self.path.resolve()
        repository = path.parent.parent.name if path.parent.name == "snapshots" else ""
        return repository.removeprefix("models--").replace("--", "/") or path.name

    @classmethod
    def check(cls, path: Path) -> ModelFolder:
        """Look at a folder's index and at whether the files that it calls for are there.

        Raises
        ------
        InputError
            When it is no folder, or not that of a diffusers pipeline of trusted parts with all weights in
            safetensors.
        """
        if not path.is_dir():
            what = "is not a folder" if path.exists() else "no such folder"
            raise InputError(f"{path}: {what}, expected a diffusers model")
        if not (path / INDEX).is_file():
            raise InputError(f"{path}: has no {INDEX}, expected a diffusers model")
        index = _read(path / INDEX, "the index of a diffusers pipeline")
        pipeline = index.get("_class_name")
        if not isinstance(pipeline, str):
            raise InputError(
                f"{path / INDEX}: _class_name: found {pipeline!r}, expected a class of diffusers"
            )
        parts = {}
        for name, value in index.items():
            if isinstance(value, list) and len(value) == 2 and value[0] is not None:
                parts[name] = _part(path, name, *value)
        mel = None
        if (path / MEL).is_file():
            try:
                mel = MelSettings.from_dict(_read(path / MEL, "the parameters of mel-spectrograms"))
            except InputError as error:
                raise InputError(f"{path / MEL}: {error}") from None
        return cls(path, pipeline, parts, mel)

    def digest(self) -> str:
        """SHA-256 over the configuration and weights of all parts, in hexadecimal.

        Raises
        ------
        InputError
            When a file cannot be read.
        """
        folders = (self.path / name for name in self.parts)
        files = [file for folder in folders for file in folder.rglob("*") if file.suffix in DECIDES]
        files += [self.path / name for name in (INDEX, MEL) if (self.path / name).exists()]
        total = hashlib.sha256()
        for path in sorted(files):
            name = path.relative_to(self.path).as_posix()
            try:
                with path.open("rb") as file:
                    total.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
            except OSError as error:
                raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
        return total.hexdigest()


def name_of(pipeline: Any) -> str:
    """What a pipeline is called: by where it came from, otherwise by its class."""
    path = getattr(getattr(pipeline, "config", None), "_name_or_path", "")
    if path and Path(path).is_dir():
        return ModelFolder(Path(path), "", {}).name
    return Path(path).name or type(pipeline).__name__


def mel_of(pipeline: Any) -> MelSettings | None:
    """Parameters of the mel-spectrograms that a pipeline makes, from the folder that it came from."""
    path = Path(getattr(getattr(pipeline, "config", None), "_name_or_path", "") or ".")
    has = (path / MEL).is_file() and (path / "model_index.json").is_file()
    return ModelFolder.check(path).mel if has else None


def _read(path: Path, what: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error!r}, expected {what}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds a {type(content).__name__}, expected {what}")
    return content


def _part(path: Path, name: str, library: Any, kind: Any) -> tuple[str, str]:
    """Library and class of a part, if both can be trusted and its files are there."""
    if not (isinstance(library, str) and isinstance(kind, str) and _trusted(library)):
        raise InputError(
            f"{path / INDEX}: {name}: found {[library, kind]}, expected a class of {', '.join(LIBRARIES)}"
        )
    if not name.isidentifier():
        raise InputError(
            f"{path / INDEX}: a part is called {name!r}, expected the name of a folder in {path}"
        )
    folder = path / name
    if PREPARES.search(kind):
        return library, kind
    config = "scheduler_config.json" if kind.endswith("Scheduler") else "config.json"
    if not (folder / config).is_file():
        raise InputError(f"{path}: has no {name}/{config}, expected a diffusers model")
    if config == "config.json" and not any(folder.glob("*.safetensors")):
        raise InputError(f"{folder}: has no weights in safetensors, expected a diffusers model's")
    return library, kind


def _trusted(library: str) -> bool:
    """Whether it is one of `LIBRARIES` or a pipeline of diffusers, which bring parts of their own."""
    spec = importlib.util.find_spec("diffusers")
    own = Path(spec.origin or "").parent / "pipelines" if spec else Path()
    modules = (own / library, own / "deprecated" / library)
    return library in LIBRARIES or (library.isidentifier() and any(map(Path.is_dir, modules)))
