"""Power laws: the straight line that a spectrum comes near on logarithmic axes.

    power = amplitude * freq ** -exponent,    log power = log amplitude - exponent log freq

The exponent of photographs is near 2 (Field, 1987, "Relations between the statistics of natural images and
the response properties of cortical cells") and differs from picture to picture (van der Schaaf and van
Hateren, 1996, "Modelling the power spectra of natural images"). The line is the least-squares one through
the spectrum read at log-spaced frequencies, because otherwise the upper octaves, which hold most rings, would
decide. What the line leaves is given in decibels, ``10 log10(power / law)``.

Spectra of several signals are averaged in the log domain, so that every signal counts alike whatever its
contrast.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectral.errors import InputError
from spectral.signal.power import PowerSpectrum
from spectral.signal.units import PER_PIXEL, FrequencyUnit

FIT_POINTS = 128

# The first two rings hold few frequencies, and over a range so wide that steep spectra seem flatter there.
FIT_FROM = 3


@dataclass(frozen=True)
class PowerLaw:
    """The law ``power = amplitude * freq ** -exponent``.

    Attributes
    ----------
    exponent
        Positive for a spectrum that falls; about 2 for photographs.
    amplitude
        Power at a frequency of 1 in `unit`, where the line is extrapolated to.
    residual_db
        Root mean square of ``10 log10(power / law)`` over the fitted range, every octave counting alike.
    low, high
        First and last frequency of the fitted range, in `unit`.
    unit
        Of frequency: that of the spectrum.

    Examples
    --------
    >>> law = spectral.PowerLaw(exponent=2.0, amplitude=4.0, residual_db=0.0, low=0.01, high=0.5)
    >>> law.at(np.array([0.1, 0.2]))
    array([400., 100.])
    """

    exponent: float
    amplitude: float
    residual_db: float
    low: float
    high: float
    unit: FrequencyUnit = PER_PIXEL

    def at(self, freq: NDArray[np.float64]) -> NDArray[np.float64]:
        """The law's power at frequencies above 0, in `unit`."""
        power: NDArray[np.float64] = self.amplitude * freq**-self.exponent
        return power


def log_mean(spectrum: PowerSpectrum) -> PowerSpectrum:
    """Mean of spectra in the log domain, which is their geometric mean.

    Parameters
    ----------
    spectrum
        Power, shape ``(..., rings)``, of any number of signals.

    Returns
    -------
    mean
        Of shape ``(rings,)``. Where a signal has no power the mean is 0.

    Examples
    --------
    >>> each = spectral.PowerSpectrum(np.array([0.1, 0.2]), np.array([[1.0, 10.0], [100.0, 10.0]]))
    >>> spectral.log_mean(each).power
    array([10., 10.])
    """
    with np.errstate(divide="ignore"):
        log_power = np.log(spectrum.power).reshape(-1, spectrum.freq.size)
    return replace(spectrum, power=np.exp(log_power.mean(axis=0)))


def fit_power_law(
    spectrum: PowerSpectrum, *, low: float | None = None, high: float | None = None
) -> PowerLaw:
    """Fit a straight line to a spectrum on logarithmic axes.

    Parameters
    ----------
    spectrum
        Power against frequency, averaged over its leading axes in the log domain; DC is left out.
    low, high
        Range of the fit in the spectrum's own unit, both ends included; by default from the third ring above
        DC to the last.

    Returns
    -------
    law
        The least-squares line and what it leaves.

    Raises
    ------
    InputError
        If the range holds fewer than two rings, or one without power.

    Examples
    --------
    >>> freq = np.arange(1, 65) / 128
    >>> law = spectral.fit_power_law(spectral.PowerSpectrum(freq, 0.5 * freq**-2.0))
    >>> round(law.exponent, 2), round(law.amplitude, 2), round(law.residual_db, 2)
    (2.0, 0.5, 0.0)
    """
    freq = spectrum.freq
    chosen = (freq > 0) & (freq <= (np.inf if high is None else high))
    chosen &= np.cumsum(freq > 0) >= FIT_FROM if low is None else freq >= low
    if chosen.sum() < 2:
        raise InputError(
            f"power law: found {chosen.sum()} from low to high, expected at least two frequencies to fit"
        )
    power = spectrum.power[..., chosen]
    if not (power > 0).all():
        raise InputError(
            "power law: found no power at some frequency, expected power above 0 throughout the range"
        )
    log_freq = np.log(freq[chosen])
    log_power = np.log(log_mean(replace(spectrum, freq=freq[chosen], power=power)).power)
    grid = np.linspace(log_freq[0], log_freq[-1], FIT_POINTS)
    values = np.interp(grid, log_freq, log_power)
    slope, intercept = np.polyfit(grid, values, 1)
    left = 10 / np.log(10) * (values - intercept - slope * grid)
    return PowerLaw(
        exponent=float(-slope),
        amplitude=float(np.exp(intercept)),
        residual_db=float(np.sqrt(np.mean(left**2))),
        low=float(freq[chosen][0]),
        high=float(freq[chosen][-1]),
        unit=spectrum.unit,
    )
