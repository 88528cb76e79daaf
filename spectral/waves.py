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
from spectral.power import PowerSpectrum, as_field, radial_frequency


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
    """
    if len(shape) != 2:
        raise InputError(f"picture's shape: expected (height, width), found {tuple(shape)}")
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
    """
    array = as_field(picture, signal_ndim=2, name="picture")
    if count < 0:
        raise InputError(f"count: expected 0 or more waves, found {count}")
    kept = wave_ranks(array.shape[-2:]) <= count
    part: NDArray[np.float64] = fft.ifft2(fft.fft2(array) * kept).real
    return part


def centred(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """A spectrum in the DFT's order, shape ``(..., height, width)``, with zero frequency in the middle."""
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
    """
    angle: NDArray[np.float64] = np.angle(fft.fft2(as_field(picture, signal_ndim=2, name="picture")))
    return angle


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
