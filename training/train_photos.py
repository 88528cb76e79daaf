"""Train the carried image model `spectral/assets/models/photos-64` on the prepared photographs.

    python training/photos.py                       # once: fetch and prepare
    python training/train_photos.py --minutes 140   # goes on from the last checkpoint, if there is one
    python training/export.py photos-64             # write the diffusers folder

The model is diffusers' own UNet2DModel at full resolution: a stem that trades pixels for channels is faster
but leaves a two-pixel grid, which the highest frequency band shows at once. The loop and its recipe are
`loop.py`'s, with the cosine schedule (Nichol and Dhariwal 2021). A fifth of the steps see 128 x 128 crops, so
that the network is at home at both sizes. Crops span a sixth to the whole of a photograph's short side: the
model has to learn what pictures look like, not these 180 pictures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from diffusers import DDIMScheduler, UNet2DModel
from loop import options, train
from PIL import Image

WORK = Path(__file__).parent / "work"
RUN = WORK / "photos-64"
LARGE_EVERY = 5  # one step in five sees 128 x 128 crops, a quarter as many

SCHEDULE = dict(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False)
build = partial(
    UNet2DModel,
    sample_size=64,
    in_channels=3,
    out_channels=3,
    block_out_channels=(32, 64, 128, 192),
    down_block_types=("DownBlock2D",) * 4,
    up_block_types=("UpBlock2D",) * 4,
    layers_per_block=1,
    norm_num_groups=8,
    attention_head_dim=32,  # one small attention in the middle, for the composition
)


def photographs(split: str) -> list[Image.Image]:
    """The prepared pictures of one split."""
    index = json.loads((WORK / "photos.json").read_text())
    names = [p["name"] for p in index if p["split"] == split]
    return [Image.open(WORK / "photos" / f"{name}.png").convert("RGB") for name in names]


def random_crop(picture: Image.Image, size: int, rng: np.random.Generator) -> np.ndarray:
    """A square crop, a sixth to the whole of the short side (never enlarged), flipped half the time."""
    short = min(picture.size)
    smallest = min(short, max(size, short / 6))
    side = smallest * (short / smallest) ** rng.random()
    left = rng.random() * (picture.width - side)
    top = rng.random() * (picture.height - side)
    crop = picture.resize((size, size), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side))
    array = np.asarray(crop, np.float32) / 127.5 - 1
    return array[:, ::-1] if rng.random() < 0.5 else array


def batches(rng: np.random.Generator, *, batch: int) -> Iterator[np.ndarray]:
    """Endless crops (n, 3, size, size) in [-1, 1]; every LARGE_EVERY-th time at twice the size."""
    pictures = photographs("train")
    large = [p for p in pictures if min(p.size) >= 128]
    step = 0
    while True:
        step += 1
        size, count, pool = 64, batch, pictures
        if step % LARGE_EVERY == 0:
            size, count, pool = 128, max(1, batch // 4), large
        chosen = rng.integers(len(pool), size=count)
        yield np.stack([random_crop(pool[i], size, rng) for i in chosen]).transpose(0, 3, 1, 2)


def main() -> None:
    given = vars(options(__doc__, minutes=140, batch=16).parse_args())
    sample = partial(batches, batch=given.pop("batch"))
    alphas_cumprod = DDIMScheduler(**SCHEDULE).alphas_cumprod
    train(build, sample, alphas_cumprod, run=RUN, **given)


if __name__ == "__main__":
    main()
