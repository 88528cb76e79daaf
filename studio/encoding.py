"""Pictures of a film written as a file that players and pages show: GIF, H.264, PNG."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from PIL import Image

QUALITY = 24  # x264's rate factor: noise is dear
CODECS = {".mp4": "libx264", ".webm": "libvpx-vp9"}
PALETTE_MOMENTS = 4  # of the pictures that a palette is chosen from


def pictures(film: Path, *, width: int, rate: Fraction | int) -> Iterator[Image.Image]:
    """A film's pictures, scaled to a width, as many a second; at no moment later than in the film."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        shown = stream.guessed_rate
        height = _even(width * stream.height / stream.width)
        due = 0
        for number, frame in enumerate(container.decode(stream)):
            if number * rate >= due * shown:
                due += 1
                picture = frame.to_image()
                small = picture.size == (width, height)
                yield picture if small else picture.resize((width, height), Image.Resampling.LANCZOS)


def picture(film: Path, *, at: float) -> Image.Image:
    """The picture that a film shows at a time, in seconds; after its end, the last one."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        container.seek(int(at / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if frame.time is not None and frame.time + 0.5 / stream.guessed_rate >= at:
                break
        return frame.to_image()


def gif(pictures: Sequence[Image.Image], *, rate: Fraction | int, colours: int) -> bytes:
    """A GIF that plays round and round, with one palette for all pictures: what is still stays still."""
    # Chosen from moments all over it: colours may come late.
    width, height = pictures[0].size
    moments = Image.new("RGB", (width, PALETTE_MOMENTS * height))
    for k in range(PALETTE_MOMENTS):
        moments.paste(pictures[(k + 1) * len(pictures) // PALETTE_MOMENTS - 1], (0, k * height))
    palette = moments.quantize(colours, method=Image.Quantize.FASTOCTREE)
    shown = [p.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    # In hundredths of a second, so that they add up to the film's length.
    ends = [round(100 * k / rate) for k in range(len(shown) + 1)]
    lasts = [10 * (end - start) for start, end in pairwise(ends)]
    file = io.BytesIO()
    options = dict(save_all=True, append_images=shown[1:], duration=lasts, loop=0, optimize=True)
    shown[0].save(file, format="GIF", **options)
    return file.getvalue()


def recode(film: Path, path: Path, *, quality: int = QUALITY, width: int | None = None) -> None:
    """Write a film as mp4 (H.264) or webm (VP9), its index in front so that it plays while it loads.

    Its sound is copied as it is. A higher `quality` is a smaller and worse file.
    """
    with av.open(str(film)) as source, av.open(str(path), "w", options={"movflags": "faststart"}) as target:
        pictures = source.streams.video[0]
        options = {"crf": str(quality), **({"preset": "slow"} if path.suffix == ".mp4" else {"b:v": "0"})}
        shown = target.add_stream(CODECS[path.suffix], rate=pictures.guessed_rate, options=options)
        shown.width = width or pictures.width
        shown.height = _even(shown.width * pictures.height / pictures.width)
        shown.pix_fmt = "yuv420p"
        tracks = [(track, target.add_stream_from_template(template=track)) for track in source.streams.audio]
        for number, frame in enumerate(source.decode(pictures)):
            scaled = frame.reformat(width=shown.width, height=shown.height, format="yuv420p")
            scaled.pts, scaled.time_base = number, 1 / pictures.guessed_rate
            target.mux(shown.encode(scaled))
        target.mux(shown.encode(None))
        for track, copied in tracks:
            source.seek(0)
            for packet in source.demux(track):
                if packet.dts is not None:  # the last one only says that there are no more
                    packet.stream = copied
                    target.mux(packet)


def _even(length: float) -> int:
    """The nearest even number of pixels: coloured pictures are stored by twos."""
    return 2 * round(length / 2)
