"""A small denoiser of raw sound: a convolutional U-Net over patches of samples.

The network sees `sample`, x_t = alpha x_0 + sigma eps, as overlapping frames of 3 `patch_size` samples, one
every `patch_size`; all further work runs at that frame rate, halved between levels (Ronneberger et al. 2015),
with one self-attention at the lowest rate, where the whole clip is in view.

Speech has its power near 250 Hz and 30 to 40 dB less of it above 4 kHz, so a random first layer would show
the network hardly anything but the strong bands. Three choices let it hear the weak ones:

- the frames are analysed by Hann-windowed sinusoids (a short-time Fourier transform, as a starting point for
  learning), channels in order of frequency, so that a normalisation group is a frequency band;
- each channel has a gain that depends on the timestep, then `asinh`, which is linear for parts at the level
  of the noise and logarithmic far above it;
- the output frames overlap likewise and are added up, so the patch rate leaves no line in the spectrum.
"""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.unets.unet_1d import UNet1DOutput
from torch import Tensor, nn
from torch.nn import functional

from spectral.errors import InputError


def windowed_sinusoids(channels: int, length: int) -> Tensor:
    """Hann-windowed cosines and sines of rising frequency, unit norm, `(channels, 1, length)`."""
    cycles = (torch.arange(channels) // 2 + 0.5) / channels  # per sample, up to one half
    phase = math.pi / 2 * (torch.arange(channels) % 2)
    time = torch.arange(length) - (length - 1) / 2
    waves = torch.cos(2 * math.pi * cycles[:, None] * time + phase[:, None])
    waves = waves * torch.hann_window(length + 2, periodic=False)[1:-1]
    return (waves / waves.norm(dim=1, keepdim=True))[:, None]


class ResidualBlock(nn.Module):
    """Two convolutions of 3, the second scaled and shifted by the timestep (Nichol and Dhariwal 2021)."""

    def __init__(self, inside: int, outside: int, *, embedding: int, groups: int) -> None:
        super().__init__()
        self.norm_1 = nn.GroupNorm(groups, inside)
        self.conv_1 = nn.Conv1d(inside, outside, 3, padding=1)
        self.timestep = nn.Linear(embedding, 2 * outside)
        self.norm_2 = nn.GroupNorm(groups, outside)
        self.conv_2 = nn.Conv1d(outside, outside, 3, padding=1)
        self.shortcut = nn.Conv1d(inside, outside, 1) if inside != outside else nn.Identity()
        nn.init.zeros_(self.conv_2.weight)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        hidden = self.conv_1(functional.silu(self.norm_1(x)))
        scale, shift = self.timestep(embedding)[..., None].chunk(2, dim=1)
        hidden = self.norm_2(hidden) * (1 + scale) + shift
        return self.shortcut(x) + self.conv_2(functional.silu(hidden))


class SelfAttention(nn.Module):
    """Every frame looks at every other (Vaswani et al. 2017), added to its input."""

    def __init__(self, channels: int, *, heads: int, groups: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(groups, channels)
        self.query_key_value = nn.Conv1d(channels, 3 * channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, frames = x.shape
        split = self.query_key_value(self.norm(x)).view(batch, 3, self.heads, channels // self.heads, frames)
        query, key, value = split.transpose(3, 4).unbind(1)
        seen = functional.scaled_dot_product_attention(query, key, value)
        return x + self.out(seen.transpose(2, 3).reshape(batch, channels, frames))


class WaveformUNet(ModelMixin, ConfigMixin):
    """A denoiser `(batch, channels, samples), timestep -> .sample` of the same shape.

    It saves and loads as every diffusers model does, and takes the place of `UNet1DModel` in
    `DanceDiffusionPipeline`. Any number of samples that `downsampling` divides will do.

    Parameters
    ----------
    sample_size
        Samples in a training clip.
    sample_rate
        In Hz.
    in_channels, out_channels
        Channels of sound.
    patch_size
        Samples from one frame to the next.
    block_out_channels
        Channels of each level; the frame rate halves from one to the next.
    layers_per_block
        Residual blocks a level, on the way down and again on the way up.
    norm_num_groups
        Groups of each normalisation.
    attention_head_dim
        Channels of one attention head at the lowest level.
    """

    @register_to_config
    def __init__(
        self,
        sample_size: int = 16384,
        sample_rate: int = 16000,
        in_channels: int = 1,
        out_channels: int = 1,
        patch_size: int = 16,
        block_out_channels: tuple[int, ...] = (128, 192, 256),
        layers_per_block: int = 2,
        norm_num_groups: int = 16,
        attention_head_dim: int = 32,
    ) -> None:
        super().__init__()
        first, last = block_out_channels[0], block_out_channels[-1]
        width = 2 * first
        shared = dict(embedding=width, groups=norm_num_groups)
        frame = dict(kernel_size=3 * patch_size, stride=patch_size, padding=patch_size)
        self.downsampling = patch_size * 2 ** (len(block_out_channels) - 1)

        self.time_embedding = nn.Sequential(
            nn.Linear(first, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.conv_in = nn.Conv1d(in_channels, first, **frame)
        self.gain = nn.Linear(width, first)

        # One residual block an entry: `up_blocks` has as many, and DanceDiffusionPipeline rounds lengths up
        # to a multiple of 2 ** len(up_blocks).
        self.down_blocks, self.downsamplers = nn.ModuleList(), nn.ModuleList()
        channels = first
        for wide in block_out_channels:
            if wide is not first or len(self.down_blocks):
                self.downsamplers.append(nn.Conv1d(channels, channels, 3, stride=2, padding=1))
            for _ in range(layers_per_block):
                self.down_blocks.append(ResidualBlock(channels, wide, **shared))
                channels = wide
        self.mid_blocks = nn.ModuleList(ResidualBlock(last, last, **shared) for _ in range(2))
        self.attention = SelfAttention(last, heads=last // attention_head_dim, groups=norm_num_groups)
        self.up_blocks, self.upsamplers = nn.ModuleList(), nn.ModuleList()
        for level, wide in reversed(list(enumerate(block_out_channels))):
            for _ in range(layers_per_block):
                self.up_blocks.append(ResidualBlock(channels + wide, wide, **shared))
                channels = wide
            if level:
                self.upsamplers.append(nn.Conv1d(channels, channels, 3, padding=1))

        self.norm_out = nn.GroupNorm(norm_num_groups, first)
        self.conv_out = nn.ConvTranspose1d(first, out_channels, **frame)

        for layer in (self.gain.weight, self.gain.bias, self.conv_in.bias, self.conv_out.bias):
            nn.init.zeros_(layer)
        waves = windowed_sinusoids(first, 3 * patch_size)
        with torch.no_grad():
            self.conv_in.weight.copy_(waves.expand_as(self.conv_in.weight))
            self.conv_out.weight.copy_(0.1 * waves.expand_as(self.conv_out.weight))

    def forward(
        self, sample: Tensor, timestep: Tensor | float, return_dict: bool = True
    ) -> UNet1DOutput | tuple[Tensor]:
        """What the scheduler's prediction type asks for, `(batch, channels, samples)`.

        Parameters
        ----------
        sample
            x_t, `(batch, channels, samples)`.
        timestep
            One for all or one for each of the batch.
        return_dict
            False gives a tuple, as diffusers' models do.

        Raises
        ------
        InputError
            Where `downsampling` does not divide the number of samples.
        """
        if sample.shape[-1] % self.downsampling:
            raise InputError(
                f"WaveformUNet: {sample.shape[-1]} samples, expected a multiple of {self.downsampling}"
            )
        layers = self.config.layers_per_block
        timesteps = torch.as_tensor(timestep, device=sample.device).expand(len(sample))
        sinusoids = get_timestep_embedding(timesteps, self.config.block_out_channels[0])
        embedding = self.time_embedding(sinusoids.to(sample.dtype))

        hidden = torch.asinh(self.conv_in(sample) * self.gain(embedding).exp()[..., None])
        skips = []
        for index, block in enumerate(self.down_blocks):
            if index and index % layers == 0:
                hidden = self.downsamplers[index // layers - 1](hidden)
            hidden = block(hidden, embedding)
            skips.append(hidden)
        hidden = self.mid_blocks[0](hidden, embedding)
        hidden = self.mid_blocks[1](self.attention(hidden), embedding)
        for index, block in enumerate(self.up_blocks):
            if index and index % layers == 0:
                hidden = functional.interpolate(hidden, scale_factor=2.0, mode="nearest")
                hidden = self.upsamplers[index // layers - 1](hidden)
            hidden = block(torch.cat((hidden, skips.pop()), dim=1), embedding)
        output = self.conv_out(functional.silu(self.norm_out(hidden)))
        return UNet1DOutput(sample=output) if return_dict else (output,)
