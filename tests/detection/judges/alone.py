"""Judges of one stream, without merging and sources: closed buckets given as counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from streams.alerts.lifecycle import Rules
from streams.config.detect import BurstTable
from streams.counts.bucket import DAY_S
from streams.detection.context.bucket import BucketContext, Stream
from streams.detection.context.budget import Budget
from streams.detection.judges.judge import JudgeSettings
from streams.detection.signals import Signal
from streams.items import Level

RULES = Rules(min_count=1, exit_after=3, min_hold=1, longest_life_s=14.0 * DAY_S)


def settings(level: Level, signal: Signal, bucket_s: int, **changes: Any) -> JudgeSettings:
    """What a judge is made from, as shipped, with a budget of one false alert a day and kind."""
    made = JudgeSettings(
        level=level,
        signal=signal,
        narrowest=True,
        bucket_s=bucket_s,
        timezone="UTC",
        rules=RULES,
        budget=Budget(1.0, 1.0, 1.0),
        burst=BurstTable(),
    )
    return replace(made, **changes)


def bucket_of(
    start: int, end: int, counts: Mapping[Stream, Mapping[str, int]], **changes: Any
) -> BucketContext:
    """A bucket whose data are complete."""
    signals = frozenset(signal for signal, _ in counts)
    starts = {signal: [start] for signal in ("sends", "complaints", "complaint_rate")}
    made = BucketContext(
        start=start,
        end=end,
        day=0,
        hour=None,
        counts=counts,
        occasions=[],
        begun=signals,
        lost=frozenset(),
        complete=signals,
        starts=starts,
        entities={},
    )
    return replace(made, **changes)
