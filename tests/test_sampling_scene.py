"""The main scene, held against its run: what each step shows, where things stand, what a film holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import srt
from manim import ManimColor, config
from manim_spectral.scenes.sampling import Sampling
from scene_support import (
    FRAMES,
    HurriedSampling,
    StagedSampling,
    Things,
    box,
    differences,
    frame,
    gaussian_run,
    painted,
    read,
    staged,
)

import spectral
from manim_spectral import theme
from manim_spectral.sources import recordings
from manim_spectral.stage import run_scene
from manim_spectral.views.modality import run_view
from spectral import Trajectory

ROOT = Path(__file__).parents[1]


pytestmark = pytest.mark.usefixtures("nothing_chosen")


@pytest.fixture
def choose(monkeypatch, tmp_path):
    """Makes a trajectory the user's choice, by way of a file."""

    def choose(trajectory: Trajectory) -> Path:
        path = tmp_path / "run.safetensors"
        trajectory.save(path)
        monkeypatch.setenv("SPECTRAL_TRAJECTORY", str(path))
        return path

    return choose


@pytest.fixture
def wide(media):
    with frame(*FRAMES["wide"], folder=media):
        yield


# -- what is shown at a step --------------------------------------------------------------------------------


def naive_explained(trajectory: Trajectory) -> np.ndarray:
    """E_b(i), from the definition."""
    side = trajectory.sample.shape[-1]
    index = np.fft.fftfreq(side, 1 / side)
    octave = np.log2(np.maximum(np.hypot(index[:, None], index), 1)).astype(int)
    final = np.fft.fft2(trajectory.sample.astype(float))
    rows = []
    for estimate in trajectory.denoised:
        error = np.abs(np.fft.fft2(estimate.astype(float)) - final) ** 2
        rows.append(
            [
                1 - error[:, octave == b].sum() / (np.abs(final[:, octave == b]) ** 2).sum()
                for b in range(octave.max() + 1)
            ]
        )
    return np.array(rows)


def naive_locks(explained: np.ndarray, *, stochastic: bool) -> list[int]:
    level = 0.5 if stochastic else 1 - (1 - 0.5**0.5) ** 2
    return [
        next((i for i in range(len(column)) if (column[i:] >= level).all()), len(column))
        for column in explained.T
    ]


def shown_pixels(picture) -> np.ndarray:
    return np.moveaxis(picture.get_pixel_array()[..., :3], -1, 0)


def shares(marks, timeline) -> list[float]:
    start, end = timeline.track.get_start()[0], timeline.track.get_end()[0]
    return [(mark.get_x() - start) / (end - start) for mark in marks]


@pytest.mark.parametrize(
    ("side", "steps", "eta"), [(64, 24, 1.0), (128, 12, 0.0)], ids=["ancestral", "deterministic"]
)
def test_every_step_shows_its_numbers(choose, wide, side, steps, eta):
    """A run whose ends lie within the plot, so that the film shows all of it."""
    t = gaussian_run(side, steps=steps, eta=eta, log_snr=(-4.0, 4.2))
    choose(t)
    explained = naive_explained(t)
    locks = naive_locks(explained, stochastic=eta > 0)
    scene = staged()
    times = (t.log_snr - t.log_snr[0]) / (t.log_snr[-1] - t.log_snr[0])
    closing = 1.01 * theme.LOCK_CLOSES / scene.run_time
    _, bottom, _, top = box([scene.display.plot.frame])
    assert len(set(locks)) > 3

    for step, moment in enumerate(times):
        scene.show_moment(moment)
        meters = [cell.meter for cell in scene.display.rack.cells]
        filled = [meter.bar.height / meter.outline.height for meter in meters]
        assert filled == pytest.approx(explained[step].clip(0, 1), abs=1e-6)
        assert read(scene.display.step) == str(step + 1)
        assert float(read(scene.display.noise_level)) == pytest.approx(
            t.sigma[step] / t.alpha[step], abs=0.005
        )

        for cell, lock, colour in zip(
            scene.display.rack.cells, locks, theme.band_colours(len(locks)), strict=True
        ):
            lit = cell.frame.get_stroke_color().to_hex() == colour.to_hex()
            assert lit == (step >= lock)
            assert (cell.lock.closed > 0) == (moment > times[min(lock, steps - 1)])
        scene.show_moment(moment + closing)
        for cell, lock in zip(scene.display.rack.cells, locks, strict=True):
            assert cell.lock.closed == 1 or step < lock
        scene.show_moment(moment)

        surface = (scene.display.plot.surface.get_y() - bottom) / (top - bottom)
        level = np.log((t.sigma[step] / t.alpha[step]) ** 2)
        low, high = np.log(scene.run.power_range)
        assert surface == pytest.approx(np.clip((level - low) / (high - low), 0, 1), abs=1e-6)
        assert shares([scene.display.timeline.now], scene.display.timeline) == pytest.approx(
            [moment], abs=1e-6
        )

        assert (shown_pixels(scene.display.panels[1].picture) == levels(t.denoised[step])).all()
        scale = np.sqrt(t.alpha[step] ** 2 + t.sigma[step] ** 2)
        noisy = shown_pixels(scene.display.panels[0].picture).astype(int) - levels(t.x_t[step] / scale)
        assert np.abs(noisy).max() <= 1
        power = spectral.rapsd(t.denoised[step]).power.mean(axis=0)[1]
        curve = (scene.display.plot.curve[0].get_start()[1] - bottom) / (top - bottom)
        assert curve == pytest.approx(np.clip((np.log(power) - low) / (high - low), 0, 1), abs=1e-6)

    measured = [mark for _, mark in sorted(scene.display.timeline.locks.items())]
    assert shares(measured, scene.display.timeline) == pytest.approx(
        [times[k] for k in locks if k < steps], abs=1e-6
    )
    predicted = spectral.lock_in(t).predicted
    expected = [times[k] for k in predicted if k < steps]
    assert shares(scene.display.timeline.expected, scene.display.timeline) == pytest.approx(
        expected, abs=1e-6
    )


def levels(array: np.ndarray) -> np.ndarray:
    return np.round((np.clip(array, -1, 1) + 1) / 2 * 255).astype(int)


@pytest.mark.parametrize("steps", [10, 60])
def test_a_run_that_goes_on_beyond_the_plot_is_shown_to_its_end(choose, wide, steps):
    """The clock stops where the tide leaves the plot: the last moment is the run's last step all the same."""
    t = gaussian_run(64, steps=steps, log_snr=(-14.0, 12.0))
    choose(t)
    scene = staged()
    assert read(scene.display.step) == "1"
    assert scene.display.rack.cells[-1].meter.value == pytest.approx(0, abs=1e-3)
    scene.show_moment(scene.end)
    assert read(scene.display.step) == str(steps)
    assert [cell.meter.value for cell in scene.display.rack.cells] == pytest.approx([1] * 6)
    assert [cell.lock.closed for cell in scene.display.rack.cells] == [1] * 6
    assert len(scene.display.timeline.locks) == 6
    assert scene.display.timeline.now.get_center() == pytest.approx(
        scene.display.timeline.track.get_end(), abs=1e-5
    )


def test_locks_at_the_last_step_are_seen_to_close(choose, wide):
    """The finest band of a run that ends early locks where its estimate is the sample: at the last step."""
    t = gaussian_run(64, steps=8, eta=0.0, log_snr=(-4.0, 2.0))
    choose(t)
    assert naive_locks(naive_explained(t), stochastic=False)[-1] == 7
    scene = staged()
    scene.show_moment(0.99)
    assert scene.display.rack.cells[-1].lock.closed == 0
    scene.show_moment(scene.end)
    assert scene.display.rack.cells[-1].lock.closed == 1


def test_a_band_that_never_locks_stays_open(choose, wide):
    base = gaussian_run(64, steps=8, log_snr=(-4.0, 4.0))
    denoised = base.denoised.copy()
    denoised[:, :, ::2] += 0.05 * (-1) ** np.arange(64)  # the model leaves a pattern that the sample has not
    denoised[:, :, 1::2] -= 0.05 * (-1) ** np.arange(64)
    fields = {name: getattr(base, name) for name in Trajectory.__dataclass_fields__}
    t = Trajectory(**(fields | {"denoised": denoised}))
    locks = naive_locks(naive_explained(t), stochastic=True)
    assert locks[-1] == 8
    choose(t)
    scene = staged()
    scene.show_moment(scene.end)
    finest = scene.display.rack.cells[-1]
    assert finest.lock.closed == 0
    assert finest.frame.get_stroke_color() == ManimColor(theme.palette.rule)
    assert 5 not in scene.display.timeline.locks


def test_the_clock_only_goes_forward(choose, wide):
    choose(gaussian_run(64, steps=12))
    run = staged().run
    moments = np.linspace(0, 1, 1001)
    steps = [run.step_at(moment) for moment in moments]
    assert steps == sorted(steps) and steps[-1] == 11
    tides = np.log([run.tide(moment) for moment in moments])
    assert np.diff(tides) == pytest.approx(np.diff(tides)[0])  # even in log SNR
    assert tides[0] > tides[-1]


# -- fast frames are the same frames ------------------------------------------------------------------------


class Run(StagedSampling):
    """The run's own beat alone, played as in the film."""

    run_time = 2.5

    def lock_in(self) -> None:
        Sampling.lock_in(self)


def test_a_frame_of_the_run_is_what_a_fresh_camera_sees(choose, media):
    """The clock redraws only what changed: no frame may differ from one drawn from nothing."""
    choose(gaussian_run(64, steps=6))
    compared = []
    with frame(427, 240, folder=media, frame_rate=4):
        scene = Run()

        def add_frame(found: np.ndarray, num_frames: int = 1) -> None:
            expected = painted(*scene.mobjects)
            compared.append(
                (int(scene.display.shown_step), np.abs(found[..., :3].astype(int) - expected).max())
            )

        scene.renderer.add_frame = add_frame
        scene.construct()
    assert len(compared) > 10
    assert {step for step, _ in compared} == set(range(6))
    assert max(apart for _, apart in compared) <= 1, compared


# -- where things stand -------------------------------------------------------------------------------------


measured_once = lru_cache(maxsize=1)(run_view)


@pytest.mark.parametrize("shape", FRAMES)
@pytest.mark.parametrize(("side", "steps"), [(64, 10), (128, 50), (256, 10), (256, 250)])
def test_nothing_overlaps_and_nothing_comes_near_the_edge(monkeypatch, media, shape, side, steps):
    """At the end of every beat; with a file's name such as cameras give, which the footer has to hold."""
    channels = 1 if steps > 100 else 3
    run = gaussian_run(side, steps=steps, channels=channels, source="IMG_20240612_183205.jpeg")
    monkeypatch.setattr(recordings, "stage_trajectories", lambda *_: recordings.Runs(run, run))
    monkeypatch.setattr(run_scene, "run_view", measured_once)
    faults = []

    def look(scene: Sampling, beat: str) -> None:
        found = Things(scene).faults(config.frame_width, config.frame_height)
        faults.extend(f"{beat}: {fault}" for fault in found)

    with frame(*FRAMES[shape], folder=media):
        HurriedSampling(look).construct()
    assert not faults, "\n".join(faults)


def test_the_rules_find_what_is_wrong(choose, wide):
    """The checks above can fail: things pushed together, over the edge, or set too small are found."""
    choose(gaussian_run(64, steps=10))
    scene = staged()
    before = Counter(Things(scene).faults(config.frame_width, config.frame_height))

    def new() -> Counter:
        return Counter(Things(scene).faults(config.frame_width, config.frame_height)) - before

    assert not new()
    scene.display.legend.shift([0, -0.2, 0])
    assert any("SpectrumPlot" in fault and "Legend" in fault for fault in new())
    scene.display.legend.shift([0, 0.2, 0])
    scene.display.timeline.shift([0, -0.6, 0])
    assert any("Timeline" in fault and "px apart" in fault for fault in new())
    scene.display.timeline.shift([0, 0.6, 0])
    scene.heading.shift([0, 0.3, 0])
    assert any("The tide runs out" in fault and "margin" in fault for fault in new())
    scene.heading.shift([0, -0.3, 0])
    scene.display.rack_caption.scale(0.7)
    assert any("type of 9.1 px" in fault for fault in new())
    scene.display.rack_caption.scale(1 / 0.7)
    scene.display.plot.labels[3].move_to(scene.display.plot.labels[1])
    assert any("words" in fault for fault in new())


# -- the film -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("free", [True, False])
def test_the_film_takes_25_to_40_seconds(monkeypatch, wide, free):
    trajectory = gaussian_run(64, steps=10)
    runs = recordings.Runs(trajectory, trajectory if free else None)
    monkeypatch.setattr(recordings, "stage_trajectories", lambda *_: runs)
    scene = HurriedSampling()
    scene.construct()
    assert 25 <= scene.film_time <= 40


def check_captions(captions: list[tuple[float, float, str]], *, film_time: float, frame_time: float) -> None:
    """(start, end, text) follow one another without overlap, but for the film's rounding to frames."""
    assert captions[0][0] < 0.1
    for (_, end, _), (start, _, text) in pairwise(captions):
        assert -1.01 * frame_time <= start - end <= 0.5, text
    assert abs(captions[-1][1] - film_time) <= 0.5
    for start, end, text in captions:
        assert end > start
        assert 0 < len(text) / (end - start) <= 30, text  # characters a second that can be read


def last_frame(film: Path) -> np.ndarray:
    with av.open(str(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)][-1]


def measure(film: Path) -> tuple[tuple[int, int], float, float, int]:
    """Size, frames a second, seconds, frames."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        seconds = float(stream.duration * stream.time_base)
        frames = sum(1 for _ in container.decode(stream))
        return (stream.width, stream.height), float(stream.average_rate), seconds, frames


def luma(frame: np.ndarray) -> np.ndarray:
    """(rows, columns, 1): a film keeps brightness pixel by pixel, and colour for four at once."""
    return frame @ np.array([[0.299], [0.587], [0.114]])


def test_the_film_by_manims_command_line(choose, media, tmp_path):
    """The real thing, small: one command, and what lies in the folder after it."""
    path = choose(gaussian_run(64, steps=10))
    options = ["-ql", "--fps", "5", "--save_sections", "--progress_bar", "none", "--media_dir", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, "-m", "manim", *options, str(ROOT / "scenes" / "sampling.py")],
        cwd=ROOT,
        env={**os.environ, "SPECTRAL_TRAJECTORY": str(path), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    folder = tmp_path / "videos" / "sampling" / "480p5"

    size, rate, seconds, frames = measure(folder / "Sampling.mp4")
    assert size == (854, 480)
    assert rate == 5
    assert 25 <= seconds <= 40
    assert frames == pytest.approx(5 * seconds, abs=1)

    sections = json.loads((folder / "sections" / "Sampling.json").read_text())
    assert [section["name"] for section in sections] == ["noise", "bands", "lock-in", "order"]
    parts = [folder / "sections" / section["video"] for section in sections]
    assert sum(measure(part)[2] for part in parts) == pytest.approx(seconds, abs=0.5)

    captions = list(srt.parse((folder / "Sampling.srt").read_text()))
    assert [caption.index for caption in captions] == [1, 2, 3, 4]
    spans = [(c.start.total_seconds(), c.end.total_seconds(), c.content) for c in captions]
    check_captions(spans, film_time=seconds, frame_time=1 / rate)

    # The hurried scene, on which the layout's rules are checked, ends its beats as the film does.
    ends = {}
    with frame(*size, folder=media):
        HurriedSampling(lambda scene, beat: ends.update({beat: painted(*scene.mobjects)})).construct()
    for section, part in zip(sections, parts, strict=True):
        mean, most = differences(luma(last_frame(part)), luma(ends[section["name"]]))
        assert mean < 3 and most < 8, (section["name"], mean, most)  # the codec's own: 1.4 and 4.6


def test_a_bad_setting_ends_the_films_command_in_one_line(tmp_path):
    ran = subprocess.run(
        [Path(sys.executable).with_name("manim"), "-ql", "--media_dir", tmp_path, "scenes/sampling.py"],
        cwd=ROOT,
        env={**os.environ, "SPECTRAL_STEPS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.stderr.splitlines() == ["error: SPECTRAL_STEPS is '1', expected greater than or equal to 2"]
    assert not list(tmp_path.rglob("*.mp4"))


# -- golden frames ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "moment"), [("early", 0.15), ("middle", 0.5), ("end", 1.0)])
def test_golden_frames_of_the_run(golden, choose, wide, name, moment):
    choose(gaussian_run(64, steps=20))
    scene = staged()
    scene.show_moment(moment)
    golden.check(f"run_{name}", painted(*scene.mobjects))
