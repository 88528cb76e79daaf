"""Picture: an array of pixels as a mobject, cheap to change and cheap to draw."""

from __future__ import annotations

from typing import Any, Self

import cairo
import numpy as np
from manim import ORIGIN, config
from manim.mobject.types.image_mobject import AbstractImageMobject
from PIL import Image
from PIL.Image import Resampling

FINER = 1.5  # pixels of a picture to one of the film, at most, where manim paints it
SMOOTH_FROM = 128  # pixels a side; smaller pictures show their pixels


class Picture(AbstractImageMobject):
    """A picture that shows pixels as pixels below 128 on a side, and smoothly from there.

    Parameters
    ----------
    array
        (rows, columns), (rows, columns, 3) or (channels, rows, columns) with one or three channels, float in
        [-1, 1] (clipped), or uint8 (rows, columns, 3).
    height
        In manim units; the width follows from the array's shape.
    """

    def __init__(self, array: np.ndarray, *, height: float, **kwargs: Any) -> None:
        self.fill_opacity = 1.0
        self.set_array(array)
        super().__init__(scale_to_resolution=0, resampling_algorithm=self._resampling, **kwargs)
        rows, columns = self.pixel_array.shape[:2]
        self.stretch_to_fit_height(height)
        self.stretch_to_fit_width(height * columns / rows)
        self.move_to(ORIGIN)

    @property
    def _resampling(self) -> Resampling:
        return Resampling.NEAREST if min(self.pixel_array.shape[:2]) < SMOOTH_FROM else Resampling.BILINEAR

    def set_array(self, array: np.ndarray) -> Self:
        """Show other pixels in the same place."""
        self.pixel_array = to_rgba(array)
        rows, columns = self.pixel_array.shape[:2]
        surface = cairo.ImageSurface.create_for_data(
            self.pixel_array.data, cairo.FORMAT_ARGB32, columns, rows
        )
        self.pattern = cairo.SurfacePattern(surface)
        nearest = self._resampling is Resampling.NEAREST
        self.pattern.set_filter(cairo.FILTER_NEAREST if nearest else cairo.FILTER_GOOD)
        self.pattern.set_extend(cairo.EXTEND_PAD)
        return self

    def get_pixel_array(self) -> np.ndarray:
        """What manim's own camera paints: as opaque as the picture is, and not much finer than it is shown,
        since that camera leaves pixels out where a picture is small. (A `StageCamera` paints `pattern`.)"""
        pixels, scale = self.pixel_array, config.pixel_width / config.frame_width
        shown = (max(length * scale, 1.0) for length in (self.width, self.height))
        across, down = (
            max(1, int(n / (FINER * length))) for n, length in zip(pixels.shape[1::-1], shown, strict=True)
        )
        if (across, down) != (1, 1):
            pixels = np.asarray(Image.fromarray(pixels).reduce((across, down)))
        if self.fill_opacity < 1:
            pixels = pixels.copy()
            pixels[..., 3] = round(255 * self.fill_opacity)
        return pixels

    def set_opacity(self, alpha: float) -> Self:
        self.fill_opacity = float(alpha)
        return self

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        return self.set_opacity(self.fill_opacity * (1 - darkness))

    def interpolate_color(  # type: ignore[override]  # manim hands it pictures
        self, mobject1: Picture, mobject2: Picture, alpha: float
    ) -> None:
        """FadeIn and FadeOut come by here: only the opacity moves, never the data."""
        self.fill_opacity = (1 - alpha) * mobject1.fill_opacity + alpha * mobject2.fill_opacity

    def __deepcopy__(self, memo: dict) -> Picture:
        # cairo surfaces cannot be copied; the pixels are never written to, so a copy may share them.
        twin = self.__class__.__new__(self.__class__)
        memo[id(self)] = twin
        twin.__dict__.update(self.__dict__)
        twin.points = self.points.copy()
        twin.submobjects, twin.updaters = [], list(self.updaters)
        return twin


def fitted(array: np.ndarray, width: float, height: float) -> Picture:
    """A picture as large as a room of this size holds."""
    picture = Picture(array, height=height)
    return picture.scale(width / picture.width) if picture.width > width else picture


def to_rgba(array: np.ndarray) -> np.ndarray:
    """uint8 (rows, columns, 4), opaque, from any of the shapes `Picture` takes."""
    if array.dtype != np.uint8:
        array = np.rint((np.clip(array, -1, 1) + 1) * 127.5).astype(np.uint8)
    if array.ndim == 3 and array.shape[-1] != 3 and array.shape[0] in (1, 3):
        array = np.moveaxis(array, 0, -1)
    if array.ndim == 2:
        array = array[..., None]
    rgba = np.full((*array.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = array
    return np.ascontiguousarray(rgba)
