"""Chinese has one word for a thing: the table of the guide of languages says which."""

from __future__ import annotations

import re

import pytest

from streams.language.catalogue import catalogue
from tests.documents.markdown import ROOT, read

GUIDE = read("docs/how-to/language.md")
TABLE = GUIDE.text.partition("| what | Chinese | not |\n")[2].partition("\n\n")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines()][1:]
USED = {word.strip() for _, words, _ in ROWS for word in words.split(",")} | {
    "JSON 对象",
    "短信接入码",
}
UNUSED = sorted({word.strip() for _, _, words in ROWS for word in words.split(",")})
PAGES = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs/zh").rglob("*.md"))]


def left(text: str) -> str:
    """Return what is left of a text without the words that are used, and placeholders."""
    return re.sub("|".join([r"\{\w*[^}]*\}", *sorted(USED, key=len, reverse=True)]), "", text)


@pytest.mark.parametrize("other", UNUSED)
def test_a_view_has_no_second_word(other: str) -> None:
    """Whatever people read in a view."""
    texts = catalogue("zh").texts.items()
    assert [key for key, forms in texts if any(other in left(form) for form in forms)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_second_word(page: str) -> None:
    """The pages in Chinese; nat and broker may stand in commands there."""
    text = left(re.sub("`[^`]*`", "", read(page).text))
    assert [word for word in UNUSED if not word.isascii() and word in text] == []


def test_the_glossary_has_no_second_word() -> None:
    """Its entries name the Chinese in brackets after the word."""
    entries = re.findall(r"^- \*\*(.+?)\*\* \((.*?)\)", read("docs/glossary.md").text, re.MULTILINE)
    assert len(entries) > 100, "the form of an entry has changed"
    assert [
        word
        for word, names in entries
        if any(other in left(names) for other in UNUSED if not other.isascii())
    ] == []
