"""Train the carried image model `spectral/models/photos-64` on the prepared photographs.

    python training/photos.py                       # once: fetch and prepare
    python training/train_photos.py --minutes 140   # goes on from the last checkpoint, if there is one
    python training/export_photos.py                # write the diffusers folder

The model is diffusers' own UNet2DModel at full resolution: a stem that trades pixels for channels is faster
but leaves a two-pixel grid, which the highest frequency band shows at once. v-prediction on the cosine
schedule (Salimans and Ho 2022; Nichol and Dhariwal 2021), bfloat16 autocast, channels last, an exponential
moving average of the weights. A fifth of the steps see 128 x 128 crops, so that the network is at home at
both sizes. Crops span a sixth to the whole of a photograph's short side: the model has to learn what
pictures look like, not these 180 pictures.

The learning rate is constant and falls to zero over the last quarter of `--minutes`, counted over all
pieces of the run, so a run may be cut into pieces of any length (`--piece`).
"""

from __future__ import annotations

import json
import math
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DModel
from PIL import Image
from torch.utils.data import DataLoader, IterableDataset

WORK = Path(__file__).parent / "work"
RUN = WORK / "photos-64"
LEARNING_RATE = 4e-4
EMA = 0.9995
WARM_UP = 500  # steps
LARGE_EVERY = 5  # one step in five sees 128 x 128 crops, a quarter as many

SCHEDULE = dict(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False)
NETWORK = dict(
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


class Crops(IterableDataset):
    """Endless batches (n, 3, size, size) in [-1, 1]; every LARGE_EVERY-th at twice the size."""

    def __init__(self, pictures: list[Image.Image], batch: int, seed: int) -> None:
        self.pictures, self.batch, self.seed = pictures, batch, seed

    def __iter__(self) -> Iterator[torch.Tensor]:
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self.seed, info.id if info else 0))
        large = [p for p in self.pictures if min(p.size) >= 128]
        step = 0
        while True:
            step += 1
            size, count, pool = 64, self.batch, self.pictures
            if step % LARGE_EVERY == 0:
                size, count, pool = 128, max(1, self.batch // 4), large
            chosen = rng.integers(len(pool), size=count)
            batch = np.stack([random_crop(pool[i], size, rng) for i in chosen])
            yield torch.from_numpy(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))


def noisy_and_target(
    clean: torch.Tensor, alphas_cumprod: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """x_t = alpha x_0 + sigma eps at random timesteps, and v = alpha eps - sigma x_0."""
    steps = torch.randint(len(alphas_cumprod), (len(clean),), device=clean.device)
    alpha = alphas_cumprod[steps].sqrt()[:, None, None, None]
    sigma = (1 - alphas_cumprod[steps]).sqrt()[:, None, None, None]
    noise = torch.randn_like(clean)
    return alpha * clean + sigma * noise, alpha * noise - sigma * clean, steps


def learning_rate(step: int, progress: float) -> float:
    """Warm-up, constant, then a straight line to zero over the last quarter of the time."""
    return LEARNING_RATE * min(1.0, step / WARM_UP) * min(1.0, 4 * max(0.0, 1 - progress))


def save(path: Path, state: dict) -> None:
    """Write beside and move into place: a killed run leaves the last good checkpoint."""
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    temporary.replace(path)


def train(*, minutes: float, piece: float, batch: int, threads: int, seed: int) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    RUN.mkdir(parents=True, exist_ok=True)
    checkpoint = RUN / "checkpoint.pt"

    torch.manual_seed(seed)
    network = UNet2DModel(**NETWORK).to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-2)
    average = {k: v.detach().clone() for k, v in network.state_dict().items()}
    step, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average, step, spent = state["average"], state["step"], state["spent"]
        torch.manual_seed(seed + step)
        print(f"goes on from step {step}, {spent / 60:.1f} minutes in", flush=True)

    schedule = DDIMScheduler(**SCHEDULE).alphas_cumprod.to(device)
    crops = Crops(photographs("train"), batch, seed + step)
    loader = iter(DataLoader(crops, batch_size=None, num_workers=1, prefetch_factor=4))
    start = last_save = time.monotonic()
    before, losses = spent, []

    def keep() -> None:
        state = dict(network=network.state_dict(), optimiser=optimiser.state_dict(), average=average)
        save(checkpoint, state | dict(step=step, spent=spent))

    while spent < minutes * 60 and time.monotonic() - start < piece * 60:
        clean = next(loader).to(device, memory_format=torch.channels_last)
        noisy, target, timesteps = noisy_and_target(clean, schedule)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, spent / (minutes * 60))
        with torch.autocast(device, torch.bfloat16):
            predicted = network(noisy, timesteps).sample
        loss = torch.nn.functional.mse_loss(predicted.float(), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        decay = min(EMA, (1 + step) / (10 + step))
        weights = [v for v in network.state_dict().values()]
        torch._foreach_lerp_(list(average.values()), weights, 1 - decay)
        losses.append(loss.item())
        spent = before + time.monotonic() - start
        if not math.isfinite(losses[-1]):
            raise SystemExit(f"loss is {losses[-1]} at step {step}; the last checkpoint is {checkpoint}")
        if step % 100 == 0:
            pace = (spent - before) / len(losses)
            recent = float(np.mean(losses[-100:]))
            print(f"step {step:6d}  {spent / 60:6.1f} min  loss {recent:.4f}  {pace:.3f} s/step", flush=True)
        if time.monotonic() - last_save > 120:
            keep()
            last_save = time.monotonic()
    keep()
    print(f"step {step}, {spent / 60:.1f} of {minutes:g} minutes, loss {np.mean(losses[-500:]):.4f}")


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=140, help="length of the whole run [140]")
    parser.add_argument("--piece", type=float, default=math.inf, help="stop this piece after so many minutes")
    parser.add_argument("--batch", type=int, default=16, help="64 x 64 crops a step [16]; 256 on a GPU")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    train(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
