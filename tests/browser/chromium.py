"""A headless Chromium for a module of tests, and its pages, which note whatever goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

MOST_WAITED_MS: Final = 120_000
"""How long Playwright waits for what it is told to wait for: machines may be slow and busy."""


class Look(NamedTuple):
    """How somebody looks at a page: the window's width, the theme, and the browser's language."""

    width: int = 1280
    theme: Literal["light", "dark"] = "light"
    language: Literal["en", "zh"] = "en"

    @property
    def name(self) -> str:
        """A name for a picture of it."""
        return f"{self.width}-{self.theme}-{self.language}"


LOOKS: Final = [
    Look(width, theme, language)
    for width in (1280, 390)
    for theme in ("light", "dark")
    for language in ("en", "zh")
]
"""All in which each page is looked at."""


class Visit:
    """One page of the browser.

    Parameters
    ----------
    page
        Playwright's page.
    base
        The address of serve, ``http://127.0.0.1:8780``.

    Attributes
    ----------
    faults
        What went wrong: errors of scripts, what the content security policy stopped, and requests
        to other hosts.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.faults: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"a script failed: {error}"))
        page.on("request", self._on_request)

    def open(self, path: str) -> Page:
        """Open an address of serve."""
        self.page.goto(f"{self.base}{path}")
        return self.page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")) and _host(request.url) != _host(
            self.base
        ):
            self.faults.append(f"a request leaves the host: {request.url}")


class Chromium:
    """A running browser.

    Parameters
    ----------
    browser
        Playwright's browser.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def visit(self, base: str, look: Look, *, scripts: bool = True) -> Iterator[Visit]:
        """Open an empty page, with cookies and memory of its own, and close it at the end.

        Parameters
        ----------
        base
            The address of serve.
        look
            How it is looked at.
        scripts
            Whether the page's scripts run.
        """
        context = self._browser.new_context(
            viewport={"width": look.width, "height": 900},
            color_scheme=look.theme,
            locale="zh-CN" if look.language == "zh" else "en-GB",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(MOST_WAITED_MS)
        try:
            yield Visit(context.new_page(), base)
        finally:
            context.close()


def chromium_path() -> str | None:
    """Where Chromium is; None where it is not installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Chromium]:
    """Start a browser.

    While it runs, this thread has an event loop of Playwright's: nothing else can run one in it.
    So a module of tests has a browser of its own, and what serve does is done in serve's thread.
    """
    expect.set_options(timeout=MOST_WAITED_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield Chromium(browser)
        finally:
            browser.close()


def _host(url: str) -> str:
    return urlsplit(url).netloc
