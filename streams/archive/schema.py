"""The tables of an archive, and closed buckets as their rows.

Arrow, since Parquet is what every tool for tables reads, with pyarrow: of the Arrow project
itself, Apache-2.0, released every few months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from streams.alerts.cloudevent import Envelope
from streams.analysis.labels.label import Label
from streams.detection.bucket_result import Findings
from streams.detection.context.membership import Parents
from streams.detection.merge import ClosedBucket
from streams.detection.signals import Signal
from streams.items import Level

_NAME = pa.dictionary(pa.int32(), pa.string())
_NAMES = pa.list_(pa.string())
_TIME = pa.timestamp("s", "UTC")

COUNTS = pa.schema(
    [
        ("bucket", _TIME),
        ("source", _NAME),
        ("level", _NAME),
        ("id", pa.string()),
        ("count", pa.int64()),
        ("signature", _NAMES),
        ("platform", _NAMES),
        ("category", _NAMES),
    ]
)
"""A row for each source, level and entity of a closed bucket; `bucket` is its start.

The last three say what a sender belongs to: mostly one each, or null.
"""

BUCKETS = pa.schema(
    [
        ("bucket", _TIME),
        ("bucket_end", _TIME),
        ("group", _NAME),
        ("shard", pa.int32()),
        ("source", _NAME),
        ("entities", pa.int64()),
        ("times", pa.int32()),
        ("learned", pa.bool_()),
        ("gap", pa.bool_()),
        ("silent_s", pa.float64()),
        ("common_factor", pa.float64()),
    ]
)
"""A row for each source of a closed bucket: the verdict on it, and its signal's common factor."""

ALERTS = pa.schema(
    [
        ("time", _TIME),
        ("alert_id", pa.string()),
        ("revision", pa.int64()),
        ("event", _NAME),
        ("state", _NAME),
        ("level", _NAME),
        ("id", pa.string()),
        ("signal", _NAME),
        ("kind", _NAME),
        ("detector", _NAME),
        ("severity", _NAME),
        ("onset", _TIME),
        ("first_bucket", _TIME),
        ("last_bucket", _TIME),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
        ("exposure", pa.float64()),
        ("ratio", pa.float64()),
        ("evidence_nats", pa.float64()),
        ("threshold_nats", pa.float64()),
        ("reason", _NAME),
        ("parent", pa.string()),
        ("summary", pa.string()),
        ("group", _NAME),
        ("epoch", pa.int64()),
        ("feed_no", pa.int64()),
        ("cloudevent", pa.string()),
    ]
)
"""A row for each revision; `cloudevent` holds it as it was published, to the byte."""

SINCE_0_2 = {"epoch", "exposure"}
"""Columns that files of alerts of version 0.1 do not have."""

LABELS = pa.schema(
    [
        ("at", _TIME),
        ("label_id", pa.string()),
        ("verdict", _NAME),
        ("alert_id", pa.string()),
        ("entity", pa.string()),
        ("start", _TIME),
        ("end", _TIME),
        ("signal", _NAME),
        ("kind", _NAME),
        ("note", pa.string()),
        ("by", pa.string()),
        ("json", pa.string()),
    ]
)
"""A row for each label, of an alert or of an entity's span of time; `json` holds it as written."""

WIDER: tuple[Level, ...] = ("signature", "platform", "category")
"""Levels that a sender may belong to: columns of `COUNTS`."""


class Place(NamedTuple):
    """Whose buckets a file holds."""

    shard: int
    group: str


def counts_rows(bucket: ClosedBucket) -> list[pa.RecordBatch]:
    """A closed bucket's counts, one batch a source and level, in order of both."""
    return [
        _counts(bucket.start, source, level, totals, bucket.parents)
        for (source, level), totals in sorted(bucket.sums.items())
    ]


def _counts(
    start: int, source: str, level: Level, totals: Mapping[str, int], parents: Parents
) -> pa.RecordBatch:
    rows = len(totals)
    wider: list[pa.Array] = [pa.nulls(rows, _NAMES)] * len(WIDER)
    if level == "sender" and parents:
        of = [sorted(parents.get(sender, ())) for sender in totals]
        wider = [
            pa.array([[n for at, n in names if at == one] or None for names in of], _NAMES)
            for one in WIDER
        ]
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(start, _TIME), rows),
            _one(source, rows),
            _one(level, rows),
            pa.array(list(totals), pa.string()),
            pa.array(list(totals.values()), pa.int64()),
            *wider,
        ],
        schema=COUNTS,
    )


def _one(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), [text])


def buckets_rows(
    place: Place, bucket: ClosedBucket, findings: Findings, signals: Mapping[str, Signal]
) -> list[dict[str, Any]]:
    """A closed bucket's sources, one row each.

    Parameters
    ----------
    place, bucket, findings
        Where it was closed, the bucket, and what the close found.
    signals
        Signal of each source.
    """
    entities: dict[str, int] = {}
    for (source, _), totals in bucket.sums.items():
        entities[source] = entities.get(source, 0) + len(totals)
    return [
        {
            "bucket": bucket.start,
            "bucket_end": bucket.end,
            "group": place.group,
            "shard": place.shard,
            "source": source,
            "entities": entities.get(source, 0),
            "times": verdict.times,
            "learned": verdict.learn,
            "gap": verdict.gap,
            "silent_s": verdict.silent_s,
            "common_factor": findings.factors.get(signals[source]),
        }
        for source, verdict in findings.verdicts.items()
    ]


def alert_row(read: Envelope, cloudevent: bytes) -> dict[str, Any]:
    """A revision's row: as read, and as it was published."""
    alert = read.alert
    fields = {name: getattr(alert, name) for name in ALERTS.names if hasattr(alert, name)}
    return {
        **fields,
        "time": _instant(read.time),
        "level": alert.entity.level,
        "id": alert.entity.id,
        "onset": _instant(alert.onset),
        "first_bucket": _instant(alert.first_bucket),
        "last_bucket": _instant(alert.last_bucket),
        "observed": float(alert.observed),
        "cloudevent": cloudevent.decode(),
    }


def label_row(label: Label, json: bytes) -> dict[str, Any]:
    """A label's row."""
    window = label.window
    span = {name: getattr(window, name, None) for name in ("entity", "start", "end", "signal")}
    return {
        **span,
        "at": label.at,
        "label_id": label.label_id,
        "verdict": label.verdict,
        "alert_id": label.alert_id,
        "kind": getattr(window, "kind", None),
        "note": label.note,
        "by": label.by,
        "json": json.decode(),
    }


def _instant(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())
