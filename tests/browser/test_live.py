"""What all live pages have in common, in a real browser: the same script, the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect

from streams.delivery.console import wiring
from streams.delivery.console.monitor import address
from tests.alerts.examples import OPENED, raw
from tests.browser.chromium import Look
from tests.browser.conftest import Open
from tests.browser.serving import Desk
from tests.browser.test_monitor_pages import STALE
from tests.delivery.console.monitor.scene import troubled

ALERT = f"/alerts/{OPENED.alert_id}"

LIVE = {"/": "**/console/now*", ALERT: f"**{ALERT}", "/monitor": "**/monitor/overview*"}
"""Each live page, and the address that it asks for what it shows."""


@pytest.fixture
def live_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A serve whose pages have something to show, and whose monitor is looked at often."""
    monkeypatch.setattr(address, "EVERY_MS", 200)
    with Desk(troubled()) as desk:
        desk.publish(raw())
        yield desk


def test_these_are_all_live_pages() -> None:
    """No template loads the script of live pages but theirs, and one that follows nothing."""
    pages = (Path(wiring.__file__).parent / "templates").rglob("*.html")
    loading = [one.name for one in pages if "static('live.js')" in one.read_text()]
    assert sorted(loading) == ["alert.html", "entity.html", "monitor.html", "now.html"]
    loading.remove("entity.html")  # fills one answer in, once
    assert len(loading) == len(LIVE)


@pytest.mark.parametrize("path", LIVE)
def test_a_page_says_that_it_may_be_old_and_recovers(
    live_desk: Desk, visit: Open, path: str
) -> None:
    """Serve is gone, as for a browser without a network; then it is back, and the page is right."""
    one = visit(live_desk)
    page = one.open(path)
    lost = page.locator("#lost")
    with page.expect_response(LIVE[path]):
        pass
    expect(lost).to_be_hidden()
    page.route(LIVE[path], lambda route: route.abort())
    page.route("**/console/events", lambda route: route.abort())
    change(live_desk)
    expect(lost).to_be_visible()
    page.unroute(LIVE[path])
    page.unroute("**/console/events")
    expect(lost).to_be_hidden()
    expect(page.locator("main")).to_contain_text("987,654" if path != "/monitor" else "broker away")
    one.faults.clear()  # the requests that were to fail


@pytest.mark.parametrize("path", LIVE)
def test_whoever_reads_a_page_is_left_where_they_are(
    live_desk: Desk, visit: Open, path: str
) -> None:
    """What is selected, focused, unfolded and on the screen, when other things change."""
    page = visit(live_desk, Look(390)).open(path)
    state = page.evaluate(_SETTLE)
    assert state["chosen"]
    change(live_desk)
    expect(page.locator("main")).to_contain_text("987,654" if path != "/monitor" else "broker away")
    after = page.evaluate(_STATE)
    assert after == {**state, "top": pytest.approx(state["top"], abs=2)}


def change(desk: Desk) -> None:
    """Something of each live page changes, above all that is settled on it."""
    desk.publish(raw(revision=2, event="updated", observed=987_654, severity="critical"))

    def broker_goes() -> None:
        served = desk.served
        served.looked_at.health = msgspec.structs.replace(
            served.looked_at.health, broker_error="no broker answers"
        )
        served.clock.day += STALE

    desk.do(broker_goes)


_STATE = """() => ({
  chosen: getSelection().toString(),
  focused: document.activeElement.outerHTML.slice(0, 200),
  unfolded: [...document.querySelectorAll("main details[open] summary")]
    .map(one => one.textContent),
  top: window.settled().getBoundingClientRect().top,
})"""

_SETTLE = f"""() => {{
  // The last link of what is live: it is focused, the name in it is selected.
  const live = document.querySelector("#list, #overview, .alert-page");
  for (const each of live.querySelectorAll("details")) each.open = true;
  const links = [...live.querySelectorAll("a, summary")].filter(one => one.checkVisibility());
  const at = links.length - 1, text = links[at].textContent;
  window.settled = () => [...document.querySelectorAll("main a, main summary")]
    .findLast(one => one.textContent === text);
  links[at].scrollIntoView();
  links[at].focus({{ preventScroll: true }});
  getSelection().selectAllChildren(links[at]);
  return ({_STATE})();
}}"""
