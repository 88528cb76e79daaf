"""The rising tide: what is shown is what was measured, and detail goes under first."""

from __future__ import annotations

import numpy as np
import pytest
from manim import config
from manim_spectral.scenes.tide import Tide
from PIL import Image
from scene_support import FRAMES, Hurried, Things, box, check_layout, frame, painted, read

from manim_spectral.chapters.tide.measures import NoisyPicture
from manim_spectral.chapters.tide.words import UNUSUAL, plain, strength
from manim_spectral.sources import files as sources
from manim_spectral.sources import settings
from manim_spectral.sources.material import carried
from spectral import InputError, noised, periodogram, radial_frequency

pytestmark = pytest.mark.usefixtures("nothing_chosen")

SIDE = 128


class Watched(Hurried, Tide):
    """Calls `still` where the tide stands."""

    def __init__(self, look=lambda scene, beat: None, still=lambda scene: None) -> None:
        super().__init__(look)
        self.still = still

    def move_tide(self, start, end, *, run_time):
        for share in (0.0, 0.3, 0.7):
            self.show_sigma(start * (end / start) ** share)
            self.still(self)
        super().move_tide(start, end, run_time=run_time)
        self.still(self)


@pytest.fixture(scope="module")
def panda() -> np.ndarray:
    return sources.read_picture(carried("photographs", "red_panda.png"), height=SIDE, width=SIDE)


def ring_power(picture: np.ndarray) -> np.ndarray:
    """(64,) mean of |DFT|^2 / n over rings, from the definition."""
    power = (np.abs(np.fft.fft2(picture)) ** 2 / SIDE**2).mean(axis=0)
    ring = np.rint(radial_frequency((SIDE, SIDE)) * SIDE).astype(int)
    return np.array([power[ring == k].mean() for k in range(1, SIDE // 2 + 1)])


def ring_numbers() -> np.ndarray:
    """(64,) independent numbers in each ring: k and -k are one, and there are three channels."""
    ring = np.rint(radial_frequency((SIDE, SIDE)) * SIDE).astype(int)
    return 3 * np.bincount(ring.ravel())[1 : SIDE // 2 + 1] / 2


def curve(plot, line) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and powers that a line of the plot shows, read from where it runs."""
    left, bottom, right, top = box([plot.frame])
    x, y = line.points[np.r_[0, 3 : len(line.points) : 4], :2].T
    low, high = np.log(plot.power_range)
    freq = np.exp(np.log(plot.freq[-1]) * (x - left) / (right - left))
    return freq, np.exp(low + (high - low) * (y - bottom) / (top - bottom))


def test_the_numbers_are_the_definitions(panda):
    seen = NoisyPicture(panda, name="red panda")
    np.testing.assert_allclose(seen.power, ring_power(panda), rtol=1e-6)
    np.testing.assert_array_equal(seen.noisy(0.5), noised(panda, sigma=0.5, seed=0))
    sigma = seen.sigma_at(16)
    assert sigma**2 == pytest.approx(seen.power[15], rel=2e-3)
    for noise in (sigma, 0.1, 2.0, 5.0):
        above = seen.freq[seen.power > noise**2]
        assert above[-1] <= seen.cutoff(noise) <= above[-1] + 1
        kept = np.fft.fft2(seen.kept(noise))
        whole = np.fft.fft2(panda.astype(float)) * (
            radial_frequency((SIDE, SIDE)) * SIDE <= seen.cutoff(noise)
        )
        np.testing.assert_allclose(kept, whole, atol=1e-6)
    assert seen.cutoff(100.0) == 0
    mean = np.broadcast_to(panda.mean(axis=(1, 2), keepdims=True), panda.shape)
    np.testing.assert_allclose(seen.kept(100.0), mean, atol=1e-5)


def test_the_noise_is_white(panda):
    """Rings of power 1 within 5 standard errors: |DFT|^2 / n of white noise is exponential, of mean 1."""
    seen = NoisyPicture(panda, name="red panda")
    power = seen.power_of(seen.noise)
    assert (np.abs(power - 1) < 5 / np.sqrt(ring_numbers())).all()


def test_halves_are_the_picture_and_their_strength_is_their_power(panda):
    seen = NoisyPicture(panda, name="red panda")
    coarse, fine = seen.halves(16)
    np.testing.assert_allclose(coarse + fine, panda, atol=1e-6)
    sigma = seen.sigma_at(16)
    signal, noise = (periodogram(x).sum(axis=0) for x in (panda, sigma * seen.noise))
    freq = radial_frequency((SIDE, SIDE)) * SIDE
    low = freq < 16 - 1e-9
    # The mean is left out of the signal, not of the noise, where it is one number of hundreds.
    expected = signal[low & (freq > 0)].sum() / noise[low].sum(), signal[~low].sum() / noise[~low].sum()
    np.testing.assert_allclose(seen.over_noise(16, sigma), expected, rtol=1e-6)
    assert expected[0] > 10 and expected[1] < 0.1  # coarse shapes stand out of the noise that drowns detail


def test_what_is_shown_is_what_was_measured(media, panda):
    levels = []

    def look(scene, beat: str) -> None:
        seen, plot = scene.seen, scene.plot
        if beat == "noise":
            freq, power = curve(plot, plot.hiss)
            np.testing.assert_allclose(freq, np.arange(1, 65), rtol=1e-6)
            np.testing.assert_allclose(power, ring_power(scene.sigma * seen.noise), rtol=1e-5)
            np.testing.assert_allclose(curve(plot, plot.flat)[1], scene.sigma**2, rtol=1e-6)
        if beat == "hinge":
            noisy = panda + scene.sigma * seen.noise
            np.testing.assert_allclose(curve(plot, plot.noisy)[1], ring_power(noisy), rtol=1e-5)
            closed, flat = ring_power(panda) + scene.sigma**2, scene.sigma**2
            np.testing.assert_allclose(curve(plot, plot.sum)[1], closed, rtol=1e-5)
            # Within 5 standard errors: noise beside a signal S has the variance 2 S sigma^2 + sigma^4.
            error = np.sqrt((2 * ring_power(panda) * flat + flat**2) / ring_numbers())
            assert (np.abs(ring_power(noisy) - closed) < 5 * error).all()
        if beat == "squint":
            assert read(scene.pair.cutoff) == "10.0"
        if beat == "why":
            words = [part.verdict.original_text for part in scene.same_noise]
            assert words == [strength(ratio) for ratio in seen.over_noise(16, scene.sigma)]
            assert "stand out" in words[0] and "drowns" in words[1]

    def still(scene) -> None:
        sigma = float(read(scene.pair.sigma))
        levels.append(sigma)
        exact = np.sqrt(curve(scene.plot, scene.plot.surface)[1][0])
        assert sigma == pytest.approx(exact, abs=0.051 if sigma >= 9.995 else 0.0051)
        cut = scene.seen.cutoff(exact)
        assert float(read(scene.pair.cutoff)) == pytest.approx(cut, abs=0.06)
        kept = np.rint((scene.seen.kept(exact).clip(-1, 1) + 1) * 127.5)
        assert np.abs(scene.pair.kept.picture.pixel_array[..., :3] - np.moveaxis(kept, 0, -1)).max() <= 1
        _, power = curve(scene.plot, scene.plot.noisy)
        expected = ring_power(scene.seen.noisy(exact)).clip(*scene.seen.power_range)
        np.testing.assert_allclose(power, expected, rtol=1e-4)
        if cut > 0:
            place = scene.mark.dot.get_center()
            np.testing.assert_allclose(place, scene.plot.point(cut, exact**2), atol=1e-3)

    with frame(*FRAMES["wide"], folder=media):
        scene = Watched(look, still)
        scene.construct()
    assert 20 <= scene.film_time <= 60
    assert len(scene.captions) == 7 and all(scene.captions)
    assert scene.captions[1].endswith(
        f"power falls {plain(ring_power(panda)[0] / ring_power(panda)[-1])} times."
    )
    assert levels[3] < 0.05 and levels[-1] > 20  # from no noise to nothing but noise


def test_drowned_octaves_lie_under_the_water(media):
    """The water stands in front of the curve's drowned part, and the rest keeps its colours."""
    frames = []

    def still(scene) -> None:
        frames.append((scene.seen.cutoff(float(read(scene.pair.sigma))), painted(scene.plot), scene.plot))

    with frame(*FRAMES["wide"], folder=media):
        Watched(still=still).construct()
        pixels = config.pixel_height / config.frame_height
        cut, picture, plot = frames[7]  # at the squint
        seen = {}
        for piece, colour, edge in zip(plot.curve, plot.colours, plot.edges, strict=False):
            if not len(piece.points):
                continue
            x, y, _ = piece.point_from_proportion(0.5)
            row = round((config.frame_height / 2 - y) * pixels)
            column = round((x + config.frame_width / 2) * pixels)
            near = picture[row - 2 : row + 3, column - 2 : column + 3].astype(float)
            away = np.abs(near - np.array(colour.to_int_rgb())).sum(axis=-1).min()
            seen[edge] = away
    assert cut == pytest.approx(10, abs=0.2)
    assert max(seen[edge] for edge in (1, 2, 4)) < 60 < min(seen[edge] for edge in (16, 32))


@pytest.mark.parametrize("shape", FRAMES)
def test_it_lays_out(media, shape):
    check_layout(Watched, shape, media)


def test_golden_frames(golden, media):
    frames = {}

    def look(scene, beat: str) -> None:
        frames[beat] = painted(*scene.mobjects)

    with frame(*FRAMES["wide"], folder=media):
        Watched(look).construct()
    for beat in ("hinge", "squint", "why"):
        golden.check(f"tide_{beat}", frames[beat])


def test_one_s_own_picture(media, monkeypatch):
    grid = np.add.outer(np.arange(200), 2 * np.arange(300)) % 256
    Image.fromarray(grid.astype(np.uint8)).save("own.png")
    monkeypatch.setenv("SPECTRAL_IMAGE", "own.png")
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    expected = sources.read_picture(settings.load_settings().image, height=SIDE, width=SIDE)
    np.testing.assert_array_equal(scene.seen.picture, expected)
    assert scene.called == "own.png" and scene.footer[0].original_text.startswith("own.png · ")


def test_a_picture_of_one_colour_is_refused_in_a_line(media, monkeypatch, capfd):
    Image.new("RGB", (90, 90), "teal").save("own.png")
    monkeypatch.setenv("SPECTRAL_IMAGE", "own.png")
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Tide().construct()
    assert caught.value.code == 2
    assert capfd.readouterr().err == "error: own.png: found the same value throughout, expected a picture\n"
    with pytest.raises(InputError, match="the same value"):
        NoisyPicture(np.zeros((3, SIDE, SIDE)), name="flat")


@pytest.mark.parametrize(("times", "text"), [(61021, "60\u202f000"), (9.6, "10"), (347, "300"), (1.2, "1")])
def test_plain_numbers(times, text):
    assert plain(times) == text


def test_the_stronger_one_is_named():
    assert strength(18.9) == "19 times as strong as the noise: they stand out"
    assert strength(1 / 13.8) == "the noise is 14 times as strong: it drowns"
    assert strength(2.34).startswith("2.3 times")
    assert strength(1e-30) == "nothing of the picture is here"


def test_of_a_picture_that_is_noise_nothing_untrue_is_said(media, monkeypatch):
    rough = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    Image.fromarray(rough).save("rough.png")
    monkeypatch.setenv("SPECTRAL_IMAGE", "rough.png")
    faults = []

    def look(scene, beat: str) -> None:
        found = Things(scene).faults(config.frame_width, config.frame_height)
        faults.extend(f"{beat}: {fault}" for fault in found)

    with frame(*FRAMES["tall"], folder=media):
        scene = Watched(look)
        scene.construct()
    assert scene.words == UNUSUAL and scene.captions[1] == UNUSUAL.picture.caption
    assert not [caption for caption in scene.captions if "detail first" in caption]
    assert not faults, "\n".join(faults)


def test_stripes_have_power_at_a_few_frequencies_only(media, monkeypatch):
    stripes = np.tile(np.repeat([0, 255], 4), (SIDE, SIDE // 8)).astype(np.uint8)
    Image.fromarray(stripes).save("stripes.png")
    monkeypatch.setenv("SPECTRAL_IMAGE", "stripes.png")
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    low, high = scene.seen.power_range
    assert low == pytest.approx(1e-8 * high / 4) and scene.seen.cutoff(scene.sigma) >= 16
