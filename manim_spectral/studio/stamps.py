"""What a chapter's film is made from, so that it is drawn again when that has changed, and only then.

A stamp is a plain dictionary: digests of the chapter's own modules, of the whole of `spectral/` with the
models, clips and photographs that it carries, of the files that the user named; the settings; the libraries'
versions; the film's format. Two equal stamps are two equal films.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spectral
from manim_spectral import scenes, story
from manim_spectral.sources import recordings
from manim_spectral.sources.settings import Settings
from manim_spectral.story import Chapter

# All that decide pixels, numbers or sound.
LIBRARIES = (
    "av",
    "diffusers",
    "librosa",
    "manim",
    "manimpango",
    "numpy",
    "pillow",
    "pycairo",
    "scipy",
    "soundfile",
    "soxr",
    "srt",
    "svgelements",  # manim reads with it what pango and Typst set
    "torch",
    "transformers",
    "typst",
)
PASSING = ("__pycache__", ".DS_Store")  # beside sources, no part of them
PLUGIN = Path(story.__file__).parent


def relevant_settings(settings: Settings, chapter: Chapter, *, theme: str) -> dict[str, Any]:
    """What the user set and this chapter takes, by name; paths are absolute.

    A trajectory goes only to the chapters that can show it, a model to those about its kind of signal.

    Raises
    ------
    InputError
        When the trajectory's file is none, or the model's folder.
    """
    given = {name: value for name, value in settings if value != type(settings).model_fields[name].default}
    recorded, model = given.get("trajectory"), given.get("model")
    if recorded is not None and spectral.trajectory_info(recorded).metadata["modality"] != chapter.signal:
        del given["trajectory"]
    if model is not None and recordings.signal_of(model) != chapter.signal:
        del given["model"]
    paths = {name: value.absolute() for name, value in given.items() if isinstance(value, Path)}
    return {**given, **paths, "theme": theme}


def stamp(chapter: Chapter, choices: Mapping[str, Any], film_format: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that decides what the chapter's film shows."""
    return {
        "scene": digest(modules(chapter.file) | {*(PLUGIN / "fonts").iterdir()}),
        "numbers": digest(_contents(Path(spectral.__file__).parent)),
        "settings": {name: str(value) for name, value in choices.items()},
        "own": {name: digest(_contents(path)) for name, path in choices.items() if isinstance(path, Path)},
        "versions": {name: version(name) for name in LIBRARIES},
        "film_format": dict(film_format),
    }


def key(choices: Mapping[str, Any]) -> str:
    """A short name for choices other than the default ones, empty for those."""
    own = {name: str(value) for name, value in choices.items() if name != "theme"}
    return joint([own])[:8] if own else ""


def joint(values: Iterable[Any]) -> str:
    """One digest of several values, in their order."""
    return hashlib.sha256(json.dumps(list(values), sort_keys=True).encode()).hexdigest()


def digest(paths: Iterable[Path]) -> str:
    """Of names and contents of files, in the order of their names; a missing one counts as empty."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path.name}\0{_file_digest(path)}\0".encode())
    return whole.hexdigest()


def _file_digest(path: Path) -> str:
    if not path.is_file():
        return ""
    state = path.stat()
    return _digest_once(path, state.st_mtime_ns, state.st_size)


@cache
def _digest_once(path: Path, *_: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _contents(path: Path) -> set[Path]:
    """A file, or all files under a folder."""
    if not path.is_dir():
        return {path}
    return {file for file in path.rglob("*") if file.is_file() and not {*PASSING} & {*file.parts}}


def modules(file: Path) -> set[Path]:
    """A scene's file, and every file of the plugin that it imports, wherever the import stands."""
    found, waiting = set(), {file}
    while waiting:
        found |= waiting
        waiting = set().union(*map(_imported, waiting)) - found
    return found


def _imported(file: Path) -> set[Path]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    names = {_homes().get(name, name) for name in names}
    ours = [name.split(".")[1:] for name in names if name.startswith("manim_spectral.")]
    beside = {scenes.FOLDER / f"{parts[1]}.py" for parts in ours if parts[0] == "scenes" and len(parts) > 1}
    paths = beside | {PLUGIN.joinpath(*parts).with_suffix(".py") for parts in ours}
    return {path for path in paths if path.is_file()}


@cache
def _homes() -> dict[str, str]:
    """The modules that the plugin's public names come from, as it tells type checkers."""
    tree = ast.parse((PLUGIN / "__init__.py").read_text(encoding="utf-8"))
    return {
        f"{PLUGIN.name}.{alias.name}": str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != PLUGIN.name
        for alias in node.names
    }
