"""Bands: a partition of the spectrum, and parts that add up."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from spectral import (
    Band,
    Bands,
    FrequencyUnit,
    InputError,
    band_masks,
    band_power,
    low_pass,
    octave_bands,
    radial_frequency,
    sound_bands,
    split,
)

shapes = st.one_of(
    st.tuples(st.integers(2, 200)),
    st.tuples(st.integers(2, 24), st.integers(2, 24)),
)
seeds = st.integers(0, 2**32 - 1)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def joined(edges):
    return tuple(Band(low, high) for low, high in pairwise(edges))


@st.composite
def partitions(draw):
    edges = draw(st.lists(st.floats(1e-3, 0.8), min_size=2, max_size=6, unique=True))
    return joined(sorted(edges))


@settings(deadline=None)
@given(shapes, seeds)
def test_parts_add_up_to_the_field_and_energies_to_its_energy(shape, seed):
    check_partition(shape, octave_bands(shape), seed)


@settings(deadline=None)
@given(shapes, partitions(), seeds)
def test_the_same_for_bands_given_by_hand(shape, bands, seed):
    check_partition(shape, bands, seed)


def check_partition(shape, bands, seed):
    field = noise(2, *shape, seed=seed) + 3
    ndim = len(shape)
    axes = tuple(range(-ndim, 0))
    parts = split(field, bands, signal_ndim=ndim)
    assert parts.shape == (2, len(bands), *shape)
    np.testing.assert_allclose(parts.sum(axis=1), field, atol=1e-12)
    power = band_power(field, bands, signal_ndim=ndim)
    np.testing.assert_allclose(power, (parts**2).mean(axes), atol=1e-12)
    np.testing.assert_allclose(power.sum(axis=-1), (field**2).mean(axes), rtol=1e-12)


@settings(deadline=None)
@given(shapes)
def test_octaves_partition_the_grid_and_none_is_empty(shape):
    bands = octave_bands(shape)
    masks = band_masks(shape, bands)
    assert masks.shape == (len(bands), *shape)
    assert (masks.sum(axis=0) == 1).all()
    assert masks.reshape(len(bands), -1).any(axis=1).all()
    assert masks[0].flat[0]
    freq = radial_frequency(shape)
    assert bands[0].low == 1 / min(shape)
    for band, above in pairwise(bands):
        assert band.high == above.low == 2 * band.low
    for band, mask in list(zip(bands, masks, strict=True))[1:-1]:
        np.testing.assert_array_equal(mask, (freq >= band.low) & (freq < band.high))


@pytest.mark.parametrize(
    ("shape", "cycles"),
    [
        ((64, 64), [1, 2, 4, 8, 16, 32]),
        ((128, 128), [1, 2, 4, 8, 16, 32, 64]),
        ((256, 256), [1, 2, 4, 8, 16, 32, 64, 128]),
        ((100, 100), [1, 2, 4, 8, 16, 32]),
        ((64, 96), [1, 2, 4, 8, 16, 32]),
        ((3, 5), [1]),
        ((2, 2), [1]),
        ((64,), [1, 2, 4, 8, 16]),
        ((63,), [1, 2, 4, 8, 16]),
        ((66,), [1, 2, 4, 8, 16, 32]),
        ((2,), [1]),
    ],
)
def test_octaves_by_hand(shape, cycles):
    assert [band.low * min(shape) for band in octave_bands(shape)] == pytest.approx(cycles)


def test_nyquist_and_corners_belong_to_the_highest():
    masks = band_masks((64, 64), octave_bands((64, 64)))
    assert masks[-1, 32, 0] and masks[-1, 0, 32] and masks[-1, 32, 32] and masks[-1, 31, 31]
    assert masks[-2, 31, 0] and not masks[-1, 31, 0]
    waveform = band_masks((64,), octave_bands((64,)))
    assert waveform[-1, 32]


@pytest.mark.parametrize("side", [48, 49, 60, 63, 64, 100])
def test_frequencies_on_an_edge_belong_above_it(side):
    # k / n computed in floating point must not fall short of the edge that it equals.
    for cycles in (1, 2, 4, 8, 16):
        bands = octave_bands((side, side))
        masks = band_masks((side, side), bands)
        at = int(np.log2(cycles))
        assert masks[at, cycles, 0] and masks[at, 0, cycles] and masks[at, -cycles, 0]


@pytest.mark.parametrize(
    ("n_samples", "sr", "centres"),
    [
        (16384, 16000, [31.25, 62.5, 125, 250, 500, 1000, 2000, 4000, 8000]),
        (8192, 8000, [31.25, 62.5, 125, 250, 500, 1000, 2000, 4000]),
        (44100, 44100, [31.25, 62.5, 125, 250, 500, 1000, 2000, 4000, 8000, 16000]),
        (16384, 11025, [31.25, 62.5, 125, 250, 500, 1000, 2000, 4000]),  # Nyquist is below the edge at 5657
        (64, 16000, [250, 500, 1000, 2000, 4000, 8000]),  # a frequency every 250 Hz
        (65, 16000, [250, 500, 1000, 2000, 4000, 8000]),
        (3, 16000, [4000]),  # the only frequency is at 5333 Hz
        (2, 16000, [8000]),
        (2, 50, [31.25]),
    ],
)
def test_sound_bands_by_hand(n_samples, sr, centres):
    bands = sound_bands(n_samples, sr=sr)
    assert [band.centre * sr for band in bands] == pytest.approx(centres)
    for band in bands:
        assert band.high == pytest.approx(2 * band.low)


@settings(deadline=None)
@given(st.integers(2, 5000), st.floats(70, 2e5))  # 3 samples at 66 Hz hold nothing above 22 Hz
def test_sound_bands_join_and_each_holds_a_frequency_of_its_own(n_samples, sr):
    bands = sound_bands(n_samples, sr=sr)
    freq = np.arange(1, n_samples // 2 + 1) / n_samples
    for band in bands:
        assert ((freq >= band.low * (1 - 1e-9)) & (freq < band.high)).any()
    for band, above in pairwise(bands):
        assert band.high == above.low
    assert bands[-1].low < 0.5 < 2 * bands[-1].high or n_samples < 4
    masks = band_masks((n_samples,), bands)
    assert (masks.sum(axis=0) == 1).all()
    lowest, highest = masks[0], masks[-1]  # all that lies below and above as well, zero and Nyquist included
    grid = radial_frequency((n_samples,))
    np.testing.assert_array_equal(lowest, grid < (bands[0].high if len(bands) > 1 else 1) * (1 - 1e-9))
    np.testing.assert_array_equal(highest, grid >= (bands[-1].low if len(bands) > 1 else 0) * (1 - 1e-9))


def test_sound_parts_add_up_and_a_tone_is_heard_in_its_own():
    sr = 16000
    time = np.arange(sr) / sr
    tones = np.array([np.sin(2 * np.pi * f * time) for f in (10, 60, 440, 1000, 7990)])
    sound = tones.T @ [1, 2, 3, 4, 5] + 0.5
    bands = sound_bands(sr, sr=sr)
    parts = split(sound, bands, signal_ndim=1)
    np.testing.assert_allclose(parts.sum(axis=0), sound, atol=1e-12)
    # The lowest band takes the mean and the 10 Hz below it, the highest all up to Nyquist.
    for band, part in {0: tones[0] + 0.5, 1: 2 * tones[1], 4: 3 * tones[2], 5: 4 * tones[3]}.items():
        np.testing.assert_allclose(parts[band], part, atol=1e-9)
    np.testing.assert_allclose(
        band_power(sound, bands, signal_ndim=1), [0.75, 2, 0, 0, 4.5, 8, 0, 0, 12.5], atol=1e-9
    )


@pytest.mark.parametrize(
    ("n_samples", "sr", "found"),
    [
        (1, 16000, "1 samples at 16000"),
        (0, 16000, "0 samples at 16000"),
        (100, 40, "100 samples at 40"),
        (100, 0, "100 samples at 0"),
        (100, np.nan, "100 samples at nan"),
    ],
)
def test_sounds_without_bands(n_samples, sr, found):
    with pytest.raises(InputError, match=f"sound bands: found {found}.* Hz, expected"):
        sound_bands(n_samples, sr=sr)


@pytest.mark.parametrize("n", [64, 65])
def test_waveform_part_is_an_ideal_filter(n):
    # scipy's FFT resampling keeps exactly the frequencies below the new Nyquist: an independent low pass.
    x = noise(n, seed=5)
    bands = joined([1 / n, 8.5 / n, 0.6])
    low = split(x, bands, signal_ndim=1)[0]
    m = 17  # odd, so that all of 0 to 8 cycles is kept, and nothing else
    np.testing.assert_allclose(signal.resample(low, m), signal.resample(x, m), atol=1e-12)
    assert band_power(low, bands, signal_ndim=1)[1] == pytest.approx(0, abs=1e-25)


def test_a_wave_lands_in_its_band():
    y = np.arange(64)[:, None] / 64
    field = np.cos(2 * np.pi * 5 * y) * np.ones((64, 48))
    power = band_power(field, octave_bands((64, 64)))
    np.testing.assert_allclose(power, [0, 0, 0.5, 0, 0, 0], atol=1e-12)


def test_leading_axes_and_single_band():
    field = noise(2, 3, 8, 10)
    np.testing.assert_allclose(split(field, [Band(0.1, 0.2)])[:, :, 0], field, atol=1e-14)
    assert band_power(field, octave_bands((8, 10))).shape == (2, 3, 3)


def test_single_precision_and_integers_are_taken_as_they_are():
    picture = np.random.default_rng(0).integers(0, 256, (3, 16, 16), dtype=np.uint8)
    bands = octave_bands((16, 16))
    np.testing.assert_allclose(split(picture, bands).sum(axis=1), picture, atol=1e-10)
    np.testing.assert_allclose(band_power(np.float32(picture), bands), band_power(picture, bands))


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-1, 1), (0.2, 0.2), (0.3, 0.2), (0.1, np.inf), (np.nan, 1)]
)
def test_bad_band(low, high):
    with pytest.raises(InputError, match="0 < low < high"):
        Band(low, high)


@pytest.mark.parametrize(
    ("bands", "found"),
    [
        ([], "none"),
        ([Band(0.1, 0.2), Band(0.3, 0.4)], "0.3 after 0.2"),
        ([Band(0.1, 0.2), Band(0.15, 0.4)], "0.15 after 0.2"),
        ([Band(0.2, 0.4), Band(0.1, 0.2)], "0.1 after 0.4"),
        ([(0.1, 0.2)], r"bands: found \(0.1, 0.2\), expected a Band"),
    ],
)
def test_bad_bands(bands, found):
    with pytest.raises(InputError, match=found):
        split(np.zeros((8, 8)), bands)


def test_bad_shapes():
    for shape in [(), (1,), (1, 8), (8, 8, 8)]:
        with pytest.raises(InputError, match="octave bands"):
            octave_bands(shape)
    with pytest.raises(InputError, match="at least 2 axes"):
        split(np.zeros(8), octave_bands((8, 8)))
    with pytest.raises(InputError, match="finite"):
        band_power(np.full((8, 8), np.nan), octave_bands((8, 8)))


@pytest.mark.parametrize("shape", [(12, 12), (9, 14), (31,), (32,)])
def test_low_pass_is_the_mask_on_the_whole_transform(shape):
    field = noise(2, *shape) + 3
    axes = tuple(range(-len(shape), 0))
    freq = radial_frequency(shape)
    for cutoff in (0.0, 1 / min(shape), 0.2, 0.3, 0.5, 1.0):
        spectrum = np.fft.fftn(field, axes=axes) * (freq <= cutoff + 1e-12)
        expected = np.fft.ifftn(spectrum, axes=axes)
        np.testing.assert_allclose(expected.imag, 0, atol=1e-12)
        found = low_pass(field, cutoff, signal_ndim=len(shape))
        np.testing.assert_allclose(found, expected.real, atol=1e-12)
    mean = np.broadcast_to(field.mean(axis=axes, keepdims=True), field.shape)
    np.testing.assert_allclose(low_pass(field, 0.0, signal_ndim=len(shape)), mean)


def test_low_pass_keeps_a_wave_at_the_cutoff_and_drops_one_above():
    wave = np.cos(2 * np.pi * 5 * np.arange(24) / 24)[None] * np.ones((24, 1))
    np.testing.assert_allclose(low_pass(wave, 5 / 24), wave, atol=1e-12)
    np.testing.assert_allclose(low_pass(wave, 4.9 / 24), 0, atol=1e-12)
    for cutoff in (-0.1, np.nan):
        with pytest.raises(InputError, match="cutoff"):
            low_pass(wave, cutoff)


@pytest.mark.parametrize(
    ("bands", "unit"),
    [
        (octave_bands((64, 96)), FrequencyUnit.per("image", 64)),
        (octave_bands((100,)), FrequencyUnit.per("clip", 100)),
        (sound_bands(16000, sr=16000), FrequencyUnit.hertz(16000)),
    ],
)
def test_bands_know_their_edges_and_centres_in_any_unit(bands, unit):
    naive = [*(band.low for band in bands), bands[-1].high]
    np.testing.assert_array_equal(bands.edges(), naive)
    np.testing.assert_array_equal(bands.edges(unit), np.multiply(naive, unit.scale))
    np.testing.assert_array_equal(bands.centres(unit), [unit.scale * band.centre for band in bands])
    np.testing.assert_allclose(bands.centres() ** 2, bands.edges()[:-1] * bands.edges()[1:])
    assert Bands.between(bands.edges(unit), unit=unit).edges() == pytest.approx(bands.edges(), rel=1e-15)
    assert bands == tuple(bands) and hash(bands) == hash(tuple(bands)) and Bands(list(bands)) == bands


def test_a_cutoff_in_a_unit_is_the_same_in_cycles_per_pixel():
    field = noise(2, 48, 64)
    kept = low_pass(field, 12, unit=FrequencyUnit.per("image", 48))
    np.testing.assert_array_equal(kept, low_pass(field, 0.25))
    np.testing.assert_allclose(kept, split(field, joined([0.01, 0.25 + 1e-6, 1]))[:, 0], atol=1e-12)
