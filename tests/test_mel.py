"""Log-mel pictures against librosa and closed forms, and sound back from them."""

import json
from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile

import spectral
from spectral.errors import InputError

SETTINGS = spectral.MelSettings()
CLIPS = Path(spectral.__file__).parent / "assets" / "clips"


def speech(name="speech_please_hold_while_try"):
    y, _ = soundfile.read(CLIPS / f"{name}.flac", dtype="float32")
    return y[4000 : 4000 + 16384]


def naive_log_mel(y, s):
    """Frame by frame, from the definitions: Hann window, DFT, Slaney's triangles, decibels, straight line."""
    pad = (s.n_fft - s.hop_length) // 2
    whole = len(y) // s.hop_length * s.hop_length
    y = np.concatenate([np.zeros(pad), y[:whole], np.zeros(pad)])
    window = scipy.signal.get_window("hann", s.n_fft)
    triangles = librosa.filters.mel(sr=s.sr, n_fft=s.n_fft, n_mels=s.n_mels, fmin=s.fmin, fmax=s.fmax)
    columns = []
    for start in range(0, len(y) - s.n_fft + 1, s.hop_length):
        power = np.abs(np.fft.rfft(window * y[start : start + s.n_fft])) ** 2
        decibels = 10 * np.log10(np.maximum(triangles @ power, 10 ** (s.low_db / 10)))
        columns.append(2 * (decibels - s.low_db) / (s.high_db - s.low_db) - 1)
    return np.array(columns).T


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        replace(SETTINGS, n_fft=512, hop_length=128, n_mels=40, fmin=50.0, fmax=7000.0, low_db=-80.0),
        replace(SETTINGS, sr=22050, n_fft=1000, hop_length=500, fmax=11025.0),
    ],
)
def test_as_the_definitions_say(settings):
    y = speech()
    np.testing.assert_allclose(spectral.log_mel(y, settings=settings), naive_log_mel(y, settings), atol=2e-4)


def test_as_librosa_says():
    """Its centred frames lie on multiples of the hop, ours half a hop later."""
    y, s = speech(), SETTINGS
    later = np.concatenate([y[s.hop_length // 2 :], np.zeros(s.hop_length // 2, np.float32)])
    power = librosa.feature.melspectrogram(
        y=later, sr=s.sr, n_fft=s.n_fft, hop_length=s.hop_length, n_mels=s.n_mels, fmax=s.fmax
    )
    decibels = librosa.power_to_db(power, top_db=None).clip(s.low_db)[:, 3:61]
    picture = spectral.log_mel(y, settings=s)[:, 3:61]
    np.testing.assert_allclose((picture + 1) / 2 * (s.high_db - s.low_db) + s.low_db, decibels, atol=0.01)


def test_sizes():
    assert spectral.log_mel(np.zeros(16384), settings=SETTINGS).shape == (64, 64)
    assert spectral.log_mel(np.zeros(256), settings=SETTINGS).shape == (64, 1)
    assert spectral.log_mel(np.zeros(16384 + 255), settings=SETTINGS).shape == (64, 64)
    rng = np.random.default_rng(0)
    batch = rng.normal(size=(2, 3, 1024)).astype(np.float32)
    pictures = spectral.log_mel(batch, settings=SETTINGS)
    assert pictures.shape == (2, 3, 64, 4)
    assert pictures.dtype == np.float32
    np.testing.assert_allclose(pictures[1, 2], spectral.log_mel(batch[1, 2], settings=SETTINGS), atol=1e-6)


def test_silence_is_the_floor():
    assert (spectral.log_mel(np.zeros(4096), settings=SETTINGS) == -1).all()


@pytest.mark.parametrize("frequency", [300, 1000, 3000, 7000])
def test_a_tone_is_a_line_at_its_mel(frequency):
    y = 0.5 * np.sin(2 * np.pi * frequency * np.arange(16384) / 16000)
    centres = librosa.mel_frequencies(SETTINGS.n_mels + 2, fmin=SETTINGS.fmin, fmax=SETTINGS.fmax)[1:-1]
    rows = spectral.log_mel(y, settings=SETTINGS)[:, 4:-4].argmax(axis=0)
    assert set(rows) <= set(np.argsort(np.abs(centres - frequency))[:2])


@pytest.mark.parametrize("sample", [300, 5000, 16000])
def test_a_click_stands_in_the_frame_that_holds_it(sample):
    y = np.zeros(16384)
    y[sample] = 0.9
    power = spectral.log_mel(y, settings=SETTINGS).astype(float).sum(axis=0)
    assert power.argmax() == sample // SETTINGS.hop_length


def test_twice_as_loud_is_six_decibels_up():
    noise = np.random.default_rng(1).normal(size=8192)
    quiet, loud = (spectral.log_mel(g * noise, settings=SETTINGS) for g in (0.1, 0.2))
    np.testing.assert_allclose(loud - quiet, 2 * 20 * np.log10(2) / 80, atol=1e-5)


@pytest.mark.parametrize("name", ["speech_please_hold_while_try", "speech_one_moment_please", "music_system"])
def test_sound_comes_back(name):
    y = (
        speech(name)
        if name.startswith("speech_please")
        else soundfile.read(CLIPS / f"{name}.flac")[0][2000:18384]
    )
    picture = spectral.log_mel(y, settings=SETTINGS)
    back = spectral.mel_to_audio(picture, settings=SETTINGS)
    assert back.shape == (16384,)
    assert np.isfinite(back).all()
    assert abs(10 * np.log10(np.mean(back**2) / np.mean(y**2))) < 1
    again = spectral.log_mel(back, settings=SETTINGS)
    loud = picture > picture.max() - 2 * 30 / 80  # within 30 dB of the loudest
    off = 40 * (again - picture)[loud]
    assert abs(off.mean()) < 1.5
    assert off.std() < 5


def test_the_same_picture_and_seed_give_the_same_sound():
    picture = spectral.log_mel(speech(), settings=SETTINGS)[:, :16]
    first, second, other = (
        spectral.mel_to_audio(picture, settings=SETTINGS, n_iter=4, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 1e-3


def test_a_tone_comes_back_at_its_frequency():
    y = 0.3 * np.sin(2 * np.pi * 1500 * np.arange(16384) / 16000)
    back = spectral.mel_to_audio(spectral.log_mel(y, settings=SETTINGS), settings=SETTINGS, n_iter=16)
    spectrum = np.abs(np.fft.rfft(back * np.hanning(len(back))))
    assert abs(np.fft.rfftfreq(len(back), 1 / 16000)[spectrum.argmax()] - 1500) < 60  # half a mel band


def test_settings_go_through_json():
    settings = replace(SETTINGS, n_mels=80, low_db=-70.5)
    assert spectral.MelSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n_mels": 0}, "n_mels=0"),
        ({"hop_length": 2048}, "hop_length 2048"),
        ({"hop_length": 255}, "hop_length 255"),
        ({"fmax": 9000.0}, "fmax 9000"),
        ({"fmin": 8000.0}, "fmin 8000"),
        ({"low_db": 20.0}, "low_db 20"),
    ],
)
def test_impossible_settings_are_refused(change, named):
    with pytest.raises(InputError, match=named):
        spectral.MelSettings.from_dict(SETTINGS.to_dict() | change)


@pytest.mark.parametrize("change", [{"n_mels": "64"}, {"sr": True}, {"hop": 256}])
def test_settings_that_are_none_are_refused(change):
    with pytest.raises(InputError, match="mel settings"):
        spectral.MelSettings.from_dict(SETTINGS.to_dict() | change)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="255 samples"):
        spectral.log_mel(np.zeros(255), settings=SETTINGS)
    with pytest.raises(InputError, match=r"\(63, 4\)"):
        spectral.mel_to_audio(np.zeros((63, 4)), settings=SETTINGS)
    with pytest.raises(InputError, match="finite"):
        spectral.mel_to_audio(np.full((64, 4), np.nan), settings=SETTINGS)
