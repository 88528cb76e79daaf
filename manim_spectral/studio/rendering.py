"""Chapters as films, as many drawn at once as there are cores."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from manim_spectral.sources import settings
from manim_spectral.story import Chapter
from manim_spectral.studio import stamps
from manim_spectral.studio.chapter_film import ChapterFilm
from manim_spectral.studio.film_format import FilmFormat
from manim_spectral.studio.progress import ChapterProgress
from manim_spectral.studio.render_job import RenderJob

TICK = 0.1  # seconds between looks at what runs


def render(
    chapters: Sequence[Chapter], film_format: FilmFormat, *, jobs: int | None = None
) -> list[ChapterFilm]:
    """Draw those of the chapters that are not up to date; all of them, in the order given.

    Parameters
    ----------
    jobs
        How many to draw at once; by default one a core.

    Raises
    ------
    InputError
        When a chapter refuses what the user has set, or its rendering fails; the others are stopped.
    """
    chosen, theme = settings.load_settings(), film_format.theme
    made = [
        RenderJob(chapter, film_format, stamps.relevant_settings(chosen, chapter, theme=theme))
        for chapter in chapters
    ]
    waiting = _quickest_order([one for one in made if not one.is_up_to_date()])
    if waiting:
        jobs = min(jobs or cores(), len(waiting))
        threads = str(max(1, cores() // jobs))
        with ChapterProgress([one.chapter.name for one in waiting]) as bars:
            _draw(waiting, jobs, threads, bars)
    return [one.rendered() for one in made]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _draw(waiting: list[RenderJob], jobs: int, threads: str, bars: ChapterProgress) -> None:
    running: list[RenderJob] = []
    try:
        while waiting or running:
            for one in list(waiting):
                if len(running) == jobs:
                    break
                if one.start(threads):
                    waiting.remove(one)
                    running.append(one)
                    bars.start(one.chapter.name, one.kept().get("film"))
                else:
                    bars.wait(one.chapter.name)
            for one in list(running):
                bars.show(one.chapter.name, one.drawn())
                if one.is_done():
                    one.finish()
                    running.remove(one)
                    bars.finish(one.chapter.name, one.kept()["film"], drawn=one.process is not None)
            time.sleep(TICK)
    finally:
        for one in running:
            one.stop()


def _quickest_order(waiting: list[RenderJob]) -> list[RenderJob]:
    """Longest first, as they took last time, so that all cores have work to the end.

    Where that is not known: first one chapter of each kind of signal, for several that show the same run
    would wait for one another while it is sampled.
    """
    signals = [one.chapter.signal for one in waiting]
    first = [bool(s) and s not in signals[:k] for k, s in enumerate(signals)]
    took = {one.chapter.name: one.kept().get("took", float("inf")) for one in waiting}
    ranked = sorted(
        zip(waiting, first, strict=True),
        key=lambda pair: (-took[pair[0].chapter.name], not pair[1], bool(pair[0].chapter.signal)),
    )
    return [one for one, _ in ranked]
