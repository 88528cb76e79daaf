"""The tide over a clip: what is shown is what was computed, what is heard is what is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from manim import Text
from manim_spectral.scenes.tide_sound import TideSound
from scene_support import FRAMES, Hurried, box, check_layout, frame, painted
from test_sound_scenes import FPS, check_sound, film_of, speech_like

from manim_spectral.mobjects.waveform import line_pixels
from manim_spectral.sources import recordings, settings
from manim_spectral.views.raster import wave_raster
from spectral import explained_fraction
from spectral.lockin.lock import RINGS_PER_OCTAVE

ROOT = Path(__file__).parents[1]


pytestmark = pytest.mark.usefixtures("nothing_chosen")


class Watched(Hurried, TideSound):
    """Calls `stop` wherever something of the tide is heard."""

    def __init__(self, stop=lambda scene, signal, moment: None, look=lambda scene, beat: None) -> None:
        super().__init__(look)
        self.stop = stop

    def hear(self, signal, moment):
        super().hear(signal, moment)
        self.stop(self, signal, moment)


def share_above(run, step: int) -> np.ndarray:
    """(bands,) q / (1 + q) by the definition, averaged over a band's power, frequency by frequency."""
    t = run.trajectory
    power = np.abs(np.fft.rfft(t.sample[0])) ** 2 / t.sample.shape[-1]
    freq = np.arange(power.size) * t.sample_rate / t.sample.shape[-1]
    band = np.searchsorted(run.edges[1:-1], freq, side="right")
    # The spectrum in fractions of an octave, none of them across a band's edge.
    cell = np.floor(RINGS_PER_OCTAVE * np.log2(np.maximum(freq, freq[1] / 2) / freq[1]))
    _, cell = np.unique(1000 * cell + band, return_inverse=True)
    smooth = (np.bincount(cell, power) / np.bincount(cell))[cell]
    known = explained_fraction(smooth * t.snr[step], stochastic=True)
    return np.bincount(band, known * power) / np.bincount(band, power)


def test_the_stage_shows_the_tide_s_own_numbers(media):
    """Rising: the closed form in the meters, locks by it. Falling: what the estimate explains."""
    seen = []

    def stop(scene, signal, moment):
        run, step = scene.run, scene.display.shown_step
        t = run.trajectory
        values = np.array([cell.meter.value for cell in scene.display.rack.cells])
        closed = np.array([lock.closed for lock in scene.display.rack.locks])
        _, low, _, top = box([scene.display.plot.frame])
        level = (np.log(run.tide(min(moment, 1.0))) - np.log(run.power_range[0])) / -np.log(
            run.power_range[0] / run.power_range[1]
        )
        assert scene.display.plot.surface.get_y() == pytest.approx(low + level * (top - low), abs=1e-6)
        if scene.rising:
            assert np.array_equal(signal, t.x_t[step])
            np.testing.assert_allclose(values, share_above(run, step), atol=0.01)
            assert np.array_equal(closed == 1, values >= 0.5)
        elif moment < 1:
            assert np.array_equal(signal, t.denoised[step])
            np.testing.assert_allclose(values, run.lock.explained[step].clip(0, 1))
            assert np.array_equal(closed == 1, run.lock.step <= step)
        else:
            assert np.array_equal(signal, t.sample) and closed.all()
        seen.append((scene.rising, moment, closed.sum()))

    with frame(*FRAMES["wide"], folder=media):
        scene = Watched(stop)
        scene.construct()
    assert 20 <= scene.film_time <= 45
    rising = [moment for up, moment, _ in seen if up]
    falling = [moment for up, moment, _ in seen if not up]
    assert rising == falling[:-1][::-1] and len(rising) == scene.moments_heard
    assert np.diff(falling[:-1]) == pytest.approx(1 / scene.moments_heard)
    # Octaves go under one after another, and come back.
    assert [closed for up, _, closed in seen if up] == sorted((c for up, _, c in seen if up), reverse=True)
    assert len({closed for *_, closed in seen}) >= 4
    assert scene.run.drowning[-1] == "250 Hz" and scene.run.verdict == "By power, not from low to high"


def test_the_clip_comes_first_alone_and_octaves_return(media):
    """No noise in the opening panel, and no band of a clip is said to be written or to lock in."""
    words = {}

    def look(scene, beat):
        family = [m for top in scene.mobjects for m in top.get_family()]
        words[beat] = [m.original_text for m in family if isinstance(m, Text)]
        if beat == "clip":
            y, drawn = scene.run.trajectory.sample, scene.run.clean(0)
            np.testing.assert_allclose(drawn / np.abs(drawn).max(), y / np.abs(y).max(), atol=1e-6)
            expected = line_pixels(wave_raster(drawn, shape=scene.clean_panel.picture.shape, limit=1.0))
            np.testing.assert_array_equal(scene.clean_panel.picture.pixel_array[..., :3], expected)

    with frame(*FRAMES["wide"], folder=media):
        scene = Watched(look=look)
        scene.construct()
    assert "the clip" in words["clip"] and "the clip and noise" not in words["clip"]
    assert "the clip and noise" in words["rise"] and scene.clean_panel not in scene.mobjects
    said = " ".join([*scene.captions, *(text for texts in words.values() for text in texts)])
    assert "returned" in said and "Bands return" in said
    assert not any(word in said for word in ("lock in", "lock-in", "written"))


def test_locks_open_in_their_own_time_as_the_water_rises(media):
    states = []

    class Slow(Watched):
        def run_clock(self, start, end):
            if self.rising:
                for share in np.linspace(0, 1, 30):
                    self.show_moment(start + share * (end - start))
                    states.append([lock.closed for lock in self.display.rack.locks])
            super().run_clock(start, end)

        def fall(self):
            """Shown elsewhere."""

        writing = fall

    with frame(*FRAMES["wide"], folder=media):
        Slow().construct()
    states = np.array(states)
    assert (np.diff(states, axis=0) <= 1e-9).all()
    assert (states[0] == 1).all() and (states[-1] == 0).all()
    # One may open while the clock stands still and the clip is heard.
    assert (((states > 0.05) & (states < 0.95)).sum(axis=0) >= 2).sum() >= 8


@pytest.mark.parametrize("shape", FRAMES)
def test_it_lays_out(media, shape):
    check_layout(Watched, shape, media)


def test_golden_frame_of_the_rising_tide(golden, media):
    frames = {}

    def stop(scene, signal, moment):
        if scene.rising:
            frames[moment] = painted(*scene.mobjects)

    with frame(*FRAMES["wide"], folder=media):
        Watched(stop).construct()
    golden.check("tide_sound", frames[sorted(frames)[1]])


def test_it_is_heard_drowning_and_coming_back(monkeypatch, tmp_path):
    class Short(TideSound):
        run_time, moments_heard, reading_time = 0.4, 2, 0.3

        def sound(self, y, *, sr):
            self.heard.append((self.time, y, sr))
            super().sound(y, sr=sr)

        def writing(self):
            """Silent, and shown elsewhere."""

    soundfile.write("own.wav", speech_like(0.6, seed=7), 16000)
    monkeypatch.setenv("SPECTRAL_AUDIO", "own.wav")
    with frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False):
        scene = Short()
        scene.heard = []
        film = film_of(scene)
    assert len(scene.heard) == 6
    run = scene.run
    low, high = (run.step_at(moment) for moment in (0.25, 0.75))
    t = run.trajectory
    order = [t.sample, t.x_t[high], t.x_t[low], t.denoised[low], t.denoised[high], t.sample]
    for (_, y, _), signal in zip(scene.heard, order, strict=True):
        np.testing.assert_array_equal(y, scene.hearing.played(signal))
    check_sound(film, scene.heard)


@pytest.mark.parametrize(("sr", "seconds"), [(8000, 0.3), (44100, 2.0), (96000, 1.0)])
def test_one_s_own_clip_at_its_own_rate(monkeypatch, sr, seconds):
    noise = np.random.default_rng(1).standard_normal(round(seconds * sr))
    soundfile.write("own.wav", 0.2 * np.convolve(noise, np.hanning(24) / 6, mode="same"), sr)
    monkeypatch.setenv("SPECTRAL_AUDIO", "own.wav")
    t = recordings.tide_trajectory(settings.load_settings())
    assert t.sample_rate == min(sr, 48000) and t.source == "own.wav"
    assert t.sample.shape == (1, round(min(seconds, recordings.TIDE_SECONDS) * t.sample_rate))


@pytest.mark.parametrize(
    ("samples", "line"),
    [
        (np.zeros(16000), "own.wav: found silence"),
        (np.full(16000, 0.5), "own.wav: found the same value throughout"),
        (np.r_[np.zeros(100), np.nan], "own.wav"),
        ([0.1, 0.2], "samples, expected 16 or more"),
        (None, "own.wav: No such file"),
    ],
)
def test_what_cannot_drown_is_refused_in_a_line(monkeypatch, media, capfd, samples, line):
    if samples is not None:
        soundfile.write("own.wav", samples, 16000, subtype="FLOAT")
    monkeypatch.setenv("SPECTRAL_AUDIO", "own.wav")
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        TideSound().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: ") and line in error and error.count("\n") == 1


def test_at_the_command_line_a_refusal_is_one_line(tmp_path):
    (tmp_path / "own.wav").write_text("no sound")
    command = [sys.executable, "-m", "manim", "-ql", "--media_dir", str(tmp_path / "m")]
    ran = subprocess.run(
        [*command, str(ROOT / "scenes" / "tide_sound.py")],
        env=os.environ | {"SPECTRAL_AUDIO": str(tmp_path / "own.wav")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2 and "Traceback" not in ran.stdout + ran.stderr
    assert [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
