"""The noising chain against its law, the ideal denoiser against a naive Wiener filter and its closed form."""

import numpy as np
import pytest
from scipy import signal

from spectral import InputError, explained_fraction, lock_in, read_audio, wiener_bridge


def test_noise_is_added_bit_by_bit():
    """Of the level's scale, white, and corr(eps_s, eps_t) = sqrt(SNR_t / SNR_s): the noising chain's law."""
    y = np.random.default_rng(1).standard_normal(100_000)
    t = wiener_bridge(y, sr=16_000, n_steps=6, seed=2)
    eps = (t.x_t[:, 0] - t.alpha[:, None] * y) / t.sigma[:, None]
    # 100,000 samples: a variance is known to 0.45%, a correlation to 0.003.
    np.testing.assert_allclose(eps.var(axis=1), 1, rtol=0.025)
    expected = np.sqrt(np.minimum.outer(t.snr, t.snr) / np.maximum.outer(t.snr, t.snr))
    np.testing.assert_allclose(np.corrcoef(eps), expected, atol=0.016)
    for level in eps:
        assert abs(np.corrcoef(level, y)[0, 1]) < 0.016
        assert abs(np.corrcoef(level[1:], level[:-1])[0, 1]) < 0.016


def test_the_seed_decides():
    y = np.sin(np.arange(400.0))
    again = [wiener_bridge(y, sr=8000, n_steps=4, seed=seed).x_t for seed in (5, 5, 6)]
    np.testing.assert_array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])


@pytest.mark.parametrize("n", [300, 301])
def test_the_estimate_is_the_naive_wiener_filter(n):
    sr = 8000
    y = np.cumsum(np.random.default_rng(n).standard_normal(n)) / 10 + 0.2
    t = wiener_bridge(y, sr=sr, n_steps=5, seed=1)
    freq, power = signal.welch(y, fs=sr, nperseg=n, detrend=False)
    power = power * sr
    mirrored = (freq > 0) & (freq < sr / 2)
    power[mirrored] /= 2
    transform = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    for x_t, found, alpha, sigma in zip(t.x_t, t.denoised, t.alpha, t.sigma, strict=True):
        spectrum = power[np.minimum(np.arange(n), n - np.arange(n))]
        gain = alpha * spectrum / (alpha**2 * spectrum + sigma**2)
        naive = (np.conj(transform) @ (gain * (transform @ x_t[0]))).real / n
        np.testing.assert_allclose(found[0], naive, rtol=1e-4, atol=1e-5 * np.abs(y).max())


def test_the_estimate_explains_what_the_closed_form_says():
    """On white noise, where Welch's spectrum is flat to about a tenth: q / (1 + q)."""
    y = np.random.default_rng(4).standard_normal(64_000)
    t = wiener_bridge(y, sr=16_000, n_steps=24, seed=1)
    error = ((t.denoised[:, 0] - y) ** 2).mean(axis=1)
    np.testing.assert_allclose(1 - error, explained_fraction(t.snr, stochastic=True), atol=0.02)


def test_the_levels_are_even_and_reach_over_the_whole_spectrum():
    sr = 16_000
    y = read_audio("spectral/assets/clips/speech_now_unmuted.flac").samples[0]
    t = wiener_bridge(y, sr=sr, n_steps=40)
    np.testing.assert_allclose(np.diff(t.log_snr), np.diff(t.log_snr)[0])
    _, power = signal.welch(y, fs=sr, nperseg=2048, detrend=False)
    power = power[1:-1] * sr / 2
    assert 1 / t.snr[0] > 5 * power.max() and 1 / t.snr[-1] < power.min() / 5
    np.testing.assert_array_equal(t.sample[0], y)
    assert t.origin == "bridge" and t.stochastic and t.sample_rate == sr


@pytest.mark.parametrize("name", ["speech_one_moment_please", "speech_now_unmuted", "speech_do_not_disturb"])
def test_speech_returns_by_power_and_not_from_bass_to_treble(name):
    y = read_audio(f"spectral/assets/clips/{name}.flac").samples[0]
    lock = lock_in(wiener_bridge(y, sr=16_000))
    assert lock.order.power > lock.order.frequency + 0.3
    assert lock.order.power > 0.7
    # Where a band is ideal, it is back where the closed form has it.
    assert np.abs(lock.step - lock.predicted).max() <= 6


@pytest.mark.parametrize(
    ("y", "options", "words"),
    [
        (np.zeros(100), {}, "same value throughout"),
        (np.full(100, 0.5), {"source": "hum.wav"}, "hum.wav: found the same value"),
        ([0.0, np.nan], {}, "finite"),
        (np.zeros((2, 100)), {}, r"found shape \(2, 100\)"),
        ([], {}, "at least one value"),
        ([0.0, 1.0], {"n_steps": 1}, "n_steps: found 1, expected 2"),
    ],
)
def test_sounds_that_cannot_drown_are_refused(y, options, words):
    with pytest.raises(InputError, match=words):
        wiener_bridge(y, sr=8000, **options)
