"""Render the gallery: each scene as mp4 with a still, and an excerpt of the main one as GIF.

    python renders/gallery/build.py        # from the repository's root, some minutes

`manim -qm --format mp4 scenes/NAME.py` renders a scene; film, still and excerpt are made of that file's
frames, no other, and its sound is copied as it is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

GALLERY = Path(__file__).parent
STILLS = {"sampling": 17.0, "listening": 22.0, "cepstrum": 22.0, "tide_sound": 14.0}  # seconds
EXCERPT = (8.5, 25.5)  # seconds: the run itself
GIF_WIDTH, GIF_RATE, GIF_COLOURS = 640, 10, 255
FILM_QUALITY = "24"  # x264's rate factor: noise is dear


def encode(frames: list[Image.Image], rate: Fraction, rendered: Path, path: Path) -> None:
    """One H.264 file that every player shows, its index in front so that it plays while it loads; with the
    sound of the film that the frames come from."""
    with av.open(rendered) as source, av.open(path, "w", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=rate, options={"crf": FILM_QUALITY, "preset": "slow"})
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        tracks = [(track, film.add_stream_from_template(template=track)) for track in source.streams.audio]
        for frame in frames:
            film.mux(stream.encode(av.VideoFrame.from_image(frame)))
        film.mux(stream.encode())
        for track, copied in tracks:
            for packet in source.demux(track):
                if packet.dts is not None:  # the last one only says that there are no more
                    packet.stream = copied
                    film.mux(packet)


def animate(frames: list[Image.Image], path: Path) -> None:
    """A GIF with one palette for all frames, so that still places stay still."""
    height = round(GIF_WIDTH * frames[0].height / frames[0].width)
    small = [frame.resize((GIF_WIDTH, height), Image.Resampling.LANCZOS) for frame in frames]
    # Chosen from moments all over the excerpt: the high bands show their colours at its end.
    moments = Image.new("RGB", (GIF_WIDTH, 4 * height))
    for k in range(4):
        moments.paste(small[(k + 1) * len(small) // 4 - 1], (0, k * height))
    palette = moments.quantize(GIF_COLOURS, method=Image.Quantize.FASTOCTREE)
    shown = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in small]
    duration = round(1000 / GIF_RATE)
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=duration, loop=0, optimize=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, still in STILLS.items():
            command = [sys.executable, "-m", "manim", "-qm", "--format", "mp4", f"scenes/{name}.py"]
            subprocess.run([*command, "--media_dir", folder], check=True)
            (path,) = Path(folder).glob(f"videos/{name}/*/*.mp4")
            with av.open(path) as film:
                rate = film.streams.video[0].average_rate
                frames = [frame.to_image() for frame in film.decode(video=0)]
            encode(frames, rate, path, GALLERY / f"{name}.mp4")
            frames[round(still * rate)].save(GALLERY / f"{name}.png", optimize=True)
            if name == "sampling":
                first, last = (round(seconds * rate) for seconds in EXCERPT)
                animate(frames[first : last : round(rate / GIF_RATE)], GALLERY / "sampling.gif")
    for made in sorted(p for p in GALLERY.iterdir() if p.stem in STILLS):
        print(f"{made}  {made.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
