"""The documentation builds as a site that is complete and loads nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.markdown import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as ``make docs`` does: a warning or a broken link fails."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (recipe,) = re.findall(r"^docs:.*\n\t\$\(BIN\)/sphinx-build (.+)$", makefile, re.MULTILINE)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", *recipe.replace("build/site", str(folder)).split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "-W" in command
    assert done.returncode == 0, done.stderr
    return folder


def test_the_pages_load_nothing_from_elsewhere(site: Path) -> None:
    """No script, style, font or picture of a page comes from another host."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    loaded = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*(?:src|href)=["'](?:https?:)?//""")
    assert [str(page.relative_to(site)) for page in pages if loaded.search(page.read_text())] == []


def test_the_site_can_be_searched(site: Path) -> None:
    """The index that the search page reads knows every page and the words of both languages."""
    text = (site / "searchindex.js").read_text("utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    assert {"docs/glossary", "docs/how-to/webhooks", "docs/zh/quickstart"} <= set(index["docnames"])
    terms = index["terms"]
    assert "watermark" in terms
    assert any("水位线" in term for term in terms)


def test_the_first_page_leads_to_the_documentation(site: Path) -> None:
    """Who opens the folder lands on the first page."""
    assert "docs/index.html" in (site / "index.html").read_text("utf-8")
    assert (site / "docs" / "index.html").exists()
