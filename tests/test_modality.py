"""Every kind of signal on the stage: what is shown is what the run holds, and the words are true."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from manim import Text, config
from scene_support import (
    FRAMES,
    KINDS,
    HurriedSampling,
    changed,
    check_layout,
    frame,
    painted,
    run_of,
    staged,
    wiener_run,
)

import spectral
from manim_spectral import theme
from manim_spectral.mobjects.band_states import EstimateBands
from manim_spectral.mobjects.waveform import Waveform
from manim_spectral.sources import recordings
from manim_spectral.stage import run_scene
from manim_spectral.views.modality import run_view
from manim_spectral.views.waveforms import hertz
from spectral import InputError, Trajectory

measured_once = lru_cache(maxsize=1)(run_view)


pytestmark = pytest.mark.usefixtures("nothing_chosen")


@pytest.fixture
def show(monkeypatch, media):
    """The stage of a run, standing still at its first step."""

    def show(trajectory: Trajectory):
        monkeypatch.setattr(recordings, "stage_trajectories", lambda *_: recordings.Runs(trajectory, None))
        return staged()

    with frame(*FRAMES["wide"], folder=media):
        yield show


def words(scene) -> set[str]:
    family = {id(m): m for top in scene.mobjects for m in top.get_family()}.values()
    return {m.original_text for m in family if isinstance(m, Text)}


# -- where things stand -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", FRAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_signal_has_its_room(monkeypatch, media, shape, kind):
    run = run_of(kind)
    beside = run if shape == "wide" else None  # the free run's strip
    monkeypatch.setattr(recordings, "stage_trajectories", lambda *_: recordings.Runs(run, beside))
    monkeypatch.setattr(run_scene, "run_view", measured_once)
    check_layout(HurriedSampling, shape, media)


# -- waveforms ----------------------------------------------------------------------------------------------


def test_a_waveforms_spectrum_is_its_power_in_cells_of_a_sixth_of_an_octave():
    t = run_of("speech")
    run = run_view(t)
    power = np.abs(np.fft.rfft(t.sample[0])) ** 2 / 16384
    freq = np.fft.rfftfreq(16384, 1 / 16000)
    first = freq[freq >= 31.25 / np.sqrt(2)][0]
    for middle, shown in zip(run.freq, run.final_power, strict=True):
        cell = np.floor(6 * np.log2(middle / first) + 1e-6)
        edges = first * 2 ** (cell / 6), first * 2 ** ((cell + 1) / 6)
        inside = (freq >= edges[0] * (1 - 1e-9)) & (freq < edges[1] * (1 - 1e-9))
        assert edges[0] <= middle * (1 + 1e-9) < edges[1]
        assert shown == pytest.approx(power[inside].mean(), rel=1e-6)
    assert run.final_power[np.argmin(abs(run.freq - 220))] > 100 * run.final_power[-1]


def test_a_waveforms_bands_are_octaves_in_hertz(show):
    scene = show(run_of("speech"))
    names = ["31.5", "63", "125", "250", "500", "1k", "2k", "4k", "8k"]
    assert [cell.range.original_text for cell in scene.display.rack.cells] == names
    assert scene.display.plot.axis_label.original_text == "Hz"
    assert {"final sound", "time, 1.02 s"} <= words(scene)
    assert [hertz(31.25 * 2**k) for k in range(3)] == names[:3]


def test_the_words_name_the_order_that_was_measured(show):
    """Speech-shaped: the strongest band is neither the lowest nor the highest."""
    run = run_view(run_of("speech"))
    tau = run.lock.order
    assert tau.power > 0.8 > 0.5 > tau.frequency
    assert run.order_words == "strongest first, weakest last"
    assert run_view(run_of("mel")).order_words == "coarse first, fine last"
    silent = changed(run_of("clip of no rate"), sample=np.zeros((1, 4096), np.float32))
    assert run_view(silent).order_words == "in an order of their own"


def test_the_panel_shows_the_estimates_peaks(show):
    """Where the pixels of the line lie is where the samples are."""
    t = run_of("speech")
    scene = show(t)
    peak = np.abs(t.sample).max()
    for step in (5, t.n_steps - 1):
        scene.display.show_step(scene.run, step)
        picture = scene.display.panels[1].picture
        lit = picture.get_pixel_array()[..., 0] > 128
        rows, columns = lit.shape
        assert columns == round(picture.width * config.pixel_width / config.frame_width)
        for column in np.linspace(3, columns - 4, 40).astype(int):
            inside = t.denoised[step, 0, column * 16384 // columns : (column + 1) * 16384 // columns]
            line = np.flatnonzero(lit[:, column])
            reach = np.array([rows / 2 - line.min(), rows / 2 - line.max() - 1]) / (rows / 2)
            expected = np.array([inside.max(), inside.min()]) / (1.05 * peak)
            assert reach == pytest.approx(expected, abs=4 / rows)


@pytest.mark.parametrize("count", [2, 7, 300, 5000])
def test_a_waveform_leaves_out_no_sample_and_no_column(media, count):
    with frame(427, 240, folder=media):
        samples = np.zeros((1, count))
        samples[0, count // 2] = 1.0  # one click, however many samples share its column
        wave = Waveform(samples, 4.0, 2.0, limit=1.0)
        lit = wave.get_pixel_array()[..., 0] > 100
    assert lit.any(axis=0).all()
    assert lit[: lit.shape[0] // 8].any()
    assert not lit[-lit.shape[0] // 3 :].any()


def test_channels_have_lanes_of_their_own(media):
    with frame(427, 240, folder=media):
        samples = np.stack([np.full(100, 1.0), np.full(100, -1.0)])
        lit = Waveform(samples, 4.0, 2.0, limit=1.0).get_pixel_array()[..., 0] > 100
    lines = np.flatnonzero(lit.any(axis=1)) / lit.shape[0]
    assert set(np.round(lines, 1)) == {0.0, 1.0}


def test_a_bands_waveform_is_the_loudest_of_the_final_sound_there():
    t = run_of("speech")
    run = run_view(t)
    band = spectral.split(t.sample, run.bands, signal_ndim=1)[0, 4]
    window, limit = run._windows[4]
    length = window.stop - window.start
    assert length == pytest.approx(8 * 16000 / 500, abs=1)
    energy = [(band[k : k + length] ** 2).sum() for k in range(0, 16384 - length, 7)]
    assert (band[window] ** 2).sum() >= max(energy) * (1 - 1e-9)
    assert limit == pytest.approx(1.05 * np.abs(band[window]).max())
    assert run.tags[4] == "16 ms"
    drawn = EstimateBands(run).pictures(t.n_steps - 1)[4]
    colour = np.array(theme.band_colours(9)[4].to_int_rgb())
    assert np.abs(drawn.reshape(-1, 3).astype(int) - colour).sum(axis=1).min() <= 3


# -- latents, decoded pictures, mels ------------------------------------------------------------------------


def test_latents_are_shown_by_the_final_samples_principal_components(show):
    t = run_of("latents")
    scene = show(t)
    rows = t.sample.reshape(4, -1).astype(float)
    mean = rows.mean(axis=1, keepdims=True)
    axes, values, _ = np.linalg.svd(rows - mean, full_matrices=False)
    scene.display.show_step(scene.run, 5)
    shown = scene.display.panels[1].picture.get_pixel_array()[..., :3].reshape(-1, 3) / 127.5 - 1
    for k in range(3):
        projected = axes[:, k] @ (t.denoised[5].reshape(4, -1) - mean) / (3 * values[k] / np.sqrt(1024))
        projected *= np.sign(axes[np.abs(axes[:, k]).argmax(), k])
        assert shown[:, k] == pytest.approx(projected.clip(-1, 1), abs=0.005)
    assert any("PCA of 4 latent channels" in text for text in words(scene))


def test_a_decoded_run_has_no_tide_and_no_closed_form(show):
    """alpha and sigma belong to the latents; the noise level is read out all the same."""
    scene = show(run_of("decoded"))
    before = painted(*scene.mobjects)
    for moment in (0.0, 0.4, 1.0):
        scene.show_moment(moment)
        assert scene.display.plot.surface.width == scene.display.plot.water.height == 0
    assert np.abs(painted(*scene.mobjects).astype(int) - before).max() > 50
    assert len(scene.display.timeline.expected) == 0
    assert len(scene.display.timeline.locks) == 6
    said = words(scene)
    assert any(text.endswith("decoded from latents") for text in said)
    assert not {"noise: the tide", "closed form expects the lock"} & said
    assert "locked" in said and "noise σ/α" in said


def test_a_mel_spectrogram_has_its_low_mels_at_the_bottom_and_its_axes_named(show):
    t = run_of("mel")
    scene = show(t)
    scene.display.show_step(scene.run, 6)
    shown = scene.display.panels[1].picture.get_pixel_array()[..., :3]
    expected = np.round((t.denoised[6, 0].clip(-1, 1) + 1) * 127.5)
    for channel in range(3):  # grey: lightness alone says how strong
        assert np.abs(shown[::-1, :, channel] - expected).max() <= 1
    assert {"64 mels", "time, 1.0 s", "cycles per picture", "spectrogram"} <= words(scene)


# -- what other samplers bring ------------------------------------------------------------------------------


def test_a_run_that_starts_without_any_signal_is_shown(show):
    """Flow matching starts at alpha = 0, where log SNR is minus infinity."""
    base = run_of("landscape")
    alpha, sigma = base.alpha.copy(), base.sigma.copy()
    alpha[0], sigma[0] = 0.0, 1.0
    for space in ("signal", "decoded"):
        scene = show(changed(base, alpha=alpha, sigma=sigma, space=space))
        scene.show_moment(0.0)
        scene.show_moment(0.5)
        scene.show_moment(scene.end)
        assert scene.display.shown_step == base.n_steps - 1
        assert np.isfinite(painted(*scene.mobjects)).all()


@pytest.mark.parametrize("kind", ["landscape", "clip of no rate"])
def test_a_run_that_ends_in_nothing_is_shown(show, kind):
    base = run_of(kind)
    scene = show(changed(base, sample=np.zeros_like(base.sample)))
    scene.show_moment(scene.end)
    assert [cell.lock.closed for cell in scene.display.rack.cells] == [0] * len(scene.display.rack.cells)


def test_what_has_no_spectrum_is_refused_in_a_line():
    flat = wiener_run(np.ones((3, 40)), modality="image")
    with pytest.raises(InputError, match="3 x 40 pixels, expected 4 or more"):
        run_view(flat)
    click = wiener_run(np.ones(9), modality="waveform", sample_rate=8000)
    with pytest.raises(InputError, match="9 samples, expected 16 or more"):
        run_view(click)
