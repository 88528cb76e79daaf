"""A film's sound, cut where its pictures are cut.

manim 0.21 mixes all sounds into one track at the scene's own time and joins that to the finished film. Where
animations are skipped that time runs on and the sound comes late; section videos and the partial films from
which manim-slides makes its slides get none; and the track ends with the last sound. Here every sound is
kept at its place in the partial film that it starts in, so whatever is joined from these carries its sound:
each partial film its own part, each section and the whole film theirs, as long as the pictures to a sample.
The whole film's sound lies beside it as a wav file too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import av
import numpy as np
from manim import config
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.sounds import get_full_sound_file_path

from manim_spectral.stage.muxing import CODECS, RATE, mux, packets, seconds
from manim_spectral.stage.report import Report
from spectral import read_audio, write_audio


@dataclass(frozen=True)
class SoundCue:
    """Samples at RATE that start some seconds into a partial film."""

    partial: int
    offset: float
    samples: np.ndarray


# manim's quality at little more than half its encoders' time, for a quarter more bytes. Measured on the main
# scene: PSNR 45.0 dB after H.264 where manim's own options give 44.9, 47.4 after VP9 where they give 47.9.
QUICK = {".mp4": {"preset": "veryfast", "crf": "19"}, ".webm": {"cpu-used": "4"}}


class SoundFileWriter(SceneFileWriter):
    """manim's writer, with sound in everything that it writes."""

    def open_partial_movie_stream(self, file_path: Any = None) -> None:
        super().open_partial_movie_stream(file_path)
        if job := self._current_encode_job:  # which encodes nothing before its first picture
            job.stream.options = {**job.stream.options, **QUICK.get(config.movie_file_extension, {})}

    def init_audio(self) -> None:
        super().init_audio()
        self.cues: list[SoundCue] = []
        self.report = Report()

    def write_frame(self, frame_or_renderer: Any, num_frames: int = 1) -> None:
        super().write_frame(frame_or_renderer, num_frames)
        self.report.drawn(num_frames / config.frame_rate, self.sections[-1].name)

    def add_sound(
        self, sound_file: Any, time: float | None = None, gain: float | None = None, **_: Any
    ) -> None:
        """Let a file sound from a time of the scene on, `gain` in dB; several at once are added up."""
        now = self.renderer.time
        samples = read_audio(get_full_sound_file_path(sound_file), sr=RATE).samples[0]
        start = now if time is None else time
        volume = 10 ** ((gain or 0.0) / 20)
        self.cues.append(SoundCue(len(self.partial_movie_files), start - now, volume * samples))

    def combine_files(
        self, input_files: list[str], output_file: Path, create_gif: bool = False, *rest: Any, **named: Any
    ) -> None:
        super().combine_files(input_files, output_file, create_gif, *rest, **named)
        if create_gif:
            return
        if self.cues or output_file.suffix == ".webm":
            track = self._track(input_files) if self.cues else None
            add_track(output_file, track, like=Path(input_files[0]))

    def combine_to_movie(self) -> None:
        super().combine_to_movie()
        if self.cues and config.format != "gif":
            for name in filter(None, self.partial_movie_files):
                add_track(Path(name), self._track([name]), like=Path(name))
            # A film of several scenes is given its sound from these, coded once and without gaps.
            write_audio(self.movie_file_path.with_suffix(".wav"), self._film[0], sr=RATE)

    def _track(self, partials: list[str]) -> np.ndarray:
        """What sounds while these partial films, which follow one another, are shown."""
        track, spans = self._film
        return track[spans[str(partials[0])][0] : spans[str(partials[-1])][1]]

    @cached_property
    def _film(self) -> tuple[np.ndarray, dict[str, tuple[int, int]]]:
        """The whole film's samples, and which of them each partial film shows; once all are written."""
        starts, spans, at = [], {}, 0.0
        for name in self.partial_movie_files:
            starts.append(at)
            if name:  # a skipped animation takes no time in the film
                at += seconds(name)
                spans[name] = (round(starts[-1] * RATE), round(at * RATE))
        track = np.zeros(round(at * RATE), np.float32)
        for sound in self.cues:
            if not any(self.partial_movie_files[sound.partial : sound.partial + 1]):
                continue  # what it belongs to was skipped
            first = round((starts[sound.partial] + sound.offset) * RATE)
            heard = sound.samples[max(0, -first) : len(track) - first]
            track[max(0, first) : max(0, first) + len(heard)] += heard
        return track.clip(-1, 1), spans


def add_track(film: Path, track: np.ndarray | None, *, like: Path) -> None:
    """Give a film a sound track, (samples,) at RATE; its pictures are copied as they are.

    manim's joined webm files do not say whether they are transparent: `like`, one of the films that it was
    joined from, does.
    """
    joined = film.with_name(f"{film.stem}_with_sound{film.suffix}")
    with av.open(str(film)) as source, av.open(str(like)) as one, av.open(str(joined), "w") as target:
        target.metadata.update(source.metadata)
        pictures = one.streams.video[0]
        mux(target, packets(source), like=pictures, track=track, codec=CODECS[film.suffix])
    joined.replace(film)
