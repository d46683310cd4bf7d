"""Receivers as those see them who send alerts or events one by one: the monitor, and redelivery."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from streams.alerts.cloudevent import decode_event
from streams.config.model import Config
from streams.delivery.channels.channel import EventReceiver, Refusal, Send
from streams.delivery.channels.notification import Notification, Notified
from streams.delivery.monitor.event import TYPE_PREFIX
from streams.delivery.notify.table import Receiver


class SingleSends:
    """A receiver that is told of one event a notification.

    Parameters
    ----------
    receiver
        The receiver.
    link
        Gives the address of an alert's page, or None.
    """

    def __init__(self, receiver: Receiver, link: Callable[[str], str | None]) -> None:
        self.kind, self.name = receiver.kind, receiver.name
        self._receiver, self._link = receiver, link

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        """Connect to the receiver, for as long as the context lasts."""
        receiver = self._receiver
        async with receiver.channel.open(receiver.language) as tell:

            async def send(event: bytes) -> Refusal | None:
                return await tell(single(receiver.name, event, self._link))

            yield send


class _Event(msgspec.Struct):
    """What of any event is needed."""

    type: str
    subject: str
    time: dt.datetime


_event = msgspec.json.Decoder(_Event)


def single(receiver: str, event: bytes, link: Callable[[str], str | None]) -> Notification:
    """Return the notification of one event, an alert's or the monitor's own.

    Raises
    ------
    ValueError
        Where it is neither.
    """
    found = _event.decode(event)
    if found.type.startswith(TYPE_PREFIX):
        over = found.type == f"{TYPE_PREFIX}symptom_ended"
        return Notification(
            receiver=receiver,
            group=f"monitor/{found.subject}",
            status="resolved" if over else "firing",
            reason="monitor",
            alerts=(),
            at=found.time,
            monitor=event,
        )
    envelope = decode_event(event)
    alert = envelope.alert
    over = alert.state in ("resolved", "retracted")
    return Notification(
        receiver=receiver,
        group=alert.alert_id,
        status="resolved" if over else "firing",
        reason="resolved" if over else "new",
        alerts=(Notified(envelope, event, None, link(alert.alert_id)),),
        at=found.time,
    )


def addressees(config: Config) -> dict[str, EventReceiver]:
    """Return all that may be sent an alert again, by name: webhooks and receivers."""
    found: dict[str, EventReceiver] = {one.name: one for one in config.programs}
    for receiver in config.receivers:
        found[receiver.name] = SingleSends(receiver, config.serve.link_to)
    return found
