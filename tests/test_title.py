"""The title card: its numbers, its layout, and a stage made the way a notebook makes it."""

from __future__ import annotations

import numpy as np
import pytest
from manim import config
from manim_spectral.scenes.title import Title
from PIL import Image
from scene_support import FRAMES, Hurried, Things, box, frame, painted

from manim_spectral.sources import material, settings
from manim_spectral.stage.camera import StageCamera
from manim_spectral.stage.soundtrack import SoundFileWriter
from manim_spectral.story import EXTRAS, STORY, TITLE

pytestmark = pytest.mark.usefixtures("nothing_chosen")


class Watched(Hurried, Title):
    """Without its waiting."""


@pytest.fixture
def card(media):
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
        yield scene


def rings(picture: np.ndarray) -> np.ndarray:
    """Mean power on each ring of a square picture, over all colours, from the definition."""
    side = picture.shape[-1]
    index = np.fft.fftfreq(side, 1 / side)
    ring = np.rint(np.hypot(index[:, None], index)).astype(int).ravel()
    power = (np.abs(np.fft.fft2(picture)) ** 2).mean(axis=0).ravel() / side**2
    return (np.bincount(ring, power) / np.bincount(ring))[: side // 2 + 1]


def test_it_is_a_card_and_no_chapter():
    assert TITLE.scene == "Title" and TITLE.file.exists() and TITLE.signal is None
    assert TITLE not in STORY + EXTRAS


def test_it_lasts_as_long_as_a_glance(card):
    assert 3 <= card.film_time <= 4
    assert len(card.captions) == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.55, 1.0])
def test_tide_curve_and_picture_are_those_of_the_photograph(card, share):
    pixels = material.picture(settings.load_settings()).pixels.astype(float)
    side, power = pixels.shape[-1], rings(pixels)
    emblem, spectrum = card.emblem.set_share(share), card.emblem.spectrum
    left, bottom, right, top = box([spectrum.frame])

    low, high = power[1:].min() / 3, power[1:].max() * 3
    level = high ** (1 - share) * low**share
    assert spectrum.surface.get_y() == pytest.approx(top - share * (top - bottom), abs=1e-6)

    def at(cycles: float) -> np.ndarray:
        return np.exp(np.interp(np.log(cycles), np.log(np.arange(1, side // 2 + 1)), np.log(power[1:])))

    for piece in spectrum.curve:
        x = piece.points[:, 0]
        cycles = (side / 2) ** ((x - left) / (right - left))
        heights = bottom + (np.log(at(cycles[[0, -1]])) - np.log(low)) / np.log(high / low) * (top - bottom)
        np.testing.assert_allclose(piece.points[[0, -1], 1], heights, atol=1e-5)
        q = at(np.sqrt(cycles[0] * cycles[-1])) / level
        assert piece.get_stroke_opacity() == pytest.approx(q / (1 + q), abs=1e-5)

    # The picture keeps what stands above the water: its last frequency, and none beyond.
    above = np.flatnonzero(power[1:] > level) + 1
    kept = above.max(initial=0)
    index = np.fft.fftfreq(side, 1 / side)
    within = np.hypot(index[:, None], index)
    shown = np.moveaxis(emblem.picture.get_pixel_array()[..., :3], -1, 0).astype(float)

    def apart(cutoff: float) -> float:
        part = np.fft.ifft2(np.fft.fft2(pixels) * (within <= cutoff + 1e-9)).real
        return np.abs(shown - (np.clip(part, -1, 1) + 1) * 127.5).max()

    # Between two rings the curve is a straight line: the cut-off lies at one of the frequencies there.
    between = np.unique(within[(within >= kept) & (within < kept + 1)]) if kept else [0.0]
    assert min(map(apart, between)) <= 0.5 + 1e-3


@pytest.mark.parametrize("shape", FRAMES)
def test_it_lays_out(media, shape):
    faults = []

    def look(scene, beat: str) -> None:
        faults.extend(Things(scene).faults(config.frame_width, config.frame_height))

    with frame(*FRAMES[shape], folder=media):
        Watched(look).construct()
    assert not faults, "\n".join(faults)


def test_golden_frame(golden, card):
    card.emblem.set_share(0.5)
    golden.check("title", painted(*card.mobjects))


def test_one_s_own_picture(monkeypatch, media):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)).save("mine.jpg")
    monkeypatch.setenv("SPECTRAL_IMAGE", "mine.jpg")
    with frame(*FRAMES["wide"], folder=media):
        scene = Watched()
        scene.construct()
    assert scene.footer[0].original_text.startswith("mine.jpg")


@pytest.mark.parametrize("picture", ["no picture", None, "plain"])
def test_what_is_no_picture_is_refused_in_a_line(monkeypatch, media, capfd, tmp_path, picture):
    if picture == "plain":
        Image.new("RGB", (40, 40), "grey").save("mine.png")
    elif picture:
        (tmp_path / "mine.png").write_text(picture)
    monkeypatch.setenv("SPECTRAL_IMAGE", "mine.png")
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Watched().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: mine.png") and error.count("\n") == 1


def test_a_stage_is_the_same_in_a_notebook(media):
    """There manim's magic makes every scene with `renderer=None`."""
    with frame(*FRAMES["wide"], folder=media, dry_run=False):
        scene = Title(renderer=None)
    assert isinstance(scene.renderer.camera, StageCamera)
    assert isinstance(scene.renderer.file_writer, SoundFileWriter)
