"""The chapter's opening: real spectrograms, heard, and the power law of their spectra."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import soundfile
from manim import Text
from manim_spectral.scenes.cepstrum import Cepstrum
from scene_support import FRAMES, MEL, Hurried, frame, painted, run_of
from test_sound_scenes import FPS, check_sound, film_of, speech_like

import spectral
from manim_spectral.sources import material, recordings, settings

pytestmark = pytest.mark.usefixtures("nothing_chosen")


class Opening(Cepstrum):
    """Without the run, which is shown elsewhere."""

    def nothing(self, *_):
        pass

    bands = lock_in = writing = free_run = nothing


class Watched(Hurried, Opening):
    pass


@pytest.fixture(autouse=True)
def a_run(monkeypatch):
    monkeypatch.setattr(recordings, "stage_trajectories", lambda *_: recordings.Runs(run_of("mel"), None))


def test_the_numbers_are_those_of_the_carried_clips(golden, media):
    """Spectrograms by librosa, their radial average and line by numpy, against what is on screen."""
    frames, words = {}, {}

    def look(scene, beat):
        words[beat] = list(said)
        said.clear()

    class Noted(Watched):
        def play(self, *animations, **options):
            for animation in animations:
                if hasattr(animation, "mobject"):
                    family = animation.mobject.get_family()
                    said.extend(m.original_text for m in family if isinstance(m, Text))
            super().play(*animations, **options)

        def wait(self, duration=1.0, **_):
            super().wait(duration)
            frames[self.name] = painted(*self.mobjects)

    said = []
    with frame(*FRAMES["wide"], folder=media):
        scene = Noted(look)
        scene.construct()

    logs = []
    for path in sorted(material.carried("clips").glob("*.flac")):
        y, _ = librosa.load(path, sr=None)
        start = round(spectral.loudest_start(path, seconds=1.024) * 16000)
        y = spectral.level(y[start : start + 16384], sr=16000, loudness=-23)
        power = librosa.feature.melspectrogram(
            y=np.pad(y, 384), sr=16000, n_fft=1024, hop_length=256, center=False, n_mels=64
        )
        picture = (10 * np.log10(np.maximum(power, 1e-6)) + 60) / 40 - 1
        spectrum = np.abs(np.fft.fft2(picture)) ** 2
        radius = np.rint(64 * np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64))))
        logs.append(np.log([spectrum[radius == ring].mean() for ring in range(3, 33)]))
    grid = np.linspace(np.log(3), np.log(32), 128)
    values = np.interp(grid, np.log(np.arange(3, 33)), np.mean(logs, axis=0))
    slope, offset = np.polyfit(grid, values, 1)
    miss = 10 / np.log(10) * np.sqrt(((values - slope * grid - offset) ** 2).mean())
    assert scene.gathered.law.exponent == pytest.approx(-slope, abs=0.01)
    assert scene.gathered.law.residual_db == pytest.approx(miss, abs=0.02)

    rings = spectral.rapsd(np.stack([p.pixels for p in material.pictures(settings.load_settings())]))
    theirs = spectral.fit_power_law(spectral.PowerSpectrum(rings.freq, rings.power.mean(axis=1)))
    law, shown = scene.gathered.law, words["cepstrum"]
    assert (
        f"{law.residual_db:.1f} dB" in shown and f"rms off the line of exponent {law.exponent:.1f}" in shown
    )
    assert f"photographs: {theirs.residual_db:.1f} dB, exponent {theirs.exponent:.1f}" in shown
    assert f"{law.exponent:.1f}, for photographs {theirs.exponent:.1f}: a power law" in scene.captions[1]
    # As steep as photographs, within what these differ among themselves, and a power law nearly as good.
    assert abs(scene.gathered.law.exponent - theirs.exponent) < 0.3
    assert "Their spectrum, a cepstrum: a power law again" in shown
    golden.check("cepstrum_law", frames["cepstrum"])
    golden.check("cepstrum_grid", frames["spectrograms"])


def test_the_pictures_are_the_clips_that_are_heard(tmp_path):
    class Short(Opening):
        def wait(self, duration=1.0, **_):
            super().wait(0.1)

        def sound(self, y, *, sr):
            self.heard.append((self.time, y, sr))
            super().sound(y, sr=sr)

    with frame(214, 120, folder=tmp_path, frame_rate=FPS, dry_run=False):
        scene = Short()
        scene.heard = []
        film = film_of(scene)
    assert len(scene.heard) == 2
    mel = spectral.MelSettings.from_dict(MEL)
    for (_, y, sr), picture in zip(scene.heard, scene.mels, strict=False):
        assert sr == 16000 and len(y) == 16384
        # Three decibels louder than the model's clips, and faded over 4 ms at either end.
        again = spectral.log_mel(y * 10 ** (-3 / 20), settings=mel)
        np.testing.assert_allclose(again[:, 2:-2], picture[:, 2:-2], atol=0.02)
    check_sound(film, scene.heard)


def test_a_folder_of_one_s_own(monkeypatch, media, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    soundfile.write(folder / "a.wav", speech_like(0.7, seed=1), 44100)  # shorter than a picture is wide
    soundfile.write(folder / "b.flac", speech_like(3, seed=2), 16000)
    monkeypatch.setenv("SPECTRAL_AUDIO", str(folder))
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    assert [mel.shape for mel in scene.mels] == [(64, 64)] * 2
    assert scene.about[0].original_text.startswith("2 clips · 64 mels upward, 1.0 s to the right")


@pytest.mark.parametrize(
    ("content", "line"), [(None, "holds no sounds"), (b"no sound", "a.wav: cannot be read")]
)
def test_what_is_no_sound_is_refused_in_a_line(monkeypatch, media, tmp_path, capfd, content, line):
    folder = tmp_path / "mine"
    folder.mkdir()
    if content:
        (folder / "a.wav").write_bytes(content)
    monkeypatch.setenv("SPECTRAL_AUDIO", str(folder))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Watched().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: ") and line in error and error.count("\n") == 1
