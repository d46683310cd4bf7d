"""The documentation in the console: all of it, its links, and the help that each page names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.delivery.console.docs.address import in_language
from streams.delivery.console.docs.documents import documents, documents_in, ship
from streams.delivery.console.docs.rendering import address, render
from tests.delivery.access.serving import Served

CONSOLE = Path(__file__).parents[4] / "streams" / "delivery" / "console"
ON = Served()
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """All documents, as they are shown."""
    found = {}
    for path in documents():
        if path.endswith(".md"):
            answer = ON.ask("GET", address(path))
            assert answer.status_code == 200, path
            found[address(path)] = answer.text.partition("<article")[2]
    return found


def test_links_lead_to_documents_and_their_headings(pages: dict[str, str]) -> None:
    """Or to nothing: what is not shipped is no link."""
    wrong = []
    for place, page in pages.items():
        for link in re.findall(r'<a href="([^"]*)"', page):
            file, _, anchor = link.partition("#")
            if link.startswith(("https://", "http://127.0.0.1")):
                continue
            target = pages.get(file or place)
            if target is None or (anchor and f'id="{anchor}"' not in target):
                wrong.append((place, link))
        for picture in re.findall(r'<img src="([^"]*)"', page):
            answer = ON.ask("GET", picture)
            assert answer.headers["content-type"] in ("image/svg+xml", "image/png"), picture
    assert wrong == []
    assert len(pages) > 80


@pytest.mark.parametrize(
    "template", [file for file in TEMPLATES if 'extends "page.html"' in file.read_text()],
    ids=lambda file: file.stem,
)  # fmt: skip
def test_every_page_has_a_document_that_explains_it(template: Path) -> None:
    """The block `help` names one."""
    named = re.findall(r"{% block help %}([^{%]+){% endblock %}", template.read_text())
    assert len(named) == 1, "a page names one document in its block `help`"
    assert f"docs/{named[0]}.md" in documents()


@pytest.mark.parametrize("path", ["/docs/../setup.py", "/docs/%2e%2e/setup.py", "/docs/setup",
                                  "/docs//etc/passwd", "/docs/how-to"])  # fmt: skip
def test_nothing_else_is_read(path: str) -> None:
    """Only what the list of documents holds; a folder is its index."""
    answer = ON.ask("GET", path)
    assert answer.status_code == (303 if path == "/docs/how-to" else 404)


def test_a_document_leads_to_the_readers_language() -> None:
    """Where it is written in it; the language of a text is said to whoever reads it aloud."""
    english = ON.ask("GET", "/docs/quickstart", headers={"Accept-Language": "zh"})
    assert 'href="/docs/zh/quickstart"' in english.text
    assert '<article lang="en">' in english.text
    chinese = ON.ask("GET", "/docs/zh/quickstart", headers={"Accept-Language": "zh"})
    assert 'href="/docs/quickstart"' not in chinese.text
    assert '<article lang="zh-Hans">' in chinese.text
    assert ON.ask("GET", "/docs").headers["location"] == "/docs/index"
    assert ON.ask("GET", "/docs/how-to/act.md").headers["location"] == "/docs/how-to/act"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_leads_to_the_readers_language(language: str) -> None:
    """At once, where the document is written in it; whoever asks for a document gets that one."""
    headers = {"Accept-Language": language}
    page = ON.ask("GET", "/", headers=headers).text
    link = re.search(r'<a href="(/docs/how-to/console[^"]*)"', page)
    assert link is not None
    answer = ON.ask("GET", link[1], headers=headers)
    if language == "zh":
        assert answer.headers["location"] == "/docs/zh/how-to/console"
        answer = ON.ask("GET", "/docs/zh/how-to/console", headers=headers)
    assert f'<article lang="{"zh-Hans" if language == "zh" else "en"}">' in answer.text
    assert ON.ask("GET", "/docs/how-to/console", headers=headers).status_code == 200


def test_each_translation_has_its_original() -> None:
    """At the same path, so that one leads to the other; the Chinese front page has none."""
    chinese = [path for path in documents() if path.startswith("docs/zh/")]
    originals = {in_language(path, "en") for path in chinese if path != "docs/zh/README.md"}
    assert originals <= documents().keys()
    assert "docs/how-to/console.md" in originals


def test_html_in_a_document_is_text() -> None:
    """And a link to what is not served is its text."""
    shown = render("docs/a.md", "# A `b`\n<script>x</script>\n\n[c](../setup.py)\n\n# A `b`", {})
    assert shown.title == "A b"
    assert "<script>" not in shown.html
    assert "<p>c</p>" in shown.html
    assert 'id="a-b-1"' in shown.html


def test_a_wheel_has_copies(tmp_path: Path) -> None:
    """Of each document, in its place; what an earlier version had is gone."""
    (tmp_path / "old.md").write_text("old")
    ship(Path(__file__).parents[4], tmp_path)
    assert list(documents_in(tmp_path)) == list(documents())
    assert not (tmp_path / "old.md").exists()
