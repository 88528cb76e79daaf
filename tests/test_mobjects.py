"""What the mobjects draw, held against the numbers that they are fed with."""

from __future__ import annotations

import copy
from itertools import pairwise

import numpy as np
import pytest
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Camera,
    Circle,
    DashedLine,
    FadeIn,
    Line,
    ManimColor,
    Square,
    Text,
    VMobject,
    config,
)
from scene_support import APART, box, differences, frame, gap, outline, painted, read, same_frame

from manim_spectral import theme
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.band_rack import BandRack
from manim_spectral.mobjects.legend import Legend, line_swatch, rainbow_swatch, water_swatch
from manim_spectral.mobjects.meter import Meter, Padlock
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import Picture
from manim_spectral.mobjects.readout import CHARACTERS, Readout
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.mobjects.writing_map import COLUMNS, WritingMap
from manim_spectral.stage.camera import StageCamera
from manim_spectral.stage.layout import Layout

WIDTH, HEIGHT = 426, 240


@pytest.fixture(autouse=True)
def small_frame(media):
    with frame(WIDTH, HEIGHT, folder=media):
        yield


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def levels(array: np.ndarray) -> np.ndarray:
    """[-1, 1] to 0 ... 255."""
    return np.round((np.clip(array, -1, 1) + 1) / 2 * 255)


def pixel(point: np.ndarray) -> tuple[int, int]:
    """Row and column of the film's pixel that holds a point."""
    across = (point[0] + config.frame_width / 2) / config.frame_width * config.pixel_width
    down = (config.frame_height / 2 - point[1]) / config.frame_height * config.pixel_height
    return int(down), int(across)


def cell_pixel(picture: Picture, row: int, column: int) -> tuple[int, int]:
    """The film's pixel at the centre of one of a picture's."""
    across = (column + 0.5) / picture.pixel_array.shape[1] * picture.width
    down = (row + 0.5) / picture.pixel_array.shape[0] * picture.height
    return pixel(picture.get_corner(UP + LEFT) + across * RIGHT + down * DOWN)


def colour(array: np.ndarray | ManimColor | str) -> np.ndarray:
    return np.array(ManimColor(array).to_int_rgb())


# -- theme --------------------------------------------------------------------------------------------------


def linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Forwards, by the two matrices of Ottosson's page: the theme goes the other way, by their inverses."""
    to_cone = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(linear(rgb) @ np.transpose(to_cone)) @ np.transpose(to_lab)


def contrast(one: str | ManimColor, other: str | ManimColor) -> float:
    """Contrast ratio of WCAG 2."""
    weights = [0.2126, 0.7152, 0.0722]
    light = [linear(np.array(ManimColor(c).to_rgb())) @ weights + 0.05 for c in (one, other)]
    return max(light) / min(light)


@pytest.mark.parametrize("ground", ["dark", "light"])
@pytest.mark.parametrize("count", [6, 8])
def test_bands_differ_in_hue_alone(ground, count):
    theme.follow(ground)
    lab = oklab(np.array([c.to_rgb() for c in theme.band_colours(count)]))
    lightness, hue = lab[:, 0], np.unwrap(np.arctan2(lab[:, 2], lab[:, 1]))
    assert np.ptp(lightness) < 0.01
    assert lightness.mean() == pytest.approx(theme.palette.lightness, abs=0.005)
    # even steps, from the red of the low bands to the violet of the high ones
    assert np.degrees(np.diff(hue)) == pytest.approx(280 / (count - 1), abs=2)
    red, violet = theme.band_colours(count)[0].to_rgb(), theme.band_colours(count)[-1].to_rgb()
    assert red.argmax() == 0 and red.argmin() == 2
    assert violet.argmax() == 2 and violet.argmin() == 1


@pytest.mark.parametrize("ground", ["dark", "light"])
def test_type_stands_out_from_its_ground(ground):
    theme.follow(ground)
    paper = theme.palette
    assert config.background_color == ManimColor(paper.ground)
    on_ground = [paper.text, paper.quiet, paper.signal, *theme.band_colours(6), *theme.band_colours(8)]
    assert min(contrast(c, paper.ground) for c in on_ground) >= 4.5
    assert min(contrast(c, paper.panel) for c in (paper.text, paper.quiet)) >= 4.5


def test_sizes_are_what_they_say_and_none_is_under_12():
    assert min(theme.SMALL, theme.BODY, theme.HEADING) >= 12
    for size in (12, 30):
        capital = theme.words("H", size=size)
        # Inter: capitals are 1490 of an em of 2048 units
        assert capital.height * theme.PIXELS_PER_UNIT == pytest.approx(size * 1490 / 2048, rel=0.02)
    with frame(854, 480, folder=config.media_dir):
        assert config.pixel_width / config.frame_width == pytest.approx(theme.PIXELS_PER_UNIT, rel=0.01)


@pytest.mark.parametrize("size", [(854, 480), (640, 640), (480, 854)])
def test_a_unit_is_as_long_on_every_frame(size):
    with frame(*size, folder=config.media_dir):
        across, down = size[0] / config.frame_width, size[1] / config.frame_height
        assert across == pytest.approx(down)
        assert across == pytest.approx(theme.PIXELS_PER_UNIT, rel=0.01)


# -- pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 7, 7), (3, 64, 64), (1, 40, 24), (100, 100)])
def test_a_small_picture_shows_its_pixels(shape):
    array = 1.2 * noise(*shape)  # some beyond the range
    rows, columns = shape[-2:]
    picture = Picture(array, height=7.2).shift([0.31, -0.17, 0])
    assert picture.width == pytest.approx(7.2 * columns / rows)
    shown = painted(picture)
    expected = np.broadcast_to(levels(array).reshape(-1, rows, columns), (3, rows, columns))
    for row, column in np.ndindex(rows, columns):
        at = cell_pixel(picture, row, column)
        assert (shown[at] == expected[:, row, column]).all(), (row, column)


def test_bytes_are_shown_as_they_are():
    array = np.random.default_rng(1).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    picture = Picture(array, height=6)
    shown = painted(picture)
    for row, column in np.ndindex(6, 9):
        assert (shown[cell_pixel(picture, row, column)] == array[row, column]).all()


def test_a_large_picture_is_smooth():
    checks = (np.indices((128, 128)).sum(axis=0) % 2 * 2.0 - 1)[None]
    # three pixels of the film to one of the picture, which is larger than the frame
    shown = painted(Picture(checks, height=128 * 3 * config.frame_height / HEIGHT))
    assert ((shown > 40) & (shown < 215)).mean() > 0.2
    pixels = painted(Picture(checks[:, :127, :127], height=127 * 3 * config.frame_height / HEIGHT))
    assert set(np.unique(pixels[:, 30:-30])) == {0, 255}


def test_opacity_blends_with_what_lies_below():
    below = Square(20).set_stroke(width=0).set_fill("#c04080", 1)
    array = noise(3, 5, 5)
    picture = Picture(array, height=5).set_opacity(0.25)
    shown = painted(below, picture)
    for row, column in np.ndindex(5, 5):
        expected = 0.25 * levels(array)[:, row, column] + 0.75 * colour("#c04080")
        assert np.abs(shown[cell_pixel(picture, row, column)] - expected).max() <= 1.5
    assert (painted(below, picture.set_opacity(0)) == painted(below)).all()


def test_a_picture_fades_in_without_a_change_of_its_pixels():
    picture = Picture(noise(3, 5, 5), height=5).set_opacity(0.8)
    pixels = picture.get_pixel_array().copy()
    fade = FadeIn(picture, rate_func=lambda share: share)
    fade.begin()
    for share in (0, 0.25, 1):
        fade.interpolate(share)
        assert picture.fill_opacity == pytest.approx(0.8 * share)
    assert (picture.get_pixel_array() == pixels).all()


def test_a_picture_touches_no_other_pixel_and_keeps_its_place_in_the_pile():
    line = Line(10 * LEFT, 10 * RIGHT).set_stroke("#ffffff", 8)
    mark = Square(1).set_stroke(width=0).set_fill("#00ff00", 1)
    picture = Picture(-np.ones((1, 8, 8)), height=4).shift([1.03, 0.02, 0])
    shown, without = painted(line, picture, mark), painted(line)
    top, left = pixel(picture.get_corner(UP + LEFT))
    bottom, right = pixel(picture.get_corner(DOWN + RIGHT))
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[top : bottom + 1, left : right + 1] = False
    assert (shown[outside] == without[outside]).all()
    assert (shown[top + 1 : bottom, left + 1 : right].reshape(-1, 3) == 0).all(axis=1).mean() > 0.8
    assert (shown[pixel(np.zeros(3))] == [0, 255, 0]).all()


def waves(side: int) -> Picture:
    wave = np.sin(np.arange(side) * 9 / side)
    array = np.stack([np.outer(wave, wave), np.outer(wave, wave[::-1]), np.outer(wave[::-1], wave)])
    return Picture(array, height=7).shift([0.4, 0.1, 0])


def test_the_fast_camera_shows_the_pixels_that_manims_own_shows():
    """Ten of the film's to one of the picture's; manim puts their edges down to one of the film's away."""
    picture = waves(20)
    ours, theirs = (painted(picture, camera_class=c).astype(int) for c in (StageCamera, Camera))
    for row, column in np.ndindex(20, 20):
        down, across = cell_pixel(picture, row, column)
        around = np.s_[down - 3 : down + 4, across - 3 : across + 4]
        assert np.abs(ours[around] - theirs[around]).max() <= 1


def test_the_fast_camera_draws_outlines_as_manims_own_does():
    """Closed and open ones, several in one, dashes, a letter's holes, none at all, one of half a curve."""
    broken = VMobject().set_points_as_corners([LEFT, UP, RIGHT]).shift(2 * DOWN)
    broken.start_new_path(2 * RIGHT).add_line_to(2 * RIGHT + UP).start_new_path(3 * LEFT)
    assert len(broken.points) % 4
    drawn = [
        theme.words("fi, B8 & 0.25 → σ", size=40).shift(2 * UP),
        Circle(0.8).shift(3 * LEFT),
        Square(1).shift(3 * RIGHT).set_fill(opacity=0.5),
        DashedLine(4 * LEFT, 4 * RIGHT).shift(DOWN),
        VMobject().set_points_as_corners([LEFT, UP, RIGHT]),
        broken.set_fill(opacity=0.7),
        VMobject(),
    ]
    ours, theirs = (painted(*drawn, camera_class=c) for c in (StageCamera, Camera))
    assert ours.max() > 100
    np.testing.assert_array_equal(ours, theirs)


def test_the_fast_camera_is_as_smooth_as_manims_own():
    picture = waves(160)
    ours, theirs = (painted(picture, camera_class=c).astype(int) for c in (StageCamera, Camera))
    (top, left), (bottom, right) = cell_pixel(picture, 3, 3), cell_pixel(picture, 156, 156)
    apart = np.abs(ours - theirs)[top:bottom, left:right]
    assert apart.mean() < 1 and apart.max() <= 6


def test_a_picture_can_be_changed_copied_and_moved_apart_from_its_copy():
    first, second = noise(3, 8, 8), noise(3, 8, 8, seed=1)
    picture = Picture(first, height=3)
    twin = copy.deepcopy(picture).shift(2 * RIGHT).set_opacity(0.5)
    picture.set_array(second)
    assert picture.get_center() == pytest.approx(np.zeros(3))
    assert picture.fill_opacity == 1 and picture.height == pytest.approx(3)
    assert (picture.get_pixel_array()[..., :3] == np.moveaxis(levels(second), 0, -1)).all()
    assert (twin.get_pixel_array()[..., :3] == np.moveaxis(levels(first), 0, -1)).all()
    assert (picture.get_pixel_array()[..., 3] == 255).all()


# -- spectrum plot ------------------------------------------------------------------------------------------

FREQ = np.arange(1.0, 33.0)
EDGES = [1, 2, 4, 8, 16, 32, 64]
RANGE = (1e-3, 2e2)


@pytest.fixture
def plot():
    plot = SpectrumPlot(
        FREQ,
        edges=EDGES,
        ticks=[(f, str(f)) for f in (1, 2, 4, 8, 16, 32)],
        power_range=RANGE,
        axis_label="cycles per image",
        width=6,
        height=3,
    )
    return plot.shift([-0.7, 0.4, 0])


def read_off(plot: SpectrumPlot, points: np.ndarray) -> np.ndarray:
    """(n, 2) frequency and power of points, by the frame's edges alone."""
    left, bottom, right, top = box([plot.frame])
    across, up = (points[:, 0] - left) / (right - left), (points[:, 1] - bottom) / (top - bottom)
    return np.stack(
        [FREQ[0] * (FREQ[-1] / FREQ[0]) ** across, RANGE[0] * (RANGE[1] / RANGE[0]) ** up], axis=1
    )


def corners(curve) -> np.ndarray:
    return np.concatenate([curve.get_start_anchors(), curve.get_end_anchors()[-1:]])


def test_curves_can_be_read_off(plot):
    power = 100 * FREQ**-2.0 * np.exp(0.3 * np.sin(FREQ))
    plot.set_power(power).set_reference(power / 2)
    assert read_off(plot, corners(plot.reference)) == pytest.approx(np.stack([FREQ, power / 2], axis=1))
    inside = [piece for piece in plot.curve if len(piece.points)]
    assert len(inside) == 5 and len(plot.curve) == 6  # nothing of the curve lies in the corners' band
    for piece, low, high in zip(inside, EDGES, EDGES[1:], strict=False):
        within = slice(low - 1, high)  # FREQ counts from 1
        freq, shown = read_off(plot, corners(piece)).T
        assert freq == pytest.approx(FREQ[within])
        assert shown == pytest.approx(power[within])
    for one, other in pairwise(inside):
        assert one.get_end() == pytest.approx(other.get_start())
    assert [p.get_stroke_color() for p in plot.curve] == theme.band_colours(6)


def test_pieces_meet_at_edges_between_samples():
    freq = np.array([1.0, 3, 5, 7, 9])
    plot = SpectrumPlot(
        freq, edges=[1, 2, 4, 8, 16], ticks=[], power_range=RANGE, axis_label="f", width=6, height=3
    )
    plot.set_power(freq**-2.0)
    pieces = [piece for piece in plot.curve if len(piece.points)]
    assert len(pieces) == 4
    for one, other in pairwise(pieces):
        assert one.get_end() == pytest.approx(other.get_start())
    # a power law is a straight line, edges included
    points = np.concatenate([corners(piece) for piece in pieces])
    slope = np.diff(points[:, 1]) / np.maximum(np.diff(points[:, 0]), 1e-9)
    assert slope[np.diff(points[:, 0]) > 1e-6] == pytest.approx(slope[0])


def test_power_out_of_range_is_cut_at_the_frame(plot):
    plot.set_power(np.where(FREQ < 6, 1e6, 0.0))
    left, bottom, right, top = box([plot.frame])
    around = box([piece for piece in plot.curve if len(piece.points)])
    assert around == pytest.approx([left, bottom, right, top])


def test_the_tide_stands_at_its_level_and_no_higher_than_the_frame(plot):
    left, bottom, right, top = box([plot.frame])
    for level in (1e9, 199.0, 1.0, 0.02, 1e-3, 1e-9):
        plot.set_tide(level)
        surface = plot.surface.get_center()[1]
        assert read_off(plot, plot.surface.points)[:, 1] == pytest.approx(np.clip(level, *RANGE))
        assert bottom - 1e-9 <= surface <= top + 1e-9
        assert box([plot.surface])[::2] == pytest.approx([left, right])
        assert box([plot.water]) == pytest.approx([left, bottom, right, surface])


def test_axes_name_what_they_show(plot):
    ticks = {}
    for mark, name in zip(plot.labels[::2], plot.labels[1::2], strict=True):
        foot = mark.get_start()
        ticks[name.original_text] = read_off(plot, foot[None])[0]
        across = name.get_y() < plot.frame.get_bottom()[1]
        assert name.get_center()[0 if across else 1] == pytest.approx(foot[0 if across else 1], abs=0.02)
    for freq in ("2", "4", "8", "16", "32"):
        assert ticks[freq][0] == pytest.approx(float(freq))
    powers = {float(text): at[1] for text, at in ticks.items() if at[0] == pytest.approx(1) and text != "1"}
    assert len(powers) >= 2
    for power, at in powers.items():
        assert at == pytest.approx(power)
    names = [box(name.family_members_with_points()) for name in (*plot.labels[1::2], plot.axis_label)]
    assert min(gap(a, b) for k, a in enumerate(names) for b in names[:k]) >= APART
    assert min(gap(name, box([plot.frame])) for name in names) > 0


# -- band rack ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [-3.0, -0.0, 0.25, 0.914, 1.0, 1.5])
def test_a_meter_fills_to_its_value(value):
    meter = Meter(height=1.6, width=0.2, threshold=0.914, colour=ManimColor("#ff0000")).shift([2, -1, 0])
    meter.set_value(0.7).set_value(value)
    share = min(max(value, 0), 1)
    outline_box, bar_box = box([meter.outline]), box([meter.bar])
    assert bar_box[:3] == pytest.approx(outline_box[:3])
    assert bar_box[3] - bar_box[1] == pytest.approx(1.6 * share)
    assert meter.threshold_line.get_y() == pytest.approx(outline_box[1] + 0.914 * 1.6)
    column = painted(meter)[:, pixel(meter.outline.get_center())[1]]
    red = (column == [255, 0, 0]).all(axis=1).sum()
    # the level's line, two to three pixels, may cover some of it
    assert red == pytest.approx(1.6 * share / config.frame_height * HEIGHT, abs=4)


def test_a_padlock_closes_and_opens_again():
    lock = Padlock(height=0.4, colour=ManimColor("#30c090"))
    open_shape, open_gap = lock.shackle.points.copy(), box([lock.shackle])[1] - box([lock.body])[3]
    assert lock.body.get_fill_color() == ManimColor(theme.palette.rule)
    lock.set_closed(0.5).set_closed(1)
    assert lock.body.get_fill_color() == lock.shackle.get_stroke_color() == ManimColor("#30c090")
    closed_gap = box([lock.shackle])[1] - box([lock.body])[3]
    assert open_gap - closed_gap == pytest.approx(0.16 * 0.4)
    assert closed_gap < 0  # both ends in the body
    assert lock.set_closed(0).shackle.points == pytest.approx(open_shape)
    assert lock.body.get_fill_color() == ManimColor(theme.palette.rule)


def rack(**changes) -> BandRack:
    pictures = [noise(3, 64 // 2**k, 64 // 2**k, seed=k) for k in (0, 0, 0, 1, 2)]
    options = dict(
        names=["1–2", "2–4", "4–8", "8–16", "16+"],
        tags=["", "", "", "×2", "×4"],
        threshold=0.5,
        width=9,
        side=1.2,
    )
    return BandRack(pictures, **(options | changes))


def test_a_rack_shows_what_it_is_fed():
    bands = rack().shift([0.2, -1, 0])
    values, locked = np.array([1.0, 0.8, 0.5, -0.2, 0.1]), np.array([True, True, False, False, False])
    pictures = [noise(3, 64 // 2**k, 64 // 2**k, seed=9 + k) for k in (0, 0, 0, 1, 2)]
    bands.set_values(values).set_locked(locked).set_pictures(pictures)
    colours = theme.band_colours(5)
    for k, cell in enumerate(bands.cells):
        assert cell.meter.bar.height == pytest.approx(max(values[k], 0) * cell.meter.outline.height)
        assert (cell.picture.get_pixel_array()[..., :3] == np.moveaxis(levels(pictures[k]), 0, -1)).all()
        assert cell.frame.get_stroke_color() == (colours[k] if locked[k] else ManimColor(theme.palette.rule))
        assert cell.number[0].get_fill_color().to_hex() == colours[k].to_hex()
        assert cell.meter.bar.get_fill_color() == colours[k]
        name, tag = ["1–2", "2–4", "4–8", "8–16", "16+"][k], ["", "", "", "×2", "×4"][k]
        words = [m.original_text for m in cell.get_family() if isinstance(m, Text)]
        assert words == [str(k + 1), name, *([tag] if tag else [])]
    bands.set_locked(~locked)
    assert [c.frame.get_stroke_color() == colours[k] for k, c in enumerate(bands.cells)] == list(~locked)


@pytest.mark.parametrize(("rows", "columns"), [(1, 5), (2, 3)])
def test_a_racks_pictures_stand_on_a_grid(rows, columns):
    bands = rack(rows=rows)
    at = np.array([cell.frame.get_corner(UP + LEFT)[:2] for cell in bands.cells])
    assert len(np.unique(at[:, 0].round(6))) == columns and len(np.unique(at[:, 1].round(6))) == rows
    assert np.diff(np.unique(at[:, 0].round(6))) == pytest.approx(9 / columns)
    boxes = [box(cell.family_members_with_points()) for cell in bands.cells]
    assert min(gap(a, b) for k, a in enumerate(boxes) for b in boxes[:k]) >= APART
    assert bands.width <= 9
    order = np.lexsort((at[:, 0].round(6), -at[:, 1].round(6)))
    assert list(order) == list(range(5))  # low first, row by row


# -- timeline -----------------------------------------------------------------------------------------------


def test_a_timeline_marks_what_was_expected_and_what_was_measured():
    expected = np.array([-0.1, 0.0, 0.25, 0.9, 2.0])
    line = Timeline(expected=expected, width=9, start="noise", end="picture").shift([0.5, 1, 0])
    assert line.width <= 9 + 1e-6
    colours = theme.band_colours(5)
    start, end = line.track.get_start(), line.track.get_end()
    shown = [(mark.get_x() - start[0]) / (end[0] - start[0]) for mark in line.expected]
    assert shown == pytest.approx([0, 0.25, 0.9])
    assert [mark.get_stroke_color() for mark in line.expected] == colours[1:4]
    assert all(mark.get_fill_opacity() == 0 and mark.get_y() > start[1] for mark in line.expected)

    for band, at in ((1, 0.1), (3, 0.75), (1, 0.6), (4, 0.75)):  # the first word counts
        line.set_lock(band, at)
    shown = [(mark.get_x() - start[0]) / (end[0] - start[0]) for mark in line.measured]
    assert shown == pytest.approx([0.1, 0.75, 0.75])
    assert [mark.get_fill_color().to_hex() for mark in line.measured] == [
        colours[k].to_hex() for k in (1, 3, 4)
    ]
    assert all(mark.get_fill_opacity() == 1 and mark.get_y() < start[1] for mark in line.measured)
    sizes = [mark.width for mark in line.measured]
    assert sizes[0] == pytest.approx(sizes[1]) and sizes[2] < 0.7 * sizes[1]  # both of two can be seen


@pytest.mark.parametrize("at", [-1.0, 0.0, 0.3, 1.0, 1.7])
def test_a_timelines_hand_points_at_now(at):
    line = Timeline(expected=np.array([0.5]), width=9, start="noise", end="picture").shift([0.5, 1, 0])
    line.set_now(0.8).set_now(at)
    start, end = line.track.get_start(), line.track.get_end()
    here = start + min(max(at, 0), 1) * (end - start)
    assert line.now.get_center() == pytest.approx(here)
    assert line.past.get_start() == pytest.approx(start) and line.past.get_end() == pytest.approx(
        here, abs=1e-5
    )


# -- writing map --------------------------------------------------------------------------------------------


def test_a_writing_map_shows_each_steps_rate_where_it_was_written():
    rng = np.random.default_rng(3)
    explained = np.sort(rng.uniform(-0.3, 1, (6, 3)), axis=0)
    explained[4, 1] = 0.1  # an estimate that falls back
    times = np.array([-0.2, 0.1, 0.25, 0.6, 0.85, 1.3])
    chart = WritingMap(
        explained,
        times=times,
        expected=np.array([0.1, 0.5, 1.4]),
        measured=np.array([0.2, 0.6, 0.9]),
        names=["1–2", "2–4", "4+"],
        width=6,
        height=2.4,
    ).shift([0.3, -0.2, 0])
    shown = explained.clip(0)
    naive = np.zeros((3, COLUMNS))
    for column in range(COLUMNS):
        moment = (column + 0.5) / COLUMNS
        for step in range(1, 6):
            if times[step - 1] < moment <= times[step]:
                rate = (shown[step] - shown[step - 1]) / (times[step] - times[step - 1])
                naive[:, column] = rate.clip(0)
    assert chart.rate == pytest.approx(naive)

    pixels = chart.picture.pixel_array[::-1, :, :3].astype(float)  # low at the bottom
    ground = colour(theme.palette.panel)
    assert (pixels[chart.rate == 0] == ground).all()
    for row, full in zip(range(3), theme.band_colours(3), strict=True):
        # along the way from the ground to the band's colour, as far as the rate says
        way = colour(full) - ground
        share = (pixels[row] - ground) @ way / (way @ way)
        expected = (chart.rate[row] / np.quantile(chart.rate, 0.99)).clip(0, 1)
        assert share == pytest.approx(expected, abs=0.01)

    left, bottom, _, _ = box([chart.frame])
    assert (chart.picture.width, chart.picture.height) == pytest.approx((6, 2.4))
    assert chart.picture.get_center() == pytest.approx(chart.frame.get_center())
    marks = [
        ((m.get_x() - left) / 6, (m.get_y() - bottom) / 0.8, m.get_fill_opacity() > 0) for m in chart.marks
    ]
    expected = [(0.1, 0.5, 0), (0.2, 0.5, 1), (0.5, 1.5, 0), (0.6, 1.5, 1), (0.9, 2.5, 1)]
    assert np.array(marks) == pytest.approx(np.array(expected), abs=1e-6)
    for row, names in enumerate(chart.names):
        assert [name.original_text for name in names] == [["1–2", "2–4", "4+"][row], str(row + 1)]
        assert names[1].get_y() == pytest.approx(bottom + (row + 0.5) * 0.8, abs=0.02)


def small_map(**changes) -> WritingMap:
    steps = np.arange(9)[:, None]
    explained = 1 / (1 + np.exp(2 * np.arange(3) + 1 - steps))
    size = {"names": ["low", "", "high"], "width": 5, "height": 2.4}
    return WritingMap(explained, times=np.linspace(0, 1, 9), **(size | changes)).shift([0.4, 0.1, 0])


def test_a_writing_map_may_have_its_rows_in_another_order():
    plain, order = small_map(), np.array([2, 0, 1])  # from the bottom up
    chart = small_map(order=order)
    assert chart.rate == pytest.approx(plain.rate) and not len(chart.marks)
    rows, expected = chart.picture.pixel_array[::-1], plain.picture.pixel_array[::-1]
    assert (rows == expected[order]).all() and len(np.unique(expected[:, 200], axis=0)) == 3
    _, bottom, _, _ = box([chart.frame])
    for k, names in enumerate(chart.names):
        place = list(order).index(k)
        assert names[-1].original_text == str(k + 1)
        assert names[-1].get_y() == pytest.approx(bottom + (place + 0.5) * 0.8, abs=0.02)
    assert [len(names) for names in chart.names] == [2, 1, 2]  # no words where there are none


def test_a_writing_map_s_rows_stand_where_they_are_in_the_map():
    chart = small_map(order=np.array([1, 2, 0]))
    _, bottom, _, _ = box([chart.frame])
    whole = chart.picture.pixel_array[::-1]
    for row, place in zip(chart.rows(), (2, 0, 1), strict=True):  # of the bands as they come
        assert (row.pixel_array == whole[place : place + 1]).all()
        assert (row.width, row.height) == pytest.approx((5, 0.8))
        assert row.get_center()[:2] == pytest.approx([chart.frame.get_x(), bottom + (place + 0.5) * 0.8])


def test_a_writing_map_is_shown_up_to_now():
    chart = small_map()
    whole = chart.picture.pixel_array.copy()
    ground = colour(theme.palette.panel)
    left, _, right, _ = box([chart.frame])
    assert chart.hand.get_stroke_opacity() == 0
    for moment in (0.0, 0.3, 0.75):
        chart.set_now(moment)
        pixels, past = chart.picture.pixel_array, round(moment * COLUMNS)
        assert (pixels[:, :past] == whole[:, :past]).all() and (pixels[:, past:, :3] == ground).all()
        assert chart.hand.get_x() == pytest.approx(left + moment * (right - left))
        assert chart.hand.get_stroke_opacity() == 1
    chart.set_now(1.2)
    assert (chart.picture.pixel_array == whole).all() and chart.hand.get_stroke_opacity() == 0


# -- readout, badge, legend, layout -------------------------------------------------------------------------


def test_a_readout_shows_its_text_in_columns():
    readout = Readout("noise σ/α", places=6, after="of 250").shift([1, 2, 0])
    room = box(readout.family_members_with_points())
    places = {}
    for text in ("148.41", "999+", "0.00", "−7.25", "  42", "", "136790"):
        readout.set_text(text)
        assert read(readout) == text.replace(" ", "")
        glyphs = [glyph for glyph in text if glyph != " "]
        columns = [k for k, glyph in enumerate(text) if glyph != " "]
        for glyph, column, figure in zip(glyphs, columns, readout.figures, strict=True):
            places.setdefault(column, figure.get_x())
            assert figure.get_x() == pytest.approx(places[column]), (text, glyph)
            assert (box([figure])[::2] >= room[0]).all() and (box([figure])[::2] <= room[2] + 1e-6).all()
    pitch = np.diff([places[k] for k in sorted(places)])
    assert pitch == pytest.approx(pitch[0])
    # nothing of the number may touch the words around it
    number, (before, after) = readout.set_text("888888").figures, (readout.label, readout.submobjects[-1])
    assert box(number.family_members_with_points())[0] > before.get_right()[0]
    assert box(number.family_members_with_points())[2] < after.get_left()[0]


def test_every_character_of_a_readout_can_be_told_apart():
    line = theme.words(CHARACTERS, weight="medium")
    shapes = [outline(glyph) for glyph in line]
    for k, one in enumerate(shapes):
        for other in shapes[:k]:
            assert one.shape != other.shape or np.abs(one - other).max() > 0.01


@pytest.mark.parametrize("provenance", ["measured", "closed form", "illustration"])
def test_a_badge_says_where_numbers_come_from(provenance):
    badge = Badge(provenance)
    pill, parts = badge.submobjects
    assert [m.original_text for m in badge.get_family() if isinstance(m, Text)] == [provenance]
    assert gap(box([pill]), box(parts.family_members_with_points())) < -0.03
    inner, outer = box(parts.family_members_with_points()), box([pill])
    assert (inner[:2] > outer[:2]).all() and (inner[2:] < outer[2:]).all()
    dots = [m for m in parts.submobjects if not isinstance(m, Text)]
    assert [dot.get_fill_opacity() for dot in dots] == {
        "measured": [1],
        "closed form": [0],
        "illustration": [],
    }[provenance]
    assert all(dot.get_stroke_width() > 0 for dot in dots if dot.get_fill_opacity() == 0)


@pytest.mark.parametrize("size", [(854, 480), (640, 640), (480, 854)])
@pytest.mark.parametrize("aspect", [1.0, 5.0])
def test_the_layouts_rooms_lie_in_the_frame(size, aspect):
    with frame(*size, folder=config.media_dir):
        room = Layout.of_frame(aspect)
        x, y = config.frame_width / 2, config.frame_height / 2
        boxes = [room.heading, *room.panels, *room.readouts, room.plot, room.rack, room.timeline, room.key]
        for b in (*boxes, room.footer, room.body):
            assert -x < b.left < b.right < x and -y < b.bottom < b.top < y
            assert b.width == pytest.approx(b.right - b.left) and b.height > 0
            assert b.centre[:2] == pytest.approx([(b.left + b.right) / 2, (b.bottom + b.top) / 2])


# -- golden frames ------------------------------------------------------------------------------------------


def legend() -> Legend:
    return Legend(
        (line_swatch(theme.palette.quiet, theme.LINE), "final"),
        (rainbow_swatch(), "now"),
        (water_swatch(), "noise"),
    )


def golden_panel():
    title = theme.words("the model expects", weight="medium")
    symbol = theme.symbol("hat(x)_0", size=1.3 * theme.BODY, colour=theme.palette.quiet)
    panel = PicturePanel(Picture(noise(3, 16, 16), height=4), title=title)
    return [panel, symbol.next_to(title, RIGHT, buff=0.15)]


def golden_spectrum(plot):
    power = 100 * FREQ**-2.0
    plot.set_reference(power).set_power(power * np.exp(-((FREQ / 12) ** 2))).set_tide(0.4)
    return [plot, legend().next_to(plot.frame, UP, buff=0.15)]


def golden_rack():
    bands = rack(rows=2, width=7).set_values(np.array([1, 0.9, 0.5, 0.2, -0.4]))
    bands.set_locked(np.arange(5) < 3)
    for cell, closed in zip(bands.cells, (1, 1, 0.5, 0, 0), strict=True):
        cell.lock.set_closed(closed)
    return [bands]


def golden_timeline():
    line = Timeline(expected=np.array([0.2, 0.35, 0.5, 0.8]), width=10, start="noise", end="picture")
    return [line.set_now(0.45).set_lock(0, 0.12).set_lock(1, 0.3).set_lock(2, 0.3).center()]


def golden_writing_map():
    steps = np.arange(12)[:, None]
    explained = 1 / (1 + np.exp(2 * np.arange(4) + 3 - steps))
    expected = np.array([0.3, 0.5, 0.7, 0.9])
    return [
        WritingMap(
            explained,
            times=np.linspace(0, 1, 12),
            expected=expected,
            measured=expected - 0.1,
            names=["1–2", "2–4", "4–8", "8+"],
            width=7,
            height=4,
        )
    ]


def golden_words():
    badges = [Badge(p) for p in ("measured", "closed form", "illustration")]
    readouts = [Readout("step", places=3, after="of 250"), Readout("noise σ/α", places=6)]
    readouts[0].set_text(" 17")
    readouts[1].set_text("148.41")
    heading = theme.words("The tide runs out", size=theme.HEADING, weight="semibold")
    things = [heading, *readouts, *badges]
    for k, thing in enumerate(things):
        thing.move_to([0, 2 - 0.8 * k, 0])
    return things


GOLDEN = {
    "panel": golden_panel,
    "spectrum_plot": golden_spectrum,
    "band_rack": golden_rack,
    "timeline": golden_timeline,
    "writing_map": golden_writing_map,
    "words": golden_words,
}


@pytest.mark.parametrize("ground", ["dark", "light"])
@pytest.mark.parametrize("name", GOLDEN)
def test_golden_frames_of_the_mobjects(golden, request, name, ground):
    theme.follow(ground)
    make = GOLDEN[name]
    things = make(request.getfixturevalue("plot")) if name == "spectrum_plot" else make()
    with frame(WIDTH, HEIGHT, ground=ground, folder=config.media_dir):
        config.frame_width, config.frame_height = 10.5, 10.5 * HEIGHT / WIDTH
        golden.check(f"{name}_{ground}", painted(*things))


def test_golden_frames_tell_a_mark_from_a_nudge():
    """What counts as the same frame: type moved by half a pixel does, a missing mark does not."""
    line = Timeline(expected=np.array([0.2, 0.8]), width=9, start="noise", end="picture").set_lock(0, 0.15)
    kept = painted(line)
    assert differences(kept, kept) == (0, 0)
    line.ends.shift([0.5 * config.frame_width / WIDTH, 0, 0])
    assert same_frame(painted(line), kept)
    line.measured.set_opacity(0)
    assert not same_frame(painted(line), kept)
    assert not same_frame(kept[:-1], kept)
