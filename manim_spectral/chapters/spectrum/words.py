"""What the chapter from a picture to its curve says."""

from __future__ import annotations

from manim_spectral.mobjects.figures import decimals
from manim_spectral.stage.beat_words import BeatWords
from spectral import PowerLaw

FOOTER = "{which} · {side} × {side} pixels"
AXIS = "cycles per image"

# Panels, what is said under them, and the counter.
WAVE, WAVE_SUM, WAVES, OF = "the wave now added", "all waves so far", "waves", "of {total}"
PHOTO_NOTE, WAVE_NOTE = "the picture to be made", "one pattern of stripes, at full contrast"
MAGNITUDE, PHASE, OUTLINES = "magnitude", "phase", "phase alone"
MAGNITUDE_NOTE = "how strong it is: coarse waves inside, fine ones outside"
PHASE_NOTE = "where its crests lie: it looks like noise, yet it holds the outlines"
OUTLINES_NOTE = "all waves made equally strong, each at its own phase"
POWER, CROSS_NOTE = "power: strength squared", "the bright cross: the picture's borders do not meet"

# Curves.
ALONG_THE_LINE = "power along the line"
DIRECTIONS, THEIR_MEAN = "single directions", "their mean"
FRAMED = "the framed picture"
PICTURES, LOG_MEAN = "{count} pictures", "their mean, on the log scale"

WAVES_BEAT = BeatWords(
    headline="A picture is a sum of waves",
    caption="A picture is a sum of waves. A few coarse ones give its rough shape, thousands of finer ones "
    "its detail. Together they are the picture.",
)
SPECTRA_BEAT = BeatWords(
    headline="Each wave has a strength and a place",
    caption="The magnitude spectrum holds how strong each wave is, the phase spectrum where its crests lie. "
    "Phase alone keeps the outlines.",
)
CUT_BEAT = BeatWords(
    headline="A line through the middle gives a curve",
    caption="Strength squared is power. A line through the middle, from coarse waves to fine ones, gives a "
    "curve.",
)
TURN_CAPTION = (
    "As the line turns, every direction shows a curve of its own. Half a turn on, all is as it was."
)
AVERAGE_BEAT = BeatWords(
    headline="The mean over all directions: one curve for the picture",
    caption="The mean over all directions, ring by ring, is the radially averaged power spectrum: one curve "
    "for the whole picture.",
)
SEVERAL_BEAT = BeatWords(
    headline="{Number} pictures, {number} curves",
    caption="{Number} pictures, as different as they are.",
)
SEVERAL_BEAT_FALLING = BeatWords(
    headline="{Number} pictures, {number} curves: all fall",
    caption="{Number} pictures, as different as they are: each has most of its power in coarse waves, and "
    "less and less in finer ones.",
)
NUMBERS = {2: "two", 3: "three", 4: "four"}
MEAN_BEAT = BeatWords(
    headline="The mean of {count} pictures",
    caption="All {count} curves, and their mean on the log scale, where every picture counts alike.",
)
FIT_BEAT = BeatWords(
    headline="Nearest straight line: a power law, exponent {exponent}",
    caption="The nearest straight line is a power law with exponent {exponent}. It misses by "
    "{residual:.2f} decibels, root mean square.",
)


def several(count: int, *, falling: bool) -> BeatWords:
    """Of two to four pictures; whether all their curves fall."""
    number = NUMBERS[count]
    beat = SEVERAL_BEAT_FALLING if falling else SEVERAL_BEAT
    return beat.filled(number=number, Number=number.capitalize())


def own_pictures(count: int, folder: str) -> str:
    """Which pictures they are: those of one's own folder."""
    return f"{count} picture{'s' * (count > 1)} from {folder}"


def carried_pictures(count: int, own: str | None) -> str:
    """Which pictures they are: the carried ones, and before them one's own where there is one."""
    return f"{own} and {count - 1} carried photographs" if own else f"{count} carried photographs"


def law_lines(law: PowerLaw, exponents: list[float]) -> list[str]:
    """What is said of a power law and of the single pictures' own."""
    lines = [
        f"exponent {decimals(law.exponent)}",
        f"residual {law.residual_db:.2f} dB rms (factor {10 ** (law.residual_db / 10):.2f})",
        f"from {law.low:.0f} to {law.high:.0f} cycles per image",
    ]
    if len(exponents) > 1:
        lines.append(f"single pictures: {decimals(min(exponents))} to {decimals(max(exponents))}")
    return lines
