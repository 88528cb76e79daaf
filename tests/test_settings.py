import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from tiny_models import ddpm, save_tiny_model, tiny_network
from tiny_pipelines import tiny_pipeline

from manim_spectral.sources import material, recordings, settings
from manim_spectral.sources.files import read_clip, read_picture
from spectral import MelSettings, log_mel, read_audio
from spectral.errors import InputError
from spectral.recording.record import bridge, record
from spectral.sound.loudness import integrated_loudness

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A working directory, a cache and an environment that hold nothing yet."""
    for variable in list(os.environ):
        if variable.upper().startswith("SPECTRAL_"):
            monkeypatch.delenv(variable)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    cache = tmp_path / "cache"
    monkeypatch.setattr(recordings, "user_cache_dir", lambda name: str(cache / name))
    return cache / "spectral-autoregression"


@pytest.fixture
def choose(monkeypatch, model):
    """Set variables, for good, beside a tiny model and few steps, and load the settings."""
    monkeypatch.setenv("SPECTRAL_MODEL", str(model))
    monkeypatch.setenv("SPECTRAL_STEPS", "3")

    def choose(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        return settings.load_settings()

    return choose


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "mine.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def refusal(capfd):
    """The one line on standard error with which a call leaves with status 2."""

    def refusal(call, *args, **kwargs):
        capfd.readouterr()
        with pytest.raises(SystemExit) as caught:
            call(*args, **kwargs)
        out, err = capfd.readouterr()
        assert caught.value.code == 2 and out == "" and err.startswith("error: ") and err.count("\n") == 1
        return err

    return refusal


# ---------------------------------------------------------------- what was chosen


def test_defaults():
    chosen = settings.load_settings()
    assert (chosen.steps, chosen.seed, chosen.eta, chosen.theme) == (50, None, 0.0, "dark")
    assert chosen.trajectory is None and chosen.image is None and chosen.audio is None
    assert chosen.model is None  # each scene's own


def test_the_carried_model_and_photograph_are_there():
    assert (
        recordings.ModelFolder.check(material.carried("models", recordings.MODELS["image"])).name
        == "photos-64"
    )
    assert read_audio(material.carried("clips", material.CLIP)).sr == 16000
    assert Image.open(material.carried("photographs", material.PHOTOGRAPH)).size == (256, 256)


def test_environment_goes_before_the_file(monkeypatch):
    Path("spectral.toml").write_text('steps = 20\neta = 1\ntheme = "light"\nmodel = "~/models/own"\n')
    monkeypatch.setenv("SPECTRAL_STEPS", "30")
    monkeypatch.setenv("SPECTRAL_SEED", "")  # as good as unset
    chosen = settings.load_settings()
    assert (chosen.steps, chosen.eta, chosen.theme, chosen.seed) == (30, 1.0, "light", None)
    assert chosen.model == Path.home() / "models" / "own"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("steps", 1, "greater than or equal to 2"),
        ("steps", 0, "greater than or equal to 2"),
        ("steps", -1, "greater than or equal to 2"),
        ("steps", "many", "integer"),
        ("steps", 2.5, "integer"),
        ("seed", -1, "greater than or equal to 0"),
        ("seed", "x", "integer"),
        ("eta", -0.5, "greater than or equal to 0"),
        ("eta", 2, "less than or equal to 1"),
        ("eta", "nan", "expected"),
        ("theme", "blue", "'dark' or 'light'"),
    ],
)
def test_values_out_of_range(monkeypatch, refusal, name, value, expected):
    Path("spectral.toml").write_text(f"{name} = {value!r}\n")
    line = refusal(settings.load_settings)
    assert f"{name} in spectral.toml is" in line and expected in line
    Path("spectral.toml").unlink()
    monkeypatch.setenv(f"SPECTRAL_{name.upper()}", str(value))
    line = refusal(settings.load_settings)
    assert f"SPECTRAL_{name.upper()} is '{value}'" in line and expected in line


def test_typos(monkeypatch, refusal):
    Path("spectral.toml").write_text("step = 20\n")
    assert "step in spectral.toml: no such setting, did you mean steps?" in refusal(settings.load_settings)
    Path("spectral.toml").write_text("[sampling]\nsteps = 20\n")
    assert "expected one of trajectory, model, steps" in refusal(settings.load_settings)
    Path("spectral.toml").unlink()
    monkeypatch.setenv("SPECTRAL_TRAJECTROY", "run")
    assert "SPECTRAL_TRAJECTROY: no such setting, did you mean SPECTRAL_TRAJECTORY?" in refusal(
        settings.load_settings
    )


def test_a_file_that_is_no_toml(refusal):
    Path("spectral.toml").write_text("steps =\n")
    assert "spectral.toml: cannot be read" in refusal(settings.load_settings)
    Path("spectral.toml").write_bytes(b"theme = '\xff'\n")
    assert "spectral.toml: cannot be read" in refusal(settings.load_settings)


def test_conflicts(choose, refusal, tmp_path):
    def refused(modality="image", **variables):
        return refusal(recordings.stage_trajectories, choose(**variables), modality)

    Path("spectral.toml").write_text("seed = 3\n")
    assert "SPECTRAL_IMAGE and seed in spectral.toml" in refused(SPECTRAL_IMAGE="a.png")
    assert "SPECTRAL_TRAJECTORY and SPECTRAL_IMAGE" in refused(SPECTRAL_TRAJECTORY="run")
    Path("spectral.toml").write_text('image = "a.png"\n')
    os.environ.pop("SPECTRAL_TRAJECTORY"), os.environ.pop("SPECTRAL_IMAGE")
    chosen = choose(SPECTRAL_AUDIO="a.wav")  # one for the scenes about pictures, one for those about sound
    assert (chosen.image, chosen.audio) == (Path("a.png"), Path("a.wav"))
    Path("spectral.toml").write_text("seed = 1\n")
    assert "SPECTRAL_AUDIO and seed in spectral.toml" in refused("waveform")
    # Collections stand beside a run: other scenes show them.
    chosen = choose(SPECTRAL_AUDIO=tmp_path, SPECTRAL_IMAGES=tmp_path)
    assert recordings.stage_trajectories(chosen).main.seed == 1


# ---------------------------------------------------------------- pictures and clips


def test_carried_material_begins_with_the_default():
    chosen = settings.load_settings()
    assert material.picture(chosen).name == "red panda" == material.pictures(chosen, 4)[0].name
    shown = material.pictures(chosen)
    assert len({picture.name for picture in shown}) == len(shown) == 12
    assert all(picture.pixels.shape == (3, material.SIDE, material.SIDE) for picture in shown)
    assert material.clip_path(chosen).name == material.CLIP
    heard = material.clips(chosen, seconds=0.5)
    assert len(heard) == 8 and heard[0].name == "do not disturb"
    assert all(clip.sound.samples.shape == (1, clip.sound.sr // 2) for clip in heard)
    alike = material.clips(chosen, 3, seconds=4, sr=8000)  # the first lasts 1.4 s: silence follows
    assert [(clip.sound.sr, clip.sound.samples.shape) for clip in alike] == [(8000, (1, 32000))] * 3
    assert alike[0].sound.samples[0, 8000:10000].any() and not alike[0].sound.samples[0, 12000:].any()


def test_a_folder_of_one_s_own(choose, picture, voice, tmp_path, refusal):
    for name in ("b.PNG", "a.jpg", ".hidden.png"):
        Image.open(picture).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    chosen = choose(SPECTRAL_IMAGES=tmp_path, SPECTRAL_AUDIO=tmp_path)
    assert [shown.name for shown in material.pictures(chosen)] == ["a.jpg", "b.PNG", "mine.png"]
    assert material.picture(chosen).name == "a.jpg"
    assert material.clip_path(chosen) == voice
    (clip,) = material.clips(chosen, 4, seconds=1)
    assert clip.name == "voice.wav" and clip.sound.sr == 44100
    both = choose(SPECTRAL_IMAGE=picture)
    assert material.picture(both).name == "mine.png" != material.pictures(both)[0].name
    empty = tmp_path / "empty"
    empty.mkdir()
    chosen = choose(SPECTRAL_IMAGES=empty, SPECTRAL_AUDIO=empty)
    os.environ.pop("SPECTRAL_IMAGE")
    assert f"{empty}: holds no pictures" in refusal(material.pictures, chosen)
    assert f"{empty}: holds no sounds" in refusal(material.clip_path, chosen)
    missing = choose(SPECTRAL_IMAGES=tmp_path / "none")
    assert "expected a folder of pictures" in refusal(material.pictures, missing)


def test_one_s_own_file_stands_before_the_carried_ones(choose, picture, voice):
    chosen = choose(SPECTRAL_IMAGE=picture, SPECTRAL_AUDIO=voice)
    assert [shown.name for shown in material.pictures(chosen, 2)] == ["mine.png", "red panda"]
    assert [clip.name for clip in material.clips(chosen, 2, seconds=1)] == ["voice.wav", "do not disturb"]


def test_carried_ones_go_by_their_bare_names(choose, picture, voice):
    chosen = choose(
        SPECTRAL_MODEL="photos-64", SPECTRAL_IMAGE="kitten", SPECTRAL_AUDIO="speech_now_unmuted.flac"
    )
    assert chosen.model == material.carried("models", "photos-64")
    assert material.picture(chosen).name == "kitten"
    assert material.clip_path(chosen) == material.carried("clips", "speech_now_unmuted.flac")
    Path("kitten").write_bytes(picture.read_bytes())  # one's own comes first
    assert choose(SPECTRAL_IMAGE="kitten").image == Path("kitten")


def test_a_model_that_nobody_knows(choose, monkeypatch, refusal):
    monkeypatch.setenv("SPECTRAL_MODEL", "photo-64")
    line = refusal(settings.load_settings)
    said = "no model is called photo-64; carried are mel-64, photos-64, speech-16k"
    assert line == f"error: SPECTRAL_MODEL: {said}\n"


# ---------------------------------------------------------------- clips for a model


@pytest.fixture
def voice(tmp_path):
    """Three seconds at 44.1 kHz, loud from 1.2 s to 2.4 s."""
    time = np.arange(3 * 44100) / 44100
    loud = np.where((time > 1.2) & (time < 2.4), 0.5, 0.01)
    path = tmp_path / "voice.wav"
    soundfile.write(path, loud * np.sin(2 * np.pi * 440 * time), 44100)
    return path


def sound_model(folder: Path, config: dict, mel: MelSettings | None = None) -> Path:
    (folder / "unet").mkdir(parents=True)
    (folder / "unet" / "config.json").write_text(json.dumps(config))
    if mel:
        (folder / "mel.json").write_text(json.dumps(mel.to_dict()))
    return folder


def test_a_clip_is_the_loudest_part_at_the_models_rate(voice, tmp_path):
    model = sound_model(tmp_path / "m", {"sample_rate": 8000, "sample_size": 8000})
    y = recordings._clip(model, voice, "waveform", own=False)
    assert y.shape == (1, 8000) and y.dtype == np.float32
    assert np.sqrt((y**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)  # loud throughout
    spectrum = np.abs(np.fft.rfft(y[0]))
    assert spectrum.argmax() == 440
    own = recordings._clip(model, voice, "waveform", own=True)
    gain = np.linalg.norm(own) / np.linalg.norm(y)
    np.testing.assert_allclose(own, gain * y, atol=1e-5)
    assert integrated_loudness(own, sr=8000) == pytest.approx(recordings.LOUDNESS, abs=0.1)


def test_a_clip_for_a_model_of_spectrograms_is_one(voice, tmp_path):
    mel = MelSettings(sr=16000, n_fft=512, hop_length=128, n_mels=32)
    model = sound_model(tmp_path / "m", {"sample_size": [32, 64]}, mel)
    picture = recordings._clip(model, voice, "mel", own=False)
    expected = log_mel(read_clip(voice, sr=16000, samples=64 * 128), settings=mel)
    np.testing.assert_array_equal(picture, expected[None])
    assert picture.shape == (1, 32, 64)


def test_what_follows_a_short_clip_is_silence(tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, np.full(800, 0.25), 8000)
    y = read_clip(path, sr=8000, samples=2000)
    assert y.shape == (2000,) and y[:800] == pytest.approx(0.25, abs=1e-4) and not y[800:].any()


def test_models_and_clips_that_are_no_sound(choose, refusal, voice, tmp_path):
    deaf = sound_model(tmp_path / "deaf", {"sample_size": 16})
    chosen = choose(SPECTRAL_MODEL=deaf, SPECTRAL_AUDIO=voice)
    assert "expected a model of waveforms" in refusal(recordings.stage_trajectories, chosen, "waveform")
    assert "mel.json" in refusal(recordings.stage_trajectories, chosen, "mel")
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    able = sound_model(tmp_path / "able", {"sample_size": 800, "sample_rate": 8000})
    chosen = choose(SPECTRAL_MODEL=able, SPECTRAL_AUDIO=text)
    assert "text.wav: cannot be read" in refusal(recordings.stage_trajectories, chosen, "waveform")
    soundfile.write(text, np.zeros(900), 8000)
    assert "found silence" in refusal(recordings.stage_trajectories, chosen, "waveform")


# ---------------------------------------------------------------- the runs that follow


def test_an_image_makes_a_bridge_beside_a_free_run(choose, picture, model):
    stage = recordings.stage_trajectories(choose(SPECTRAL_IMAGE=picture, SPECTRAL_ETA=0.5))
    pixels = np.asarray(Image.open(picture), np.float32).transpose(2, 0, 1) / 127.5 - 1
    expected = bridge(model, pixels, steps=3, seed=recordings.BRIDGE_SEED)
    assert (stage.main.origin, stage.main.source, stage.main.n_steps) == ("bridge", "mine.png", 3)
    np.testing.assert_allclose(stage.main.sample, pixels, atol=1e-6)
    np.testing.assert_allclose(stage.main.denoised, expected.denoised, atol=1e-5)
    assert (stage.free.origin, stage.free.eta, stage.free.seed) == ("free", 0.5, recordings.FREE_SEED)
    assert stage.free.sample.shape == (3, 16, 16)  # the model's own size


def test_a_clip_makes_a_bridge_of_sound_beside_a_free_run(choose, voice, tmp_path):
    tiny_pipeline("dance_diffusion").save_pretrained(tmp_path / "waves")
    chosen = choose(SPECTRAL_MODEL=tmp_path / "waves", SPECTRAL_AUDIO=voice)
    stage = recordings.stage_trajectories(chosen, "waveform")
    expected = recordings._clip(tmp_path / "waves", voice, "waveform", own=True)
    assert (stage.main.modality, stage.main.origin, stage.main.source) == ("waveform", "bridge", "voice.wav")
    assert expected.shape == (2, 512) and (expected[0] == expected[1]).all()  # as many as the model has
    np.testing.assert_allclose(stage.main.sample, expected, atol=1e-6)
    assert stage.main.sample_rate == 4000
    assert (stage.free.modality, stage.free.origin) == ("waveform", "free")


def test_a_clip_makes_a_bridge_of_spectrograms_too(choose, tmp_path):
    mel = MelSettings(sr=16000, n_fft=256, hop_length=128, n_mels=16)
    network = tiny_network(in_channels=1, out_channels=1)
    ddpm(network, beta_schedule="squaredcos_cap_v2").save_pretrained(tmp_path / "mels")
    (tmp_path / "mels" / "mel.json").write_text(json.dumps(mel.to_dict()))
    stage = recordings.stage_trajectories(choose(SPECTRAL_MODEL=tmp_path / "mels"), "mel")
    assert (stage.main.modality, stage.main.source) == ("mel", "do not disturb")
    assert stage.main.mel == mel.to_dict()
    assert stage.main.sample.shape == (1, 16, 16)


def test_by_default_a_bridge_to_the_carried_photograph(choose):
    stage = recordings.stage_trajectories(choose())
    assert (stage.main.origin, stage.main.source) == ("bridge", "red panda")
    assert stage.main.signal_shape == (128, 128)
    assert stage.free.origin == "free"


def test_a_seed_makes_it_all_a_free_run(choose, model):
    stage = recordings.stage_trajectories(choose(SPECTRAL_SEED=5, SPECTRAL_ETA=1))
    assert stage.free is None
    np.testing.assert_array_equal(stage.main.sample, record(model, steps=3, seed=5, eta=1.0).sample)


def test_a_trajectory_is_shown_as_it_is(choose, model, tmp_path, cache, refusal):
    record(model, steps=4, seed=9).save(tmp_path / "run")
    stage = recordings.stage_trajectories(choose(SPECTRAL_TRAJECTORY=tmp_path / "run"))
    assert (stage.main.seed, stage.main.n_steps, stage.free) == (9, 4, None)
    assert not cache.exists()
    (tmp_path / "run").write_bytes(b"")
    chosen = choose(SPECTRAL_TRAJECTORY=tmp_path / "run")
    assert str(tmp_path / "run") in refusal(recordings.stage_trajectories, chosen)


def test_recordings_are_kept_and_used_again(choose, cache, monkeypatch, capfd):
    chosen = choose(SPECTRAL_SEED=5)
    first = recordings.stage_trajectories(chosen).main
    (kept,) = cache.iterdir()
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "tiny" in err and "seed 5" in err and "3 steps" in err and str(kept) in err

    monkeypatch.setattr("spectral.recording.record.record", None)  # nothing is recorded twice
    again = recordings.stage_trajectories(chosen).main
    np.testing.assert_array_equal(again.x_t, first.x_t)
    assert capfd.readouterr() == ("", "")


def test_everything_that_decides_the_numbers_is_in_the_name(choose, cache, monkeypatch, tmp_path, picture):
    def count(**variables):
        recordings.stage_trajectories(choose(**variables))
        return len(list(cache.iterdir()))

    assert count(SPECTRAL_SEED=1) == count(SPECTRAL_SEED=1, SPECTRAL_THEME="light") == 1
    assert count(SPECTRAL_SEED=2) == 2
    assert count(SPECTRAL_STEPS=4) == 3
    assert count(SPECTRAL_ETA=1) == 4
    other = save_tiny_model(tmp_path / "other" / "tiny")
    assert count(SPECTRAL_MODEL=other) == 4  # the same model elsewhere
    scheduler = other / "scheduler" / "scheduler_config.json"
    scheduler.write_text(scheduler.read_text().replace("v_prediction", "epsilon"))
    assert count() == 5
    weights = other / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-2] ^= 1
    weights.write_bytes(data)
    assert count() == 6
    monkeypatch.setattr(recordings, "library_versions", lambda: {"torch": "1.0"})
    assert count() == 7
    monkeypatch.setattr(recordings, "FORMAT_VERSION", recordings.FORMAT_VERSION + 1)
    assert count() == 8

    monkeypatch.delenv("SPECTRAL_SEED")
    assert count(SPECTRAL_IMAGE=picture) == 10  # the bridge and the free run beside it
    Image.new("RGB", (128, 128), "red").save(picture)
    assert count() == 11


def test_scenes_drawn_at_once_sample_a_run_once(choose, cache):
    choose(SPECTRAL_SEED=5)
    code = "from manim_spectral.sources import recordings, settings\n"
    code += "recordings.stage_trajectories(settings.load_settings())"
    environment = os.environ | {"XDG_CACHE_HOME": str(cache.parent)}
    options = dict(env=environment, stderr=subprocess.PIPE, text=True)
    both = [subprocess.Popen([sys.executable, "-c", code], **options) for _ in range(2)]
    said = "".join(process.communicate()[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert said.count("Sampling tiny") == 1
    assert [path.suffix for path in cache.iterdir()] == [".safetensors"]


@pytest.mark.parametrize("damage", [b"", b"half", "flip", "folder"])
def test_a_damaged_recording_is_made_again(choose, cache, damage):
    chosen = choose(SPECTRAL_SEED=5)
    recordings.stage_trajectories(chosen)
    (kept,) = cache.iterdir()
    sound = kept.read_bytes()
    if damage == "folder":
        kept.unlink()
        kept.mkdir()
    else:
        kept.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]) if damage == "flip" else damage)
    if damage == "folder":
        with pytest.raises(SystemExit):
            recordings.stage_trajectories(chosen)
    else:
        recordings.stage_trajectories(chosen)
        assert kept.read_bytes() == sound


def test_an_unusable_cache(choose, cache, refusal, monkeypatch):
    chosen = choose(SPECTRAL_SEED=5)
    cache.parent.write_text("a file where the folder should be")
    assert str(cache) in refusal(recordings.stage_trajectories, chosen)
    cache.parent.unlink()
    cache.mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert str(cache) in refusal(recordings.stage_trajectories, chosen)


def test_models_that_are_none(choose, refusal, tmp_path):
    for name, word in (
        ("missing", "no such folder"),
        ("empty", "model_index.json"),
        ("file", "not a folder"),
    ):
        (tmp_path / "empty").mkdir(exist_ok=True)
        (tmp_path / "file").touch()
        line = refusal(recordings.stage_trajectories, choose(SPECTRAL_MODEL=tmp_path / name, SPECTRAL_SEED=1))
        assert str(tmp_path / name) in line and word in line


def test_more_steps_than_the_model_knows(choose, capfd):
    chosen = choose(SPECTRAL_SEED=1, SPECTRAL_STEPS=2000)
    with pytest.raises(SystemExit) as caught:
        recordings.stage_trajectories(chosen)
    _, line = capfd.readouterr().err.splitlines()  # the first says what was going to be sampled
    assert caught.value.code == 2 and "at most the model's 1000" in line


# ---------------------------------------------------------------- pictures


def quarters(width, height):
    """Red, green, blue and white quarters, clockwise from the upper left."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left, 0] = pixels[:top, left:, 1] = pixels[top:, left:, 2] = pixels[top:, :left] = 255
    return Image.fromarray(pixels)


def corners(picture):
    """Signs of the three channels in the corners, clockwise from the upper left."""
    at = [picture[:, y, x] for y, x in ((4, 4), (4, -5), (-5, -5), (-5, 4))]
    return [tuple(int(v > 0) for v in colour) for colour in at]


QUARTERS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)]


@pytest.mark.parametrize("size", [(128, 128), (300, 200), (90, 130)])
def test_the_central_square(tmp_path, size):
    quarters(*size).save(tmp_path / "picture.png")
    picture = read_picture(tmp_path / "picture.png", height=128, width=128)
    assert picture.shape == (3, 128, 128) and picture.dtype == np.float32
    assert picture.min() == -1 and picture.max() == 1
    assert corners(picture) == QUARTERS
    assert np.count_nonzero(picture[0, 4] > 0) == 64  # the middle stays in the middle


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, orientation):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters(160, 128)
    if orientation > 1:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "picture.jpg", exif=exif, quality=95)
    assert corners(read_picture(tmp_path / "picture.jpg", height=128, width=128)) == QUARTERS


def test_other_kinds_of_pixels(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(np.linspace(0, 65535, 128 * 128).astype(np.uint16).reshape(128, 128)).save(path)
    deep = read_picture(path, height=128, width=128)
    np.testing.assert_allclose(deep[0].ravel(), np.linspace(-1, 1, 128 * 128), atol=1 / 127)
    Image.new("RGBA", (128, 128), (0, 0, 0, 0)).save(path)
    np.testing.assert_array_equal(read_picture(path, height=128, width=128), 1)  # nothing, on white paper
    Image.new("L", (128, 128), 255).save(path)
    np.testing.assert_array_equal(read_picture(path, height=128, width=128), 1)
    Image.new("CMYK", (128, 128), (0, 0, 0, 255)).save(tmp_path / "picture.jpg")
    assert read_picture(tmp_path / "picture.jpg", height=128, width=128).max() < -0.9


def test_pictures_that_cannot_be_read(choose, picture, refusal, tmp_path):
    data = picture.read_bytes()
    for name, content in (
        ("none", None),
        ("empty", b""),
        ("text", b"hello"),
        ("half", data[: len(data) // 2]),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=str(path)):
            read_picture(path, height=128, width=128)
        assert str(path) in refusal(recordings.stage_trajectories, choose(SPECTRAL_IMAGE=path))
    with pytest.raises(InputError, match=str(tmp_path)):
        read_picture(tmp_path, height=128, width=128)


# ---------------------------------------------------------------- from the command line


def test_a_kept_recording_is_shown_without_loading_torch(choose, cache):
    recordings.stage_trajectories(choose(SPECTRAL_SEED=1))
    code = """
import sys
from manim_spectral.sources import settings
from manim_spectral.sources import recordings
print(recordings.stage_trajectories(settings.load_settings()).main.seed, "torch" in sys.modules)
"""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache.parent)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("1 False\n", "")


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"SPECTRAL_STEP": "20"}, "did you mean SPECTRAL_STEPS?"),
        ({"XDG_CACHE_HOME": "/dev/null", "SPECTRAL_SEED": "1"}, "the cache folder cannot be made"),
    ],
)
def test_manim_ends_with_one_line_and_status_2(model, tmp_path, variables, word):
    scene = tmp_path / "example.py"
    scene.write_text(
        "from manim import Scene\n"
        "from manim_spectral.sources import recordings, settings\n"
        "class Example(Scene):\n"
        "    def construct(self):\n"
        "        recordings.stage_trajectories(settings.load_settings())\n"
    )
    command = [sys.executable, "-m", "manim", "-ql", "--media_dir", str(tmp_path / "media"), str(scene)]
    environment = os.environ | {"SPECTRAL_MODEL": str(model)} | variables
    ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stdout + ran.stderr
    assert [line for line in ran.stderr.splitlines() if word in line] == ran.stderr.splitlines()[-1:]
