"""Judge the exported model and write its card.

    python training/judge_photos.py            # about ten minutes on two cores

Measures what the model card claims: spectrum of free samples against training crops, lines left by the
network's strides, how near the samples come to training crops, and the order in which bands lock in. Writes
`judged.json`, `crops_rapsd.json`, `samples.png`, `bridges.png` and `README.md` into the model's folder.
"""

from __future__ import annotations

import json
import platform
import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import date
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMPipeline
from export import MODELS
from loop import noisy_and_target
from photos import PHOTOGRAPHS
from PIL import Image
from rich.progress import track
from train_photos import RUN, WORK, photographs, random_crop

import spectral

SAMPLES = 256
SAMPLER_STEPS = 50
CROPS = 2048
ROUNDING = (2 / 255) ** 2 / 12  # power of rounding [-1, 1] to 8 bits
SPLITS = {"training crops": ("train",), "held-out crops": ("held-out", "carried")}


def draw(pipeline: DDPMPipeline, count: int, *, steps: int, seed: int, batch: int = 32) -> np.ndarray:
    """`count` free samples (count, 3, 64, 64), deterministic DDIM."""
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    generator = torch.Generator().manual_seed(seed)
    done = []
    for _ in track(range(0, count, batch), description=f"{count} samples of {steps} steps"):
        x = torch.randn(batch, 3, 64, 64, generator=generator)
        scheduler.set_timesteps(steps)
        with torch.inference_mode():
            for timestep in scheduler.timesteps:
                predicted = pipeline.unet(x, timestep).sample
                x = scheduler.step(predicted, timestep, x).prev_sample
        done.append(x.numpy())
    return np.concatenate(done)[:count]


def crops(count: int, splits: tuple[str, ...] = ("train",), seed: int = 0) -> np.ndarray:
    """Crops (count, 3, 64, 64) as the training draws them."""
    rng, pictures = np.random.default_rng(seed), [p for split in splits for p in photographs(split)]
    chosen = rng.integers(len(pictures), size=count)
    return np.stack([random_crop(pictures[i], 64, rng).transpose(2, 0, 1) for i in chosen])


def loss(pipeline: DDPMPipeline, clean: np.ndarray, batch: int = 64) -> float:
    """Mean square error of v at random timesteps, the same ones for every set of crops."""
    torch.manual_seed(0)
    total = 0.0
    for part in torch.from_numpy(clean).split(batch):
        noisy, target, timesteps = noisy_and_target(part, pipeline.scheduler.alphas_cumprod)
        with torch.inference_mode():
            total += float(((pipeline.unet(noisy, timesteps).sample - target) ** 2).mean()) * len(part)
    return total / len(clean)


def mean_log_rapsd(fields: np.ndarray) -> np.ndarray:
    """RAPSD of (n, 3, size, size) in dB, averaged over pictures and channels in the log domain.

    A flat crop has no power at all: nothing counts for less than the rounding to 8 bits that all went by.
    """
    return 10 * np.log10(spectral.rapsd(fields).power.clip(min=ROUNDING)).mean(axis=(0, 1))


def lines(fields: np.ndarray) -> dict[str, float]:
    """How far the rows and columns at Nyquist and half of it stand out from their neighbours, in dB."""
    power = spectral.periodogram(fields).mean(axis=(0, 1))
    size, found = power.shape[0], {}
    for name, at in (("Nyquist", size // 2), ("half Nyquist", size // 4)):
        near = [at - 2, at - 1] if at == size // 2 else [at - 2, at - 1, at + 1, at + 2]
        for axis, grid in (("rows", power), ("columns", power.T)):
            level = grid[near, 1 : size // 2].mean()
            found[f"{name} {axis}"] = float(10 * np.log10(grid[at, 1 : size // 2].mean() / level))
    return found


def nearest(samples: np.ndarray, pool: np.ndarray) -> dict[str, float]:
    """Root mean square distance to the nearest training crop, median over samples and over held-out crops."""
    held = crops(len(samples), SPLITS["held-out crops"])

    def distance(pictures: np.ndarray) -> float:
        flat, others = (torch.from_numpy(a.reshape(len(a), -1)) for a in (pictures, pool))
        return float(torch.cdist(flat, others).min(dim=1).values.median() / np.sqrt(others.shape[1]))

    return {"samples": distance(samples), "held-out crops": distance(held)}


def carried_photographs(size: int) -> dict[str, np.ndarray]:
    """The carried dozen, (3, size, size) in [-1, 1]."""
    pictures = {}
    for path in sorted(PHOTOGRAPHS.glob("*.png")):
        picture = Image.open(path).resize((size, size), Image.Resampling.LANCZOS)
        pictures[path.stem] = np.asarray(picture, np.float32).transpose(2, 0, 1) / 127.5 - 1
    return pictures


def orders(pipeline: DDPMPipeline) -> dict[str, float]:
    """Mean Kendall's tau of lock-in order against frequency."""
    runs = {
        f"16 free runs, {name}": (
            spectral.record(pipeline, steps=50, seed=seed, eta=eta, progress=False) for seed in range(16)
        )
        for name, eta in (("deterministic", 0.0), ("ancestral", 1.0))
    }
    runs["12 bridges to carried photographs"] = (
        spectral.bridge(pipeline, picture, steps=50, seed=0, progress=False)
        for picture in carried_photographs(64).values()
    )
    return {
        name: float(np.mean([spectral.lock_in(run).order.frequency for run in track(some, description=name)]))
        for name, some in runs.items()
    }


def sheet(rows: list[list[np.ndarray]]) -> Image.Image:
    """A contact sheet of (3, size, size) pictures in [-1, 1]."""
    grid = np.concatenate([np.concatenate(row, axis=2) for row in rows], axis=1)
    return Image.fromarray(np.rint((grid.clip(-1, 1) + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0))


def bridge_sheet(pipeline: DDPMPipeline) -> Image.Image:
    """Three photographs the model never saw, x_t above the estimate at seven moments of a bridge."""
    rows = []
    for name in ("red_panda", "colosseum", "kingfisher"):
        run = spectral.bridge(pipeline, carried_photographs(128)[name], steps=50, seed=0, progress=False)
        moments = [1, 6, 12, 18, 24, 32, 42]
        rows += [[run.x_t[i] for i in moments], [run.denoised[i] for i in moments]]
    return sheet(rows)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODELS / "photos-64")
    folder = parser.parse_args().model
    pipeline = DDPMPipeline.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    pool = crops(CROPS)
    samples = draw(pipeline, SAMPLES, steps=SAMPLER_STEPS, seed=0)
    reference, measured = mean_log_rapsd(pool), mean_log_rapsd(samples)
    off = measured - reference
    checkpoint = torch.load(RUN / "checkpoint.pt", map_location="cpu", weights_only=True)
    judged = {
        "parameters": sum(p.numel() for p in pipeline.unet.parameters()),
        "steps": checkpoint["step"],
        "minutes": round(checkpoint["spent"] / 60),
        "loss": {split: loss(pipeline, crops(1024, splits)) for split, splits in SPLITS.items()},
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} CPU threads",
        "rapsd_off_dB_2_to_24": [float(off[2:25].min()), float(off[2:25].max())],
        "rapsd_off_dB_25_to_nyquist": [float(off[25:].min()), float(off[25:].max())],
        "lines_dB": lines(samples),
        "nearest_crop_rms": nearest(samples[:64], pool),
        "kendall_tau": orders(pipeline),
    }
    (folder / "judged.json").write_text(json.dumps(judged, indent=1) + "\n")
    crops_rapsd = {"unit": "dB, mean of log power over crops and channels", "crops": CROPS}
    rings = spectral.rapsd(pool[0, 0]).in_unit(spectral.FrequencyUnit.per("image", 64))
    crops_rapsd |= {"cycles_per_image": rings.freq.tolist(), "rapsd": reference.round(3).tolist()}
    (folder / "crops_rapsd.json").write_text(json.dumps(crops_rapsd) + "\n")
    sheet([list(samples[8 * r : 8 * r + 8]) for r in range(8)]).save(folder / "samples.png", optimize=True)
    bridge_sheet(pipeline).save(folder / "bridges.png", optimize=True)
    index = json.loads((WORK / "photos.json").read_text())
    (folder / "README.md").write_text(card(judged, index))
    print(json.dumps(judged, indent=1))
    print(f"Written: {folder / 'README.md'}")


def card(judged: dict, index: list[dict]) -> str:
    """The model card, every figure from `judged`."""
    template = (Path(__file__).parent / "card_photos.md").read_text()
    trained = [p for p in index if p["split"] == "train"]
    # The packages spell one licence in several ways.
    licences = sorted({re.sub(r"(BY|SA) (?=\d)", r"\1-", p["licence"]).lower() for p in trained})
    low, high = judged["rapsd_off_dB_2_to_24"], judged["rapsd_off_dB_25_to_nyquist"]
    rows = [f"| {p['name']} | {p['author']} | {p['licence']} | {p['source']} |" for p in trained]
    return template.format(
        **{k: v for k, v in judged.items() if not isinstance(v, (dict, list))},
        samples=SAMPLES,
        sampler_steps=SAMPLER_STEPS,
        crops=CROPS,
        millions=judged["parameters"] / 1e6,
        photographs=len(trained),
        held_out=len(index) - len(trained),
        licences=", ".join(name.upper().replace("PUBLIC DOMAIN", "public domain") for name in licences),
        low=f"{low[0]:+.1f} to {low[1]:+.1f}",
        high=f"{high[0]:+.1f} to {high[1]:+.1f}",
        lines=", ".join(f"{k} {v:+.1f}" for k, v in judged["lines_dB"].items()),
        losses=", ".join(f"{k} {v:.4f}" for k, v in judged["loss"].items()),
        near=", ".join(f"{k} {v:.3f}" for k, v in judged["nearest_crop_rms"].items()),
        tau="\n".join(f"- {k}: {v:.2f}" for k, v in judged["kendall_tau"].items()),
        credits="\n".join(rows),
    )


if __name__ == "__main__":
    main()
