"""A film written as a file that players and pages show: GIF, H.264 or VP9, a single picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
from PIL import Image

from manim_spectral.stage import muxing

QUALITY = 24  # the encoder's rate factor: noise is dear
CODECS: dict[str, Literal["libx264", "libvpx-vp9"]] = {".mp4": "libx264", ".webm": "libvpx-vp9"}
PALETTE_MOMENTS = 4  # of a film, that a palette is chosen from
SMOOTHLY = Image.Resampling.LANCZOS


def shape(film: Path) -> tuple[int, int, int]:
    """Width and height in pixels, and pictures a second."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height, round(muxing.frame_rate(stream))


def pictures(film: Path, *, width: int, rate: Fraction | int) -> Iterator[Image.Image]:
    """A film's pictures at a width, so many a second; each no later than in the film."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        size = width, even(width * stream.height / stream.width)
        due, own_rate = 0, muxing.frame_rate(stream)
        for number, frame in enumerate(container.decode(stream)):
            if number * rate >= due * own_rate:
                due += 1
                yield frame.to_image().resize(size, SMOOTHLY)


def picture(film: Path, *, at: float) -> Image.Image:
    """The picture that a film shows at a time, in seconds; after its end, the last one."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        half = 0.5 / muxing.frame_rate(stream)
        if at < muxing.seconds(film) and stream.time_base:
            container.seek(int(at / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if frame.time + half > at:
                break
        return frame.to_image()


def gif(film: Path, *, width: int, rate: Fraction | int, colours: int) -> bytes:
    """A GIF that plays round and round, with one palette for all pictures: what is still stays still."""
    lasts = muxing.seconds(film)
    # From moments all over the film: colours may come late.
    moments = [picture(film, at=lasts * (k + 1) / PALETTE_MOMENTS) for k in range(PALETTE_MOMENTS)]
    height = even(width * moments[0].height / moments[0].width)
    side_by_side = Image.new("RGB", (width, PALETTE_MOMENTS * height))
    for k, moment in enumerate(moments):
        side_by_side.paste(moment.resize((width, height), SMOOTHLY), (0, k * height))
    palette = side_by_side.quantize(colours, method=Image.Quantize.FASTOCTREE)
    small = pictures(film, width=width, rate=rate)
    shown = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in small]
    # In hundredths of a second, so that they add up to the film's length.
    ends = [*(round(100 * k / rate) for k in range(len(shown))), round(100 * lasts)]
    spans = [10 * (end - start) for start, end in pairwise(ends)]
    file = io.BytesIO()
    options = dict(save_all=True, append_images=shown[1:], duration=spans, loop=0, optimize=True)
    shown[0].save(file, format="GIF", **options)
    return file.getvalue()


def copy(film: Path, path: Path) -> None:
    """Write a film's pictures and sound as they are, the index in front."""
    with av.open(str(film)) as source, _new(path) as target:
        played = [*source.streams.video, *source.streams.audio]
        copies = {stream.index: target.add_stream_from_template(template=stream) for stream in played}
        for packet in source.demux(played):
            _put(packet, copies, target)


def recode(film: Path, path: Path, *, quality: int = QUALITY, size: tuple[int, int] | None = None) -> None:
    """Write a film as mp4 (H.264) or webm (VP9), its sound as it is, the index in front.

    A higher `quality` is a smaller and worse file; `size` is in pixels, both even.
    """
    options = {"crf": str(quality), **({"preset": "slow"} if path.suffix == ".mp4" else {"b": "0"})}
    with av.open(str(film)) as source, _new(path) as target:
        seen = source.streams.video[0]
        rate = muxing.frame_rate(seen)
        shown = target.add_stream(CODECS[path.suffix], rate=rate, options=options)
        shown.width, shown.height = size or (seen.width, seen.height)
        shown.pix_fmt = "yuv420p"
        copies = {s.index: target.add_stream_from_template(template=s) for s in source.streams.audio}
        number = 0
        for packet in source.demux([seen, *source.streams.audio]):
            if packet.stream is not seen:
                _put(packet, copies, target)
                continue
            for frame in seen.decode(packet):
                scaled = frame.reformat(width=shown.width, height=shown.height, format="yuv420p")
                scaled.pts, scaled.time_base = number, 1 / rate
                target.mux(shown.encode(scaled))
                number += 1
        target.mux(shown.encode(None))


def _new(path: Path) -> av.container.OutputContainer:
    return av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {})


def _put(
    packet: av.Packet, copies: Mapping[int, av.stream.Stream], target: av.container.OutputContainer
) -> None:
    """Write a packet as it is, into the copy of its stream."""
    if packet.dts is not None:  # the last one only says that there are no more
        packet.stream = copies[packet.stream.index]
        target.mux(packet)


def even(length: float) -> int:
    """The nearest even number of pixels, at least 2: colours are stored by twos."""
    return max(2, 2 * round(length / 2))
