"""A clock that drives mobjects and redraws only what has changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manim import Animation, Group, Scene, linear
from manim.renderer.cairo_renderer import CairoRenderer


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
        self.backdrop: np.ndarray | None = None

    def begin(self) -> None:
        """Nothing to remember: the mobjects are set outright on every frame, so no copy of them is kept."""

    def interpolate(self, alpha: float) -> None:
        changed = self.show(self.rate_func(min(max(alpha, 0.0), 1.0)))
        renderer = self.scene.renderer
        assert isinstance(renderer, CairoRenderer)
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
