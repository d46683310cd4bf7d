"""The alerts as they stand, for the API: the last revision of each. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from streams.alerts.cloudevent import Envelope

SORTS: Final = ("newest", "beyond_chance")
"""Orders: by the end of the last bucket, or by how far the evidence is beyond its threshold."""


class BoardRow(msgspec.Struct, gc=False):
    """The last revision of an alert, as published, and what is asked for of it.

    ``opened`` is the time of its first revision; None where that was not among what was read.
    """

    alert_id: str
    revision: int
    time: str
    state: str
    signal: str
    severity: str
    entity: str
    beyond_nats: float
    raw: bytes
    opened: str | None


class BoardFilter(NamedTuple):
    """Which alerts are asked for; None is any."""

    state: str | None = None
    signal: str | None = None
    severity: str | None = None
    entity: str | None = None

    def fits(self, row: BoardRow) -> bool:
        """Whether an alert is one of them."""
        asked = (self.state, self.signal, self.severity, self.entity)
        found = (row.state, row.signal, row.severity, row.entity)
        return all(each is None or each == has for each, has in zip(asked, found, strict=True))


class Board:
    """The last revision of each alert; with one more than `most`, that of the longest ago goes.

    Attributes
    ----------
    has_dropped
        Whether one has gone, so that alerts may be that it does not know.
    """

    def __init__(self, most: int) -> None:
        self._rows: dict[str, BoardRow] = {}
        self._most = most
        self.has_dropped = False

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, envelope: Envelope, raw: bytes) -> None:
        """Take a revision; a repeat and one from before change nothing."""
        alert = envelope.alert
        before = self._rows.get(alert.alert_id)
        if alert.event == "ended" or (before is not None and before.revision >= alert.revision > 0):
            return
        self._rows.pop(alert.alert_id, None)
        time = sys.intern(envelope.time)
        first = time if alert.revision <= 1 else None
        self._rows[alert.alert_id] = BoardRow(
            alert.alert_id,
            alert.revision,
            time,
            sys.intern(alert.state),
            sys.intern(alert.signal),
            sys.intern(alert.severity),
            sys.intern(f"{alert.entity.level}/{alert.entity.id}"),
            alert.evidence_nats - alert.threshold_nats,
            raw,
            first if before is None else before.opened,
        )
        if len(self._rows) > self._most:
            del self._rows[next(iter(self._rows))]
            self.has_dropped = True

    def alert(self, alert_id: str) -> BoardRow | None:
        """Return an alert; None where it is not known."""
        return self._rows.get(alert_id)

    def page(self, wanted: BoardFilter, sort: str, after: str | None, limit: int) -> list[BoardRow]:
        """Return so many alerts after one, in an order that is the same each time."""
        rows = sorted(filter(wanted.fits, self._rows.values()), key=_by(sort), reverse=True)
        start = next((n + 1 for n, row in enumerate(rows) if row.alert_id == after), 0)
        return rows[start : start + limit]

    def __iter__(self) -> Iterator[BoardRow]:
        return iter(self._rows.values())


def _by(sort: str) -> Any:
    if sort == "beyond_chance":
        return lambda row: (row.beyond_nats, row.time, row.alert_id)
    return lambda row: (row.time, row.alert_id)
