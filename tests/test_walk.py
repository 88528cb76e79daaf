"""The autoregressive walk: against the textbook's conditional mean, by brute force, and by its energies."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import fft

from manim_spectral.sources.files import read_picture
from spectral import (
    Band,
    InputError,
    band_masks,
    dct_walk,
    explained_by_band,
    mirrored,
    octave_bands,
    softness,
    spread,
)

RED_PANDA = Path(__file__).parents[1] / "spectral" / "assets" / "photographs" / "red_panda.png"

pictures = hnp.arrays(
    float,
    st.tuples(st.integers(1, 3), st.integers(2, 12), st.integers(2, 12)),
    elements=st.floats(-1, 1, width=32),
)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def cosine(shape, v, u):
    """One orthonormal DCT-II cosine, from its definition."""
    (height, width), (i, j) = shape, np.indices(shape)
    wave = np.cos(np.pi * v * (2 * i + 1) / (2 * height)) * np.cos(np.pi * u * (2 * j + 1) / (2 * width))
    return wave / np.sqrt((wave**2).sum())


def mirrored_covariance(height, width, *, exponent):
    """Dense covariance, (pixels, pixels), of the prior in the module's docstring."""
    freq = np.hypot(*np.meshgrid(np.fft.fftfreq(2 * height), np.fft.fftfreq(2 * width), indexing="ij"))
    freq[0, 0] = 0.4 / max(height, width)
    r = np.fft.ifft2(freq**-exponent).real
    i, j = (axis.ravel() for axis in np.indices((height, width)))
    down = (i[:, None] - i, i[:, None] + i + 1)
    across = (j[:, None] - j, j[:, None] + j + 1)
    return sum(r[a % (2 * height), b % (2 * width)] for a, b in itertools.product(down, across))


@pytest.mark.parametrize(("shape", "exponent"), [((6, 5), 2.0), ((4, 4), 2.0), ((3, 7), 1.3)])
def test_every_estimate_is_the_conditional_mean_of_the_dense_gaussian(shape, exponent):
    picture = noise(2, *shape)
    walk = dct_walk(picture, written=range(shape[0] * shape[1] + 1))
    covariance = mirrored_covariance(*shape, exponent=exponent)
    symbols = np.array([cosine(shape, v, u).ravel() for v, u in walk.order])
    pixels = picture.reshape(2, -1)
    for count, estimate in zip(walk.written, walk.estimates, strict=True):
        known = symbols[:count]
        gain = covariance @ known.T @ np.linalg.inv(known @ covariance @ known.T)
        np.testing.assert_allclose(estimate.reshape(2, -1), (gain @ (known @ pixels.T)).T, atol=1e-9)
    variance = np.diag(symbols @ covariance @ symbols.T)
    assert (np.diff(variance) <= 1e-9 * variance[:-1]).all()  # a power law's strongest first


def test_a_prior_that_is_not_mirrored_has_another_conditional_mean():
    """The check above can fail: pixels of a torus without mirrors are not independent in the DCT."""
    shape = (6, 5)
    freq = np.hypot(*np.meshgrid(np.fft.fftfreq(6), np.fft.fftfreq(5), indexing="ij"))
    freq[0, 0] = 0.1
    r = np.fft.ifft2(freq**-2.0).real
    i, j = (axis.ravel() for axis in np.indices(shape))
    covariance = r[(i[:, None] - i) % 6, (j[:, None] - j) % 5]
    walk = dct_walk(noise(1, *shape), written=[7])
    known = np.array([cosine(shape, v, u).ravel() for v, u in walk.order[:7]])
    gain = covariance @ known.T @ np.linalg.inv(known @ covariance @ known.T)
    conditional = gain @ (known @ walk.sample.ravel())
    assert np.abs(conditional - walk.estimate(7).ravel()).max() > 0.05


@settings(deadline=None)
@given(pictures, st.integers(3, 20))
def test_it_starts_at_nothing_and_ends_at_the_picture_with_its_energy_growing(picture, n_moments):
    walk = dct_walk(picture, n_moments=n_moments)
    pixels = picture.shape[1] * picture.shape[2]
    estimates = list(walk.estimates)
    assert walk.written[0] == 0 and walk.written[-1] == pixels and len(walk.written) <= n_moments
    assert not estimates[0].any()
    np.testing.assert_allclose(estimates[-1], picture, atol=1e-12)
    v, u = walk.order.T
    symbols = walk.coefficients[:, v, u]
    energies = [(estimate**2).sum() for estimate in estimates]
    parseval = [(symbols[:, :count] ** 2).sum() for count in walk.written]
    np.testing.assert_allclose(energies, parseval, atol=1e-10)
    assert (np.diff(energies) >= -1e-10).all()
    # What is missing is orthogonal to what is there.
    errors = [((picture - estimate) ** 2).sum() for estimate in estimates]
    np.testing.assert_allclose(np.add(energies, errors), (picture**2).sum(), atol=1e-10)


@settings(deadline=None)
@given(st.integers(2, 20), st.integers(2, 20))
def test_every_coefficient_is_written_once_in_order_of_frequency(height, width):
    walk = dct_walk(np.zeros((1, height, width)))
    assert sorted(map(tuple, walk.order.tolist())) == sorted(itertools.product(range(height), range(width)))
    v, u = walk.order.T
    np.testing.assert_allclose(walk.freq, np.hypot(v / (2 * height), u / (2 * width)), rtol=1e-14)
    assert (np.diff(walk.freq) >= 0).all()
    ties = np.flatnonzero(np.diff(walk.freq) == 0)
    assert (v[ties] < v[ties + 1]).all()
    assert (walk.rank[v, u] == np.arange(height * width)).all()
    assert tuple(walk.order[0]) == (0, 0)


def test_equal_frequencies_are_equal():
    """3-4-5: five cosines' worth of rounding must not decide."""
    walk = dct_walk(np.zeros((1, 16, 16)))
    five = [tuple(index) for index in walk.order.tolist() if index[0] ** 2 + index[1] ** 2 == 25]
    assert five == [(0, 5), (3, 4), (4, 3), (5, 0)]
    assert len({walk.freq[walk.rank[index]] for index in five}) == 1


def test_the_moments_are_even_in_octaves():
    walk = dct_walk(np.zeros((1, 64, 64)), n_moments=60)
    counts = np.array(walk.written)
    late = counts[counts > 64]
    np.testing.assert_allclose(np.diff(np.log2(late)), 12 / 58, atol=0.03)
    np.testing.assert_array_equal(walk.reached, walk.freq[np.maximum(counts - 1, 0)])
    octaves = np.diff(np.log2(walk.reached[(counts > 64) & (walk.reached < 0.5)]))
    assert octaves.mean() == pytest.approx(6 / 58, rel=0.05)  # n grows as the square of frequency


def test_a_constant_is_one_symbol_and_a_cosine_another():
    walk = dct_walk(np.full((2, 9, 6), 0.3))
    np.testing.assert_allclose(walk.estimate(1), 0.3, atol=1e-12)
    picture = cosine((9, 6), 2, 1)[None]
    walk = dct_walk(picture)
    rank = walk.rank[2, 1]
    assert np.abs(walk.estimate(rank)).max() < 1e-12
    np.testing.assert_allclose(walk.estimate(rank + 1), picture, atol=1e-12)
    np.testing.assert_allclose(walk.coefficients, fft.dctn(picture, axes=(1, 2), norm="ortho"), atol=1e-12)


# -- measured like a run ------------------------------------------------------------------------------------


def test_explained_by_band_is_its_definition():
    sample, estimates = noise(3, 24, 20), noise(4, 3, 24, 20, seed=1)
    bands = octave_bands((24, 20))
    explained = explained_by_band(iter(estimates), sample, bands)
    for b, mask in enumerate(band_masks((24, 20), bands)):
        error = np.abs(np.fft.fft2(estimates - sample)[..., mask]) ** 2
        power = np.abs(np.fft.fft2(sample)[..., mask]) ** 2
        np.testing.assert_allclose(explained[:, b], 1 - error.sum(axis=(1, 2)) / power.sum(), atol=1e-12)


def test_softness_is_the_spread_of_what_is_written_at_once():
    bands = (Band(0.1, 0.2), Band(0.2, 0.4), Band(0.4, 0.8))
    assert softness(np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, 1]]), bands) == pytest.approx(0, abs=1e-12)
    assert softness(np.array([[0.0, 0, 0], [1, 1, 0], [1, 1, 0]]), bands) == pytest.approx(0.5)
    assert np.isnan(softness(np.zeros((2, 3)), bands))


def test_spread_is_softness_in_other_places():
    """By the definition, one step after another; softness is the spread of the bands' octaves."""
    explained, place = noise(6, 4) + np.arange(6)[:, None], np.array([2.0, 0, 3, 1])
    bands = tuple(Band(0.1 * low, 0.2 * low) for low in (1, 2, 4, 8))
    written = np.maximum(np.diff(np.maximum(explained, 0), axis=0, prepend=0), 0)
    widths = [np.sqrt(np.average((place - np.average(place, weights=w)) ** 2, weights=w)) for w in written]
    assert spread(explained, place) == pytest.approx(np.average(widths, weights=written.sum(axis=1)))
    octave = np.log2([band.centre for band in bands])
    assert spread(explained, octave) == softness(explained, bands)
    # Two rows written at once, wherever the sorting puts them.
    both = np.array([[0.0, 0, 0], [1, 0, 1]])
    assert spread(both, [0, 1, 2]) == pytest.approx(1) and spread(both, [0, 2, 1]) == pytest.approx(0.5)


def test_mirrored_is_the_symmetric_extension():
    picture = noise(2, 5, 4)
    twice = mirrored(picture)
    np.testing.assert_array_equal(twice, np.pad(picture, [(0, 0), (0, 5), (0, 4)], mode="symmetric"))
    # Its DFT holds the DCT's coefficients, each at four, two or one of its frequencies.
    energy = (np.abs(np.fft.fft2(twice)) ** 2)[:, :5, :4] / 80
    folds = np.multiply.outer([1, 2, 2, 2, 2], [1, 2, 2, 2])
    np.testing.assert_allclose(energy * folds, 4 * fft.dctn(picture, axes=(1, 2), norm="ortho") ** 2)


@pytest.mark.parametrize("shape", [(32, 32), (24, 20)])
def test_mirrored_a_walk_is_measured_in_its_own_symbols(shape):
    """E_b is the share of the band's DCT energy that has been written, and nothing of a finer band."""
    walk = dct_walk(noise(3, *shape) + 0.5, n_moments=40)
    bands = octave_bands(shape)
    explained = explained_by_band(map(mirrored, walk.estimates), mirrored(walk.sample), bands)
    edges = [band.low * (1 - 1e-9) for band in bands[1:]]
    band = np.searchsorted(edges, walk.freq, side="right")
    energy = (walk.coefficients[:, walk.order[:, 0], walk.order[:, 1]] ** 2).sum(axis=0)
    for row, count in zip(explained, walk.written, strict=True):
        share = np.bincount(band[:count], energy[:count], len(bands)) / np.bincount(band, energy)
        np.testing.assert_allclose(row, share, atol=1e-9)


def test_a_walk_is_a_hard_staircase_where_it_is_measured_mirrored():
    picture = read_picture(RED_PANDA, height=64, width=64)
    bands = octave_bands((64, 64))
    walk = dct_walk(picture, n_moments=96)
    explained = explained_by_band(map(mirrored, walk.estimates), mirrored(walk.sample), bands)
    # Only the moment that an octave ends in writes two of them.
    assert softness(explained, bands) < 0.03
    every = dct_walk(picture, n_moments=400)
    finer = explained_by_band(map(mirrored, every.estimates), mirrored(every.sample), bands)
    assert softness(finer, bands) < softness(explained, bands) / 3
    # The picture's own jump at its edges is written with the coarse symbols and lies in every band of the
    # DFT.
    plain = explained_by_band(walk.estimates, walk.sample, bands)
    assert 0.5 < softness(plain, bands) < 0.8


@pytest.mark.parametrize(
    ("picture", "options", "line"),
    [
        (np.zeros((4, 4)), {}, "picture: found shape .4, 4., expected .channels, height, width."),
        (np.full((1, 2, 2), np.nan), {}, "picture: found NaN or infinity, expected finite numbers"),
        (np.zeros((1, 2, 2)), {"n_moments": 2}, "n_moments: found 2, expected 3 or more"),
        (
            np.zeros((1, 2, 2)),
            {"written": [0, 5]},
            "written: found .0, 5., expected rising counts from 0 to 4",
        ),
        (
            np.zeros((1, 2, 2)),
            {"written": [2, 1]},
            "written: found .2, 1., expected rising counts from 0 to 4",
        ),
        (np.zeros((1, 2, 2)), {"written": []}, "written: found .., expected rising counts from 0 to 4"),
    ],
)
def test_what_cannot_be_walked_is_refused(picture, options, line):
    with pytest.raises(InputError, match=line):
        dct_walk(picture, **options)
