"""The alerts as they stand, for the API: the last revision of each, and when all came. Pure."""

from __future__ import annotations

import datetime as dt
import heapq
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from streams.actions.preview import ToldRevision, tells
from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.latest import rank

SORTS: Final = ("newest", "beyond_chance")
"""Orders: by the end of the last bucket, or by how far the evidence is beyond its threshold."""

MOST_TIMES: Final = 64
"""Revisions of one alert of which is known when they were written: the last ones."""


class OffsetPlace(NamedTuple):
    """Where a revision stands on the topic ``alerts``."""

    partition: int
    offset: int


class BoardRow(msgspec.Struct, gc=False):
    """The last revision of an alert, as published, and what is asked for of it.

    ``opened`` is the time of its first revision; None where that was not among what was read.
    ``written_s`` are the times at which its revisions were written, epoch s; negative where nobody
    would have been told of one.
    ``offsets`` are the places of its revisions on the topic, in the order of the revisions: the
    first one and the last ones. They stand in ``partition``, since an alert is of one shard.
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
    written_s: array[float]
    partition: int
    offsets: array[int]

    @property
    def rank(self) -> tuple[int, bool]:
        """Orders revisions of an alert, as `streams.alerts.latest.rank` does."""
        return self.revision, self.state == "retracted"


class BoardFilter(NamedTuple):
    """Which alerts are asked for; None is any."""

    state: str | None = None
    signal: str | None = None
    severity: str | None = None
    entity: str | None = None

    def fits(self, row: BoardRow) -> bool:
        """Whether an alert is one of them."""
        return (
            (self.state is None or self.state == row.state)
            and (self.signal is None or self.signal == row.signal)
            and (self.severity is None or self.severity == row.severity)
            and (self.entity is None or self.entity == row.entity)
        )


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

    def take(
        self, envelope: Envelope, raw: bytes, written_s: float, place: OffsetPlace | None = None
    ) -> None:
        """Take a revision, written at a time; a repeat and one from before change nothing."""
        alert = envelope.alert
        before = self._rows.get(alert.alert_id)
        if alert.event == "ended" or (before is not None and before.rank >= rank(alert)):
            return
        times = array("d") if before is None else before.written_s
        if before is None or before.revision != alert.revision:
            severity = alert.severity if before is None else before.severity
            times.append(written_s if tells(alert, severity) else -written_s)
            del times[:-MOST_TIMES]
        offsets = array("q") if before is None else before.offsets
        if place is not None:
            offsets.append(place.offset)
            del offsets[1 : 1 - MOST_TIMES]
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
            times,
            0 if place is None else place.partition,
            offsets,
        )
        if len(self._rows) > self._most:
            del self._rows[next(iter(self._rows))]
            self.has_dropped = True

    def alert(self, alert_id: str) -> BoardRow | None:
        """Return an alert; None where it is not known."""
        return self._rows.get(alert_id)

    def page(self, wanted: BoardFilter, sort: str, after: str | None, limit: int) -> list[BoardRow]:
        """Return so many alerts after a place, in an order that is the same each time.

        Parameters
        ----------
        wanted, sort
            Which alerts, and in which of `SORTS`.
        after
            `cursor` of the last alert of the page before; None is the beginning. A place stays
            where it is, whatever has become of its alert since.
        limit
            How many there are at most.

        Raises
        ------
        ValueError
            Where `after` is no cursor of this order.
        """
        place = _PLACES[sort]
        rows: Iterable[BoardRow] = filter(wanted.fits, self._rows.values())
        if after is not None:
            end = _read_cursor(sort, after)
            rows = (row for row in rows if place(row) < end)
        return heapq.nlargest(limit, rows, key=place)

    def __iter__(self) -> Iterator[BoardRow]:
        return iter(self._rows.values())


def revisions_since(rows: Iterable[BoardRow], since: dt.datetime) -> Iterator[ToldRevision]:
    """Yield the revisions that were written since a time, each as its alert stands now."""
    since_s = since.timestamp()
    for row in rows:
        found = [written_s for written_s in row.written_s if abs(written_s) >= since_s]
        if found:
            envelope = decode_event(row.raw)
            for each in found:
                written_at = dt.datetime.fromtimestamp(abs(each), dt.UTC)
                yield ToldRevision(envelope, written_at, each > 0)


def cursor(sort: str, row: BoardRow) -> str:
    """Return the place of an alert in an order: a page goes on after it."""
    return "|".join(map(str, _PLACES[sort](row)))


def _read_cursor(sort: str, text: str) -> tuple[Any, ...]:
    first, *rest = text.split("|")
    try:
        place = (float(first), *rest) if sort == "beyond_chance" else (first, *rest)
    except ValueError:
        place = ()
    if len(place) != _LENGTHS[sort] or "" in place:
        raise ValueError(f"after must be `after` of a page with sort={sort}")
    return place


_LENGTHS: Final = {"newest": 2, "beyond_chance": 3}
_PLACES: Final[dict[str, Callable[[BoardRow], tuple[Any, ...]]]] = {
    "newest": lambda row: (row.time, row.alert_id),
    "beyond_chance": lambda row: (row.beyond_nats, row.time, row.alert_id),
}
"""Where an alert stands in each of `SORTS`."""
