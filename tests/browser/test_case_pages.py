"""Cases in a real browser: from an alert to handled, by whoever has it; every page fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from streams.access.view import View
from streams.alerts.cloudevent import Entity
from tests.access.known import PASSWORD, a_user
from tests.alerts.examples import OPENED, raw
from tests.browser.chromium import LOOKS, Look, Visit
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk

HOSTILE = "<img src=x onerror=alert(1)> \u202e" + "W" * 120
KNOWN = (a_user("zhang"), a_user("mall", view=View("platform", "Mall")))


def log_in(visit: Visit, name: str, path: str) -> None:
    page = visit.open(path)
    page.locator("input[name=user]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    page.locator(".who").first.wait_for()
    visit.faults.clear()  # the page of the login is a 401


@pytest.mark.parametrize("scripts", [True, False])
def test_from_an_alert_to_handled_by_two_people(
    new_desk: Callable[..., Desk], visit: Open, scripts: bool
) -> None:
    """The centre opens, verifies and hands on; the addressee, who sees no more, does its part."""
    desk = new_desk(*KNOWN)
    desk.publish(raw(entity=Entity("platform", "Mall")))
    centre, mall = visit(desk, scripts=scripts), visit(desk, scripts=scripts)
    log_in(centre, "zhang", f"/alerts/{OPENED.alert_id}")
    page = centre.page
    page.get_by_role("button", name="Open a case").click()
    expect(page.locator("[role=status]")).to_contain_text("The case is opened.")
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("[role=status]")).to_contain_text("verified")
    page.get_by_label("To the addressee").fill("please look")
    page.get_by_role("button", name="Transfer").click()
    expect(page.locator(".alert-head")).to_contain_text("transferred")
    log_in(mall, "mall", "/cases")
    theirs = mall.page
    expect(theirs.locator(".places")).not_to_contain_text("Monitor")
    theirs.locator("table.cases a").click()
    expect(theirs.locator(".timeline")).to_contain_text("please look")
    theirs.get_by_role("button", name="Accept").click()
    theirs.get_by_label("Progress").fill("two shops closed")
    theirs.get_by_role("button", name="Report").click()
    expect(theirs.locator(".timeline")).to_contain_text("two shops closed")
    theirs.get_by_label("Mark as handled: how it was handled").fill("done")
    theirs.get_by_role("button", name="Mark as handled").click()
    expect(theirs.locator(".alert-head")).to_contain_text("handled in time")
    assert "zhang" not in theirs.locator("body").inner_text()
    page.reload()
    expect(page.locator(".alert-head")).to_contain_text("handled in time")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_pages_of_cases_fit_whatever_they_hold(desk: Desk, visit: Open, look: Look) -> None:
    """List, new one and case: no overflow and no barrier, with names of an adversary."""
    desk.publish(raw(entity=Entity("platform", "W" * 200)))
    page = visit(desk, look).open(f"/cases/new?alert={OPENED.alert_id}")
    assert overflow(page) == []
    assert barriers(page) == []
    page.locator("input[name=title]").fill(HOSTILE[:180])
    page.locator("input[name=owner]").fill("W" * 100)
    page.locator("button.main").click()
    page.locator(".timeline").wait_for()
    assert overflow(page) == []
    assert barriers(page) == []
    page.locator(".acts details summary").first.click()
    assert overflow(page) == []
    page = visit(desk, look).open("/cases")
    page.locator("table.cases").wait_for()
    assert overflow(page) == []
    assert barriers(page) == []
