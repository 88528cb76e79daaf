"""The runs that scenes show: loaded, or recorded once and kept.

Recordings are kept in the user's cache under a name made of everything that decides their numbers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from platformdirs import user_cache_dir

from manim_spectral.sources.files import read_clip, read_loudest
from manim_spectral.sources.material import carried, clip_path, picture, title_of
from manim_spectral.sources.settings import Settings, one_line_errors, refuse_together
from spectral import MelSettings, level, log_mel, wiener_bridge
from spectral.errors import InputError
from spectral.recording.model_folder import ModelFolder
from spectral.trajectory.file import FORMAT_VERSION
from spectral.trajectory.trajectory import Modality, Trajectory, library_versions

MODELS = {"image": "photos-64", "waveform": "speech-16k", "mel": "mel-64"}  # carried
TIDE_SECONDS = 1.6  # of a clip that the tide rises over
LOUDNESS = -23.0  # LKFS of one's own clip: what the carried models have heard
BRIDGE_SEED = 0
FREE_SEED = 10  # the free run of the last beat


@dataclass(frozen=True, eq=False)
class Runs:
    """What a scene shows.

    Attributes
    ----------
    main
        The run that the scene is about.
    free
        A free run of the same model beside a default or own bridge, else None.
    """

    main: Trajectory
    free: Trajectory | None


@one_line_errors()
def stage_trajectories(settings: Settings, modality: Modality = "image") -> Runs:
    """Load, or take from the cache, or record what a scene about this kind of signal shows.

    Raises
    ------
    SystemExit
        With status 2, after one line on standard error, when a file, the model or the cache cannot be used.
    """
    own = "image" if modality == "image" else "audio"
    # A folder of sounds is for all scenes about sound; a file is for this run.
    if not (own == "audio" and settings.audio and settings.audio.is_dir()):
        refuse_together(settings, "trajectory", own, "seed")
    if settings.trajectory is not None:
        return Runs(Trajectory.load(settings.trajectory), None)
    model = settings.model or carried("models", MODELS[modality])
    if settings.seed is not None:
        return Runs(_free(settings, model, settings.seed), None)
    return Runs(_bridge(settings, model, modality), _free(settings, model, FREE_SEED))


@one_line_errors()
def tide_trajectory(settings: Settings) -> Trajectory:
    """The ideal denoiser's bridge to the chosen clip; no model takes part. Errors as `stage_trajectories`."""
    path = clip_path(settings)
    sound = read_loudest(path, seconds=TIDE_SECONDS)
    return wiener_bridge(sound.samples[0], sr=sound.sr, seed=BRIDGE_SEED, source=title_of(path))


def _free(settings: Settings, model: Path, seed: int) -> Trajectory:
    options: dict[str, Any] = {"steps": settings.steps, "seed": seed, "eta": settings.eta}

    def sample() -> Trajectory:
        from spectral.recording.record import record  # loads torch, which a cached run does without

        return record(model, **options)

    return _kept(model, f"a free run from seed {seed}", options, sample)


def _bridge(settings: Settings, model: Path, modality: Modality) -> Trajectory:
    if modality == "image":
        shown = picture(settings)
        signal, source = shown.pixels, shown.name
    else:
        path = clip_path(settings)
        signal, source = _clip(model, path, modality, own=settings.audio is not None), title_of(path)
    options: dict[str, Any] = {"steps": settings.steps, "seed": BRIDGE_SEED, "source": source}

    def sample() -> Trajectory:
        from spectral.recording.record import bridge

        return bridge(model, signal, **options)

    signal_hash = hashlib.sha256(signal.tobytes()).hexdigest()
    return _kept(model, f"a bridge to {source}", {**options, "signal": signal_hash}, sample)


def _clip(model: Path, path: Path, modality: Modality, *, own: bool) -> NDArray[np.float32]:
    """A clip as a model knows it: (channels, samples), or its log-mel spectrogram (1, mels, frames)."""
    size = _json(model / "unet" / "config.json")
    mel = MelSettings.from_dict(_json(model / "mel.json")) if modality == "mel" else None
    sr, length = mel.sr if mel else size.get("sample_rate"), np.ravel(size.get("sample_size") or 0)[-1]
    if not sr or not length:
        raise InputError(f"{model}: has no sample_rate or sample_size, expected a model of {modality}s")
    y = read_clip(path, sr=sr, samples=int(length) * (mel.hop_length if mel else 1))
    if own:
        y = level(y, sr=sr, loudness=LOUDNESS).astype(np.float32)
    return log_mel(y, settings=mel)[None] if mel else np.repeat(y[None], size.get("in_channels", 1), axis=0)


def signal_of(model: Path) -> Modality:
    """What kind of signal a model makes, by what its folder says.

    Raises
    ------
    InputError
        When the folder is no model's.
    """
    if ModelFolder.check(model).mel:
        return "mel"
    network = model / "unet" / "config.json"
    return "waveform" if network.is_file() and _json(network).get("sample_rate") else "image"


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}, expected a model of sound") from None


def _kept(model: Path, what: str, options: dict[str, Any], sample: Callable[[], Trajectory]) -> Trajectory:
    """The recording from the cache, or a new one that is then kept there."""
    folder = ModelFolder.check(model)
    decides = {"model": folder.digest(), "name": folder.name, "what": what, **options}
    decides |= {"format_version": FORMAT_VERSION, "versions": library_versions()}
    key = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    path = _cache() / f"{folder.name}-{key[:16]}.safetensors"
    if kept := _intact(path):
        return kept
    with _alone(path.with_suffix(".lock")):  # scenes drawn at once may show the same run
        if kept := _intact(path):
            return kept
        print(f"Sampling {folder.name}: {what}, {options['steps']} steps. Kept in {path}", file=sys.stderr)
        trajectory = sample()
        trajectory.save(path)
    return trajectory


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait until no other process holds this lock; nothing is left of it, where an open file can go."""
    with FileLock(file):
        try:
            yield
        finally:
            with contextlib.suppress(PermissionError):
                file.unlink(missing_ok=True)


def _intact(path: Path) -> Trajectory | None:
    """The recording in a file; a damaged one is worth no more than none."""
    if path.exists():
        with contextlib.suppress(InputError):
            return Trajectory.load(path)
    return None


def _cache() -> Path:
    folder = Path(user_cache_dir("spectral-autoregression"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: the cache folder cannot be made ({error.strerror})") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise InputError(f"{folder}: the cache folder cannot be read and written, expected one's own")
    return folder
