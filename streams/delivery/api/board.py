"""The alerts as they stand, for the API: the last revision of each, and when all came. Pure."""

from __future__ import annotations

import heapq
import sys
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from streams.actions.preview import tells
from streams.alerts.cloudevent import Envelope
from streams.alerts.latest import beyond_nats, rank
from streams.alerts.packed import packed, unpacked

SORTS: Final = ("newest", "beyond_chance")
"""Orders: by the end of the last bucket, or by how far they stand beyond chance."""

_IN_PROGRESS: Final = ("early", "open")

MOST_TIMES: Final = 64
"""Revisions of one alert of which is known when they were written: the last ones."""


class OffsetPlace(NamedTuple):
    """Where a revision stands on the topic ``alerts``."""

    partition: int
    offset: int


class BoardRow(msgspec.Struct, gc=False):
    """The last revision of an alert, as published, and what is asked for of it.

    ``small`` are its bytes, packed. ``entity`` is ``level/id``, and ``names`` says what it belongs
    to, ``platform/shop``.
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
    names: tuple[str, ...]
    looks_like: str | None
    parent: str | None
    beyond_nats: float
    small: bytes
    opened: str | None
    written_s: array[float]
    partition: int
    offsets: array[int]

    @property
    def raw(self) -> bytes:
        """The last revision, as published."""
        return unpacked(self.small)

    @property
    def rank(self) -> tuple[int, bool]:
        """Orders revisions of an alert, as `streams.alerts.latest.rank` does."""
        return self.revision, self.state == "retracted"

    @property
    def in_progress(self) -> bool:
        """Whether it is not over."""
        return self.state in _IN_PROGRESS


class Board:
    """The last revision of each alert; with one more than `most`, that of the longest ago goes.

    Alerts in progress, those of an entity and those under a parent are found without a look at all
    others.

    Attributes
    ----------
    has_dropped
        Whether one has gone, so that alerts may be that it does not know.
    version
        How often it has changed.
    """

    def __init__(self, most: int) -> None:
        self._rows: dict[str, BoardRow] = {}
        self._in_progress: dict[str, BoardRow] = {}
        self._of_entity: dict[str, list[str]] = {}
        self._under: dict[str, list[str]] = {}
        self._most = most
        self.has_dropped = False
        self.version = 0

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
        if before is not None:
            self._drop(before)
        time = sys.intern(envelope.time)
        first = time if alert.revision <= 1 else None
        belongs_to = alert.belongs_to or {}
        row = BoardRow(
            alert.alert_id,
            alert.revision,
            time,
            sys.intern(alert.state),
            sys.intern(alert.signal),
            sys.intern(alert.severity),
            sys.intern(f"{alert.entity.level}/{alert.entity.id}"),
            tuple(
                sys.intern(f"{level}/{name}") for level in belongs_to for name in belongs_to[level]
            ),
            alert.looks_like,
            alert.parent,
            beyond_nats(alert),
            packed(raw),
            first if before is None else before.opened,
            times,
            0 if place is None else place.partition,
            offsets,
        )
        self._add(row)
        if len(self._rows) > self._most:
            self._drop(next(iter(self._rows.values())))
            self.has_dropped = True
        self.version += 1

    def adopt(self, row: BoardRow) -> None:
        """Take an alert as another board holds it; this board has none of its id."""
        self._add(row)
        self.version += 1

    def forget(self, alert_id: str) -> None:
        """Drop an alert, if it is known."""
        if (row := self._rows.get(alert_id)) is not None:
            self._drop(row)
            self.version += 1

    def alert(self, alert_id: str) -> BoardRow | None:
        """Return an alert; None where it is not known."""
        return self._rows.get(alert_id)

    @property
    def in_progress(self) -> Collection[BoardRow]:
        """The alerts that are not over."""
        return self._in_progress.values()

    def of_entity(self, entity: str) -> list[BoardRow]:
        """Return the alerts of an entity, ``level/id``; the one that changed last is the last."""
        return [self._rows[each] for each in self._of_entity.get(entity, ())]

    def under(self, parent: str) -> list[BoardRow]:
        """Return the alerts that have an alert for their parent, as it is known here or not."""
        return [self._rows[each] for each in self._under.get(parent, ())]

    def latest(self) -> Iterator[BoardRow]:
        """Yield all alerts, the one that changed last first."""
        return reversed(self._rows.values())

    def __iter__(self) -> Iterator[BoardRow]:
        return iter(self._rows.values())

    def _add(self, row: BoardRow) -> None:
        self._rows[row.alert_id] = row
        if row.in_progress:
            self._in_progress[row.alert_id] = row
        self._of_entity.setdefault(row.entity, []).append(row.alert_id)
        if row.parent is not None:
            self._under.setdefault(row.parent, []).append(row.alert_id)

    def _drop(self, row: BoardRow) -> None:
        del self._rows[row.alert_id]
        self._in_progress.pop(row.alert_id, None)
        _take_out(self._of_entity, row.entity, row.alert_id)
        if row.parent is not None:
            _take_out(self._under, row.parent, row.alert_id)


def page(rows: Iterable[BoardRow], sort: str, after: str | None, limit: int) -> list[BoardRow]:
    """Return so many of the alerts after a place, in an order that is the same each time.

    Parameters
    ----------
    rows, sort
        The alerts, and in which of `SORTS`.
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
    if after is not None:
        end = _read_cursor(sort, after)
        rows = (row for row in rows if place(row) < end)
    return heapq.nlargest(limit, rows, key=place)


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


def _take_out(index: dict[str, list[str]], key: str, alert_id: str) -> None:
    # Those that changed longest ago stand first, and go first.
    index[key].remove(alert_id)
    if not index[key]:
        del index[key]


_LENGTHS: Final = {"newest": 2, "beyond_chance": 3}
_PLACES: Final[dict[str, Callable[[BoardRow], tuple[Any, ...]]]] = {
    "newest": lambda row: (row.time, row.alert_id),
    "beyond_chance": lambda row: (row.beyond_nats, row.time, row.alert_id),
}
"""Where an alert stands in each of `SORTS`."""
