"""`spectral info`: what a file says of itself, from its header alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from gaussian_runs import gaussian_run
from studio_support import call, examples, refusal


def told(text: str) -> dict[str, str]:
    return {line[:20].split("  ")[0]: line.split("  ", 1)[1].strip() for line in text.splitlines() if line}


@pytest.fixture
def path(tmp_path):
    run = gaussian_run(
        eta=0.5,
        seed=7,
        prompt="a lighthouse, at dusk",
        guidance=7.5,
        class_label=0,
        scheduler="DDIMScheduler",
        scheduler_config={"clip_sample": False},
        versions={"torch": "2.0"},
        origin="bridge",
        source="mine.jpg",
    )
    run = dataclasses.replace(run, x_t=run.x_t.astype(np.float16), denoised=run.denoised.astype(np.float16))
    run.save(tmp_path / "run.safetensors")
    return tmp_path / "run.safetensors"


def test_it_tells_what_was_recorded(path):
    size = path.stat().st_size / 1e6
    assert told(call("info", path).stdout) == {
        "file": str(path),
        "holds": f"40 steps of 3 x 32 x 32, float16, {size:.1f} MB",
        "modality": "image",
        "space": "signal",
        "origin": "bridge",
        "source": "mine.jpg",
        "model": "gauss",
        "scheduler": "DDIMScheduler",
        "scheduler config": "clip_sample=False",
        "stochastic": "yes",
        "eta": "0.5",
        "seed": "7",
        "prompt": "a lighthouse, at dusk",
        "guidance": "7.5",
        "class label": "0",
        "versions": "torch=2.0",
    }


def test_the_tensors_are_not_read(path):
    """Noise in their place: the header alone is what is told."""
    before = call("info", path).stdout
    content = bytearray(path.read_bytes())
    content[-2000:] = b"\xff" * 2000
    path.write_bytes(content)
    assert call("info", path).stdout == before
    refusal("measure", path)


def test_several_files_one_after_another(path, tmp_path):
    gaussian_run(signal=(500,), channels=1).save(tmp_path / "clip.safetensors")
    shown = call("info", path, tmp_path / "clip.safetensors").stdout
    assert [part.split("\n")[0].split()[-1] for part in shown.split("\n\n")] == [
        str(path),
        str(tmp_path / "clip.safetensors"),
    ]
    assert "40 steps of 1 x 500, float32" in shown


@pytest.mark.parametrize("example", examples("info"))
def test_examples_of_the_help_run(example, path, monkeypatch):
    monkeypatch.chdir(path.parent)
    argv = [name for word in example.split()[2:] for name in ([path.name] if "*" in word else [word])]
    assert "holds" in call("info", *argv).stdout
