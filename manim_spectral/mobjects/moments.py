"""Mobjects that show a moment of a run, and the animation that plays the run on them.

A moment is a place on the run's clock: 0 where it begins in noise, 1 at the final sample, in even steps of
log SNR between. `set_moment` shows one at once; `mobject.animate(run_time=15).set_moment(1)` and `PlayRun`
play the run's own steps from the present moment to another: between two steps nothing is drawn that was not
recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self, cast

import numpy as np
from manim import Animation, Mobject, linear, override_animate

from manim_spectral import theme
from manim_spectral.mobjects.pace import Pace
from manim_spectral.views.run_view import RunView
from spectral import InputError


class OfRun:
    """What a mobject has that was made of a run; its class says how it shows a step.

    Attributes
    ----------
    run
        The run, measured.
    moment
        That is shown, 0 to 1.
    pace
        How fast the clock goes just now.
    """

    run: RunView | None = None
    moment: float = 0.0
    pace: Pace = Pace()
    _step = -1

    def show_moment(self, moment: float) -> bool:
        """Show a moment of the run; returns whether a new step of it was reached.

        It may lie beyond 1: a lock that closes at the last step takes its time as well.
        """
        run, step = self.reached(moment)
        if step is not None:
            self.show_step(run, step)
        self.show_between(run, moment)
        return step is not None

    def show_step(self, run: RunView, step: int) -> None:
        """Set all that a step of the run decides."""
        raise NotImplementedError

    def show_between(self, run: RunView, moment: float) -> None:
        """Set what moves from one step to the next as well: water, hands, locks that close."""

    def begin_with(self, run: RunView) -> Self:
        """Show the first moment of a run."""
        self.run, self._step = run, -1
        return self.set_moment(0.0)

    def reached(self, moment: float) -> tuple[RunView, int | None]:
        """The run, and its step at a moment; None where that is shown already."""
        if self.run is None:
            name = type(self).__name__
            raise InputError(f"{name}: found no run to show a moment of, expected one given to `{name}.of`")
        step = self.run.step_at(moment)
        if step == self._step:
            return self.run, None
        self._step = step
        return self.run, step

    def set_moment(self, moment: float) -> Self:
        """Show a moment of the run: 0 where it begins in noise, 1 at the final sample.

        Raises
        ------
        InputError
            If it lies outside 0 to 1, or the mobject was not made `of` a run.
        """
        self.moment = checked_moment(moment)
        self.show_moment(self.moment)
        return self

    def align_data(self, mobject: Mobject, skip_point_alignment: bool = False) -> Self:
        """What manim does before it turns one mobject into another, point by point.

        The same run's same moment elsewhere will do, as in ``animate.scale``. Between two moments lies the
        run, not a straight line.

        Raises
        ------
        InputError
            If the other shows another run or moment.
        """
        if isinstance(mobject, OfRun) and (mobject.run is not self.run or mobject.moment != self.moment):
            name = type(self).__name__
            raise InputError(
                f"{name}: found another run or moment to turn into, expected the same; "
                "FadeTransform blends two, animate.set_moment plays from one moment to another"
            )
        return super().align_data(mobject, skip_point_alignment)  # type: ignore[misc]

    @override_animate(set_moment)  # type: ignore[arg-type]  # by manim's types it is a bound method
    def _play_to(self, moment: float, anim_args: dict[str, Any] | None = None) -> PlayRun:
        return PlayRun(self, end=moment, **(anim_args or {}))


class PlayRun(Animation):
    """Plays a run on a mobject that was made `of` it, forwards or backwards.

    The clock stands still at the end for as long as a lock takes to close.

    Parameters
    ----------
    mobject
        Made by the `of` of its class: a `RunDisplay`, `SpectrumPlot`, `BandRack` and so on.
    end
        The moment to play to, 0 to 1, from the one that is shown.
    run_time
        Seconds.

    Raises
    ------
    InputError
        If the mobject shows no run, or the moment lies outside 0 to 1.

    Examples
    --------
    >>> self.play(PlayRun(left), PlayRun(right), run_time=12)  # two runs side by side
    """

    def __init__(
        self,
        mobject: OfRun,
        *,
        end: float = 1.0,
        run_time: float = 15.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        if not isinstance(mobject, OfRun) or mobject.run is None:
            found = type(mobject).__name__
            raise InputError(f"PlayRun: found a {found} without a run, expected what `of` made from a run")
        self.player, self.end = mobject, checked_moment(end)
        super().__init__(cast(Mobject, mobject), run_time=run_time, rate_func=rate_func, **kwargs)

    def begin(self) -> None:
        """Nothing to remember: the mobject is set outright on every frame, so no copy of it is kept."""
        self.start = self.player.moment
        self.going = max(self.run_time - min(theme.LOCK_CLOSES, self.run_time / 2), 1e-9)
        span = abs(self.end - self.start)
        self.player.pace = Pace(self.going / span if span else 0.0)
        self.interpolate(0)

    def interpolate(self, alpha: float) -> None:
        seconds = self.rate_func(min(max(alpha, 0.0), 1.0)) * self.run_time
        share = min(1.0, seconds / self.going)
        self.player.pace.pauses = [(self.end, max(0.0, seconds - self.going))]
        self.player.moment = self.start + share * (self.end - self.start)
        self.player.show_moment(self.player.moment)

    def finish(self) -> None:
        self.interpolate(1)
        self.player.pace = Pace()
        self.player.set_moment(self.player.moment)

    def get_all_mobjects(self) -> Sequence[Mobject]:
        return [cast(Mobject, self.player)]


def checked_size(name: str, value: float) -> float:
    """A length in manim units, if it is one.

    Raises
    ------
    InputError
        If it is no finite number above 0.
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 < value < np.inf:
        raise InputError(f"{name}: found {value!r}, expected manim units above 0")
    return float(value)


def checked_moment(moment: float) -> float:
    """A moment, if it is one.

    Raises
    ------
    InputError
        If it lies outside 0 to 1.
    """
    if isinstance(moment, bool) or not isinstance(moment, int | float | np.number) or not 0 <= moment <= 1:
        raise InputError(f"moment: found {moment!r}, expected 0 (noise) to 1 (the final sample)")
    return float(moment)
