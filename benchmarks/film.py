"""How long the chapters take one after another, and as many at once as there are cores.

    python benchmarks/film.py                                 # the whole story at 480p15, some minutes
    python benchmarks/film.py --chapters tide,spectrum        # a quick one

Both in one run, every chapter drawn anew; the models' recordings are made before the clock starts. The
second time it is known how long each took, so that the longest is drawn first, as whenever a film is made
again. Prints the ratio of both: on two cores about 1.6 to 1.8, where nothing else wants them.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence

from manim_spectral import story
from manim_spectral.sources import recordings, settings
from manim_spectral.story import Chapter
from manim_spectral.studio import rendering
from manim_spectral.studio.film_format import FilmFormat
from manim_spectral.studio.render_job import STAMP


def timed(chapters: Sequence[Chapter], film_format: FilmFormat, *, jobs: int) -> float:
    """Seconds to draw chapters, also those that are there already."""
    for stamp in film_format.folder.glob(f"*/{STAMP}"):
        kept = json.loads(stamp.read_text(encoding="utf-8"))
        stamp.write_text(json.dumps(kept | {"made_from": None}), encoding="utf-8")
    start = time.perf_counter()
    rendering.render(chapters, film_format, jobs=jobs)
    return time.perf_counter() - start


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--quality", choices="lmhk", default="l", help="as of `spectral film` [l]")
    parser.add_argument("--chapters", metavar="NAME,...", help="these alone; all by default")
    options = parser.parse_args()
    names = options.chapters.split(",") if options.chapters else [c.name for c in story.STORY]
    if unknown := [name for name in names if name not in story.CHAPTERS]:
        parser.error(f"no chapter {', '.join(unknown)}, expected some of {', '.join(story.CHAPTERS)}")
    chapters = [story.CHAPTERS[name] for name in names]

    for signal in {chapter.signal for chapter in chapters if chapter.signal}:
        recordings.stage_trajectories(settings.load_settings(), signal)
    film_format, cores, load = FilmFormat(quality=options.quality), rendering.cores(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        apart = timed(chapters, film_format, jobs=1)
        together = timed(chapters, film_format, jobs=cores)
    print(f"{len(chapters)} chapters at quality {options.quality}, {cores} cores, load before {load:.1f}")
    print(f"one after another takes {apart / together:.2f} times as long as {cores} at once")


if __name__ == "__main__":
    main()
