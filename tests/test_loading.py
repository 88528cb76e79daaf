import json
import shutil
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch
from huggingface_hub import constants
from safetensors.numpy import save_file
from tiny_models import save_tiny_model, tiny_network
from tiny_pipelines import tiny_pipeline

from spectral import InputError, MelSettings, WaveformUNet
from spectral.assets import carried
from spectral.recording.loading import load_pipeline
from spectral.recording.model_folder import ModelFolder
from spectral.recording.record import bridge, record

pytestmark = pytest.mark.filterwarnings("ignore:.*torch_dtype.*")
PROMPT = {"prompt": "a lighthouse"}


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    """A folder of a text-to-image pipeline."""
    folder = tmp_path_factory.mktemp("models") / "painter"
    tiny_pipeline("stable_diffusion").save_pretrained(folder)
    return folder


@pytest.fixture
def broken(painter, tmp_path):
    """A copy of it, to break."""
    return shutil.copytree(painter, tmp_path / "broken")


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    """A folder of a waveform network of our own, in diffusers' pipeline for them."""
    torch.manual_seed(0)
    network = WaveformUNet(sample_size=512, block_out_channels=(16, 16), patch_size=4, attention_head_dim=8)
    torch.nn.init.normal_(network.conv_out.bias)
    scheduler = diffusers.DDPMScheduler(prediction_type="v_prediction", clip_sample=False)
    folder = tmp_path_factory.mktemp("models") / "speech"
    diffusers.DanceDiffusionPipeline(unet=network, scheduler=scheduler).save_pretrained(folder)
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"unet": ["spectral", "WaveformUNet"]}))
    return folder


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """A folder of a model of mel-spectrograms."""
    folder = tmp_path_factory.mktemp("models") / "voices"
    network = tiny_network(in_channels=1, out_channels=1, sample_size=(16, 32))
    scheduler = diffusers.DDPMScheduler(clip_sample=False)
    diffusers.DDPMPipeline(unet=network, scheduler=scheduler).save_pretrained(folder)
    (folder / "mel.json").write_text(json.dumps(MelSettings(n_mels=16).to_dict()))
    return folder


def change_index(folder, **entries):
    index = folder / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | entries))


# ---------------------------------------------------------------- folders


def test_a_folder_is_the_pipeline_that_was_saved(painter, capfd):
    run = record(painter, steps=3, seed=0, space="latent", **PROMPT)
    assert capfd.readouterr() == ("", "")  # the libraries say nothing of their own
    same = record(tiny_pipeline("stable_diffusion"), steps=3, seed=0, space="latent", **PROMPT)
    np.testing.assert_array_equal(run.sample, same.sample)
    assert (run.model, run.scheduler, run.prompt) == ("painter", "PNDMScheduler", "a lighthouse")


def test_precision_and_device(painter):
    pipeline = load_pipeline(painter, dtype="bfloat16", device="cpu")
    assert {pipeline.unet.dtype, pipeline.vae.dtype, pipeline.text_encoder.dtype} == {torch.bfloat16}
    assert load_pipeline(str(painter)).unet.dtype == torch.float32
    with pytest.raises(InputError, match="dtype: found 'int8'"):
        load_pipeline(painter, dtype="int8")
    with pytest.raises(
        InputError, match="device: found nowhere, to which a StableDiffusionPipeline cannot be moved"
    ):
        load_pipeline(painter, device="nowhere")


def test_a_waveform_network_of_our_own(speech):
    run = record(speech, steps=3, seed=0, audio_length_in_s=0.05)
    assert (run.modality, run.sample_rate, run.model) == ("waveform", 16000, "speech")
    assert run.sample.shape == (1, 800)
    assert record(speech, steps=2, seed=0).sample.shape == (1, 512)
    assert record(speech, steps=2, seed=0, audio_length_in_s=801 / 16000).sample.shape == (1, 808)
    sound = np.random.default_rng(0).uniform(-1, 1, (1, 256)).astype(np.float32)
    run = bridge(speech, sound, steps=3, seed=0, source="a clip")
    np.testing.assert_array_equal(run.sample, sound)
    assert (run.modality, run.origin, run.sample_rate) == ("waveform", "bridge", 16000)
    with pytest.raises(InputError, match="the waveform has 100 samples, expected a number divisible by 8"):
        bridge(speech, np.zeros((1, 100)), steps=3, seed=0)


def test_mel_spectrograms(voices, tmp_path):
    run = record(voices, steps=3, seed=0)
    assert (run.modality, run.signal_shape, run.sample_rate) == ("mel", (16, 32), 16000)
    assert MelSettings.from_dict(run.mel) == MelSettings(n_mels=16)
    longer = record(voices, steps=2, seed=0, audio_length_in_s=0.6)  # 37.5 frames
    assert longer.signal_shape == (16, 38)
    run = bridge(voices, np.zeros((1, 16, 64)), steps=2, seed=0)
    assert (run.modality, run.mel["n_mels"]) == ("mel", 16)
    own = diffusers.DDPMPipeline.from_pretrained(voices)
    assert record(own, steps=2, seed=0).modality == "mel"
    with pytest.raises(InputError, match="expected none for a mel-spectrogram whose width is given"):
        record(voices, steps=2, seed=0, audio_length_in_s=1.0, width=64)
    broken = shutil.copytree(voices, tmp_path / "broken")
    (broken / "mel.json").write_text('{"sr": 16000}')
    with pytest.raises(InputError, match=r"mel\.json: mel settings: found \['sr'\], expected"):
        record(broken, steps=2, seed=0)


def test_a_safety_checker_is_left_out(broken):
    folder = broken / "safety_checker"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_file({"weight": np.zeros(1, np.float32)}, folder / "model.safetensors")  # which would not load
    change_index(broken, safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"])
    assert load_pipeline(broken).safety_checker is None


def test_the_digest_covers_every_part(painter, voices, tmp_path):
    before = ModelFolder.check(painter).digest()
    assert before == ModelFolder.check(shutil.copytree(painter, tmp_path / "same")).digest()
    for name in (
        "model_index.json",
        "unet/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "scheduler/scheduler_config.json",
        "text_encoder/model.safetensors",
        "tokenizer/tokenizer_config.json",
    ):
        copy = shutil.copytree(painter, tmp_path / "copy")
        with (copy / name).open("ab") as file:
            file.write(b" ")
        assert ModelFolder.check(copy).digest() != before, name
        shutil.rmtree(copy)
    before = ModelFolder.check(voices).digest()
    copy = shutil.copytree(voices, tmp_path / "mel")
    (copy / "mel.json").write_text(json.dumps(MelSettings(n_mels=8).to_dict()))
    assert ModelFolder.check(copy).digest() != before


# ---------------------------------------------------------------- what is refused


def refusal(model):
    with pytest.raises(InputError) as caught:
        load_pipeline(model)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            {"unet": ["os", "system"]},
            "unet: found ['os', 'system'], expected a class of diffusers, transformers",
        ),
        ({"unet": ["my_module", "Network"]}, "expected a class of diffusers, transformers, spectral"),
        ({"unet": ["..", "Network"]}, "expected a class of"),
        ({"unet": [3, "Network"]}, "expected a class of"),
        ({"../unet": ["diffusers", "UNet2DConditionModel"]}, "a part is called '../unet'"),
        (
            {"_class_name": ["custom", "Pipeline"]},
            "_class_name: found ['custom', 'Pipeline'], expected a class",
        ),
        ({"_class_name": "NoSuchPipeline"}, "diffusers cannot load it"),
        ({"_class_name": "UNet2DModel"}, "diffusers cannot load it"),
        ({"more": ["diffusers", "UNet2DModel"]}, "has no more/config.json"),
        ({"unet": ["diffusers", "NoSuchNetwork"]}, "diffusers cannot load it"),
    ],
)
def test_indexes_that_call_for_something_else(broken, entries, message):
    change_index(broken, **entries)
    assert message in refusal(broken)


def test_weights_that_are_pickles(broken):
    weights = broken / "text_encoder" / "model.safetensors"
    weights.rename(weights.with_name("pytorch_model.bin"))
    assert "text_encoder: has no weights in safetensors" in refusal(broken)


def test_code_beside_a_part_is_never_run(broken, tmp_path):
    """What diffusers would run, were it told to trust it."""
    code = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"
    (broken / "pipeline.py").write_text(code)
    load_pipeline(broken)
    (broken / "unet" / "diffusers.py").write_text(code)
    assert "contains custom code" in refusal(broken)
    change_index(broken, _class_name="Custom")
    refusal(broken)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", ["{", "[]", "3", '"a"'])
def test_indexes_that_are_none(broken, content):
    (broken / "model_index.json").write_text(content)
    assert "expected the index of a diffusers pipeline" in refusal(broken)


# ---------------------------------------------------------------- the hub


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """An empty cache of the hub, and no way to it."""
    cache = tmp_path / "hub"
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.setattr(constants, name, str(cache))
    monkeypatch.setattr("diffusers.pipelines.pipeline_utils.HF_HUB_CACHE", str(cache), raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return cache


def cached(cache, folder, name):
    """The folder in the cache, as the hub's own library lays it out."""
    repository = cache / f"models--{name.replace('/', '--')}"
    commit = "0123456789abcdef0123456789abcdef01234567"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    return shutil.copytree(folder, repository / "snapshots" / commit)


def test_a_hub_id_is_found_in_the_cache(offline, tmp_path):
    snapshot = cached(offline, save_tiny_model(tmp_path / "tiny"), "owner/pictures")
    run = record("owner/pictures", steps=2, seed=0)
    assert run.model == "owner/pictures"
    np.testing.assert_array_equal(run.sample, record(tmp_path / "tiny", steps=2, seed=0).sample)
    weights = snapshot / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert "has no weights in safetensors" in refusal("owner/pictures")


def test_a_hub_id_out_of_reach(offline):
    line = refusal("nobody/nothing")
    assert line.startswith("nobody/nothing: no such folder, and as a hub id not in the cache")
    assert str(offline) in line and "model_index.json" in line


@pytest.mark.parametrize("model", ["./models/mine", "/no/where", "a/b/c", Path("models/mine")])
def test_a_path_is_not_asked_for_at_the_hub(offline, model):
    assert refusal(model).endswith("no such folder, expected a diffusers model")


@pytest.mark.parametrize("name", ["photos-64", Path("photos-64")])
def test_carried_models_go_by_their_bare_names(offline, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    run = record(name, steps=2, seed=0)
    expected = record(carried("models", "photos-64"), steps=2, seed=0)
    assert run.model == "photos-64"
    np.testing.assert_array_equal(run.sample, expected.sample)
    save_tiny_model(tmp_path / "photos-64")  # a folder of one's own comes first
    assert record(name, steps=2, seed=0).sample.shape == (3, 16, 16)


def test_an_unknown_name_is_answered_with_the_known_ones(offline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = "no model is called photo-64; carried are mel-64, photos-64, speech-16k"
    assert refusal("photo-64") == said
    with pytest.raises(InputError, match=f"^{said}$"):
        load_pipeline(Path("photo-64"))
