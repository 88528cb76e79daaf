"""Pictures and sound put into one file: pictures as they are coded already, sound coded on the way."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48000  # Hz, what every player takes
CODECS = {".mp4": "aac", ".mov": "aac", ".webm": "libopus"}
BIT_RATE = 128_000
ALPHA = "alpha_mode"  # a mark of transparent webm: without it players look for no alpha channel
FRAME = 1024  # samples handed to the encoder at once


def mux(
    target: av.container.OutputContainer,
    pictures: Iterable[av.Packet],
    *,
    like: av.VideoStream,
    track: np.ndarray | None,
    codec: str,
) -> None:
    """Write packets of pictures, and beside each what is heard then.

    Parameters
    ----------
    pictures
        In the order of decoding, timed for the film that is written.
    like
        The stream that they come from, or one coded alike.
    track
        (samples,) at RATE, from -1 to 1; None for a silent film.
    codec
        For the sound: one of CODECS.
    """
    shown = target.add_stream_from_template(template=like)
    if any(name.lower() == ALPHA for name in like.metadata):
        shown.metadata[ALPHA] = "1"
    heard, at = None, 0
    if track is not None:
        heard = target.add_stream(codec, rate=RATE, layout="mono")
        heard.bit_rate = BIT_RATE
    for packet in pictures:
        due = float(packet.dts * packet.time_base) * RATE
        while heard and at < min(due, len(track)):
            at = _encode(target, heard, track, at)
        packet.stream = shown
        target.mux(packet)
    if heard:
        while at < len(track):
            at = _encode(target, heard, track, at)
        target.mux(heard.encode(None))


def _encode(
    target: av.container.OutputContainer, heard: av.AudioStream, track: np.ndarray, start: int
) -> int:
    """Code some samples; returns where they end."""
    frame = av.AudioFrame.from_ndarray(track[None, start : start + FRAME], "fltp", "mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
    target.mux(heard.encode(frame))
    return start + frame.samples


def packets(source: av.container.InputContainer) -> Iterable[av.Packet]:
    """A film's pictures, coded."""
    # The last packet only says that there are no more.
    return (packet for packet in source.demux(source.streams.video[0]) if packet.dts is not None)


def length(film: str | Path) -> tuple[int, Fraction]:
    """How many pictures a film has, and how many a second."""
    with av.open(str(film)) as source:
        stream = source.streams.video[0]
        # What is called the average rate is as rounded as the length that it comes from.
        return stream.frames or sum(1 for _ in packets(source)), stream.guessed_rate


def seconds(film: str | Path) -> float:
    """How long a film's pictures last: by their number, for what a container says is rounded."""
    number, rate = length(film)
    return float(number / rate)
