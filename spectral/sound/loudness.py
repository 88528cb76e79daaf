"""Loudness, and one gain a clip to bring it to a given one.

Loudness is that of ITU-R BS.1770-4 (2015): the sound is K-weighted by two filters in a row, a high shelf for
the head and a high pass, and with ``z`` the mean square of each channel

    loudness = -0.691 + 10 log10(sum over channels of z)      in LKFS (LUFS in EBU R 128)

so a full-scale sine of 997 Hz in one channel has -3.01 LKFS. The mean is taken over blocks of 0.4 s that
overlap by three quarters, in two passes: blocks below -70 LKFS are silence and left out, then those more
than 10 LU below the loudness of the rest. A clip shorter than a block is one block. Every channel counts
alike: the surround channels' extra 1.5 dB is left out.

The standard gives the filters as biquads at 48 kHz. By the inverse bilinear transform each is a quotient of
quadratics in ``s = (1 - 1/z) / (1 + 1/z)``, whose poles lie at ``|s| = tan(pi f0 / 48000)``. At another rate
`sr` they lie at the same ``f0`` in Hz when ``s`` is scaled by ``tan(pi f0 / 48000) / tan(pi f0 / sr)``.
Towards Nyquist the transform bends the frequencies: the weights differ from those at 48 kHz by up to 0.3 dB
at 8 kHz, 0.07 dB at 16 kHz and 0.01 dB from 44.1 kHz up.

Peaks are true peaks, of the sound and of its oversampling by 4 (annex 2), because what lies between the
samples is what a converter, or a codec on the way, makes of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectral.errors import InputError
from spectral.signal.power import as_field

# BS.1770-4, tables 1 and 2: b0 b1 b2, a0 a1 a2 at 48 kHz.
SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
TABLE_RATE = 48000

OFFSET = -0.691  # cancels the gain of the filters at 997 Hz
BLOCK = 0.4  # seconds
HOPS = 4  # to a block
SILENCE = -70.0  # LKFS
RELATIVE_GATE = -10.0  # LU
OVERSAMPLING = 4


def k_weighting(sr: float) -> NDArray[np.float64]:
    """The two filters of K-weighting at a rate, as scipy's second-order sections.

    Parameters
    ----------
    sr
        Samples per second.

    Returns
    -------
    sections
        Shape ``(2, 6)``: ``b0 b1 b2 1 a1 a2`` of the shelf and of the high pass.

    Raises
    ------
    InputError
        If `sr` is below 4 kHz, where the shelf would lie at Nyquist.
    """
    if not 4000 <= sr < np.inf:
        raise InputError(f"sr: found {sr}, expected 4000 Hz or more to weigh loudness")
    sections = []
    for table in (SHELF, HIGH_PASS):
        # From powers of 1/z to powers of s and, the transform being its own inverse, back.
        transform = np.array([[1, 1, 1], [2, 0, -2], [1, -1, 1]])
        b, a = (transform @ np.array(row) for row in table)
        turn = np.sqrt(a[0] / a[2])
        scale = turn / np.tan(np.arctan(turn) * TABLE_RATE / sr)
        b, a = (transform @ (row * scale ** np.arange(3)) for row in (b, a))
        sections.append(np.concatenate([b, a]) / a[0])
    return np.array(sections)


def integrated_loudness(y: ArrayLike, *, sr: float) -> float:
    """Loudness of a whole clip.

    Parameters
    ----------
    y
        Shape ``(samples,)`` or ``(channels, samples)``, full scale at 1.
    sr
        Samples per second.

    Returns
    -------
    loudness
        In LKFS; -inf for what the standard calls silence, nowhere above -70 LKFS.

    Raises
    ------
    InputError
        If `y` is empty, not real and finite, or has another shape; or `sr` is below 4 kHz.
    """
    # Half a second to import, and only needed here.
    from scipy import signal

    squares = (signal.sosfilt(k_weighting(sr), _clip(y)) ** 2).sum(axis=0)
    block = min(round(BLOCK * sr), squares.size)
    total = np.concatenate([[0.0], np.cumsum(squares)])
    starts = np.arange(0, squares.size - block + 1, max(block // HOPS, 1))
    power = (total[starts + block] - total[starts]) / block
    power = power[power > 10 ** ((SILENCE - OFFSET) / 10)]
    if not power.size:
        return -np.inf
    power = power[power > power.mean() * 10 ** (RELATIVE_GATE / 10)]
    return float(OFFSET + 10 * np.log10(power.mean()))


def true_peak(y: ArrayLike) -> float:
    """Largest absolute value of a clip and of the curve through its samples.

    Parameters
    ----------
    y
        Shape ``(samples,)`` or ``(channels, samples)``.

    Returns
    -------
    peak
        On the scale of `y`: 1 is full scale.

    Raises
    ------
    InputError
        If `y` is empty, not real and finite, or has another shape.
    """
    from scipy import signal

    array = _clip(y)
    between = signal.resample_poly(array, OVERSAMPLING, 1, axis=-1)
    return float(max(np.abs(array).max(), np.abs(between).max()))


def level(y: ArrayLike, *, sr: float, loudness: float = -23.0, peak: float = -1.0) -> NDArray[np.float64]:
    """A clip at a given loudness, so that one can be compared with another.

    The whole clip takes one gain, so its course is as it was. Where that gain would take it beyond `peak` the
    clip takes the largest that does not, and stays softer. Silence stays as it is.

    Parameters
    ----------
    y
        Shape ``(samples,)`` or ``(channels, samples)``, full scale at 1.
    sr
        Samples per second.
    loudness
        In LKFS; -23 is that of broadcasts (EBU R 128).
    peak
        Largest true peak, in dB below full scale, so 0 or less.

    Returns
    -------
    y
        Of the same shape.

    Raises
    ------
    InputError
        If `y` is empty, not real and finite, or has another shape; `sr` is below 4 kHz; `loudness` is not
        finite, or `peak` is not 0 or less.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)  # at -23.0 LKFS
    >>> softer = spectral.level(tone, sr=48000, loudness=-29.0)
    >>> round(float(softer.max() / tone.max()), 2)
    0.5
    """
    if not np.isfinite(loudness):
        raise InputError(f"loudness: found {loudness}, expected a number of LKFS")
    if not -np.inf < peak <= 0:
        raise InputError(f"peak: found {peak}, expected 0 dB or less")
    array = np.asarray(y, dtype=np.float64)
    found, highest = integrated_loudness(y, sr=sr), true_peak(y)
    gain = 10 ** ((loudness - found) / 20) if np.isfinite(found) else 1.0
    if gain * highest > 10 ** (peak / 20):
        gain = 10 ** (peak / 20) / highest
    return gain * array


def _clip(y: ArrayLike) -> NDArray[np.float64]:
    array = as_field(y, signal_ndim=1, name="sound")
    if array.ndim > 2:
        raise InputError(f"sound: found shape {array.shape}, expected (samples,) or (channels, samples)")
    return np.atleast_2d(array)
