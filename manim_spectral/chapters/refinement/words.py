"""What the chapter about two forms of iterative refinement says."""

from __future__ import annotations

from manim_spectral.stage.beat_words import BeatWords

SENTENCE = "An autoregressive model writes one word after another"
SENTENCE_SOURCE = "a sentence"
OPENERS = ("one piece after another", "everything at once")
WAVE_SUM = "their sum so far"
WALK_SOURCE = "exact conditional means under a Gaussian prior"
TOGETHER_SOURCE = "{source} · spectra of the mirrored pictures"
RELATIVES_SOURCE = "an octave: waves twice as fine · {source}"

# The two methods: their names, counters, panels, and the ends of their clocks.
WALK, DIFFUSION = "Autoregression", "Diffusion"
SYMBOL, STEP, OF = "symbol", "step", "of {total}"
WALK_PANELS = ("symbols written", "the picture so far")
DIFFUSION_PANELS = ("the sampler holds", "the model expects")
WALK_ENDS, NOISE = ("first symbol", "last"), "noise"
MAP, MAP_ENDS = "how much of each band is there", ("coarse", "fine")

WALK_NOTE = (
    "Each cell is a wave, coarse at the top left, fine outwards: "
    "coloured by its band, bright where it is strong."
)
DIFFUSION_NOTE = "Every step touches every pixel and every wave."
FIGURE, HARD, SOFT = ("octaves", "written at once"), "a hard staircase", "a soft staircase"

OPENING_BEAT = BeatWords(
    headline="Two ways to make a {noun}, little by little",
    caption="Two ways to make the same picture, little by little: one piece after another, or all at once.",
)
SYMBOLS_BEAT = BeatWords(
    headline="Autoregression: one symbol after another",
    caption="An autoregressive model writes one symbol after another, and never goes back. "
    "In a text the symbols are words.",
)
WAVES_BEAT = BeatWords(
    headline="A picture's symbols can be waves",
    caption="A picture can be written so too. Its symbols can be waves: the mean brightness first, "
    "then coarse waves, then finer and finer ones.",
)
WRITING_BEAT = BeatWords(
    headline="{total:,} waves, written from coarse to fine",
    caption="Wave by wave, coarse ones first, the picture appears. Waves not yet written are expected to be "
    "zero: that is the best guess under a Gaussian prior.",
)
DIFFUSION_BEAT = BeatWords(
    headline="Diffusion: everything at once, out of noise",
    caption="A diffusion model starts from noise and refines everything at every step. "
    "Beside it, what the model expects to find.",
)
_ROWS = (
    "Side by side. Each row is a band of waves, coarse ones at the bottom; it lights up as the band "
    "gets written."
)
TOGETHER_BEAT = BeatWords("Side by side", _ROWS)
TOGETHER_BEAT_ALIKE = BeatWords(
    "Side by side: both go from coarse to fine", _ROWS + " Both go from coarse to fine."
)
_SOFTNESS = "One writes {hard} octaves at once, a hard staircase; the other {soft}, a soft one."
RELATIVES_BEAT = BeatWords("Two paths to one picture", _SOFTNESS)
RELATIVES_BEAT_ALIKE = BeatWords(
    "Closer relatives than they seem", _SOFTNESS + " Diffusion is nearly autoregression, in frequency."
)
