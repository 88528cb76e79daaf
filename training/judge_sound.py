"""Judge the exported models of sound and write their cards.

    python training/judge_sound.py speech-16k            # about a quarter of an hour on two cores
    python training/judge_sound.py mel-64

Measures what the model cards claim: the spectrum of free samples against the training data's, for waveforms
how much of them is voiced and whether the patch rate leaves lines, how near the samples come to what was
trained on, and the order in which bands lock in. Writes `judged.json`, `data_spectrum.json`, `samples.png`,
`bridges.png`, for waveforms `samples.flac`, and `README.md` into the model's folder.
"""

from __future__ import annotations

import json
import platform
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import scipy.signal
import soundfile
import torch
from diffusers import DiffusionPipeline
from export import MODELS, RECIPES
from loop import noisy_and_target
from PIL import Image
from rich.progress import track
from sounds import CLIP, SAMPLE_RATE, random_clips, stream
from train_mel import SETTINGS

import spectral

SAMPLES = 128
SAMPLER_STEPS = 50
DATA = 1024  # clips that the samples are compared with
RUNS = 16
NEAREST = 16  # samples whose nearest neighbour in the training data is looked for
PITCHED = 64  # samples in which a voice is looked for
LOUD = 0.25  # of a clip's loudest frame: what counts as loud
OCTAVES = spectral.sound_bands(CLIP, sr=SAMPLE_RATE)


def decibels(power: np.ndarray) -> np.ndarray:
    return 10 * np.log10(np.maximum(power, 1e-15))


def orders(runs: Iterable[spectral.Trajectory]) -> dict[str, float]:
    """Mean Kendall's tau of lock-in order against frequency and against power."""
    found = [spectral.lock_in(run).order for run in runs]
    return {name: float(np.mean([getattr(o, name) for o in found])) for name in ("frequency", "power")}


def loss(pipeline: DiffusionPipeline, clean: np.ndarray) -> float:
    """Mean square error of v at random timesteps, the same ones for every set of signals."""
    torch.manual_seed(0)
    errors = []
    for part in torch.from_numpy(clean).split(16):
        noisy, target, timesteps = noisy_and_target(part, pipeline.scheduler.alphas_cumprod)
        with torch.inference_mode():
            errors.append(float(((pipeline.unet(noisy, timesteps).sample - target) ** 2).mean()))
    return float(np.mean(errors))


def log_spectrum(clips: np.ndarray) -> np.ndarray:
    """Power of clips (n, 1, samples) at every frequency in dB, averaged over clips."""
    return decibels(np.abs(np.fft.rfft(clips[:, 0])) ** 2 / clips.shape[-1]).mean(axis=0)


def octave_spectrum(clips: np.ndarray) -> np.ndarray:
    """The same, averaged over the frequencies of each octave."""
    spectrum, freq = log_spectrum(clips), np.fft.rfftfreq(clips.shape[-1])
    return np.array([spectrum[(freq >= band.low) & (freq < band.high)].mean() for band in OCTAVES])


def rapsd(pictures: np.ndarray) -> np.ndarray:
    """Radially averaged power of pictures (n, 1, size, size) in dB, averaged over pictures, 1 cycle up."""
    return decibels(spectral.rapsd(pictures[:, 0]).without_dc().power).mean(axis=0)


def voiced(clips: np.ndarray) -> float:
    """Share of the loud frames in which a pitch tracker finds 80 to 400 Hz, mean over clips."""
    shares = []
    for y in track(clips[:, 0], description="pitch"):
        level = librosa.feature.rms(y=y, frame_length=1024, hop_length=256)[0]
        found = librosa.pyin(y, fmin=80, fmax=400, sr=SAMPLE_RATE, frame_length=1024, hop_length=256)[1]
        shares.append(found[level > LOUD * level.max()].mean())
    return float(np.mean(shares))


def lines(clips: np.ndarray, patch_size: int) -> dict[str, float]:
    """How far multiples of the patch rate stand out of the mean log spectrum around them, in dB."""
    spectrum = log_spectrum(clips)
    step = clips.shape[-1] // patch_size
    found = {}
    for at in range(step, len(spectrum) - 1, step):
        around = np.r_[spectrum[at - 34 : at - 1], spectrum[at + 2 : at + 35]]
        found[f"{at * SAMPLE_RATE / clips.shape[-1]:g} Hz"] = float(spectrum[at] - around.mean())
    return found


def sliding(picture: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inner products of (rows, n) with all its positions in (rows, N), and the squared norms there."""
    product = scipy.signal.oaconvolve(training, picture[:, ::-1], mode="valid", axes=-1).sum(axis=0)
    total = np.cumsum(np.pad((training.astype(float) ** 2).sum(axis=0), (1, 0)))
    return product, np.maximum(total[picture.shape[1] :] - total[: -picture.shape[1]], 1e-12)


def nearest_clip(clips: np.ndarray) -> float:
    """Largest correlation with any stretch of the training speech, median over clips; 1 is a copy."""
    training = stream("train")[None]
    found = []
    for y in track(clips[:NEAREST, 0], description="nearest"):
        product, norm = sliding(y[None], training)
        found.append(np.abs(product / np.sqrt(norm)).max() / np.linalg.norm(y))
    return float(np.median(found))


def nearest_picture(pictures: np.ndarray) -> float:
    """Root mean square distance to the nearest stretch of the training speech, median over pictures."""
    training = spectral.log_mel(stream("train"), settings=SETTINGS)
    found = []
    for picture in track(pictures[:NEAREST, 0], description="nearest"):
        product, norm = sliding(picture, training)
        found.append(np.sqrt((norm - 2 * product + (picture**2).sum()).min() / picture.size))
    return float(np.median(found))


def sheet(rows: list[list[np.ndarray]], *, scale: int = 1) -> Image.Image:
    """A contact sheet of log-mel pictures (n_mels, frames) in [-1, 1], low mels below."""
    framed = [[np.pad(p[::-1], 1, constant_values=1) for p in row] for row in rows]
    grid = np.concatenate([np.concatenate(row, axis=1) for row in framed], axis=0)
    image = Image.fromarray(np.rint((grid.clip(-1, 1) + 1) * 127.5).astype(np.uint8))
    return image.resize((scale * image.width, scale * image.height), Image.Resampling.NEAREST)


def judge(name: str, folder: Path) -> dict:
    """Measure a model; everything but the card is written on the way."""
    pipeline = DiffusionPipeline.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    waveform = name == "speech-16k"

    def signals(split: str, count: int, seed: int) -> np.ndarray:
        clips = random_clips(stream(split), count, np.random.default_rng(seed))
        return (clips if waveform else spectral.log_mel(clips, settings=SETTINGS))[:, None]

    def picture(signal: np.ndarray) -> np.ndarray:
        return spectral.log_mel(signal[0], settings=SETTINGS) if waveform else signal[0]

    training, held_out = signals("train", DATA, 0), signals("held-out", SAMPLES, 1)
    spectrum: Callable[[np.ndarray], np.ndarray] = octave_spectrum if waveform else rapsd
    drawn = partial(spectral.record_batch, folder, steps=SAMPLER_STEPS, batch=RUNS)
    runs = drawn(seed=0)
    rest = [run.sample for seed in range(RUNS, SAMPLES, RUNS) for run in drawn(seed=seed)]
    samples = np.array([run.sample for run in runs] + rest)
    reference = spectrum(training)
    off = spectrum(samples) - reference
    checkpoint = torch.load(RECIPES[name][0].RUN / "checkpoint.pt", map_location="cpu", weights_only=True)
    nearest = nearest_clip if waveform else nearest_picture
    judged = {
        "parameters": sum(p.numel() for p in pipeline.unet.parameters()),
        "steps": checkpoint["step"],
        "minutes": round(checkpoint["spent"] / 60),
        "loss": {"training": loss(pipeline, training[:SAMPLES]), "held out": loss(pipeline, held_out)},
        "date": date.today().isoformat(),
        "machine": platform.machine(),
        "nearest": {"samples": nearest(samples), "held out": nearest(held_out)},
    }
    if waveform:
        judged["octaves_off_dB"] = {
            f"{band.centre * SAMPLE_RATE:g} Hz": float(v) for band, v in zip(OCTAVES, off, strict=True)
        }
        judged["voiced"] = {"samples": voiced(samples[:PITCHED]), "held out": voiced(held_out[:PITCHED])}
        judged["lines_dB"] = lines(samples, pipeline.unet.config.patch_size)
        judged["data_lines_dB"] = lines(training, pipeline.unet.config.patch_size)
        unit = spectral.FrequencyUnit.hertz(SAMPLE_RATE)
        positions = {"centre_hz": OCTAVES.centres(unit).tolist()}
        eight = samples[:8, 0].clip(-1, 1)
        soundfile.write(folder / "samples.flac", eight.reshape(-1), SAMPLE_RATE, "PCM_16")
    else:
        judged["rapsd_off_dB"] = [float(off.min()), float(off.max())]
        rings = spectral.rapsd(training[0, 0]).without_dc().in_unit(spectral.FrequencyUnit.per("picture", 64))
        positions = {"cycles_per_picture": rings.freq.tolist()}
    bridges = [
        spectral.bridge(folder, signal, steps=SAMPLER_STEPS, seed=seed)
        for seed, signal in enumerate(held_out[:RUNS])
    ]
    judged["kendall_tau"] = {
        f"{RUNS} free runs, deterministic": orders(runs),
        f"{RUNS} free runs, ancestral": orders(drawn(seed=0, eta=1.0)),
        f"{RUNS} bridges to held-out speech": orders(bridges),
    }
    data = {"unit": "dB, mean over clips of log power", "clips": DATA} | positions
    (folder / "data_spectrum.json").write_text(
        json.dumps(data | {"power": reference.round(3).tolist()}) + "\n"
    )
    (folder / "judged.json").write_text(json.dumps(judged, indent=1) + "\n")

    pictures = [picture(sample) for sample in samples[:32]]
    sheet([pictures[8 * k : 8 * k + 8] for k in range(4)], scale=2).save(
        folder / "samples.png", optimize=True
    )
    moments = [1, 6, 12, 18, 24, 32, 42]
    rows = [[picture(kept[i]) for i in moments] for b in bridges[:3] for kept in (b.x_t, b.denoised)]
    sheet(rows, scale=2).save(folder / "bridges.png", optimize=True)
    return judged


def card(name: str, judged: dict) -> str:
    """The model card, every figure from `judged`."""
    template = (Path(__file__).parent / f"card_{name}.md").read_text()

    def listed(values: dict[str, float], form: str) -> str:
        return ", ".join(f"{key} {value:{form}}" for key, value in values.items())

    told = {key: value for key, value in judged.items() if not isinstance(value, dict | list)}
    told |= dict(samples=SAMPLES, sampler_steps=SAMPLER_STEPS, data=DATA, millions=judged["parameters"] / 1e6)
    told |= dict(losses=listed(judged["loss"], ".4f"), near=listed(judged["nearest"], ".3f"))
    told["tau"] = "\n".join(
        f"| {runs} | {tau['frequency']:.2f} | {tau['power']:.2f} |"
        for runs, tau in judged["kendall_tau"].items()
    )
    if "octaves_off_dB" in judged:
        told["off"] = "\n".join(f"| {band} | {v:+.1f} |" for band, v in judged["octaves_off_dB"].items())
        told["voicing"] = listed(judged["voiced"], ".0%")
        told["line"], told["data_line"] = (max(judged[k].values()) for k in ("lines_dB", "data_lines_dB"))
    else:
        told["low"], told["high"] = judged["rapsd_off_dB"]
    return template.format(**told)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("mel-64", "speech-16k"))
    parser.add_argument("--model", type=Path, help="another folder than the carried one")
    given = parser.parse_args()
    folder = given.model or MODELS / given.name
    judged = judge(given.name, folder)
    (folder / "README.md").write_text(card(given.name, judged))
    print(json.dumps(judged, indent=1))
    print(f"Written: {folder / 'README.md'}")


if __name__ == "__main__":
    main()
