"""Films and chapters made in a moment: a block that wanders over a plain ground, a hue for each section."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from manim_spectral.story import Chapter
from manim_spectral.studio.chapter_film import ChapterFilm, Section

GROUND = (12, 15, 22)
HUES = [(230, 60, 60), (60, 200, 90), (80, 120, 240)]  # of a chapter's sections, in turn
RATE, SR = 15, 48000


def film(path: Path, *, seconds: float, hue=HUES[0], sounds: bool = False, size=(320, 180)) -> Path:
    """H.264 in MP4 as manim writes it; at its end the block fills the picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = round(seconds * RATE)
    with av.open(str(path), "w") as file:
        pictures = file.add_stream("libx264", rate=RATE)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        sound = file.add_stream("aac", rate=SR, layout="mono") if sounds else None
        for k in range(count):
            frame = np.full((size[1], size[0], 3), GROUND, np.uint8)
            frame[:, : round((k + 1) / count * size[0])] = hue
            file.mux(pictures.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        file.mux(pictures.encode())
        if sound:
            for first in range(0, round(seconds * SR), 1024):
                tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(first, first + 1024) / SR)
                packet = av.AudioFrame.from_ndarray(tone.astype(np.float32)[None], "fltp", "mono")
                packet.sample_rate, packet.pts, packet.time_base = SR, first, Fraction(1, SR)
                file.mux(sound.encode(packet))
            file.mux(sound.encode())
    return path


def rendered(chapter: Chapter, folder: Path, *, seconds: float = 1.5, sounds: bool = False) -> ChapterFilm:
    """A chapter of three sections, the second a loop, as `studio.rendering.render` gives it."""
    hues = dict(enumerate(HUES))
    sections = tuple(
        Section(
            name=f"beat {k}",
            path=film(
                folder / chapter.name / f"{chapter.scene}_{k:04}.mp4", seconds=seconds, hue=hue, sounds=sounds
            ),
            start=k * seconds,
            seconds=seconds,
            caption=f"Beat {k} of {chapter.name}: low & high, <red> to violet.",
            loop=k == 1,
        )
        for k, hue in hues.items()
    )
    whole = film(folder / f"{chapter.scene}.mp4", seconds=3 * seconds, sounds=sounds)
    track = whole.with_suffix(".wav") if sounds else None
    return ChapterFilm(chapter, whole, whole.with_suffix(".srt"), sections, 3 * seconds, track)
