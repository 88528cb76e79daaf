"""The process that draws one chapter's film, where the one that is kept is out of date.

    renders/chapters/FORMAT/NAME/                a finished chapter (see `chapter_film`), and
        stamp.json                               what it was made from

A chapter is drawn in a folder of another name that is moved into place when all is done: whatever stops a
run leaves finished chapters as they are, and half a chapter nowhere. A lock for each chapter sees to it that
two runs at once share the work and not a folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from manim_spectral.sources import settings
from manim_spectral.stage import report
from manim_spectral.stage.muxing import seconds
from manim_spectral.story import Chapter
from manim_spectral.studio import stamps
from manim_spectral.studio.chapter_film import ChapterFilm, find_film
from manim_spectral.studio.film_format import FilmFormat
from spectral import InputError

STAMP = "stamp.json"
PART = ".part"  # ends the name of a folder in which a chapter is being drawn


class RenderJob:
    """One chapter in one format: its folder, what it is made from, and the process that draws it."""

    def __init__(self, chapter: Chapter, film_format: FilmFormat, choices: dict[str, Any]) -> None:
        self.chapter, self.film_format, self.choices = chapter, film_format, choices
        parts = filter(None, [chapter.name, stamps.key(choices)])
        self.folder = (film_format.folder / "-".join(parts)).absolute()
        self.stamp = stamps.stamp(chapter, choices, asdict(film_format))
        self.lock = FileLock(self.folder.with_name(f".{self.folder.name}.lock"))

    # -- what is there -------------------------------------------------------------------------------------

    def kept(self) -> dict[str, Any]:
        """The stamp of the film that is there, empty where none is."""
        try:
            return json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def is_up_to_date(self) -> bool:
        kept = self.kept()
        sizes = kept.get("files", {})
        return kept.get("made_from") == self.stamp and sizes == {
            name: _size(self.folder / name) for name in sizes
        }

    def rendered(self) -> ChapterFilm:
        return ChapterFilm.read(self.folder, self.chapter, self.film_format)

    # -- drawing it ----------------------------------------------------------------------------------------

    def start(self, threads: str) -> bool:
        """Begin to draw, in a folder beside the final one; False while another run draws it."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.lock.acquire(timeout=0)
        except Timeout:
            return False
        self.process = None
        if self.is_up_to_date():  # by the run that held the lock
            return True
        for left in self.folder.parent.glob(f".{self.folder.name}.*{PART}"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        self.part = self._passing_folder()
        self.part.mkdir()
        self.began = time.monotonic()
        command = [sys.executable, "-m", "manim", "render", *self.film_format.manim_options]
        command += ["--save_sections", "--silent", "--progress_bar", "none", "--verbosity", "WARNING"]
        command += ["--media_dir", str(self.part), str(self.chapter.file), self.chapter.scene]
        with (self.part / "log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.part,  # no spectral.toml or manim.cfg there: everything is said here
                env=self._environment(threads),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return True

    def _environment(self, threads: str) -> dict[str, str]:
        kept = {n: v for n, v in os.environ.items() if not n.upper().startswith(settings.PREFIX)}
        own = {f"{settings.PREFIX}{name.upper()}": str(value) for name, value in self.choices.items()}
        told = {report.FILE: str(self.part / "report"), "COLUMNS": "1000"}
        return {"OMP_NUM_THREADS": threads, **kept, **own, **told}

    def is_done(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def drawn(self) -> tuple[float, str] | None:
        """Seconds of film so far, and the beat."""
        return report.read(self.part / "report") if self.process else None

    def finish(self) -> None:
        """Move the finished film into place."""
        if self.process:
            if status := self.process.returncode:
                raise InputError(f"{self.chapter.name}: {self._complaint(status)}")
            film = find_film(self.part, self.chapter, self.film_format)
            shutil.rmtree(film.parent / "partial_movie_files", ignore_errors=True)
            film.with_suffix(".srt").touch()  # where nothing is said
            for passing in ("images", "Tex", "texts"):
                shutil.rmtree(self.part / passing, ignore_errors=True)
            files = sorted(path for path in (self.part / "videos").rglob("*") if path.is_file())
            sizes = {path.relative_to(self.part).as_posix(): _size(path) for path in files}
            took = time.monotonic() - self.began
            made = {"made_from": self.stamp, "files": sizes, "film": seconds(film), "took": round(took, 1)}
            (self.part / STAMP).write_text(json.dumps(made, indent=1), encoding="utf-8")
            self._replace()
        self.lock.release()

    def _replace(self) -> None:
        earlier = self._passing_folder()
        try:
            if self.folder.exists():
                self.folder.rename(earlier)
            self.part.rename(self.folder)
        except OSError as error:  # on Windows, where a program shows the film that is there
            raise InputError(f"{self.folder}: cannot be replaced ({error.strerror or error})") from None
        shutil.rmtree(earlier, ignore_errors=True)

    def _passing_folder(self) -> Path:
        """A new name beside the chapter's folder, of what is gone when all is done."""
        return self.folder.with_name(f".{self.folder.name}.{secrets.token_hex(4)}{PART}")

    def stop(self) -> None:
        """End the process and leave nothing of what it drew."""
        if self.process:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.part, ignore_errors=True)
        self.lock.release()

    def _complaint(self, status: int) -> str:
        """Why the process ended: the line with which the scene refused, or where its log lies."""
        log = (self.part / "log").read_text(encoding="utf-8", errors="replace")
        refused = re.findall(r"^error: (.+)$", log, re.MULTILINE)
        if refused:
            return refused[-1]
        kept = self.folder.with_name(f"{self.folder.name}.log")
        kept.write_text(log, encoding="utf-8")
        return f"manim ended with status {status}, expected a film; what it said is in {kept}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
