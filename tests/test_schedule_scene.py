"""Which frequency at which time: curves, zone and shares on screen are the schedules' own."""

from __future__ import annotations

import diffusers
import numpy as np
import pytest
from manim_spectral.scenes.schedule import Schedule
from PIL import Image
from scene_support import FRAMES, Hurried, box, check_layout, frame, painted, read

from manim_spectral import theme
from manim_spectral.chapters.schedule.measures import SCHEDULES, Timing
from manim_spectral.chapters.schedule.time_bar import TimeBar
from manim_spectral.sources import files as sources
from manim_spectral.sources import material, settings
from spectral import rapsd

pytestmark = pytest.mark.usefixtures("nothing_chosen")

SIDE = 128
NAMES = ["rectified flow", "cosine", "linear betas", "EDM"]


class Watched(Hurried, Schedule):
    """Calls `still` at moments of the first schedule's clock."""

    def __init__(self, look=lambda scene, beat: None, still=lambda scene, moment: None) -> None:
        super().__init__(look)
        self.still = still

    def crossing(self) -> None:
        super().crossing()
        for moment in (0.02, 0.3, 0.5, 0.8, 1.0):
            self.show_moment(moment)
            self.still(self, moment)


@pytest.fixture(scope="module")
def timing() -> Timing:
    return Timing(material.pictures(settings.Settings()))


def tides(timing: Timing) -> dict[str, np.ndarray]:
    """Noise power over signal power at every step of diffusers' own samplers, noise first."""
    linear = diffusers.DDPMScheduler(1000, beta_start=1e-4, beta_end=0.02).alphas_cumprod.double().numpy()
    cosine = diffusers.DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2").alphas_cumprod.double().numpy()
    edm = diffusers.EDMEulerScheduler(sigma_min=0.002, sigma_max=80.0, rho=7.0)
    edm.set_timesteps(1000)
    flow = diffusers.FlowMatchEulerDiscreteScheduler()
    flow.set_timesteps(1000)
    sigma = flow.sigmas[:-1].double().numpy()
    return {
        "rectified flow": (sigma / np.maximum(1 - sigma, 1e-9)) ** 2,
        "cosine": (1 / cosine - 1)[::-1],
        "linear betas": (1 / linear - 1)[::-1],
        "EDM": (edm.sigmas[:-1].double().numpy() / (0.5 / timing.std)) ** 2,
    }


def test_shares_are_those_of_the_steps_of_diffusers(timing):
    """Each of a thousand steps goes to the octave of the last ring out of the noise."""
    for schedule in SCHEDULES:
        counts = np.zeros(8)
        for tide in tides(timing)[schedule.name]:
            above = np.flatnonzero(timing.power > tide) + 1
            counts[0 if not len(above) else 1 + int(np.log2(above[-1]))] += 1
        # A ring is passed a little later than the crossing between it and the next: one ring's worth in all.
        reached = np.cumsum(timing.shares(schedule))
        np.testing.assert_allclose(reached, np.cumsum(counts) / 1000, atol=0.004)
        assert reached[-1] == pytest.approx(1)


def test_the_spectrum_is_the_mean_in_the_log_domain(timing):
    folder = material.carried("photographs")
    logs = [
        np.log(rapsd(sources.read_picture(path, height=SIDE, width=SIDE)).power.mean(axis=0)[1:])
        for path in folder.glob("*.png")
    ]
    np.testing.assert_allclose(timing.power, np.exp(np.mean(logs, axis=0)))
    np.testing.assert_allclose(timing.freq, np.arange(1, 65))


def test_the_law_is_the_closed_form(timing):
    first, clock = SCHEDULES[0], np.linspace(0.1, 0.9, 17)
    t, a = 1 - clock, timing.law.exponent
    half = timing.law.amplitude ** (1 / a)
    np.testing.assert_allclose(timing.law_at(first, clock), half * ((1 - t) / t) ** (2 / a))
    # The measured curve stays within a third of an octave of it, from the fit's lower end up.
    measured = timing.cutoff(first, clock)
    inside = (measured > timing.law.low) & (measured < 64)
    assert inside.sum() > 8
    apart = np.log2(measured[inside] / timing.law_at(first, clock)[inside])
    assert np.abs(apart).max() < 1 / 3
    # And the zone is as wide as a law's, log2(100) / a octaves.
    assert timing.width(first) == pytest.approx(np.log2(100) / a, abs=0.2)


def height_of(plane, y: float) -> float:
    """The frequency at a height of the plane."""
    _, low, _, top = box([plane.frame])
    return float(
        np.exp(np.log(plane.span[0]) + (y - low) / (top - low) * np.log(plane.span[1] / plane.span[0]))
    )


def test_what_is_shown_is_what_was_computed(media):
    def still(scene, moment: float) -> None:
        t = 1 - moment
        tide = (t / (1 - t)) ** 2
        above = scene.timing.freq[scene.timing.power > tide]
        assert read(scene.now) == f"{t:.2f}"
        shown = height_of(scene.plane, scene.plane.dot.get_y())
        if len(above):
            assert above[-1] - 0.03 <= shown <= above[-1] + 1
            expected = float(scene.timing.cutoff(scene.first, moment))
            assert shown == pytest.approx(expected, rel=0.01)
            place = scene.plot.point(expected, tide)
            np.testing.assert_allclose(scene.mark.dot.get_center(), place, atol=1e-6)
        else:
            assert scene.plane.dot.get_fill_opacity() == scene.mark.dot.get_fill_opacity() == 0
        left, _, right, _ = box([scene.plane.frame])
        assert (scene.plane.dot.get_x() - left) / (right - left) == pytest.approx(moment)

    def look(scene, beat: str) -> None:
        timing = scene.timing
        if beat == "zone":
            octaves = f"{timing.width(scene.first):.1f} octaves wide"
            assert octaves in scene.heading.original_text and octaves in scene.captions[-1]
            for piece, low, high in zip(scene.plane.zone, timing.edges, timing.edges[1:], strict=False):
                _, bottom, _, top = box([piece])
                assert height_of(scene.plane, bottom) == pytest.approx(low, rel=0.01)
                assert height_of(scene.plane, top) == pytest.approx(high, rel=0.01)
        if beat == "law":
            said = " ".join(line.original_text for line in scene.note)
            assert f"{timing.law.exponent:.2f}" in said
            assert f"{timing.law_at(scene.first, 0.5):.1f} cycles" in said
        if beat == "four":
            assert [words.original_text for words in scene.grid.names[::2]] == NAMES
            for plane, schedule in zip(scene.grid.planes, SCHEDULES, strict=True):
                low, freq, high = (
                    timing.cutoff(schedule, plane.clock, q=q).clip(*plane.span) for q in (10.0, 1.0, 0.1)
                )
                np.testing.assert_allclose([plane.low, plane.freq, plane.high], [low, freq, high])
        if beat == "shares":
            spread = {schedule.name: np.ptp(timing.shares(schedule)[1:-1]) for schedule in SCHEDULES}
            assert scene.heading.original_text.startswith("EDM is the most even")
            assert min(spread, key=spread.get) == "EDM"
            for bar, schedule in zip(scene.bars.bars, SCHEDULES, strict=True):
                shares = timing.shares(schedule)
                widths = np.array([piece.width for piece in bar.segments]) / bar.frame.width
                np.testing.assert_allclose(widths, shares, atol=1e-5)
                assert len(bar.numbers) >= 7
                for number in bar.numbers:
                    inside = min(bar.segments, key=lambda piece: abs(piece.get_x() - number.get_x()))
                    assert number.original_text == f"{100 * inside.width / bar.frame.width:.0f}"

    with frame(*FRAMES["wide"], folder=media):
        scene = Watched(look, still)
        scene.construct()
    assert 20 <= scene.film_time <= 60
    assert len(scene.captions) == 5 and all(scene.captions)


def test_the_curve_is_drawn_in_the_bands_colours(media):
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
        plane = scene.grid.planes[0]
        for moment in (0.0, 0.05, 0.45, 1.0):
            plane.set_now(moment)
            reached = float(np.interp(moment, plane.clock, plane.freq))
            for piece, low, high in zip(plane.curve, plane.edges, plane.edges[1:], strict=False):
                if low > reached or (low == 1 and reached == 1):
                    assert not len(piece.points)
                elif low < reached * 0.98:
                    _, bottom, right, top = box([piece])
                    assert height_of(plane, bottom) == pytest.approx(low, rel=0.03)
                    assert height_of(plane, top) == pytest.approx(min(high, reached), rel=0.03)
                    assert right <= plane.x(moment) + 1e-6


def test_a_bar_grows_with_the_clock(media):
    with frame(*FRAMES["wide"], folder=media):
        bar = TimeBar(np.array([0.2, 0.3, 0.5]), colours=theme.band_colours(1), width=4, height=0.5)
        for moment, widths in ((0.0, [0, 0, 0]), (0.35, [0.8, 0.6, 0]), (1.0, [0.8, 1.2, 2.0])):
            bar.set_now(moment)
            np.testing.assert_allclose([piece.width for piece in bar.segments], widths, atol=1e-5)
        assert [number.get_fill_opacity() for number in bar.numbers] == [1, 1, 1]
        bar.set_now(0.35)
        assert [number.get_fill_opacity() for number in bar.numbers] == [1, 0, 0]


@pytest.mark.parametrize("shape", FRAMES)
def test_it_lays_out(media, shape):
    check_layout(Watched, shape, media)


def test_golden_frames(golden, media):
    frames = {}

    def look(scene, beat: str) -> None:
        frames[beat] = painted(*scene.mobjects)

    with frame(*FRAMES["wide"], folder=media):
        Watched(look).construct()
    for beat in ("zone", "four", "shares"):
        golden.check(f"schedule_{beat}", frames[beat])


def test_one_s_own_pictures(media, monkeypatch, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(3):
        rough = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(rough).resize((200, 160)).save(folder / f"{k}.png")
    monkeypatch.setenv("SPECTRAL_IMAGES", str(folder))
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    chosen = material.pictures(settings.load_settings())
    np.testing.assert_array_equal(scene.timing.power, Timing(chosen).power)
    assert scene.footer[0].original_text == "on the measured mean spectrum of 3 pictures"


def test_a_picture_of_one_colour_is_refused_in_a_line(media, monkeypatch, tmp_path, capfd):
    folder = tmp_path / "own"
    folder.mkdir()
    Image.new("L", (90, 90), 40).save(folder / "flat.png")
    monkeypatch.setenv("SPECTRAL_IMAGES", str(folder))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Schedule().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error == "error: flat.png: found the same value throughout, expected a picture\n"
