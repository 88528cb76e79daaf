"""Lock-in: when each frequency band of a sample is settled, and in what order.

The explained fraction ``E_b(i)`` and the writing map are those of `writing`. Band ``b`` is *locked* from
the first step after which ``E_b`` never again falls below the *threshold*, which is what the closed form of
`gaussian` gives at ``q = snr_threshold``; so on Gaussian data "locked" says that signal power has overtaken
noise power, whichever sampler ran.

What the closed form expects of a real sample follows from the sample's own spectrum ``S(k)``, its periodogram
averaged over channels and over rings of radial frequency. The rings are those of `power.rapsd`, joined above
so that none is narrower than an eighth of an octave, because a single frequency's periodogram scatters by as
much as its mean and would make the expectation too early; a ring that a band's edge cuts is averaged on
either side apart. In band ``b``, weighted by power,

    expected_b(i) = sum_{k in b} S(k) E(snr_i S(k)) / sum_{k in b} S(k)

The noise of a latent model is white in its latents and not in the picture or sound that the decoder makes of
them: seen through its decoder a run has an explained fraction like any other, but there is no closed form to
expect of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectral.errors import InputError
from spectral.lockin.writing import explained_by_band, holds_power, softness
from spectral.signal.band_pass import band_power, half_band_index
from spectral.signal.bands import Band, Bands, octave_bands, sound_bands
from spectral.signal.power import as_field, bin_sums, fold_weights, folded_power, ring_index
from spectral.theory.gaussian import explained_fraction
from spectral.trajectory.trajectory import Trajectory

RINGS_PER_OCTAVE = 8


@dataclass(frozen=True)
class Order:
    """Rank correlations of the order in which bands lock, each Kendall's tau-b from -1 to 1.

    Bands that never lock rank last, together. NaN where no two bands lock at distinct steps, or all have the
    same rank in what they are compared with: there is no order to speak of.

    Attributes
    ----------
    frequency
        1 if the bands lock from low to high frequency.
    power
        1 if the bands lock from strongest to weakest mean power. That is a band's power per frequency, what
        stands against the noise; its energy grows with its width as well.

    Examples
    --------
    >>> spectral.Order(frequency=1.0, power=0.7).frequency  # the bands locked from low to high
    1.0
    """

    frequency: float
    power: float


@dataclass(frozen=True, eq=False)
class LockIn:
    """What `lock_in` measures.

    Attributes
    ----------
    bands
        Lowest first.
    explained
        ``E_b(i)``, shape ``(steps, bands)``: at most 1, may be negative.
    expected
        The closed form for the sample's own spectrum, shape ``(steps, bands)``, 0 to 1; NaN where the
        trajectory is that of a latent model seen through its decoder.
    threshold
        ``E`` above which a band counts as locked.
    step
        Index of the step from which each band is locked, shape ``(bands,)``; the number of steps where it
        never is.
    predicted
        The same from `expected`; the number of steps where nothing is expected.
    predicted_at
        Where between two steps `expected` reaches the threshold, as a fraction of a step up to `predicted`:
        finer than the steps, which bands may share.
    power
        Mean square of the sample in each band, averaged over channels, shape ``(bands,)``.
    density
        Mean power of the sample at a frequency of each band, shape ``(bands,)``: what stands against the
        noise. White noise of variance 1 has 1 in every band.
    order
        How the order of `step` goes with frequency and with `density`.
    predicted_order
        The same of `predicted_at`: read backwards, how the order in which noise drowns the bands does.
    writing
        ``W_b(i)``, shape ``(steps, bands)``.
    softness
        Width of the writing map, in octaves; NaN where nothing is written.

    Examples
    --------
    >>> clip = np.random.default_rng(0).standard_normal(8000).cumsum()
    >>> lock = spectral.lock_in(spectral.wiener_bridge(clip - clip.mean(), sr=8000))
    >>> [round(middle) for middle in lock.bands.centres(spectral.FrequencyUnit.hertz(8000))]
    [31, 62, 125, 250, 500, 1000, 2000, 4000]
    >>> bool((np.diff(lock.step) > 0).all())  # one after another, from low to high
    True
    """

    bands: Bands
    explained: NDArray[np.float64]
    expected: NDArray[np.float64]
    threshold: float
    step: NDArray[np.intp]
    predicted: NDArray[np.intp]
    predicted_at: NDArray[np.float64]
    power: NDArray[np.float64]
    density: NDArray[np.float64]
    order: Order
    predicted_order: Order
    writing: NDArray[np.float64]
    softness: float


def lock_in(
    trajectory: Trajectory, bands: Sequence[Band] | None = None, *, snr_threshold: float = 1.0
) -> LockIn:
    """Measure when each band of a trajectory's sample locks in.

    Parameters
    ----------
    trajectory
        A recorded run.
    bands
        Lowest first, without gaps. By default the octaves of acoustics for a waveform whose sample rate is
        known, those of the signal's shape for all else.
    snr_threshold
        Ratio ``q`` of signal to noise power at which the closed form calls a band locked, above 0.

    Returns
    -------
    lock_in
        Explained fractions, lock-in steps, and what the closed form expects of both. A band in which the
        sample holds no power but rounding has nothing to explain: 0 is explained and expected, and it never
        locks.

    Raises
    ------
    InputError
        If the bands do not join, one of them holds no frequency of the signal, or `snr_threshold` is not
        above 0.

    Examples
    --------
    >>> clip = np.random.default_rng(0).standard_normal(8000).cumsum()
    >>> run = spectral.wiener_bridge(clip - clip.mean(), sr=8000)
    >>> lock = spectral.lock_in(run)
    >>> lock.threshold, lock.order.frequency > 0.9
    (0.5, True)
    """
    if not 0 < snr_threshold < np.inf:
        raise InputError(f"snr_threshold: found {snr_threshold}, expected a number above 0")
    if not isinstance(trajectory, Trajectory):
        raise InputError(f"trajectory: found a {type(trajectory).__name__}, expected a Trajectory")
    shape, stochastic = trajectory.signal_shape, trajectory.stochastic
    bands = _octaves(trajectory) if bands is None else Bands(bands)
    index = half_band_index(shape, bands)
    for number, (band, points) in enumerate(
        zip(bands, np.bincount(index.ravel(), minlength=len(bands)), strict=True)
    ):
        if points == 0:
            raise InputError(
                f"bands: found no frequency of signals of shape {shape} in band {number + 1} "
                f"({band.low:g} to {band.high:g}), expected some in each"
            )

    power = band_power(trajectory.sample, bands, signal_ndim=trajectory.signal_ndim).mean(axis=0)
    density = power * np.prod(shape) / bin_sums(fold_weights(shape), index, count=len(bands))
    explained = explained_by_band(
        trajectory.denoised, trajectory.sample, bands, signal_ndim=trajectory.signal_ndim
    )
    threshold = float(explained_fraction(snr_threshold, stochastic=stochastic))
    step = _lock_steps(explained, threshold)
    if trajectory.space == "decoded":
        expected, predicted = np.full_like(explained, np.nan), np.full_like(step, trajectory.n_steps)
    else:
        expected = np.where(holds_power(power), _expected(trajectory, index, len(bands)), 0.0)
        predicted = _lock_steps(expected, threshold)
    predicted_at = _crossings(expected, threshold, predicted)
    writing = np.diff(explained, axis=0, prepend=0.0)
    return LockIn(
        bands=bands,
        explained=explained,
        expected=expected,
        threshold=threshold,
        step=step,
        predicted=predicted,
        predicted_at=predicted_at,
        power=power,
        density=density,
        order=_order(step, density, n_steps=trajectory.n_steps),
        predicted_order=_order(predicted_at, density, n_steps=trajectory.n_steps),
        writing=writing,
        softness=softness(explained, bands),
    )


def _octaves(trajectory: Trajectory) -> Bands:
    if trajectory.modality == "waveform" and trajectory.sample_rate is not None:
        return sound_bands(*trajectory.signal_shape, sr=trajectory.sample_rate)
    return octave_bands(trajectory.signal_shape)


def _expected(trajectory: Trajectory, index: NDArray[np.intp], n_bands: int) -> NDArray[np.float64]:
    """The closed form at the sample's ring-averaged spectrum, averaged over each band by power."""
    shape, ndim = trajectory.signal_shape, trajectory.signal_ndim
    power = folded_power(as_field(trajectory.sample, signal_ndim=ndim), signal_ndim=ndim).mean(axis=0)
    octave = np.log2(np.maximum(ring_index(shape), 0.5))  # DC has no octave: one below ring 1 keeps it apart
    ring = np.floor(RINGS_PER_OCTAVE * octave).astype(np.intp)
    cells, cell = np.unique(ring * n_bands + index, return_inverse=True)
    cell = cell.reshape(index.shape)
    total = bin_sums(power, cell, count=cells.size)
    spectrum = total / bin_sums(fold_weights(shape), cell, count=cells.size)
    explained = explained_fraction(np.outer(trajectory.snr, spectrum), stochastic=trajectory.stochastic)
    band = cells % n_bands
    whole = np.bincount(band, weights=total, minlength=n_bands)
    share = np.divide(total, whole[band], out=np.zeros_like(total), where=whole[band] > 0)
    return bin_sums(explained * share, band, count=n_bands)


def _lock_steps(explained: NDArray[np.float64], threshold: float) -> NDArray[np.intp]:
    """One past the last step at which each band is below the threshold."""
    below = explained < threshold
    return np.where(below.any(axis=0), len(below) - np.argmax(below[::-1], axis=0), 0)


def _crossings(
    explained: NDArray[np.float64], threshold: float, step: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Where on the straight line from the step before to `step` each band reaches the threshold."""
    at = step.astype(np.float64)
    bands = np.flatnonzero((step > 0) & (step < len(explained)))
    before, after = (explained[step[bands] - back, bands] for back in (1, 0))
    at[bands] -= (after - threshold) / (after - before)
    return at


def _order(
    step: NDArray[np.intp] | NDArray[np.float64], power: NDArray[np.float64], *, n_steps: int
) -> Order:
    # A second to import, and only needed here.
    from scipy.stats import kendalltau

    if np.unique(step[step < n_steps]).size < 2:
        return Order(frequency=float("nan"), power=float("nan"))
    return Order(
        frequency=float(kendalltau(step, np.arange(step.size)).statistic),
        power=float(kendalltau(step, -power).statistic),
    )
