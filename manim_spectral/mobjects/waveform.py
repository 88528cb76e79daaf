"""Waveform: sound as a line, drawn from the least and greatest sample of every pixel column."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import DOWN, RIGHT, UP, Line, ManimColor, Mobject, config
from PIL.Image import Resampling

from manim_spectral import theme
from manim_spectral.mobjects.moments import OfRun, checked_size
from manim_spectral.mobjects.picture import Picture
from manim_spectral.views.modality import run_view
from manim_spectral.views.raster import wave_raster
from manim_spectral.views.run_view import RunView
from spectral import InputError, Trajectory


def line_pixels(covered: np.ndarray, colour: ManimColor | str | None = None) -> np.ndarray:
    """A line on a panel as uint8 pixels (rows, columns, 3), from the share of each that it covers."""
    ground = np.array(ManimColor(theme.palette.panel).to_rgb())
    line = np.array(ManimColor(colour or theme.palette.signal).to_rgb())
    return np.rint(255 * (ground + covered[..., None] * (line - ground))).astype(np.uint8)


class Waveform(OfRun, Picture):
    """A waveform in a rectangle of its own, as sharp as the film.

    Parameters
    ----------
    samples
        (channels, n).
    width, height
        In manim units.
    limit
        The value at the rectangle's edge.

    Examples
    --------
    .. manim:: WaveformOfARun
        :save_last_frame:

        import spectral
        from manim_spectral import Waveform
        from spectral.assets import carried

        class WaveformOfARun(Scene):
            def construct(self):
                clip = spectral.read_audio(carried("clips", "speech_do_not_disturb.flac"))
                run = spectral.wiener_bridge(clip.samples[0], sr=clip.sr)
                waves = [Waveform.of(run, width=12, height=2).set_moment(moment) for moment in (0.3, 0.6, 1)]
                self.add(Group(*waves).arrange(DOWN, buff=0.4))
    """

    def __init__(
        self, samples: np.ndarray, width: float, height: float, *, limit: float, **kwargs: Any
    ) -> None:
        pixels = config.pixel_width / config.frame_width
        self.limit, self.shape = limit, (max(8, round(height * pixels)), max(8, round(width * pixels)))
        super().__init__(samples, height=height, **kwargs)
        self.stretch_to_fit_width(width)

    @classmethod
    def of(cls, run: Trajectory | RunView, *, width: float = 6.0, height: float = 1.5) -> Self:
        """The denoised estimate of a run of sound, as a waveform.

        Parameters
        ----------
        run
            A `spectral.Trajectory` of waveforms, or the view of one.
        width, height
            In manim units.

        Raises
        ------
        InputError
            If `run` is no trajectory, or one of pictures.
        """
        width = checked_size("width", width)
        height = checked_size("height", height)
        view = run_view(run)
        content = view.views[1]
        if content.drawn != "waveform":
            raise InputError(f"run: found one of {view.trajectory.modality}s, expected one of waveforms")
        return cls(content.at(0), width, height, limit=1.0).begin_with(view)

    def show_step(self, run: RunView, step: int) -> None:
        self.set_array(run.views[1].at(step))

    @property
    def _resampling(self) -> Resampling:
        return Resampling.BILINEAR

    def set_array(self, array: np.ndarray) -> Self:
        """Show other samples, (channels, n)."""
        return super().set_array(line_pixels(wave_raster(array, shape=self.shape, limit=self.limit)))


class Playhead(Line):
    """An upright line that stands where a sound is being played."""

    def __init__(self, over: Mobject) -> None:
        super().__init__(over.get_bottom(), over.get_top())
        self.set_stroke(theme.palette.signal, theme.BOLD)
        self.over = over
        self.set_at(0.0)

    def set_at(self, share: float) -> Self:
        """Stand at a share of the sound, 0 to 1."""
        left = self.over.get_left() + float(np.clip(share, 0, 1)) * self.over.width * RIGHT
        half = self.over.height / 2
        self.put_start_and_end_on(left + half * DOWN, left + half * UP)
        return self
