"""One history of an entity, also where it moved to another shard. Pure.

An entity is in one shard at a time. Where the number of shards changes, it goes on in another one:
its rows stand in both.
"""

from __future__ import annotations

from collections.abc import Iterable

from streams.detection.signals import Signal
from streams.series.store.rows import StoredRow
from streams.series.watched import WatchedEntity


def of_signals(rows: Iterable[StoredRow], most: int) -> dict[Signal, list[WatchedEntity]]:
    """Return the buckets of each signal in their order, each once.

    A bucket that stands in two shards is that of the shard in which it has an alert; else of the
    one in which it has counted; else of the one that judged the entity last.

    Parameters
    ----------
    rows
        An entity's rows of a group, those of a signal and shard in their order.
    most
        How many buckets of a signal are returned, the last ones.
    """
    by_stream: dict[tuple[Signal, int], list[WatchedEntity]] = {}
    for row in rows:
        by_stream.setdefault((row.signal, row.shard), []).append(row.entity)
    by_signal: dict[Signal, dict[int, WatchedEntity]] = {}
    for (signal, _), buckets in sorted(by_stream.items(), key=lambda one: one[1][-1].start):
        best = by_signal.setdefault(signal, {})
        for bucket in buckets:
            before = best.get(bucket.start)
            if before is None or _weight(bucket) >= _weight(before):
                best[bucket.start] = bucket
    return {
        signal: [best[start] for start in sorted(best)[-most:]]
        for signal, best in sorted(by_signal.items())
    }


def _weight(bucket: WatchedEntity) -> tuple[bool, bool]:
    return bucket.alert_id is not None, bucket.count > 0
