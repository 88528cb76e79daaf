"""What every scene stands on: frame, ground, fast camera, beats, and a clock that redraws only change."""

from __future__ import annotations

import tempfile
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    Animation,
    FadeIn,
    FadeOut,
    Group,
    Mobject,
    Scene,
    VGroup,
    config,
    linear,
    smooth,
    squish_rate_func,
)
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.section import DefaultSectionType

import spectral
from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge, Provenance
from manim_spectral.sources import settings
from manim_spectral.stage.camera import StageCamera
from manim_spectral.stage.layout import Layout
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

    def __init__(self, **kwargs: Any) -> None:
        self.settings = settings.load_settings()
        theme.use(self.settings.theme)
        theme.fit_frame()
        # manim names cached clips after abridged arrays: another picture with the same corners would get the
        # old clip.
        config.disable_caching = True
        renderer = CairoRenderer(file_writer_class=SoundFileWriter, camera_class=StageCamera)
        given = {
            name: value for name, value in kwargs.items() if value is not None
        }  # %%manim says renderer=None
        super().__init__(**({"renderer": renderer, "camera_class": StageCamera} | given))
        self.layout, self.heading = Layout.of_frame(), VGroup()
        self._caption, self._since = "", 0.0

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
        room = self.layout.footer
        badge = Badge(provenance).move_to(room.centre).align_to(room.top_right, RIGHT)
        line = longest(cuts(words), room.width - badge.width - 0.3, size=theme.SMALL)
        origin = theme.words(line, size=theme.SMALL, colour=theme.palette.quiet)
        return VGroup(origin.move_to(room.centre).align_to(room.top_left, LEFT), badge)

    def sound(self, y: np.ndarray, *, sr: int) -> None:
        """Let samples, (n,) from -1 to 1, be heard from now on."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound.wav"
            spectral.write_audio(path, y, sr=sr)
            # Not by way of manim's add_sound, which looks at whether the last animation was skipped.
            self.renderer.file_writer.add_sound(path)

    def tear_down(self) -> None:
        self._close_caption()
        super().tear_down()

    def _close_caption(self) -> None:
        if self._caption:
            lasted = self.time - self._since
            self.add_subcaption(self._caption, duration=lasted, offset=-lasted)
            self._caption = ""


class Clock(Animation):
    """Drives mobjects by the clock and redraws three floors each as often as it needs.

    What neither `stills` nor `movers` holds is drawn once. `stills` are drawn again only when `show` says so,
    `movers` on every frame. Both have to lie on top of everything else in the scene, in that order.

    Parameters
    ----------
    show
        Called with the share of the run time that has passed, 0 to 1; sets the mobjects, and returns whether
        the stills have changed.
    """

    def __init__(
        self,
        scene: Scene,
        *,
        stills: Group,
        movers: Group,
        show: Callable[[float], bool],
        run_time: float,
    ) -> None:
        super().__init__(Group(stills, movers), run_time=run_time, rate_func=linear)
        self.scene, self.stills, self.movers, self.show = scene, stills, movers, show
        self.backdrop = None

    def begin(self) -> None:
        """Nothing to remember: the mobjects are set outright on every frame, so no copy of them is kept."""

    def interpolate(self, alpha: float) -> None:
        changed = self.show(self.rate_func(min(max(alpha, 0.0), 1.0)))
        renderer = self.scene.renderer
        if renderer.static_image is None:  # not yet, or no longer, between the first and the last frame
            return
        if self.backdrop is None:
            self.backdrop, changed = renderer.static_image, True
        if changed:
            renderer.static_image = self.backdrop
            renderer.update_frame(self.scene, mobjects=[self.stills])
            renderer.static_image = renderer.get_frame()
            self.scene.moving_mobjects = [self.movers]

    def finish(self) -> None:
        self.show(1.0)


def exchanged(old: Mobject, new: Mobject) -> list[Animation]:
    """Animations in which one leaves before the other comes: words that cross cannot be read."""
    leave, enter = squish_rate_func(smooth, 0, 0.5), squish_rate_func(smooth, 0.5, 1)
    return [*([FadeOut(old, rate_func=leave)] if len(old) else []), FadeIn(new, rate_func=enter)]


def shorter(name: str) -> str:
    """A name with one character less, and a sign that it was cut."""
    return name[:-2].rstrip("…") + "…"


def cuts(words: str) -> list[str]:
    """Words, whole and cut after every character, the longest first."""
    lines = [words]
    while len(lines[-1]) > 2:
        lines.append(shorter(lines[-1]))
    return lines


def longest(lines: Sequence[str], width: float, *, size: float, weight: str = "regular") -> str:
    """The first of lines of falling length that is no wider than `width`; where none is, the last."""

    def fits(line: str) -> bool:
        return theme.words(line, size=size, weight=weight).width <= width

    # Setting a line takes its time: if not the first, then by halves, not one after another.
    shown = 0 if fits(lines[0]) else bisect_left(lines, True, key=fits)
    return lines[min(shown, len(lines) - 1)]
