"""A camera that paints pictures through cairo, and outlines in plain numbers.

manim's own camera resamples every ImageMobject with a perspective transform and composites it over the whole
frame, on every frame: three quarters of the time of a 1080p scene with one picture. A picture that only
stands upright needs neither: cairo scales it into its rectangle and touches no other pixel.

Outlines it hands to cairo number by number out of numpy arrays, a quarter of the time of a film with words in
it: numpy is slow over little, and a letter's outline is short.
"""

from __future__ import annotations

from typing import Any, Self

import cairo
import numpy as np
from manim import Camera, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject

from manim_spectral.mobjects.picture import Picture


class StageCamera(Camera):
    """manim's camera with a fast path for upright `Picture`s and for outlines."""

    def display_image_mobject(self, image_mobject: AbstractImageMobject, pixel_array: np.ndarray) -> None:
        if not isinstance(image_mobject, Picture):
            super().display_image_mobject(image_mobject, pixel_array)
            return
        context = self.get_cairo_context(pixel_array)
        top_left, top_right, bottom_left = image_mobject.points[:3]
        rows, columns = image_mobject.pixel_array.shape[:2]
        context.save()
        context.new_path()  # manim leaves the last mobject's path behind
        # From picture pixels (y down) to the corners of the rectangle.
        across, down = (top_right - top_left) / columns, (bottom_left - top_left) / rows
        context.transform(cairo.Matrix(across[0], across[1], down[0], down[1], top_left[0], top_left[1]))
        context.set_source(image_mobject.pattern)
        context.rectangle(0, 0, columns, rows)
        context.clip()
        context.paint_with_alpha(image_mobject.fill_opacity)
        context.restore()

    def set_cairo_context_path(self, ctx: cairo.Context, vmobject: VMobject) -> Self:
        """The path of cubic curves that manim sets, curve by curve the same."""
        points = self.transform_points_pre_display(vmobject, vmobject.points)
        if len(points) == 0 or len(points) % vmobject.n_points_per_cubic_curve:
            return super().set_cairo_context_path(ctx, vmobject)
        same = vmobject.consider_points_equals_2d
        xy = points[:, :2].tolist()
        ctx.new_path()
        first: Any = None  # the ends of the outline so far
        last: Any = None
        for start, near, far, end in zip(*[iter(xy)] * 4, strict=True):
            if first is None or not (last == start or same(last, start)):
                if first is not None and same(first, last):
                    ctx.close_path()
                ctx.new_sub_path()
                ctx.move_to(*start)
                first = start
            ctx.curve_to(*near, *far, *end)
            last = end
        if same(first, last):
            ctx.close_path()
        return self
