"""An alert's page in a real browser: it reads, fits, and keeps nobody out."""

from __future__ import annotations

import pytest

from streams.alerts.cloudevent import Entity, Reporters
from tests.alerts.examples import OPENED, raw
from tests.browser.chromium import LOOKS, Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk
from tests.delivery.console.alert.test_basis import CASES, changed


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_it_fits_and_keeps_nobody_out(desk: Desk, visit: Open, look: Look) -> None:
    """In both widths, themes and languages: its sentence, no sideways scrolling, no barrier."""
    desk.publish(raw())
    page = visit(desk, look).open(f"/alerts/{OPENED.alert_id}")
    assert OPENED.entity.id in page.inner_text("h1")
    assert str(page.locator("html").get_attribute("lang")).startswith(look.language)
    assert overflow(page) == []
    assert barriers(page) == []


def test_misuse_rules_and_reporters_fit_a_phone(desk: Desk, visit: Open) -> None:
    """Long names without a blank, both languages, on each page and in the list."""
    long = "10690001" * 30
    shown = [
        changed(signal, kind, basis) | {"entity": Entity("signature", f"{n}{long}")}
        for n, (signal, kind, basis, _) in enumerate(CASES)
    ]
    shown.append({"signal": "complaints", "observed": 57, "reporters": Reporters(57, 3)})
    ids = [f"{n:016x}" for n in range(100, 100 + len(shown))]
    desk.publish(*(raw(**one, alert_id=name) for name, one in zip(ids, shown, strict=True)))
    for look in (Look(390, "light", "en"), Look(390, "dark", "zh")):
        visited = visit(desk, look)
        for address in ("/", *(f"/alerts/{name}" for name in ids)):
            page = visited.open(address)
            assert (address, overflow(page)) == (address, [])
            if address in ("/", f"/alerts/{ids[-2]}", f"/alerts/{ids[-1]}"):
                assert barriers(page) == []
