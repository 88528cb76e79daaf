"""Train the carried model of mel-spectrograms `spectral/assets/models/mel-64` on the prepared prompts.

    python training/sounds.py                   # once: fetch and prepare
    python training/train_mel.py --minutes 65   # goes on from the last checkpoint, if there is one
    python training/export.py mel-64            # write the diffusers folder

diffusers' own UNet2DModel at full resolution on pictures of 64 mels by 64 frames, as the model of photographs
has it, with the cosine schedule (Nichol and Dhariwal 2021); the loop and its recipe are `loop.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from diffusers import DDIMScheduler, UNet2DModel
from loop import options, train
from sounds import WORK, random_clips, stream

from spectral.sound.mel import MelSettings, log_mel

RUN = WORK / "mel-64"
SETTINGS = MelSettings()
SCHEDULE = dict(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False)
build = partial(
    UNet2DModel,
    sample_size=64,
    in_channels=1,
    out_channels=1,
    block_out_channels=(32, 64, 96, 128),
    down_block_types=("DownBlock2D",) * 4,
    up_block_types=("UpBlock2D",) * 4,
    layers_per_block=1,
    norm_num_groups=8,
    attention_head_dim=32,  # one small attention in the middle
)


def batches(rng: np.random.Generator, *, batch: int) -> Iterator[np.ndarray]:
    """Endless pictures (batch, 1, 64, 64)."""
    y = stream("train")
    while True:
        yield log_mel(random_clips(y, batch, rng), settings=SETTINGS)[:, None]


def main() -> None:
    given = vars(options(__doc__, minutes=65, batch=16).parse_args())
    sample = partial(batches, batch=given.pop("batch"))
    alphas_cumprod = DDIMScheduler(**SCHEDULE).alphas_cumprod
    train(build, sample, alphas_cumprod, run=RUN, **given)


if __name__ == "__main__":
    main()
