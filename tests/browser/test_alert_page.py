"""An alert's page in a real browser: it reads, fits, and keeps nobody out."""

from __future__ import annotations

import pytest

from tests.alerts.examples import OPENED, raw
from tests.browser.chromium import LOOKS, Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_it_fits_and_keeps_nobody_out(desk: Desk, visit: Open, look: Look) -> None:
    """In both widths, themes and languages: its sentence, no sideways scrolling, no barrier."""
    desk.publish(raw())
    page = visit(desk, look).open(f"/alerts/{OPENED.alert_id}")
    assert OPENED.entity.id in page.inner_text("h1")
    assert str(page.locator("html").get_attribute("lang")).startswith(look.language)
    assert overflow(page) == []
    assert barriers(page) == []
