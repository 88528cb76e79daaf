"""The main scene: a diffusion model samples a picture, and its frequency bands lock in one after another.

    manim -pql scenes/sampling.py

Everything on screen is measured from the run that the footer names, but for the hollow marks: the closed form
for Gaussian data puts those there.
"""

from __future__ import annotations

from manim_spectral.stage.run_scene import RunScene


class Sampling(RunScene):
    """One run, band by band; then when each band was written; then a free run of the same model."""

    def construct(self) -> None:
        self.open()
        # The viewer sees: noise beside the model's first guess; the spectrum under water, the bands all open;
        self.noise()
        self.bands()
        # the tide falling, locks that close one after another; when each band was written;
        self.lock_in()
        self.writing()
        # and a run that nobody gave a picture to, with an order of its own.
        if self.free is not None:
            self.free_run(self.free)
