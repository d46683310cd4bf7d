"""Series as tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from streams.items import Level
from streams.series.record import FITS, JUDGED, LEARNED, BucketSeries, Outlook, SeriesBlock
from streams.series.watched import WatchedEntity

_WATCHED = WatchedEntity(
    start=60, end=120, count=5.0, expected=4.0, low=1.0, high=9.0, alarms_at=20.0,
    evidence_nats=0.5, threshold_nats=11.0, factor=1.0, raised=1.0, learned=True, judged=True,
    fits=True, alert_id=None, detector="e-sr",
)  # fmt: skip


def watched(**changes: Any) -> WatchedEntity:
    """Give an entity in a bucket."""
    fields = {name: getattr(_WATCHED, name) for name in WatchedEntity.__slots__}
    return WatchedEntity(**{**fields, **changes})


def block(ids: Sequence[str], level: Level = "sender", **columns: float) -> SeriesBlock:
    """Give a block with a row for each id; a column has its place, or what is given."""
    rows = len(ids)

    def column(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.full(rows, columns.get(name, 0.0), np.float32) + (
            0 if name in columns else np.arange(1, rows + 1, dtype=np.float32) / 7
        )

    return SeriesBlock(
        level=level,
        signal="sends",
        factor=1.25,
        ids=ids,
        count=np.arange(1, rows + 1, dtype=np.int64) ** 3,
        expected=column("expected"),
        shape=column("shape"),
        evidence_nats=column("evidence_nats"),
        threshold_nats=column("threshold_nats"),
        raised=np.ones(rows, np.float32),
        flags=np.full(rows, LEARNED | JUDGED | FITS, np.uint8),
        detectors=["e-sr", "newcomer"],
        detector=np.arange(rows, dtype=np.uint8) % 2,
    )


def bucket(**fields: Any) -> BucketSeries:
    """Give a bucket of the group ``g``."""
    return BucketSeries(**{"group": "g", "shard": 0, "epoch": 1, "start": 60, "end": 120, **fields})


def outlook(**fields: Any) -> Outlook:
    """Give an answer about the sender ``s1``."""
    return Outlook(
        **{
            "group": "g", "shard": 0, "epoch": 1, "level": "sender", "id": "s1", "at": 130.5,
            "closed": 120, "state": "known", **fields,
        }
    )  # fmt: skip
