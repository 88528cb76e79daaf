"""Log-mel spectrograms as pictures, and sound back from them.

Definitions and names are librosa's: Slaney's mel scale and area-normalised triangles over the power of a
Hann-windowed short-time Fourier transform (McFee et al. 2015, after Slaney's Auditory Toolbox, 1998). Frame i
is centred on sample ``(i + 1/2) hop_length``: the clip is padded with ``(n_fft - hop_length) / 2`` zeros on
either side, so n samples make exactly ``n / hop_length`` frames and a picture of 64 frames spans 16,384
samples. Power in dB is brought to a picture's range in a straight line,

    picture = 2 (10 log10(power) - low_db) / (high_db - low_db) - 1

so low_db is -1, high_db is 1, and what is weaker than low_db is cut there. The way back (Griffin and Lim
1984, with the momentum of Perraudin et al. 2013) has to invent the phases, and what was cut stays silent.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError


@dataclass(frozen=True)
class MelSettings:
    """How a log-mel picture is made.

    Attributes
    ----------
    sr
        Sample rate in Hz.
    n_fft, hop_length
        Samples in a window, and from one window to the next; their difference is even.
    n_mels
        Number of mel bands, the picture's height.
    fmin, fmax
        Lowest and highest frequency in Hz.
    low_db, high_db
        Power in dB that becomes -1 and 1.

    Examples
    --------
    >>> settings = spectral.MelSettings(n_mels=32, hop_length=512)
    >>> spectral.MelSettings.from_dict(settings.to_dict()) == settings
    True
    """

    sr: int = 16000
    n_fft: int = 1024
    hop_length: int = 256
    n_mels: int = 64
    fmin: float = 0.0
    fmax: float = 8000.0
    low_db: float = -60.0
    high_db: float = 20.0

    def __post_init__(self) -> None:
        if min(self.sr, self.n_fft, self.hop_length, self.n_mels) < 1:
            raise InputError(f"mel settings: found {self}, expected positive sizes")
        if self.hop_length > self.n_fft or (self.n_fft - self.hop_length) % 2:
            raise InputError(
                f"mel settings: found n_fft {self.n_fft} and hop_length {self.hop_length}, expected a hop no "
                "longer than the window and an even difference"
            )
        if not 0 <= self.fmin < self.fmax <= self.sr / 2:
            raise InputError(
                f"mel settings: found fmin {self.fmin:g} and fmax {self.fmax:g}, "
                f"expected 0 <= fmin < fmax <= {self.sr / 2:g}"
            )
        if not self.low_db < self.high_db:
            raise InputError(
                f"mel settings: found low_db {self.low_db:g} and high_db {self.high_db:g}, "
                "expected low_db below high_db"
            )

    def to_dict(self) -> dict[str, int | float]:
        """The settings by name, as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> MelSettings:
        """Settings from what `to_dict` gave.

        Raises
        ------
        InputError
            When a name is unknown or missing, or a value is no number.
        """
        names = {field.name for field in fields(cls)}
        if set(settings) != names:
            raise InputError(f"mel settings: found {sorted(settings)}, expected {sorted(names)}")
        for name, value in settings.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(f"mel settings: found {name} {value!r}, expected a number")
        return cls(**settings)

    @property
    def padding(self) -> int:
        """Zeros put before and after a clip."""
        return (self.n_fft - self.hop_length) // 2


def log_mel(y: ArrayLike, *, settings: MelSettings) -> NDArray[np.float32]:
    """The log-mel picture of a clip.

    Parameters
    ----------
    y
        Sound, shape ``(..., samples)``, in [-1, 1], at least `hop_length` samples; what is left over after
        the last whole hop is dropped.
    settings
        How to make it.

    Returns
    -------
    picture
        Shape ``(..., n_mels, samples // hop_length)``, low mels first; -1 at `low_db` and below, 1 at
        `high_db`, more above.

    Raises
    ------
    InputError
        When the clip is shorter than one hop.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(16384) / 16000)
    >>> picture = spectral.log_mel(tone, settings=spectral.MelSettings())
    >>> picture.shape, int(picture.mean(axis=1).argmax())
    ((64, 64), 8)
    """
    import librosa

    s = settings
    y = np.asarray(y, dtype=np.float32)
    frames = y.shape[-1] // s.hop_length
    if not frames:
        raise InputError(
            f"sound: found {y.shape[-1]} samples, expected at least {s.hop_length}, one mel frame"
        )
    around = [(0, 0)] * (y.ndim - 1) + [(s.padding, s.padding)]
    power = librosa.feature.melspectrogram(
        y=np.pad(y[..., : frames * s.hop_length], around),
        sr=s.sr,
        n_fft=s.n_fft,
        hop_length=s.hop_length,
        center=False,
        n_mels=s.n_mels,
        fmin=s.fmin,
        fmax=s.fmax,
    )
    decibels = librosa.power_to_db(power, amin=10 ** (s.low_db / 10), top_db=None)
    picture = 2 * (decibels - s.low_db) / (s.high_db - s.low_db) - 1
    return np.maximum(picture, -1).astype(np.float32)


def mel_to_audio(
    picture: ArrayLike, *, settings: MelSettings, n_iter: int = 64, seed: int = 0
) -> NDArray[np.float32]:
    """Sound whose log-mel picture is near a given one.

    Parameters
    ----------
    picture
        One log-mel picture as `log_mel` makes it, shape ``(n_mels, frames)``.
    settings
        How it was made.
    n_iter
        Rounds of Griffin and Lim's.
    seed
        Of the phases it starts from: the same picture and seed give the same sound.

    Returns
    -------
    y
        Shape ``(frames * hop_length,)``; peaks beyond 1 are possible and left alone.

    Raises
    ------
    InputError
        When the picture has another shape or is not finite.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(16384) / 16000)
    >>> settings = spectral.MelSettings()
    >>> back = spectral.mel_to_audio(spectral.log_mel(tone, settings=settings), settings=settings)
    >>> back.shape, bool(abs(spectral.log_mel(back, settings=settings)).max() <= 1)
    ((16384,), True)
    """
    import librosa

    s = settings
    picture = np.asarray(picture, dtype=np.float64)
    if picture.ndim != 2 or picture.shape[0] != s.n_mels or not picture.shape[1]:
        raise InputError(f"mel picture: found shape {picture.shape}, expected ({s.n_mels}, frames)")
    if not np.isfinite(picture).all():
        raise InputError("mel picture: found values that are not finite, expected numbers")
    decibels = (picture + 1) / 2 * (s.high_db - s.low_db) + s.low_db
    magnitude = librosa.feature.inverse.mel_to_stft(
        librosa.db_to_power(decibels), sr=s.sr, n_fft=s.n_fft, power=2.0, fmin=s.fmin, fmax=s.fmax
    )
    y = librosa.griffinlim(
        magnitude, n_iter=n_iter, hop_length=s.hop_length, n_fft=s.n_fft, center=False, random_state=seed
    )
    length = picture.shape[1] * s.hop_length
    return y[s.padding : s.padding + length].astype(np.float32)
