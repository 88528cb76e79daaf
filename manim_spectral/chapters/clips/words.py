"""What the chapter about sound says."""

from __future__ import annotations

from collections.abc import Sequence

from manim_spectral.stage.beat_words import BeatWords
from manim_spectral.views.run_view import HOLDS
from manim_spectral.views.waveforms import FAR_BETTER
from spectral import Order

# Where what is shown comes from.
CLIPS_SOURCE = "{clips} · Welch’s spectra, 1/12 octave"
BOTH_SOURCE = "{photographs} · {clips}"
TIDE_SOURCE = "{clip} · its octaves against white noise"

# Curves, lines and columns.
HEARD, BEFORE = "power of the clip you hear", "of those before"
PEAK = "{peak:.0f} Hz"
LAW_MEANING = ("rms off the nearest straight line,", "whose exponent is {exponent}")
CLIP, TIDE, GOES_UNDER = "the clip", "noise: the tide", "q = 1: an octave goes under"
HIGH_TO_LOW, AS_THEY_GO = "from high to low", "as they go under"
LIKE_FREQUENCY, LIKE_POWER = "like high to low", "like weak to strong"
TAU_MEANING = "Kendall’s τ, 1: the same order, 0: no likeness"

CLIPS_BEAT = BeatWords(
    headline="What about sound? Where each clip has its power",
    caption="What about sound? Real clips, heard as the power spectrum is drawn. Each has its peak {where}.",
)
CLIP_BEAT = BeatWords(
    headline="What about sound? Where each clip has its power",
    caption="What about sound? A real clip, heard as the power spectrum is drawn. It has its peak {where}.",
)
PEAKED_BEAT = BeatWords(
    headline="Sound is peaked: no straight line fits",
    caption="The straight line nearest to the clips misses their mean by {ours:.1f} decibels: sound is "
    "peaked, and no single power law. {above}For photographs the line misses by {theirs:.1f}.",
)
STRAIGHT_BEAT = BeatWords(
    headline="A straight line near sound",
    caption="The straight line nearest to the clips misses their mean by {ours:.1f} decibels. {above}"
    "For photographs the line misses by {theirs:.1f}.",
)
FALLS_ABOVE = "Above {freq:.0f} hertz it falls, irregularly. "
TIDE_BEAT = BeatWords(
    headline="Noise is flat: what does its tide drown first?",
    caption="Noise is flat: a tide. Over the clip “{clip}” it rises, and octave after octave goes under: "
    "{order}.",
)
ORDER_BEAT = BeatWords(
    headline="{verdict}",
    caption="{verdict}. What noise drowns last, a diffusion model should bring back first. "
    "Listen to one that does.",
)


def peaks(found: Sequence[float]) -> BeatWords:
    """Of clips with these peaks, in Hz."""
    if len(found) > 1:
        return CLIPS_BEAT.filled(where=f"between {min(found):.0f} and {max(found):.0f} Hz")
    return CLIP_BEAT.filled(where=f"near {found[0]:.0f} Hz")


def clips(count: int, seconds: float) -> str:
    """How many clips of which length there are."""
    return f"{count} clip{'s' * (count > 1)} of {seconds:g} s"


def photographs(count: int) -> str:
    """How many photographs there are."""
    return f"{count} photograph{'s' * (count > 1)}"


def verdict(order: Order) -> str:
    """What the order in which octaves drown goes with."""
    by_power = order.power > HOLDS
    if by_power and order.power > order.frequency + FAR_BETTER:
        return "Sound drowns by power, not from high to low"
    if order.frequency > HOLDS:
        return "This sound drowns from high to low" + (", and by power" if by_power else "")
    return "Neither by power nor from high to low"
