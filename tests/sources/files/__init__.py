"""Files for the adapters, and what they make of them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from streams.config.load import parse_config
from streams.config.sources import Source
from streams.items import SKIPPED, Complaint, Reject, Send, Skipped
from streams.sources.read import Row, open_records

DATA = Path(__file__).parents[2] / "data"
KEY = b"sixteen bytes or"

Rows = list[Row]


def source(zone: str = "UTC", **table: Any) -> Source:
    """A source named `s`; a CSV of complaints where nothing else is said."""
    csv = {"kind": "complaint", "format": "csv", "time": "t", "sender": "sender"}
    own = table if "format" in table else {**csv, **table}
    return parse_config({"timezone": zone, "sources": {"s": own}}).sources["s"]


def read(source: Source, path: Path) -> Rows:
    """All that a file holds."""
    return list(open_records(source, path, KEY))


def read_bytes(source: Source, content: bytes, folder: Path, name: str = "file") -> Rows:
    """All that a file of this content holds."""
    path = folder / name
    path.write_bytes(content)
    return read(source, path)


def reasons(rows: Rows) -> list[str]:
    """The rejects' reasons; an event stands as "ok", an item that is not wanted as "skipped"."""
    return [
        row.reason if isinstance(row, Reject) else "skipped" if row is SKIPPED else "ok"
        for row in rows
    ]


def event(row: Row) -> Send | Complaint:
    """A row that is to be an event."""
    assert not isinstance(row, Reject | Skipped), row
    return row


def complaint(row: Row) -> Complaint:
    """A row that is to be a complaint."""
    assert isinstance(row, Complaint), row
    return row


def send(row: Row) -> Send:
    """A row that is to be a send."""
    assert isinstance(row, Send), row
    return row


def refused(row: Row) -> Reject:
    """A row that is to be a reject."""
    assert isinstance(row, Reject), row
    return row


def torn_gzip(content: bytes, share: float = 0.5) -> bytes:
    """A gzip of which only the first part has come."""
    whole = gzip.compress(content)
    return whole[: int(len(whole) * share)]
