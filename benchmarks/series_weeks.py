"""Serve's store of ``series`` over simulated weeks: memory, disk and time stay flat.

``python -m benchmarks.series_weeks [--entities 2000] [--weeks 12] [--keep-weeks 3] [--most-mb 0]``

A bucket of an hour is one batch, as a paced load is: every entity has a row, a tenth of them are
new in each week, and one has an alert each day. A line a week says what the store has then. Rows
are kept for some weeks; with ``--most-mb`` they go earlier, by their bytes. The disk takes 64 MB
more at most: what RocksDB has not yet moved out of its log.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.series_store import T0, block, size_of
from streams.series.record import BucketSeries, FullRow
from streams.series.store.store import SeriesStore, StoredRevision
from streams.series.watched import WatchedEntity

HOUR_S, WEEK_H = 3600, 168
GROUP = "1h"


class Week(NamedTuple):
    """What the store has at the end of a week.

    Attributes
    ----------
    rows_mb, disk_mb, memory_mb
        Of its rows; of its folder; of the process, at most so far.
    write_ms, read_ms
        Of an hour's batch, and of an entity's history, on average.
    oldest_h
        Hours from the oldest row of an entity to the end.
    names
        Entities that a search would find.
    """

    rows_mb: float
    disk_mb: float
    memory_mb: float
    write_ms: float
    read_ms: float
    oldest_h: float
    names: int


def weeks(
    folder: Path, entities: int, number: int, keep_weeks: float, most_bytes: int, most_names: int
) -> list[Week]:
    """Write so many weeks, and look at the end of each.

    Parameters
    ----------
    folder
        Where the store is.
    entities, number
        How many count each hour, and how many weeks.
    keep_weeks, most_bytes, most_names
        What the store keeps.
    """
    keep_s = keep_weeks * WEEK_H * HOUR_S
    store = SeriesStore(folder, keep_s=keep_s, most_bytes=most_bytes, most_names=most_names)
    found = []
    for week in range(number):
        stay = entities - entities // 10
        ids = [f"1069{n:08}" for n in range(stay)]
        ids += [f"week {week} {n}" for n in range(entities - stay)]
        spent = 0.0
        for hour in range(week * WEEK_H, (week + 1) * WEEK_H):
            start = T0 + hour * HOUR_S
            with_alert = [_alert(start)] if hour % 24 == 0 else []
            one = BucketSeries(
                group=GROUP, shard=0, epoch=1, start=start, end=start + HOUR_S,
                blocks=[block(ids, hour)], full=[_whole(start)],
            )  # fmt: skip
            before = time.perf_counter()
            store.write([one], with_alert, {("series", 0): hour})
            spent += time.perf_counter() - before
        began, read = time.perf_counter(), ids[: stay : max(stay // 4, 1)]
        rows = [store.rows(GROUP, "sender", name, 0.0, 2.0**38, 100_000) for name in read]
        took = time.perf_counter() - began
        end = T0 + (week + 1) * WEEK_H * HOUR_S
        found.append(
            Week(
                store.size_bytes / 1e6,
                size_of(folder) / 1e6,
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                spent / WEEK_H * 1e3,
                took / len(read) * 1e3,
                (end - rows[0][0].entity.start) / HOUR_S,
                len(store.names),
            )
        )
    store.close()
    return found


def _whole(start: int) -> FullRow:
    figures = WatchedEntity(
        start=start, end=start + HOUR_S, count=9.0, expected=1 / 3, low=0.0, high=2.0,
        alarms_at=5.0, evidence_nats=28.1, threshold_nats=11.3, factor=1.1, raised=1.0,
        learned=False, judged=True, fits=False, alert_id="2b1926685558e977", detector="e-sr",
    )  # fmt: skip
    return FullRow("sender", "with an alert", "sends", figures)


def _alert(start: int) -> StoredRevision:
    name = f"{start:016x}"
    return StoredRevision(GROUP, "sender", "with an alert", start, name, 1, "opened", b"x" * 900)


def main() -> None:
    """Print a line a week."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=2_000)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--keep-weeks", type=float, default=3.0)
    parser.add_argument("--most-mb", type=int, default=0)
    given = parser.parse_args()
    most = given.most_mb * 1_000_000 or 100 << 30
    with tempfile.TemporaryDirectory() as folder:
        found = weeks(
            Path(folder) / "s", given.entities, given.weeks, given.keep_weeks, most, 1_000_000
        )
    for number, week in enumerate(found, 1):
        print(
            f"week {number}: {week.rows_mb:.1f} MB of rows, {week.disk_mb:.0f} MB on disk,"
            f" {week.memory_mb:.0f} MB in memory at most, a batch {week.write_ms:.1f} ms, a history"
            f" {week.read_ms:.2f} ms, rows of the last {week.oldest_h:,.0f} h, {week.names:,} names"
        )


if __name__ == "__main__":
    main()
