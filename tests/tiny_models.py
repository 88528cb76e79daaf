"""Models for tests: a real network of a few thousand parameters, and oracles that stand in for one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import torch
from diffusers import DDIMPipeline, DDIMScheduler, DDPMPipeline, DDPMScheduler, UNet2DModel

PREDICTION_TYPES = ("epsilon", "sample", "v_prediction")


def tiny_network(seed: int = 0, **changes) -> UNet2DModel:
    """A U-Net of 3 x 16 x 16 pictures with random weights; it halves the picture once."""
    torch.manual_seed(seed)
    config = dict(
        sample_size=16,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        layers_per_block=1,
        norm_num_groups=4,
        add_attention=False,
    )
    return UNet2DModel(**(config | changes)).eval()


def ddim(network, **config) -> DDIMPipeline:
    return DDIMPipeline(unet=network, scheduler=DDIMScheduler(timestep_spacing="trailing", **config))


def ddpm(network, **config) -> DDPMPipeline:
    return DDPMPipeline(unet=network, scheduler=DDPMScheduler(timestep_spacing="trailing", **config))


def save_tiny_model(folder: Path) -> Path:
    """A folder as the project carries one: DDPM, cosine schedule, v-prediction, fp16 weights."""
    config = dict(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False)
    ddpm(tiny_network().half(), **config).save_pretrained(folder)
    return folder


class Oracle(torch.nn.Module):
    """A denoiser behind UNet2DModel's call, and a spy: `calls` keeps what every call was given.

    `denoise` maps (x_t, alpha, sigma), all float64, to the estimate of x_0; the answer is put in the terms of
    `prediction_type`.
    """

    def __init__(self, denoise, *, channels: int, size: int, prediction_type: str, **schedule) -> None:
        super().__init__()
        self.denoise, self.prediction_type, self.calls = denoise, prediction_type, []
        self.alphas_cumprod = DDPMScheduler(**schedule).alphas_cumprod.double()
        self.config = SimpleNamespace(in_channels=channels, out_channels=channels, sample_size=size)

    def forward(self, *args, **kwargs):
        self.calls.append((args, kwargs))
        x_t, timestep = args
        alpha = self.alphas_cumprod[int(timestep)].sqrt()
        sigma = (1 - alpha**2).sqrt()
        x = x_t.double()
        denoised = self.denoise(x, alpha, sigma)
        noise = (x - alpha * denoised) / sigma
        output = {"epsilon": noise, "sample": denoised, "v_prediction": alpha * noise - sigma * denoised}
        return SimpleNamespace(sample=output[self.prediction_type].to(x_t.dtype))


def wiener(power) -> callable:
    """The ideal denoiser of a zero-mean stationary Gaussian field whose |DFT|^2 / n is `power`."""
    power = torch.as_tensor(power)

    def denoise(x, alpha, sigma):
        gain = alpha * power / (alpha**2 * power + sigma**2)
        return torch.fft.ifft2(gain * torch.fft.fft2(x)).real

    return denoise
