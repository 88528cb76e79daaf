"""The last chapter: what its diagram says, how it is laid out, and that it ends on measured ground."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from manim import ManimColor, config
from manim_spectral.scenes.equilibrium import Equilibrium
from PIL import Image
from scene_support import FRAMES, Hurried, Things, frame, painted

from manim_spectral import theme
from manim_spectral.chapters.equilibrium.cards import BANDS
from manim_spectral.chapters.equilibrium.ridge import BALL
from manim_spectral.mobjects.badge import Badge

pytestmark = pytest.mark.usefixtures("nothing_chosen")


class Watched(Hurried, Equilibrium):
    """Without its waiting."""


def watched(media, shape="wide", look=lambda scene, beat: None) -> Watched:
    with frame(*FRAMES[shape], folder=media):
        scene = Watched(look)
        scene.construct()
    return scene


def said(scene) -> set[str]:
    """All words on the stage."""
    family = [m for top in scene.mobjects for m in top.get_family()]
    return {m.original_text for m in family if getattr(m, "original_text", None)}


def badges(scene) -> list[str]:
    return [m.provenance for top in scene.mobjects for m in top.get_family() if isinstance(m, Badge)]


@lru_cache(maxsize=3)
def shown(media, shape: str = "wide"):
    """The scene at its end, and of every beat what it says, how it is signed, what lies wrong, its frame."""
    texts, provenance, faults, frames = {}, {}, [], {}

    def look(scene, beat: str) -> None:
        found = Things(scene).faults(config.frame_width, config.frame_height)
        faults.extend(f"{beat}: {fault}" for fault in found)
        texts[beat], provenance[beat] = said(scene), badges(scene)
        frames[beat] = painted(*scene.mobjects)

    return watched(media, shape, look), texts, provenance, faults, frames


@pytest.mark.parametrize("shape", FRAMES)
def test_it_lays_out_and_says_everything(media, shape):
    scene, texts, provenance, faults, _ = shown(media, shape)
    assert not faults, "\n".join(faults)
    assert 20 <= scene.film_time <= 40
    assert list(texts) == ["two ways", "prices", "exact order", "ridge", "balance", "thesis"]
    assert len(set(scene.captions)) == len(texts) and all(line.endswith(".") for line in scene.captions)
    assert all(kinds == ["illustration"] for beat, kinds in provenance.items() if beat != "thesis")
    assert provenance["thesis"] == ["measured"]

    assert {"Autoregression", "Diffusion"} <= texts["two ways"]
    assert "no exact likelihood" not in texts["two ways"]
    assert {"one step for every word", "no exact likelihood"} <= texts["prices"]
    assert "trained like language" not in texts["prices"]
    assert {"Autoregression in frequency", "trained like language"} <= texts["exact order"]
    assert "no guidance while sampling" in texts["exact order"]
    assert {"autoregression", "diffusion", "today", "An unstable equilibrium"} <= texts["ridge"]
    assert texts["ridge"] == texts["balance"]
    assert any("Falck" in line for line in texts["thesis"])
    assert any("Sander Dieleman, 2024" in line for line in texts["thesis"])


def fills(steps) -> np.ndarray:
    """(steps, bands) how far each cell has gone from the panel's colour to its band's."""
    panel = np.array(ManimColor(theme.palette.panel).to_rgb())
    full = np.array([colour.to_rgb() for colour in theme.band_colours(BANDS)]) - panel
    shown = np.array([[cell.get_fill_color().to_rgb() for cell in row] for row in steps]) - panel
    return (shown * full).sum(axis=-1) / (full**2).sum(axis=-1)


def test_the_cells_hold_a_soft_and_a_hard_order(media):
    scene, *_ = shown(media)
    soft, hard = fills(scene.diffusion.steps), fills(scene.frequency.steps)
    # Two octaves down a power law 1/f^2 has 16 times the power; so has the noise two steps earlier.
    q = 4.0 ** (1 + np.arange(BANDS)[:, None] - np.arange(BANDS))
    np.testing.assert_allclose(soft, q / (1 + q), atol=0.01)
    np.testing.assert_allclose(hard, np.arange(BANDS)[:, None] >= np.arange(BANDS), atol=0.01)
    rows = [[word.original_text for word in row] for row in scene.language.steps]
    assert rows == [["The", "ball", "rests", "on", "the", "ridge"][: k + 1] for k in range(BANDS)]


def test_the_ball_lies_on_the_land_and_comes_back(media):
    scene, *_ = shown(media)
    land = scene.land
    rim = land[1].points
    rest = land.set_lean(0.0).ball.get_center()
    for lean in (-1.0, -0.4, 0.0, 0.4, 1.0):
        ball = land.set_lean(lean).ball.get_center()
        assert np.linalg.norm(rim - ball, axis=1).min() == pytest.approx(BALL, abs=0.02)
        assert np.sign(ball[0] - rest[0]) == np.sign(lean) and ball[1] <= rest[1]
        strong = [arrow.get_fill_opacity() for arrow, _ in land.pushes]
        assert (strong[0] > strong[1]) == (lean < 0) and (strong[0] < strong[1]) == (lean > 0)
    np.testing.assert_allclose(land.set_lean(0.0).ball.get_center(), rest, atol=1e-9)


def test_golden_frames(golden, media):
    *_, frames = shown(media)
    for beat in ("exact order", "ridge", "thesis"):
        golden.check(f"equilibrium_{beat.replace(' ', '_')}", frames[beat])


def test_one_s_own_picture_ends_it(monkeypatch, media):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)).save("mine.jpg")
    monkeypatch.setenv("SPECTRAL_IMAGE", "mine.jpg")
    assert "mine.jpg" in watched(media).footer[0].original_text


def test_what_is_no_picture_is_refused_in_a_line(monkeypatch, media, capfd, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("SPECTRAL_IMAGES", "empty")
    with pytest.raises(SystemExit) as caught:
        watched(media)
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: empty") and error.count("\n") == 1
