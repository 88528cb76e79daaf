"""Films with sound, decoded again: what is heard, when, how loud, and nothing besides."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from manim import Dot, config
from manim_spectral.scenes.cepstrum import Cepstrum
from manim_spectral.scenes.listening import Listening
from scene_support import (
    FRAMES,
    MEL,
    Hurried,
    Staged,
    Things,
    changed,
    frame,
    painted,
    picture_spectrum,
    run_of,
    speech_spectrum,
    wiener_run,
)
from scipy.signal import correlate, resample_poly

import spectral
import spectral.sound.loudness
from manim_spectral.sources import recordings
from manim_spectral.stage.soundtrack import RATE
from manim_spectral.stage.stage import Stage

FPS = 10
LAG = 0.040  # seconds


pytestmark = pytest.mark.usefixtures("nothing_chosen")


def film_of(scene: Stage) -> Path:
    scene.render()
    return scene.renderer.file_writer.movie_file_path


def decoded(film: Path) -> tuple[np.ndarray, float]:
    """(n,) samples at RATE, and the seconds that the pictures last."""
    with av.open(str(film)) as container:
        sound = [f.to_ndarray()[0] for f in container.decode(audio=0)]
        assert container.streams.audio[0].rate == RATE
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        if stream.duration is None:
            return np.concatenate(sound), len([*container.decode(video=0)]) / FPS
        return np.concatenate(sound), float(stream.duration * stream.time_base)


def compare(found: np.ndarray, expected: np.ndarray, *, at: float) -> tuple[float, float, float]:
    """Correlation, lag in seconds and level in dB of what is found near a time against what is expected."""
    reach = round(2 * LAG * RATE)
    start = round(at * RATE)
    around = np.pad(found, (reach, reach + len(expected)))[start : start + len(expected) + 2 * reach]
    likeness = correlate(around, expected, mode="valid")
    lag = int(np.argmax(likeness))
    heard = around[lag : lag + len(expected)]
    correlation = heard @ expected / np.sqrt((heard @ heard) * (expected @ expected))
    return correlation, (lag - reach) / RATE, 10 * np.log10((heard @ heard) / (expected @ expected))


def check_sound(film: Path, heard: list[tuple[float, np.ndarray, int]]) -> None:
    """The film's sound is exactly what was played: (time, samples, rate) each."""
    found, seconds = decoded(film)
    assert len(found) / RATE == pytest.approx(seconds, abs=1 / FPS)
    assert np.abs(found).max() < 1
    quiet = np.ones(len(found), bool)
    for at, y, sr in heard:
        expected = resample_poly(y, RATE // 1000, sr // 1000)
        correlation, lag, level = compare(found, expected, at=at)
        assert correlation > 0.97 and abs(lag) < LAG and abs(level) < 1, (at, correlation, lag, level)
        quiet[round((at - LAG) * RATE) : round((at + len(y) / sr + LAG) * RATE)] = False
    assert np.sqrt((found[quiet] ** 2).mean()) < 1e-3


def speech_like(seconds: float, *, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(round(seconds * 16000))
    return 0.2 * np.convolve(noise, np.hanning(24) / 6, mode="same")


class Beeps(Stage):
    """Three sounds, one of them over a cut, and a part that is skipped."""

    def construct(self) -> None:
        self.heard = []
        self.beat("one", "One.")
        self.wait(0.5)
        self.play_at(speech_like(0.7, seed=1))
        self.play(Dot().animate.shift([1, 0, 0]), run_time=0.4)
        self.wait(0.8)
        self.next_section("skipped", skip_animations=True)
        self.wait(3)
        self.next_section("two")
        self.wait(0.2)
        self.play_at(speech_like(0.5, seed=2))
        self.wait(0.35)
        self.wait(0.35)

    def play_at(self, y: np.ndarray) -> None:
        self.sound(y, sr=16000)
        self.heard.append((self.time, y, 16000))


def test_film_sections_and_partial_films_carry_the_sound_at_its_place(tmp_path):
    """Also where something before was skipped: then the scene's own time is not the film's."""
    with frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False, save_sections=True):
        scene = Beeps()
        film = film_of(scene)
    (first, y1, _), (second, y2, _) = scene.heard
    assert second > first + 3  # by the scene's own time
    check_sound(film, [(first, y1, 16000), (second - 3, y2, 16000)])

    folder = film.parent / "sections"
    sections = json.loads((folder / "Beeps.json").read_text())
    assert [section["name"] for section in sections] == ["one", "two"]
    check_sound(folder / sections[0]["video"], [(first, y1, 16000)])
    check_sound(folder / sections[1]["video"], [(0.2, y2, 16000)])

    partials = [Path(name) for name in scene.renderer.file_writer.partial_movie_files if name]
    parts = [decoded(partial) for partial in partials]
    for sound, seconds in parts:
        assert len(sound) / RATE == pytest.approx(seconds, abs=0.5 / FPS)
    joined = np.concatenate([np.resize(s, round(t * RATE)) for s, t in parts])
    correlation, lag, _ = compare(joined, resample_poly(y1, 3, 1), at=first)
    assert correlation > 0.95 and abs(lag) < LAG


@pytest.mark.parametrize("extension", [".webm", ".mov"])
def test_other_films_carry_it_too(tmp_path, extension):
    class Beep(Stage):
        def construct(self) -> None:
            self.wait(0.5)
            self.sound(y, sr=16000)
            self.wait(0.6)

    y = speech_like(0.4, seed=3)
    with frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False, movie_file_extension=extension):
        check_sound(film_of(Beep()), [(0.5, y, 16000)])


def test_a_film_without_sound_has_no_sound_track(tmp_path):
    class Silent(Stage):
        def construct(self) -> None:
            self.wait(0.3)

    with (
        frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False),
        av.open(str(film_of(Silent()))) as film,
    ):
        assert len(film.streams.audio) == 0


# -- the scenes ---------------------------------------------------------------------------------------------

RUNS = {Listening: "speech", Cepstrum: "mel"}


@pytest.fixture
def choose(monkeypatch):
    def choose(trajectory, *, free: bool = True) -> None:
        runs = recordings.Runs(trajectory, trajectory if free else None)
        monkeypatch.setattr(recordings, "stage_trajectories", lambda *_: runs)

    return choose


@pytest.mark.parametrize("kind", RUNS, ids=lambda kind: kind.__name__)
def test_what_is_heard_is_the_estimate_of_the_step_that_is_shown(choose, tmp_path, kind):
    class Short(kind):
        run_time, moments_heard, reading_time, examples = 0.6, 2, 0.6, 0

        def hear(self, signal, moment):
            self.heard.append((self.time, self.display.shown_step, signal))
            super().hear(signal, moment)

    t = run_of(RUNS[kind])
    choose(t, free=False)
    with frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False):
        scene = Short()
        scene.heard = []
        film = film_of(scene)
        heard = [(at, scene.hearing.played(signal), scene.hearing.sr) for at, _, signal in scene.heard]
    assert len(heard) == 3
    for _, step, signal in scene.heard[:-1]:
        assert np.array_equal(signal, t.denoised[step])
    assert np.array_equal(scene.heard[-1][2], t.sample)
    check_sound(film, heard)


@pytest.mark.parametrize("kind", RUNS, ids=lambda kind: kind.__name__)
def test_moments_even_in_log_snr_are_heard_at_one_loudness(choose, media, kind):
    speech = {"sample_rate": 16000, "modality": "waveform", "log_snr": (-6.0, 14.0)}
    mel = {"mel": MEL, "modality": "mel"}
    t = {
        Listening: lambda: wiener_run(speech_spectrum(8192, sr=16000), steps=60, **speech),
        Cepstrum: lambda: wiener_run(picture_spectrum(64, 64), steps=60, **mel),
    }[kind]()
    choose(t)
    heard = []

    class Noted(Hurried, kind):
        def hear(self, signal, moment):
            heard.append(moment)

    with frame(*FRAMES["wide"], folder=media):
        scene = Noted()
        scene.construct()
    count = {Listening: 10, Cepstrum: 8}[kind]
    assert len(heard) == count + 1
    assert heard[:-1] == pytest.approx((np.arange(count) + 0.5) / count)
    assert len({scene.run.step_at(moment) for moment in heard}) == count + 1
    assert 20 <= scene.film_time <= 60
    y = scene.hearing.played(t.denoised[-2])
    assert spectral.sound.loudness.integrated_loudness(y, sr=scene.hearing.sr) == pytest.approx(-20, abs=1.0)
    assert abs(y[0]) < 1e-6 and abs(y[-1]) < 1e-6


@pytest.mark.parametrize("shape", FRAMES)
@pytest.mark.parametrize("kind", RUNS, ids=lambda kind: kind.__name__)
def test_the_scenes_about_sound_lay_out(choose, media, shape, kind):
    choose(run_of(RUNS[kind]))
    faults = []

    def look(scene, beat: str) -> None:
        found = Things(scene).faults(config.frame_width, config.frame_height)
        faults.extend(f"{beat}: {fault}" for fault in found)

    class Looked(Hurried, kind):
        pass

    with frame(*FRAMES[shape], folder=media):
        Looked(look).construct()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("moment", [0.2, 1.0])
@pytest.mark.parametrize("kind", RUNS, ids=lambda kind: kind.__name__)
def test_golden_frames_of_the_scenes_about_sound(golden, choose, media, kind, moment):
    class Still(Staged, kind):
        pass

    choose(run_of(RUNS[kind]))
    with frame(*FRAMES["wide"], folder=media):
        scene = Still()
        scene.construct()
        scene.show_moment(moment)
        golden.check(f"{kind.__name__.lower()}_{round(100 * moment)}", painted(*scene.mobjects))


def test_the_playhead_stands_where_the_sound_is(choose, media):
    choose(run_of("speech"))

    class Watched(Hurried, Listening):
        def play(self, *animations, **options):
            for animation in animations:
                movers = getattr(animation, "movers", [])
                if len(movers) and type(movers[-1]).__name__ == "Playhead":
                    picture = self.display.panels[0].picture
                    for share in (0.0, 0.3, 1.0):
                        animation.show(share)
                        x = picture.get_left()[0] + share * picture.width
                        places.append(movers[-1].get_x() - x)
            super().play(*animations, **options)

    places = []
    with frame(*FRAMES["wide"], folder=media):
        Watched().construct()
    assert len(places) > 20
    assert np.abs(places).max() < 1e-6


def test_locks_close_while_the_estimate_is_heard(choose, media):
    choose(run_of("speech"))

    class Watched(Hurried, Listening):
        def hear(self, signal, moment):
            super().hear(signal, moment)
            for cell, step in zip(self.display.rack.cells, self.run.lock.step, strict=True):
                closed.append((cell.lock.closed, bool(step <= self.display.shown_step)))

    closed = []
    with frame(*FRAMES["wide"], folder=media):
        Watched().construct()
    assert {locked for _, locked in closed} == {True, False}
    assert all(value == float(locked) for value, locked in closed)


@pytest.mark.parametrize(
    ("kind", "run", "fields", "line"),
    [
        (Listening, "mel", {}, "modality 'mel', expected 'waveform'"),
        (Listening, "clip of no rate", {}, "without a sample rate"),
        (Listening, "latents of sound", {}, "modality 'latent waveform'"),
        (Cepstrum, "landscape", {}, "modality 'image', expected 'mel'"),
        (Cepstrum, "mel", {"mel": None}, "without mel parameters"),
    ],
)
def test_what_cannot_be_heard_is_refused_in_a_line(choose, media, capfd, kind, run, fields, line):
    choose(changed(run_of(run), **fields))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        kind().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert line in error and error.count("\n") == 1
