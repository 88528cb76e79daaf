"""Two forms of refinement, held against the walk and the run that they show."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from manim import Text, config
from manim_spectral.scenes.refinement import Refinement
from scene_support import (
    APART,
    FRAMES,
    Hurried,
    Things,
    box,
    changed,
    check_layout,
    frame,
    gap,
    gaussian_run,
    painted,
    read,
    run_of,
)
from scipy import fft

from manim_spectral.chapters.refinement.share_map import ShareMap
from manim_spectral.mobjects.badge import Badge
from spectral import Trajectory, lock_in

pytestmark = pytest.mark.usefixtures("nothing_chosen")

BEATS = ["two ways", "symbols", "waves", "writing", "diffusion", "together", "relatives"]
MOMENTS = (0.0, 0.31, 0.77, 1.0)


class Watched(Hurried, Refinement):
    """Calls `stop` at moments of every clock."""

    def __init__(self, look=lambda scene, beat: None, stop=lambda scene, beat, moment: None) -> None:
        super().__init__(look)
        self.stop = stop

    def play_clock(self, *movers, show, run_time):
        for moment in MOMENTS:
            show(moment)
            self.stop(self, self.name, moment)
        super().play_clock(*movers, show=show, run_time=run_time)


class Told:
    """One telling of a run in the wide frame, with what was seen at the end of every beat."""

    def __init__(self, run: Trajectory) -> None:
        self.run, self.clocks = run, []
        self.frames, self.badges, self.lines, self.faults = {}, {}, {}, []
        self.scene = Watched(self.look, self.stop)
        self.scene.construct()

    def look(self, scene, beat):
        family = [m for top in scene.mobjects for m in top.get_family()]
        self.badges[beat] = [m.provenance for m in family if isinstance(m, Badge)]
        self.lines[beat] = [m.original_text for m in family if isinstance(m, Text)]
        found = Things(scene).faults(config.frame_width, config.frame_height)
        self.faults += [f"{beat}: {fault}" for fault in found]
        if beat in ("waves", "relatives"):
            self.frames[beat] = painted(*scene.mobjects)

    def stop(self, scene, beat, moment):
        panels = {"two ways": [None, scene.openers[1]] if beat == "two ways" else []}
        panels |= {"writing": scene.walk.panels, "diffusion": scene.diffused.panels}
        panels |= {"together": [*scene.walk.panels, *scene.diffused.panels]}
        shown = [panel and pixels(panel).copy() for panel in panels[beat]]
        readouts = [read(way.readout) for way in (scene.walk, scene.diffused)]
        self.clocks.append((beat, moment, shown, readouts))
        if beat == "together" and moment == MOMENTS[2]:
            self.frames[beat] = painted(*scene.mobjects)


@pytest.fixture(scope="module")
def told(media, tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    run = gaussian_run(64, steps=12)
    run.save(folder / "run.safetensors")
    with pytest.MonkeyPatch.context() as patch, frame(*FRAMES["wide"], folder=media):
        patch.chdir(folder)
        patch.setenv("SPECTRAL_TRAJECTORY", str(folder / "run.safetensors"))
        yield Told(run)


@pytest.fixture
def choose(monkeypatch, tmp_path):
    def choose(trajectory: Trajectory) -> Trajectory:
        path = tmp_path / "run.safetensors"
        trajectory.save(path)
        monkeypatch.setenv("SPECTRAL_TRAJECTORY", str(path))
        return trajectory

    return choose


def levels(array: np.ndarray) -> np.ndarray:
    """uint8 (rows, columns, 3) of a picture in [-1, 1]."""
    return np.moveaxis(np.rint((array.clip(-1, 1) + 1) * 127.5).astype(np.uint8), 0, -1)


def pixels(panel) -> np.ndarray:
    return panel.picture.get_pixel_array()[..., :3]


def radial(shape) -> np.ndarray:
    v, u = np.indices(shape)
    return np.hypot(v / shape[0], u / shape[1]) / 2


def low_pass(sample: np.ndarray, count: int) -> np.ndarray:
    """The picture of its `count` lowest cosines, where no frequency is cut in two."""
    symbols = fft.dctn(sample, axes=(1, 2), norm="ortho")
    freq = radial(sample.shape[1:])
    return fft.idctn(symbols * (freq <= np.sort(freq.ravel())[count - 1]), axes=(1, 2), norm="ortho")


def mirrored_shares(estimate: np.ndarray, sample: np.ndarray) -> list[float]:
    """Explained fraction of each octave by the DCT alone: what mirrored pictures come to."""
    error = (fft.dctn(estimate - sample, axes=(1, 2), norm="ortho") ** 2).sum(axis=0)
    power = (fft.dctn(sample, axes=(1, 2), norm="ortho") ** 2).sum(axis=0)
    octave = np.floor(np.log2(np.maximum(radial(sample.shape[1:]) * sample.shape[1], 1)) + 1e-9)
    return [1 - error[octave == b].sum() / power[octave == b].sum() for b in range(int(octave.max()) + 1)]


def test_the_clocks_show_the_walk_and_the_run(told):
    scene, run = told.scene, told.run
    beats = [beat for beat, moment, *_ in told.clocks if moment == 1]
    assert beats == ["two ways", "writing", "diffusion", "together"]
    for beat, moment, shown, (symbol, step_shown) in told.clocks:
        step = scene.run.step_at(moment)
        count = round(4096**moment)
        held = run.sample if moment == 1 else run.x_t[step] / np.hypot(run.alpha[step], run.sigma[step])
        expected = run.sample if moment == 1 else run.denoised[step]
        walk, diffused = shown[:2], shown[-2:]
        if beat in ("writing", "together"):
            assert symbol == str(count)
            assert np.array_equal(walk[1], levels(scene.walk.walked.walk.estimate(count)))
            dark = (walk[0] == scene.walk.plane.dark).all(axis=-1)
            assert np.array_equal(dark, scene.walk.plane.rank >= count)
        if beat in ("diffusion", "together"):
            assert step_shown == str(step + 1)
            assert np.array_equal(diffused[1], levels(expected))
        if beat != "writing":
            noisy = shown[1] if beat == "two ways" else diffused[0]
            assert np.abs(noisy.astype(int) - levels(held)).max() <= 1
    ends = [shown for beat, moment, shown, _ in told.clocks if beat == "together" and moment == 1]
    assert np.array_equal(ends[0][1], ends[0][3])  # one picture


def test_the_walk_s_pictures_are_low_pass_pictures(told):
    """Against scipy's DCT cut by frequency."""
    scene, run = told.scene, told.run
    freq = np.sort(radial((64, 64)).ravel())
    whole = np.flatnonzero(np.diff(freq) > 1e-9) + 1  # counts at which no frequency is cut
    for count in whole[[3, 40, 200, -2]]:
        np.testing.assert_allclose(scene.walk.estimate(int(count)), low_pass(run.sample, count), atol=1e-5)
    first = [levels(np.asarray(wave)) for wave in scene.walk.first_waves(scene.n_waves)]
    assert len({wave.tobytes() for wave in first}) == scene.n_waves == len(scene.terms.tiles)
    assert np.ptp(first[0], axis=(0, 1)).max() == 0  # the mean brightness
    for tile, wave in zip(scene.terms.tiles, first, strict=True):
        assert np.array_equal(pixels(tile), wave)
    assert np.array_equal(pixels(scene.terms.total), levels(low_pass(run.sample, 8)))


def test_the_maps_hold_what_each_path_has_explained(told):
    scene, run = told.scene, told.run
    columns = scene.walk.shares.shares.shape[1]
    for column in (90, 280, 450):
        at = (column + 0.5) / columns
        expected = np.clip(mirrored_shares(run.denoised[scene.run.step_at(at)], run.sample), 0, 1)
        np.testing.assert_allclose(scene.diffused.shares.shares[:, column], expected, atol=1e-6)
        walk = scene.walk.walked.walk
        times = zip(walk.written, scene.walk.walked.times, strict=True)
        count = max(kept for kept, time in times if time <= at)
        expected = np.clip(mirrored_shares(walk.estimate(count), run.sample), 0, 1)
        np.testing.assert_allclose(scene.walk.shares.shares[:, column], expected, atol=1e-6)
    shares = scene.walk.shares
    shown = shares.set_now(0.5).picture.get_pixel_array()[..., :3].copy()
    shares.set_now(1.0)
    np.testing.assert_array_equal(shown[:, : columns // 2], shares.full[:, : columns // 2])
    assert len(np.unique(shown[:, columns // 2 :].reshape(-1, 3), axis=0)) == 1


def test_the_figures_are_the_softness_of_both(told):
    hard, soft = told.scene.softness
    assert hard < 0.1 < soft
    # A stationary picture is hardly another one when it is mirrored.
    assert soft == pytest.approx(lock_in(told.run).softness, abs=0.15)
    assert {f"±{hard:.2f}", f"±{soft:.2f}"} <= set(told.lines["relatives"])
    assert f"{hard:.2f}" in told.scene.captions[-1] and f"{soft:.2f}" in told.scene.captions[-1]


def test_its_beats_its_length_and_where_each_comes_from(told):
    scene, lines = told.scene, told.lines
    assert 20 <= scene.film_time <= 60
    assert told.badges == {
        "two ways": ["measured"],
        "symbols": ["illustration"],
        "waves": ["closed form"],
        "writing": ["closed form"],
        "diffusion": ["measured"],
        "together": ["measured"],
        "relatives": ["measured"],
    }
    assert list(told.badges) == BEATS and len(scene.captions) == len(BEATS)
    assert all(len(caption.split()) > 8 and caption.endswith(".") for caption in scene.captions)
    assert "bridge to red panda · photos-64 · ancestral" in lines["diffusion"]
    assert "4,096 waves, written from coarse to fine" in lines["writing"]
    assert [word for word in lines["symbols"] if word in scene.sentence.split()] == scene.sentence.split()


def test_golden_frames(told, golden):
    assert told.frames.keys() == {"waves", "together", "relatives"}
    for beat, found in told.frames.items():
        golden.check(f"refinement_{beat}", found)


def test_it_lays_out_wide(told):
    assert not told.faults, "\n".join(told.faults)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("square", "square"),
        ("square", "tall"),
        ("panorama", "wide"),
        ("portrait", "tall"),
    ],
)
def test_it_lays_out(choose, media, kind, shape):
    choose(gaussian_run(64, steps=12) if kind == "square" else run_of(kind))
    check_layout(Watched, shape, media)


@pytest.mark.parametrize("count", [7, 10])
def test_a_map_s_numbers_stand_apart_however_many_bands_there_are(media, count):
    with frame(*FRAMES["wide"], folder=media):
        explained = np.linspace(0, 1, 5)[:, None].repeat(count, axis=1)
        ends = {"title": "share", "start": "noise", "end": "picture"}
        shares = ShareMap(explained, times=np.linspace(0, 1, 5), **ends, width=5.0, height=2.1)
        texts = [m for m in shares.get_family() if isinstance(m, Text)]
        boxes = [box(text.family_members_with_points()) for text in texts]
        assert min(gap(one, other) for one, other in combinations(boxes, 2)) > APART
        assert len(texts) == 5 + (7 if count == 7 else 5)
        assert shares.width <= 5.0 and shares.height <= 2.1


def test_a_file_that_is_no_trajectory_is_refused_in_a_line(monkeypatch, tmp_path, media, capfd):
    (tmp_path / "run.safetensors").write_text("no run")
    monkeypatch.setenv("SPECTRAL_TRAJECTORY", str(tmp_path / "run.safetensors"))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Refinement().construct()
    error = capfd.readouterr().err
    assert caught.value.code == 2 and "run.safetensors" in error and error.count("\n") == 1


@pytest.mark.parametrize("kind", ["speech", "mel"])
def test_other_signals_are_refused_in_a_line(choose, media, capfd, kind):
    choose(run_of(kind))
    with frame(*FRAMES["wide"], folder=media), pytest.raises(SystemExit) as caught:
        Refinement().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: trajectory of modality") and error.count("\n") == 1


class Ending(Watched):
    """The last two beats alone."""

    def nothing(self) -> None:
        pass

    two_ways = symbols = waves = writing = diffusion = nothing


@pytest.mark.parametrize("kind", ["latents", "nothing"])
def test_runs_of_other_spaces_and_of_nothing_are_shown(choose, media, kind):
    """Latents as their principal components; a picture without power has no softness."""
    run = choose(run_of("latents") if kind == "latents" else nothing_of(gaussian_run(64, steps=12)))
    figures = []

    def look(scene, beat):
        found = Things(scene).faults(config.frame_width, config.frame_height)
        assert not found, f"{beat}: {found}"
        figures[:] = [figure[0].original_text for figure in getattr(scene, "figures", [])]

    with frame(*FRAMES["square"], folder=media):
        scene = Ending(look)
        scene.construct()
    assert scene.walk.panels[1].picture.get_pixel_array().shape == (*run.signal_shape, 4)
    assert ("PCA of 4 latent channels" in scene.run_words) == (kind == "latents")
    assert (figures == ["none", "none"]) == (kind == "nothing")


def nothing_of(run: Trajectory) -> Trajectory:
    """A run that ends in mid-grey."""
    return changed(run, sample=np.zeros_like(run.sample), denoised=np.zeros_like(run.denoised))


def test_a_run_in_no_such_order_is_not_said_to_go_from_coarse_to_fine(choose, media):
    """Fine bands come first."""
    base = gaussian_run(64, steps=12)
    index = np.hypot(*np.meshgrid(np.fft.fftfreq(64, 1 / 64), np.arange(33), indexing="ij"))
    octave = np.floor(np.log2(np.maximum(index, 1)))
    parts = np.fft.rfft2(base.sample)
    steps = [np.fft.irfft2(parts * (octave >= 6 - step / 2), s=(64, 64)) for step in range(12)]
    choose(changed(base, denoised=np.array(steps, np.float32)))
    seen = {}

    def look(scene, beat):
        family = [m for top in scene.mobjects for m in top.get_family()]
        seen[beat] = [m.original_text for m in family if isinstance(m, Text)]

    with frame(*FRAMES["wide"], folder=media):
        scene = Ending(look)
        scene.construct()
    assert scene.run.lock.order.frequency < 0
    assert not any("coarse to fine" in text for text in [*scene.captions, *seen["together"]])
    assert "Two paths to one picture" in seen["relatives"]
