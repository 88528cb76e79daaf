"""The sounds: fetch them from Debian packages, decode and split them.

    python training/sounds.py            # fetch and prepare, under a minute

Speech: the English prompts of Asterisk, one voice (Allison Smith), CC BY-SA 3.0. Music: Asterisk's music on
hold from opsound.org, CC BY-SA 3.0. Both are G.722 at 16 kHz. A tenth of the prompts is held out of training,
by a hash of the name. Writes the carried eight clips with their credits to `spectral/assets/clips/`, and to
`training/work/sounds/`: `speech-train.npy` and `speech-held-out.npy`, the
prompts of a split one after another with pauses of at most a quarter of a second, int16; and every prompt's
name and split in `speech.json`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import av
import numpy as np
import soundfile

WORK = Path(__file__).parent / "work"
CLIPS = Path(__file__).parents[1] / "spectral" / "assets" / "clips"
SOUNDS = WORK / "sounds"
PACKAGES = ("asterisk-core-sounds-en-g722", "asterisk-moh-opsound-g722")
SPEECH = WORK / "packages/debian/usr/share/asterisk/sounds/en_US_f_Allison"
MUSIC = WORK / "packages/debian/usr/share/asterisk/moh"
SAMPLE_RATE = 16000
CLIP = 16384  # samples of a model's clip
NOT_SPEECH = {"ascending-2tone", "beep", "beeperr", "confbridge-join", "confbridge-leave"}
NOT_SPEECH |= {"descending-2tone", "tt-monkeys"}  # tones and monkeys
# Carried: held-out prompts by the words in their names, and five seconds of music from a given second on.
CARRIED_SPEECH = {
    "speech_do_not_disturb": "do-not-disturb",
    "speech_now_unmuted": "conf-now-unmuted",
    "speech_one_moment_please": "one-moment-please",
    "speech_please_hold_while_try": "followme/pls-hold-while-try",
}
CARRIED_MUSIC = {
    "music_cold_day": ("macroform-cold_day", 25, "Cold Day", "Paul Shuler (Macroform)"),
    "music_morning_coffee": ("manolo_camp-morning_coffee", 20, "Morning Coffee", "Manolo Camp"),
    "music_system": ("reno_project-system", 20, "System", "Reno Project"),
    "music_the_simplicity": ("macroform-the_simplicity", 60, "The Simplicity", "Paul Shuler (Macroform)"),
}
CARRIED_SECONDS = 5
FADE = 320  # samples at either end of an excerpt
FRAME = 256  # samples, for finding pauses
SILENT = 10 ** (-45 / 20)  # RMS of a frame that counts as a pause
PAUSE = 16  # frames of a pause that are kept


def fetch(folder: Path) -> None:
    """Download and unpack the packages with the machine's own package tools."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if not list(folder.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        for deb in folder.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb.name, "debian"], cwd=folder, check=True)


def decode(path: Path) -> np.ndarray:
    """One G.722 file as int16 `(samples,)` at 16 kHz."""
    with av.open(str(path), format="g722") as container:
        return np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])


def prompts() -> dict[str, np.ndarray]:
    """Every spoken prompt by name."""
    names = {path.relative_to(SPEECH).with_suffix("").as_posix(): path for path in SPEECH.rglob("*.g722")}
    spoken = [name for name in sorted(names) if name not in NOT_SPEECH and not name.startswith("silence/")]
    return {name: decode(names[name]) for name in spoken}


def held_out(name: str) -> bool:
    """A tenth of the names, the same on every machine."""
    return hashlib.sha256(name.encode()).digest()[0] % 10 == 0


def shorten_pauses(y: np.ndarray) -> np.ndarray:
    """Whole frames of a prompt, with at most PAUSE silent ones in a row."""
    frames = y[: len(y) // FRAME * FRAME].reshape(-1, FRAME)
    silent = np.sqrt(((frames / 32768) ** 2).mean(axis=1)) < SILENT
    kept, run = [], 0
    for frame, quiet in zip(frames, silent, strict=True):
        run = run + 1 if quiet else 0
        if run <= PAUSE:
            kept.append(frame)
    return np.concatenate(kept) if kept else y[:0]


def carry(out: Path) -> None:
    """Write the carried clips, 16 kHz FLAC of one channel, and the page that credits them."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, prompt in CARRIED_SPEECH.items():
        if not held_out(prompt):
            raise SystemExit(f"{prompt} was trained on, expected a prompt that is held out")
        soundfile.write(out / f"{name}.flac", decode(SPEECH / f"{prompt}.g722"), SAMPLE_RATE, "PCM_16")
        done = "the whole prompt, decoded"
        rows.append(f"| `{name}.flac` | prompt `{prompt}` | Allison Smith | {PACKAGES[0]} | {done} |")
    fade = np.ones(CARRIED_SECONDS * SAMPLE_RATE)
    fade[:FADE] = np.linspace(0, 1, FADE)
    fade *= fade[::-1]
    for name, (file, second, title, author) in CARRIED_MUSIC.items():
        start = second * SAMPLE_RATE
        excerpt = decode(MUSIC / f"{file}.g722")[start : start + len(fade)]
        y = np.rint(excerpt * fade).astype(np.int16)
        soundfile.write(out / f"{name}.flac", y, SAMPLE_RATE, "PCM_16")
        done = f"seconds {second} to {second + CARRIED_SECONDS}, decoded, the ends faded over 20 ms"
        rows.append(f"| `{name}.flac` | {title} | {author} | {PACKAGES[1]} | {done} |")
    (out / "README.md").write_text(
        "# Clips\n\n"
        f"{len(rows)} real sounds, {SAMPLE_RATE // 1000} kHz, one channel. None of them was shown to the "
        "carried models in training. Written by `training/sounds.py` from Debian's packages, where they "
        "are G.722 at the same rate.\n\nAll under CC BY-SA 3.0 (https://creativecommons.org/licenses/by-sa/3.0/).\n\n"
        "| file | title | author | package | what was done |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def stream(split: str) -> np.ndarray:
    """The prompts of "train" or "held-out", one after another, float32 `(samples,)` in [-1, 1]."""
    return np.load(SOUNDS / f"speech-{split}.npy").astype(np.float32) / 32768


def random_clips(y: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Clips `(count, CLIP)` from anywhere in a stream, up to 3 dB louder or softer."""
    starts = rng.integers(len(y) - CLIP, size=count)
    gains = 10 ** (rng.uniform(-3, 3, size=(count, 1)) / 20)
    return (np.stack([y[s : s + CLIP] for s in starts]) * gains).astype(np.float32)


def main() -> None:
    fetch(WORK / "packages")
    SOUNDS.mkdir(parents=True, exist_ok=True)
    spoken = prompts()
    splits = {name: "held-out" if held_out(name) else "train" for name in spoken}
    for split in ("train", "held-out"):
        y = np.concatenate([shorten_pauses(y) for name, y in spoken.items() if splits[name] == split])
        np.save(SOUNDS / f"speech-{split}.npy", y)
        count = list(splits.values()).count(split)
        print(f"{split}: {count} prompts, {len(y) / SAMPLE_RATE:.0f} s")
    (SOUNDS / "speech.json").write_text(json.dumps(splits, indent=1) + "\n")
    carry(CLIPS)


if __name__ == "__main__":
    main()
