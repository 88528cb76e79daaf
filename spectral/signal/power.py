"""Power spectra: the periodogram and its radial average.

With ``X`` the discrete Fourier transform of a signal of ``n`` samples, the periodogram is

    power(k) = |X(k)|^2 / n

so that white noise of variance 1 has power 1 at every frequency, and the mean of ``power`` over all ``k`` is
the mean of the squared signal (Parseval). Frequencies are in cycles per pixel, or per sample: 0.5 is Nyquist.

The radially averaged power spectral density (RAPSD) is the mean of ``power`` over rings of radial frequency
``|f| = sqrt(f_y^2 + f_x^2)``. A ring is one step of the shorter side wide, ring ``k`` holding ``(k - 1/2) / m
<= |f| < (k + 1/2) / m`` for a shorter side of ``m``; frequencies in the corners, beyond the last ring at
Nyquist, belong to none. Ring ``k`` always holds the frequency ``k / m`` of the shorter side itself, so no
ring is empty. On square fields these are the rings of Ruzanski and Chandrasekar (2011, J. Appl. Meteorol.
Clim., "Scale filtering for improved nowcasting performance"); on others they differ, because a frequency here
is one that can be read off a picture, not a radius on the grid of indices.

Real signals have ``|X(-k)| = |X(k)|``. Sums over the spectrum therefore run over half of it, with both halves
of a mirrored pair *folded* into one: see `folded_power`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from spectral.errors import InputError
from spectral.signal.units import PER_PIXEL, PER_SAMPLE, FrequencyUnit

# Rounding must not decide in which ring or band a frequency falls that lies on the edge by construction.
EDGE_TOLERANCE = 1e-9

DYNAMIC_RANGE = 1e-8  # of the greatest power: what is weaker a plot does not show


@dataclass(frozen=True, eq=False)
class PowerSpectrum:
    """Power against radial frequency.

    Attributes
    ----------
    freq
        Centres of the rings, shape ``(rings,)``, rising from 0 (DC) to Nyquist at most.
    power
        Mean of ``|DFT|^2 / n`` over each ring, shape ``(..., rings)``.
    unit
        Of `freq`. That of `rapsd` is cycles per pixel or sample, that of `power_spectrum`, which knows the
        rate, hertz.

    Examples
    --------
    >>> picture = np.random.default_rng(0).standard_normal((3, 64, 64))
    >>> spectrum = spectral.rapsd(picture).without_dc().channel_mean()
    >>> spectrum.in_unit(spectral.FrequencyUnit.per("image", 64)).freq[:4]
    array([1., 2., 3., 4.])
    """

    freq: NDArray[np.float64]
    power: NDArray[np.float64]
    unit: FrequencyUnit = PER_PIXEL

    def in_unit(self, unit: FrequencyUnit) -> PowerSpectrum:
        """The same power against frequency in another unit."""
        return replace(self, freq=self.freq * unit.scale / self.unit.scale, unit=unit)

    def from_frequency(self, low: float) -> PowerSpectrum:
        """The spectrum at frequencies of `low` or more, in its own unit."""
        first = int(np.searchsorted(self.freq, low))
        return replace(self, freq=self.freq[first:], power=self.power[..., first:])

    def without_dc(self) -> PowerSpectrum:
        """The spectrum at frequencies above 0: logarithmic axes have no room for the mean."""
        return self.from_frequency(np.nextafter(0, 1))

    def channel_mean(self) -> PowerSpectrum:
        """Mean over the axis before the last, which are the channels of ``(..., channels, *signal)``."""
        return replace(self, power=self.power.mean(axis=-2))

    def visible_range(
        self, *, below: float = 0.4, above: float = 4.0, dynamic_range: float = DYNAMIC_RANGE
    ) -> tuple[float, float]:
        """From which to which power a plot shows the spectrum, or all of several.

        Parameters
        ----------
        below, above
            Air: the range starts at `below` times the least power and ends at `above` times the greatest.
        dynamic_range
            Share of the greatest power below which it starts in no case: what is weaker is cut.

        Returns
        -------
        low, high
            Of a spectrum without power the range is that of power 1.
        """
        greatest = float(self.power.max()) or 1.0
        return max(below * float(self.power.min()), dynamic_range * greatest), above * greatest


def as_field(field: ArrayLike, *, signal_ndim: int, name: str = "field") -> NDArray[np.float64]:
    """Check that `field` holds real, finite signals along its last axes.

    Parameters
    ----------
    field
        Real numbers, shape ``(..., *signal)``.
    signal_ndim
        Number of trailing axes that make up one signal: 1 (waveforms) or 2 (images).
    name
        What a message calls the array.

    Returns
    -------
    field
        The same values in double precision.

    Raises
    ------
    InputError
        If there are too few axes, no values, or values that are not real and finite.
    """
    if signal_ndim not in (1, 2):
        raise InputError(f"signal_ndim: found {signal_ndim!r}, expected 1 (waveforms) or 2 (images)")
    array = np.asarray(field)
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name}: found {array.dtype}, expected real numbers")
    if array.ndim < signal_ndim:
        axes = "1 axis" if signal_ndim == 1 else "2 axes"
        raise InputError(f"{name}: found shape {array.shape}, expected at least {axes}")
    if array.size == 0:
        raise InputError(f"{name}: found shape {array.shape}, expected at least one value")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise InputError(f"{name}: found NaN or infinity, expected finite numbers")
    return array


def radial_frequency(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Radial frequency of every point of the DFT grid.

    Parameters
    ----------
    shape
        Shape of one signal, ``(samples,)`` or ``(height, width)``.

    Returns
    -------
    freq
        ``|f|`` in cycles per sample or pixel, of shape `shape`, in the DFT's own order: 0 first, at most 0.5
        along an axis and 0.707 in the corners.

    Raises
    ------
    InputError
        If `shape` has other than one or two sides, or a side below 1.

    Examples
    --------
    >>> spectral.radial_frequency((4, 4)).round(2)
    array([[0.  , 0.25, 0.5 , 0.25],
           [0.25, 0.35, 0.56, 0.35],
           [0.5 , 0.56, 0.71, 0.56],
           [0.25, 0.35, 0.56, 0.35]])
    """
    if len(shape) not in (1, 2) or min(shape) < 1:
        raise InputError(f"signal shape: found {tuple(shape)}, expected (samples,) or (height, width)")
    # Not fft.fftfreq, which multiplies by a rounded 1/n: only k / n lands exactly on a band's edge.
    axes = [fft.ifftshift(np.arange(-(n // 2), n - n // 2)) / n for n in shape]
    if len(axes) == 1:
        return np.abs(axes[0])
    return np.hypot(axes[0][:, None], axes[1][None, :])


def fold_weights(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Number of points of the full DFT grid that each point of the half grid stands for.

    Of shape ``(*shape[:-1], shape[-1] // 2 + 1)``: 1 in the columns that mirror onto themselves (zero, and
    Nyquist where the side is even), 2 elsewhere.
    """
    weights = np.full((*shape[:-1], shape[-1] // 2 + 1), 2.0)
    weights[..., 0] = 1.0
    if shape[-1] % 2 == 0:
        weights[..., -1] = 1.0
    return weights


def folded_power(field: NDArray[np.float64], *, signal_ndim: int) -> NDArray[np.float64]:
    """Periodogram of a checked `field` on the half grid, each point with the power of all it stands for.

    That is ``|DFT|^2 / n`` times `fold_weights`: it sums over the half grid to what the periodogram sums to.
    """
    shape = field.shape[field.ndim - signal_ndim :]
    transform = fft.rfftn(field, axes=range(-signal_ndim, 0))
    power: NDArray[np.float64] = transform.real**2 + transform.imag**2
    power *= fold_weights(shape) / np.prod(shape)
    return power


def bin_sums(values: NDArray[np.float64], index: NDArray[np.intp], *, count: int) -> NDArray[np.float64]:
    """Sum `values`, shape ``(..., *index.shape)``, over the points that share an index of 0 to ``count - 1``.

    The sums have shape ``(..., count)`` and are 0 where a bin is empty.
    """
    flat = index.ravel()
    rows = values.reshape(-1, flat.size)
    sums = np.empty((len(rows), count))
    for total, row in zip(sums, rows, strict=True):
        total[:] = np.bincount(flat, weights=row, minlength=count)
    return sums.reshape(*values.shape[: values.ndim - index.ndim], count)


def ring_index(shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Ring of every point of the half grid, corners too: ``|f|`` in steps of the shorter side, rounded."""
    freq = radial_frequency(shape)[..., : shape[-1] // 2 + 1]
    ring: NDArray[np.intp] = np.floor(freq * min(shape) + 0.5 + EDGE_TOLERANCE).astype(np.intp)
    return ring


def periodogram(field: ArrayLike, *, signal_ndim: int = 2) -> NDArray[np.float64]:
    """Power at every frequency of the DFT.

    Parameters
    ----------
    field
        Real signals, shape ``(..., *signal)``.
    signal_ndim
        Number of trailing axes that make up one signal: 2 for images, 1 for waveforms.

    Returns
    -------
    power
        ``|DFT|^2 / n``, two-sided, in the DFT's order, of the shape of `field`.

    Raises
    ------
    InputError
        If `field` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((64, 64))
    >>> bool(np.isclose(spectral.periodogram(noise).mean(), (noise**2).mean()))
    True
    """
    array = as_field(field, signal_ndim=signal_ndim)
    transform = fft.fftn(array, axes=range(-signal_ndim, 0))
    power: NDArray[np.float64] = transform.real**2 + transform.imag**2
    power /= np.prod(array.shape[array.ndim - signal_ndim :])
    return power


def rapsd(field: ArrayLike, *, signal_ndim: int = 2) -> PowerSpectrum:
    """Radially averaged power spectral density.

    Parameters
    ----------
    field
        Real signals, shape ``(..., *signal)``.
    signal_ndim
        Number of trailing axes that make up one signal. With 1 a ring is a single frequency and the result is
        the one-sided half of the periodogram.

    Returns
    -------
    spectrum
        Rings ``k / m`` for ``k = 0 ... m // 2``, ``m`` the shorter side, in cycles per pixel or sample;
        leading axes of `field` are kept in ``spectrum.power``.

    Raises
    ------
    InputError
        If `field` is empty, has too few axes, or is not real and finite.

    Examples
    --------
    >>> wave = np.cos(2 * np.pi * 0.25 * np.arange(64)) * np.ones((64, 1))
    >>> spectrum = spectral.rapsd(wave)
    >>> float(spectrum.freq[spectrum.power.argmax()])
    0.25
    """
    array = as_field(field, signal_ndim=signal_ndim)
    shape = array.shape[array.ndim - signal_ndim :]
    ring = ring_index(shape)
    count = int(ring.max()) + 1
    power = bin_sums(folded_power(array, signal_ndim=signal_ndim), ring, count=count)
    points = bin_sums(fold_weights(shape), ring, count=count)
    side = min(shape)
    inside = side // 2 + 1
    return PowerSpectrum(
        freq=np.arange(inside) / side,
        power=power[..., :inside] / points[:inside],
        unit=PER_SAMPLE if signal_ndim == 1 else PER_PIXEL,
    )
