"""Small films made on the spot, and films taken apart again."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from manim_spectral.stage.muxing import RATE
from spectral import write_audio

FPS = 15
SIZE = 64


def small_film(path: Path, shades: list[int], *, rate: int = FPS, size: int = SIZE) -> Path:
    """An mp4 coded as manim codes, one grey picture a shade, with a corner that moves."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=rate, options={"crf": "23"})
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for number, shade in enumerate(shades):
            pixels = np.full((size, size, 3), shade, np.uint8)
            pixels[: 1 + number % (size // 4), :8] = 255 - shade
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode(None))
    return path


def sound_of(path: Path, samples: np.ndarray) -> Path:
    write_audio(path, samples, sr=RATE)
    return path


def shades_of(film: Path) -> tuple[list[float], list[Fraction]]:
    """The grey in the middle of each picture, and when it is shown."""
    with av.open(str(film)) as container:
        frames = [(f.to_ndarray(format="gray"), f.pts * f.time_base) for f in container.decode(video=0)]
    return [float(grey[grey.shape[0] // 2 :].mean()) for grey, _ in frames], [at for _, at in frames]


def heard_in(film: Path) -> np.ndarray:
    """(samples,) at RATE; every frame of sound has to begin where the one before ended, as far as the file's
    own unit of time can tell."""
    heard = []
    with av.open(str(film)) as container:
        assert container.streams.audio[0].rate == RATE
        for frame in container.decode(audio=0):
            start = frame.pts * frame.time_base * RATE
            at = sum(map(len, heard))
            # a codec winds up before the film begins
            y = frame.to_ndarray()[0][max(0, round(-start)) if not heard else 0 :]
            assert abs(max(start, 0) - at) <= max(1, frame.time_base * RATE), "a gap or an overlap"
            heard.append(y)
    return np.concatenate(heard)


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and content of the boxes of an mp4 (ISO/IEC 14496-12, 4.2), one after another."""
    found, at = [], 0
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        found.append((name, data[at + head : at + size]))
        at += size
    return found


def marks_of(film: Path) -> list[tuple[float, str]]:
    """Seconds and titles in the chapter list (chpl), read byte by byte."""
    outer = dict(boxes(film.read_bytes()))
    listed = dict(boxes(dict(boxes(outer[b"moov"]))[b"udta"]))[b"chpl"]
    count, at, marks = listed[8], 9, []
    for _ in range(count):
        start, size = struct.unpack(">QB", listed[at : at + 9])
        marks.append((start / 1e7, listed[at + 9 : at + 9 + size].decode()))
        at += 9 + size
    return marks
