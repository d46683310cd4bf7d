"""Closed buckets, alerts and labels as rows of an archive's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from streams.alerts.cloudevent import Envelope
from streams.alerts.label import Label
from streams.archive.tables import ALERTS, COUNTS, NAMES, TIME
from streams.detection.bucket_result import BucketResult
from streams.detection.context.membership import Parents
from streams.detection.merge import ClosedBucket
from streams.detection.signals import Signal
from streams.items import PARENT_LEVELS, Level
from streams.registry.topic_rows import encode_row


def counts_rows(bucket: ClosedBucket) -> list[pa.RecordBatch]:
    """Make the rows of a closed bucket's counts: one batch for each source and level, sorted.

    What full lanes counted together, or could not check, has the rows of `BEYOND_THE_BOUND`.
    """
    streams = sorted({*bucket.sums, *bucket.beyond})
    return [
        _counts(
            bucket.start,
            *stream,
            {**bucket.sums.get(stream, {}), **bucket.beyond.get(stream, {})},
            bucket.parents,
        )
        for stream in streams
    ]


def _counts(
    start: int, source: str, level: Level, totals: Mapping[str, int], parents: Parents
) -> pa.RecordBatch:
    rows = len(totals)
    parent_columns: list[pa.Array] = [pa.nulls(rows, NAMES)] * len(PARENT_LEVELS)
    if level == "sender" and parents:
        parents_by_row = [sorted(parents.get(sender, ())) for sender in totals]
        parent_columns = [
            pa.array(
                [
                    [name for parent_level, name in row if parent_level == wider] or None
                    for row in parents_by_row
                ],
                NAMES,
            )
            for wider in PARENT_LEVELS
        ]
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(start, TIME), rows),
            _repeated(source, rows),
            _repeated(level, rows),
            pa.array(list(totals), pa.string()),
            pa.array(list(totals.values()), pa.int64()),
            *parent_columns,
        ],
        schema=COUNTS,
    )


def _repeated(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), [text])


def buckets_rows(
    result: BucketResult, signals: Mapping[str, Signal], *, judged: bool
) -> list[dict[str, Any]]:
    """Make the rows of a closed bucket's sources, one each.

    Parameters
    ----------
    result
        What became of the bucket.
    signals
        The signal of each source.
    judged
        Whether its entities were judged. Otherwise nobody can say how many times it was posted.
    """
    bucket, entities = result.bucket, dict[str, int]()
    for (source, _), totals in bucket.sums.items():
        entities[source] = entities.get(source, 0) + len(totals)
    return [
        {
            "bucket": bucket.start,
            "bucket_end": bucket.end,
            "group": result.group,
            "shard": result.shard,
            "source": source,
            "entities": entities.get(source, 0),
            "times": verdict.times if judged else None,
            "learned": verdict.learn,
            "gap": verdict.gap,
            "silent_s": verdict.silent_s,
            "common_factor": result.factors.get(signals[source]),
        }
        for source, verdict in result.verdicts.items()
    ]


def alert_row(event: Envelope, cloudevent: bytes) -> dict[str, Any]:
    """Make the row of a revision from what was published, decoded and as bytes."""
    alert = event.alert
    fields = {name: getattr(alert, name) for name in ALERTS.names if hasattr(alert, name)}
    return {
        **fields,
        "time": _epoch_s(event.time),
        "level": alert.entity.level,
        "id": alert.entity.id,
        "onset": _epoch_s(alert.onset),
        "first_bucket": _epoch_s(alert.first_bucket),
        "last_bucket": _epoch_s(alert.last_bucket),
        "observed": float(alert.observed),
        "cloudevent": cloudevent.decode(),
    }


def label_row(label: Label, json: bytes) -> dict[str, Any]:
    """Make the row of a label, decoded and as bytes."""
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


def _epoch_s(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())


def declared_rows(bucket: ClosedBucket) -> list[dict[str, Any]]:
    """Rows of the table of the registry: what holds from a bucket on."""
    at = dt.datetime.fromtimestamp(bucket.start, dt.UTC)
    return [
        {
            "bucket": at,
            "seq": row.seq,
            "key": row.key,
            "entry": None if row.entry is None else encode_row(row.entry).decode(),
            "goes_on": row.goes_on,
        }
        for row in bucket.declared
    ]
