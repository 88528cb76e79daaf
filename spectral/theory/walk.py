"""An autoregressive walk to a picture: its DCT coefficients written one by one, low frequencies first.

An autoregressive model factorises ``p(c_1, c_2, ...) = prod_n p(c_n | c_1 ... c_{n-1})`` and writes one
symbol after another. Here the symbols are the coefficients ``c`` of a picture ``x`` of ``H x W`` pixels in
the orthonormal DCT-II. Index ``(v, u)`` is a cosine of ``v / 2H`` cycles per pixel down and ``u / 2W``
across, of radial frequency

    freq = hypot(v / 2H, u / 2W)

in which they are written; all channels at once, and where two frequencies are equal the smaller ``v`` first.

The prior is a zero-mean Gaussian, stationary on the picture continued by its mirror images. Let ``r(dy, dx)``
be a covariance on the torus of ``2H x 2W`` pixels, even in each argument, with power spectrum ``S(v, u)``.
Reflected at the picture's edges it becomes

    cov(x[i, j], x[k, l]) = sum of r(a, b) over a in {i - k, i + k + 1} and b in {j - l, j + l + 1}

which the DCT-II diagonalises, with ``var(c_vu) = S(v, u)`` (Strang 1999, "The discrete cosine transform";
Martucci 1994, "Symmetric convolution and the discrete sine and cosine transforms"). Gaussian and
uncorrelated, the coefficients are independent: ``p(c_n | c_1 ... c_{n-1}) = p(c_n)``, and the conditional
mean of what has not been written is its mean, zero. So the exact conditional mean of the picture after ``n``
symbols is

    E[x | c_1 ... c_n] = sum_{m <= n} c_m d_m,      d_m the cosine of c_m

whatever the power spectrum, and with the power law of photographs, ``S = freq ** -alpha``, the order is that
of falling variance. The mean brightness is the first symbol; before it the estimate is the prior's own mean,
mid-grey. The cosines are orthonormal, so the energy of the estimate is that of what has been written.

Where the DFT lets a picture begin anew there is a jump at its edges, and a cosine of the DCT, which has none
when it is mirrored, is spread over all of the DFT's frequencies: seen through the DFT the coarse symbols
explain a part of every band. The DFT of the mirrored picture (see `mirrored`) holds at ``(v, u)`` that cosine
and no other. So a walk is measured by mirrored estimates and a mirrored sample, over the same bands; and
whatever is compared with it likewise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from spectral.errors import InputError
from spectral.signal.power import as_field

N_MOMENTS = 160


@dataclass(frozen=True, eq=False)
class Walk:
    """A picture and the order in which it is written.

    Attributes
    ----------
    sample
        Where the walk ends, shape ``(channels, height, width)``.
    coefficients
        Its orthonormal DCT-II, of the same shape.
    order
        ``(v, u)`` of each coefficient in the order of writing, shape ``(n, 2)`` with ``n = height * width``.
    freq
        Radial frequency of each in that order, cycles per pixel, shape ``(n,)``: from 0 to below 0.708.
    written
        Number of coefficients written at each kept moment, rising.

    Examples
    --------
    >>> walk = spectral.dct_walk(np.random.default_rng(0).standard_normal((1, 8, 8)))
    >>> walk.order[:4].tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> np.allclose(walk.estimate(64), walk.sample), np.allclose(walk.estimate(1), walk.sample.mean())
    (True, True)
    """

    sample: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    order: NDArray[np.intp]
    freq: NDArray[np.float64]
    written: tuple[int, ...]

    @cached_property
    def rank(self) -> NDArray[np.intp]:
        """Place of each coefficient in the order, shape ``(height, width)``: 0 is written first."""
        rank = np.empty(self.sample.shape[1:], np.intp)
        rank[tuple(self.order.T)] = np.arange(len(self.order))
        return rank

    def estimate(self, count: int) -> NDArray[np.float64]:
        """Conditional mean of the picture after `count` coefficients, of the shape of `sample`."""
        known = np.where(self.rank < count, self.coefficients, 0.0)
        picture: NDArray[np.float64] = fft.idctn(known, axes=(-2, -1), norm="ortho", overwrite_x=True)
        return picture

    @property
    def estimates(self) -> Iterator[NDArray[np.float64]]:
        """`estimate` at each kept moment, one at a time: all of them may be larger than memory."""
        return map(self.estimate, self.written)

    @property
    def reached(self) -> NDArray[np.float64]:
        """Radial frequency of the last coefficient written at each kept moment, cycles per pixel, shape
        ``(moments,)``; 0 where there is none."""
        return self.freq[np.maximum(np.array(self.written) - 1, 0)]


def mirrored(picture: ArrayLike) -> NDArray[np.float64]:
    """A picture continued by its mirror images, as the DCT-II sees it.

    Parameters
    ----------
    picture
        Real numbers, shape ``(..., height, width)``.

    Returns
    -------
    picture
        One period, shape ``(..., 2 height, 2 width)``, the picture itself in the first quarter. Frequencies
        in cycles per pixel, and so bands, are as they were.

    Raises
    ------
    InputError
        If `picture` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> spectral.mirrored([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2., 2., 1.],
           [3., 4., 4., 3.],
           [3., 4., 4., 3.],
           [1., 2., 2., 1.]])
    """
    once = as_field(picture, signal_ndim=2, name="picture")
    down = np.concatenate([once, once[..., ::-1, :]], axis=-2)
    return np.concatenate([down, down[..., ::-1]], axis=-1)


def dct_walk(picture: ArrayLike, *, n_moments: int = N_MOMENTS, written: Sequence[int] | None = None) -> Walk:
    """The walk that ends at a picture.

    Parameters
    ----------
    picture
        Real numbers, shape ``(channels, height, width)``.
    n_moments
        How many moments are kept, at least 3: nothing written, then counts from one to all in even steps of
        their logarithm, and so, up to Nyquist, of frequency's. Fewer where these are closer than one
        coefficient.
    written
        The counts themselves instead: rising, from 0 to the number of pixels.

    Returns
    -------
    walk
        Order, coefficients and kept moments.

    Raises
    ------
    InputError
        If `picture` has other axes or is not real and finite, `n_moments` is below 3, or `written` holds
        other counts.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((1, 8, 8))
    >>> spectral.dct_walk(picture, written=[0, 1, 16, 64]).reached.round(3)
    array([0.   , 0.   , 0.25 , 0.619])
    """
    sample = as_field(picture, signal_ndim=2, name="picture")
    if sample.ndim != 3:
        raise InputError(f"picture: found shape {sample.shape}, expected (channels, height, width)")
    height, width = sample.shape[1:]
    if written is None:
        if n_moments < 3:
            raise InputError(f"n_moments: found {n_moments}, expected 3 or more")
        counts = np.rint(np.geomspace(1, height * width, n_moments - 1)).astype(int)
        written = [0, *np.unique(counts).tolist()]
    kept = [int(count) for count in written]
    if not kept or np.any(np.diff(kept) <= 0) or not 0 <= kept[0] <= kept[-1] <= height * width:
        raise InputError(f"written: found {kept}, expected rising counts from 0 to {height * width}")
    v, u = np.indices((height, width)).reshape(2, -1)
    # In whole numbers, so that equal frequencies are equal: (2 H W freq)^2.
    squared = (v * width) ** 2 + (u * height) ** 2
    order = np.lexsort((v, squared))
    return Walk(
        sample=sample,
        coefficients=fft.dctn(sample, axes=(-2, -1), norm="ortho"),
        order=np.stack([v[order], u[order]], axis=-1),
        freq=np.sqrt(squared[order]) / (2 * height * width),
        written=tuple(kept),
    )
