"""Units of frequency.

A signal of ``n`` samples holds waves of ``k / n`` cycles a sample: in cycles per sample, or per pixel, 0.5 is
Nyquist whatever the signal is. What one looks at is called otherwise: waves across a picture, or hertz. One
cycle per sample is then

    n cycles per picture            sr hertz

and this number, the unit's *scale*, is all that tells one unit from another:

    freq in a unit = freq in cycles per sample * scale

Spectra carry their unit with them, and bands, which are kept in cycles per sample or pixel, give their edges
in any.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FrequencyUnit:
    """A unit of frequency.

    Attributes
    ----------
    name
        As it stands under an axis, "cycles per image".
    scale
        How many of it one cycle per pixel, or per sample, is. Above 0.

    Examples
    --------
    >>> spectral.FrequencyUnit.per("image", 64)
    FrequencyUnit(name='cycles per image', scale=64)
    >>> spectral.FrequencyUnit.hertz(16000).symbol
    'Hz'
    """

    name: str
    scale: float

    @classmethod
    def per(cls, what: str, length: int) -> FrequencyUnit:
        """Cycles per image, clip, ..., of which one is `length` pixels or samples long."""
        return cls(f"cycles per {what}", length)

    @classmethod
    def hertz(cls, sr: float) -> FrequencyUnit:
        """Cycles per second of a sound of `sr` samples per second."""
        return cls("Hz", sr)

    @property
    def symbol(self) -> str:
        """Short, as in a table: "cycles/image"."""
        return self.name.replace(" per ", "/")


PER_PIXEL = FrequencyUnit.per("pixel", 1)
PER_SAMPLE = FrequencyUnit.per("sample", 1)
