"""The carried model: what its card claims, measured again."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMPipeline
from PIL import Image

import spectral

MODEL = Path(spectral.__file__).parent / "assets" / "models" / "photos-64"
PHOTOGRAPHS = sorted((MODEL.parents[1] / "photographs").glob("*.png"))


@pytest.fixture(scope="module")
def pipeline():
    pipeline = DDPMPipeline.from_pretrained(MODEL, dtype=torch.float32, use_safetensors=True)
    pipeline.unet.to(memory_format=torch.channels_last)  # the same network, sooner done
    return pipeline


def test_diffusers_alone_loads_it():
    (weights,) = (MODEL / "unet").glob("*.safetensors")
    assert not list(MODEL.rglob("*.bin"))
    assert weights.stat().st_size < 25e6
    loaded = DDPMPipeline.from_pretrained(MODEL, use_safetensors=True)
    assert loaded.unet.config.sample_size == 64
    assert all(torch.isfinite(p).all() for p in loaded.unet.parameters())


def test_bands_lock_from_low_to_high_in_free_runs(pipeline):
    runs = spectral.record_batch(pipeline, steps=50, seed=0, batch=16, progress=False)
    orders = [spectral.lock_in(run).order.frequency for run in runs]
    assert np.mean(orders) >= 0.8, orders


def test_bands_lock_from_low_to_high_on_bridges_to_the_carried_photographs(pipeline):
    assert len(PHOTOGRAPHS) == 12
    orders = []
    for path in PHOTOGRAPHS:
        picture = Image.open(path).convert("RGB").resize((64, 64), Image.Resampling.LANCZOS)
        signal = np.asarray(picture, np.float32).transpose(2, 0, 1) / 127.5 - 1
        run = spectral.bridge(pipeline, signal, steps=50, seed=0, progress=False)
        orders.append(spectral.lock_in(run).order.frequency)
    assert np.mean(orders) >= 0.8, orders


@pytest.fixture(scope="module")
def samples(pipeline):
    """256 free samples by diffusers' own DDIM, (256, 3, 64, 64)."""
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(50)
    generator = torch.Generator().manual_seed(1)  # not the seed that the card was made with
    x = torch.randn(256, 3, 64, 64, generator=generator)
    parts = []
    for part in x.split(32):
        with torch.inference_mode():
            for timestep in scheduler.timesteps:
                part = scheduler.step(pipeline.unet(part, timestep).sample, timestep, part).prev_sample
        parts.append(part.numpy())
    return np.concatenate(parts)


@pytest.mark.slow
def test_samples_have_the_training_crops_spectrum(samples):
    stored = json.loads((MODEL / "crops_rapsd.json").read_text())
    spectrum = spectral.rapsd(samples)
    freq = np.rint(64 * spectrum.freq)
    np.testing.assert_allclose(freq, stored["cycles_per_image"], atol=1e-9)
    rounding = (2 / 255) ** 2 / 12  # flat crops have no power but that
    off = 10 * np.log10(spectrum.power.clip(min=rounding)).mean(axis=(0, 1)) - stored["rapsd"]
    assert np.abs(off[(freq >= 2) & (freq <= 24)]).max() < 2, off.round(1)
    assert np.abs(off[freq > 24]).max() < 4, off.round(1)


@pytest.mark.slow
@pytest.mark.parametrize("at", [16, 32], ids=["half Nyquist", "Nyquist"])
def test_no_line_at_the_networks_strides(samples, at):
    power = (np.abs(np.fft.fft2(samples)) ** 2).mean(axis=(0, 1))
    for grid in (power, power.T):
        near = np.mean([grid[at + k, 1:32].mean() for k in (-2, -1, 1, 2)])
        assert abs(10 * np.log10(grid[at, 1:32].mean() / near)) < 3
