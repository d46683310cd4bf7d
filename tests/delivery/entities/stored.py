"""A library over a store with an entity's history, as a replay finds it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from streams.analysis.history_collector import HistoryCollector
from streams.analysis.shards import Shards
from streams.config.load import parse_config
from streams.delivery.entities.taken import published
from streams.detection.bucket_result import BucketResult
from streams.detection.merge import ClosedBucket
from streams.explain.history import EntityHistory
from streams.series.record import BucketSeries
from streams.series.store.store import SeriesStore

FIRST = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
DAYS, BURST = 40, range(30, 33)
LOUD = "loud"
DAY = 86_400


SETTINGS: dict[str, Any] = {
    "timezone": "UTC",
    "count": {"levels": ["sender", "all"]},
    "sources": {
        "filed": {
            "kind": "complaint",
            "format": "csv",
            "time": "day",
            "sender": "s",
            "bucket": "1d",
            "daily": True,
        }
    },
}
"""One daily source of complaints."""


class Recording:
    """Days that were judged: what detect writes of one sender, and what `explain` says of it."""

    def __init__(self) -> None:
        self.config = parse_config(SETTINGS)
        collector = HistoryCollector(self.config, "sender", LOUD)
        shards = Shards(self.config, collector.inspect)
        self.buckets: list[BucketSeries] = []
        self.alerts: list[bytes] = []

        def on_bucket(result: BucketResult) -> None:
            collector.on_bucket(result)
            self.buckets.append(
                BucketSeries(
                    group=result.group,
                    shard=0,
                    epoch=1,
                    start=result.bucket.start,
                    end=result.bucket.end,
                    full=result.watched,
                )
            )

        (group,) = [name for name in self.config.groups if name.startswith("1d")]
        for day in range(DAYS):
            counts = {f"s{number}": 3 + (7 * number + 3 * day) % 4 for number in range(20)}
            counts[LOUD] = 300 if day in BURST else 3
            start = int(FIRST.timestamp()) + day * DAY
            bucket = ClosedBucket(start, start + DAY, {("filed", "sender"): counts}, {})
            shards.judge(0, group, bucket, lambda alert: self._take(collector, alert), on_bucket)
        self.history: EntityHistory = collector.histories()[0]

    def _take(self, collector: HistoryCollector, alert: Any) -> None:
        collector.take(alert)
        self.alerts.append(alert.value)

    def store(self, folder: Path, moved: int = DAYS) -> SeriesStore:
        """Return a store that has read all of it; in another shard from the day `moved` on."""
        store = SeriesStore(folder, keep_s=400 * DAY, most_bytes=1 << 30)
        found = [published(raw) for raw in self.alerts]
        buckets = [
            replace(bucket, shard=1 if day < moved < DAYS else 0)
            for day, bucket in enumerate(self.buckets)
        ]
        store.write(buckets, [one for one in found if one is not None], {})
        return store
