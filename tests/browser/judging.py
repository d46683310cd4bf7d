"""What is judged of a page as it is shown: accessibility, layout; and pictures of it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

SERIOUS: Final = ("serious", "critical")
"""Impacts that count; axe's others are minor and moderate."""


def barriers(page: Page) -> list[str]:
    """Return what axe finds on the page that keeps people out; each with the first place of it."""
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], iframes: false})"
    )
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


def overflow(page: Page) -> list[str]:
    """Return what is wider than the window, so that one would have to scroll sideways.

    What scrolls in a box of its own is left out, and so is what cannot be seen.
    """
    found: list[str] = page.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          const held = one => { for (let up = one; up; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (style.overflowX !== 'visible' || style.visibility === 'hidden') return true; }
            return false; };
          return [...document.body.querySelectorAll('*')]
            .filter(one => one.getBoundingClientRect().right > room + 1 && !held(one))
            .map(one => one.outerHTML.slice(0, 120)); }"""
    )
    return found


def picture(page: Page, path: Path) -> None:
    """Write the whole page as PNG."""
    page.screenshot(path=path, full_page=True)


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
