"""What about sound? Real clips, their spectra, and what a rising tide does to one of them.

    manim -pql scenes/clips.py

The spectra of sounds are peaked, speech near its pitch and music near its bass. No straight line on
logarithmic axes comes as near to them as to photographs, so noise does not drown them from high to low.
`SPECTRAL_AUDIO` puts one's own clips there, a folder of them or one before the carried ones.
"""

from __future__ import annotations

from manim import RIGHT, UP, Create, FadeIn, FadeOut, Group, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.chapters.clips import words
from manim_spectral.chapters.clips.clip_tide import ClipTide, OrderTaus
from manim_spectral.chapters.clips.law_plots import StripPlot, clip_rows
from manim_spectral.chapters.clips.layout import halves, tide_rooms
from manim_spectral.chapters.clips.measures import falls_above, line_fits
from manim_spectral.mobjects.legend import Legend, line_swatch, rainbow_swatch
from manim_spectral.sources import material, recordings, settings
from manim_spectral.stage.run_sound import faded
from manim_spectral.stage.stage import Stage
from manim_spectral.views.collection import Collection
from manim_spectral.views.spectra import BEYOND, SignalSpectra
from manim_spectral.views.waveforms import Clip
from spectral import Sound


class Clips(Stage):
    """Clips, each heard while its spectrum is drawn; the straight line that does not fit; the tide."""

    count = 8  # clips
    excerpt = 1.3  # seconds of each
    photographs = 60  # to compare with, at most
    thumbnails = 8  # of those shown, at most
    falls_from = 500.0  # Hz from which the clips are asked whether they fall
    rise_time, join_time = 7.0, 0.5  # seconds that the tide rises, and that a line of the chart takes

    def construct(self) -> None:
        self.gather()
        self.listen()
        self.straight_line()
        self.tide()
        self.hand_over()

    @settings.one_line_errors()
    def gather(self) -> None:
        """Everything that is shown, measured."""
        self.clips = material.clips(self.settings, self.count, seconds=self.excerpt)
        self.shown = material.pictures(self.settings, self.photographs)
        trajectory = recordings.tide_trajectory(self.settings)
        sounds = [clip.sound for clip in self.clips]
        self.heard = [(faded(sound.samples[0], sr=sound.sr), sound.sr) for sound in sounds]
        self.sounds = SignalSpectra.sounds([Sound(y[None], sr) for y, sr in self.heard])
        self.pictures, self.run = Collection(self.shown), Clip(trajectory)

    def listen(self) -> None:
        # The viewer sees and hears: clip after clip, its waveform at the left and its spectrum at the right.
        sounds, body, (left, right) = self.sounds, self.layout.body, halves(self.layout.body)
        said = words.peaks([sounds.peak(k) for k in range(len(self.clips))])
        self.beat("clips", said.caption)
        self.plot = StripPlot(sounds, right, sounds.power_range)
        names, waves = [clip.name for clip in self.clips], [y for y, _ in self.heard]
        columns = 1 if body.wide else 2
        self.rows = clip_rows(names, waves, sounds, places=self.count, columns=columns, room=left)
        now, before = rainbow_swatch(), line_swatch(theme.palette.quiet, theme.HAIR)
        entries = [(now, words.HEARD), (before, words.BEFORE)]
        self.legend = Legend(*entries[: len(self.clips)])
        self.legend.next_to(self.plot.frame, UP, buff=0.2).align_to(self.plot.frame, RIGHT)
        self.clip_count = words.clips(len(self.clips), self.excerpt)
        self.origin, self.badge = self.sign(words.CLIPS_SOURCE.format(clips=self.clip_count), "measured")
        self.play(
            *self.headline(said.headline),
            FadeIn(*[Group(row.picture, row.words) for row in self.rows]),
            FadeIn(self.plot.empty, self.legend, self.origin, self.badge),
            run_time=1,
        )
        for k in range(len(self.rows)):
            self.play_clip(k)

    def straight_line(self) -> None:
        # The viewer sees: the clips' mean and the straight line nearest to it; then those of photographs.
        ours, theirs, left = self.sounds, self.pictures, halves(self.layout.body)[0]
        beat = words.STRAIGHT_BEAT if line_fits(ours, theirs) else words.PEAKED_BEAT
        falls = falls_above(ours, self.falls_from)
        above = words.FALLS_ABOVE.format(freq=self.falls_from) if falls else ""
        said = beat.filled(ours=ours.law.residual_db, theirs=theirs.law.residual_db, above=above)
        self.beat("straight line", said.caption)
        self.play(
            *self.headline(said.headline),
            FadeOut(self.plot.coloured[-1], self.legend),
            FadeIn(self.plot.singles[-1], self.plot.moving),
            run_time=1,
        )
        self.draw_line(self.plot)
        self.wait(2)
        low, top = self.plot.power_range
        peak = BEYOND * theirs.power.max()
        self.photo_plot = StripPlot(theirs, left, (low * peak / top, peak))  # as many decibels
        self.small = self.photo_plot.small_pictures(self.shown, self.thumbnails)
        photographs = words.photographs(len(self.shown))
        source = words.BOTH_SOURCE.format(photographs=photographs, clips=self.clip_count)
        gone = Group(self.origin, *[Group(row.words, row.found) for row in self.rows])
        self.origin = self.sign(source, "measured")[0]
        self.play(FadeOut(gone), FadeIn(self.origin), *self.plot.gather_waves(self.rows), run_time=1)
        plot = self.photo_plot
        self.play(FadeIn(self.small, plot.empty, plot.singles, plot.moving), run_time=0.8)
        self.draw_line(plot)
        self.wait(3.5)

    def tide(self) -> None:
        # The viewer sees: the tide rising over one clip's spectrum. Octave after octave goes under, and the
        # chart says in which order.
        run, clip = self.run, self.run.trajectory.source
        said = words.TIDE_BEAT.filled(clip=clip, order=", ".join(run.drowning))
        self.beat("tide", said.caption)
        self.clip_tide = tide = ClipTide(
            run, self.layout.body, rise_time=self.rise_time, join_time=self.join_time
        )
        self.footer = self.sign(words.TIDE_SOURCE.format(clip=clip), "measured")
        coming = [tide.plot, tide.legend, tide.chart.heads, tide.chart.left, self.footer]
        self.play(
            FadeOut(*self.others(), rate_func=squish_rate_func(smooth, 0, 0.5)),
            *self.headline(said.headline),
            FadeIn(*coming, rate_func=squish_rate_func(smooth, 0.5, 1)),
            run_time=theme.SETTLE,
        )
        self.wait(1.2)
        self.play_clock(*tide.moving, show=tide.set_share, run_time=tide.run_time)

    def hand_over(self) -> None:
        # The viewer sees: how that order goes with frequency and with power.
        order = self.run.lock.predicted_order
        said = words.ORDER_BEAT.filled(verdict=words.verdict(order))
        self.beat("order", said.caption)
        self.order = OrderTaus(order, tide_rooms(self.layout.body)[1])
        self.play(*self.headline(said.headline), FadeIn(self.order.taus, self.order.badge), run_time=0.8)
        self.wait(6.5)

    def play_clip(self, k: int) -> None:
        """Draw a clip's spectrum in the place of the one before, and play it."""
        row, plot = self.rows[k], self.plot
        gone = [FadeOut(plot.coloured[k - 1]), FadeIn(plot.singles[k - 1])] if k else []
        coming = FadeIn(plot.coloured[k], row.found)
        self.play(*gone, row.picture.animate.set_opacity(1), coming, run_time=0.35)
        y, sr = self.heard[k]
        self.play_sound(y, sr=sr, over=row.picture)

    def draw_line(self, plot: StripPlot) -> None:
        """The straight line, then by how much it misses."""
        self.play(Create(plot.line), run_time=0.8)
        self.play(FadeIn(plot.miss, plot.words), run_time=0.6)
