"""The waveform network: its shapes, what it starts from, and its place among diffusers' models."""

import json

import numpy as np
import pytest
import torch
from diffusers import (
    DanceDiffusionPipeline,
    DDPMScheduler,
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    UNet1DModel,
)

import spectral
from spectral.errors import InputError
from spectral.networks.waveform_unet import windowed_sinusoids

SMALL = dict(
    sample_size=2048,
    patch_size=8,
    block_out_channels=(16, 32, 32),
    layers_per_block=2,
    norm_num_groups=4,
    attention_head_dim=8,
)


def small(**changes):
    torch.manual_seed(0)
    return spectral.WaveformUNet(**SMALL | changes).eval()


@pytest.mark.parametrize("samples", [32, 1024, 1056, 4096])
def test_any_length_that_the_downsampling_divides(samples):
    network = small()
    assert network.downsampling == 32
    x = torch.randn(2, 1, samples)
    with torch.no_grad():
        output = network(x, 500).sample
    assert output.shape == x.shape
    assert torch.isfinite(output).all()


@pytest.mark.parametrize("samples", [31, 1000, 1025])
def test_other_lengths_are_refused(samples):
    with pytest.raises(InputError, match=rf"{samples} samples, expected a multiple of 32"):
        small()(torch.randn(1, 1, samples), 500)


@pytest.mark.parametrize(
    "changes",
    [
        {"patch_size": 16, "block_out_channels": (16,)},
        {"block_out_channels": (16, 16), "layers_per_block": 1},
        {"layers_per_block": 3},
        {"in_channels": 2, "out_channels": 2},
    ],
)
def test_other_configurations(changes):
    network = small(**changes)
    x = torch.randn(1, network.config.in_channels, 4 * network.downsampling)
    assert network(x, 3).sample.shape == x.shape


def test_dance_diffusion_rounds_lengths_to_what_the_default_takes():
    network = spectral.WaveformUNet()
    assert 2 ** len(network.up_blocks) % network.downsampling == 0
    assert network.config.sample_size % 2 ** len(network.up_blocks) == 0


def test_configuration_has_the_names_of_diffusers():
    shared = {"sample_size", "sample_rate", "in_channels", "out_channels", "block_out_channels"}
    shared |= {"layers_per_block"}
    assert shared <= set(spectral.WaveformUNet().config) & set(UNet1DModel().config)


def test_a_timestep_for_all_or_one_for_each():
    network, x = small(), torch.randn(3, 1, 256)
    with torch.no_grad():
        network.gain.weight.normal_(std=0.1)
        each = network(x, torch.tensor([10, 500, 900]))[0]
        for k, timestep in enumerate((10, torch.tensor(500), torch.tensor([900]))):
            one = network(x[k : k + 1], timestep, return_dict=False)[0]
            torch.testing.assert_close(one, each[k : k + 1], atol=1e-5, rtol=1e-4)
    assert (each - network(x, 10).sample).abs().max() > 1e-3


def test_every_weight_learns():
    """Two steps: the layers that start at zero hold back the ones before them in the first."""
    network = small().train()
    optimiser = torch.optim.SGD(network.parameters(), 0.1)
    x, target = torch.randn(2, 1, 512), torch.randn(2, 1, 512)
    for _ in range(2):
        optimiser.zero_grad()
        ((network(x, torch.tensor([5, 700])).sample - target) ** 2).mean().backward()
        optimiser.step()
    still = [name for name, weight in network.named_parameters() if not weight.grad.abs().max() > 0]
    assert still == []


def test_it_can_learn_to_tell_a_tone_from_noise():
    """Noise of variance 0.04 over a tone of power 1/2: in a hundred steps, most of the noise is gone."""
    torch.manual_seed(0)
    network = small().train()
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    time = torch.arange(512) / 16000

    def batch():
        phase = 2 * np.pi * torch.rand(8, 1, 1)
        clean = torch.sin(2 * np.pi * 440 * time + phase)
        return clean, clean + 0.2 * torch.randn_like(clean)

    for _ in range(100):
        clean, noisy = batch()
        optimiser.zero_grad()
        ((network(noisy, 100).sample - (noisy - clean) / 0.2) ** 2).mean().backward()
        optimiser.step()
    clean, noisy = batch()
    with torch.no_grad():
        denoised = noisy - 0.2 * network(noisy, 100).sample
    assert ((denoised - clean) ** 2).mean() < 0.5 * 0.04


def test_the_first_layer_is_a_windowed_fourier_transform():
    waves = windowed_sinusoids(32, 48)[:, 0].double()
    np.testing.assert_allclose(waves.norm(dim=1), 1, atol=1e-6)
    spectrum, freq = np.abs(np.fft.rfft(waves.numpy(), 4800)), np.fft.rfftfreq(4800)
    wanted = (np.arange(32) // 2 + 0.5) / 32
    # at either end of the axis a wave meets its mirror image
    np.testing.assert_allclose(freq[spectrum.argmax(axis=1)], wanted, atol=0.016)
    np.testing.assert_allclose(freq[spectrum.argmax(axis=1)][2:-2], wanted[2:-2], atol=0.001)
    far = np.abs(freq - wanted[:, None]) > 4 / 48
    assert (spectrum * far).max() < 0.005 * spectrum.max()


def test_a_pipeline_is_saved_loaded_and_sampled(tmp_path):
    network = small()
    DanceDiffusionPipeline(network, DDPMScheduler(num_train_timesteps=20)).save_pretrained(tmp_path)
    index = tmp_path / "model_index.json"
    assert json.loads(index.read_text())["unet"] == ["spectral.networks.waveform_unet", "WaveformUNet"]
    index.write_text(
        index.read_text().replace("spectral.networks.waveform_unet", "spectral")
    )  # as the carried one
    loaded = DiffusionPipeline.from_pretrained(tmp_path, use_safetensors=True)
    assert isinstance(loaded.unet, spectral.WaveformUNet)
    x = torch.randn(1, 1, 2048)
    with torch.no_grad():
        torch.testing.assert_close(loaded.unet.eval()(x, 7).sample, network(x, 7).sample)
    # DanceDiffusionPipeline makes the timesteps floats, on which DDPM and DDIM stumble.
    loaded.scheduler = DPMSolverMultistepScheduler.from_config(loaded.scheduler.config)
    loaded.set_progress_bar_config(disable=True)
    sound = loaded(num_inference_steps=4, audio_length_in_s=0.1, generator=torch.manual_seed(0)).audios
    assert sound.shape == (1, 1, 1600)
    assert np.isfinite(sound).all()
