"""A stand-in for Windows: no module that only POSIX has, and no open file that can be moved or removed."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from spectral.assets import carried

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's list of open files")

# Before anything else in a fresh interpreter: the modules are hidden, and the system's calls refuse what
# Windows refuses, the move or removal of a file that this process has open or mapped.
ELSEWHERE = """
import os, sys
from pathlib import Path
import psutil  # before they go: its part for Linux needs them, its part for Windows does not
for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None

def in_use(path):
    path = os.path.realpath(path)
    held = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            held.add(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            pass
    with open("/proc/self/maps") as maps:
        held |= {line.split(maxsplit=5)[5].rstrip() for line in maps if len(line.split()) > 5}
    return path in held

def refusing(call):
    def refuse(path, *args, **kwargs):
        for one in (path, *args[:1]):
            if isinstance(one, (str, os.PathLike)) and in_use(one):
                raise PermissionError(13, "the file is in use", str(one))
        return call(path, *args, **kwargs)
    return refuse

for name in ("rename", "replace", "remove", "unlink"):
    setattr(os, name, refusing(getattr(os, name)))
"""


def elsewhere(code: str, folder: Path) -> str:
    """Standard output of a fresh interpreter on such a machine."""
    ran = subprocess.run(
        [sys.executable, "-c", ELSEWHERE + textwrap.dedent(code)], cwd=folder, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_stand_in_refuses_what_windows_refuses(tmp_path):
    code = """
    with open("held", "w") as file:
        for refused in (lambda: os.unlink("held"), lambda: Path("held").replace("moved")):
            try:
                refused()
            except PermissionError:
                print("refused")
    Path("held").unlink()
    try:
        import fcntl
    except ImportError:
        print("hidden")
    """
    assert elsewhere(code, tmp_path) == "refused\nrefused\nhidden\n"


def test_record_save_load_measure(tmp_path):
    """A recording large enough for files on disk, saved over and over; what was left behind is cleared up."""
    Path(tmp_path, ".run.safetensors.0123.part").touch()
    code = f"""
    import spectral
    run = spectral.record("photos-64", steps=4, seed=0, height=256, width=256, out="run.safetensors")
    print([path.name for path in Path.cwd().iterdir()])
    picture = spectral.record_denoiser(
        lambda x, sigma: x / (1 + sigma**2), sigmas=[4, 2, 1], shape=(3, 700, 700), seed=0
    )
    picture.save("other.safetensors")
    picture.save("other.safetensors")
    sound = spectral.read_audio({str(carried("clips", "speech_now_unmuted.flac"))!r})
    spectral.wiener_bridge(sound.samples[0], sr=sound.sr, n_steps=8).save("tide.safetensors")
    try:
        run.save("run.safetensors")  # it is a map of that very file
    except spectral.InputError as error:
        print(error)
    for name in ("run", "other"):
        loaded = spectral.Trajectory.load(f"{{name}}.safetensors")
        print(loaded.n_steps, len(spectral.lock_in(loaded).bands))
    print(sorted(path.name for path in Path.cwd().iterdir()))
    """
    names = ["other.safetensors", "run.safetensors", "tide.safetensors"]
    assert elsewhere(code, tmp_path).splitlines() == [
        "['run.safetensors']",
        "run.safetensors: cannot be written (the file is in use)",
        "4 8",
        "3 9",
        str(names),
    ]


def test_the_command_records_and_measures(tmp_path):
    code = """
    from manim_spectral.studio.main import main
    main(["record", "photos-64", "-o", "run.safetensors", "--steps", "3"], standalone_mode=False)
    main(["measure", "run.safetensors"], standalone_mode=False)
    """
    shown = elsewhere(code, tmp_path)
    assert shown.startswith("run.safetensors\n") and "lock-in" in shown
