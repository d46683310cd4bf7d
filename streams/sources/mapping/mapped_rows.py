"""What the records of another's topic say beside sender, time and count, as rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from streams.items import ComplaintKind
from streams.sources.batch import Moments
from streams.sources.formats.format import Field


class MappedRow(NamedTuple):
    """An event, as far as it is counted beside its total: the fields of `Send` and `Complaint`."""

    event_time: dt.datetime
    event_id: str
    recipient_hash: str | None
    reporter_hash: str | None
    region: str | None
    kind: str
    occurred_at: dt.datetime | None
    campaign: str | None = None
    consent: str | None = None
    verified: bool | None = None


def mapped_rows(
    times: Moments, columns: Mapping[Field, Sequence[Any]], default_kind: ComplaintKind
) -> list[MappedRow]:
    """Return the rows of events; a missing value is empty."""
    absent = repeat("")
    return [
        MappedRow(
            time if isinstance(time, dt.datetime) else dt.datetime.fromtimestamp(time, dt.UTC),
            event_id,
            recipient or None,
            reporter or None,
            region or None,
            kind or default_kind,
            happened or None,
            campaign or None,
            consent or None,
        )
        for time, event_id, recipient, reporter, region, kind, happened, campaign, consent in zip(
            times,
            *(
                columns.get(field, absent)
                for field in (
                    *("event_id", "recipient", "reporter", "region", "kind", "occurred_at"),
                    *("campaign", "consent"),
                )
            ),
            strict=False,
        )
    ]
