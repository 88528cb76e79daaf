"""A picture as a sum of plane waves: the waves, their phases, and one direction of its spectrum.

With ``X`` the discrete Fourier transform of a picture ``x`` of ``n`` pixels,

    x(r) = 1/n sum_k X(k) exp(2 pi i f_k . r),    X(-k) = conj(X(k))

so the two frequencies of a mirrored pair make up one plane wave, ``2/n |X(k)| cos(2 pi f_k . r + arg X(k))``:
the magnitude is the wave's strength, the phase says where its crests lie. Waves are counted from coarse to
fine, by ``|f|``; the constant, the picture's mean, is no wave.

What is *centred* has zero frequency in the middle, at ``(height // 2, width // 2)``; columns go with
horizontal frequency, rows downward with vertical frequency, as in the picture itself. A direction is an angle
in radians, anticlockwise from the right as the picture is seen: the waves at ``angle`` have crests at right
angles to it, and those at ``angle + pi`` are the same. Averaged over all directions, the slices give the
radially averaged spectrum but for the reading between points of the grid.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, ndimage

from spectral.errors import InputError
from spectral.signal.power import PowerSpectrum, as_field, radial_frequency

ROUNDING = 1e-12  # of a picture's root sum of squares: a wave that is weaker is rounding


def wave_ranks(shape: tuple[int, int]) -> NDArray[np.intp]:
    """Which wave each frequency of the DFT grid belongs to.

    Parameters
    ----------
    shape
        ``(height, width)`` of the picture.

    Returns
    -------
    ranks
        Of shape `shape`, in the DFT's order: 0 for the constant, then 1, 2, ... from coarse to fine, the same
        for both frequencies of a mirrored pair.

    Raises
    ------
    InputError
        If `shape` has other than two sides, or a side below 1.

    Examples
    --------
    >>> spectral.wave_ranks((4, 4))
    array([[0, 1, 5, 1],
           [2, 3, 7, 4],
           [6, 8, 9, 8],
           [2, 4, 7, 3]])
    """
    if len(shape) != 2:
        raise InputError(f"picture's shape: found {tuple(shape)}, expected (height, width)")
    height, width = shape
    freq = radial_frequency(shape).ravel()
    index = np.arange(height * width).reshape(shape)
    mirrored = index[np.ix_(-np.arange(height) % height, -np.arange(width) % width)]
    first = np.minimum(index, mirrored).ravel()
    waves = np.unique(first)
    ranks = np.empty(height * width, np.intp)
    # Rounded, so that waves of one |f| stay in the grid's order.
    ranks[waves[np.argsort(freq[waves].round(9), kind="stable")]] = np.arange(waves.size)
    return ranks[first].reshape(shape)


def wave_sum(picture: ArrayLike, *, count: int) -> NDArray[np.float64]:
    """The constant and the coarsest waves of a picture.

    Parameters
    ----------
    picture
        Shape ``(..., height, width)``.
    count
        How many waves, from coarse to fine, at least 0; all of them where there are fewer.

    Returns
    -------
    part
        Of the shape of `picture`.

    Raises
    ------
    InputError
        If `picture` is empty, has too few axes, or is not real and finite; or `count` is below 0.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((8, 8))
    >>> np.allclose(spectral.wave_sum(picture, count=0), picture.mean())
    True
    >>> np.allclose(spectral.wave_sum(picture, count=64), picture)
    True
    """
    array = as_field(picture, signal_ndim=2, name="picture")
    if count < 0:
        raise InputError(f"count: found {count}, expected 0 or more waves")
    kept = wave_ranks(array.shape[-2:]) <= count
    part: NDArray[np.float64] = fft.ifft2(fft.fft2(array) * kept).real
    return part


def centred(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """A spectrum with zero frequency in the middle.

    Parameters
    ----------
    spectrum
        In the DFT's order, shape ``(..., height, width)``.

    Returns
    -------
    centred
        The same values, zero frequency at ``(height // 2, width // 2)``.

    Examples
    --------
    >>> spectral.centred(spectral.radial_frequency((4, 4))).round(2)
    array([[0.71, 0.56, 0.5 , 0.56],
           [0.56, 0.35, 0.25, 0.35],
           [0.5 , 0.25, 0.  , 0.25],
           [0.56, 0.35, 0.25, 0.35]])
    """
    return fft.fftshift(spectrum, axes=(-2, -1))


def phase_spectrum(picture: ArrayLike) -> NDArray[np.float64]:
    """Phase of every wave of a picture.

    Parameters
    ----------
    picture
        Shape ``(..., height, width)``.

    Returns
    -------
    phase
        ``arg X(k)`` in radians, from -pi to pi, in the DFT's order, of the shape of `picture`.

    Raises
    ------
    InputError
        If `picture` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> wave = np.cos(2 * np.pi * (np.arange(8) / 8 - 0.25)) * np.ones((8, 1))  # a quarter of a turn late
    >>> round(float(spectral.phase_spectrum(wave)[0, 1] / np.pi), 3)
    -0.5
    """
    angle: NDArray[np.float64] = np.angle(fft.fft2(as_field(picture, signal_ndim=2, name="picture")))
    return angle


def equal_waves(picture: ArrayLike) -> NDArray[np.float64]:
    """A picture's waves, all of one strength, with the phases that they have: what phase alone holds.

    Parameters
    ----------
    picture
        Shape ``(..., height, width)``.

    Returns
    -------
    part
        Of the shape of `picture`, power 1 at every frequency but zero, where it is 0; a wave that the picture
        does not have stays away.

    Raises
    ------
    InputError
        If `picture` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((8, 8))
    >>> power = spectral.periodogram(spectral.equal_waves(picture))
    >>> np.allclose(power.ravel()[1:], 1)
    True
    """
    array = as_field(picture, signal_ndim=2, name="picture")
    transform = fft.fft2(array)
    strength = np.abs(transform)
    there = strength > ROUNDING * np.sqrt((array**2).sum(axis=(-2, -1), keepdims=True))
    there[..., 0, 0] = False
    waves = np.divide(transform, strength, out=np.zeros_like(transform), where=there)
    part: NDArray[np.float64] = fft.ifft2(waves).real * np.sqrt(np.prod(array.shape[-2:]))
    return part


def directional_slice(power: ArrayLike, *, angle: float) -> PowerSpectrum:
    """Power along a line through the middle of a picture's spectrum.

    Parameters
    ----------
    power
        Power at every frequency in the DFT's order, shape ``(..., height, width)``, as `periodogram` gives
        it.
    angle
        Direction of the line in radians, anticlockwise from the right.

    Returns
    -------
    spectrum
        At the frequencies of `rapsd`, read bilinearly between the points of the grid; the picture's mean,
        which has no direction, is read at zero frequency alone.

    Raises
    ------
    InputError
        If `power` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> wave = np.cos(2 * np.pi * 0.25 * np.arange(64)) * np.ones((64, 1))
    >>> across, up = (
    ...     spectral.directional_slice(spectral.periodogram(wave), angle=angle) for angle in (0, np.pi / 2)
    ... )
    >>> float(across.freq[across.power.argmax()]), bool(up.power.max() < 1e-9)
    (0.25, True)
    """
    array = as_field(power, signal_ndim=2, name="power")
    height, width = array.shape[-2:]
    side = min(height, width)
    freq = np.arange(side // 2 + 1) / side
    at = np.stack([-np.sin(angle) * height * freq, np.cos(angle) * width * freq])
    others = np.ones((height, width))
    others[0, 0] = 0
    planes = np.concatenate([array.reshape(-1, height, width) * others, others[None]])
    read = np.stack([ndimage.map_coordinates(plane, at, order=1, mode="grid-wrap") for plane in planes])
    read[-1, 0] = 1
    lines = read[:-1] / read[-1]
    lines[:, 0] = array[..., 0, 0].ravel()
    return PowerSpectrum(freq=freq, power=lines.reshape(*array.shape[:-2], freq.size))


def periodic_part(picture: ArrayLike) -> NDArray[np.float64]:
    """A picture without the jumps between its opposite borders.

    The DFT takes a picture for a tile of an endless one; where opposite borders do not meet, the jumps put
    a bright cross on the axes of its spectrum. Of all splits into a part that fits together at the borders
    and a smooth one, this is the one whose smooth part ``s`` solves ``laplacian(s) = jumps`` (Moisan, 2011,
    "Periodic plus smooth image decomposition", J. Math. Imaging Vis.).

    Parameters
    ----------
    picture
        Shape ``(..., height, width)``.

    Returns
    -------
    part
        Of the shape of `picture`, with the same mean.

    Raises
    ------
    InputError
        If `picture` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> ramp = np.arange(8.0) * np.ones((8, 1))  # its right border does not meet its left
    >>> part = spectral.periodic_part(ramp)
    >>> round(float(np.ptp(ramp[0, [0, -1]])), 1), round(float(np.ptp(part[0, [0, -1]])), 1)
    (7.0, 0.9)
    """
    array = as_field(picture, signal_ndim=2, name="picture")
    jumps = np.zeros_like(array)
    down, across = array[..., -1, :] - array[..., 0, :], array[..., -1] - array[..., 0]
    jumps[..., 0, :] += down
    jumps[..., -1, :] -= down
    jumps[..., 0] += across
    jumps[..., -1] -= across
    height, width = array.shape[-2:]
    rows, columns = (2 * np.cos(2 * np.pi * np.arange(n) / n) - 2 for n in (height, width))
    laplacian = rows[:, None] + columns
    laplacian[0, 0] = 1.0  # the jumps have no mean
    part: NDArray[np.float64] = array - fft.ifft2(fft.fft2(jumps) / laplacian).real
    return part
