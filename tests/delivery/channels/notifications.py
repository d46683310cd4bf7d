"""Notifications to test with, and a way to send one."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any, Literal

import msgspec

from streams.alerts.cloudevent import decode_event
from streams.delivery.channels.channel import Refusal, attempt
from streams.delivery.channels.notification import Notification, Notified, PeopleChannel
from streams.language.catalogue import Language
from tests.alerts import examples

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
LINK = "https://monitor.example/alerts/2b1926685558e977"


def notified(
    acknowledged_by: str | None = None,
    link: str | None = LINK,
    first_severity: Literal["warning", "critical"] | None = None,
    **changes: Any,
) -> Notified:
    """An alert with changes, as a notification has it."""
    raw = examples.raw(**changes)
    return Notified(decode_event(raw), raw, acknowledged_by, link, first_severity)


def notification(*alerts: Notified, **changes: Any) -> Notification:
    """A notification of alerts, or of the example's."""
    one = Notification("ops", "family", "firing", "new", alerts or (notified(),), AT)
    return msgspec.structs.replace(one, **changes)


def tell(
    channel: PeopleChannel, *messages: Notification, language: Language = "en"
) -> list[Refusal | None]:
    """Open a channel and send notifications by it, one after the other."""

    async def run() -> list[Refusal | None]:
        async with channel.open(language) as send:
            return [await attempt(send, one) for one in messages]

    return asyncio.run(run())
