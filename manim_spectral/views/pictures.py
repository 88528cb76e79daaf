"""Runs whose signal is a picture: images, latents, and mel-spectrograms taken as images."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

import numpy as np

import spectral
from manim_spectral.views.components import Components
from manim_spectral.views.run_view import PanelContent, RunView
from spectral import FrequencyUnit, InputError, LockIn, PowerSpectrum, Trajectory

WAVES = 16  # of a band's lowest frequency across its picture, at most
LONGEST = 2  # the longer side of a band's picture, in shorter ones
SMALLEST = 4  # pixels: a shorter side has no two rings of frequency


class PictureView(RunView):
    """A run of grey or colour pictures; other channels are shown as their principal components.

    Raises
    ------
    InputError
        If the pictures are too small to have a spectrum.
    """

    whole: ClassVar[str] = "image"  # that frequency counts cycles of

    def __init__(self, trajectory: Trajectory, *, lock: LockIn | None = None) -> None:
        rows, columns = trajectory.signal_shape
        if min(rows, columns) < SMALLEST:
            raise InputError(
                f"trajectory of {rows} x {columns} pixels, expected {SMALLEST} or more on a side to show"
            )
        self.aspect = columns / rows
        unit = FrequencyUnit.per(self.whole if rows == columns else "shorter side", min(rows, columns))
        super().__init__(trajectory, unit=unit, lock=lock)
        channels = len(trajectory.sample)
        self._components = None
        if trajectory.space == "latent" or channels not in (1, 3):
            count = 3 if channels >= 3 else 1
            self._components = Components(trajectory.sample, count=count)
            self.note = f"PCA of {channels} {'latent ' * (trajectory.space == 'latent')}channels"

    def seen(self, signal: np.ndarray) -> np.ndarray:
        """A signal of the run, (channels, rows, columns), with one or three channels in [-1, 1]."""
        return signal if self._components is None else self._components.of(signal)

    def spectrum_of(self, signal: np.ndarray) -> PowerSpectrum:
        return spectral.rapsd(signal).without_dc().channel_mean().in_unit(self.unit)

    @property
    def names(self) -> list[str]:
        """Each band's range; one that goes beyond Nyquist runs into the spectrum's corners."""
        edges = [f"{edge:.0f}" if abs(edge - round(edge)) < 0.05 else f"{edge:.1f}" for edge in self.edges]
        names = [f"{low}–{high}" for low, high in pairwise(edges)]
        return [*names[:-1], f"{edges[-2]}+"] if self.edges[-1] > self.freq[-1] else names

    @property
    def ticks(self) -> list[tuple[float, str]]:
        marks = 2 ** np.arange(int(np.log2(self.freq[-1])) + 1)
        return [(float(mark), str(mark)) for mark in marks]

    @property
    def views(self) -> tuple[PanelContent, PanelContent]:
        return (
            PanelContent("the sampler holds", "x_t", self.noisy),
            PanelContent("the model expects", "hat(x)_0", self.estimate),
        )

    def noisy(self, step: int) -> np.ndarray:
        return self.seen(self.scaled(step))

    def estimate(self, step: int) -> np.ndarray:
        return self.seen(self.trajectory.denoised[step])

    @property
    def zooms(self) -> list[int]:
        """How much each band's picture is magnified, a power of two: the cut-out from the middle holds about
        as many waves for every high band, so that a small cell can show them."""
        return [max(1, 2 ** round(np.log2(low / WAVES))) for low in self.edges[:-1]]

    @property
    def tags(self) -> list[str]:
        return [f"×{zoom}" if zoom > 1 else "" for zoom in self.zooms]

    @cached_property
    def _gains(self) -> np.ndarray:
        """One gain a band, fixed over the run: three standard deviations of the final band fill the range;
        the lowest band, which holds the mean, is shown as it is."""
        parts = spectral.split(self.seen(self.trajectory.sample), self.bands)
        gains = 1 / np.maximum(3 * np.sqrt(parts.var(axis=(0, 2, 3))), 1e-6)
        gains[0] = 1.0
        return gains

    def band_pictures(self, step: int) -> list[np.ndarray]:
        """The middle of each band-pass part, (channels, rows, columns), at the band's own gain and zoom."""
        parts = np.moveaxis(spectral.split(self.estimate(step), self.bands), -3, 0)
        return [
            gain * _middle(part, zoom)
            for gain, part, zoom in zip(self._gains, parts, self.zooms, strict=True)
        ]


class MelView(PictureView):
    """A run of mel-spectrograms: the picture's rows are mels, low ones at the bottom, its columns frames."""

    noun: ClassVar[str] = "spectrogram"
    whole: ClassVar[str] = "picture"

    def seen(self, signal: np.ndarray) -> np.ndarray:
        return super().seen(signal)[..., ::-1, :]

    @property
    def views(self) -> tuple[PanelContent, PanelContent]:
        mels, frames = self.trajectory.signal_shape
        settings = self.trajectory.mel or {}
        rate, hop = settings.get("sr"), settings.get("hop_length")
        time = f"time, {frames * hop / rate:.1f} s" if rate and hop else f"time, {frames} frames"
        held, expected = (replace(view, across=time, up=f"{mels} mels") for view in super().views)
        return held, expected


def _middle(picture: np.ndarray, zoom: int) -> np.ndarray:
    """The middle 1 / zoom of a picture in both directions, and less of a long side: a cell is small."""
    rows, columns = (length // zoom for length in picture.shape[-2:])
    rows, columns = min(rows, LONGEST * columns), min(columns, LONGEST * rows)
    top, left = (picture.shape[-2] - rows) // 2, (picture.shape[-1] - columns) // 2
    return picture[..., top : top + rows, left : left + columns]
