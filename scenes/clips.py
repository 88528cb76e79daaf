"""What about sound? Real clips, their spectra, and what a rising tide does to one of them.

    manim -pql scenes/clips.py

The spectra of sounds are peaked, speech near its pitch and music near its bass. No straight line on
logarithmic axes comes as near to them as to photographs, so noise does not drown them from high to low.
`SPECTRAL_AUDIO` puts one's own clips there, a folder of them or one before the carried ones.
"""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, UP, Create, FadeIn, FadeOut, Group, MoveToTarget
from manim_spectral.scenes.hearing import played

from manim_spectral import theme
from manim_spectral.chapters.clips.clip_row import ClipRow
from manim_spectral.chapters.clips.sound_tide import Drowning
from manim_spectral.mobjects.law_plot import LawPlot
from manim_spectral.mobjects.picture import fitted
from manim_spectral.mobjects.spectrum_plot import (
    LEFT_OF_PLOT,
    UNDER_PLOT,
    Legend,
    line_swatch,
    rainbow_swatch,
)
from manim_spectral.mobjects.waveform import Playhead
from manim_spectral.sources import material, recordings, settings
from manim_spectral.stage.layout import Box
from manim_spectral.stage.stage import Clock
from manim_spectral.views.collection import Collection
from manim_spectral.views.spectra import BEYOND, SignalSpectra
from manim_spectral.views.waveforms import Clip
from spectral import Sound, fit_power_law, log_mean

STRIP, APART = 0.6, 0.12  # of the small pictures above a plot: their room, and from one to the next
FAR_WORSE = 2.0  # times: a line that misses sounds by so much more than photographs does not fit them
FALL_FROM = 500.0  # Hz


class Clips(Drowning):
    """Clips, each heard while its spectrum is drawn; the straight line that does not fit; the tide."""

    count = 8  # clips
    excerpt = 1.3  # seconds of each
    photographs = 60  # to compare with, at most
    thumbnails = 8  # of those shown, at most

    def construct(self) -> None:
        self.gather()
        self.listen()
        self.straight_line()
        self.tide()
        self.hand_over()

    def gather(self) -> None:
        """Everything that is shown, measured."""
        self.clips = material.clips(self.settings, self.count, seconds=self.excerpt)
        self.shown = material.pictures(self.settings, self.photographs)
        trajectory = recordings.tide_trajectory(self.settings)
        with settings.one_line_errors():
            sounds = [clip.sound for clip in self.clips]
            self.heard = [(played(sound.samples[0], sr=sound.sr), sound.sr) for sound in sounds]
            self.sounds = SignalSpectra.sounds([Sound(y[None], sr) for y, sr in self.heard])
            self.pictures, self.run = Collection(self.shown), Clip(trajectory)

    # -- the beats -----------------------------------------------------------------------------------------

    def listen(self) -> None:
        # The viewer sees and hears: clip after clip, its waveform at the left and its spectrum at the right.
        sounds, (room, right) = self.sounds, self.halves
        many = len(self.clips) > 1
        peaks = [sounds.peak(k) for k in range(len(self.clips))]
        where = f"between {min(peaks):.0f} and {max(peaks):.0f} Hz" if many else f"near {peaks[0]:.0f} Hz"
        self.beat(
            "clips",
            f"What about sound? {'Real clips' if many else 'A real clip'}, heard as the power spectrum is "
            f"drawn. {'Each' if many else 'It'} has its peak {where}.",
        )
        low, top = sounds.power_range
        self.plot = self.law_plot(sounds, right, (low, top))
        self.rows = self.list_of_clips(room, peaks)
        entries = [(rainbow_swatch(), "power of the clip you hear")]
        if many:
            entries.append((line_swatch(theme.palette.quiet, theme.HAIR), "of those before"))
        self.legend = Legend(*entries)
        self.legend.next_to(self.plot.frame, UP, buff=0.2).align_to(self.plot.frame, RIGHT)
        words = f"{self.count_of_clips} · Welch’s spectra, 1/12 octave"
        self.origin, self.badge = self.sign(words, "measured")
        self.play(
            *self.headline("What about sound? Where each clip has its power"),
            FadeIn(*[Group(row.picture, row.words) for row in self.rows]),
            FadeIn(self.plot.empty, self.legend, self.origin, self.badge),
            run_time=1,
        )
        for k in range(len(self.rows)):
            self.play_clip(k)

    def play_clip(self, k: int) -> None:
        """Draw a clip's spectrum in the place of the one before, and play it."""
        row, plot = self.rows[k], self.plot
        gone = [FadeOut(plot.coloured[k - 1]), FadeIn(plot.singles[k - 1])] if k else []
        coming = FadeIn(plot.coloured[k], row.found)
        self.play(*gone, row.picture.animate.set_opacity(1), coming, run_time=0.35)
        (y, sr), playhead = self.heard[k], Playhead(row.picture)

        def show(share: float) -> bool:
            playhead.set_at(share)
            return False

        self.sound(y, sr=sr)
        self.play(Clock(self, stills=Group(), movers=Group(playhead), show=show, run_time=len(y) / sr))
        self.remove(playhead)

    def straight_line(self) -> None:
        # The viewer sees: the clips' mean and the straight line nearest to it; then those of photographs.
        ours, theirs, (left, right) = self.sounds.law, self.pictures.law, self.halves
        far = ours.residual_db > FAR_WORSE * theirs.residual_db
        self.beat(
            "straight line",
            f"The straight line nearest to the clips misses their mean by {ours.residual_db:.1f} decibels"
            f"{': sound is peaked, and no single power law' if far else ''}. {self.above()}"
            f"For photographs the line misses by {theirs.residual_db:.1f}.",
        )
        self.play(
            *self.headline("Sound is peaked: no straight line fits" if far else "A straight line near sound"),
            FadeOut(self.plot.coloured[-1], self.legend),
            FadeIn(self.plot.singles[-1], self.plot.moving),
            run_time=1,
        )
        self.draw_line(self.plot)
        self.wait(2)
        low, top = self.plot.power_range
        peak = BEYOND * self.pictures.power.max()
        self.photo_plot = self.law_plot(self.pictures, left, (low * peak / top, peak))  # as many decibels
        self.small = self.small_pictures(left)
        count = f"{len(self.shown)} photograph{'s' * (len(self.shown) > 1)}"
        words = self.sign(f"{count} · {self.count_of_clips}", "measured")[0]
        gone = Group(self.origin, *[Group(row.words, row.found) for row in self.rows])
        self.play(FadeOut(gone), FadeIn(words), *self.waves_to(right), run_time=1)
        plot, self.origin = self.photo_plot, words
        self.play(FadeIn(self.small, plot.empty, plot.singles, plot.moving), run_time=0.8)
        self.draw_line(plot)
        self.wait(3.5)

    def draw_line(self, plot: LawPlot) -> None:
        self.play(Create(plot.line), run_time=0.8)
        self.play(FadeIn(plot.miss, plot.words), run_time=0.6)

    # -- their parts ---------------------------------------------------------------------------------------

    @property
    def count_of_clips(self) -> str:
        return f"{len(self.clips)} clip{'s' * (len(self.clips) > 1)} of {self.excerpt:g} s"

    @property
    def halves(self) -> tuple[Box, Box]:
        """Side by side where the frame is wide, else one above the other."""
        return self.layout.body.columns(0.7) if self.wide else self.layout.body.rows(0.4)

    def law_plot(self, of: SignalSpectra, room: Box, power_range: tuple[float, float]) -> LawPlot:
        inside = Box(
            room.left + LEFT_OF_PLOT, room.bottom + UNDER_PLOT, room.right - 0.15, room.top - STRIP - APART
        )
        exponent = f"{of.law.exponent:.1f}".replace("-", "−")
        plot = LawPlot(
            of.freq,
            of.power,
            of.mean,
            of.law,
            meaning=("rms off the nearest straight line,", f"whose exponent is {exponent}"),
            edges=of.edges,
            ticks=of.ticks,
            power_range=power_range,
            axis_label=of.axis_label,
            width=inside.width,
            height=inside.height,
        )
        return plot.shift(inside.centre - plot.frame.get_center())

    def list_of_clips(self, room: Box, peaks: list[float]) -> list[ClipRow]:
        columns, gap = (1 if self.wide else 2), 0.4
        lines = -(-self.count // columns)
        width, pitch = (room.width - gap * (columns - 1)) / columns, room.height / lines
        colours = self.plot.colours
        bands = np.clip(np.searchsorted(self.sounds.edges, peaks, side="right") - 1, 0, len(colours) - 1)
        rows = []
        for k, (clip, (y, _), peak) in enumerate(zip(self.clips, self.heard, peaks, strict=True)):
            found, colour = f"{peak:.0f} Hz", colours[bands[k]]
            row = ClipRow(y, name=clip.name, found=found, colour=colour, width=width, height=pitch - 0.16)
            column, line = divmod(k, lines)
            corner = np.array([room.left + column * (width + gap), room.top - line * pitch, 0])
            rows.append(row.shift(corner - row.get_corner(UP + LEFT)))
        return rows

    def waves_to(self, room: Box) -> list[MoveToTarget]:
        """Animations that gather the clips' waveforms above their plot."""
        moves, pitch = [], (self.plot.frame.width + APART) / len(self.rows)
        for k, row in enumerate(self.rows):
            target = row.picture.generate_target()
            target.stretch_to_fit_width(pitch - APART).stretch_to_fit_height(STRIP)
            target.move_to([self.plot.frame.get_left()[0] + k * pitch, room.top, 0], aligned_edge=UP + LEFT)
            moves.append(MoveToTarget(row.picture))
        return moves

    def small_pictures(self, room: Box) -> Group:
        """The first photographs, above their plot."""
        pitch = (self.photo_plot.frame.width + APART) / self.thumbnails
        side = min(pitch - APART, STRIP)
        small = Group(*[fitted(picture.pixels, side, side) for picture in self.shown[: self.thumbnails]])
        for k, picture in enumerate(small):
            place = [self.photo_plot.frame.get_left()[0] + k * pitch, room.top, 0]
            picture.move_to(place, aligned_edge=UP + LEFT)
        return small

    def above(self) -> str:
        """What can be said of the clips above 500 Hz, where they fall there."""
        sounds = self.sounds
        if sounds.freq[-1] < 4 * FALL_FROM:
            return ""
        law = fit_power_law(log_mean(sounds.each), low=FALL_FROM)
        return f"Above {FALL_FROM:.0f} hertz it falls, irregularly. " if law.exponent > 1 else ""
