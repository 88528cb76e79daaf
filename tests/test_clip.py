"""`spectral clip`: files that play, of a size that was asked for, or one line that says why not."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from small_films import heard_in, shades_of
from studio_support import call, refusal

from manim_spectral import story
from manim_spectral.stage.muxing import RATE, length, seconds
from manim_spectral.studio import clip, encoding
from manim_spectral.studio.chapter_film import ChapterFilm, Section
from manim_spectral.studio.film_format import FilmFormat
from spectral import InputError

FRAMES = 45
SIZE = (320, 180)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Three seconds of a bar that crosses fine grain, with sound: it does not come out small by itself."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    grain = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    with av.open(str(path), "w") as target:
        shown = target.add_stream("libx264", rate=15, options={"crf": "18"})
        shown.width, shown.height = SIZE
        shown.pix_fmt = "yuv420p"
        heard = target.add_stream("aac", rate=RATE, layout="mono")
        for k in range(FRAMES):
            pixels = np.roll(grain, 3 * k, axis=1)
            pixels[:, round(k / FRAMES * SIZE[0]) :][:, :40] = (230, 40, 40)
            target.mux(shown.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            tone = 0.3 * np.sin(2 * np.pi * 500 * np.arange(k * 3200, (k + 1) * 3200) / RATE)
            samples = av.AudioFrame.from_ndarray(tone[None].astype(np.float32), "fltp", "mono")
            samples.sample_rate, samples.pts = RATE, k * 3200
            target.mux(heard.encode(samples))
        target.mux(shown.encode(None))
        target.mux(heard.encode(None))
    return path


def gif_of(path: Path) -> tuple[list[np.ndarray], float, int | None]:
    """Pictures, seconds in all, and how often it is played (0: for ever)."""
    with Image.open(path) as image:
        frames, lasts = [], 0
        for k in range(image.n_frames):
            image.seek(k)
            frames.append(np.asarray(image.convert("RGB")))
            lasts += image.info["duration"]
        return frames, lasts / 1000, image.info.get("loop")


def test_a_gif_lasts_as_long_as_its_film_and_goes_round(film, tmp_path):
    told = clip.write(film, tmp_path / "x.gif", limit=None)
    assert told == "320 x 180, 15 pictures a second, 255 colours"
    frames, lasts, loop = gif_of(tmp_path / "x.gif")
    assert (len(frames), lasts, loop) == (FRAMES, pytest.approx(3, abs=0.011), 0)
    red = [np.abs(f[:, :, 0].astype(int) - f[:, :, 1] - 60).argmin() for f in frames]
    assert len(set(red)) > 10  # it moves
    for frame, k in ((frames[0], 0), (frames[30], 30)):
        original = np.asarray(encoding.picture(film, at=k / 15), int)
        assert np.abs(frame - original).mean() < 16  # 255 colours of grain


@pytest.mark.parametrize(("suffix", "limits"), [("gif", (900_000, 150_000)), ("mp4", (200_000, 60_000))])
def test_what_is_lowered_until_it_fits_is_told(film, tmp_path, suffix, limits):
    for limit in limits:
        out = tmp_path / f"x.{suffix}"
        told = clip.write(film, out, limit=limit)
        assert 0.2 * limit < out.stat().st_size <= limit
        width = int(told.split()[0])
        assert encoding.shape(out)[0] == width <= 320
        assert seconds(out) == pytest.approx(3, abs=0.3)
    assert list(tmp_path.iterdir()) == [out]


def test_what_cannot_fit_is_refused_and_nothing_is_left(film, tmp_path):
    (tmp_path / "x.gif").write_text("mine")
    for suffix in ("gif", "png", "mp4"):
        with pytest.raises(InputError, match=rf"x\.{suffix}: \d.* MB even at .*, expected at most 0.00 MB: "):
            clip.write(film, tmp_path / f"x.{suffix}", limit=300)
    assert [p.name for p in tmp_path.iterdir()] == ["x.gif"]
    assert (tmp_path / "x.gif").read_text() == "mine"


def test_an_mp4_is_the_film_itself_and_plays_while_it_loads(film, tmp_path):
    clip.write(film, tmp_path / "x.mp4", limit=None)
    assert shades_of(tmp_path / "x.mp4") == shades_of(film)
    np.testing.assert_array_equal(heard_in(tmp_path / "x.mp4"), heard_in(film))
    data = (tmp_path / "x.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_smaller_mp4_keeps_pace_and_sound(film, tmp_path):
    encoding.recode(film, tmp_path / "x.mp4", quality=40, size=(160, 90))
    assert length(tmp_path / "x.mp4") == (FRAMES, 15)
    np.testing.assert_array_equal(heard_in(tmp_path / "x.mp4"), heard_in(film))
    assert (tmp_path / "x.mp4").stat().st_size < film.stat().st_size / 2


def test_a_png_is_the_end_of_the_section(film, tmp_path):
    clip.write(film, tmp_path / "x.png", limit=None)
    with av.open(str(film)) as container:
        last = [*container.decode(video=0)][-1].to_image()
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), np.asarray(last))
    clip.write(film, tmp_path / "x.png", limit=40_000)
    assert (tmp_path / "x.png").stat().st_size <= 40_000


@pytest.mark.parametrize("at", [0, 0.4, 1.0, 2.9])
def test_the_picture_at_a_time(film, at):
    with av.open(str(film)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    np.testing.assert_array_equal(np.asarray(encoding.picture(film, at=at)), frames[round(15 * at)])


# -- the command ---------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(film, monkeypatch):
    """The command with a film that is there already, instead of manim's."""
    sections = [Section(name, film, 0, 3, "", False) for name in ("noise", "lock-in", "order")]
    asked = []

    def render(chapters, film_format, **_):
        asked.append(film_format)
        return [ChapterFilm(chapters[0], film, film, tuple(sections), 9, None)]

    monkeypatch.setattr("manim_spectral.studio.rendering.render", render)
    return asked


def test_the_command_says_what_it_chose(drawn, tmp_path):
    out = tmp_path / "x.gif"
    argv = ["clip", "sampling", "--section", "lock-in", "-o", out, "--size-limit", "0.5MB", "--shape", "1:1"]
    ran = call(*argv, "--theme", "light", "-q", "l")
    assert ran.stdout == f"{out}\n"
    assert "pictures a second" in ran.stderr and "MB" in ran.stderr
    assert out.stat().st_size <= 500_000
    assert drawn == [FilmFormat(shape="1:1", theme="light", quality="l", container="mp4")]
    call("clip", "scenes/sampling.py", "-o", tmp_path / "x.png")  # a scene as manim is told it


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ["sampling", "-o", "x.avi"],
            "--out x.avi: no kind of clip, expected a name that ends in .gif, .mp4",
        ),
        (["sampling", "-o", "x"], "expected a name that ends in"),
        (["sampling", "-o", "missing/x.gif"], "no folder missing"),
        (["samplign", "-o", "x.gif"], "samplign: no such scene, did you mean 'sampling'?"),
        (["opera", "-o", "x.gif"], "opera: no such scene, expected one of "),
        (
            ["sampling", "--section", "lock in", "-o", "x.gif"],
            "lock in: no such section, did you mean 'lock-in'?",
        ),
        (["sampling", "--section", "zzz", "-o", "x.gif"], "expected one of noise, lock-in, order"),
        (
            ["sampling", "-o", "x.gif", "--size-limit", "small"],
            "--size-limit small: no size, expected one such as",
        ),
        (["sampling", "-o", "x.gif", "--size-limit", "0MB"], "--size-limit 0MB: no size"),
        (["sampling", "-o", "x.gif", "--size-limit", "1KB"], "expected at most 0.00 MB"),
    ],
)
def test_bad_options_are_refused_in_a_line(drawn, tmp_path, monkeypatch, argv, said):
    monkeypatch.chdir(tmp_path)
    assert said in refusal("clip", *argv)
    assert list(tmp_path.iterdir()) == []


def test_sizes():
    sizes = {"5MB": 5e6, "800KB": 8e5, "1.5 mb": 1.5e6, "300": 300, "2G": 2e9}
    assert {text: clip._bytes(None, None, text) for text in sizes} == sizes


def test_every_scene_can_be_clipped(drawn, tmp_path):
    for name in story.CHAPTERS:
        call("clip", name, "-o", tmp_path / "x.mp4")
