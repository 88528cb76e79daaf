"""What the chapter about the unstable equilibrium says."""

from __future__ import annotations

from dataclasses import dataclass

from manim_spectral.stage.beat_words import BeatWords

CREDIT = "after Sander Dieleman, 2024"
MEASURED = "{credit} · {picture}"
SENTENCE = "The ball rests on the ridge"  # that is written word by word

WAYS_BEAT = BeatWords(
    headline="One way for language, another for the rest",
    caption="Language is written by autoregression, word by word. Images, sound and video come from "
    "diffusion: everything at once, in many steps.",
)
PRICES_BEAT = BeatWords(
    headline="Close relatives: each gives something up",
    caption="Autoregression is bound to one order, takes a step for every word and takes nothing back. "
    "Diffusion passes over everything many times, has no exact likelihood, and keeps its order only roughly.",
)
EXACT_ORDER_BEAT = BeatWords(
    headline="Between them: frequency after frequency",
    caption="Between them: autoregression over frequencies. Its order would be exact, its training that of "
    "language. It gives up the free number of steps, and guidance while sampling.",
)
RIDGE_BEAT = BeatWords(
    headline="An unstable equilibrium",
    caption="Today's split rests on a ridge: in one valley autoregression makes everything, in the other "
    "diffusion does.",
)
BALANCE_CAPTION = (
    "Writing frequencies in exact order pushes it to one side, refining whole texts at once to the other."
)
THESIS_BEAT = BeatWords(
    headline="Diffusion is spectral autoregression",
    caption="Where power falls with frequency, diffusion is autoregression in frequency: coarse first, fine "
    "last, softly and on average. The order comes from the white noise: noise coloured like the data "
    "would lock every band at once.",
)
CLAIM = "Where power falls with frequency, diffusion writes coarse first, fine last: softly, and on average."
COUNTERPOINT = (
    "The order comes from the white noise. Noise coloured like the data would lock every band "
    "at once (Falck et al., 2025)."
)


@dataclass(frozen=True)
class ParadigmWords:
    """What a card says: a trait begins with "+" for what is gained, with "−" for what is not to be had."""

    name: str
    used_for: str
    order: str
    traits: tuple[str, ...]


LANGUAGE = ParadigmWords(
    "Autoregression",
    "language",
    "word after word",
    ("− one order, fixed beforehand", "− one step for every word", "− what is written stays"),
)
DIFFUSION = ParadigmWords(
    "Diffusion",
    "images, sound, video",
    "coarse before fine, softly",
    ("− many passes over everything", "− no exact likelihood", "− a rough order, set by the noise"),
)
FREQUENCY = ParadigmWords(
    "Autoregression in frequency",
    "DCT coefficients, or scales",
    "coarse before fine, exactly",
    (
        "+ an order exactly kept",
        "+ trained like language",
        "− a fixed number of steps",
        "− no guidance while sampling",
    ),
)

# Lines over the ball, under the valleys, and at what pushes it into either.
HERE = ("today", "one way for each")
VALLEYS = (("autoregression", "for everything"), ("diffusion", "for everything"))
PUSHES = (("exact order", "in frequency"), ("whole texts", "refined at once"))
