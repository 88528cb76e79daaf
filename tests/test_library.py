"""What scenes of other people are built of: mobjects made of a run, in any manim scene."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import manimpango
import numpy as np
import pytest
from manim import FadeIn, MovingCameraScene, Scene, Succession, Text, Transform, config, there_and_back
from manim.utils.hashing import get_hash_from_play_call
from scene_support import FRAMES, frame, gaussian_run, painted, run_of

import manim_spectral
import spectral
from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.band_rack import BandRack
from manim_spectral.mobjects.moments import OfRun, PlayRun
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import Picture
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.mobjects.waveform import Waveform
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.stage.run_display import RunDisplay
from manim_spectral.stage.stage import Stage
from spectral import InputError

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MADE_OF_RUNS = [BandRack, PicturePanel, RunDisplay, SpectrumPlot, Timeline, WritingMap]

pytestmark = pytest.mark.usefixtures("nothing_chosen")


@pytest.fixture
def run():
    return gaussian_run(32, steps=12, log_snr=(-4.0, 8.0))


@pytest.fixture
def wide(media):
    with frame(*FRAMES["wide"], folder=media):
        yield


def outlines(mobject) -> np.ndarray:
    """All points of a mobject and its parts."""
    return np.concatenate([part.points for part in mobject.family_members_with_points()])


# -- names --------------------------------------------------------------------------------------------------


def test_public_names_are_there_and_importing_them_needs_no_manim():
    code = "import sys, manim_spectral; print(*manim_spectral.__all__, '|', *sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, _, modules = ran.stdout.partition("|")
    assert not {"manim", "torch", "numpy", "scipy"} & set(modules.split())
    expected = {"SpectrumPlot", "BandRack", "Timeline", "WritingMap", "PicturePanel", "Waveform", "Badge"}
    assert set(names.split()) == expected | {"RunDisplay", "Stage", "Clock", "PlayRun", "theme"}
    for name in names.split():
        assert getattr(manim_spectral, name) is not None
    assert manim_spectral.RunDisplay is RunDisplay and manim_spectral.Badge is Badge


# -- moments ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [0.0, 0.37, 0.8, 1.0])
def test_a_moment_shows_the_run_s_numbers_locks_included(wide, run, moment):
    measured = spectral.lock_in(run)
    display = RunDisplay.of(run).set_moment(moment)
    step = display.run.step_at(moment)
    locked = measured.step <= step
    assert (step == 11) == (moment == 1)
    assert [lock.closed for lock in display.rack.locks] == locked.astype(float).tolist()
    assert [cell.meter.value for cell in display.rack.cells] == pytest.approx(
        measured.explained[step].clip(0, 1), abs=1e-6
    )
    assert set(display.timeline.locks) == set(np.flatnonzero(locked))
    assert display.plot.tide == pytest.approx(display.run.tide(moment))
    shown = display.panels[1].picture.get_pixel_array()[..., :3]
    expected = np.rint((run.denoised[step].clip(-1, 1) + 1) * 127.5)
    np.testing.assert_array_equal(shown, np.moveaxis(expected, 0, -1))


def test_a_part_of_a_display_can_be_played_alone(wide, run):
    display = RunDisplay.of(run).set_moment(0.3)
    for part in (*display.panels, display.plot, display.rack, display.timeline):
        assert part.moment == 0.3 and PlayRun(part).end == 1
        part.set_moment(1)
    whole = RunDisplay.of(run).set_moment(1)
    for name in ("plot", "rack", "timeline"):
        np.testing.assert_allclose(
            outlines(getattr(display, name)), outlines(getattr(whole, name)), atol=1e-9
        )


@pytest.mark.parametrize("kind", MADE_OF_RUNS)
def test_going_back_shows_what_was_there(wide, run, kind):
    there, back = kind.of(run).set_moment(0.3), kind.of(run).set_moment(1).set_moment(0.3)
    np.testing.assert_allclose(outlines(back), outlines(there), atol=1e-9)


@pytest.mark.parametrize("kind", MADE_OF_RUNS)
@pytest.mark.parametrize("moment", [0.2, 1.0])
def test_it_works_scaled_and_moved(wide, run, kind, moment):
    """Scaled first or scaled last, a moment looks the same."""
    last = kind.of(run).set_moment(moment)
    about = last.get_center()
    last.scale(0.4, about_point=about).shift([2, 1, 0])
    first = kind.of(run)
    first.scale(0.4, about_point=about).shift([2, 1, 0]).set_moment(moment)
    np.testing.assert_allclose(outlines(first), outlines(last), atol=1e-6)


def test_a_run_of_sound(wide):
    run = run_of("speech")
    wave = Waveform.of(run, width=4, height=1)
    noise = wave.get_pixel_array().copy()
    assert (wave.set_moment(1).get_pixel_array() != noise).any()
    np.testing.assert_allclose([wave.width, wave.height], [4, 1])
    assert len(BandRack.of(run).cells) == len(spectral.lock_in(run).bands)


def test_bands_and_a_threshold_of_one_s_own(wide, run):
    bands = spectral.Bands.between([1 / 32, 4 / 32, 0.5])
    lock = spectral.lock_in(run, bands, snr_threshold=0.5)
    rack = BandRack.of(run, lock=lock).set_moment(1)
    assert len(rack.cells) == 2
    line = rack.cells[0].meter.threshold_line.get_y() - rack.cells[0].meter.outline.get_bottom()[1]
    assert line / rack.cells[0].meter.outline.height == pytest.approx(lock.threshold)


def test_a_spectrum_alone_in_its_own_unit(wide):
    picture = np.random.default_rng(0).standard_normal((3, 64, 64))
    unit = spectral.FrequencyUnit.per("image", 64)
    plot = SpectrumPlot.of(spectral.rapsd(picture).in_unit(unit), width=5, height=3)
    assert plot.axis_label.original_text == "cycles per image"
    assert plot.freq[[0, -1]].tolist() == [1, 32] and len(plot.curve) == 5
    low, high = plot.power_range
    assert low < 1 < high  # white noise of variance 1


# -- playing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scene", [Scene, MovingCameraScene, Stage], ids=lambda kind: kind.__name__)
def test_it_plays_in_any_scene_to_the_same_end(media, run, scene):
    seen = []

    class Playing(scene):
        def construct(self) -> None:
            display = RunDisplay.of(run, width=8)
            self.add(Text("beside it").to_edge([0, 1, 0]), display.shift([0, -0.5, 0]))
            show = display.show_moment

            def note(moment: float) -> bool:
                seen.append((moment, [lock.closed for lock in display.rack.locks]))
                return show(moment)

            display.show_moment = note
            self.play(display.animate(run_time=2).set_moment(1))
            self.end = painted(*self.mobjects)
            self.expected = painted(
                self.mobjects[0], RunDisplay.of(run, width=8).shift([0, -0.5, 0]).set_moment(1)
            )

    with frame(427, 240, folder=media, frame_rate=10):
        playing = Playing()
        playing.render()
    moments = [moment for moment, _ in seen]
    assert moments == sorted(moments) and moments[0] == 0 and moments[-1] == 1
    assert any(0 < closed < 1 for _, state in seen for closed in state)  # a lock takes its time
    np.testing.assert_array_equal(playing.end, playing.expected)


def test_two_displays_play_at_once_and_backwards(media, run):
    with frame(427, 240, folder=media, frame_rate=5):
        scene = Scene()
        plot, rack = SpectrumPlot.of(run).set_moment(1), BandRack.of(run).set_moment(1)
        scene.add(plot, rack)
        scene.play(PlayRun(plot, end=0.5), rack.animate.set_moment(0.5), run_time=1)
    assert plot.moment == rack.moment == 0.5
    np.testing.assert_allclose(outlines(rack), outlines(BandRack.of(run).set_moment(0.5)), atol=1e-9)


def test_one_play_after_another_begins_where_the_last_ended(media, run):
    moments = []
    with frame(427, 240, folder=media, frame_rate=5):
        scene, rack = Scene(), BandRack.of(run)
        show = rack.show_moment
        rack.show_moment = lambda moment: moments.append(moment) or show(moment)
        scene.add(rack)
        scene.play(Succession(rack.animate.set_moment(0.5), rack.animate.set_moment(1)), run_time=2)
        assert moments == sorted(moments) and moments[-1] == rack.moment == 1
        scene.play(PlayRun(rack, end=0, rate_func=there_and_back), run_time=1)
    assert rack.moment == moments[-1] == 1 and min(moments[-5:]) < 0.6


def test_between_two_moments_lies_the_run_not_a_straight_line(wide, run):
    """What shows the same elsewhere can be turned into; another moment, or another run, is refused."""
    rack = BandRack.of(run).set_moment(0.5)
    Transform(rack, rack.copy().scale(0.5).shift([1, 0, 0])).begin()
    plot = SpectrumPlot.of(run).set_moment(0.5)
    plot.save_state()
    np.testing.assert_allclose(
        outlines(plot.scale(2).restore()), outlines(SpectrumPlot.of(run).set_moment(0.5))
    )
    for other in (BandRack.of(run).set_moment(0.7), BandRack.of(gaussian_run(32, steps=11)).set_moment(0.5)):
        with pytest.raises(InputError, match=r"^BandRack: found another run or moment to turn into"):
            Transform(rack, other).begin()


def test_bands_of_one_s_own_are_called_what_they_are(wide):
    t = gaussian_run(32, steps=12)
    unit = spectral.FrequencyUnit.per("image", 32)
    for edges, names in (([1, 4, 16], ["1–4", "4–16"]), ([1, 1.5, 32], ["1–1.5", "1.5+"])):
        lock = spectral.lock_in(t, spectral.Bands.between(edges, unit=unit))
        assert [cell.range.original_text for cell in BandRack.of(t, lock=lock).cells] == names


def test_water_rises_it_does_not_grow_sideways(wide, run):
    plot = SpectrumPlot.of(run)
    fresh = SpectrumPlot(
        plot.freq,
        edges=plot.edges,
        ticks=[(4, "4")],
        power_range=plot.power_range,
        axis_label="f",
        width=4,
        height=2,
    )
    _, high = fresh.power_range
    rise = fresh.animate.set_tide(high).build()
    rise.begin()
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        rise.interpolate(share)
        assert fresh.surface.width == pytest.approx(4)
        height = (fresh.surface.get_y() - fresh.frame.get_bottom()[1]) / 2
        assert height == pytest.approx(rise.rate_func(share), abs=1e-6)
    assert fresh.tide == high


def test_manim_s_own_camera_fades_pictures_too(media):
    white = np.full((8, 8), 1.0)
    shown = []
    with frame(100, 100, folder=media, frame_rate=4):
        scene = Scene()
        scene.renderer.add_frame = lambda pixels, num_frames=1: shown.append(int(pixels[50, 50, 0]))
        scene.play(FadeIn(Picture(white, height=2), rate_func=lambda share: share), run_time=1)
    assert shown[0] < 20 and shown == sorted(shown) and 100 < shown[2] < 160


def test_manim_keeps_no_clip_of_another_run(media, run):
    """manim names the clips that it keeps after what is in them, arrays abridged: one pixel counts."""
    other = np.array(run.denoised)
    other[6, -1, -1, -1] += 0.3
    names = []
    with frame(*FRAMES["wide"], folder=media):
        for shown in (run, run, replace(run, denoised=other)):
            scene, rack = Scene(), BandRack.of(shown)
            scene.add(rack)
            played = scene.compile_animations(rack.animate.set_moment(1))
            names.append(get_hash_from_play_call(scene, scene.camera, played, scene.mobjects))
    assert names[0] == names[1] != names[2]


# -- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*MADE_OF_RUNS, Waveform])
@pytest.mark.parametrize("given", ["run.safetensors", None, np.zeros((2, 2)), [1]], ids=repr)
def test_what_is_no_run_is_refused(wide, kind, given):
    with pytest.raises(
        InputError, match=r"^run: found an? \w+, expected a spectral.Trajectory( or a PowerSpectrum)?$"
    ):
        kind.of(given)


@pytest.mark.parametrize("moment", [-0.1, 1.5, np.nan, "0.5", True, None])
def test_moments_outside_the_run_are_refused(wide, run, moment):
    rack = BandRack.of(run)
    for ask in (rack.set_moment, lambda at: PlayRun(rack, end=at), lambda at: rack.animate.set_moment(at)):
        with pytest.raises(InputError, match=r"^moment: found .*, expected 0 \(noise\) to 1"):
            ask(moment)


def test_other_misuse_is_told_in_one_line(wide, run):
    other = spectral.lock_in(gaussian_run(32, steps=11))
    empty = Timeline(expected=np.zeros(3), width=5, start="a", end="b")
    for match, ask in {
        r"^lock: found one of another run": lambda: BandRack.of(run, lock=other),
        r"^shows: found 'noise', expected x_t or denoised": lambda: PicturePanel.of(run, shows="noise"),
        r"^run: found one of images, expected one of waveforms": lambda: Waveform.of(run),
        r"^lock: found a Bands, expected what spectral.lock_in": lambda: RunDisplay.of(run, lock=other.bands),
        r"^bands: found 4, expected Bands": lambda: spectral.lock_in(run, 4),
        r"^trajectory: found a str, expected a Trajectory": lambda: spectral.lock_in("run.safetensors"),
        r"^rows: found 0, expected 1 or more": lambda: BandRack.of(run, rows=0),
        r"^Badge: found 'guessed', expected measured or closed form": lambda: Badge("guessed"),
        r"^font: found 'No Such', expected a typeface": lambda: theme.use("dark", font="No Such"),
        r"^Timeline: found no run to show a moment of": lambda: empty.set_moment(0.5),
        r"^PlayRun: found a Timeline without a run": lambda: PlayRun(empty),
        r"^theme: found 'blue', expected 'dark', 'light' or a Palette": lambda: theme.use("blue"),
    }.items():
        with pytest.raises(InputError, match=match):
            ask()


@pytest.mark.parametrize("file", ["scenes/title.py", "examples/colours.py"])
def test_opengl_is_refused_in_one_line(tmp_path, file):
    """By our scenes, and by a plain scene of one's own with our mobjects in it."""
    command = [Path(sys.executable).with_name("manim"), "--renderer", "opengl", "--media_dir", str(tmp_path)]
    ran = subprocess.run([*command, str(ROOT / file)], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.splitlines() == ["error: --renderer: found opengl, expected cairo, for which we draw"]


# -- one's own colours and type -----------------------------------------------------------------------------


def test_one_s_own_palette_and_font_hold_on_a_stage(media, monkeypatch):
    own = replace(theme.DARK, water="#b3866f", ground="#201008")
    monkeypatch.setenv("SPECTRAL_THEME", "light")
    with frame(*FRAMES["wide"], folder=media):
        another = next(name for name in manimpango.list_fonts() if name != theme.FONT)
        try:
            theme.use(own, font=another)
            scene = Stage()
            assert theme.palette is own and config.background_color.to_hex().lower() == "#201008"
            plot = SpectrumPlot.of(gaussian_run(32, steps=12)).set_moment(0.5)
            assert plot.water.get_fill_color().to_hex().lower() == "#b3866f"
            assert theme.words("type").font == scene.headline("type")[-1].mobject.font == another
        finally:
            theme.use(None)
        Stage()
        assert theme.palette is theme.LIGHT  # as the settings say
        try:
            theme.use("dark")
            Stage()
            assert theme.palette is theme.DARK  # as was said here
        finally:
            theme.use(None)


# -- examples -----------------------------------------------------------------------------------------------


def test_examples_are_few_and_short():
    assert [path.stem for path in EXAMPLES] == ["colours", "photograph", "run", "slide", "sound", "two_runs"]
    for path in EXAMPLES:
        assert len(path.read_text().splitlines()) <= 25, path


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_render(path, tmp_path):
    """Each as its first lines say, at a low rate, from a folder of one's own."""
    command = [
        sys.executable,
        "-m",
        "manim",
        "-ql",
        "--fps",
        "3",
        "--disable_caching",
        "--media_dir",
        "media",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([*command, str(path)], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    (film,) = (tmp_path / "media").glob(f"videos/{path.stem}/480p3/*.mp4")
    with av.open(str(film)) as container:
        frames = [picture.to_ndarray(format="rgb24").astype(int) for picture in container.decode(video=0)]
        sounds = len(container.streams.audio)
    assert len(frames) >= 9
    assert np.abs(frames[len(frames) // 2] - frames[1]).max() > 50  # something happens
    assert sounds == (path.stem == "sound")


@pytest.mark.parametrize("kind", MADE_OF_RUNS)
@pytest.mark.parametrize("width", [0, -1, np.nan, np.inf, "6", True], ids=repr)
def test_sizes_are_lengths(wide, run, kind, width):
    with pytest.raises(InputError, match=r"^width: found .*, expected manim units above 0$"):
        kind.of(run, width=width)


def test_what_can_be_made_of_a_run_is_what_this_file_tries():
    kinds = {getattr(manim_spectral, name) for name in manim_spectral.__all__ if name != "theme"}
    assert {kind for kind in kinds if issubclass(kind, OfRun)} == {*MADE_OF_RUNS, Waveform}
