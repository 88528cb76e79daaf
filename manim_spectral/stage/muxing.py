"""Pictures and sound put into one file: pictures as they are coded already, sound coded on the way."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np

RATE = 48000  # Hz, what every player takes
SoundCodec = Literal["aac", "libopus"]
CODECS: dict[str, SoundCodec] = {".mp4": "aac", ".mov": "aac", ".webm": "libopus"}
BIT_RATE = 128_000
ALPHA = "alpha_mode"  # a mark of transparent webm: without it players look for no alpha channel
FRAME = 1024  # samples handed to the encoder at once


def mux(
    target: av.container.OutputContainer,
    pictures: Iterable[av.Packet],
    *,
    like: av.VideoStream,
    track: np.ndarray | None,
    codec: SoundCodec,
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
    sound = None if track is None else _Sound(target, track, codec)
    for packet in pictures:
        if sound:
            sound.write(up_to=float(due(packet)) * RATE)
        packet.stream = shown
        target.mux(packet)
    if sound:
        sound.finish()


class _Sound:
    """The sound stream of a film, written bit by bit beside its pictures."""

    def __init__(self, target: av.container.OutputContainer, track: np.ndarray, codec: SoundCodec) -> None:
        self.target, self.track, self.written = target, track, 0
        self.stream = target.add_stream(codec, rate=RATE, layout="mono")
        self.stream.bit_rate = BIT_RATE

    def write(self, *, up_to: float) -> None:
        """Code what is heard before a sample, by whole frames."""
        while self.written < min(up_to, len(self.track)):
            samples = self.track[None, self.written : self.written + FRAME]
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, self.written, Fraction(1, RATE)
            self.target.mux(self.stream.encode(frame))
            self.written += frame.samples

    def finish(self) -> None:
        """Code the rest."""
        self.write(up_to=len(self.track))
        self.target.mux(self.stream.encode(None))


def due(packet: av.Packet) -> Fraction:
    """When a packet is to be decoded, in seconds."""
    assert packet.dts is not None and packet.time_base is not None
    return packet.dts * packet.time_base


def packets(source: av.container.InputContainer) -> Iterable[av.Packet]:
    """A film's pictures, coded."""
    # The last packet only says that there are no more.
    return (packet for packet in source.demux(source.streams.video[0]) if packet.dts is not None)


def length(film: str | Path) -> tuple[int, Fraction]:
    """How many pictures a film has, and how many a second."""
    with av.open(str(film)) as source:
        stream = source.streams.video[0]
        return stream.frames or sum(1 for _ in packets(source)), frame_rate(stream)


def frame_rate(stream: av.VideoStream) -> Fraction:
    """How many pictures a second a stream has. What PyAV calls its average rate is as rounded as the length
    that it comes from."""
    rate = stream.guessed_rate
    assert rate is not None, "a film has a rate"
    return rate


def seconds(film: str | Path) -> float:
    """How long a film's pictures last: by their number, for what a container says is rounded."""
    number, rate = length(film)
    return float(number / rate)
