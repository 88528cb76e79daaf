"""What every scene stands on: frame, ground, fast camera, beats, and a clock that redraws only change."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from manim import (
    LEFT,
    Animation,
    FadeIn,
    FadeOut,
    Group,
    Mobject,
    Scene,
    VGroup,
    VMobject,
    config,
    smooth,
    squish_rate_func,
)
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.section import DefaultSectionType

import spectral
from manim_spectral import theme
from manim_spectral.mobjects.badge import Provenance
from manim_spectral.mobjects.waveform import Playhead
from manim_spectral.sources import settings
from manim_spectral.stage.camera import StageCamera
from manim_spectral.stage.clock import Clock
from manim_spectral.stage.layout import Layout
from manim_spectral.stage.signature import signature
from manim_spectral.stage.soundtrack import SoundFileWriter

# manim asks a server after a render whether there is a newer manim, whose films may differ: here it does not.
config.notify_outdated_version = False

LOOP = "loop"  # manim's type of a section that a slide plays round and round


class Stage(Scene):
    """A Scene that knows the user's settings and keeps text the same size at every aspect ratio.

    Attributes
    ----------
    layout
        The rooms of the present frame.
    heading
        The line at the top, empty at first.
    """

    def __init__(self, renderer: Any = None, **kwargs: Any) -> None:
        self.settings = settings.load_settings()
        theme.follow(self.settings.theme)
        theme.fit_frame()
        # manim names cached clips after abridged arrays: another picture with the same corners would get the
        # old clip.
        config.disable_caching = True
        own = CairoRenderer(file_writer_class=SoundFileWriter, camera_class=StageCamera)
        super().__init__(renderer=renderer or own, **({"camera_class": StageCamera} | kwargs))
        self.layout = Layout.of_frame()
        self.heading: VMobject = VGroup()
        self._caption, self._since = "", 0.0

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """As manim does, with an `InputError` told in its one line."""
        with settings.one_line_errors():
            return super().render(*args, **kwargs)

    def beat(self, name: str, caption: str, *, loop: bool = False) -> None:
        """Open a beat: a section for slides and clips, and a caption that stands until the next beat.

        A beat that ends as it began may `loop`: a slide then plays it round and round.
        """
        self._close_caption()
        self.next_section(name, LOOP if loop else DefaultSectionType.NORMAL)
        self._caption, self._since = caption, self.time

    def headline(self, text: str) -> list[Animation]:
        """Animations that put a new line at the top in the old one's place."""
        box = self.layout.heading
        old, new = self.heading, theme.words(text, size=theme.HEADING, weight="semibold")
        if new.width > box.width:
            new.scale_to_fit_width(box.width)
        self.heading = new.move_to(box.centre).align_to(box.top_left, LEFT)
        return exchanged(old, new)

    def others(self, *kept: Mobject) -> list[Mobject]:
        """All that is on the stage but the heading and what is kept, to leave it together."""
        kept_parts = {id(part) for thing in (self.heading, *kept) for part in thing.get_family()}
        return [thing for thing in self.mobjects if id(thing) not in kept_parts]

    def play_clock(self, *movers: Mobject, show: Callable[[float], object], run_time: float) -> None:
        """Show what the clock decides, from 0 to 1, on things that lie on top of all others."""

        def show_frame(share: float) -> bool:
            show(share)
            return False

        self.play(Clock(self, stills=Group(), movers=Group(*movers), show=show_frame, run_time=run_time))

    def sign(self, words: str, provenance: Provenance) -> VGroup:
        """The footer: where what is shown comes from, in words that are cut where the room ends, and in a
        badge."""
        return signature(words, provenance, self.layout.footer)

    def sound(self, y: np.ndarray, *, sr: int) -> None:
        """Let samples, (n,) from -1 to 1, be heard from now on."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound.wav"
            spectral.write_audio(path, y, sr=sr)
            # Not by way of manim's add_sound, which looks at whether the last animation was skipped.
            self.renderer.file_writer.add_sound(path)

    def play_sound(
        self,
        y: np.ndarray,
        *,
        sr: int,
        over: Mobject,
        movers: Sequence[Mobject] = (),
        show: Callable[[float], bool] = lambda share: False,
    ) -> None:
        """Let samples be heard while a playhead moves over their picture.

        Parameters
        ----------
        y, sr
            As for `sound`.
        over
            Their waveform or spectrogram.
        movers, show
            What else moves meanwhile, and what sets it (see `Clock`).
        """
        playhead = Playhead(over)

        def every_frame(share: float) -> bool:
            playhead.set_at(share)
            return show(share)

        self.sound(y, sr=sr)
        moving = Group(*movers, playhead)
        self.play(Clock(self, stills=Group(), movers=moving, show=every_frame, run_time=len(y) / sr))
        self.remove(playhead)

    def tear_down(self) -> None:
        self._close_caption()
        super().tear_down()

    def _close_caption(self) -> None:
        if self._caption:
            lasted = self.time - self._since
            self.add_subcaption(self._caption, duration=lasted, offset=-lasted)
            self._caption = ""


def exchanged(old: Mobject, new: Mobject) -> list[Animation]:
    """Animations in which one leaves before the other comes: words that cross cannot be read."""
    leave, enter = squish_rate_func(smooth, 0, 0.5), squish_rate_func(smooth, 0.5, 1)
    return [*([FadeOut(old, rate_func=leave)] if len(old) else []), FadeIn(new, rate_func=enter)]
