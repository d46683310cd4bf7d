"""Records of the topic ``counts`` for tests, in few words."""

from __future__ import annotations

from collections.abc import Mapping

from streams.items import Counts, Level, Total

MINUTE = 60
START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""


def bucket(number: int) -> int:
    """Start of the n-th minute."""
    return START + number * MINUTE


def counts(
    totals: Mapping[tuple[int, str], int] | None = None,
    *,
    until: int | None = None,
    source: str = "sends",
    lane: int = 0,
    lanes: int = 1,
    bucket_s: int = MINUTE,
    level: Level = "sender",
) -> Counts:
    """A record with totals by (minute, sender); `until` is the minute its watermark reaches."""
    return Counts(
        source=source,
        lane=lane,
        lanes=lanes,
        bucket_s=bucket_s,
        totals=[
            Total(bucket(n), level, name, count) for (n, name), count in (totals or {}).items()
        ],
        watermark=None if until is None else float(bucket(until)),
    )
