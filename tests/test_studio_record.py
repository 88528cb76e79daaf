"""`spectral record`: each option reaches the recording, files are whole, and the help's examples run."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess

import librosa
import numpy as np
import pytest
from diffusers import DanceDiffusionPipeline, DDPMPipeline, DDPMScheduler
from PIL import Image
from studio_support import SPECTRAL, call, examples, refusal
from tiny_models import save_tiny_model, tiny_network
from tiny_pipelines import tiny_pipeline

import spectral
from manim_spectral.sources.files import read_clip, read_picture
from manim_spectral.studio import signals
from spectral import InputError, MelSettings, Trajectory, WaveformUNet
from spectral.assets import carried

MEL = MelSettings(n_mels=16, n_fft=256, hop_length=64, sr=4000, fmax=2000.0)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Tiny models of every kind, a picture and a sound, laid out as the help's examples have them."""
    folder = tmp_path_factory.mktemp("models")
    save_tiny_model(folder / "photos-64")
    network = WaveformUNet(
        sample_size=4096, sample_rate=4000, block_out_channels=(16, 16), patch_size=4, attention_head_dim=8
    )
    speech = folder / "speech-16k"
    scheduler = DDPMScheduler(prediction_type="v_prediction", clip_sample=False)
    DanceDiffusionPipeline(unet=network.eval(), scheduler=scheduler).save_pretrained(speech)
    index = json.loads((speech / "model_index.json").read_text())
    (speech / "model_index.json").write_text(json.dumps(index | {"unet": ["spectral", "WaveformUNet"]}))
    mel = folder / "mel-64"
    grey = tiny_network(in_channels=1, out_channels=1)
    DDPMPipeline(unet=grey, scheduler=DDPMScheduler(clip_sample=False)).save_pretrained(mel)
    (mel / "mel.json").write_text(json.dumps(MEL.to_dict()))
    DDPMPipeline(unet=grey, scheduler=DDPMScheduler(clip_sample=False)).save_pretrained(folder / "grey")
    for latent in ("stable-diffusion-v1-5/stable-diffusion-v1-5", "path/to/folder"):
        tiny_pipeline("stable_diffusion").save_pretrained(folder / latent)
    tiny_pipeline("dit").save_pretrained(folder / "dit")
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8)).save(folder / "mine.jpg")
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * 8000) / 8000) * np.linspace(0, 1, 3 * 8000)
    spectral.write_audio(folder / "mine.wav", tone, sr=8000)
    return folder


@pytest.fixture
def photos(models):
    return models / "photos-64"


def same(one: Trajectory, other: Trajectory) -> None:
    for name in ("x_t", "denoised", "sample", "alpha", "sigma", "timestep"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_the_file_holds_what_record_gives(photos, tmp_path):
    out = tmp_path / "run.safetensors"
    result = call("record", photos, "-o", out, "--steps", 6, "--seed", 5)
    assert result.stdout == f"{out}\n"
    same(Trajectory.load(out), spectral.record(photos, steps=6, seed=5))
    lines = result.stderr.splitlines()
    assert lines[:3] == [f"model  {photos}", "steps  6", "seed   5"]
    assert lines[3].startswith("6 steps of 3 x 16 x 16 (image) under DDPMScheduler, ")
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]


def test_the_defaults_are_50_steps_from_seed_0(photos, tmp_path):
    call("record", photos, "-o", tmp_path / "run")
    run = Trajectory.load(tmp_path / "run")
    assert (run.n_steps, run.seed, run.eta, run.origin) == (50, 0, 0.0, "free")


@pytest.mark.parametrize(
    ("model", "argv", "options"),
    [
        ("photos-64", ["--eta", 1], {"eta": 1.0}),
        (
            "photos-64",
            ["--scheduler", "HeunDiscreteScheduler"],
            {"scheduler": "HeunDiscreteScheduler"},
        ),
        ("photos-64", ["--height", 16, "--width", 32], {"height": 16, "width": 32}),
        ("photos-64", ["--batch", 3, "--index", 1], {"batch": 3, "index": 1}),
        ("photos-64", ["--dtype", "bfloat16"], {"dtype": "bfloat16"}),
        ("photos-64", ["--device", "cpu"], {"device": "cpu"}),
        ("photos-64", ["--storage", "float16"], {"storage": "float16"}),
        ("speech-16k", ["--seconds", 0.5], {"audio_length_in_s": 0.5}),
        ("dit", ["--class-label", 3, "--guidance-scale", 2], {"class_label": 3, "guidance_scale": 2.0}),
        (
            "path/to/folder",
            ["--prompt", "a cat", "--negative-prompt", "a dog", "--guidance-scale", 4, "--space", "latent"],
            {"prompt": "a cat", "negative_prompt": "a dog", "guidance_scale": 4.0, "space": "latent"},
        ),
    ],
)
def test_options_reach_the_recording(models, tmp_path, model, argv, options):
    call("record", models / model, "-o", tmp_path / "run", "--steps", 4, *argv)
    run, expected = (
        Trajectory.load(tmp_path / "run"),
        spectral.record(models / model, steps=4, seed=0, **options),
    )
    same(run, expected)
    for name in ("eta", "scheduler", "prompt", "negative_prompt", "guidance", "class_label", "space"):
        assert getattr(run, name) == getattr(expected, name)
    assert run.x_t.dtype == expected.x_t.dtype


def test_a_batch_is_a_file_for_each_sample(photos, tmp_path):
    result = call("record", photos, "-o", tmp_path / "four.safetensors", "--steps", 3, "--batch", 4)
    paths = [tmp_path / f"four-{k}.safetensors" for k in range(4)]
    assert result.stdout.splitlines() == [str(path) for path in paths]
    assert sorted(tmp_path.iterdir()) == paths
    expected = spectral.record_batch(photos, steps=3, seed=0, batch=4)
    for path, run in zip(paths, expected, strict=True):
        same(Trajectory.load(path), run)


def test_a_picture_makes_a_bridge_of_the_models_own_size(models, photos, tmp_path):
    call("record", photos, "-o", tmp_path / "run", "--steps", 4, "--image", models / "mine.jpg")
    run = Trajectory.load(tmp_path / "run")
    picture = read_picture(models / "mine.jpg", height=16, width=16)
    same(run, spectral.bridge(photos, picture, steps=4, seed=0))
    assert (run.origin, run.source) == ("bridge", "mine.jpg")


def test_carried_pictures_and_clips_go_by_their_bare_names(models, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("record", photos, "-o", "run", "--steps", 2, "--image", "red_panda")
    run, picture = Trajectory.load("run"), carried("photographs", "red_panda.png")
    np.testing.assert_array_equal(run.sample, read_picture(picture, height=16, width=16))
    call("record", models / "speech-16k", "-o", "spoken", "--steps", 2, "--audio", "speech_now_unmuted.flac")
    assert (run.source, Trajectory.load("spoken").source) == ("red_panda.png", "speech_now_unmuted.flac")
    shutil.copy(models / "mine.jpg", "red_panda")  # a file of one's own comes first
    call("record", photos, "-o", "mine", "--steps", 2, "--image", "red_panda")
    expected = read_picture(models / "mine.jpg", height=16, width=16)
    np.testing.assert_array_equal(Trajectory.load("mine").sample, expected)


def test_a_bridge_of_another_size(models, photos, tmp_path):
    size = ["--height", 32, "--width", 64]
    call("record", photos, "-o", tmp_path / "run", "--steps", 4, "--image", models / "mine.jpg", *size)
    picture = read_picture(models / "mine.jpg", height=32, width=64)
    np.testing.assert_array_equal(Trajectory.load(tmp_path / "run").sample, picture)


def test_a_bridge_of_a_model_of_latents_and_text(models, tmp_path):
    model, prompt = models / "path" / "to" / "folder", ["--prompt", "a cat", "--space", "latent"]
    call("record", model, "-o", tmp_path / "run", "--steps", 4, "--image", models / "mine.jpg", *prompt)
    own = spectral.record(model, steps=2, seed=0, prompt="a cat").signal_shape
    picture = read_picture(models / "mine.jpg", height=own[0], width=own[1])
    expected = spectral.bridge(model, picture, steps=4, seed=0, prompt="a cat", space="latent")
    same(Trajectory.load(tmp_path / "run"), expected)


def test_a_grey_model_is_shown_a_grey_picture(models, tmp_path):
    call("record", models / "grey", "-o", tmp_path / "run", "--steps", 4, "--image", models / "mine.jpg")
    with Image.open(models / "mine.jpg") as file:
        grey = np.asarray(file.convert("L").resize((16, 16), Image.Resampling.LANCZOS, box=(8, 0, 56, 48)))
    sample = Trajectory.load(tmp_path / "run").sample
    np.testing.assert_allclose(sample[0], grey / 127.5 - 1, atol=2 / 127.5)


def test_a_sound_makes_a_bridge_to_its_loudest_part(models, tmp_path):
    model = models / "speech-16k"
    call("record", model, "-o", tmp_path / "run", "--steps", 4, "--audio", models / "mine.wav")
    run = Trajectory.load(tmp_path / "run")
    assert (run.modality, run.sample_rate, run.sample.shape, run.source) == (
        "waveform",
        4000,
        (1, 4096),
        "mine.wav",
    )
    clip = read_clip(models / "mine.wav", sr=4000, samples=4096)
    gain = run.sample[0] @ clip / (clip @ clip)
    np.testing.assert_allclose(run.sample[0], gain * clip, atol=1e-5)
    assert run.sample.std() == pytest.approx(10 ** (-23 / 20), rel=0.3)  # some -23 LKFS


def test_a_sound_makes_a_bridge_to_its_mel_spectrogram(models, tmp_path):
    model = models / "mel-64"
    call(
        "record",
        model,
        "-o",
        tmp_path / "run",
        "--steps",
        4,
        "--audio",
        models / "mine.wav",
        "--seconds",
        0.5,
    )
    run = Trajectory.load(tmp_path / "run")
    assert (run.modality, run.sample.shape) == ("mel", (1, 16, 32))
    strongest = run.sample[0].mean(axis=1).argmax()
    centres = librosa.mel_frequencies(n_mels=18, fmin=0, fmax=2000)[1:-1]
    assert abs(np.log2(centres[strongest] / 440)) < 0.3


def test_an_existing_file_is_overwritten_only_by_force(photos, tmp_path):
    out = tmp_path / "run.safetensors"
    out.write_text("precious")
    assert "--force" in refusal("record", photos, "-o", out)
    assert out.read_text() == "precious"
    call("record", photos, "-o", out, "--steps", 3, "--force")
    assert Trajectory.load(out).n_steps == 3
    (tmp_path / "four-2").touch()
    assert f"{tmp_path / 'four-2'}: exists already" in refusal(
        "record", photos, "-o", tmp_path / "four", "--batch", 4
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["missing"], "no model is called missing; carried are mel-64, photos-64, speech-16k"),
        (["./no/where"], "no/where: no such folder"),
        (["MODEL", "--steps", 1], "steps: found 1, expected a whole number, 2 or more"),
        (["MODEL", "--seed", -1], "seed: found -1, expected a whole number, 0 or more"),
        (["MODEL", "--eta", 2], "eta: found 2.0, expected a number from 0 to 1"),
        (["MODEL", "--batch", 0], "batch: found 0, expected a whole number, 1 or more"),
        (["MODEL", "--index", 1], "index: found 1, expected 0 to 0 for a batch of 1"),
        (["MODEL", "--prompt", "a cat"], "prompt: found 'a cat', expected none"),
        (["MODEL", "--seconds", 1], "seconds: found 1.0, expected none"),
        (["MODEL", "--scheduler", "Euler"], "scheduler: found 'Euler', none that is known"),
        (["MODEL", "--height", 17], "17 high"),
        (["MODEL", "--space", "latent"], "space: found 'latent', expected 'signal'"),
        (["MODEL", "--device", "abacus"], "device: found abacus"),
        (["MODEL", "--image", "IMAGE", "--audio", "AUDIO"], "expected one of them"),
        (["MODEL", "--image", "IMAGE", "--eta", 1], "--eta goes with a free run"),
        (["MODEL", "--image", "IMAGE", "--batch", 2], "--batch goes with a free run"),
        (["MODEL", "--image", "IMAGE", "--seconds", 2], "seconds: found 2.0, expected none"),
        (["MODEL", "--image", "no.jpg"], "--image no.jpg: no such file"),
        (["MODEL", "--image", "AUDIO"], "found no picture"),
        (["MODEL", "--audio", "AUDIO"], "makes images, expected --image"),
        (["SPEECH", "--image", "IMAGE"], "makes waveforms, expected --audio"),
        (["SPEECH", "--audio", "IMAGE"], "expected a sound file"),
        (["SPEECH", "--audio", "AUDIO", "--height", 8], "height: found 8, expected none for a waveform"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_written(models, tmp_path, argv, said):
    known = {
        "MODEL": models / "photos-64",
        "SPEECH": models / "speech-16k",
        "IMAGE": models / "mine.jpg",
        "AUDIO": models / "mine.wav",
    }
    argv = [known.get(word, word) for word in argv]
    result = call("record", *argv, "-o", tmp_path / "run", exit_code=2)
    assert result.stdout == ""
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: ") and said in last, last
    assert not list(tmp_path.iterdir())


def test_a_pipeline_with_unknown_mels_takes_no_sound(models):
    with pytest.raises(InputError, match="how its mel-spectrograms are scaled"):
        signals.read(tiny_pipeline("audioldm2"), audio=models / "mine.wav")


@pytest.mark.parametrize(
    ("name", "sizes", "shape"),
    [
        ("stable_audio", {}, (2, 512)),
        ("stable_audio", {"audio_length_in_s": 0.064}, (2, 256)),
        ("dance_diffusion", {}, (2, 512)),
    ],
)
def test_a_sound_is_read_as_long_as_the_model_takes_it(models, name, sizes, shape):
    assert signals.read(tiny_pipeline(name), audio=models / "mine.wav", **sizes).shape == shape


def test_a_picture_is_read_at_the_size_asked_for(models):
    picture = signals.read(tiny_pipeline("flux"), image=models / "mine.jpg", height=16, width=32)
    assert picture.shape == (3, 16, 32)


@pytest.mark.parametrize("example", [line for line in examples("record") if "$(" not in line])
def test_examples_of_the_help_run(example, models, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(models, tmp_path / "here"))
    program, *argv = shlex.split(example)
    assert program == "spectral"
    shown = call(*argv, "--steps", 5).stdout.split()
    assert shown and all(Trajectory.load(path).n_steps == 5 for path in shown)


def test_the_example_of_a_pipe_runs_in_a_shell(models, tmp_path):
    (example,) = [line for line in examples("record") if "$(" in line]
    here = shutil.copytree(models, tmp_path / "here")
    shell = f'spectral() {{ "{SPECTRAL}" "$@"; }}; {example}'
    ran = subprocess.run(["bash", "-ec", shell], cwd=here, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "lock-in" in ran.stdout
