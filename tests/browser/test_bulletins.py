"""The page of bulletins, and a bulletin itself, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from streams.bulletin.document.page import html_of
from streams.delivery.bulletins.folder import bulletin_folder
from streams.language.catalogue import LANGUAGES, catalogue
from tests.browser.chromium import Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk
from tests.bulletin.test_documents import document
from tests.delivery.access.serving import Served

LOOKS = [Look(1280, "light", "en"), Look(390, "dark", "zh")]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_bulletins_are_listed_and_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Open, look: Look
) -> None:
    """None at first; then a list that leads to the document, which shows a hostile name as text."""
    monkeypatch.chdir(tmp_path)
    served = Served(bulletin={"periods": ["week"]})
    folder = bulletin_folder(served.config)
    with Desk(served) as desk:
        page = visit(desk, look).open("/bulletins")
        assert overflow(page) == []
        assert barriers(page) == []
        expect(page.locator("main table")).to_have_count(0)
        folder.mkdir(parents=True)
        made = document("<script>alert(1)</script>")
        for language in LANGUAGES:
            text = html_of(made._replace(language=language), catalogue(language))
            (folder / f"week-2026-03-30.{language}.html").write_text(text, encoding="utf-8")
        page.reload()
        assert overflow(page) == []
        assert barriers(page) == []
        page.get_by_role("link", name="English").last.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
        assert overflow(page) == []
        assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none"
