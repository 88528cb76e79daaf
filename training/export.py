"""Write trained weights as diffusers' own folder, `spectral/assets/models/NAME`, in fp16 safetensors.

python training/export.py speech-16k                    # from the last checkpoint's averaged weights
python training/export.py mel-64 --to some/folder       # a look in between, beside a running training
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import torch
import train_mel
import train_photos
import train_speech
from diffusers import DanceDiffusionPipeline, DDPMPipeline, DDPMScheduler

MODELS = Path(__file__).parents[1] / "spectral" / "assets" / "models"
RECIPES = {
    "mel-64": (train_mel, DDPMPipeline),
    "photos-64": (train_photos, DDPMPipeline),
    "speech-16k": (train_speech, DanceDiffusionPipeline),
}


def export(name: str, folder: Path) -> int:
    """Save the pipeline; returns the training step that it holds."""
    recipe, pipeline = RECIPES[name]
    state = torch.load(recipe.RUN / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = recipe.build()
    network.load_state_dict(state["average"])
    scheduler = DDPMScheduler(**recipe.SCHEDULE, timestep_spacing="trailing")
    pipeline(network.half(), scheduler).save_pretrained(folder)
    if recipe is train_mel:
        settings = json.dumps(train_mel.SETTINGS.to_dict(), indent=2)
        (folder / "mel.json").write_text(settings + "\n")
    if recipe is train_speech:
        # The public name: diffusers writes that of the module, and asks that it be imported beforehand.
        index = folder / "model_index.json"
        index.write_text(index.read_text().replace('"spectral.networks.waveform_unet"', '"spectral"'))
    return state["step"]


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--to", type=Path, help="another folder than the carried one")
    given = parser.parse_args()
    folder = given.to or MODELS / given.name
    print(f"step {export(given.name, folder)} in {folder}")


if __name__ == "__main__":
    main()
