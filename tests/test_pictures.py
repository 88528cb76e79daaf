"""Pictures of every kind and size are read, in bounded memory, or refused in one line that names the file."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from manim_spectral.sources.files import LARGEST, SMALLEST, read_picture
from spectral.errors import InputError

# What a reader of huge pictures is told: how much it may take beside what it had.
PROBE = """
import resource, sys
from pathlib import Path
from manim_spectral.sources.files import read_picture
import numpy as np
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
picture = read_picture(Path(sys.argv[1]), height=128, width=128)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown * 1024, picture[0].mean(axis=0)[[8, -8]].round(2).tolist())
"""


def read(path, side=128):
    return read_picture(path, height=side, width=side)


@pytest.fixture
def ramp():
    """Dark at the left, bright at the right, with a red upper half."""
    pixels = np.zeros((96, 96, 3), np.uint8)
    pixels[...] = np.linspace(0, 255, 96).astype(np.uint8)[None, :, None]
    pixels[:48, :, 0] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize("name", ["huge.jpg", "huge.png", "huge16.png"])
def test_a_picture_of_108_megapixels(tmp_path, name):
    """12000 x 9000 pixels, where Pillow warns; quietly, and with few bytes a pixel."""
    path, size = tmp_path / name, (12000, 9000)
    row = np.linspace(0, 255, size[0]).astype(np.uint8)
    if name == "huge16.png":
        Image.fromarray(np.broadcast_to(row.astype(np.uint16) * 257, size[::-1])).save(path, compress_level=1)
    else:
        options = {"compress_level": 1} if name == "huge.png" else {"quality": 60}
        Image.fromarray(np.broadcast_to(row, size[::-1])).convert("RGB").save(path, **options)
    ran = subprocess.run([sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True)
    assert ran.stderr == "" and ran.returncode == 0
    grown, ends = ran.stdout.split(maxsplit=1)
    assert int(grown) < (0.3 if name == "huge.jpg" else 7) * 108e6
    # The middle 9000 of 12000 columns: an eighth of the way from black to white is cut at either end.
    left, right = (2 * ((1500 + 9000 * at) / 12000) - 1 for at in (8.5 / 128, 120.5 / 128))
    assert eval(ends) == pytest.approx([left, right], abs=0.02)


def test_a_picture_beyond_all_measure(tmp_path):
    path = tmp_path / "vast.png"
    Image.new("1", (16000, 24000)).save(path)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: found more than {LARGEST:,} pixels, expected fewer"


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_a_picture_without_a_spectrum(tmp_path, size):
    path = tmp_path / "small.png"
    Image.new("RGB", size, "red").save(path)
    with pytest.raises(InputError) as caught:
        read(path)
    found = f"found {size[0]} x {size[1]} pixels, expected {SMALLEST} or more on a side"
    assert str(caught.value) == f"{path}: {found}"
    Image.new("RGB", (SMALLEST, SMALLEST), "red").save(path)
    np.testing.assert_array_equal(read(path)[:, 0, 0], [1, -1, -1])


@pytest.mark.parametrize("factor", [1, 3])
@pytest.mark.parametrize(
    "kind", ["RGB.png", "P.png", "RGBA.png", "CMYK.jpg", "CMYK.tif", "YCbCr.jpg", "RGB.webp", "RGB.bmp"]
)
def test_colours_of_every_kind(tmp_path, ramp, kind, factor):
    mode, path = kind.split(".")[0], tmp_path / kind
    large = ramp.resize((96 * factor, 96 * factor), Image.Resampling.NEAREST)
    large.convert(mode).save(path)
    got = read(path, side=32)
    expected = np.asarray(ramp.resize((32, 32), Image.Resampling.BOX), float).transpose(2, 0, 1) / 127.5 - 1
    inside = np.s_[:, [4, 28], 4:-4]
    np.testing.assert_allclose(got[inside], expected[inside], atol=0.12 if mode == "P" else 0.05)


@pytest.mark.parametrize("kind", ["L", "1", "LA", "I;16", "I", "F", "grey palette"])
@pytest.mark.parametrize("side", [64, 300])
def test_greys_of_every_kind(tmp_path, kind, side):
    """Left half black, right half white, however they are stored."""
    pixels = np.zeros((side, side), np.uint8)
    pixels[:, side // 2 :] = 255
    grey, path = Image.fromarray(pixels), tmp_path / "grey.png"
    match kind:
        case "I;16":
            stored = Image.fromarray(pixels.astype(np.uint16) * 257)
        case "I":
            stored, path = Image.fromarray(pixels.astype(np.int32) * 257), tmp_path / "grey.tif"
        case "F":
            stored, path = Image.fromarray(pixels.astype(np.float32)), tmp_path / "grey.tif"
        case "grey palette":
            stored = grey.convert("P")
        case _:
            stored = grey.convert(kind)
    stored.save(path)
    got = read(path, side=32)
    np.testing.assert_allclose(got[..., 2:14], -1, atol=0.01)
    np.testing.assert_allclose(got[..., 18:30], 1, atol=0.01)


@pytest.mark.parametrize("kind", ["RGBA", "LA", "P", "colour key"])
@pytest.mark.parametrize("side", [64, 300])
def test_what_is_transparent_lies_on_white_paper(tmp_path, kind, side):
    path = tmp_path / "clear.png"
    black = Image.new("RGBA", (side, side), "black")
    black.paste((255, 0, 0, 0), (0, 0, side // 2, side))
    if kind == "colour key":
        keyed = Image.new("RGB", (side, side), "black")
        keyed.paste((1, 2, 3), (0, 0, side // 2, side))
        keyed.save(path, transparency=(1, 2, 3))
    else:
        black.convert(kind).save(path)
    got = read(path, side=32)
    np.testing.assert_allclose(got[..., 2:14], 1, atol=0.02)
    np.testing.assert_allclose(got[..., 18:30], -1, atol=0.02)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("side", [64, 300])
def test_a_camera_held_upright(tmp_path, ramp, suffix, side):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    path = tmp_path / f"turned.{suffix}"
    stored = ramp.resize((side, side)).transpose(Image.Transpose.ROTATE_90)
    stored.save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    red, green = read(path, side=32)[:2]
    assert red[4].min() > 0.9 and red[28, 4] < -0.5 < 0.5 < red[28, 28]
    assert green[16, 28] > 0.5 > -0.5 > green[16, 4]


def test_of_a_film_the_first_picture(tmp_path):
    first, second = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    first.save(tmp_path / "film.gif", save_all=True, append_images=[second, second])
    np.testing.assert_allclose(read(tmp_path / "film.gif")[:, 60, 60], [1, -1, -1], atol=0.02)


def noisy(path, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "tif", "bmp"])
def test_files_that_were_cut_off(tmp_path, suffix):
    path = tmp_path / f"cut.{suffix}"
    data = noisy(path)
    for length in (0, 3, 20, len(data) // 2):
        path.write_bytes(data[:length])
        with pytest.raises(InputError) as caught:
            read(path)
        line = str(caught.value)
        assert line.startswith(f"{path}: ") and line.count(str(path)) == 1 and "\n" not in line


def test_what_is_no_picture(tmp_path):
    (tmp_path / "text.png").write_text("not a picture\n")
    with pytest.raises(InputError, match=r"text\.png: found no picture, expected a PNG, JPEG or the like"):
        read(tmp_path / "text.png")
    with pytest.raises(InputError, match="found a folder, expected a picture"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file, expected a picture"):
        read(tmp_path / "none.png")


def test_odd_files_are_read_without_a_word(tmp_path, ramp):
    """A palette whose transparency is a list of bytes, of which Pillow would warn."""
    path = tmp_path / "odd.png"
    ramp.convert("P").save(path, transparency=bytes(range(256)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(path)
