"""Two forms of iterative refinement: one symbol after another, or everything at once, to the same picture.

    manim -pql scenes/refinement.py

The diffusion run is that of the sampling scene. The autoregressive walk writes the DCT coefficients of the
run's last picture, low frequencies first; its estimates are exact conditional means (see
`spectral.theory.walk`).
"""

from __future__ import annotations

from manim import DOWN, UP, FadeIn, FadeOut, Mobject, Transform, VGroup, smooth, squish_rate_func

from manim_spectral import theme
from manim_spectral.chapters.refinement import words
from manim_spectral.chapters.refinement.methods import DiffusionDisplay, WalkDisplay, final_picture
from manim_spectral.chapters.refinement.numbered_words import NumberedWords
from manim_spectral.chapters.refinement.softness_figure import SoftnessFigure
from manim_spectral.chapters.refinement.wave_sum import WaveSum
from manim_spectral.mobjects.figures import give_or_take
from manim_spectral.mobjects.lines import paragraph
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.sources import recordings, settings
from manim_spectral.stage.layout import Box
from manim_spectral.stage.signature import origin_words
from manim_spectral.stage.stage import Stage
from manim_spectral.views.pictures import PictureView
from spectral import InputError, Trajectory


class Refinement(Stage):
    """Both ways at a glance; symbols; the walk; the run; both side by side; how much alike they are."""

    opening_time, solo_time, together_time = 4.0, 7.0, 9.0  # seconds of the clocks
    reading_time = 5.4
    sentence, sentence_size = words.SENTENCE, 44  # pixels of an 854 x 480 picture
    n_waves = 8  # that are shown one by one
    note_height = 0.7  # of two lines of words

    def construct(self) -> None:
        self.set_the_stage(recordings.stage_trajectories(self.settings, "image").main)
        self.two_ways()
        self.symbols()
        self.waves()
        self.writing()
        self.diffusion()
        self.together()
        self.relatives()

    @settings.one_line_errors()
    def set_the_stage(self, trajectory: Trajectory) -> None:
        """Measure both ways, and make what shows each of them in its half of the body."""
        if trajectory.modality != "image":
            raise InputError(f"trajectory of modality {trajectory.modality!r}, expected 'image'")
        self.run, body = PictureView(trajectory), self.layout.body
        one, other = body.columns(0.8) if body.wide else body.rows(0.45)
        self.walk, self.diffused = WalkDisplay(self.run, one), DiffusionDisplay(self.run, other)
        self.softness = (self.walk.walked.softness, self.diffused.softness)
        self.alike = self.run.order_words == self.run.low_first
        self.run_words = origin_words(self.run, source=trajectory.source, model=trajectory.model)
        parts = (trajectory.source, words.WALK_SOURCE, self.run.note)
        self.walk_words = " · ".join(filter(None, parts))

    def two_ways(self) -> None:
        # The viewer sees: the same photograph come about twice, out of a blur and out of noise.
        said, room = words.OPENING_BEAT.filled(noun=self.run.noun), self.layout.body
        self.beat("two ways", said.caption)
        boxes = room.columns(0.8) if room.width > room.height else room.rows(0.45)
        self.openers = []
        for box, text in zip(boxes, words.OPENERS, strict=True):
            picture = final_picture(self.run, box.width, box.height - 0.5)
            panel = PicturePanel(picture, title=theme.words(text, size=1.2 * theme.BODY))
            self.openers.append(panel.move_to(box.centre))

        def show(moment: float) -> None:
            self.openers[0].set_array(self.walk.estimate_at(moment))
            self.openers[1].set_array(self.diffused.held_at(moment)[0])

        show(0.0)
        self.change(said.headline, *self.openers, self.sign(self.run_words, "measured"))
        pictures = [panel.picture for panel in self.openers]
        self.play_clock(*pictures, show=show, run_time=self.opening_time)
        self.wait(1)

    def symbols(self) -> None:
        # The viewer sees: a sentence, written word after word, numbered.
        said, room = words.SYMBOLS_BEAT, self.layout.body
        self.beat("symbols", said.caption)
        self.words = NumberedWords(self.sentence, size=self.sentence_size, width=room.width)
        self.words.move_to(room.centre)
        self.change(said.headline, self.words[0], self.sign(words.SENTENCE_SOURCE, "illustration"))
        for word in self.words[1:]:
            self.play(FadeIn(word), run_time=0.3)
        self.wait(2.4)

    def waves(self) -> None:
        # The viewer sees: the first waves of the photograph, one after another, and what they add up to.
        said, room = words.WAVES_BEAT, self.layout.body
        self.beat("waves", said.caption)
        small = NumberedWords(self.sentence, size=1.2 * theme.HEADING, width=room.width)
        small.move_to(room.centre).set_y(room.top, direction=UP)
        below = Box(room.left, room.bottom, room.right, small.get_bottom()[1] - 0.4)
        self.terms = terms = WaveSum(
            self.walk.first_waves(self.n_waves),
            whole=self.walk.estimate(0),
            title=words.WAVE_SUM,
            width=below.width,
            height=below.height,
        ).move_to(below.centre)
        footer = self.sign(self.walk_words, "closed form")
        self.play(
            FadeOut(*self.others(self.words)),
            *self.headline(said.headline),
            Transform(self.words, small),
            FadeIn(terms.total, footer, rate_func=squish_rate_func(smooth, 0.6, 1)),
            run_time=1,
        )
        for number, tile in enumerate(terms.tiles, start=1):
            terms.total.set_array(self.walk.estimate(number))
            self.play(FadeIn(tile), run_time=0.5)
        self.wait(2)

    def writing(self) -> None:
        # The viewer sees: the plane of all waves filling from coarse to fine, and the photograph appear.
        said = words.WRITING_BEAT.filled(total=self.walk.walked.total)
        self.beat("writing", said.caption)
        footer = self.sign(self.walk_words, "closed form")
        self.solo(self.walk, headline=said.headline, footer=footer, note=words.WALK_NOTE)

    def diffusion(self) -> None:
        # The viewer sees: the same photograph come out of noise, all of it at once.
        said = words.DIFFUSION_BEAT
        self.beat("diffusion", said.caption)
        footer = self.sign(self.run_words, "measured")
        self.solo(self.diffused, headline=said.headline, footer=footer, note=words.DIFFUSION_NOTE)

    def together(self) -> None:
        # The viewer sees: both at once, and below each how much of every band is there.
        said = words.TOGETHER_BEAT_ALIKE if self.alike else words.TOGETHER_BEAT
        self.beat("together", said.caption)

        def show(moment: float) -> None:
            self.walk.set_moment(moment)
            self.diffused.set_moment(moment)

        for method in (self.walk, self.diffused):
            method.shrink()
        show(0.0)
        self.footer = self.sign(words.TOGETHER_SOURCE.format(source=self.run_words), "measured")
        self.change(said.headline, self.walk, self.diffused, self.footer)
        self.wait(1)
        self.play_clock(*self.walk.moving, *self.diffused.moving, show=show, run_time=self.together_time)
        self.wait(1.2)

    def relatives(self) -> None:
        # The viewer sees: over how many octaves each of them writes at once.
        hard, soft = map(give_or_take, self.softness)
        said = words.RELATIVES_BEAT_ALIKE if self.alike else words.RELATIVES_BEAT
        said = said.filled(hard=hard, soft=soft)
        self.beat("relatives", said.caption)
        self.figures = [
            SoftnessFigure(hard, words.HARD).move_to(self.walk.rooms[0]),
            SoftnessFigure(soft, words.SOFT).move_to(self.diffused.rooms[0]),
        ]
        footer = self.sign(words.RELATIVES_SOURCE.format(source=self.run_words), "measured")
        self.play(
            FadeOut(self.walk.panels[0], self.diffused.panels[0], self.footer),
            FadeIn(footer),
            *self.headline(said.headline),
            run_time=0.7,
        )
        self.play(FadeIn(*self.figures), run_time=0.5)
        self.wait(self.reading_time)

    def solo(
        self, method: WalkDisplay | DiffusionDisplay, *, headline: str, footer: VGroup, note: str
    ) -> None:
        """One method alone, large, from its beginning to its end, with words at the foot of the body."""
        body = self.layout.body
        said = paragraph(note, body.width)
        said.move_to(body.centre).set_y(body.bottom, direction=DOWN)
        room = Box(body.left, body.bottom + self.note_height, body.right, body.top)
        method.enlarge(width=room.width, height=room.height, centre=room.centre).set_moment(0.0)
        self.change(headline, footer, said, method.title, method.readout, *method.panels)
        self.play_clock(*method.moving[:-1], show=method.set_moment, run_time=self.solo_time)
        self.wait(1.2)

    def change(self, headline: str, *entering: Mobject) -> None:
        """All but the heading leaves, then a new headline and new things come."""
        if gone := self.others():
            self.play(FadeOut(*gone), run_time=0.4)
        self.play(*self.headline(headline), *map(FadeIn, entering), run_time=0.7)
