"""Names that came in stay names in every form of a document."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from detectors.comparison.rate_ratio import Bounded
from streams.bulletin.document.csv_rows import csv_of
from streams.bulletin.document.form import (
    DocumentColumn,
    DocumentSection,
    DocumentTable,
    PublishedDocument,
    SmallBars,
)
from streams.bulletin.document.markdown import markdown_of
from streams.bulletin.document.page import html_of
from streams.language.catalogue import ENGLISH

NAMES = [
    '=HYPERLINK("http://x.example")',
    "@SUM(A1)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "<script>alert(1)</script>",
    "a|b\\|c",
    "[free](javascript:alert(1))",
    "![x](http://x.example/y.png)",
    "# heading\u202egnp",
    "\u2028line",
    "www.x.example",
    "</style><b>",
]


def document(name: str) -> PublishedDocument:
    columns = [
        DocumentColumn("name", "name"), DocumentColumn("words", "text"),
        DocumentColumn("change", "change"), DocumentColumn("weeks", "weeks"),
        DocumentColumn("day", "date"),
    ]  # fmt: skip
    rows = [(name, name, Bounded(None, 1.0, None), SmallBars((1, 0, 3)), dt.date(2026, 3, 1))]
    table = DocumentTable("names", "Names", columns, rows)
    section = DocumentSection("Section", ["A sentence."], tables=[table, table])
    return PublishedDocument("en", f"Of {name}", [name], [("name", name)], "Notes", [], [section])


@pytest.mark.parametrize("name", NAMES)
def test_a_spreadsheet_gets_no_formula(name: str) -> None:
    """No cell begins a formula, and the table has as many cells in each row."""
    rows = list(csv.reader(io.StringIO(csv_of(document(name), ENGLISH))))
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row if cell):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell


@pytest.mark.parametrize("name", NAMES)
def test_a_page_gets_no_element(name: str) -> None:
    """Nothing of a name becomes part of the page, which loads nothing."""
    text = html_of(document(name), ENGLISH)
    body = text.partition("</style>")[2]
    assert "<script" not in text
    assert "<b>" not in body
    assert body.count("</style") == 0
    assert "<img" not in text
    assert "\u202e" not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", NAMES)
def test_markdown_gets_no_markup(name: str) -> None:
    """Rows keep their number of cells; no link, picture, HTML or line of its own."""
    text = markdown_of(document(name), ENGLISH)
    bare = text.replace("\\\\", "")
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.replace("\\\\", "").replace("\\|", "").count("|") == 6
    for active in ("[", "<", "*", "`"):
        assert all(part.endswith("\\") for part in bare.split(active)[:-1]), active
    assert "\u2028" not in text
    assert "http://" not in text
    assert "www.x" not in text
