"""Sound files of every kind against what was written into them, scipy's resampling, and what is no sound."""

import os
import tracemalloc

import numpy as np
import pytest
import soundfile
from scipy import signal

from spectral import InputError, Sound, loudest_start, read_audio, write_audio


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def tone(hz, *, sr, seconds=1.0, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * sr)) / sr)


def written(path, y, sr, subtype=None):
    """A file of `y`, (samples,) or (channels, samples)."""
    soundfile.write(path, np.asarray(y).T, sr, subtype=subtype)
    return path


def rms(y):
    return np.sqrt(np.mean(np.square(y, dtype=float)))


@pytest.mark.parametrize(
    ("name", "subtype", "error"),
    [
        ("a.wav", "PCM_U8", 2**-7),
        ("a.wav", "PCM_16", 2**-15),
        ("a.wav", "PCM_24", 2**-23),
        ("a.wav", "PCM_32", 2**-23),  # single precision, not the file, is what limits this
        ("a.wav", "FLOAT", 0),
        ("a.wav", "DOUBLE", 2**-24),
        ("a.flac", "PCM_16", 2**-15),
        ("a.flac", "PCM_24", 2**-23),
        ("a.aiff", "PCM_16", 2**-15),
    ],
)
@pytest.mark.parametrize(("channels", "sr"), [(1, 8000), (2, 44100), (8, 16000)])
def test_widths_rates_and_channels(tmp_path, name, subtype, error, channels, sr):
    y = np.float32(0.2 * noise(channels, 1000)).clip(-0.9, 0.9)
    path = written(tmp_path / name, y, sr, subtype)
    sound = read_audio(path, mono=False)
    assert isinstance(sound, Sound)
    assert sound.sr == sr
    assert sound.samples.dtype == np.float32
    np.testing.assert_allclose(sound.samples, y, atol=error)
    np.testing.assert_allclose(read_audio(path).samples, y.mean(axis=0, keepdims=True), atol=error + 1e-7)


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3"])
@pytest.mark.parametrize("sr", [16000, 44100])
def test_lossy_files(tmp_path, name, sr):
    y = np.array([tone(440, sr=sr), tone(1000, sr=sr)])
    sound = read_audio(written(tmp_path / name, y, sr), mono=False)
    assert sound.samples.shape == y.shape
    error = (sound.samples - y)[:, sr // 10 : -sr // 10]
    assert rms(error) < 0.05 * rms(y)


def test_ten_channels_are_mixed_to_their_mean(tmp_path):
    y = 0.1 * noise(10, 500)
    sound = read_audio(written(tmp_path / "a.wav", y, 16000, "FLOAT"))
    assert sound.samples.shape == (1, 500)
    np.testing.assert_allclose(sound.samples[0], y.mean(axis=0), atol=1e-7)


def test_floating_point_files_may_go_beyond_full_scale(tmp_path):
    y = np.array([0.0, 3.5, -7.0])
    np.testing.assert_array_equal(read_audio(written(tmp_path / "a.wav", y, 8000, "FLOAT")).samples, [y])


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
@pytest.mark.parametrize("new", [16000, 44100])
def test_resampling_keeps_a_tone_as_it_is(tmp_path, sr, new):
    path = written(tmp_path / "a.wav", tone(1000, sr=sr), sr, "FLOAT")
    sound = read_audio(path, sr=new)
    assert sound.sr == new and sound.samples.shape == (1, new)
    inner = slice(new // 10, -new // 10)
    np.testing.assert_allclose(sound.samples[0, inner], tone(1000, sr=new)[inner], atol=1e-4)


@pytest.mark.parametrize("hz", [8500, 9000, 12345, 20000])
def test_what_lies_above_the_new_nyquist_does_not_fold(tmp_path, hz):
    path = written(tmp_path / "a.wav", tone(hz, sr=44100, amplitude=1), 44100, "FLOAT")
    inner = read_audio(path, sr=16000).samples[0, 1600:-1600]
    assert np.abs(inner).max() < 1e-4  # 80 dB down
    # The test can fail: leaving samples out, without a filter, folds the tone in at full strength.
    assert rms(tone(hz, sr=48000)[::3]) > 0.3


def test_resampling_agrees_with_scipy(tmp_path):
    lowpassed = signal.resample(noise(1000), 32000)  # of no frequencies above 500 / 2 s
    lowpassed *= 0.2 * signal.windows.tukey(32000, 0.2)
    path = written(tmp_path / "a.wav", lowpassed, 32000, "FLOAT")
    np.testing.assert_allclose(
        read_audio(path, sr=22050).samples[0], signal.resample(lowpassed, 22050), atol=1e-4
    )


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("new", [None, 16000, 48000])
def test_a_part_is_that_part_of_the_whole(tmp_path, name, new):
    path = written(tmp_path / name, 0.1 * noise(2, 3 * 44100), 44100)
    whole = read_audio(path, sr=new)
    for start, seconds in [(0, 1.024), (1.2345, 1.024), (0.01, 0.5), (2.5, 0.5), (1, 0.001)]:
        part = read_audio(path, sr=new, start=start, seconds=seconds)
        first, count = round(start * whole.sr), round(seconds * whole.sr)
        assert part.samples.shape == (1, count)
        np.testing.assert_allclose(part.samples, whole.samples[:, first : first + count], atol=1e-6)


def test_a_part_ends_where_the_file_ends(tmp_path):
    path = written(tmp_path / "a.wav", 0.1 * noise(16000), 16000, "FLOAT")
    assert read_audio(path, start=0.75, seconds=1).samples.shape == (1, 4000)
    np.testing.assert_array_equal(read_audio(path, start=0.75).samples, read_audio(path).samples[:, 12000:])


def test_silence_is_a_sound(tmp_path):
    path = written(tmp_path / "a.wav", np.zeros(8000), 8000)
    np.testing.assert_array_equal(read_audio(path, sr=16000).samples, np.zeros((1, 16000)))


@pytest.mark.parametrize(("sr", "new", "count"), [(16000, None, 1), (16000, 16000, 1), (8000, 16000, 2)])
def test_one_sample(tmp_path, sr, new, count):
    path = written(tmp_path / "a.wav", [0.5], sr)
    assert read_audio(path, sr=new).samples.shape == (1, count)


def test_one_sample_too_short_for_a_lower_rate(tmp_path):
    path = written(tmp_path / "a.wav", [0.5], 44100)
    with pytest.raises(InputError, match=r"a.wav: found no sound from 0 s on, expected one sample at 16000"):
        read_audio(path, sr=16000)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_found(tmp_path, value):
    y = 0.1 * noise(2, 200_000)
    y[1, 120_000] = value
    path = written(tmp_path / "a.wav", y, 16000, "FLOAT")
    for read in (read_audio, lambda p: read_audio(p, sr=8000), lambda p: loudest_start(p, seconds=1)):
        with pytest.raises(InputError, match=r"a.wav: found NaN or infinity at 7.500 s, expected finite"):
            read(path)
    assert read_audio(path, seconds=7).samples.shape == (1, 7 * 16000)


@pytest.mark.parametrize("name", ["a.wav", "a.ogg", "a.mp3"])
def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path, name):
    path = written(tmp_path / name, 0.1 * noise(3 * 44100), 44100)
    whole = read_audio(path).samples
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    part = read_audio(path).samples
    assert 0.3 * whole.size < part.size < 0.6 * whole.size
    count = int(0.9 * part.size)
    np.testing.assert_allclose(part[:, :count], whole[:, :count], atol=1e-6)


def long_file(path, *, hours=3, sr=8000):
    """Faint noise with a second of loud noise one hour before the end, written in blocks."""
    with soundfile.SoundFile(path, "w", samplerate=sr, channels=1, subtype="PCM_U8") as file:
        minute = 0.02 * noise(60 * sr)
        for i in range(hours * 60):
            file.write(minute)
            if i == (hours - 1) * 60 - 1:
                file.write(minute[:sr] * 10)
    return path


def test_three_hours_of_sound(tmp_path):
    path = long_file(tmp_path / "a.wav")
    tracemalloc.start()
    start = loudest_start(path, seconds=1.024)
    sound = read_audio(path, sr=22050, start=start, seconds=1.024)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert start == pytest.approx(2 * 3600, abs=1.024 / 16)
    assert sound.samples.shape == (1, round(1.024 * 22050))
    assert rms(sound.samples) > 0.15
    assert path.stat().st_size > 86e6 and peak < 12e6  # and eight times the file, were it read whole
    with pytest.raises(InputError, match=r"a.wav: found 10801 s of sound, expected at most 600 s at once"):
        read_audio(path)


@pytest.mark.parametrize("sr", [8000, 44100])
@pytest.mark.parametrize("loud", [0.0, 1.3, 2.5, 3.9])
def test_the_loudest_part(tmp_path, sr, loud):
    seconds = 1.024
    y = 0.01 * noise(2, 5 * sr)
    at = round(loud * sr)
    y[:, at : at + round(seconds * sr)] *= 30
    path = written(tmp_path / "a.wav", y, sr, "FLOAT")
    start = loudest_start(path, seconds=seconds)
    assert start == pytest.approx(loud, abs=seconds / 16)
    assert read_audio(path, sr=16000, start=start, seconds=seconds).samples.shape == (1, 16384)


@pytest.mark.parametrize("frames", [1, 10, 8000, 16384, 16390])
def test_a_short_file_is_its_own_loudest_part(tmp_path, frames):
    path = written(tmp_path / "a.wav", 0.1 * noise(frames), 16000)
    assert loudest_start(path, seconds=1.024) == 0


def test_silence_has_no_loudest_part(tmp_path):
    path = written(tmp_path / "a.wav", np.zeros(16000), 16000)
    with pytest.raises(InputError, match=r"a.wav: found silence, expected a sound"):
        loudest_start(path, seconds=0.5)


def of_bytes(content):
    return lambda path: path.write_bytes(content)


def wav_of_rate(sr):
    return lambda path: written(path, np.zeros(100), sr)


@pytest.mark.parametrize(
    ("name", "make", "found"),
    [
        ("missing.wav", lambda path: None, "No such file"),
        ("folder.wav", os.mkdir, "Is a directory"),
        ("empty.wav", of_bytes(b""), "empty file"),
        ("text.wav", of_bytes(b"not a sound\n" * 99), "Format not recognised"),
        ("text.mp3", of_bytes(b"not a sound\n" * 99), "cannot be read"),
        ("text.flac", of_bytes(b"not a sound\n" * 99), "cannot be read"),
        ("samples.raw", of_bytes(bytes(1000)), "samples without a header"),
        ("header.wav", lambda path: written(path, np.zeros(0), 8000), "no samples"),
        ("slow.wav", wav_of_rate(100), "a rate of 100 Hz"),
        ("fast.wav", wav_of_rate(10**9), "a rate of 1000000000 Hz"),
    ],
)
def test_what_is_no_sound(tmp_path, name, make, found):
    path = tmp_path / name
    make(path)
    for read in (read_audio, lambda p: loudest_start(p, seconds=1)):
        with pytest.raises(InputError, match=f"{name}.*{found}.*expected") as caught:
            read(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [20, 44, 100, 2000])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_file_cut_anywhere_is_read_or_refused(tmp_path, name, length):
    path = written(tmp_path / name, 0.1 * noise(8000), 16000)
    path.write_bytes(path.read_bytes()[:length])
    try:
        assert 0 < read_audio(path, sr=8000).samples.size <= 4000
    except InputError as error:
        assert str(error).startswith(str(path)) and "expected" in str(error)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"sr": 0}, "sr: found 0, expected 1000 to 768000 Hz"),
        ({"sr": 10**9}, "found 1000000000"),
        ({"start": -1}, "start: found -1, expected 0 seconds or more"),
        ({"start": np.nan}, "found nan"),
        ({"seconds": 0}, "seconds: found 0, expected more than 0"),
        ({"start": 1}, r"a.wav: found 1 s of sound, expected more than the start at 1 s"),
    ],
)
def test_bad_choices(tmp_path, choice, message):
    path = written(tmp_path / "a.wav", np.zeros(8000), 8000)
    with pytest.raises(InputError, match=message):
        read_audio(path, **choice)


@pytest.mark.parametrize("shape", [(500,), (1, 500), (2, 500)])
def test_what_is_written_is_read_again(tmp_path, shape):
    y = noise(*shape)
    y /= np.abs(y).max()
    write_audio(tmp_path / "a.wav", y, sr=16000)
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
    sound = read_audio(tmp_path / "a.wav", mono=False)
    assert sound.sr == 16000
    np.testing.assert_allclose(sound.samples, np.atleast_2d(y), atol=2**-15)


def test_nothing_is_clipped_or_written_wrong(tmp_path):
    for y, message in [
        ([0, 1.01], "sound: found a peak of 1.01, expected samples from -1 to 1"),
        ([0, np.nan], "finite"),
        ([], "at least one"),
        (np.zeros((1, 2, 3)), r"found shape \(1, 2, 3\)"),
    ]:
        with pytest.raises(InputError, match=message):
            write_audio(tmp_path / "a.wav", y, sr=8000)
    with pytest.raises(InputError, match="cannot be written"):
        write_audio(tmp_path / "nowhere" / "a.wav", [0.0], sr=8000)
    assert not list(tmp_path.iterdir())
