"""What serve's pages and its API ask of the store: search, and the histories of an entity."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from streams.alerts.cloudevent import Envelope, decode_event
from streams.config.model import Config
from streams.delivery.entities.asking import Asking
from streams.delivery.registry.declared import DeclaredNames
from streams.explain.history import BEFORE, EntityHistory, Judging, history_of, in_order
from streams.items import Level
from streams.series.record import Outlook
from streams.series.store.database import StoreError
from streams.series.store.names import Matches
from streams.series.store.one_history import of_signals
from streams.series.store.rows import StoredRow
from streams.series.store.store import SeriesStore

MOST_BUCKETS: Final = 400
"""Of each signal, if nobody asks for a span."""

MOST_REVISIONS: Final = 1_000
"""Of the alerts of an entity, the last ones."""

_FOREVER: Final = 2.0**38


class BucketSpan(NamedTuple):
    """Which buckets are asked for: those that begin in a span of time, epoch s."""

    from_s: float = -_FOREVER
    to_s: float = _FOREVER
    most: int = MOST_BUCKETS


LAST: Final = BucketSpan()
"""The last buckets."""


class EntityRecord(NamedTuple):
    """What the store has of an entity.

    Attributes
    ----------
    histories
        Those with the most alerts first; there are none where it has never counted.
    alerts
        Revisions of its alerts and of alerts on the groups' sources, as published.
    """

    histories: list[EntityHistory]
    alerts: list[bytes]


class Library:
    """Answers from the store; it says why where there is none.

    Parameters
    ----------
    config
        The configuration.
    asking
        Asks detect.

    Attributes
    ----------
    store
        The store, as long as it is open.
    problem
        Why there is none, or why it gets nothing new; None while all is well.
    declared
        Gives what the registry declares.
    """

    def __init__(self, config: Config, asking: Asking) -> None:
        self._config, self._asking = config, asking
        self.store: SeriesStore | None = None
        self.problem: str | None = "serve has not yet opened its store of series"
        unread = DeclaredNames()
        self.declared: Callable[[], DeclaredNames] = lambda: unread

    async def search(self, part: str, limit: int, level: Level | None = None) -> Matches:
        """Find entities by a part of their name, in any case.

        Raises
        ------
        StoreError
            Where there is no store now.
        """
        return await asyncio.to_thread(self._open().search, part, limit, level)

    async def entity(
        self, level: Level, entity: str, span: BucketSpan = LAST, at: float | None = None
    ) -> EntityRecord:
        """Return what is known of an entity.

        Parameters
        ----------
        level, entity
            The entity.
        span
            Which buckets are wanted; by default the last ones, or if its last alert is older
            those around that alert.
        at
            A time around which buckets are wanted instead.

        Raises
        ------
        StoreError
            Where there is no store now.
        """
        return await asyncio.to_thread(
            record_of, self._open(), self._config, level, entity, span, at
        )

    async def outlooks(self, level: Level, entity: str) -> list[Outlook]:
        """Ask detect what the open buckets hold; what has not come in a short time is left out."""
        return await self._asking.ask(level, entity)

    def answer(self, outlook: Outlook) -> None:
        """Take an answer of detect."""
        self._asking.take(outlook)

    def _open(self) -> SeriesStore:
        if self.store is None:
            raise StoreError(self.problem or "the store of series is closed")
        return self.store


def record_of(
    store: SeriesStore,
    config: Config,
    level: Level,
    entity: str,
    span: BucketSpan = LAST,
    at: float | None = None,
) -> EntityRecord:
    """Read what is known of an entity.

    Parameters
    ----------
    store, config
        The store, and the configuration.
    level, entity, span, at
        See `Library.entity`.
    """
    histories, raws = list[EntityHistory](), list[bytes]()
    for group, sources in config.groups.items():
        judging = Judging.of_group(config, group)
        around = span if at is None else _around(at, judging.buckets.bucket_s)
        rows = store.rows(group, level, entity, *around)
        own = store.alerts(group, level, entity, MOST_REVISIONS)
        faults = [
            raw
            for source in sources
            for raw in store.alerts(group, "source", source.name, MOST_REVISIONS)
        ]
        alerts = [decode_event(raw) for raw in (*own, *faults)]
        found = _histories(rows, judging, level, entity, group, alerts, around.most)
        if span == LAST and at is None:
            found = [_with_its_alert(store, history, judging, alerts) for history in found]
        histories += found
        raws += [*own, *faults]
    return EntityRecord(in_order(histories), raws)


def _histories(
    rows: Sequence[StoredRow],
    judging: Judging,
    level: Level,
    entity: str,
    group: str,
    alerts: Sequence[Envelope],
    most: int = MOST_BUCKETS,
) -> list[EntityHistory]:
    return [
        history_of(judging, level, entity, group, signal, closed, alerts, only_active=True)
        for signal, closed in of_signals(rows, most).items()
    ]


def _with_its_alert(
    store: SeriesStore, history: EntityHistory, judging: Judging, alerts: Sequence[Envelope]
) -> EntityHistory:
    """Return a history that holds the opening of its last alert, if the store does."""
    if not history.alerts or history.alerts[-1].first >= history.closed[0].start:
        return history
    around = _around(history.alerts[-1].first, judging.buckets.bucket_s)
    older = store.rows(history.group, history.level, history.entity, *around)
    found = [row for row in older if row.signal == history.signal]
    made = _histories(found, judging, history.level, history.entity, history.group, alerts)
    return made[0] if made else history


def _around(at: float, bucket_s: int) -> BucketSpan:
    return BucketSpan(at - BEFORE * bucket_s, at + (MOST_BUCKETS - BEFORE) * bucket_s)
