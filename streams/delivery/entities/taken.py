"""What a batch of records of ``series`` and ``alerts`` holds. Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streams.alerts.cloudevent import decode_event
from streams.alerts.history import epoch_s
from streams.series.codec import decode_series
from streams.series.record import BucketSeries, Outlook
from streams.series.store.store import Place, StoredRevision

_log = logging.getLogger(__name__)


class Taken(NamedTuple):
    """What was read, and the offset after the last record of each partition."""

    buckets: Sequence[BucketSeries]
    outlooks: Sequence[Outlook]
    alerts: Sequence[StoredRevision]
    positions: Mapping[Place, int]

    @classmethod
    def read(cls, batches: Mapping[Any, Sequence[Any]], series: str) -> Taken:
        """Read records; one that cannot be read is passed over.

        Parameters
        ----------
        batches
            Records by partition.
        series
            The name of the topic ``series``; others are of ``alerts``.
        """
        buckets, outlooks, alerts = list[BucketSeries](), list[Outlook](), list[StoredRevision]()
        positions: dict[Place, int] = {}
        for place, records in batches.items():
            for record in records:
                positions[place.topic, place.partition] = record.offset + 1
                try:
                    if place.topic == series:
                        found = decode_series(record.value or b"")
                        if isinstance(found, Outlook):
                            outlooks.append(found)
                        else:
                            buckets.append(found)
                    elif (alert := published(record.value or b"")) is not None:
                        alerts.append(alert)
                except ValueError as error:
                    where = f"{place.topic}[{place.partition}] offset {record.offset}"
                    _log.warning("%s cannot be read and is passed over: %s", where, error)
        return cls(buckets, outlooks, alerts, positions)


def published(raw: bytes) -> StoredRevision | None:
    """Read a revision of an alert; the end of a feed is none.

    Raises
    ------
    ValueError
        Where `raw` is no alert.
    """
    envelope = decode_event(raw)
    alert = envelope.alert
    if alert.event == "ended":
        return None
    return StoredRevision(
        group=alert.group,
        level=alert.entity.level,
        id=alert.entity.id,
        time_s=epoch_s(envelope.time),
        alert_id=alert.alert_id,
        revision=alert.revision,
        event=alert.event,
        raw=raw,
    )
