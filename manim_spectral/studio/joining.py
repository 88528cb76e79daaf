"""Several films joined into one: pictures as they are, sound coded once, a chapter mark for each.

The pictures' packets are copied; only their times are moved on, by whole pictures. So all have to be coded
alike, as one encoder with the same options does. Sound that was coded film by film would have a gap at each
seam, where an encoder fills up its last packet and winds up for its first; here it is put together sample by
sample and coded as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import srt

from manim_spectral.stage.muxing import CODECS, RATE, length, mux, packets
from spectral import InputError, read_audio

if TYPE_CHECKING:
    from av.container.core import Chapter

TAG = "comment"  # a field that mp4 and webm have
MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class Part:
    """A film to join: what its chapter mark says, its pictures, captions (.srt) and uncompressed sound."""

    title: str
    film: Path
    captions: Path | None = None
    track: Path | None = None

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.film, self.captions, self.track) if path]


def join(parts: Sequence[Part], path: Path, *, tag: str) -> None:
    """Write one film of all parts, one after another, its index in front, with a word that `tag_of` finds.

    Raises
    ------
    InputError
        When the parts' pictures are not coded alike.
    """
    starts, rate = starts_of(parts)
    options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(parts[0].film)) as first, av.open(str(path), "w", options=options) as film:
        like = first.streams.video[0]
        film.metadata[TAG] = tag
        film.set_chapters(_marks(parts, starts, rate))
        pictures = _pictures(parts, starts, rate, coded=_coding(like))
        track = _track(parts, starts, rate)
        mux(film, pictures, like=like, track=track, codec=CODECS[path.suffix])


def tag_of(film: Path) -> str | None:
    """The word that `join` left in a film; None where there is none."""
    try:
        with av.open(str(film)) as container:
            return {name.lower(): value for name, value in container.metadata.items()}.get(TAG)
    except av.FFmpegError:
        return None


def captions(parts: Sequence[Part]) -> str:
    """The captions of all parts at their times in the joined film, as .srt."""
    starts, rate = starts_of(parts)
    moved = []
    for part, start in zip(parts, starts, strict=False):
        if part.captions is None:
            continue
        later = timedelta(seconds=float(start / rate))
        for said in srt.parse(part.captions.read_text(encoding="utf-8")):
            moved.append(srt.Subtitle(None, said.start + later, said.end + later, said.content))
    return srt.compose(moved)


def starts_of(parts: Sequence[Part]) -> tuple[list[int], Fraction]:
    """The number of each part's first picture in the joined film, and last how many there are; and their
    rate."""
    lengths = [length(part.film) for part in parts]
    starts = [0]
    for number, _ in lengths:
        starts.append(starts[-1] + number)
    return starts, lengths[0][1]


def _marks(parts: Sequence[Part], starts: Sequence[int], rate: Fraction) -> list[Chapter]:
    times = [round(start / rate / MILLISECOND) for start in starts]
    return [
        {
            "id": k,
            "start": times[k],
            "end": times[k + 1],
            "time_base": MILLISECOND,
            "metadata": {"title": p.title},
        }
        for k, p in enumerate(parts)
    ]


def _pictures(
    parts: Sequence[Part], starts: Sequence[int], rate: Fraction, *, coded: Any
) -> Iterator[av.Packet]:
    """All packets, each at its picture's place in the joined film."""
    for part, start in zip(parts, starts, strict=False):
        with av.open(str(part.film)) as source:
            if _coding(source.streams.video[0]) != coded:
                raise InputError(f"{part.film}: coded otherwise than {parts[0].film}, expected the same")
            for packet in packets(source):
                unit = packet.time_base
                for name in ("pts", "dts"):  # a picture's number, then its time again
                    number = start + round(getattr(packet, name) * unit * rate)
                    setattr(packet, name, round(number / rate / unit))
                yield packet


def _coding(stream: av.VideoStream) -> Any:
    """What packets of one stream have in common."""
    context = stream.codec_context
    return context.name, context.extradata, stream.width, stream.height, stream.guessed_rate


def _track(parts: Sequence[Part], starts: Sequence[int], rate: Fraction) -> np.ndarray | None:
    """(samples,) at RATE of all parts' sound, each from its first picture on; None where nothing sounds."""
    if not any(part.track for part in parts):
        return None
    edges = [round(start / rate * RATE) for start in starts]
    track = np.zeros(edges[-1], np.float32)
    for part, start, end in zip(parts, edges, edges[1:], strict=False):
        if part.track:
            samples = read_audio(part.track).samples[0][: end - start]
            track[start : start + len(samples)] = samples
    return track
