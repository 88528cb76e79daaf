"""Noise as the forward process adds it: white, of the scale that was asked for, the same for a seed."""

import numpy as np
import pytest

from spectral import InputError, noised, periodogram


def test_noise_is_white_and_of_its_scale():
    noise = noised(np.zeros((64, 1024)), sigma=0.5, seed=3)
    power = periodogram(noise, signal_ndim=1).mean(axis=0)
    # 64 periodograms averaged: a relative standard deviation of 1 / 8 a frequency (two at 0 and Nyquist)
    assert power == pytest.approx(0.25, rel=6 / 8)
    assert power.mean() == pytest.approx(0.25, rel=5 * np.sqrt(2 / noise.size))
    halves = power[1:256].mean(), power[257:512].mean()
    assert halves == pytest.approx((0.25, 0.25), rel=5 / np.sqrt(64 * 255))


def test_the_same_seed_gives_the_same_noise_at_every_scale():
    signal = np.linspace(-1, 1, 500)
    eps = noised(signal, sigma=1, seed=7) - signal
    rising = np.linspace(0, 2, 500)
    assert noised(signal, sigma=rising, alpha=0.5, seed=7) == pytest.approx(0.5 * signal + rising * eps)
    assert not np.allclose(noised(signal, sigma=1, seed=8), signal + eps)


def test_scales_that_do_not_fit():
    with pytest.raises(InputError, match=r"\(3,\)"):
        noised(np.zeros(500), sigma=np.ones(3), seed=0)
