"""A skipped test is a failure: a check that did not run has not passed.

On a developer's own machine a test marked `platform_only` may skip; where `CI` is set, none may.
"""

from __future__ import annotations

import os
import signal

import pytest


def pytest_configure():
    # A job in a shell's background starts with SIGINT ignored, and so would all that the tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    excused = item.get_closest_marker("platform_only") and not os.environ.get("CI")
    if report.skipped and not hasattr(report, "wasxfail") and not excused:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which counts as a failure: {call.excinfo.value}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    report = yield
    if report.skipped:  # a whole module, for instance by importorskip
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which counts as a failure: {report.longrepr[-1]}"
    return report


def pytest_collection_modifyitems(items):
    """The film of the story takes longest: the file about it goes first.

    Under `-n` a file's tests stay together, for what they share. That is `--dist loadfile`, not groups of
    tests: pytest-xdist 3.8 marks those in a way that pytest 9.2 takes no notice of.
    """
    items.sort(key=lambda item: item.path.name != "test_story.py")


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write tests/golden instead of comparing")


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    """Where manim keeps the outlines of words that it has set once."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def nothing_chosen(monkeypatch, tmp_path):
    """No settings but those that a test makes: neither from the environment nor from a file."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.upper().startswith("SPECTRAL_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def golden(request, tmp_path):
    """Compares frames with those kept in tests/golden, or writes them there."""
    from scene_support import Golden

    return Golden(update=request.config.getoption("--update-golden"), failures=tmp_path)


@pytest.fixture(scope="session")
def story_film(tmp_path_factory):
    """The whole story at low quality (`story_support.StoryFilm`), drawn once for all processes of a run."""
    from story_support import make

    base = tmp_path_factory.getbasetemp()
    # pytest-xdist gives each of its processes a folder of its own in one that they share
    return make((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "story")
