"""The monitor's page and the log in a real browser: they fit, and keep nobody out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from streams.actions.book import Entry
from streams.actions.note import encode_note
from streams.actions.state import ActionOutcome
from streams.delivery.console.monitor import address
from tests.actions.examples import EVERY_KIND
from tests.browser.chromium import Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk
from tests.delivery.console.monitor.scene import LONGEST, troubled

STALE = dt.timedelta(minutes=1)
LOOKS = [Look(1280, "light", "en"), Look(390, "dark", "zh")]


@pytest.fixture
def troubled_desk() -> Iterator[Desk]:
    """A serve whose monitor has names of an adversary, in its log too."""
    served = troubled()
    for action in EVERY_KIND:
        served.book.log.append(Entry(action, ActionOutcome("done", 1)))
        served.book.notes.take(action.id, encode_note(LONGEST.replace("\u202e", "")))
    with Desk(served) as desk:
        yield desk


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("path", ["/monitor", "/log"])
def test_a_page_fits_and_keeps_nobody_out(
    troubled_desk: Desk, visit: Open, look: Look, path: str
) -> None:
    """All that is folded away too; no script of a name's runs."""
    page = visit(troubled_desk, look).open(path)
    for part in page.locator("details").all():
        part.evaluate("part => part.open = true")
    assert page.locator("main img").count() == 0
    assert overflow(page) == []
    assert barriers(page) == []


def test_the_monitor_is_live(
    troubled_desk: Desk, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes shows without a reload; what somebody has unfolded stays so."""
    monkeypatch.setattr(address, "EVERY_MS", 100)
    page = visit(troubled_desk).open("/monitor")
    page.locator("#rejects-sends summary").click()
    served = troubled_desk.served

    def broker_goes() -> None:
        served.looked_at.health = msgspec.structs.replace(
            served.looked_at.health, broker_error="no broker answers"
        )
        served.clock.day += STALE

    troubled_desk.do(broker_goes)
    page.locator("#overview").get_by_text("broker away").wait_for()
    assert page.locator("#rejects-sends").get_attribute("open") is not None
