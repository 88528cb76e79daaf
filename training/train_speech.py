"""Train the carried waveform model `spectral/assets/models/speech-16k` on the prepared prompts.

    python training/sounds.py                      # once: fetch and prepare
    python training/train_speech.py --minutes 100  # goes on from the last checkpoint, if there is one
    python training/export.py speech-16k           # write the diffusers folder

The network is `spectral.WaveformUNet`; the loop and its recipe are `loop.py`'s. What is particular is the
noise schedule. A band is being decided only while the noise's power sigma^2 is near its own, and speech spans
40 dB between 250 Hz and 6 kHz. The usual schedules hurry through the high signal-to-noise ratios at which the
weak bands come up, in training and in sampling, and leave those bands too weak. Here the timesteps are even
in log SNR, from -30 to 52 dB: each decibel gets the same share of the training and of the sampler's steps.
The betas that follow are kept in the scheduler's configuration.

Frames of `patch_size` samples that all err by the same pattern sound as a whistle at the patch rate, though
they hardly add to the mean square error. So the error of the mean frame counts once more, many times over.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from diffusers import DDIMScheduler
from loop import options, train
from sounds import WORK, random_clips, stream

from spectral.networks.waveform_unet import WaveformUNet

RUN = WORK / "speech-16k"
HIGHEST_SNR, LOWEST_SNR = 52, -30  # dB at the first and last timestep; above, float32 cannot tell steps apart
TIMESTEPS = 1000
PATCH = 16  # samples
LINES = 100  # weight of the mean frame's error
build = partial(WaveformUNet, patch_size=PATCH, block_out_channels=(128, 160, 224))


def even_log_snr() -> list[float]:
    """Betas of a schedule with timesteps even in log SNR: 1 - beta = alpha_t^2 / alpha_(t-1)^2."""
    snr = 10 ** (np.linspace(HIGHEST_SNR, LOWEST_SNR, TIMESTEPS) / 10)
    kept = snr / (1 + snr)  # alpha_t^2
    return [float(f"{beta:.6g}") for beta in 1 - kept / np.concatenate(([1.0], kept[:-1]))]


SCHEDULE = dict(trained_betas=even_log_snr(), prediction_type="v_prediction", clip_sample=False)


def loss_of(predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean square error of v, and LINES times that of each clip's mean frame."""
    error = predicted - target
    mean_frame = error.unflatten(-1, (-1, PATCH)).mean(dim=-2)
    return error.square().mean() + LINES * mean_frame.square().mean()


def batches(rng: np.random.Generator, *, batch: int) -> Iterator[np.ndarray]:
    """Endless clips (batch, 1, 16384)."""
    y = stream("train")
    while True:
        yield random_clips(y, batch, rng)[:, None]


def main() -> None:
    given = vars(options(__doc__, minutes=100, batch=8).parse_args())
    sample = partial(batches, batch=given.pop("batch"))
    alphas_cumprod = DDIMScheduler(**SCHEDULE).alphas_cumprod
    train(build, sample, alphas_cumprod, loss_of=loss_of, run=RUN, **given)


if __name__ == "__main__":
    main()
