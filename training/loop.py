"""The training loop that all carried models share.

v-prediction (Salimans and Ho 2022) at uniformly random timesteps, bfloat16 autocast, AdamW, an exponential
moving average of the weights. The learning rate is constant and falls to zero over the last quarter of
`minutes`, counted over all pieces of the run, so a run may be cut into pieces of any length. A checkpoint is
written every two minutes; a run goes on from the last one, if there is one.
"""

from __future__ import annotations

import math
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

LEARNING_RATE = 4e-4
EMA = 0.9995
WARM_UP = 500  # steps


class Batches(IterableDataset):
    """Endless batches of clean signals, drawn by `sample(rng)` in a process of their own."""

    def __init__(self, sample: Callable[[np.random.Generator], Iterator[np.ndarray]], seed: int) -> None:
        self.sample, self.seed = sample, seed

    def __iter__(self) -> Iterator[torch.Tensor]:
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self.seed, info.id if info else 0))
        for batch in self.sample(rng):
            yield torch.from_numpy(np.ascontiguousarray(batch))


def noisy_and_target(
    clean: torch.Tensor, alphas_cumprod: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """x_t = alpha x_0 + sigma eps at random timesteps, and v = alpha eps - sigma x_0."""
    steps = torch.randint(len(alphas_cumprod), (len(clean),), device=clean.device)
    shape = (-1,) + (1,) * (clean.ndim - 1)
    alpha = alphas_cumprod[steps].sqrt().view(shape)
    sigma = (1 - alphas_cumprod[steps]).sqrt().view(shape)
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


def train(
    build: Callable[[], torch.nn.Module],
    sample: Callable[[np.random.Generator], Iterator[np.ndarray]],
    alphas_cumprod: torch.Tensor,
    *,
    loss_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = torch.nn.functional.mse_loss,
    run: Path,
    minutes: float,
    piece: float,
    threads: int,
    seed: int,
) -> None:
    """Train the network that `build` makes on the batches that `sample` draws; checkpoints go to `run`.

    `loss_of` takes what the network predicts and the target v.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    run.mkdir(parents=True, exist_ok=True)
    checkpoint = run / "checkpoint.pt"

    torch.manual_seed(seed)
    network = build().to(device)
    pictures = any(weight.ndim == 4 for weight in network.parameters())
    layout = torch.channels_last if pictures else torch.contiguous_format
    network.to(memory_format=layout)
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

    alphas_cumprod = alphas_cumprod.to(device)
    batches = Batches(sample, seed + step)
    loader = iter(DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4))
    start = last_save = time.monotonic()
    before, losses = spent, []

    def keep() -> None:
        state = dict(network=network.state_dict(), optimiser=optimiser.state_dict(), average=average)
        save(checkpoint, state | dict(step=step, spent=spent))

    while spent < minutes * 60 and time.monotonic() - start < piece * 60:
        clean = next(loader).to(device, memory_format=layout)
        noisy, target, timesteps = noisy_and_target(clean, alphas_cumprod)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, spent / (minutes * 60))
        with torch.autocast(device, torch.bfloat16):
            predicted = network(noisy, timesteps).sample
        loss = loss_of(predicted.float(), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        decay = min(EMA, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(average.values()), list(network.state_dict().values()), 1 - decay)
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


def options(description: str, *, minutes: float, batch: int) -> ArgumentParser:
    """The options that every recipe has, with a recipe's own defaults."""
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=minutes, help=f"length of the run [{minutes:g}]")
    parser.add_argument("--piece", type=float, default=math.inf, help="stop this piece after so many minutes")
    parser.add_argument("--batch", type=int, default=batch, help=f"signals a step [{batch}]")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    return parser
