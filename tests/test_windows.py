"""A stand-in for Windows: no module that only POSIX has, and no open file that can be moved or removed."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from spectral.assets import carried

TESTS = Path(__file__).parent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's list of open files")

# Before anything else in every fresh interpreter: the modules are hidden, and the system's calls refuse what
# Windows refuses, the move or removal of a file that this process has open or mapped.
ELSEWHERE = """
import os, sys
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
    return any(one == path or one.startswith(path + os.sep) for one in held)

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


@pytest.fixture(scope="module", autouse=True)
def machine(tmp_path_factory) -> Path:
    """A folder on the path of every interpreter, with what each is to run first."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "sitecustomize.py").write_text(ELSEWHERE)
    with pytest.MonkeyPatch.context() as patch:
        paths = [str(folder), str(TESTS), str(TESTS.parent)]
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        yield folder


def elsewhere(code: str, folder: Path) -> str:
    """Standard output of a fresh interpreter on such a machine; those that it starts are on it too."""
    code = "from pathlib import Path\n" + textwrap.dedent(code)
    ran = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_stand_in_refuses_what_windows_refuses(tmp_path):
    code = """
    import os
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


def test_scenes_are_drawn_and_joined_and_drawn_again(tmp_path):
    """By processes of their own, which tell how far they are; a film replaces the one before."""
    code = """
    import os
    from small_chapters import QUICK, chapter
    from manim_spectral import story
    from manim_spectral.studio.main import main
    story.TITLE, *story.STORY = (chapter(name, Path.cwd()) for name in ("quick", "quick_2"))
    for seconds in (0.8, 0.4):
        Path("quick_2.py").write_text(QUICK.replace("wait(0.8)", f"wait({seconds})"))
        main(["film", "-q", "l", "-o", "film.mp4"], standalone_mode=False)
        print(os.stat("film.mp4").st_size)
    """
    first, second = elsewhere(code, tmp_path).split("film.mp4\n")[1:]
    assert first.splitlines()[:2] == second.splitlines()[:2] == ["film.srt", "film.png"]
    assert int(first.splitlines()[2]) != int(second.splitlines()[2])
    kept = {path.name for path in (tmp_path / "renders" / "chapters" / "854x480-15-dark").iterdir()}
    assert {name for name in kept if not name.endswith(".lock")} == {"quick", "quick_2"}


def test_a_scenes_run_is_sampled_once_and_kept(tmp_path):
    code = """
    import os
    os.environ |= {"XDG_CACHE_HOME": str(Path.cwd()), "SPECTRAL_STEPS": "3"}
    from manim_spectral.sources import recordings, settings

    class OpenLock(recordings.FileLock):  # as it is on Windows, where the file itself is locked
        def __enter__(self):
            super().__enter__()
            self.file = open(self.lock_file)

        def __exit__(self, *what):
            self.file.close()
            super().__exit__(*what)

    recordings.FileLock = OpenLock
    for _ in range(2):
        print(recordings.stage_trajectories(settings.load_settings()).main.n_steps)
    print(len([*Path.cwd().rglob("*.safetensors")]), len([*Path.cwd().rglob("*.lock")]))
    """
    assert elsewhere(code, tmp_path).split() == ["3", "3", "2", "0"]


def test_a_film_that_is_being_shown_is_left_alone(tmp_path):
    code = """
    from small_chapters import QUICK, chapter
    from manim_spectral.studio.film_format import FilmFormat
    from manim_spectral.studio.rendering import render
    from spectral import InputError
    quick = chapter("quick", Path.cwd())
    (drawn,) = render([quick], FilmFormat("l"))
    before = drawn.film.read_bytes()
    Path("quick.py").write_text(QUICK.replace("wait(0.8)", "wait(0.4)"))
    with drawn.film.open("rb"):
        try:
            render([quick], FilmFormat("l"))
        except InputError as error:
            print(error)
    assert drawn.film.read_bytes() == before
    print([path.name for path in Path("renders").rglob("*.part")])
    print(render([quick], FilmFormat("l"))[0].seconds)
    """
    refused, left, seconds = elsewhere(code, tmp_path).splitlines()
    assert (
        refused
        == f"{tmp_path}/renders/chapters/854x480-15-dark/quick: cannot be replaced (the file is in use)"
    )
    assert (left, seconds) == ("[]", "1.0")
