"""Write the trained weights as diffusers' own folder, `spectral/models/photos-64`, in fp16 safetensors.

python training/export_photos.py                    # from the last checkpoint's averaged weights
python training/export_photos.py --to some/folder   # a look in between, beside a running training
"""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from train_photos import NETWORK, RUN, SCHEDULE

CARRIED = Path(__file__).parents[1] / "spectral" / "models" / "photos-64"


def export(folder: Path) -> int:
    """Save the pipeline; returns the training step that it holds."""
    state = torch.load(RUN / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = UNet2DModel(**NETWORK)
    network.load_state_dict(state["average"])
    scheduler = DDPMScheduler(**SCHEDULE, timestep_spacing="trailing")
    DDPMPipeline(network.half(), scheduler).save_pretrained(folder)
    return state["step"]


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=CARRIED)
    folder = parser.parse_args().to
    print(f"step {export(folder)} in {folder}")


if __name__ == "__main__":
    main()
