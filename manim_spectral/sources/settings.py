"""What the user chose: `SPECTRAL_...` in the environment, then `spectral.toml` in the working directory."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from spectral.assets import locate, locate_model
from spectral.errors import InputError

PREFIX = "SPECTRAL_"
FILE = "spectral.toml"


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


UserPath = Annotated[Path, AfterValidator(Path.expanduser)]
Model = Annotated[Path, AfterValidator(locate_model)]
Picture = Annotated[Path, AfterValidator(partial(locate, "photographs"))]
SoundFile = Annotated[Path, AfterValidator(partial(locate, "clips"))]


class Settings(BaseSettings):
    """The user's choices, one for each `SPECTRAL_...` variable and each key of `spectral.toml`.

    Attributes
    ----------
    trajectory
        A recorded trajectory to show instead of sampling one.
    model
        Folder of the model to sample, in diffusers' layout, or the name of a carried one; by default the
        carried one of the scene's kind.
    steps
        Number of sampling steps, at least 2.
    seed
        Makes the whole scene a free run from this seed, at least 0. Without it the scene is a bridge.
    eta
        Share of ancestral noise in free runs, 0 (deterministic) to 1.
    image
        A picture of one's own for the bridge to end in, or the name of a carried photograph; its central
        square is taken.
    images
        A folder of pictures of one's own, for the scenes about many; those about one take the first, unless
        `image` is set.
    audio
        A sound file of one's own, a folder of them, or the name of a carried clip, for the scenes about
        sound; of a file its loudest part is taken, and the scenes about one sound take a folder's first.
    theme
        "dark" or "light".
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, toml_file=FILE, extra="forbid", frozen=True
    )

    trajectory: UserPath | None = None
    model: Model | None = None
    steps: int = Field(50, ge=2)
    seed: int | None = Field(None, ge=0)
    eta: float = Field(0.0, ge=0, le=1)
    image: Picture | None = None
    images: UserPath | None = None
    audio: SoundFile | None = None
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
    return settings


def refuse_together(settings: Settings, *names: str) -> None:
    """Refuse settings of which a scene can follow one alone.

    Raises
    ------
    InputError
        If more than one of them is set.
    """
    chosen = [name for name in names if getattr(settings, name) is not None]
    if len(chosen) > 1:
        raise InputError(
            f"{' and '.join(map(_where, chosen))} are set, expected one of them alone: "
            "a trajectory is shown as it is, a file of one's own makes a bridge, a seed a free run"
        )


def _first_line(invalid: ValidationError) -> str:
    error = invalid.errors()[0]
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name} in {FILE}: no such setting, {_nearest(name, str)}"
    if isinstance(refusal := error.get("ctx", {}).get("error"), InputError):
        return f"{_where(name)}: {refusal}"
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
