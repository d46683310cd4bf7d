"""Events for tests, in few words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from streams.config.load import parse_config
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.clock.watermark import RECORDS
from streams.items import Complaint, Send, Sender
from streams.sources.event_json import encode_event

DAY = 86400


def at(time_s: float) -> dt.datetime:
    """An instant, from epoch seconds."""
    return dt.datetime.fromtimestamp(time_s, dt.UTC)


T0 = dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp()
"""A Monday."""


def send(time_s: float, sender: str = "a", count: int = 1, **fields: Any) -> Send:
    """A send `time_s` seconds after `T0`."""
    names = {k: fields.pop(k) for k in ("signature", "platform") if k in fields}
    return Send(
        v=1,
        event_id=fields.pop("event_id", f"{sender}-{time_s}"),
        event_time=at(T0 + time_s),
        channel="sms",
        sender=Sender(sender, **names),
        source="test",
        count=count,
        recipient_hash=fields.pop("recipient_hash", None),
    )


def complaint(time_s: float, sender: str | None = "a", event_id: str | None = None) -> Complaint:
    """A complaint filed `time_s` seconds after `T0`."""
    return Complaint(
        v=1,
        event_id=event_id or f"{sender}-{time_s}",
        event_time=at(T0 + time_s),
        channel="sms",
        sender=Sender(sender),
        source="test",
        kind="other",
    )


def record(time_s: float, sender: str = "a", **fields: Any) -> bytes:
    """A send as it stands on Kafka."""
    return encode_event(send(time_s, sender, **fields))


def config(**tables: Any) -> Config:
    """A configuration in UTC."""
    return parse_config({"timezone": "UTC", **tables})


def source(name: str = "sends", **count: Any) -> Source:
    """One of the default sources."""
    return config(count=count).sources[name]


def agreed(time_s: float, sender: str = "later") -> list[Send]:
    """So many sends of one time that a lane believes it to be over."""
    return [send(time_s, sender, event_id=f"{time_s}-{n}") for n in range(RECORDS.agree)]
