"""The queries that the documents show are answered by an archive."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from streams.archive.read.reader import Archive
from tests.archive.conftest import Recorded

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "record.md"
SQL = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_queries_shown_answer(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The busiest senders of every platform, most first, and every alert counted once."""
    monkeypatch.chdir(recorded.archive.parent)
    busiest, by_severity = (duckdb.connect().execute(query).fetchall() for query in SQL)
    platforms = {tuple(platform) for platform, _, _ in busiest}
    assert len(platforms) > 1
    for platform in platforms:
        of_it = [events for where, _, events in busiest if tuple(where) == platform]
        assert of_it == sorted(of_it, reverse=True)
        assert len(of_it) <= 5
    alerts = {event.alert.alert_id for event in Archive(recorded.archive).alerts()}
    assert sum(number for _, _, number in by_severity) == len(alerts) > 0
