"""Sound files: read, searched for their loudest part, and written.

Samples are floating-point with full scale at 1, whatever the width they were stored in. A file is read in
blocks, which are mixed down and resampled as they come, so that what it takes is the size of the answer and
not of the file. Resampling is soxr's, a band-limited filter of linear phase: what lies above the new Nyquist
is taken out before it can fold. A part of a file is resampled with its surroundings, on the sampling grid of
the whole, so that it is the same as that part of the whole.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.signal.power import as_field

if TYPE_CHECKING:
    from soundfile import SoundFile

FORMATS = "a sound file (wav, flac, ogg or mp3)"
RATES = (1000, 768_000)  # Hz; a header that says otherwise is damaged, or is not of sound
LONGEST = 600  # seconds at once, about 100 MB in one channel at 44.1 kHz
BLOCK = 1 << 16  # frames
SURROUNDINGS = 0.05  # seconds on either side of a part, several times what soxr's filter reaches over
HOPS = 16  # positions of the loudest part, to its length


@dataclass(frozen=True, eq=False)
class Sound:
    """Samples and their rate.

    Attributes
    ----------
    samples
        Shape ``(channels, samples)``, float32 with full scale at 1. Files of floating-point numbers may go
        beyond it.
    sr
        Samples per second.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     spectral.write_audio(f"{folder}/tone.wav", np.sin(np.arange(8000) / 4), sr=8000)
    ...     sound = spectral.read_audio(f"{folder}/tone.wav", sr=16000)
    >>> sound.samples.shape, sound.sr
    ((1, 16000), 16000)
    """

    samples: NDArray[np.float32]
    sr: int


def read_audio(
    path: str | os.PathLike[str],
    *,
    sr: int | None = None,
    mono: bool = True,
    start: float = 0.0,
    seconds: float | None = None,
) -> Sound:
    """Read a sound file, or a part of it.

    Parameters
    ----------
    path
        A wav, flac, ogg or mp3 file, or another that libsndfile knows, of any rate, width and number of
        channels.
    sr
        Rate to bring it to, in Hz; its own by default.
    mono
        Whether to mix the channels down to their mean.
    start, seconds
        Which part to read; to the end by default.

    Returns
    -------
    sound
        ``round(seconds * sr)`` samples, fewer where the file ends before. Silence is a sound like any other.

    Raises
    ------
    InputError
        If the file is missing, is not a sound file, is damaged, holds no samples or some that are not finite;
        if the part is longer than 10 minutes, starts after the end, or is too short to hold a sample at the
        new rate; or if a rate is outside 1 kHz to 768 kHz.
    """
    if sr is not None and not RATES[0] <= sr <= RATES[1]:
        raise InputError(f"sr: found {sr}, expected {RATES[0]} to {RATES[1]} Hz")
    if not 0 <= start < np.inf:
        raise InputError(f"start: found {start}, expected 0 seconds or more")
    if seconds is not None and not 0 < seconds < np.inf:
        raise InputError(f"seconds: found {seconds}, expected more than 0")
    with _opened(path) as file:
        rate, length = file.samplerate, file.frames / file.samplerate
        if start >= length:
            raise InputError(
                f"{path}: found {length:g} s of sound, expected more than the start at {start:g} s"
            )
        stop = length if seconds is None else min(start + seconds, length)
        if stop - start > LONGEST:
            raise InputError(
                f"{path}: found {stop - start:.0f} s of sound, expected at most {LONGEST} s at once; "
                "a part is read with start and seconds"
            )
        new_rate = rate if sr is None else int(sr)
        shared = math.gcd(rate, new_rate)
        # Both grids have a sample at every multiple of `period` frames.
        period = rate // shared
        begin = int(max(start - SURROUNDINGS, 0) * rate) // period * period
        end = min(math.ceil((stop + SURROUNDINGS) * rate), file.frames)
        blocks = _blocks(file, path, begin=begin, end=end, mono=mono)
        samples = _resampled(
            blocks, rate, new_rate, channels=1 if mono else file.channels, frames=end - begin
        )
    first = round(start * new_rate) - begin // period * (new_rate // shared)
    count = samples.shape[1] - first if seconds is None else round(seconds * new_rate)
    samples = samples[:, first : first + max(count, 1)]
    if not samples.size:
        raise InputError(f"{path}: found no sound from {start:g} s on, expected one sample at {new_rate} Hz")
    return Sound(samples=np.ascontiguousarray(samples), sr=new_rate)


def loudest_start(path: str | os.PathLike[str], *, seconds: float) -> float:
    """Where the part of a file with most energy starts.

    The file is read through in blocks, however long it is.

    Parameters
    ----------
    path
        As for `read_audio`.
    seconds
        Length of the part.

    Returns
    -------
    start
        In seconds, to a sixteenth of `seconds`; 0 where the file is not longer than the part.

    Raises
    ------
    InputError
        If the file cannot be read, or holds nothing but silence.
    """
    if not 0 < seconds < np.inf:
        raise InputError(f"seconds: found {seconds}, expected more than 0")
    with _opened(path) as file:
        hop = math.ceil(seconds * file.samplerate / HOPS)
        energy = np.zeros(math.ceil(file.frames / hop))
        at = 0
        for block in _blocks(file, path, begin=0, end=file.frames, mono=True):
            index = (at + np.arange(len(block))) // hop
            energy += np.bincount(index, weights=block[:, 0].astype(float) ** 2, minlength=energy.size)
            at += len(block)
        if not energy.any():
            raise InputError(f"{path}: found silence, expected a sound")
        total = np.concatenate([[0.0], np.cumsum(energy[: file.frames // hop])])
        if total.size <= HOPS:
            return 0.0
        return int(np.argmax(total[HOPS:] - total[:-HOPS])) * hop / file.samplerate


def write_audio(path: str | os.PathLike[str], y: ArrayLike, *, sr: int) -> None:
    """Write a 16-bit wav file.

    Parameters
    ----------
    path
        Where to, conventionally ending in ``.wav``.
    y
        Shape ``(samples,)`` or ``(channels, samples)``, from -1 to 1.
    sr
        Samples per second.

    Raises
    ------
    InputError
        If a sample is beyond full scale, where it would be clipped, or not finite; or the file cannot be
        written.
    """
    import soundfile

    array = np.atleast_2d(as_field(y, signal_ndim=1, name="sound"))
    if array.ndim != 2:
        raise InputError(f"sound: found shape {array.shape}, expected (samples,) or (channels, samples)")
    if np.abs(array).max() > 1:
        raise InputError(f"sound: found a peak of {np.abs(array).max():g}, expected samples from -1 to 1")
    try:
        soundfile.write(os.fspath(path), array.T, sr, format="WAV", subtype="PCM_16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise InputError(f"{path}: cannot be written ({error}), expected a place for a wav file") from None


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[SoundFile]:
    """The sound file, with whatever goes wrong in it put in one line."""
    import soundfile

    try:
        with open(path, "rb") as raw:
            if not raw.read(1):
                raise InputError(f"{path}: found an empty file, expected {FORMATS}")
        if os.fspath(path).lower().endswith(".raw"):  # libsndfile takes the name's word for it
            raise InputError(f"{path}: found samples without a header, expected {FORMATS}")
        with soundfile.SoundFile(os.fspath(path)) as file:
            if file.frames == 0:
                raise InputError(f"{path}: found no samples, expected at least one")
            if not RATES[0] <= file.samplerate <= RATES[1]:
                raise InputError(
                    f"{path}: found a rate of {file.samplerate} Hz, expected {RATES[0]} to {RATES[1]}"
                )
            yield file
    except soundfile.LibsndfileError as error:
        why = error.error_string.removeprefix("Error : ").rstrip(".")
        raise InputError(f"{path}: cannot be read (libsndfile: {why}), expected {FORMATS}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}, expected {FORMATS}") from None


def _blocks(
    file: SoundFile, path: str | os.PathLike[str], *, begin: int, end: int, mono: bool
) -> Iterator[NDArray[np.float32]]:
    """Frames from `begin` to `end`, or to where a truncated file ends, each block ``(frames, channels)``."""
    if begin:  # some files can be read but not searched
        file.seek(begin)
    at = begin
    while at < end:
        block = file.read(min(BLOCK, end - at), dtype="float32", always_2d=True)
        if not len(block):
            return
        wrong = ~np.isfinite(block).all(axis=1)
        if wrong.any():
            when = (at + int(np.argmax(wrong))) / file.samplerate
            raise InputError(f"{path}: found NaN or infinity at {when:.3f} s, expected finite samples")
        at += len(block)
        yield block.mean(axis=1, keepdims=True) if mono else block


def _resampled(
    blocks: Iterator[NDArray[np.float32]], rate: int, new_rate: int, *, channels: int, frames: int
) -> NDArray[np.float32]:
    """All blocks at the new rate, as ``(channels, samples)``."""
    import soxr

    stream = soxr.ResampleStream(rate, new_rate, channels) if rate != new_rate else None
    samples = np.empty((channels, frames * new_rate // rate + 2), np.float32)
    count = 0

    def keep(block: NDArray[np.float32]) -> None:
        nonlocal count
        samples[:, count : count + len(block)] = block.T
        count += len(block)

    for block in blocks:
        keep(block if stream is None else stream.resample_chunk(block))
    if stream is not None:
        keep(stream.resample_chunk(np.empty((0, channels), np.float32), last=True))
    return samples[:, :count]
