"""What the chapter about the rising tide says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manim_spectral.stage.beat_words import BeatWords

NOTHING = 1e-6  # of the noise's power: what is weaker is rounding

FOOTER = "{name} · {side} × {side} pixels · white Gaussian noise"
AXIS, ENDS = "cycles per image", ("coarse shapes", "fine detail")

# What panels and curves are.
PURE_NOISE, NOISY, KEPT, WITH_NOISE = "pure noise", "picture and noise", "above water", "with the noise"
NOISE_CURVE, FLAT_CURVE = "noise, measured", "σ²: flat"
PICTURE_CURVE, NOISE_BESIDE = "the picture, measured", "the noise"
SUM_CURVE, SUM_FORM = "both, measured", "S + σ²: closed form"
PICTURE, TIDE = "the picture", "the tide, σ²"
HALVES = ("coarse shapes", "fine detail")

# The two numbers beside the pictures, and what each is.
SIGMA, CUTOFF, CUTOFF_UNIT = "noise σ", "up to", "cycles"
SIGMA_MEANING = "how strong the noise is that was added to the picture"
CUTOFF_MEANING = "per image: all of the picture, up to where its curve meets the water"

NOISE_BEAT = BeatWords(
    headline="Noise is equally strong from coarse to fine",
    caption="Noise is equally strong at every frequency: its spectrum is flat, from coarse to fine.",
    sentence="Every pixel is drawn by chance. Coarse or fine, no frequency is favoured.",
)
HINGE_BEAT = BeatWords(
    headline="Add them, and the spectrum has a hinge",
    caption="Add them. The spectrum follows the picture where the picture is stronger, then bends into the "
    "noise: a hinge. Detail beyond the bend is lost in noise.",
    sentence="Left of the bend you measure the picture, right of it only noise: that is lost.",
)
SQUINT_BEAT = BeatWords(
    headline="Squint, or step back: the two look alike",
    caption="Squint, or step back: the noisy picture looks like the smooth one. The coarse shapes are there, "
    "the detail is not.",
    sentence="From afar the noisy picture is the smooth one. Its coarse shapes still stand out.",
)


@dataclass(frozen=True)
class PictureWords:
    """What the beats say that depend on whether a picture's detail is weak; `why` answers in its sentence."""

    picture: BeatWords
    rise: BeatWords
    drown: BeatWords
    why: BeatWords


_RISE = (
    "The noise grows, and its level rises like a tide. What is weak goes under first. Beside the noisy "
    "picture stands what is still above water."
)
_ABOVE_WATER = "What stands out of the water can be seen. What is under it, noise hides."
_UNDER_WATER = "When the water stands over the whole curve, only noise is left."

USUAL = PictureWords(
    picture=BeatWords(
        headline="A picture is strong in coarse shapes, weak in detail",
        caption="A picture is strong in coarse shapes and weak in detail. From coarsest to finest its power "
        "falls {times} times.",
        sentence="From the coarsest shapes to the finest detail, its power falls {times} times.",
    ),
    rise=BeatWords("Noise rises like a tide: detail drowns first", _RISE, _ABOVE_WATER),
    drown=BeatWords(
        headline="The coarsest shapes drown last",
        caption="The tide rises on. The coarsest shapes drown last; then there is only noise.",
        sentence=_UNDER_WATER,
    ),
    why=BeatWords(
        headline="Why noise hides detail first",
        caption="Why does noise hide detail first? Detail is weak. Noise is equally strong everywhere. So it "
        "drowns detail first, and coarse shapes last.",
        sentence="Detail is weak, noise is equally strong everywhere: so noise drowns detail first.",
    ),
)
_STRONG = "Most pictures are far weaker in detail than in coarse shapes. This one is not."
UNUSUAL = PictureWords(  # of a picture whose detail is not weak, be it noise itself
    picture=BeatWords("This picture is not weak in detail", _STRONG, _STRONG),
    rise=BeatWords("Noise rises like a tide: what is weak drowns first", _RISE, _ABOVE_WATER),
    drown=BeatWords(
        headline="What is strongest drowns last",
        caption="The tide rises on. What is strongest drowns last; then there is only noise.",
        sentence=_UNDER_WATER,
    ),
    why=BeatWords(
        headline="Noise hides what is weak first",
        caption="Noise is equally strong everywhere, so it drowns first what is weak. In most pictures "
        "that is detail; in this one it is not.",
        sentence="Noise is equally strong everywhere: it drowns what is weak first. In most "
        "pictures, detail.",
    ),
)


def plain(times: float) -> str:
    """A ratio to one significant figure: "60 000"."""
    power = 10 ** np.floor(np.log10(times))
    return f"{round(times / power) * power:,.0f}".replace(",", "\u202f")


def strength(ratio: float) -> str:
    """Which of a part and the noise is the stronger, in words."""
    if ratio >= 1:
        return f"{_figure(ratio)} times as strong as the noise: they stand out"
    if ratio < NOTHING:
        return "nothing of the picture is here"
    return f"the noise is {_figure(1 / ratio)} times as strong: it drowns"


def _figure(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
