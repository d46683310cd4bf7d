"""Entities' pages in a real browser: they fit with names of an adversary, and keep nobody out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from streams.delivery.console.entity import address
from streams.items import Level
from streams.series.record import Outlook
from tests.browser.chromium import Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk
from tests.delivery.access.serving import Served
from tests.delivery.console.entity.test_entity_pages import HOSTILE, filled
from tests.series import examples


@pytest.fixture
def entity_desk(tmp_path: Path) -> Iterator[Desk]:
    """A serve whose store has a sender with a hostile name."""
    with Desk(filled(Served(), tmp_path)) as desk:
        yield desk


@pytest.mark.parametrize(
    "look", [Look(1280, "light", "en"), Look(390, "dark", "zh")], ids=lambda look: look.name
)
def test_a_search_leads_to_an_entity(entity_desk: Desk, visit: Open, look: Look) -> None:
    """From a part of its name to its history, whatever the name is; both pages fit."""
    page = visit(entity_desk, look).open("/entities")
    page.locator("input[name=q]").fill("ONERROR")
    page.locator("input[name=q]").press("Enter")
    link = page.locator(f'a[href="/entities/sender/{quote(HOSTILE, safe="")}"]')
    link.wait_for()
    assert overflow(page) == []
    assert barriers(page) == []
    link.click()
    page.locator("svg.history").wait_for()
    assert HOSTILE in page.locator("h1").inner_text()
    assert page.locator("main img").count() == 0
    assert overflow(page) == []
    assert barriers(page) == []


def test_what_detection_answers_late_comes_in_place(
    entity_desk: Desk, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is there at once with what is stored, and asks no second time."""
    came = asyncio.Event()
    held = examples.outlook(signals={"sends": examples.watched()})

    async def outlooks(level: Level, entity: str) -> list[Outlook]:
        await came.wait()
        return [msgspec.structs.replace(held, level=level, id=entity, group="1m")]

    monkeypatch.setattr(address, "LIVE_WAIT_S", 60.0)
    monkeypatch.setattr(entity_desk.served.library, "outlooks", outlooks)
    page = visit(entity_desk).open("/entities/sender/10690001")
    assert page.locator("[data-waits] h1").inner_text().endswith("10690001")
    assert page.get_by_text("Detection has not answered yet").count() == 1
    entity_desk.do(came.set)
    page.get_by_text("The open bucket").first.wait_for()
    assert page.locator("[data-waits]").count() == 0
    assert overflow(page) == []
