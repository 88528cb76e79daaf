"""Power spectra against naive sums, scipy, pysteps' definition and statistics."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats

from spectral import FrequencyUnit, InputError, PowerSpectrum, periodogram, radial_frequency, rapsd

SHAPES = [(16, 16), (12, 20), (20, 12), (15, 15), (9, 14), (14, 9), (7, 31)]
sides = st.integers(1, 24)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def naive_periodogram(field):
    """|DFT|^2 / n by the sum that defines it."""
    height, width = field.shape
    power = np.empty(field.shape)
    for ky in range(height):
        for kx in range(width):
            phase = np.add.outer(ky * np.arange(height) / height, kx * np.arange(width) / width)
            power[ky, kx] = abs((field * np.exp(-2j * np.pi * phase)).sum()) ** 2 / field.size
    return power


def naive_rapsd(field):
    """Ring means, with every frequency placed in its ring by exact arithmetic."""
    height, width = field.shape
    side = min(field.shape)
    rings = [[] for _ in range(side // 2 + 1)]
    power = naive_periodogram(field)
    for ky in range(height):
        for kx in range(width):
            fy, fx = Fraction(min(ky, height - ky), height), Fraction(min(kx, width - kx), width)
            radius = (fy**2 + fx**2) * side**2
            for k, ring in enumerate(rings):
                if max(Fraction(2 * k - 1, 2), 0) ** 2 <= radius < Fraction(2 * k + 1, 2) ** 2:
                    ring.append(power[ky, kx])
    return [np.mean(ring) for ring in rings]


def pysteps_rapsd(field):
    """pysteps.utils.spectral's definition: rings of rounded index radius about the centre of the grid."""
    side = max(field.shape)
    index = [np.arange(-(n // 2), n - n // 2) for n in field.shape]
    radius = np.round(np.hypot(index[0][:, None], index[1][None, :]))
    psd = np.fft.fftshift(np.abs(np.fft.fft2(field)) ** 2 / field.size)
    rings = range(side // 2 + 1)
    return np.arange(side // 2 + 1) / side, [psd[radius == r].mean() for r in rings]


@settings(deadline=None)
@given(st.lists(sides, min_size=1, max_size=2), st.integers(0, 2**32 - 1))
def test_parseval(shape, seed):
    field = noise(2, *shape, seed=seed)
    power = periodogram(field, signal_ndim=len(shape))
    axes = tuple(range(1, field.ndim))
    assert power.shape == field.shape
    np.testing.assert_allclose(power.mean(axes), (field**2).mean(axes), rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES[:5])
def test_periodogram_is_the_defining_sum(shape):
    field = noise(*shape)
    np.testing.assert_allclose(periodogram(field), naive_periodogram(field), rtol=1e-9)


@pytest.mark.parametrize("n", [16, 17])
def test_periodogram_of_waveforms_is_scipys(n):
    x = noise(3, n)
    _, expected = signal.periodogram(x, return_onesided=False, detrend=False)
    np.testing.assert_allclose(periodogram(x, signal_ndim=1), expected, rtol=1e-9)
    np.testing.assert_allclose(rapsd(x, signal_ndim=1).power, expected[:, : n // 2 + 1], rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_rapsd_is_the_naive_one(shape):
    field = noise(*shape)
    spectrum = rapsd(field)
    np.testing.assert_allclose(spectrum.power, naive_rapsd(field), rtol=1e-9)
    np.testing.assert_allclose(spectrum.freq, np.arange(min(shape) // 2 + 1) / min(shape))


@pytest.mark.parametrize("side", [8, 32, 50, 128])
def test_rapsd_is_pysteps_on_square_even_fields(side):
    field = noise(side, side)
    freq, power = pysteps_rapsd(field)
    spectrum = rapsd(field)
    np.testing.assert_allclose(spectrum.freq, freq)
    np.testing.assert_allclose(spectrum.power, power, rtol=1e-10)


@settings(deadline=None)
@given(sides, st.integers(1, 200))
def test_no_ring_is_empty(height, width):
    for shape in [(height, width), (width, height)]:
        spectrum = rapsd(np.ones(shape))
        assert np.isfinite(spectrum.power).all()
        assert spectrum.freq[0] == 0 and spectrum.freq[-1] <= 0.5


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [(64, 64), (64, 48), (48, 64), (32, 256), (256, 32)])
def test_plane_wave_peaks_at_its_frequency(shape, axis):
    wave = np.cos(2 * np.pi * 0.25 * np.arange(shape[axis]))
    field = wave[:, None] * np.ones(shape) if axis == 0 else wave[None, :] * np.ones(shape)
    spectrum = rapsd(field)
    assert spectrum.freq[spectrum.power.argmax()] == 0.25


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [(63, 63), (45, 81), (81, 45), (33, 128), (128, 33)])
def test_plane_wave_peaks_at_its_frequency_on_odd_fields(shape, axis):
    n = shape[axis]
    wave = np.cos(2 * np.pi * 0.25 * np.arange(n))
    field = wave[:, None] * np.ones(shape) if axis == 0 else wave[None, :] * np.ones(shape)
    spectrum = rapsd(field)
    # An odd side has no frequency of 0.25: half its own step off at most, and from there half a ring's.
    assert abs(spectrum.freq[spectrum.power.argmax()] - 0.25) <= 0.5 / n + 0.5 / min(shape)


@pytest.mark.parametrize("shape", [(64, 64), (63, 63), (48, 80), (33, 128)])
def test_white_noise_is_flat(shape):
    count = 40
    power = rapsd(noise(count, *shape, seed=3)).power.mean(axis=0)
    side = min(shape)
    ring = np.floor(radial_frequency(shape) * side + 0.5 + 1e-9).astype(int)
    points = np.bincount(ring.ravel())[: side // 2 + 1] * count
    # The two frequencies of a mirrored pair share one chi-square of 2 degrees, a frequency that is its own
    # mirror has one of 1: the sum over a ring of N points is a chi-square of N degrees, exactly.
    risk = 1e-3 / len(points) / 2
    assert (power > stats.chi2.ppf(risk, points) / points).all()
    assert (power < stats.chi2.isf(risk, points) / points).all()
    # And the rings scatter as they should: their standardised squares are not all too small either.
    score = stats.norm.isf(stats.chi2.sf(power * points, points))
    assert stats.kstest(score, "norm").pvalue > 1e-3


def test_leading_axes_are_kept():
    fields = noise(2, 3, 16, 12)
    spectrum = rapsd(fields)
    assert spectrum.power.shape == (2, 3, 7)
    np.testing.assert_allclose(spectrum.power[1, 2], rapsd(fields[1, 2]).power)


@pytest.mark.parametrize("shape", [(8,), (9,), (8, 6), (5, 7)])
def test_radial_frequency_is_that_of_numpys_grid(shape):
    grids = np.meshgrid(*[np.fft.fftfreq(n) for n in shape], indexing="ij")
    np.testing.assert_allclose(radial_frequency(shape), np.sqrt(sum(g**2 for g in grids)), atol=1e-15)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (np.zeros(8), "shape (8,)"),
        (np.zeros((0, 8)), "shape (0, 8)"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), np.inf), "infinity"),
        (np.zeros((4, 4), complex), "complex128"),
        ([["a", "b"], ["c", "d"]], "<U1"),
    ],
)
@pytest.mark.parametrize("function", [periodogram, rapsd])
def test_bad_fields(function, field, found):
    with pytest.raises(InputError, match="expected") as error:
        function(field)
    assert found in str(error.value)


def test_bad_arguments():
    with pytest.raises(InputError, match="signal_ndim"):
        rapsd(np.zeros((4, 4)), signal_ndim=3)
    with pytest.raises(InputError, match="shape"):
        radial_frequency((4, 4, 4))


@pytest.mark.parametrize("signal_ndim", [1, 2])
def test_a_spectrum_drops_its_dc_and_takes_another_unit(signal_ndim):
    spectrum = rapsd(noise(2, 3, 30, 40), signal_ndim=signal_ndim)
    assert spectrum.unit.name == ("cycles per sample" if signal_ndim == 1 else "cycles per pixel")
    side = 40 if signal_ndim == 1 else 30
    above = spectrum.without_dc().in_unit(FrequencyUnit.per("signal", side))
    np.testing.assert_allclose(above.freq, np.arange(1, side // 2 + 1), rtol=1e-15)
    np.testing.assert_array_equal(above.power, spectrum.power[..., 1:])
    np.testing.assert_array_equal(above.without_dc().freq, above.freq)
    np.testing.assert_allclose(above.in_unit(spectrum.unit).freq, spectrum.freq[1:], rtol=1e-15)
    np.testing.assert_array_equal(above.from_frequency(3).freq, above.freq[2:])
    np.testing.assert_array_equal(above.from_frequency(2.5).power, above.power[..., 2:])
    np.testing.assert_array_equal(above.channel_mean().power, above.power.mean(axis=-2))
    assert above.channel_mean().unit == above.unit


def test_a_plot_shows_eighty_decibels_and_some_air():
    spectrum = PowerSpectrum(np.arange(3.0), np.array([[2.0, 1.0, 0.5], [4.0, 8.0, 1.0]]))
    assert spectrum.visible_range() == (0.2, 32.0)
    assert spectrum.visible_range(below=0.5, above=30) == (0.25, 240.0)
    deep = PowerSpectrum(np.arange(3.0), np.array([1e3, 1.0, 0.0]))
    assert deep.visible_range() == (pytest.approx(1e-5), 4e3)
    assert deep.visible_range(dynamic_range=1e-3) == (pytest.approx(1.0), 4e3)
    assert PowerSpectrum(np.arange(2.0), np.zeros(2)).visible_range() == (1e-8, 4.0)


def test_a_unit_has_a_name_for_an_axis_and_one_for_a_table():
    assert FrequencyUnit.per("image", 64).symbol == "cycles/image"
    assert FrequencyUnit.hertz(8000) == FrequencyUnit("Hz", 8000)
