"""What the chapter about soft autoregression says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from manim_spectral.chapters.staircase.measures import RowOrder
from manim_spectral.mobjects.figures import decimals, give_or_take
from manim_spectral.stage.beat_words import BeatWords
from manim_spectral.views.run_view import RunView

PANEL = "written so far"
ROWS = "rows: {unit}, low at the bottom; in colour: being written"
ROWS_BY_POWER = "the same rows by power, the strongest at the bottom"
SPREAD = "softness, 0: hard"
ONE_BY_ONE = "one by one"  # how a walk goes, in the place of a tau
FOOTER = "±: softness · τ: Kendall's, of the bands' order"

WALK_BEAT = BeatWords(
    headline="Autoregression: a hard staircase",
    caption="An autoregressive walk writes a picture's frequencies one by one, coarse ones first. "
    "Each row is a band of frequencies, in colour while it is being written: a hard staircase.",
)
_MODEL = (
    "A diffusion model on its way to the same picture writes several bands at once, spread over plus "
    "or minus {softness:.1f} octaves: "
)
MODEL_BEAT = BeatWords("Diffusion: the same stairs, blurred", _MODEL + "a blurred staircase.")
MODEL_BEAT_OF_NO_ORDER = BeatWords("Diffusion: no stairs in frequency", _MODEL + "no staircase.")
FREE_RUN_BEAT = BeatWords(
    headline="A free run: nobody chose the picture",
    caption="A free run of the same model, to a picture that nobody chose: "
    "plus or minus {softness:.1f} octaves at once.",
)
_FREQUENCY = (
    "A sound, its rows sorted by frequency as before: {stairs}. "
    "Kendall's tau of the bands' order against frequency is {{tau:.2f}}."
)
FREQUENCY_BEAT = BeatWords("A sound: no stairs in frequency", _FREQUENCY.format(stairs="no staircase"))
FREQUENCY_BEAT_OF_STAIRS = BeatWords("A sound: stairs in frequency", _FREQUENCY.format(stairs="a staircase"))
_POWER = (
    "The same rows sorted by power, the strongest at the bottom: {stairs}. "
    "Kendall's tau against power is {{tau:.2f}}."
)
POWER_BEAT = BeatWords("Sorted by power: the stairs are back", _POWER.format(stairs="a staircase again"))
POWER_BEAT_OF_NO_ORDER = BeatWords(
    "Sorted by power: no stairs either", _POWER.format(stairs="no staircase either")
)
SIDE_BY_SIDE_BEAT = BeatWords(
    headline="One band at a time, or ±{softness:.1f} octaves at once",
    caption="Autoregression writes one band at a time. Diffusion writes a spread of plus or minus "
    "{softness:.1f} octaves at once: soft autoregression.",
)


@dataclass(frozen=True)
class MapWords:
    """What is said of one map.

    Attributes
    ----------
    name, kind
        Who writes, and what tells this map from the others of the same model.
    source
        Which way it goes and where it leads, for the footer.
    names, unit
        What each band holds, and of what.
    clock, start, end
        What the clock counts, and what stands at its ends.
    spread_unit
        What the softness is counted in.
    tau, tau_meaning
        What Kendall's tau is taken against, and what 1 is.
    """

    name: str
    kind: str
    source: str
    names: tuple[str, ...]
    unit: str
    clock: str
    start: str
    end: str
    spread_unit: str = "octaves"
    tau: str = "τ by frequency"
    tau_meaning: str = "1: lowest band first"

    def figures(self, rows: RowOrder) -> list[tuple[str, str, str]]:
        """(number, name, meaning) of the softness and, where there is one, of the tau."""
        found = [(give_or_take(rows.spread), f"{self.spread_unit} at once", SPREAD)]
        if rows.tau is not None:
            found.append((decimals(rows.tau), self.tau, self.tau_meaning))
        return found


def walk_words(run: RunView) -> MapWords:
    """Of the walk to a run's sample."""
    t = run.trajectory
    return MapWords(
        name="autoregression",
        kind="walk",
        source=f"walk to {t.source or 'the sample'} · its DCT, one by one",
        names=tuple(run.names),
        unit=run.axis_label,
        clock="coefficients written, in octaves",
        start="1",
        end=f"{t.sample[0].size}",
    )


def run_words(run: RunView, kind: str = "") -> MapWords:
    """Of a sampling run; `kind` where it is not told by where the run's path comes from."""
    t = run.trajectory
    path = f"bridge to {t.source}" if t.origin == "bridge" else "free run"
    ruler = "by DCT" if t.signal_ndim == 2 else ""
    parts = [path, t.model, "ancestral" if t.stochastic else "deterministic", run.note, ruler]
    return MapWords(
        name=f"{t.modality} model",
        kind=kind or ("bridge" if t.origin == "bridge" else "free run"),
        source=" · ".join(filter(None, parts)),
        names=tuple(run.names),
        unit=run.axis_label,
        clock="time, in even steps of log SNR",
        start="noise",
        end=run.noun,
    )


def words_by_power(words: MapWords) -> MapWords:
    """Of the same map with its rows sorted by power."""
    return replace(
        words, kind="by power", spread_unit="rows", tau="τ by power", tau_meaning="1: strongest first"
    )
