"""WalkDisplay and DiffusionDisplay: the two methods of the chapter, each at any moment of its clock."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

import numpy as np

import spectral
from manim_spectral.chapters.refinement import words
from manim_spectral.chapters.refinement.coefficient_plane import CoefficientPlane
from manim_spectral.chapters.refinement.measures import WalkMeasures
from manim_spectral.chapters.refinement.method_display import MethodDisplay
from manim_spectral.mobjects.picture import Picture, fitted
from manim_spectral.mobjects.readout import Readout
from manim_spectral.stage.layout import Box
from manim_spectral.views.pictures import PictureView


class WalkDisplay(MethodDisplay):
    """The autoregressive walk to the sample of a run of pictures.

    Attributes
    ----------
    walked
        The walk's measures.
    plane
        Its coefficients, the first panel.
    """

    def __init__(self, run: PictureView, room: Box) -> None:
        self.run = run
        self.walked = walked = WalkMeasures(run.trajectory.sample, run.bands)
        self.plane = CoefficientPlane(
            walked.walk.rank, band=walked.band, size=walked.size, count=len(run.bands), height=1
        )
        super().__init__(
            words.WALK,
            readout=Readout(
                words.SYMBOL, places=len(str(walked.total)), after=words.OF.format(total=walked.total)
            ),
            pictures=dict(zip(words.WALK_PANELS, (self.plane, final_picture(run)), strict=True)),
            explained=walked.explained,
            times=walked.times,
            ends=words.WALK_ENDS,
            width=room.width,
            height=room.height,
        )
        self.move_to(room.centre)

    def estimate(self, count: int) -> np.ndarray:
        """What the walk expects after `count` symbols, as it is shown."""
        return self.run.seen(self.walked.walk.estimate(count))

    def estimate_at(self, moment: float) -> np.ndarray:
        """The same at a moment of the clock, 0 to 1."""
        return self.estimate(self.walked.count_at(moment))

    def first_waves(self, count: int) -> list[np.ndarray]:
        """What each of the first symbols adds: the mean brightness as it is, the waves at one gain."""
        sums = [self.estimate(written) for written in range(1, count + 1)]
        waves = [after - before for before, after in pairwise(sums)]
        gain = 0.9 / max(1e-6, *(np.abs(wave).max() for wave in waves))
        return [sums[0], *(gain * wave for wave in waves)]

    def set_moment(self, moment: float) -> Self:
        """Show what is written at a moment of the clock."""
        count = self.walked.count_at(moment)
        self.plane.set_count(count)
        self.panels[1].set_array(self.estimate(count))
        self.readout.set_text(f"{count:>{len(str(self.walked.total))}}")
        self.shares.set_now(moment)
        return self


class DiffusionDisplay(MethodDisplay):
    """A sampling run of pictures, what it explains measured as the walk's is: on mirrored pictures."""

    def __init__(self, run: PictureView, room: Box) -> None:
        self.run = run
        self.explained = spectral.mirrored_explained(
            run.trajectory.denoised, run.trajectory.sample, run.bands
        )
        super().__init__(
            words.DIFFUSION,
            readout=Readout(
                words.STEP, places=len(str(run.n_steps)), after=words.OF.format(total=run.n_steps)
            ),
            pictures={title: final_picture(run) for title in words.DIFFUSION_PANELS},
            explained=self.explained,
            times=run.times,
            ends=(words.NOISE, run.noun),
            width=room.width,
            height=room.height,
        )
        self.move_to(room.centre)

    @property
    def softness(self) -> float:
        """Octaves written at once."""
        return spectral.softness(self.explained, self.run.bands)

    def held_at(self, moment: float) -> tuple[np.ndarray, np.ndarray]:
        """What the run holds and what the model expects at a moment of the clock; last, the sample."""
        if moment >= 1:
            sample = self.run.seen(self.run.trajectory.sample)
            return sample, sample
        holds, expects = self.run.views
        step = self.run.step_at(moment)
        return holds.at(step), expects.at(step)

    def set_moment(self, moment: float) -> Self:
        """Show what the run holds and expects at a moment of the clock."""
        self.set_pictures(*self.held_at(moment))
        self.readout.set_text(f"{self.run.step_at(moment) + 1:>{len(str(self.run.n_steps))}}")
        self.shares.set_now(moment)
        return self


def final_picture(run: PictureView, width: float = 1.0, height: float = 1.0) -> Picture:
    """The run's final picture, in a room."""
    return fitted(run.seen(run.trajectory.sample), width, height)
