"""The still figure: its lines are the numbers that were measured, and nothing in it overlaps."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from gaussian_runs import gaussian_run
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

import manim_spectral.theme
import spectral
from manim_spectral.studio import figures
from manim_spectral.studio.measurement import Measurement
from spectral import Trajectory


def run_view(trajectory: Trajectory, tmp_path, name: str = "run") -> Measurement:
    trajectory.save(tmp_path / f"{name}.safetensors")
    return Measurement.load(tmp_path / f"{name}.safetensors")


def voice(**fields) -> Trajectory:
    bell = {"power": lambda freq: 1e-3 + 50 * np.exp(-(np.log2(freq * 8000 / 500) ** 2))}
    return gaussian_run(signal=(4000,), channels=1, sample_rate=8000, **bell, **fields)


RUNS = {
    "picture": lambda: gaussian_run(),
    "ancestral": lambda: gaussian_run(eta=1.0, steps=25, seed=1),
    "large": lambda: gaussian_run(signal=(128, 160), steps=10),
    "voice": voice,
    "two_steps": lambda: gaussian_run(steps=2),
}


@pytest.mark.parametrize("name", RUNS)
def test_lines_are_what_was_measured(name, tmp_path):
    m = run_view(RUNS[name](), tmp_path)
    t, lock = m.trajectory, m.lock
    spectrum_panel, explained_panel, written_panel = figures.draw([m]).axes
    decibels = 10 * np.log10(t.snr)
    colours = [to_hex(row.get_color()) for row in written_panel.get_yticklabels()]

    curves = [line for line in explained_panel.lines if len(line.get_xdata()) == t.n_steps > 2]
    for i, curve in enumerate(curves):
        np.testing.assert_allclose(curve.get_xdata(), decibels)
        np.testing.assert_array_equal(curve.get_ydata(), lock.explained[:, i])
        assert to_hex(curve.get_color()) == colours[i]

    marks = [line for line in explained_panel.lines if line.get_marker() in "o<>"]
    filled = {to_hex(mark.get_mfc()): mark for mark in marks if to_hex(mark.get_mfc()) != "#ffffff"}
    hollow = {to_hex(mark.get_mec()): mark for mark in marks if to_hex(mark.get_mfc()) == "#ffffff"}
    low, high = explained_panel.get_xlim()
    for i, colour in enumerate(colours):
        for steps, kind in ((lock.step, filled), (lock.predicted, hollow)):
            assert (colour in kind) == (steps[i] < t.n_steps)
            if colour in kind:
                at = decibels[steps[i]]
                assert kind[colour].get_xdata() == pytest.approx(np.clip(at, low, high))
                assert kind[colour].get_marker() == ("<" if at < low else ">" if at > high else "o")

    for fill, steps in ((figures.PALETTE.text, lock.step), (figures.PALETTE.ground, lock.predicted)):
        marks = [line for line in written_panel.lines if to_hex(line.get_mfc()) == fill]
        at = {int(mark.get_ydata()[0]): mark.get_xdata()[0] for mark in marks}
        there = np.flatnonzero(steps < t.n_steps)
        assert at == {i + 1: pytest.approx(np.clip(decibels[steps[i]], low, high)) for i in there}

    sample = [line for line in spectrum_panel.lines if to_hex(line.get_color()) in colours]
    scale = m.units[0].scale if t.modality == "image" else 1
    if t.modality == "image":
        final = spectral.rapsd(t.sample)
    else:
        final = spectral.power_spectrum(t.sample, sr=t.sample_rate)
    drawn = {x: y for line in sample for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    np.testing.assert_allclose(sorted(drawn), final.freq[1:] * scale)
    np.testing.assert_allclose([drawn[x] for x in sorted(drawn)], final.power[:, 1:].mean(axis=0))
    tides = [
        line.get_ydata()[0]
        for line in spectrum_panel.lines
        if to_hex(line.get_color()) == figures.PALETTE.water
    ]
    assert tides and np.abs(np.log(1 / t.snr[:, None] / tides)).min(axis=0).max() < 1e-9

    assert len(written_panel.collections) == len(m.bands)
    steps = np.diff(lock.explained.clip(min=0), axis=0) / np.diff(decibels)[:, None]
    for i, row in enumerate(written_panel.collections):
        np.testing.assert_allclose(row.get_array().ravel(), steps[:, i].clip(min=0))


def words(figure) -> list[Text]:
    """What is seen of type: not the labels of ticks beyond the ends of an axis."""
    figure.draw_without_rendering()
    beyond = set()
    for panel in figure.axes:
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    beyond |= {tick.label1, tick.label2}
    return [
        text
        for text in figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
        if text.get_text().strip() and text not in beyond
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("picture",),
        ("voice",),
        ("large",),
        ("picture", "ancestral"),
        ("voice", "picture", "large", "ancestral"),
    ],
)
def test_words_overlap_no_other_and_stay_inside(names, tmp_path):
    runs = [run_view(RUNS[name](), tmp_path, name) for name in names]
    with matplotlib.rc_context(figures.STYLE):
        figure = figures.draw(runs)
        texts = [(text.get_text(), text.get_window_extent()) for text in words(figure)]
        texts = [(text, box) for text, box in texts if box.width > 0]
        frame = figure.bbox
    assert len(texts) > 15
    for text, box in texts:
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1, text
    for (one, a), (other, b) in combinations(texts, 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
        assert apart, f"{one!r} over {other!r}"


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2 has it."""

    def luminance(colour: str) -> float:
        rgb = np.array(to_rgb(colour))
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [
            0.2126,
            0.7152,
            0.0722,
        ]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_type_is_inter_large_enough_and_dark_enough(tmp_path):
    with matplotlib.rc_context(figures.STYLE):
        figure = figures.draw([run_view(voice(), tmp_path)])
        texts = words(figure)
        assert len(texts) > 15
        for text in texts:
            assert text.get_fontname() == "Inter", text.get_text()
            assert text.get_fontsize() >= 7, text.get_text()
            assert contrast(to_hex(text.get_color()), "#ffffff") >= 4.5, text.get_text()


def test_columns_of_the_same_bands_share_their_axes(tmp_path):
    runs = [run_view(RUNS[name](), tmp_path, name) for name in ("picture", "ancestral")]
    panels = np.array(figures.draw(runs).axes).reshape(3, 2)
    for left, right in panels:
        assert left.get_xlim() == right.get_xlim()
        assert left.get_ylim() == right.get_ylim()


def test_a_run_that_begins_with_pure_noise_can_be_drawn(tmp_path):
    """alpha = 0: an SNR of minus infinity decibels, as flow matching starts."""
    run = gaussian_run()
    run = dataclasses.replace(run, alpha=np.array([0.0, *run.alpha[1:]]))
    figure = figures.draw([run_view(run, tmp_path)])
    assert np.isfinite([panel.get_xlim() for panel in figure.axes]).all()
    assert figures.png([run_view(run, tmp_path)]).startswith(b"\x89PNG")


def test_drawing_leaves_the_theme_and_matplotlib_as_they_were(tmp_path):
    before = manim_spectral.theme.palette, dict(matplotlib.rcParams)
    figures.png([run_view(gaussian_run(), tmp_path)])
    assert (manim_spectral.theme.palette, dict(matplotlib.rcParams)) == before
