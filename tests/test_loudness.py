"""Loudness against the standard's own figures, and gains that clip nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from spectral import InputError, level
from spectral.sound.loudness import integrated_loudness, k_weighting, true_peak

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def tone(hz, *, sr, seconds=2.0, amplitude=1.0, phase=0.0):
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * sr)) / sr + phase)


def test_the_filters_are_the_published_ones_at_48_khz():
    # ITU-R BS.1770-4, tables 1 and 2.
    np.testing.assert_allclose(
        k_weighting(48000),
        [
            [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585],
            [1, -2, 1, 1, -1.99004745483398, 0.99007225036621],
        ],
        rtol=1e-13,
    )


@pytest.mark.parametrize("sr", RATES)
def test_the_weights_are_the_same_at_any_rate(sr):
    freq = np.geomspace(20, min(0.45 * sr, 18000), 300)

    def decibels(rate):
        return 20 * np.log10(np.abs(signal.sosfreqz(k_weighting(rate), freq, fs=rate)[1]))

    tolerance = {8000: 0.3, 11025: 0.15, 16000: 0.07, 22050: 0.04}.get(sr, 0.01)
    np.testing.assert_allclose(decibels(sr), decibels(48000), atol=tolerance)


@pytest.mark.parametrize("sr", RATES)
@pytest.mark.parametrize("seconds", [0.2, 0.4, 1.024, 3])
def test_a_full_scale_sine_of_997_hz(sr, seconds):
    expected = pytest.approx(-3.01, abs=0.21 if sr < 10000 else 0.12 if sr < 16000 else 0.05)
    assert integrated_loudness(tone(997, sr=sr, seconds=seconds), sr=sr) == expected
    # Two channels of it have twice the power; 23 dBFS in both is the reference tone of EBU Tech 3341.
    both = np.stack([tone(997, sr=sr, seconds=seconds)] * 2) * 10 ** (-23 / 20)
    assert integrated_loudness(both, sr=sr) == pytest.approx(-23, abs=0.25)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # (dBFS, seconds), stereo, 1 kHz: EBU Tech 3341, cases 1 to 5.
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_gates(parts, expected):
    sr = 48000
    course = np.concatenate([np.full(round(seconds * sr), 10 ** (db / 20)) for db, seconds in parts])
    wave = course * tone(1000, sr=sr, seconds=course.size / sr)
    assert integrated_loudness([wave, wave], sr=sr) == pytest.approx(expected, abs=0.1)


def test_silence_has_no_loudness():
    assert integrated_loudness(np.zeros(16000), sr=16000) == -np.inf
    assert integrated_loudness(tone(997, sr=16000, amplitude=10 ** (-70 / 20)), sr=16000) == -np.inf
    np.testing.assert_array_equal(level(np.zeros((2, 500)), sr=16000), np.zeros((2, 500)))
    faint = tone(997, sr=16000, amplitude=1e-4)
    np.testing.assert_array_equal(level(faint, sr=16000), faint)


@pytest.mark.parametrize("sr", [8000, 16000, 44100])
@pytest.mark.parametrize("amplitude", [0.003, 0.1, 1.0, 20.0])
def test_clips_come_out_equally_loud(sr, amplitude):
    for y in (noise(2 * sr), tone(220, sr=sr), noise(2, sr) * tone(3, sr=sr, seconds=1)):
        levelled = level(amplitude * y, sr=sr, loudness=-23)
        assert levelled.shape == y.shape
        assert integrated_loudness(levelled, sr=sr) == pytest.approx(-23, abs=1e-6)
        gain = levelled / (amplitude * y + (y == 0))  # one gain for all of it
        np.testing.assert_allclose(gain[y != 0], gain[y != 0].flat[0])


def test_the_peak_comes_before_the_loudness():
    clicks = np.zeros(32000)
    clicks[::8000] = 0.2
    levelled = level(clicks, sr=16000, loudness=-14, peak=-3)
    assert true_peak(levelled) == pytest.approx(10 ** (-3 / 20))
    assert integrated_loudness(levelled, sr=16000) < -14


def test_a_peak_between_samples():
    # At a quarter of the rate and an eighth of a period off, samples reach 0.707 of the wave's crest.
    wave = tone(4000, sr=16000, phase=np.pi / 4)
    assert np.abs(wave).max() == pytest.approx(np.sqrt(0.5))
    assert true_peak(signal.windows.tukey(32000, 0.2) * wave) == pytest.approx(1, abs=0.01)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 3000),
    st.integers(1, 3),
    st.floats(-60, 60),
    st.floats(-40, 20),
    st.floats(-20, 0),
    st.integers(0, 2**32 - 1),
)
def test_nothing_ever_clips(n, channels, decibels, loudness, peak, seed):
    y = 10 ** (decibels / 20) * noise(channels, n, seed=seed)
    levelled = level(y, sr=16000, loudness=loudness, peak=peak)
    assert np.abs(levelled).max() <= 10 ** (peak / 20) * (1 + 1e-12) <= 1 + 1e-12
    assert np.isfinite(levelled).all()


@pytest.mark.parametrize(
    ("y", "choice", "message"),
    [
        ([], {}, "at least one value"),
        ([0, np.nan], {}, "finite"),
        (np.zeros((1, 1, 5)), {}, r"found shape \(1, 1, 5\)"),
        ([0.5], {"sr": 2000}, "sr: found 2000, expected 4000 Hz or more"),
        ([0.5], {"peak": 1}, "peak: found 1, expected 0 dB or less"),
        ([0.5], {"loudness": np.nan}, "loudness: found nan, expected a number"),
    ],
)
def test_bad_input(y, choice, message):
    with pytest.raises(InputError, match=message):
        level(y, **{"sr": 16000, **choice})
