"""Sound's chapter: what is on screen is what was measured, what is heard is the clip that is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from manim import Text, config
from manim_spectral.scenes.clips import Clips
from scene_support import FRAMES, Hurried, Things, box, check_layout, frame, painted
from scipy import stats
from test_sound_scenes import FPS, check_sound, film_of, speech_like

import spectral
import spectral.sound.loudness
from manim_spectral.sources import material, recordings, settings
from manim_spectral.views.waveforms import Clip

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.usefixtures("nothing_chosen")


class Watched(Hurried, Clips):
    pass


@pytest.fixture(scope="module")
def told(media, tmp_path_factory):
    """The whole chapter with carried material, and what stood on screen at the end of each beat."""
    frames, words = {}, {}

    def look(scene, beat):
        frames[beat] = painted(*scene.mobjects)
        words[beat] = texts(*scene.mobjects)

    with pytest.MonkeyPatch.context() as patch, frame(*FRAMES["wide"], folder=media):
        patch.chdir(tmp_path_factory.mktemp("empty"))
        scene = Watched(look)
        scene.construct()
    return scene, frames, words


def texts(*mobjects) -> list[str]:
    return [m.original_text for top in mobjects for m in top.get_family() if isinstance(m, Text)]


def height_in(plot, y: float) -> float:
    """The power that a height in a plot stands for."""
    _, low, _, top = box([plot.frame])
    share = (y - low) / (top - low)
    return float(np.exp(np.interp(share, [0, 1], np.log(plot.power_range))))


def test_peaks_are_those_of_scipys_welch(told):
    """The cell that is strongest holds most power of scipy's estimate at all; its middle is on screen."""
    from scipy import signal

    scene, _, words = told
    assert len(scene.rows) == 8
    for row, (y, sr) in zip(scene.rows, scene.heard, strict=True):
        shown = float(row.found.original_text.removesuffix(" Hz"))
        freq, density = signal.welch(y, sr, nperseg=2048, detrend=False)
        freq, density = freq[3:], density[3:]
        cell = np.floor(12 * np.log2(freq / freq[0]) + 1e-9).astype(int)
        held, count = np.bincount(cell), np.bincount(cell, density)
        strongest = np.nanargmax(count / np.where(held, held, np.nan))
        assert shown == pytest.approx(np.exp(np.log(freq[cell == strongest]).mean()), abs=0.5)
        assert row.found.original_text in words["clips"]
    peaks = [float(row.found.original_text.removesuffix(" Hz")) for row in scene.rows]
    assert f"between {min(peaks):.0f} and {max(peaks):.0f} Hz" in scene.captions[0]


def test_the_lines_miss_by_what_is_said(told):
    scene, _, words = told
    assert "12 photographs · 8 clips of 1.3 s" in words["straight line"]
    pictures = np.stack([p.pixels for p in material.pictures(settings.load_settings())])
    rings = spectral.rapsd(pictures)
    photographs = spectral.fit_power_law(spectral.PowerSpectrum(rings.freq, rings.power.mean(axis=1)))
    # The sounds' line by numpy alone.
    log_freq, log_power = np.log(scene.sounds.freq), np.log(scene.sounds.power).mean(axis=0)
    grid = np.linspace(log_freq[0], log_freq[-1], 128)
    values = np.interp(grid, log_freq, log_power)
    slope, offset = np.polyfit(grid, values, 1)
    miss = 10 / np.log(10) * np.sqrt(((values - slope * grid - offset) ** 2).mean())
    shown = words["straight line"]
    for residual, exponent in ((miss, -slope), (photographs.residual_db, photographs.exponent)):
        assert f"{residual:.1f} dB" in shown and f"whose exponent is {exponent:.1f}" in shown
        assert f"{residual:.1f}" in scene.captions[1]
    assert "no straight line fits" in scene.heading.original_text or "no straight line fits" in " ".join(
        shown
    )
    # Both plots show as many decibels to a centimetre.
    ranges = [np.ptp(np.log(plot.power_range)) for plot in (scene.plot, scene.photo_plot)]
    assert ranges[0] == pytest.approx(ranges[1]) and scene.plot.frame.height == scene.photo_plot.frame.height
    for plot, of in ((scene.plot, scene.sounds), (scene.photo_plot, scene.pictures)):
        ends = [height_in(plot, point[1]) for point in (plot.line.get_start(), plot.line.get_end())]
        np.testing.assert_allclose(ends, of.law.at(np.array([of.law.low, of.law.high])), rtol=1e-6)


def test_sound_is_further_from_a_line_than_photographs_over_any_as_wide_a_range(told):
    """The clips reach over 8.4 octaves and the photographs over 4.4: that is not why."""
    scene, *_ = told
    sounds = spectral.PowerSpectrum(scene.sounds.freq, scene.sounds.power)
    width = scene.pictures.law.high / scene.pictures.law.low
    worst = max(
        spectral.fit_power_law(spectral.PowerSpectrum(scene.pictures.freq, row)).residual_db
        for row in scene.pictures.power
    )
    assert scene.sounds.law.residual_db > 10 * scene.pictures.law.residual_db
    starts = sounds.freq[sounds.freq * width <= sounds.freq[-1]]
    assert len(starts) > 30
    for low in starts:
        law = spectral.fit_power_law(sounds, low=low, high=low * width)
        assert law.residual_db > 2 * scene.pictures.law.residual_db
    for row in sounds.power:  # and each clip is further than any photograph
        assert spectral.fit_power_law(spectral.PowerSpectrum(sounds.freq, row)).residual_db > 2 * worst


def test_octaves_go_under_in_the_order_of_the_tide_s_own_scene(told):
    scene, _, words = told
    run = Clip(recordings.tide_trajectory(settings.load_settings()))
    tide = scene.clip_tide
    assert [scene.run.spelled[band] for band in tide.chart.order] == run.drowning
    assert ", ".join(run.drowning) in scene.captions[2]
    names = [name[-1].original_text for name in tide.chart.right]
    rank = [int(name[0].original_text) for name in tide.chart.right]
    assert [names[band] for band in np.argsort(rank)] == run.drowning
    # Each goes under where half of its power stands above the water.
    for band, line in enumerate(tide.heights):
        snr = 1 / height_in(tide.plot, line.get_y())
        share = np.interp(np.log(snr), run.trajectory.log_snr, run.lock.expected[:, band])
        assert share == pytest.approx(0.5, abs=0.01)
    heights = [line.get_y() for line in tide.heights]
    assert np.array_equal(np.argsort(heights), tide.chart.order) and len(set(heights)) == 9
    for against, shown in ((np.arange(9), scene.order.taus[0]), (-run.lock.density, scene.order.taus[1])):
        tau = stats.kendalltau(-np.array(heights), against).statistic
        assert float(shown[0].original_text) == pytest.approx(tau, abs=0.005)
    assert "Sound drowns by power, not from high to low" in words["order"]
    assert scene.heading.original_text == "Sound drowns by power, not from high to low"


def test_the_tide_takes_an_octave_when_it_reaches_its_level(told):
    tide, counts = told[0].clip_tide, []
    for share in np.linspace(0, 1, 40):
        tide.set_share(share)
        water = height_in(tide.plot, tide.plot.surface.get_y())
        under = np.array([height_in(tide.plot, line.get_y()) <= water * 1.0001 for line in tide.heights])
        faint = np.array([piece.get_stroke_opacity() < 1 for piece in tide.plot.curve])
        assert np.array_equal(under, faint)
        assert np.array_equal(tide.chart.shares > 0, under) or share in (0, 1)
        counts.append(under.sum())
    assert counts[0] == 0 and counts[-1] == 9 and counts == sorted(counts)
    assert (tide.chart.shares == 1).all()


def test_how_long_it_is_and_what_it_says(told):
    scene, *_ = told
    assert 20 <= scene.film_time <= 60
    assert len(scene.captions) == 4 and all(caption.endswith(".") for caption in scene.captions)


@pytest.mark.parametrize("beat", ["clips", "straight line", "order"])
def test_golden_frames(golden, told, beat):
    golden.check(f"clips_{beat.replace(' ', '_')}", told[1][beat])


@pytest.mark.parametrize("shape", ["square", "tall"])
def test_it_lays_out(media, shape):
    check_layout(Watched, shape, media)


# -- sound --------------------------------------------------------------------------------------------------


def test_each_clip_is_heard_while_it_is_shown(monkeypatch, tmp_path):
    class Short(Clips):
        excerpt, rise_time, join_time = 0.6, 0.3, 0.1

        def wait(self, duration=1.0, **_):
            super().wait(0.1)

        def sound(self, y, *, sr):
            bright = [row.picture.fill_opacity == 1 for row in self.rows]
            self.played.append((self.time, y, sr, bright))
            super().sound(y, sr=sr)

    folder = tmp_path / "mine"
    folder.mkdir()
    for k, sr in enumerate((16000, 48000)):
        soundfile.write(folder / f"{k}.wav", speech_like(1.5 * sr / 16000, seed=k), sr)
    monkeypatch.setenv("SPECTRAL_AUDIO", str(folder))
    with frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False):
        scene = Short()
        scene.played = []
        film = film_of(scene)
    assert [bright for *_, bright in scene.played] == [[True, False], [True, True]]
    for (_, y, sr, _), clip in zip(scene.played, scene.clips, strict=True):
        assert sr == clip.sound.sr and len(y) == round(0.6 * sr)
        likeness = np.corrcoef(y, clip.sound.samples[0])[0, 1]
        assert likeness > 0.99
        assert spectral.sound.loudness.integrated_loudness(y, sr=sr) == pytest.approx(-20, abs=0.5)
    check_sound(film, [(at, y, sr) for at, y, sr, _ in scene.played])


# -- material of one's own ----------------------------------------------------------------------------------


def pink(seconds: float, *, sr: int, seed: int) -> np.ndarray:
    """Noise whose power falls as 1/f throughout: the nearest line misses by no more than chance."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * sr)))
    freq = np.fft.rfftfreq(round(seconds * sr), 1 / sr)
    y = np.fft.irfft(spectrum / np.sqrt(np.maximum(freq, 10)))
    return 0.5 * y / np.abs(y).max()


def test_a_folder_of_one_s_own_at_its_own_rates(monkeypatch, media, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, sr in (("b.wav", 44100), ("a.flac", 8000)):
        soundfile.write(folder / name, pink(3, sr=sr, seed=sr), sr)
    (folder / "notes.txt").write_text("no sound")
    monkeypatch.setenv("SPECTRAL_AUDIO", str(folder))
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    assert [clip.name for clip in scene.clips] == [
        "a.flac",
        "b.wav",
    ] and scene.run.trajectory.source == "a.flac"
    assert scene.sounds.freq[-1] == pytest.approx(4000, rel=0.05)  # as far as both reach
    assert scene.sounds.law.exponent == pytest.approx(1, abs=0.1)
    # Power of a cell of 2 frequencies and 20 segments scatters by 0.5 dB or less; two clips are averaged.
    assert scene.sounds.law.residual_db < 1.1
    assert not any("peaked" in caption for caption in scene.captions)
    assert scene.heading.original_text != "Sound drowns by power, not from high to low"


@pytest.mark.parametrize("shape", FRAMES)
def test_one_clip_alone_lays_out(monkeypatch, media, tmp_path, shape):
    folder = tmp_path / "mine"
    folder.mkdir()
    name = "a recording with a longer name.wav"
    soundfile.write(folder / name, speech_like(0.4, seed=1), 16000)
    monkeypatch.setenv("SPECTRAL_AUDIO", str(folder))
    faults = []

    def look(scene, beat: str) -> None:
        found = Things(scene).faults(config.frame_width, config.frame_height)
        faults.extend(f"{beat}: {fault}" for fault in found)

    with frame(*FRAMES[shape], folder=media):
        scene = Watched(look)
        scene.construct()
    assert "A real clip" in scene.captions[0]
    assert not faults, "\n".join(faults)


def test_one_s_own_file_comes_first(monkeypatch, media):
    soundfile.write("own.wav", speech_like(2, seed=3), 16000)
    monkeypatch.setenv("SPECTRAL_AUDIO", "own.wav")
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    assert [clip.name for clip in scene.clips][:2] == ["own.wav", "do not disturb"] and len(scene.clips) == 8
    assert scene.run.trajectory.source == "own.wav"


REFUSED = {
    "an empty folder": ({}, "holds no sounds"),
    "a folder without a sound": ({"notes.txt": b"none"}, "holds no sounds"),
    "a text named .wav": ({"a.wav": b"no sound"}, "a.wav: cannot be read"),
    "an empty file": ({"a.wav": b""}, "a.wav: found an empty file"),
    "a broken sound after a good one": ({"a.wav": 16000, "b.wav": b"no sound"}, "b.wav: cannot be read"),
    "silence": ({"a.wav": 16000, "b.wav": "silence"}, "b.wav: found silence"),
    "a rate without loudness": ({"a.wav": 2000}, "4000 Hz or more"),
}


@pytest.mark.parametrize("what", [*REFUSED, "nothing there"])
def test_what_cannot_be_shown_is_refused_in_a_line(monkeypatch, media, tmp_path, capfd, what):
    contents, line = REFUSED.get(what, (None, "No such file"))
    folder = tmp_path / "mine"
    if contents is not None:
        folder.mkdir()
        for name, content in contents.items():
            if isinstance(content, bytes):
                (folder / name).write_bytes(content)
            else:
                silent = content == "silence"
                sr = 16000 if silent else content
                soundfile.write(folder / name, (not silent) * speech_like(1, seed=1), sr)
    monkeypatch.setenv("SPECTRAL_AUDIO", str(folder))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Watched().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: ") and line in error and error.count("\n") == 1


def test_at_the_command_line_a_refusal_is_one_line(tmp_path):
    (tmp_path / "mine").mkdir()
    command = [sys.executable, "-m", "manim", "-ql", "--media_dir", str(tmp_path / "m")]
    ran = subprocess.run(
        [*command, str(ROOT / "scenes" / "clips.py")],
        env=os.environ | {"SPECTRAL_AUDIO": str(tmp_path / "mine")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2 and "Traceback" not in ran.stdout + ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert "holds no sounds" in line
