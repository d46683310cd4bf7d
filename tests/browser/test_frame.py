"""What is around every page, in a real browser: login, language, help; with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.access.known import PASSWORD, a_user
from tests.browser.chromium import LOOKS, Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk

LONG = "值班" * 40 + "<b>@all</b>"


@pytest.mark.parametrize("scripts", [True, False])
def test_one_logs_in_changes_the_language_and_logs_out(
    new_desk: Callable[..., Desk], visit: Open, scripts: bool
) -> None:
    """On a phone, by a name that takes more room than there is."""
    desk = new_desk(a_user(LONG))
    opened = visit(desk, Look(390), scripts=scripts)
    page = opened.open("/log")
    page.get_by_label("Name").fill(LONG)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(LONG).first).to_be_attached()
    assert urlsplit(page.url).path == "/log"
    opened.faults.clear()  # the browser tells of each 401
    assert overflow(page) == []
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()
    page.goto(f"{desk.url}/docs/how-to/console")
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("密码")).to_be_visible()
    assert urlsplit(page.url).path == "/login"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_login_and_documents_fit_and_keep_nobody_out(
    new_desk: Callable[..., Desk], visit: Open, look: Look
) -> None:
    """In both widths, themes and languages: no sideways scrolling, no barrier."""
    opened = visit(new_desk(a_user()), look)
    for path in ("/login", "/docs/how-to/act"):
        page = opened.open(path)
        assert str(page.locator("header .languages [aria-current]").get_attribute("lang"))[:2] == (
            look.language
        )
        assert overflow(page) == []
        assert barriers(page) == []
