"""Manim pictures of diffusion sampling: what our films are made of, for scenes of your own.

    from manim_spectral import BandRack, PicturePanel, RunDisplay, SpectrumPlot, Timeline, WritingMap

Each of these has an `of` that makes it from a `spectral.Trajectory`, and a `set_moment` that shows any moment
of that run, 0 (noise) to 1 (the final sample); ``self.play(mobject.animate(run_time=15).set_moment(1))``
plays it, in any manim scene. `Stage` is the scene that our films stand on, with `Clock` for frames that are
quick to draw, and `theme` holds colours and type, which can be your own.

Importing this package loads neither manim nor torch: manim itself imports its plugins before it is there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manim_spectral import theme
    from manim_spectral.mobjects.badge import Badge
    from manim_spectral.mobjects.band_rack import BandRack
    from manim_spectral.mobjects.moments import PlayRun
    from manim_spectral.mobjects.panel import PicturePanel
    from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
    from manim_spectral.mobjects.timeline import Timeline
    from manim_spectral.mobjects.waveform import Waveform
    from manim_spectral.mobjects.writing_map import WritingMap
    from manim_spectral.stage.clock import Clock
    from manim_spectral.stage.run_display import RunDisplay
    from manim_spectral.stage.stage import Stage

_HOMES = {
    "Badge": "mobjects.badge",
    "BandRack": "mobjects.band_rack",
    "Clock": "stage.clock",
    "PicturePanel": "mobjects.panel",
    "PlayRun": "mobjects.moments",
    "RunDisplay": "stage.run_display",
    "SpectrumPlot": "mobjects.spectrum_plot",
    "Stage": "stage.stage",
    "Timeline": "mobjects.timeline",
    "Waveform": "mobjects.waveform",
    "WritingMap": "mobjects.writing_map",
}

__all__ = [
    "Badge",
    "BandRack",
    "Clock",
    "PicturePanel",
    "PlayRun",
    "RunDisplay",
    "SpectrumPlot",
    "Stage",
    "Timeline",
    "Waveform",
    "WritingMap",
    "theme",
]


def __getattr__(name: str) -> Any:
    if name == "theme":
        return import_module("manim_spectral.theme")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"manim_spectral.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
