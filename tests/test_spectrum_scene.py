"""From picture to curve: what is shown is what was measured, for the carried photographs and one's own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import PI, Text, config
from manim_spectral.scenes.spectrum import Spectrum
from PIL import Image
from scene_support import FRAMES, Hurried, Things, frame, painted, read
from scipy import stats

import spectral
from manim_spectral.chapters.spectrum.dial import Dial
from manim_spectral.chapters.spectrum.layout import pictures_and_plot, squares, three_cells
from manim_spectral.mobjects.picture import Picture
from manim_spectral.sources.material import SIDE, NamedPicture, carried
from manim_spectral.stage.clock import Clock
from manim_spectral.stage.layout import Box
from manim_spectral.views.collection import Collection, PictureWaves

ROOT = Path(__file__).parents[1]
BEATS = ["waves", "spectra", "cut", "turn", "average", "several", "mean", "fit"]

pytestmark = pytest.mark.usefixtures("nothing_chosen")


class Watched(Hurried, Spectrum):
    """Keeps the names of the beats, those that loop, and what drives each."""

    def __init__(self, look=lambda scene, beat: None, clock=lambda scene, beat, clock: None) -> None:
        super().__init__(look)
        self.beats, self.loops, self.clock = [], [], clock

    def beat(self, name: str, caption: str, *, loop: bool = False) -> None:
        super().beat(name, caption, loop=loop)
        self.beats.append(name)
        self.loops += [name] * loop

    def play(self, *animations, **options) -> None:
        super().play(*animations, **options)
        for animation in animations:
            if isinstance(animation, Clock):
                self.clock(self, self.name, animation)


@dataclass
class Told:
    """A whole run: the scene at its end, and what was seen on the way."""

    scene: Watched
    faults: list[str] = field(default_factory=list)
    curves: dict[str, np.ndarray] = field(default_factory=dict)  # at the end of each beat
    frames: dict[str, np.ndarray] = field(default_factory=dict)
    sums: list[tuple[int, float]] = field(default_factory=list)  # waves counted, error of their sum
    turning: list[tuple[float, np.ndarray, np.ndarray]] = field(default_factory=list)  # angle, curve, frame


def tell(folder: Path, shape: str = "wide") -> Told:
    """The scene of the present settings in a frame of this shape."""

    def look(scene, beat: str) -> None:
        found = Things(scene).faults(config.frame_width, config.frame_height)
        told.faults += [f"{beat}: {fault}" for fault in found]
        if beat in BEATS[2:]:
            told.curves[beat] = curve_of(scene.plot)
        if beat in ("spectra", "average", "fit"):
            told.frames[beat] = painted(*scene.mobjects)

    def clock(scene, beat: str, clock: Clock) -> None:
        if beat == "waves":
            for share in (0.0, 0.3, 0.6, 1.0):
                clock.show(share)
                shown, photo = (p.picture.pixel_array.astype(int) for p in (scene.sum, scene.photo))
                told.sums.append((int(read(scene.counted)), np.abs(shown - photo).mean()))
        if beat == "turn":
            for share in (0.0, 1 / 3, 1 / 2, 0.8, 1.0):
                clock.show(share)
                told.turning.append((PI * share, curve_of(scene.plot), painted(*scene.mobjects)))

    with frame(*FRAMES[shape], folder=folder):
        told = Told(Watched(look, clock))
        told.scene.construct()
    return told


carried_told = cache(tell)  # where no settings are made


def noise_picture(exponent: float, *, seed: int, side: int = SIDE) -> np.ndarray:
    """(3, side, side) of power exactly |f|^-exponent in expectation, within [-1, 1] for nearly all pixels."""
    freq = spectral.radial_frequency((side, side))
    freq[0, 0] = np.inf
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((3, side, side)))
    picture = np.fft.ifft2(white * freq ** (-exponent / 2)).real
    return (0.25 * picture / picture.std()).clip(-1, 1).astype(np.float32)


def save(path: Path, picture: np.ndarray) -> None:
    Image.fromarray(np.rint((picture.transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Makes a folder of pictures one's own."""

    def make(count: int) -> Path:
        own = tmp_path / "holiday pictures"
        own.mkdir()
        for k in range(count):
            save(own / f"a picture with a long name, number {k:02d}.png", noise_picture(2, seed=k))
        monkeypatch.setenv("SPECTRAL_IMAGES", str(own))
        return own

    return make


def curve_of(plot) -> np.ndarray:
    """(rings,) the power that the coloured curve shows, read off its points."""
    points = np.concatenate([piece.points for piece in plot.curve if len(piece.points)])
    left, right = plot.frame.get_left()[0], plot.frame.get_right()[0]
    bottom, top = plot.frame.get_bottom()[1], plot.frame.get_top()[1]
    across, up = (points[:, 0] - left) / (right - left), (points[:, 1] - bottom) / (top - bottom)
    freq = plot.freq[0] * (plot.freq[-1] / plot.freq[0]) ** across
    low, high = plot.power_range
    return np.exp(np.interp(np.log(plot.freq), np.log(freq), np.log(low * (high / low) ** up)))


def spectrum_of(path: Path) -> np.ndarray:
    """(rings,) by the definition, ring by ring: mean over the colours of |DFT|^2 / n of the shrunk file."""
    with Image.open(path) as file:
        small = file.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, float).transpose(2, 0, 1) / 127.5 - 1
    power = (np.abs(np.fft.fft2(pixels)) ** 2).mean(axis=0) / SIDE**2
    index = np.fft.fftfreq(SIDE, 1 / SIDE)
    ring = np.rint(np.hypot(index[:, None], index))
    return np.array([power[ring == k].mean() for k in range(1, SIDE // 2 + 1)])


def test_the_numbers_on_the_plot_are_those_of_the_photographs(media):
    """Twelve photographs, read, measured and fitted once more by other means."""
    told = carried_told(media)
    scene, curves = told.scene, told.curves
    paths = sorted(
        carried("photographs").glob("*.png"), key=lambda path: ("red_panda" not in path.name, path)
    )
    every = np.array([spectrum_of(path) for path in paths])
    assert len(every) == 12
    np.testing.assert_allclose(curves["average"], every[0], rtol=1e-3)
    np.testing.assert_allclose(curves["several"], every[3], rtol=1e-3)
    mean = stats.gmean(every, axis=0)
    np.testing.assert_allclose(curves["mean"], mean, rtol=1e-3)

    def fit(curve: np.ndarray) -> tuple[float, float]:
        log_freq = np.linspace(np.log(3), np.log(64), 128)
        line = stats.linregress(log_freq, np.interp(log_freq, np.log(np.arange(1, 65)), np.log(curve)))
        left = np.interp(log_freq, np.log(np.arange(1, 65)), np.log(curve))
        left -= line.intercept + line.slope * log_freq
        return -line.slope, 10 / np.log(10) * np.sqrt((left**2).mean())

    (exponent, residual), single = fit(mean), [fit(curve)[0] for curve in every]
    assert 2 < exponent < 3 and residual < 1
    texts = [m.original_text for m in scene.figures.get_family() if isinstance(m, Text)]
    assert texts == [
        f"exponent {exponent:.2f}",
        f"residual {residual:.2f} dB rms (factor {10 ** (residual / 10):.2f})",
        "from 3 to 64 cycles per image",
        f"single pictures: {min(single):.2f} to {max(single):.2f}",
    ]
    assert scene.heading.original_text == f"Nearest straight line: a power law, exponent {exponent:.2f}"
    assert f"{exponent:.2f}" in scene.captions[-1] and f"{residual:.2f} decibels" in scene.captions[-1]
    assert scene.footer[0].original_text == "12 carried photographs · 128 × 128 pixels"


def test_the_waves_add_up_to_the_picture(media):
    told = carried_told(media)
    counts, errors = zip(*told.sums, strict=True)
    assert counts[0] == 3 and counts[-1] == told.scene.main.n_waves == (128**2 + 4) // 2 - 1
    assert list(errors) == sorted(errors, reverse=True) and errors[0] > 10 and errors[-1] == 0
    (wave, upto), (_, before) = told.scene.main.waves(100), told.scene.main.waves(99)
    np.testing.assert_allclose(wave, (upto - before) / np.abs(upto - before).max(), atol=1e-9)


def test_the_turn_is_seamless_and_shows_the_line_s_own_curve(media):
    told = carried_told(media)
    low, high = told.scene.plot.power_range
    for angle, curve, _ in told.turning:
        expected = spectral.directional_slice(told.scene.main.power, angle=angle).power[1:]
        np.testing.assert_allclose(curve, expected.clip(low, high), rtol=1e-3)
    assert told.scene.loops == ["turn"]
    first, *turned, last = (shown.astype(int) for *_, shown in told.turning)
    assert np.abs(last - first).mean() < 0.01
    assert min(np.abs(shown - first).mean() for shown in turned) > 0.3


@pytest.mark.parametrize("shape", FRAMES)
def test_it_lays_out(media, shape):
    told = carried_told(media, shape) if shape != "wide" else carried_told(media)
    assert not told.faults, "\n".join(told.faults)
    assert told.scene.beats == BEATS and all(told.scene.captions)
    assert 20 <= told.scene.film_time <= 60


@pytest.mark.parametrize(("count", "shape"), [(1, "wide"), (2, "tall"), (13, "square")])
def test_a_folder_of_one_s_own(media, folder, count, shape):
    folder(count)
    told = tell(media, shape)
    scene, plural = told.scene, "s" * (count > 1)
    assert not told.faults, "\n".join(told.faults)
    assert scene.beats == [b for b in BEATS if count > 1 or b not in ("several", "mean")]
    whose = f"{count} picture{plural} from holiday pictures"
    assert scene.footer[0].original_text == f"{whose} · 128 × 128 pixels"
    # The exponent of one such picture scatters by 0.03.
    assert scene.collection.law.exponent == pytest.approx(2, abs=0.15)


def test_a_picture_of_one_s_own_stands_first(tmp_path, monkeypatch):
    save(tmp_path / "mine.png", noise_picture(1, seed=5))
    monkeypatch.setenv("SPECTRAL_IMAGE", str(tmp_path / "mine.png"))
    scene = Spectrum()
    scene.gather()
    assert scene.main.name == "mine.png" and len(scene.collection.shown) == 13
    assert scene.footer[0].original_text == "mine.png and 12 carried photographs · 128 × 128 pixels"
    assert scene.collection.exponents[0] == pytest.approx(1, abs=0.15)


def test_golden_frames(golden, media):
    told = carried_told(media)
    assert told.frames.keys() == {"spectra", "average", "fit"}
    for moment, shown in {**told.frames, "turning": told.turning[1][-1]}.items():
        golden.check(f"spectrum_{moment}", shown)


# -- what it stands on --------------------------------------------------------------------------------------


def test_the_cross_is_blamed_on_the_borders_only_where_they_make_it():
    pixels = noise_picture(2, seed=3).astype(float)
    ramp = np.linspace(-0.5, 0.5, SIDE)[:, None] + 0 * pixels
    stripes = 0.3 * np.sign(np.sin(2 * PI * np.arange(SIDE) / 16 + 0.1)) + 0 * pixels
    cross = {
        name: PictureWaves(NamedPicture(field.astype(np.float32), name)).has_cross
        for name, field in {
            "none": pixels,
            "borders": 0.2 * pixels + ramp,
            "stripes": 0.2 * pixels + stripes,
        }.items()
    }
    assert cross == {"none": False, "borders": True, "stripes": False}


def test_a_collection_is_averaged_in_the_log_domain():
    bright, dim = noise_picture(2, seed=1), 0.01 * noise_picture(2, seed=2)
    both = Collection([NamedPicture(bright, "bright"), NamedPicture(dim, "dim")])
    np.testing.assert_allclose(both.mean, stats.gmean(both.power, axis=0))
    np.testing.assert_array_equal(both.edges[:-1], [1, 2, 4, 8, 16, 32, 64])
    assert [tick for _, tick in both.ticks][-1] == "64"


@pytest.mark.parametrize("swept", [False, True])
def test_the_dial_points_along_the_angle_and_stays_on_the_picture(swept):
    spectrum = Picture(np.zeros((64, 64)), height=4).shift([1.0, 2.0, 0])
    dial = Dial(spectrum, edges=[1, 2, 4, 8, 16, 32, 64])
    middle = spectrum.get_center() + np.array([2 / 64, -2 / 64, 0])
    for angle in (0.0, 1.0, 2.5):
        dial.set_angle(angle, swept=swept)
        points = np.concatenate([piece.points for piece in dial.line]) - middle
        along = points @ [np.cos(angle), np.sin(angle), 0]
        across = points @ [-np.sin(angle), np.cos(angle), 0]
        np.testing.assert_allclose(across, 0, atol=1e-9)
        assert np.abs(along).max() == pytest.approx(2) and np.abs(along).min() == pytest.approx(4 / 64)
        arcs = [arc.points - middle for arc in dial.arcs if len(arc.points)]
        assert bool(arcs) == (swept and angle > 0)
        for arc in arcs:
            turned = np.arctan2(arc[[0, -1], 1], arc[[0, -1], 0])
            assert (turned[1] - turned[0]) % (2 * PI) == pytest.approx(angle)


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(2, 14), st.floats(2, 14), st.sampled_from([0.0, 0.42]))
def test_squares_stay_in_their_room_and_apart(count, width, height, title):
    room = Box(-width / 2, -height / 2, width / 2, height / 2)
    boxes = squares(count, room, title=title)
    assert len(boxes) == count
    for box in boxes:
        assert box.width == pytest.approx(box.height)
        assert box.left >= room.left - 1e-9 and box.right <= room.right + 1e-9
        assert box.bottom >= room.bottom - 1e-9 and box.top <= room.top + 1e-9
    for one, other in pairwise(boxes):
        assert other.left > one.right or other.top < one.bottom - title


@pytest.mark.parametrize("size", [(13.2, 6.3), (9.9, 8.8), (7.4, 12.2)])
def test_rooms_stay_in_theirs(size):
    room = Box(0, 0, *size)
    slot, plot = pictures_and_plot(room)
    for cell in three_cells(room):
        assert cell.picture.width == pytest.approx(cell.picture.height)
        for box in (cell.picture, cell.words):
            assert box.left >= -1e-9 and box.bottom >= -1e-9
            assert box.right <= size[0] + 1e-9 and box.top <= size[1] + 1e-9
    assert slot.right < plot.left or slot.bottom > plot.top


# -- what is refused ----------------------------------------------------------------------------------------


def bad_folder(kind: str, folder: Path) -> Path:
    folder.mkdir()
    match kind:
        case "text":
            (folder / "a.png").write_text("no picture")
        case "1 x 1":
            Image.new("RGB", (1, 1)).save(folder / "a.png")
        case "one colour":
            Image.new("RGB", (200, 200), "teal").save(folder / "a.png")
        case "cut off":
            save(folder / "a.png", noise_picture(2, seed=1))
            whole = (folder / "a.png").read_bytes()
            (folder / "a.png").write_bytes(whole[: len(whole) // 2])
        case "a file":
            save(folder / "a.png", noise_picture(2, seed=1))
            return folder / "a.png"
        case "missing":
            return folder / "none"
        case "others":
            (folder / "notes.txt").write_text("not a picture")
            (folder / ".hidden.png").write_text("not seen")
            (folder / "folder.png").mkdir()
    return folder


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("empty", "holds no pictures"),
        ("others", "holds no pictures"),
        ("missing", "No such file or directory, expected a folder of pictures"),
        ("a file", "Not a directory, expected a folder of pictures"),
        ("text", "a.png: found no picture, expected a PNG, JPEG or the like"),
        ("1 x 1", "a.png: found 1 x 1 pixels, expected 16 or more on a side"),
        ("one colour", "a.png: found no power at some frequencies, expected a picture with detail"),
        ("cut off", "a.png: cannot be read as a picture"),
    ],
)
def test_what_has_no_spectrum_is_refused_in_a_line(monkeypatch, media, tmp_path, capfd, kind, line):
    monkeypatch.setenv("SPECTRAL_IMAGES", str(bad_folder(kind, tmp_path / "own")))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Spectrum().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: ") and line in error and error.count("\n") == 1


def test_at_the_command_line_a_refusal_is_one_line(tmp_path):
    command = [sys.executable, "-m", "manim", "-ql", "--media_dir", str(tmp_path / "m")]
    ran = subprocess.run(
        [*command, str(ROOT / "scenes" / "spectrum.py")],
        env=os.environ | {"SPECTRAL_IMAGES": str(bad_folder("text", tmp_path / "own"))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2 and "Traceback" not in ran.stdout + ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert "a.png: found no picture" in line
