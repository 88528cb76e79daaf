"""The staircase: maps and figures against naive loops over scipy's DCT, its rows, its clock, its layout."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np
import pytest
from manim import ManimColor, Text, config
from manim_spectral.scenes.staircase import Staircase
from scene_support import (
    FRAMES,
    Hurried,
    Things,
    box,
    changed,
    frame,
    gaussian_run,
    painted,
    picture_spectrum,
    run_of,
    wiener_run,
)
from scipy import fft, stats

from manim_spectral import theme
from manim_spectral.mobjects.writing_map import COLUMNS
from manim_spectral.sources import recordings
from manim_spectral.sources.recordings import Runs
from manim_spectral.stage.clock import Clock

BRIDGE = gaussian_run(64, steps=24)
FREE = gaussian_run(32, steps=14, eta=0.0, origin="free", source="")
SPEECH = run_of("speech")

pytestmark = pytest.mark.usefixtures("nothing_chosen")

BEATS = ["walk", "image model", "free run", "by frequency", "by power", "side by side"]


def small_runs(asked: list):
    """In place of `stage_trajectories`: small runs of the ideal denoiser where the carried models would be
    sampled. A file is read all the same. What is asked for is kept."""
    load = recordings.stage_trajectories

    def stage_trajectories(settings, modality="image"):
        asked.append((settings, modality))
        if settings.trajectory is not None:
            return load(settings, modality)
        if modality == "waveform":
            return Runs(SPEECH, None)
        return Runs(BRIDGE, None if settings.seed is not None else FREE)

    return stage_trajectories


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """What the scene asks for, with small runs for an answer."""
    asked = []
    monkeypatch.setattr(recordings, "stage_trajectories", small_runs(asked))
    return asked


@pytest.fixture
def wide(media):
    with frame(*FRAMES["wide"], folder=media):
        yield


@pytest.fixture
def choose(monkeypatch, tmp_path):
    """Makes a trajectory the user's choice, by way of a file."""

    def choose(trajectory) -> None:
        trajectory.save(tmp_path / "run.safetensors")
        monkeypatch.setenv("SPECTRAL_TRAJECTORY", str(tmp_path / "run.safetensors"))

    return choose


class Watched(Hurried, Staircase):
    """Notes what stands at the end of every beat, and what each clock shows on its way."""

    def __init__(self) -> None:
        super().__init__(self.note)
        self.beats, self.charts, self.shown, self.standing = [], {}, {}, {}
        self.faults, self.frames, self.on_the_way = [], {}, {}

    def note(self, scene, beat: str) -> None:
        self.beats.append(beat)
        self.charts[beat], self.standing[beat] = self.chart, list(self.mobjects)
        self.shown[beat] = texts(self.figures)
        found = Things(self).faults(config.frame_width, config.frame_height)
        self.faults += [f"{beat}: {fault}" for fault in found]
        self.frames[beat] = painted(*self.mobjects)

    def play(self, *animations, **options) -> None:
        for clock in (animation for animation in animations if isinstance(animation, Clock)):
            for share in (0.0, 0.31, 0.62, 1.0):
                clock.show(share)
                panel, chart = self.panel.picture.get_pixel_array(), self.chart.picture.get_pixel_array()
                self.on_the_way[self.name, share] = panel[..., :3].copy(), chart[..., :3].copy()
        super().play(*animations, **options)


def watched() -> Watched:
    scene = Watched()
    scene.construct()
    return scene


@pytest.fixture(scope="module")
def told(media, tmp_path_factory):
    """The whole scene in a wide frame."""
    with pytest.MonkeyPatch.context() as patch, frame(*FRAMES["wide"], folder=media):
        patch.chdir(tmp_path_factory.mktemp("nothing"))
        for variable in [name for name in os.environ if name.upper().startswith("SPECTRAL_")]:
            patch.delenv(variable)
        patch.setattr(recordings, "stage_trajectories", small_runs([]))
        return watched()


# -- the numbers, once more ---------------------------------------------------------------------------------


def dct_explained(estimates, sample) -> np.ndarray:
    """E_b(i) in octaves of the DCT, by the definition: one cosine after another."""
    rows, columns = sample.shape[1:]
    side = min(rows, columns)
    v, u = np.indices((rows, columns))
    freq = np.hypot(v / (2 * rows), u / (2 * columns))
    last = int(np.log2(side / 2)) if side & (side - 1) == 0 else int(np.log2(side // 2))
    octave = np.floor(np.log2(np.maximum(freq * side, 1)) + 1e-9).clip(0, last).astype(int)
    final = fft.dctn(np.asarray(sample, float), axes=(1, 2), norm="ortho")
    found = []
    for estimate in estimates:
        error = (fft.dctn(np.asarray(estimate, float), axes=(1, 2), norm="ortho") - final) ** 2
        found.append(
            [1 - error[:, octave == b].sum() / (final**2)[:, octave == b].sum() for b in range(last + 1)]
        )
    return np.array(found)


def naive_spread(explained, place) -> float:
    """The mean width of what is written at a step, weighted by how much that is."""
    total, widths = 0.0, 0.0
    before = np.zeros(explained.shape[1])
    for row in np.maximum(explained, 0):
        written, before = np.maximum(row - before, 0), row
        if written.sum() > 0:
            mean = (written * place).sum() / written.sum()
            widths += np.sqrt((written * (place - mean) ** 2).sum() * written.sum())
            total += written.sum()
    return widths / total


@lru_cache(maxsize=1)
def walked() -> list[np.ndarray]:
    """The bridge's picture after none, one, ... and all of its DCT coefficients, low frequencies first."""
    rows, columns = BRIDGE.signal_shape
    counts = np.unique(np.rint(np.geomspace(1, rows * columns, 159)).astype(int))
    v, u = np.indices((rows, columns)).reshape(2, -1)
    order = np.lexsort((v, (v * columns) ** 2 + (u * rows) ** 2))
    final = fft.dctn(BRIDGE.sample.astype(float), axes=(1, 2), norm="ortho")
    estimates = []
    for count in (0, *counts):
        kept, chosen = np.zeros_like(final), order[:count]
        kept[:, v[chosen], u[chosen]] = final[:, v[chosen], u[chosen]]
        estimates.append(fft.idctn(kept, axes=(1, 2), norm="ortho"))
    return estimates


def naive_tau(explained, level, key) -> float:
    """Kendall's tau of the steps from which on each band stays explained, against a key."""
    locks = [next(i for i in range(len(e) + 1) if (e[i:] >= level).all()) for e in explained.T]
    return stats.kendalltau(locks, key).statistic


def texts(*mobjects) -> list[str]:
    """What is written in mobjects."""
    return [m.original_text for part in mobjects for m in part.get_family() if isinstance(m, Text)]


def octave_of(freq) -> np.ndarray:
    """The acoustic octave of each frequency in Hz, 0 that of 31.25 Hz and all below."""
    return np.floor(np.log2(np.maximum(freq, 1e-9) / 1000) + 0.5).clip(-5).astype(int) + 5


# -- maps and figures ---------------------------------------------------------------------------------------


def test_the_maps_of_pictures_are_those_of_a_naive_measurement(told):
    explained = {
        "walk": dct_explained(walked(), BRIDGE.sample),
        "image model": dct_explained(BRIDGE.denoised, BRIDGE.sample),
        "free run": dct_explained(FREE.denoised, FREE.sample),
    }
    for drawn, (beat, expected) in zip(told.maps, explained.items(), strict=False):
        assert drawn.writing.explained == pytest.approx(expected, abs=1e-6)
        assert told.shown[beat][:2] == [
            f"±{naive_spread(expected, np.arange(expected.shape[1])):.2f}",
            "octaves at once",
        ]

    # The walk lights one row at a time, but where a kept moment crosses an octave.
    rate = told.charts["walk"].rate
    lit = rate > 1e-9 * rate.max()
    assert (lit.sum(axis=0) <= 2).all() and (lit.sum(axis=0) == 1).mean() > 0.95
    v, u = np.indices((64, 64)) / 128
    for edge, row in zip((2, 4, 8, 16), lit[1:], strict=False):
        count = (np.hypot(v, u) < edge / 64 - 1e-9).sum()  # coefficients of the octaves below
        assert np.flatnonzero(row)[0] / COLUMNS == pytest.approx(np.log2(count) / 12, abs=0.02)
    assert told.shown["walk"][0] < "±0.05"
    # Diffusion lights several, and its order is that of frequency.
    rate = told.charts["image model"].rate
    assert (rate > 0.05 * rate.max()).sum(axis=0).max() >= 3
    assert told.shown["image model"][3:5] == ["1.00", "τ by frequency"]


def test_the_map_of_the_sound_is_a_staircase_in_power_only(told):
    n_samples, sr = SPEECH.sample.shape[-1], SPEECH.sample_rate
    octave = octave_of(np.fft.rfftfreq(n_samples, 1 / sr))
    sample = np.fft.rfft(SPEECH.sample[0].astype(float))
    error = np.abs(np.fft.rfft(SPEECH.denoised[:, 0].astype(float)) - sample) ** 2
    bands = np.arange(octave.max() + 1)
    power = np.abs(sample) ** 2
    density = np.array([power[octave == b].mean() for b in bands])
    explained = np.stack(
        [1 - error[:, octave == b].sum(axis=1) / power[octave == b].sum() for b in bands], axis=1
    )
    place = stats.rankdata(-density) - 1  # the strongest at the bottom
    assert [list(told.maps[-1].rows.order).index(b) for b in bands] == list(place) != sorted(place)
    for beat, where, key in (("by frequency", bands, bands), ("by power", place, -density)):
        tau = naive_tau(explained, 0.5, key)
        assert told.shown[beat][0] == f"±{naive_spread(explained, where):.2f}"
        assert told.shown[beat][3] == f"{tau:.2f}".replace("-", "−")
        assert (tau > 0.5) == (beat == "by power")
    # A row of the sorted map may be octaves from the next: the map has no octaves across.
    assert told.shown["by frequency"][1] == "octaves at once" and told.shown["by power"][1] == "rows at once"


def test_side_by_side_the_maps_say_the_same_again(told):
    assert len(told.cells) == 5
    for cell, beat in zip(told.cells, BEATS, strict=False):
        number, tau = told.shown[beat][0], told.shown[beat][3:5]
        assert number in texts(cell)
        assert beat == "walk" or " ".join(reversed(tau)) in texts(cell)
        assert (cell[0].rate == told.charts[beat].rate).all()


def test_the_rows_of_the_sound_move_to_their_places_by_power(told):
    plain, chart, order = told.charts["by frequency"], told.charts["by power"], list(told.maps[-1].rows.order)
    assert [int(texts(names)[-1]) - 1 for names in sorted(chart.names, key=lambda n: n.get_y())] == order
    before, after = plain.picture.get_pixel_array()[::-1], chart.picture.get_pixel_array()[::-1]
    assert (after == before[order]).all()
    assert box([chart.frame]) == pytest.approx(box([plain.frame]))
    # Nothing of the old map is left standing, and of the new one nothing twice.
    standing = [id(m) for top in told.standing["by power"] for m in top.get_family()]
    assert len(standing) == len(set(standing)) and {id(m) for m in chart.get_family()} <= set(standing)
    assert not {id(m) for m in plain.get_family() if len(m.points)} & set(standing)


def test_beside_the_map_stands_what_was_written_by_then(told):
    ground = ManimColor(theme.palette.panel).to_int_rgb()
    estimates = {"walk": walked(), "image model": BRIDGE.denoised, "free run": FREE.denoised}
    times = dict(zip(BEATS, (shown.writing.times for shown in told.maps), strict=False))
    assert {beat for beat, _ in told.on_the_way} == set(BEATS[:4])
    for (beat, share), (panel, chart) in told.on_the_way.items():
        past, whole = round(share * COLUMNS), told.on_the_way[beat, 1.0][1]
        assert (chart[:, :past] == whole[:, :past]).all() and (chart[:, past:] == ground).all()
        if beat in estimates:
            step = len(times[beat]) - 1 if share == 1 else np.flatnonzero(times[beat] <= share).max()
            expected = 127.5 * (np.moveaxis(estimates[beat][step], 0, -1).clip(-1, 1) + 1)
            assert np.abs(panel - expected).max() <= 0.51


# -- the stage ----------------------------------------------------------------------------------------------


def test_it_has_its_beats_and_lasts_as_long_as_it_should(told):
    assert told.beats == BEATS and 20 <= told.film_time <= 60
    assert len(set(told.captions)) == 6 and all(caption.endswith(".") for caption in told.captions)
    for standing in told.standing.values():
        assert "measured" in texts(*standing)


def test_it_lays_out_wide(told):
    assert not told.faults, "\n".join(told.faults)


@pytest.mark.parametrize("shape", ["square", "tall"])
def test_it_lays_out(media, shape):
    with frame(*FRAMES[shape], folder=media):
        faults = watched().faults
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("beat", ["image model", "by power", "side by side"])
def test_golden_frames(golden, told, beat):
    golden.check(f"staircase_{beat.replace(' ', '_')}", told.frames[beat])


def test_on_a_light_ground_a_seed_makes_it_a_free_run(golden, media, monkeypatch):
    monkeypatch.setenv("SPECTRAL_THEME", "light")
    monkeypatch.setenv("SPECTRAL_SEED", "3")
    with frame(*FRAMES["wide"], folder=media, ground="light"):
        scene = watched()
    assert scene.beats == [beat for beat in BEATS if beat != "free run"] and len(scene.cells) == 4
    golden.check("staircase_light", scene.frames["side by side"])


# -- one's own material -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("panorama", "wide"), ("portrait", "square"), ("latents", "tall")],
)
def test_a_trajectory_takes_the_picture_s_place(choose, asked, media, kind, shape):
    choose(run_of(kind))
    with frame(*FRAMES[shape], folder=media):
        scene = watched()
    assert scene.beats == [beat for beat in BEATS if beat != "free run"] and len(scene.cells) == 4
    assert not scene.faults, "\n".join(scene.faults)
    assert scene.picture.trajectory.model == run_of(kind).model
    # The sound is that of the carried model all the same.
    assert [(s.trajectory, s.model) for s, modality in asked if modality == "waveform"] == [(None, None)]


def test_the_smallest_pictures_are_shown(choose, wide):
    choose(wiener_run(picture_spectrum(4, 5), modality="image", space="decoded", origin="free"))
    assert len(watched().cells) == 4


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (run_of("mel"), "trajectory of modality 'mel', expected 'image'"),
        (run_of("speech"), "trajectory of modality 'waveform', expected 'image'"),
        (wiener_run(picture_spectrum(3, 9), modality="image"), "3 x 9 pixels, expected 4 or more"),
        (
            changed(BRIDGE, sample=0 * BRIDGE.sample, denoised=0 * BRIDGE.denoised),
            "trajectory in which no band is written",
        ),
    ],
    ids=["mel", "waveform", "tiny", "blank"],
)
def test_what_has_no_staircase_to_show_is_refused_in_a_line(choose, wide, capfd, run, line):
    choose(run)
    with pytest.raises(SystemExit) as caught:
        Staircase().construct()
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert error.startswith("error: ") and line in error and error.count("\n") == 1
