"""Pictures as sums of plane waves: against waves that are known, scipy's interpolation and the ring mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from spectral import (
    InputError,
    centred,
    directional_slice,
    equal_waves,
    periodic_part,
    periodogram,
    phase_spectrum,
    radial_frequency,
    rapsd,
    wave_ranks,
    wave_sum,
)

SHAPES = [(16, 16), (15, 15), (12, 20), (9, 14), (1, 8)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def plane_wave(shape, *, up, right, crest=0.0):
    """cos of `up` and `right` cycles per picture upward and to the right, `crest` radians late."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.cos(2 * np.pi * (right * x / shape[1] - up * y / shape[0]) - crest)


@pytest.mark.parametrize("shape", SHAPES)
def test_ranks_count_the_waves_from_coarse_to_fine(shape):
    ranks, freq = wave_ranks(shape), radial_frequency(shape)
    height, width = shape
    own_mirrors = (2 - height % 2) * (2 - width % 2)
    assert ranks[0, 0] == 0
    members = np.bincount(ranks.ravel())
    assert members.size == (height * width + own_mirrors) // 2 and set(members) <= {1, 2}
    order = np.argsort(ranks, axis=None, kind="stable")
    assert (np.diff(freq.ravel()[order]) >= -1e-12).all()
    for ky, kx in np.ndindex(shape):
        assert ranks[ky, kx] == ranks[-ky % height, -kx % width]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**31))
def test_all_waves_are_the_picture_and_each_is_one_plane_wave(height, width, seed):
    picture = noise(2, height, width, seed=seed)
    ranks = wave_ranks((height, width))
    np.testing.assert_allclose(wave_sum(picture, count=ranks.max()), picture, atol=1e-12)
    np.testing.assert_allclose(wave_sum(picture, count=0), picture.mean((1, 2), keepdims=True) + 0 * picture)
    rank = 1 + seed % max(1, ranks.max())
    one = wave_sum(picture, count=rank) - wave_sum(picture, count=rank - 1)
    ky, kx = np.argwhere(ranks == min(rank, ranks.max()))[0]
    y, x = np.mgrid[:height, :width]
    turn = 2 * np.pi * (ky * y / height + kx * x / width)
    twice = 2 if np.count_nonzero(ranks == rank) == 2 else 1
    for got, channel in zip(one, picture, strict=True):
        transform = (channel * np.exp(-1j * turn)).sum()
        expected = twice * abs(transform) * np.cos(turn + np.angle(transform)) / channel.size
        np.testing.assert_allclose(got, expected if ranks.max() else 0, atol=1e-12)


def test_coarse_waves_are_what_a_sharp_low_pass_keeps():
    picture = noise(24, 24)
    freq = radial_frequency((24, 24))
    count = wave_ranks((24, 24))[freq <= 0.25].max()
    low = np.fft.ifft2(np.fft.fft2(picture) * (freq <= 0.25)).real
    np.testing.assert_allclose(wave_sum(picture, count=int(count)), low, atol=1e-12)


@pytest.mark.parametrize("crest", [0.0, 1.0, -2.5])
def test_phase_says_where_the_crests_lie(crest):
    field = plane_wave((32, 48), up=0, right=5, crest=crest)
    assert phase_spectrum(field)[0, 5] == pytest.approx(-crest)
    assert phase_spectrum(field)[0, -5] == pytest.approx(crest)


def test_equal_waves_keep_their_phases_and_have_power_one():
    picture = 5 + noise(2, 16, 12)
    equal = equal_waves(picture)
    power = periodogram(equal)
    np.testing.assert_allclose(power[:, 0, 0], 0, atol=1e-20)
    np.testing.assert_allclose(np.delete(power.reshape(2, -1), 0, axis=1), 1)
    turned = np.exp(1j * (phase_spectrum(equal) - phase_spectrum(picture)))
    np.testing.assert_allclose(np.delete(turned.reshape(2, -1), 0, axis=1), 1)
    lone = plane_wave((16, 16), up=2, right=3, crest=0.7)
    np.testing.assert_allclose(equal_waves(0.2 * lone), 2 / 16 * lone, atol=1e-12)  # nothing from rounding
    np.testing.assert_array_equal(equal_waves(np.zeros((4, 4))), 0)


@pytest.mark.parametrize("shape", [(16, 16), (15, 9)])
def test_centred_has_zero_in_the_middle(shape):
    freq = centred(radial_frequency(shape))
    assert freq[shape[0] // 2, shape[1] // 2] == 0
    for axis, n in enumerate(shape):
        middle = np.take(freq, shape[1 - axis] // 2, axis=1 - axis)
        np.testing.assert_allclose(middle, np.abs(np.arange(n) - n // 2) / n, atol=1e-12)


@pytest.mark.parametrize(
    ("up", "right"), [(0, 8), (8, 0), (6, 8), (8, 6), (-6, 8), (12, 5), (-12, 5), (3, -4)]
)
@pytest.mark.parametrize("shape", [(64, 64), (64, 48)])
def test_a_plane_wave_peaks_in_the_slice_at_its_angle(shape, up, right):
    power = periodogram(plane_wave(shape, up=up, right=right))
    along = np.arctan2(up / shape[0], right / shape[1])
    size = np.hypot(up / shape[0], right / shape[1])
    for angle in (along, along + np.pi):
        got = directional_slice(power, angle=angle)
        assert abs(got.freq[got.power.argmax()] - size) <= 0.5 / min(shape)
        assert got.power.max() > 0.1 * power.max()
    across = directional_slice(power, angle=along + np.pi / 2)
    assert across.power.max() < 1e-9 * power.max()


def test_slices_along_the_axes_are_the_grid_itself():
    power = periodogram(noise(3, 16, 16))
    np.testing.assert_allclose(directional_slice(power, angle=0).power, power[:, 0, :9], atol=1e-9)
    np.testing.assert_allclose(directional_slice(power, angle=np.pi / 2).power, power[:, :9, 0], atol=1e-9)


@pytest.mark.parametrize("angle", [0.1, 1.0, 2.2, 3.0, 4.5])
def test_slices_read_as_scipy_s_grid_interpolator_does(angle):
    shape = (20, 24)
    power = periodogram(noise(*shape))
    power[0, 0] = 0  # the mean is read apart
    axes = [np.arange(-n // 2, n // 2 + 1) / n for n in shape]
    # One row and one column more at the far edge, where the spectrum begins again.
    grid = np.pad(centred(power), ((0, 1), (0, 1)), mode="wrap")
    got = directional_slice(power, angle=angle)
    at = np.stack([-np.sin(angle) * got.freq, np.cos(angle) * got.freq], axis=-1).clip(-0.5, 0.5)
    np.testing.assert_allclose(got.power[2:], RegularGridInterpolator(axes, grid)(at)[2:], rtol=1e-9)


def test_the_mean_has_no_direction():
    dim = noise(16, 16)
    for angle in (0, 0.3, 1.2):
        one, other = (directional_slice(periodogram(dim + mean), angle=angle) for mean in (0, 1000))
        np.testing.assert_allclose(one.power[1:], other.power[1:], rtol=1e-6)
        assert other.power[0] == pytest.approx(periodogram(dim + 1000)[0, 0])


def test_half_a_turn_comes_back_to_itself():
    power = periodogram(noise(32, 32))
    for angle in np.linspace(0, np.pi, 7):
        once, again = (directional_slice(power, angle=a).power for a in (angle, angle + np.pi))
        np.testing.assert_allclose(once, again, rtol=1e-6)


@pytest.mark.parametrize("exponent", [0, 1, 2])
def test_slices_averaged_over_the_circle_are_the_ring_mean(exponent):
    """On white noise and power laws, from the fourth ring on: below it a ring holds few points, and
    a straight line between them is not how a steep spectrum falls."""
    freq = radial_frequency((64, 64))
    freq[0, 0] = 1 / 64
    white = np.fft.fft2(noise(40, 64, 64, seed=1))
    power = periodogram(np.fft.ifft2(white * freq ** (-exponent / 2)).real).mean(axis=0)
    angles = np.arange(180) * np.pi / 180
    slices = np.mean([directional_slice(power, angle=angle).power for angle in angles], axis=0)
    rings = np.mean([rapsd(np.fft.ifft2(w * freq ** (-exponent / 2)).real).power for w in white], axis=0)
    np.testing.assert_allclose(slices[4:-1], rings[4:-1], rtol=0.1)


@pytest.mark.parametrize("shape", [(8, 8), (9, 6), (1, 7), (5, 1)])
def test_what_the_periodic_part_leaves_out_has_the_jumps_for_its_laplacian(shape):
    picture = noise(*shape)
    smooth = picture - periodic_part(picture)
    neighbours = sum(np.roll(smooth, step, axis) for step in (1, -1) for axis in (0, 1))
    jumps = np.zeros(shape)
    for y, x in np.ndindex(shape):  # the difference to each neighbour that lies across a border
        if y in (0, shape[0] - 1):
            jumps[y, x] += sum(picture[e, x] - picture[y, x] for e in {0, shape[0] - 1} - {y})
        if x in (0, shape[1] - 1):
            jumps[y, x] += sum(picture[y, e] - picture[y, x] for e in {0, shape[1] - 1} - {x})
    np.testing.assert_allclose(neighbours - 4 * smooth, jumps, atol=1e-12)
    assert smooth.mean() == pytest.approx(0, abs=1e-12)


def test_borders_that_meet_are_left_alone_and_a_ramp_s_cross_goes():
    picture = noise(32, 32)
    picture[-1], picture[:, -1] = picture[0], picture[:, 0]
    np.testing.assert_allclose(periodic_part(picture), picture, atol=1e-12)
    ramp = np.linspace(-1, 1, 64)[:, None] * np.ones(64)
    with_cross, without = (periodogram(field)[1:, 0].sum() for field in (ramp, periodic_part(ramp)))
    assert without < 0.05 * with_cross


def test_leading_axes_are_kept():
    power = periodogram(noise(2, 3, 16, 12))
    got = directional_slice(power, angle=0.7)
    assert got.power.shape == (2, 3, 7)
    np.testing.assert_allclose(got.power[1, 2], directional_slice(power[1, 2], angle=0.7).power)


def test_bad_arguments():
    with pytest.raises(InputError, match="at least 2 axes"):
        wave_sum(np.zeros(8), count=1)
    with pytest.raises(InputError, match="count: found -1, expected 0 or more waves"):
        wave_sum(np.zeros((8, 8)), count=-1)
    with pytest.raises(InputError, match="height, width"):
        wave_ranks((8,))
    with pytest.raises(InputError, match="finite"):
        phase_spectrum(np.full((4, 4), np.nan))
    with pytest.raises(InputError, match=r"power: found shape \(0, 4\), expected"):
        directional_slice(np.zeros((0, 4)), angle=0)
