"""What the user chose, and the trajectories that follow from it.

Choices come from `SPECTRAL_...` in the environment, then from `spectral.toml` in the working directory.
Recordings are kept in the user's cache under a name made of everything that decides their numbers.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from scenes.sources import read_clip, read_loudest, read_picture, title
from spectral import MelSettings, level, log_mel, wiener_bridge
from spectral.errors import InputError
from spectral.model_folder import ModelFolder
from spectral.trajectory import Modality, Trajectory, library_versions
from spectral.trajectory_file import FORMAT_VERSION

PREFIX = "SPECTRAL_"
FILE = "spectral.toml"
MODELS = {"image": "photos-64", "waveform": "speech-16k", "mel": "mel-64"}  # carried
PHOTOGRAPH = "red_panda.png"  # what the default bridge ends in
CLIP = "speech_do_not_disturb.flac"  # and that of the scenes about sound
TIDE_SECONDS = 1.6  # of a clip that the tide rises over
LOUDNESS = -23.0  # LKFS of one's own clip: what the carried models have heard
SIDE = 128  # pixels of a picture on stage
BRIDGE_SEED = 0
FREE_SEED = 10  # the free run of the last beat


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn an `InputError` into its one line on standard error and exit status 2.

    manim prints a traceback for any Exception; SystemExit passes it by.
    """
    try:
        yield
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _carried(folder: str, name: str) -> Path:
    return Path(str(files("spectral").joinpath(folder, name)))


UserPath = Annotated[Path, AfterValidator(lambda path: Path(os.path.expanduser(path)))]


class Settings(BaseSettings):
    """The user's choices, one for each `SPECTRAL_...` variable and each key of `spectral.toml`.

    Attributes
    ----------
    trajectory
        A recorded trajectory to show instead of sampling one.
    model
        Folder of the model to sample, in diffusers' layout; by default the carried one of the scene's kind.
    steps
        Number of sampling steps, at least 2.
    seed
        Makes the whole scene a free run from this seed, at least 0. Without it the scene is a bridge.
    eta
        Share of ancestral noise in free runs, 0 (deterministic) to 1.
    image
        A picture of one's own for the bridge to end in; its central square is taken.
    audio
        A sound file of one's own for the bridge of the scenes about sound; its loudest part is taken.
    theme
        "dark" or "light".
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, toml_file=FILE, extra="forbid", frozen=True
    )

    trajectory: UserPath | None = None
    model: UserPath | None = None
    steps: int = Field(50, ge=2)
    seed: int | None = Field(None, ge=0)
    eta: float = Field(0.0, ge=0, le=1)
    image: UserPath | None = None
    audio: UserPath | None = None
    theme: Literal["dark", "light"] = "dark"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@one_line_errors()
def load_settings() -> Settings:
    """Read the environment and `spectral.toml`.

    Raises
    ------
    SystemExit
        With status 2, after one line on standard error, when something there cannot be used.
    """
    for variable in os.environ:
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper().startswith(PREFIX) and name.lower() not in Settings.model_fields:
            raise InputError(
                f"{variable}: no such setting, {_nearest(name, lambda key: PREFIX + key.upper())}"
            )
    try:
        settings = Settings()
    except ValidationError as error:
        raise InputError(_first_line(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{FILE}: cannot be read ({error}), expected TOML") from None
    for own in ("image", "audio"):  # of which a scene looks at one
        chosen = [name for name in ("trajectory", own, "seed") if getattr(settings, name) is not None]
        if len(chosen) > 1:
            raise InputError(
                f"{' and '.join(map(_where, chosen))} are set, expected one of them alone: "
                f"a trajectory is shown as it is, {own} makes a bridge, a seed a free run"
            )
    return settings


def _first_line(invalid: ValidationError) -> str:
    error = invalid.errors()[0]
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name} in {FILE}: no such setting, {_nearest(name, str)}"
    what = error["msg"].removeprefix("Input should be ")
    return f"{_where(name)} is {error['input']!r}, expected {what}"


def _where(name: str) -> str:
    """What the user calls a setting, by the place where it was set."""
    variable = PREFIX + name.upper()
    set_there = any(key.upper() == variable and value for key, value in os.environ.items())
    return variable if set_there else f"{name} in {FILE}"


def _nearest(name: str, spelling: Callable[[str], str]) -> str:
    known = list(Settings.model_fields)
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return f"did you mean {spelling(near[0])}?"
    return f"expected one of {', '.join(map(spelling, known))}"


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
    if settings.trajectory is not None:
        return Runs(Trajectory.load(settings.trajectory), None)
    model = settings.model or _carried("models", MODELS[modality])
    if settings.seed is not None:
        return Runs(_free(settings, model, settings.seed), None)
    return Runs(_bridge(settings, model, modality), _free(settings, model, FREE_SEED))


@one_line_errors()
def tide_trajectory(settings: Settings) -> Trajectory:
    """The ideal denoiser's bridge to the chosen clip; no model takes part. Errors as `stage_trajectories`."""
    path = clip_path(settings)
    sound, name = read_loudest(path, seconds=TIDE_SECONDS), title(path, own=settings.audio is not None)
    return wiener_bridge(sound.samples[0], sr=sound.sr, seed=BRIDGE_SEED, source=name)


def _free(settings: Settings, model: Path, seed: int) -> Trajectory:
    options: dict[str, Any] = {"steps": settings.steps, "seed": seed, "eta": settings.eta}

    def sample() -> Trajectory:
        from spectral.recording import record  # loads torch, which a cached run does without

        return record(model, **options)

    return _kept(model, f"a free run from seed {seed}", options, sample)


def _bridge(settings: Settings, model: Path, modality: Modality) -> Trajectory:
    own = settings.image if modality == "image" else settings.audio
    carried = _carried("photographs", PHOTOGRAPH) if modality == "image" else _carried("clips", CLIP)
    if modality == "image":
        signal = read_picture(own or carried, height=SIDE, width=SIDE)
    else:
        signal = _clip(model, own or carried, modality, own=own is not None)
    source = title(own or carried, own=own is not None)
    options: dict[str, Any] = {"steps": settings.steps, "seed": BRIDGE_SEED, "source": source}

    def sample() -> Trajectory:
        from spectral.recording import bridge

        return bridge(model, signal, **options)

    signal_hash = hashlib.sha256(signal.tobytes()).hexdigest()
    return _kept(model, f"a bridge to {source}", {**options, "signal": signal_hash}, sample)


def clip_path(settings: Settings) -> Path:
    """The sound file that a scene without a model is about: one's own, or a carried one."""
    return settings.audio or _carried("clips", CLIP)


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
    if path.exists():
        # a damaged recording is worth no more than none
        with contextlib.suppress(InputError):
            return Trajectory.load(path)
    print(f"Sampling {folder.name}: {what}, {options['steps']} steps. Kept in {path}", file=sys.stderr)
    trajectory = sample()
    trajectory.save(path)
    return trajectory


def _cache() -> Path:
    folder = Path(user_cache_dir("spectral-autoregression"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: the cache folder cannot be made ({error.strerror})") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise InputError(f"{folder}: the cache folder cannot be read and written, expected one's own")
    return folder
