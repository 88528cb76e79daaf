"""Chromium without a window and without a network, and what a page in it asked for and complained of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
STAYS = ("file:", "data:", "blob:", "about:")  # addresses for which nothing leaves the machine


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the machine has; playwright's own is not asked for."""
    path = next(filter(None, map(shutil.which, (*NAMES, MACOS))), None)
    if path is None:
        pytest.fail("no Chromium on this machine: ./setup.sh tests installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            # what the browser itself would ask for, and any name that a page might look up
            args=["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        yield browser
        browser.close()


class Watch:
    """A browser window whose pages are listened to."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.asked: list[str] = []
        self.complaints: list[str] = []
        context.set_offline(True)
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("requestfailed", lambda request: self._failed(request))
        context.on("console", lambda message: self._said(message.type, message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def open(self, file: Path) -> Page:
        page = self.context.new_page()
        page.goto(file.absolute().as_uri())
        return page

    def _failed(self, request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # a film no longer wanted
            self.complaints.append(f"{request.url}: {request.failure}")

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def check(self) -> None:
        """Nothing left the machine, and nothing went wrong."""
        assert self.asked
        assert [url for url in self.asked if not url.startswith(STAYS)] == []
        assert self.complaints == []


@contextmanager
def watched(browser: Browser, **options) -> Iterator[Watch]:
    """A window in which `Watch.check` holds at the end. `options` are playwright's, such as viewport."""
    context = browser.new_context(**options)
    watch = Watch(context)
    yield watch
    watch.check()
    context.close()
