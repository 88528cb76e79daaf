"""What the chapter about schedules says."""

from __future__ import annotations

from manim_spectral.chapters.schedule.measures import COSINE_OFFSET
from manim_spectral.stage.beat_words import BeatWords
from spectral.theory.schedules import EDM_SIGMA_DATA

ENDS = ("noise", "picture")  # of a sampler's time
BAND_ENDS = ("coarse", "fine")
AXIS = "cycles per image"
SPECTRUM, TIDE = "mean spectrum", "the tide"
PLANE, TIME = "frequency out of the noise", "t"
UPPER_EDGE, LOWER_EDGE = "{ratio:.0f} × the noise", "1/{ratio:.0f} of the noise"
OCTAVE = "{low:.0f}–{high:.0f}"
FOOTER = "on the measured mean spectrum of {pictures}"

# What each schedule's numbers are. A no-break space keeps an equation on one line.
NUMBERS = {
    "rectified flow": "α = 1 − t, σ = t",
    "cosine": f"offset {COSINE_OFFSET}",
    "linear betas": "0.0001 to 0.02 in 1000 steps",
    "EDM": f"σ from 80 to 0.002, ρ\u00a0=\u00a07, pictures scaled to {EDM_SIGMA_DATA}",
}

CROSSING_BEAT = BeatWords(
    headline="As the noise falls, which frequency comes out when?",
    caption="While a sampler runs, the noise falls. Where its level crosses the pictures' spectrum, a "
    "frequency comes out of the water. Over time that point draws a curve: here, of rectified flow.",
    sentence="The tide over the spectrum, and the frequency at which they cross, from noise to picture. "
    "The schedule is {name}: {numbers}.",
)
ZONE_BEAT = BeatWords(
    headline="No frequency appears at once: the zone is {octaves:.1f} octaves wide",
    caption="No frequency appears at once. From a tenth of the noise's power to ten times as much, it goes "
    "from one eleventh known to ten elevenths. That zone is {octaves:.1f} octaves wide.",
    sentence="Upper edge: 1/{ratio:.0f} of the noise's power, 1/11 explained. Lower edge: "
    "{ratio:.0f}\u00a0×\u00a0that\u00a0power, 10/11 explained. In between it is neither hidden nor known.",
)
LAW_BEAT = BeatWords(
    headline="A power law would draw this thin line",
    caption="If the spectrum were a straight line, a power law with exponent {exponent:.2f}, the curve "
    "would be this thin one. The measured spectrum's stays close to it.",
    sentence="The straight line nearest to the spectrum, of slope −{exponent:.2f}, would draw the thin "
    "curve: {half:.1f} cycles at half time.",
)
FOUR_BEAT = BeatWords(
    headline="Four schedules, one order: coarse first, fine last",
    caption="The same pictures under four schedules, each in even steps of its own time. All go from coarse "
    "to fine, but not at the same pace.",
    sentence="Same pictures, same order. But each spends its steps elsewhere.",
)
SHARES_BEAT = BeatWords(
    headline="{evenest} is the most even: where the steps go, in percent",
    caption="How many of its steps each spends while which octave comes out. Before anything is out pass, of "
    "{early}. The most even over the octaves is {evenest}.",
)
EARLY = "{name}: {percent} percent"
NOTHING_OUT, ALL_OUT = "nothing out yet", "all out"
OCTAVES_GET = "an octave gets {least} to {greatest} %"


def pictures(count: int) -> str:
    """How many pictures there are."""
    return "1 picture" if count == 1 else f"{count} pictures"


def percent(share: float) -> str:
    """A share, 0 to 1, in whole percent."""
    return f"{100 * share:.0f}"
