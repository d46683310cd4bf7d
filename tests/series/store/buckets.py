"""Buckets of ``series`` to write into a store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.series.record import FITS, JUDGED, LEARNED, BucketSeries, FullRow, SeriesBlock
from streams.series.watched import WatchedEntity

T0 = 1_767_225_600
"""2026-01-01."""


def block(ids: Sequence[str], counts: Sequence[int], level: str = "sender") -> SeriesBlock:
    """Return a block of sends."""
    rows = len(ids)
    return SeriesBlock(
        level=level,
        signal="sends",
        factor=1.25,
        ids=ids,
        count=np.array(counts, "<i8"),
        expected=np.full(rows, 2.5, "<f4"),
        shape=np.full(rows, 4.0, "<f4"),
        evidence_nats=np.full(rows, 0.5, "<f4"),
        threshold_nats=np.full(rows, 11.25, "<f4"),
        raised=np.ones(rows, "<f4"),
        flags=np.full(rows, LEARNED | JUDGED | FITS, "u1"),
        detectors=["e-sr"],
        detector=np.zeros(rows, "u1"),
    )


def bucket(
    start: int, *blocks: SeriesBlock, full: Sequence[FullRow] = (), group: str = "60s"
) -> BucketSeries:
    """Return a bucket of a minute."""
    return BucketSeries(
        group=group, shard=0, epoch=1, start=start, end=start + 60, blocks=blocks, full=full
    )


def watched(start: int, count: float = 9.0) -> WatchedEntity:
    """Return figures that single precision cannot hold."""
    return WatchedEntity(
        start=start,
        end=start + 60,
        count=count,
        expected=1 / 3,
        low=0.0,
        high=2.0,
        alarms_at=None,
        evidence_nats=28.123456789012345,
        threshold_nats=11.3,
        factor=1.1,
        raised=1.0,
        learned=False,
        judged=True,
        fits=False,
        alert_id="2b1926685558e977",
        detector="e-sr",
    )
