"""An entity's histories as JSON, and back: what a serve process says of an entity. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from streams.alerts.cloudevent import decode_event
from streams.counts.bucket import Buckets
from streams.detection.signals import Signal
from streams.explain.history import CountBy, EntityHistory, Judging, history_of, in_order
from streams.items import Level
from streams.series.record import Outlook
from streams.series.watched import WatchedEntity


class HistoryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The buckets of an entity for one signal of a group; times are epoch s.

    ``count_by`` is ``reporters`` where these were judged in place of complaints.
    """

    group: str
    signal: Signal
    bucket_s: int
    timezone: str
    exit_after: int
    min_count: int
    only_active: bool
    buckets: list[WatchedEntity]
    count_by: CountBy = None


class EntityDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an entity.

    Attributes
    ----------
    level, id
        The entity.
    histories
        One for each signal of each group; those with the most alerts first.
    alerts
        Revisions of its alerts, and of alerts on the groups' sources, as published.
    outlooks
        What the buckets hold that are open, one of each group that has answered.
    """

    level: Level
    id: str
    histories: list[HistoryDocument]
    alerts: list[msgspec.Raw]
    outlooks: list[Outlook] = []


_entity_document = msgspec.json.Decoder(EntityDocument)


def document(
    level: Level,
    entity: str,
    histories: Sequence[EntityHistory],
    alerts: Sequence[bytes],
    outlooks: Sequence[Outlook] = (),
) -> bytes:
    """Write what is known of an entity.

    Parameters
    ----------
    level, entity, histories
        The entity.
    alerts
        The revisions that the histories are made of, as published.
    outlooks
        What detection answered.
    """
    return msgspec.json.encode(
        EntityDocument(
            level=level,
            id=entity,
            histories=[_of(history) for history in histories],
            alerts=[msgspec.Raw(raw) for raw in alerts],
            outlooks=list(outlooks),
        )
    )


def read_document(raw: bytes) -> tuple[list[EntityHistory], list[Outlook]]:
    """Read what `document` has written.

    Raises
    ------
    ValueError
        Where `raw` is no such document.
    """
    found = _entity_document.decode(raw)
    alerts = [decode_event(bytes(alert)) for alert in found.alerts]
    histories = [
        history_of(
            Judging(
                Buckets(one.bucket_s, one.timezone), one.exit_after, one.min_count, one.count_by
            ),
            found.level,
            found.id,
            one.group,
            one.signal,
            one.buckets,
            alerts,
            only_active=one.only_active,
        )
        for one in found.histories
    ]
    return in_order(histories), list(found.outlooks)


def schemas(types: Iterable[Any] = (EntityDocument,)) -> dict[str, Any]:
    """Return the JSON Schema of the document, for the description of the API."""
    (schema,), parts = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    return {**schema, "$defs": parts}


def _of(history: EntityHistory) -> HistoryDocument:
    return HistoryDocument(
        group=history.group,
        signal=history.signal,
        bucket_s=history.buckets.bucket_s,
        timezone=history.buckets.timezone,
        exit_after=history.exit_after,
        min_count=history.min_count,
        only_active=history.only_active,
        buckets=list(history.closed),
        count_by=history.count_by,
    )
