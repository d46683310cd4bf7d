"""RecordedBucket days to put bursts into: senders of all sizes, on three platforms."""

from __future__ import annotations

import datetime as dt

import numpy as np

from streams.archive.manifest import Manifest
from streams.archive.read.buckets import RecordedBucket
from streams.archive.tables import ShardGroup
from streams.config.load import parse_config
from streams.detection.context.groups import Wider
from streams.detection.merge import ClosedBucket, Sums
from streams.items import Level

DAY = 86400
FIRST = int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp())
FILED = {
    "kind": "complaint", "format": "csv", "time": "day", "sender": "sender",
    "platform": "platform", "channel": "sms", "bucket": "1d", "daily": True,
}  # fmt: skip
DATA = {
    "timezone": "UTC",
    "count": {"levels": ["sender", "platform", "all"]},
    "sources": {"filed": FILED},
}
MANIFEST = Manifest.from_config(parse_config(DATA))
MEANS = np.repeat([0.3, 3.0, 30.0, 300.0], [60, 30, 12, 6])


def platform_of(sender: str) -> str:
    return f"p{int(sender[1:]) % 3}"


def day(number: int) -> int:
    """Start of a day, the first being 0."""
    return FIRST + number * DAY


def bucket_of(number: int, counts: dict[str, int]) -> RecordedBucket:
    """A closed day."""
    platforms: dict[str, int] = {}
    for sender, count in counts.items():
        platforms[platform_of(sender)] = platforms.get(platform_of(sender), 0) + count
    levels: dict[Level, dict[str, int]] = {
        "sender": counts, "platform": platforms, "all": {"all": sum(counts.values())}
    }  # fmt: skip
    sums: Sums = {("filed", level): of for level, of in levels.items() if of}
    parents: dict[str, set[Wider]] = {s: {("platform", platform_of(s))} for s in counts}
    bucket = ClosedBucket(day(number), day(number + 1), sums, parents)
    return RecordedBucket(ShardGroup(0, MANIFEST.sources["filed"].group), bucket)


def days(number: int, *, seed: int = 1) -> list[RecordedBucket]:
    """So many days of Poisson counts; the first are the same however many there are."""
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(MEANS, (number, len(MEANS)))
    return [
        bucket_of(at, {f"s{n}": int(count) for n, count in enumerate(row) if count})
        for at, row in enumerate(drawn)
    ]
