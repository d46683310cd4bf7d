"""What one does on pages, in a real browser, with scripts and without, and what pages then say."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from streams.alerts.cloudevent import Entity
from tests.alerts.examples import OPENED, raw
from tests.browser.chromium import LOOKS, Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk

PAGE = f"/alerts/{OPENED.alert_id}"
WIDE = "短信签名" * 21
HOSTILE = [
    "<img src=x onerror=alert(1)>" * 9,
    "\u202eevil\u2066 @all",
    "W" * 256,
    WIDE,
    "{{7*7}} %(n)s",
]


@pytest.mark.parametrize("scripts", [True, False])
def test_from_seeing_an_alert_to_acknowledged_labelled_and_silenced(
    desk: Desk, visit: Open, scripts: bool
) -> None:
    """By buttons alone; each time the page says what was done."""
    desk.publish(raw())
    page = visit(desk, scripts=scripts).open(PAGE)
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("[role=status]")).to_contain_text("1 alert acknowledged.")
    expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)
    page.get_by_role("button", name="false", exact=True).click()
    expect(page.locator("[role=status]")).to_contain_text("labelled false")
    page.get_by_label("Note").fill("called them")
    page.get_by_role("button", name="Write").click()
    expect(page.locator(".timeline")).to_contain_text("called them")
    page.get_by_role("link", name="Silence…").click()
    expect(page.locator("main")).to_contain_text("it would have hidden 2 of 2")
    page.get_by_label("Why (must be given; others read it)").fill("a sale")
    page.get_by_role("button", name="Silence it").click()
    expect(page.locator("table")).to_contain_text("a sale")
    page.get_by_role("button", name="End it").click()
    expect(page.locator("main")).to_contain_text("Nothing is silenced.")
    deeds = desk.do(lambda: [type(one.action).__name__ for one in desk.served.book.log])
    assert deeds == ["AcknowledgeAlert", "GiveLabel", "AddNote", "MakeSilence", "EndSilence"]


def test_an_open_page_follows_what_others_do_and_keeps_what_one_writes(
    desk: Desk, visit: Open
) -> None:
    """New parts come by themselves; a note that is being written stays."""
    desk.publish(raw())
    page = visit(desk).open(PAGE)
    page.get_by_label("Note").fill("half a sen")
    desk.publish(raw(revision=2, event="updated", observed=987_654, severity="critical"))
    page.get_by_text("987,654").first.wait_for()
    expect(page.locator(".alert-head")).to_contain_text("critical")
    assert page.get_by_label("Note").input_value() == "half a sen"


def test_a_part_in_use_is_renewed_once_nobody_uses_it(desk: Desk, visit: Open) -> None:
    """A colleague acknowledges while the focus is on a button: it stays, and goes when it may."""
    desk.publish(raw())
    page = visit(desk).open(PAGE)
    button = page.get_by_role("button", name="Acknowledge", exact=True)
    button.focus()
    deed = {"type": "acknowledge", "alert_id": OPENED.alert_id, "severity": "warning", "by": "wang"}
    answer = page.request.post(
        f"{desk.url}/api/v1/actions", data={"id": "a" * 32, **deed}, headers={"Origin": desk.url}
    )
    assert answer.ok
    expect(page.locator("[data-part=whose]")).to_contain_text("wang")
    expect(button).to_be_focused()
    button.blur()
    expect(button).to_have_count(0)
    expect(page.get_by_role("button", name="Take back the acknowledgement")).to_be_visible()


def test_a_page_that_the_browser_brings_back_is_loaded_again(desk: Desk, visit: Open) -> None:
    """Its forms were sent: what is sent from it next is to be a new deed."""
    desk.publish(raw())
    page = visit(desk).open(PAGE)
    form = page.locator("[data-part=acts] input[name=form]").first
    assert form.get_attribute("autocomplete") == "off"
    before = form.input_value()
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert form.input_value() != before


def test_a_page_of_an_alert_says_that_it_may_be_old(desk: Desk, visit: Open) -> None:
    """While serve does not answer; once it answers again, the page is as it should be."""
    desk.publish(raw())
    one = visit(desk)
    page = one.open(PAGE)
    page.route(f"**{PAGE}", lambda route: route.abort())
    desk.publish(raw(revision=2, event="updated", observed=987_654))
    expect(page.locator("#lost")).to_be_visible()
    page.unroute(f"**{PAGE}")
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("main")).to_contain_text("987,654")
    one.faults.clear()  # the requests that were to fail


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[-1]], ids=lambda look: look.name)
def test_whatever_the_names_are_the_layout_holds(desk: Desk, visit: Open, look: Look) -> None:
    """No script runs, nothing is wider than the window."""
    seen = visit(desk, look)
    for number, name in enumerate(HOSTILE, 16):
        alert_id, parent = f"{number:016x}", f"{number + 256:016x}"
        family = {"belongs_to": {"platform": [name]}, "looks_like": name, "parent": parent}
        entity = Entity("signature", name)
        desk.publish(
            raw(alert_id=alert_id, entity=entity, **family), raw(alert_id=parent, entity=entity)
        )
        for path in (f"/alerts/{alert_id}", f"/silences/new?alert={alert_id}"):
            assert overflow(seen.open(path)) == [], name


@pytest.mark.parametrize("look", LOOKS[::3], ids=lambda look: look.name)
def test_silences_fit_and_keep_nobody_out(desk: Desk, visit: Open, look: Look) -> None:
    """The list, and a new one with its preview."""
    desk.publish(raw())
    made = {"type": "silence", "id": "a" * 32, "match": {"id": ["1069*"]}, "text": "a sale"}
    until = {"until": "2026-03-03T00:00:00Z"}
    assert httpx.post(f"{desk.url}/api/v1/actions", json={**made, **until}).status_code == 200
    seen = visit(desk, look)
    for path in ("/silences", f"/silences/new?alert={OPENED.alert_id}"):
        page = seen.open(path)
        assert overflow(page) == []
        assert barriers(page) == []
