"""What recording adds to a pipeline's time.

    python benchmarks/record.py            # minutes on two cores

The same call of a diffusers pipeline with a `Recorder` around it and without, one after the other, over and
over in one process, in two sizes: latents of 4 x 64 x 64 under a U-Net that takes about 50 ms a step (its
width is found first), and pictures of 3 x 512 x 512. Prints ratios: of the time that passed, which is what a
user waits, the best calls against each other (on a busy machine the rest says little) and the median of the
pairs; and of the processor time of all threads, which also counts what the recorder's own thread does beside
the model.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import nullcontext

import numpy as np
import torch
from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel

from spectral import Recorder

STEP = 0.05  # seconds of the model of latents
WIDTHS = (16, 32, 48, 64, 96, 128, 192, 256)


def pipeline(channels: int, size: int, width: int) -> DDIMPipeline:
    """A U-Net with random weights: what it draws is noise, what it costs is real."""
    torch.manual_seed(0)
    network = UNet2DModel(
        sample_size=size,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(width, 2 * width),
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        layers_per_block=1,
        norm_num_groups=8,
        add_attention=False,
    )
    made = DDIMPipeline(unet=network.eval(), scheduler=DDIMScheduler())
    made.set_progress_bar_config(disable=True)
    return made


def timed(made: DDIMPipeline, steps: int, *, recorded: bool) -> tuple[float, float]:
    """Seconds that pass, and seconds of processor time of all threads, in one call."""
    generator = torch.Generator().manual_seed(0)
    start = time.perf_counter(), time.process_time()
    with Recorder(made) if recorded else nullcontext():
        made(num_inference_steps=steps, generator=generator, output_type="np")
    return time.perf_counter() - start[0], time.process_time() - start[1]


def width_of_latents() -> int:
    """The first width at which a step takes long enough."""
    for width in WIDTHS:
        made = pipeline(4, 64, width)
        if min(timed(made, 2, recorded=False)[0] for _ in range(3)) > 2 * STEP:
            break
    return width


def compare(name: str, made: DDIMPipeline, *, steps: int, repeats: int) -> None:
    """Print the ratios of `repeats` pairs of calls."""
    for recorded in (False, True):  # what is loaded and reserved once
        timed(made, 2, recorded=recorded)
    seconds: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for i in range(repeats):
        for recorded in (False, True) if i % 2 == 0 else (True, False):
            seconds[recorded].append(timed(made, steps, recorded=recorded))
    with_, without = np.array(seconds[True]), np.array(seconds[False])
    best = with_.min(axis=0) / without.min(axis=0)
    low, middle, high = np.quantile(with_[:, 0] / without[:, 0], [0.25, 0.5, 0.75])
    print(f"{name} {best[0]:6.3f} {middle:9.3f} ({low:.3f} to {high:.3f}) {best[1]:9.3f}", flush=True)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20, help="pairs of calls in each size [20]")
    parser.add_argument("--width", type=int, help="of the U-Net of latents, instead of finding it")
    parser.add_argument("--side", type=int, default=512, help="of the pictures, in pixels [512]")
    options = parser.parse_args()
    width = options.width or width_of_latents()
    print(f"recorded / not recorded, {options.repeats} pairs, {torch.get_num_threads()} threads")
    print("                  time: best   median of pairs (half)   processor: best   (at most 1.02)")
    compare(f"4 x 64 x 64, {width:3d} ", pipeline(4, 64, width), steps=20, repeats=options.repeats)
    side = options.side
    compare(f"3 x {side:3d} x {side:3d}     ", pipeline(3, side, 32), steps=3, repeats=options.repeats)


if __name__ == "__main__":
    main()
