"""Lock-in: against the closed form, naive definitions, and paths whose answer is known by construction."""

import dataclasses
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from wiener_sampler import run, variance_preserving

from spectral import (
    Band,
    InputError,
    Trajectory,
    band_masks,
    exact_explained,
    explained_fraction,
    lock_in,
    octave_bands,
    periodogram,
    radial_frequency,
    snr,
    sound_bands,
    split,
)


def trajectory(denoised, sample, *, stochastic=True, log_snr=None, **metadata):
    """A run with these estimates; (channels, samples) is a waveform, (channels, height, width) an image."""
    steps = len(denoised)
    alpha, sigma = variance_preserving(np.linspace(-8, 8, steps) if log_snr is None else log_snr)
    return Trajectory(
        x_t=np.zeros_like(denoised),
        denoised=denoised,
        sample=sample,
        alpha=alpha,
        sigma=sigma,
        timestep=np.arange(steps)[::-1],
        modality="waveform" if sample.ndim == 2 else "image",
        stochastic=stochastic,
        **metadata,
    )


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def coloured(spectrum, *, channels, seed=0):
    axes = tuple(range(-spectrum.ndim, 0))
    white = np.fft.fftn(noise(channels, *spectrum.shape, seed=seed), axes=axes)
    return np.fft.ifftn(white * np.sqrt(spectrum), axes=axes).real


def written(gains, sample, bands):
    """A run whose estimate at step i is the sample, band b scaled by gains[i, b]: E = 1 - (1 - gain)^2."""
    parts = split(sample, bands, signal_ndim=sample.ndim - 1)
    parts = np.moveaxis(parts, 1, 0)
    return trajectory(np.tensordot(gains, parts, axes=1), sample)


def staircase(steps, at):
    """Gains of a model that writes each band whole at one step: 0 before `at`, 1 from there."""
    return (np.arange(steps)[:, None] >= np.asarray(at)).astype(float)


def narrow_bands(shape, *, width):
    side = min(shape)
    edges = np.arange(0.5, side // 2 + width, width) / side
    return tuple(Band(low, high) for low, high in pairwise(edges))


@pytest.mark.parametrize("stochastic", [True, False])
@pytest.mark.parametrize(
    ("shape", "channels", "exponent"), [((32, 32), 48, 2.0), ((40, 24), 64, 1.0), ((256,), 200, 1.0)]
)
def test_lock_in_is_the_crossing_of_signal_and_noise(shape, channels, exponent, stochastic):
    side = min(shape)
    freq = radial_frequency(shape)
    freq.flat[0] = 1 / side
    spectrum = 30.0 * (freq * side) ** -exponent
    steps = 200
    log_snr = np.linspace(-9, 8, steps)
    alpha, sigma = variance_preserving(log_snr)
    result = run(spectrum, alpha, eta=float(stochastic), channels=channels, seed=5)
    bands = narrow_bands(shape, width=side / 16)
    locked = lock_in(
        trajectory(result.denoised, result.sample, stochastic=stochastic, log_snr=log_snr), bands
    )

    # The in-band, power-weighted mean of the formula, from the spectrum that the signals were drawn from.
    q = np.multiply.outer(snr(alpha, sigma), spectrum)
    formula = explained_fraction(q, stochastic=stochastic)
    for b, mask in enumerate(band_masks(shape, bands)):
        mean = (formula[:, mask] * spectrum[mask]).sum(axis=1) / spectrum[mask].sum()
        assert abs(locked.step[b] - np.argmax(mean >= locked.threshold)) <= steps // 100
        assert abs(locked.predicted[b] - np.argmax(mean >= locked.threshold)) <= steps // 100
        # And where the band is narrow that is where signal and noise have the same power.
        if spectrum[mask].max() < 1.5 * spectrum[mask].min():
            crossing = np.argmax(snr(alpha, sigma) * spectrum[mask].mean() >= 1)
            assert abs(locked.step[b] - crossing) <= steps // 100
    assert locked.order.frequency > 0.97


@pytest.mark.parametrize("stochastic", [True, False])
def test_the_threshold_moves_the_crossing(stochastic):
    freq = radial_frequency((32, 32))
    freq[0, 0] = 1 / 32
    spectrum = 30.0 / np.floor(freq * 32 + 0.5) ** 2
    log_snr = np.linspace(-9, 8, 200)
    alpha, _ = variance_preserving(log_snr)
    result = run(spectrum, alpha, eta=float(stochastic), channels=48, seed=6)
    path = trajectory(result.denoised, result.sample, stochastic=stochastic, log_snr=log_snr)
    bands = narrow_bands((32, 32), width=1)[4:14]
    for threshold in (0.25, 1.0, 4.0):
        locked = lock_in(path, bands, snr_threshold=threshold)
        assert locked.threshold == pytest.approx(float(explained_fraction(threshold, stochastic=stochastic)))
        for b in range(1, len(bands) - 1):  # the outermost bands also hold what lies beyond them
            power = 30.0 / (bands[b].low * 32 + 0.5) ** 2
            crossing = np.argmax(np.exp(log_snr) * power >= threshold)
            assert abs(locked.step[b] - crossing) <= 2


@pytest.mark.parametrize("shape", [(3, 24, 20), (2, 101)])
def test_explained_is_its_definition(shape):
    sample, denoised = noise(*shape), noise(5, *shape, seed=1)
    path = trajectory(denoised, sample)
    bands = octave_bands(shape[1:])
    locked = lock_in(path)
    axes = tuple(range(1 - len(shape), 0))
    estimates, final = (np.fft.fftn(np.float64(x), axes=axes) for x in (path.denoised, path.sample))
    for b, mask in enumerate(band_masks(shape[1:], bands)):
        for i in range(5):
            error = np.abs(estimates[i] - final) ** 2
            expected = 1 - error[:, mask].sum() / (np.abs(final) ** 2)[:, mask].sum()
            assert locked.explained[i, b] == pytest.approx(expected, abs=1e-9)
    assert (locked.explained < 0).any()  # two unrelated pictures: one does not explain the other
    total = (path.sample.astype(float) ** 2).mean()
    assert locked.power.sum() == pytest.approx(total)


def test_locked_means_never_again_below():
    sample = noise(1, 32, 32)
    bands = octave_bands((32, 32))[:3]
    bands = (*bands[:2], Band(bands[2].low, 0.8))
    gains = np.array([[1, 0, 0.5], [0, 0, 0.5], [1, 1, 0.5], [1, 0, 0.5], [1, 1, 0.25], [1, 1, 0.25]], float)
    locked = lock_in(written(gains, sample, bands), bands)
    assert locked.threshold == 0.5
    np.testing.assert_array_equal(locked.step, [2, 4, 6])
    always = lock_in(written(np.ones((4, 3)), sample, bands), bands)
    np.testing.assert_array_equal(always.step, [0, 0, 0])


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 48, 64), (2, 500)])
def test_writing_adds_up_to_what_is_explained(shape):
    sample = noise(*shape)
    denoised = sample + np.linspace(2, 0.1, 9).reshape(-1, *[1] * len(shape)) * noise(9, *shape, seed=1)
    locked = lock_in(trajectory(denoised, sample))
    np.testing.assert_allclose(np.cumsum(locked.writing, axis=0), locked.explained, atol=1e-12)
    np.testing.assert_allclose(locked.writing.sum(axis=0), locked.explained[-1], atol=1e-12)
    np.testing.assert_array_equal(locked.writing[0], locked.explained[0])


def test_a_hard_staircase_has_no_softness():
    bands = octave_bands((64, 64))
    locked = lock_in(written(staircase(12, [0, 2, 3, 6, 7, 11]), noise(3, 64, 64), bands))
    np.testing.assert_array_equal(locked.step, [0, 2, 3, 6, 7, 11])
    assert locked.softness == pytest.approx(0, abs=1e-4)  # E is kept to single precision, and a root is taken
    assert locked.order.frequency == pytest.approx(1)


def test_softness_grows_with_blur():
    bands = octave_bands((64, 64))
    step = np.arange(60)[:, None]
    softness = []
    for blur in (0.3, 1, 2, 4, 8):
        explained = stats.norm.cdf((step - np.arange(6) * 10 - 5) / blur)
        softness.append(lock_in(written(1 - np.sqrt(1 - explained), noise(1, 64, 64), bands), bands).softness)
    assert (np.diff(softness) > 0).all()
    # A step's writing is spread over the bands as a bell of blur / 10 octaves, so long as that resolves bands
    # and the ends are far: 8 / 10 at last, less what the six bands cut off.
    assert softness[0] < 0.05
    assert 0.6 < softness[-1] < 0.8


def test_softness_by_hand():
    # Two neighbouring octaves written half and half at every step: half an octave either side of their mean.
    bands = (Band(1 / 32, 1 / 16), Band(1 / 16, 1 / 8))
    explained = np.repeat(np.linspace(0, 1, 6)[:, None], 2, axis=1)
    path = written(1 - np.sqrt(1 - explained), noise(1, 32, 32), bands)
    assert lock_in(path, bands).softness == pytest.approx(0.5, abs=1e-6)
    # Three to one: sqrt(3) / 4.
    explained = np.stack([np.linspace(0, 1, 5), np.linspace(0, 1 / 3, 5)], axis=1)
    path = written(1 - np.sqrt(1 - explained), noise(1, 32, 32), bands)
    assert lock_in(path, bands).softness == pytest.approx(np.sqrt(3) / 4, abs=1e-6)
    # Wrong detail that is taken back is not writing.
    explained = np.array([[0, -8], [0.8, -3], [0.8, 0]])
    path = written(1 - np.sqrt(1 - explained), noise(1, 32, 32), bands)
    assert lock_in(path, bands).softness == pytest.approx(0, abs=1e-3)
    # What is lost while another band is written is not written itself.
    explained = np.array([[0.8, 0], [0.6, 0.8]])
    path = written(1 - np.sqrt(1 - explained), noise(1, 32, 32), bands)
    assert lock_in(path, bands).softness == pytest.approx(0, abs=1e-3)


def test_softness_of_the_gaussian_path_is_its_bell_in_octaves():
    # For power |f|^-2 a doubling of frequency shifts E by log 4 in log SNR, and the ancestral E = q / (1 + q)
    # is a logistic in log q, of standard deviation pi / sqrt(3): pi / sqrt(3) / log 4 = 1.31 octaves. The
    # thirteen octaves of this waveform hold that whole in the middle of the run, and cut it off at its ends.
    n = 2**14
    freq = radial_frequency((n,))
    freq[0] = 1 / n
    spectrum = (freq * n) ** -2.0 * n
    steps = np.linspace(-16, 16, 161)
    gain = explained_fraction(np.multiply.outer(np.exp(steps), spectrum), stochastic=True)
    sample = coloured(spectrum, channels=1)
    transform = np.fft.fft(sample) * (1 - np.sqrt(1 - gain))[:, None]
    locked = lock_in(trajectory(np.fft.ifft(transform).real, sample, log_snr=steps))
    inner = locked.writing[60:100]
    centre = np.arange(13)
    share = inner / inner.sum(axis=1, keepdims=True)
    spread = np.sqrt((share * centre**2).sum(axis=1) - (share @ centre) ** 2)
    assert locked.softness == pytest.approx(1.31, abs=0.3)
    assert spread.mean() == pytest.approx(1.31, abs=0.1)


def naive_tau(x, y):
    """Kendall's tau-b, by counting pairs."""
    pairs = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i in range(len(x)) for j in range(i)]
    agreement = sum(a * b for a, b in pairs)
    return agreement / np.sqrt(sum(a != 0 for a, _ in pairs) * sum(b != 0 for _, b in pairs))


@pytest.mark.parametrize(
    "at",
    [[0, 2, 3, 6, 7, 11], [11, 7, 6, 3, 2, 0], [4, 4, 1, 8, 8, 9], [5, 2, 99, 99, 99, 3], [3, 0, 1, 9, 5, 4]],
)
def test_order_is_kendalls_tau(at):
    bands = octave_bands((64, 64))
    sample = coloured(radial_frequency((64, 64)) + 0.1, channels=3)
    locked = lock_in(written(staircase(12, at), sample, bands))
    strength = np.array([periodogram(sample)[:, mask].mean() for mask in band_masks((64, 64), bands)])
    step = np.minimum(at, 12)  # bands that never lock rank last together
    np.testing.assert_array_equal(locked.step, step)
    assert locked.order.frequency == pytest.approx(stats.kendalltau(step, np.arange(6)).statistic)
    assert locked.order.power == pytest.approx(stats.kendalltau(step, -strength).statistic)
    assert locked.order.frequency == pytest.approx(naive_tau(step, np.arange(6)))
    assert locked.order.power == pytest.approx(naive_tau(step, -strength))


@pytest.mark.parametrize("at", [[3, 3, 3, 3, 3, 3], [99] * 6, [3, 99, 99, 99, 99, 99]])
def test_there_is_no_order_without_two_steps(at):
    bands = octave_bands((64, 64))
    order = lock_in(written(staircase(12, at), noise(1, 64, 64), bands)).order
    assert np.isnan(order.frequency) and np.isnan(order.power)


def test_a_waveform_locks_in_order_of_power_not_of_frequency():
    n = 4096
    freq = radial_frequency((n,))
    bands = tuple(Band(low, low + 1 / 16) for low in np.arange(0.5, 8) / 16)
    level = np.array([3.0, 300, 0.1, 100, 0.03, 30, 1, 10])
    spectrum = level[np.clip((freq * 16 - 0.5).astype(int), 0, 7)]
    log_snr = np.linspace(-9, 8, 100)
    alpha, _ = variance_preserving(log_snr)
    result = run(spectrum, alpha, eta=1, channels=2, seed=7)
    locked = lock_in(trajectory(result.denoised, result.sample, log_snr=log_snr), bands)
    assert locked.order.power == pytest.approx(1)
    assert locked.order.frequency == pytest.approx(stats.kendalltau(-level, np.arange(8)).statistic)
    assert abs(locked.order.frequency) < 0.3
    # A band of 512 squares knows its E to 0.034, which is 0.8 of these steps: four of those.
    np.testing.assert_allclose(locked.step, locked.predicted, atol=3)


SR, SAMPLES = 16000, 8192
# Of the octaves from 31.5 Hz to 8 kHz, strongest first: 250, 500, 125, 1000, 63, 2000, 4000, 31.5, 8000.
LOUDEST_FIRST = [3, 4, 2, 5, 1, 6, 7, 0, 8]


def speech_shaped():
    """Power on the full DFT grid, peaked at 250 Hz, falling by 10.5 dB an octave below and 7.5 above."""
    octave = np.log2(np.maximum(radial_frequency((SAMPLES,)) * SR, 20) / 250)
    return 3000 * 10 ** (np.where(octave < 0, 10.5 * octave, -7.5 * octave) / 10)


@pytest.mark.parametrize("eta", [0, 0.5, 1])
def test_speech_shaped_bands_lock_in_order_of_power_exactly(eta):
    spectrum = speech_shaped()
    bands = sound_bands(SAMPLES, sr=SR)
    masks = band_masks((SAMPLES,), bands)
    strength = np.array([spectrum[mask].mean() for mask in masks])
    np.testing.assert_array_equal(np.argsort(-strength), LOUDEST_FIRST)
    alpha, sigma = variance_preserving(np.linspace(-12, 9, 200))
    exact = exact_explained(spectrum, alpha, sigma, eta=eta)
    level = explained_fraction(1, stochastic=eta > 0)
    step = [
        np.argmax((exact[:, mask] * spectrum[mask]).sum(axis=1) / spectrum[mask].sum() >= level)
        for mask in masks
    ]
    np.testing.assert_array_equal(np.argsort(step), LOUDEST_FIRST)
    assert np.unique(step).size == len(bands)


@pytest.mark.parametrize("eta", [0, 1])
def test_a_speech_shaped_run_follows_the_exact_recursion_and_locks_by_power(eta):
    spectrum = speech_shaped()
    log_snr = np.linspace(-12, 9, 120)
    alpha, sigma = variance_preserving(log_snr)
    channels = 8
    result = run(spectrum, alpha, eta=eta, channels=channels, seed=11)
    path = trajectory(result.denoised, result.sample, stochastic=bool(eta), log_snr=log_snr, sample_rate=SR)
    locked = lock_in(path)
    assert locked.bands == sound_bands(SAMPLES, sr=SR)
    assert locked.order.power == pytest.approx(1)
    np.testing.assert_array_equal(np.argsort(locked.step), LOUDEST_FIRST)
    by_frequency = stats.kendalltau(LOUDEST_FIRST, np.arange(9)).statistic
    assert locked.order.frequency == pytest.approx(by_frequency)
    assert by_frequency < 0.3
    # Within an octave power is uneven here, and the closed form looks at where most of it lies.
    found = (np.abs(np.fft.fft(result.sample)) ** 2).mean(axis=0)
    strength = np.array([found[mask].mean() for mask in band_masks((SAMPLES,), locked.bands)])
    at = locked.predicted_at
    assert ((locked.predicted - 1 < at) & (at <= locked.predicted)).all()
    for band, where in enumerate(at):
        value = np.interp(where, np.arange(120), locked.expected[:, band])
        assert value == pytest.approx(locked.threshold, abs=1e-9)
    expected = locked.predicted_order
    assert expected.power == pytest.approx(stats.kendalltau(at, -strength).statistic)
    assert expected.frequency == pytest.approx(stats.kendalltau(at, np.arange(9)).statistic)
    assert expected.power > expected.frequency + 0.5

    # E of a band: the expected error over the expected power, each summed over the band's frequencies.
    exact = exact_explained(spectrum, alpha, sigma, eta=eta)
    for b, mask in enumerate(band_masks((SAMPLES,), locked.bands)):
        share = spectrum[mask] / spectrum[mask].sum()
        # The squares that decide are fewer than the band's, where its spectrum is steep. Five deviations.
        freedom = channels / (share**2).sum()
        np.testing.assert_allclose(
            locked.explained[:, b], exact[:, mask] @ share, atol=5 * np.sqrt(16 / 27 / freedom) + 0.002
        )


@pytest.mark.parametrize("shape", [(2, 24, 20), (3, 32, 32), (1, 300)])
def test_density_is_the_mean_of_the_periodogram_over_a_band(shape):
    sample, bands = noise(*shape), octave_bands(shape[1:])
    found = lock_in(trajectory(noise(3, *shape, seed=1), sample)).density
    power = periodogram(sample, signal_ndim=len(shape) - 1).mean(axis=0)
    expected = [power[mask].mean() for mask in band_masks(shape[1:], bands)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 4000)])
def test_nothing_is_expected_of_a_decoded_run(shape):
    sample = noise(*shape)
    bands = octave_bands(shape[1:])
    at = np.random.default_rng(2).permutation(len(bands))
    path = written(staircase(len(bands) + 1, at), sample, bands)
    plain, decoded = lock_in(path), lock_in(dataclasses.replace(path, space="decoded"))
    assert np.isnan(decoded.expected).all() and decoded.expected.shape == plain.expected.shape
    np.testing.assert_array_equal(decoded.predicted, path.n_steps)
    assert np.isnan(decoded.predicted_order.frequency) and np.isnan(decoded.predicted_order.power)
    assert decoded.threshold == plain.threshold
    for name in ("explained", "step", "power", "writing", "softness"):
        np.testing.assert_array_equal(getattr(decoded, name), getattr(plain, name))
    assert decoded.order == plain.order and not np.isnan(decoded.order.frequency)
    assert np.isfinite(lock_in(dataclasses.replace(path, space="latent")).expected).all()


def test_sound_of_unknown_rate_has_octaves_of_its_own_length():
    sample, denoised = noise(1, 4000), noise(3, 1, 4000, seed=1)
    assert lock_in(trajectory(denoised, sample)).bands == octave_bands((4000,))
    assert lock_in(trajectory(denoised, sample, sample_rate=8000)).bands == sound_bands(4000, sr=8000)


def test_a_short_clip_has_fewer_bands_and_each_locks_by_itself():
    # A clip shorter than the lowest octaves, its middle band written first.
    sample = noise(2, 128)
    bands = sound_bands(128, sr=16000)
    at = [3, 1, 0, 2, 4, 5, 6]
    locked = lock_in(written(staircase(8, at), sample, bands), bands)
    np.testing.assert_array_equal(locked.step, at)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_run_kept_in_a_file_is_measured_step_by_step(dtype, tmp_path):
    peak = {}
    for steps in (10, 80):
        sample = noise(1, 16384)
        denoised = dtype(sample + np.linspace(2, 0.01, steps)[:, None, None] * noise(steps, 1, 16384, seed=1))
        alpha, sigma = variance_preserving(np.linspace(-8, 8, steps))
        run_of = Trajectory.from_steps(
            x_t=denoised,
            denoised=denoised,
            sample=sample,
            alpha=alpha,
            sigma=sigma,
            modality="waveform",
            stochastic=True,
            sample_rate=16000,
        )
        run_of.save(tmp_path / "run.safetensors")
        path = Trajectory.load(tmp_path / "run.safetensors")
        assert path.denoised.dtype == dtype
        locked = lock_in(path)  # which also loads and caches what is loaded and cached once
        single = dataclasses.replace(path, x_t=np.float32(path.x_t), denoised=np.float32(denoised))
        np.testing.assert_allclose(locked.explained, lock_in(single).explained, rtol=1e-12)
        tracemalloc.start()
        lock_in(path)
        peak[steps] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak[80] < peak[10] + 100_000  # against 70 steps of 32 kB at the least
    assert peak[80] < 3e6


@pytest.mark.parametrize("stochastic", [True, False])
@pytest.mark.parametrize(("shape", "channels", "octaves"), [((64, 64), 3, 4), ((16000,), 1, 7)])
def test_expected_is_that_of_the_spectrum_behind_the_sample(shape, channels, octaves, stochastic):
    # One sample's periodogram scatters by as much as its mean; taken as it is it would put E too high by 0.1.
    freq = radial_frequency(shape)
    freq.flat[0] = 1 / min(shape)
    spectrum = (freq * min(shape) / 20) ** -2.0
    samples = [coloured(spectrum, channels=channels, seed=seed) for seed in range(6)]
    log_snr = np.linspace(-8, 8, 17)
    bands = octave_bands(shape)
    expected = np.mean(
        [
            lock_in(trajectory(np.zeros((17, *x.shape)), x, stochastic=stochastic, log_snr=log_snr)).expected
            for x in samples
        ],
        axis=0,
    )
    formula = explained_fraction(np.multiply.outer(np.exp(log_snr), spectrum), stochastic=stochastic)
    for b, mask in list(enumerate(band_masks(shape, bands)))[-octaves:]:
        truth = (formula[:, mask] * spectrum[mask]).sum(axis=1) / spectrum[mask].sum()
        np.testing.assert_allclose(expected[:, b], truth, atol=0.03)


def test_a_silent_band_has_nothing_to_explain():
    picture = np.full((3, 32, 32), 0.5) + 0.1 * np.cos(2 * np.pi * np.arange(32) / 32)
    locked = lock_in(trajectory(np.stack([0 * picture, picture, picture]), picture))
    np.testing.assert_array_equal(locked.step, [1, 3, 3, 3, 3])
    np.testing.assert_array_equal(locked.predicted[1:], 3)
    assert (locked.explained[:, 1:] == 0).all() and (locked.expected[:, 1:] == 0).all()
    assert np.isnan(locked.order.frequency)
    blank = lock_in(trajectory(np.zeros((3, 1, 16, 16)), np.zeros((1, 16, 16))))
    assert (blank.explained == 0).all() and (blank.step == 3).all() and np.isnan(blank.softness)


@pytest.mark.parametrize("shape", [(40, 24), (500,)])
def test_shapes_and_defaults(shape):
    locked = lock_in(trajectory(noise(7, 2, *shape), noise(2, *shape, seed=1)))
    assert locked.bands == octave_bands(shape)
    n = len(locked.bands)
    for name in ("explained", "expected", "writing"):
        assert getattr(locked, name).shape == (7, n)
    for name in ("step", "predicted", "power"):
        assert getattr(locked, name).shape == (n,)
    assert ((locked.expected >= 0) & (locked.expected <= 1)).all()
    assert (np.diff(locked.expected, axis=0) > 0).all()


def test_bad_input():
    path = trajectory(noise(3, 1, 16, 16), noise(1, 16, 16))
    for threshold in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="snr_threshold"):
            lock_in(path, snr_threshold=threshold)
    with pytest.raises(InputError, match=r"band 2 \(0.07 to 0.08\)"):
        lock_in(path, [Band(0.06, 0.07), Band(0.07, 0.08), Band(0.08, 0.8)])
    with pytest.raises(InputError, match="none"):
        lock_in(path, [])
