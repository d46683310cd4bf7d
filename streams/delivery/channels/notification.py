"""What a receiver is told: the struct that every channel for people gets, and their protocol.

A ``[[webhooks]]`` receiver is a program and gets every revision as published; its protocol is in
`streams.delivery.channels.channel`. A ``[[receivers]]`` table has one of the channels here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal, Protocol

import msgspec

from streams.alerts.cloudevent import Envelope
from streams.delivery.channels.channel import Refusal
from streams.language.catalogue import Language

Reason = Literal[
    "new", "changed", "acknowledged", "repeat", "escalated", "resolved", "monitor"
]  # fmt: skip
"""Why a receiver is told now. ``acknowledged`` goes only to channels that take it, ``monitor``
only to receivers that want events on the monitor itself."""


class Notified(msgspec.Struct, frozen=True):
    """An alert as a notification tells it.

    Attributes
    ----------
    envelope
        Its latest revision, as read.
    raw
        The same, as published.
    acknowledged_by
        Who has acknowledged it; None where nobody has.
    link
        Address of its page; None where no base address is configured.
    first_severity
        The severity of its first revision, which Alertmanager knows it by; None where that is no
        longer known: then it is the latest one's.
    """

    envelope: Envelope
    raw: bytes
    acknowledged_by: str | None = None
    link: str | None = None
    first_severity: Literal["warning", "critical"] | None = None


class Notification(msgspec.Struct, frozen=True):
    """What a receiver is told at one time.

    Attributes
    ----------
    receiver
        Name of the receiver.
    group
        Stable key of what belongs together.
    status
        "firing" while any of its alerts is open.
    reason
        Why it is sent now.
    alerts
        The alerts of the group, open and ended ones; none where it is about the monitor itself.
    at
        When it fell due: it stays the same when it is tried again.
    monitor
        The event on the monitor itself, as published; None where it is about alerts.
    """

    receiver: str
    group: str
    status: Literal["firing", "resolved"]
    reason: Reason
    alerts: tuple[Notified, ...]
    at: dt.datetime
    monitor: bytes | None = None

    @property
    def digest(self) -> str:
        """Name what is told: equal for each try to send it, and different for a later repeat."""
        parts = [self.receiver, self.group, self.status, self.reason, self.at.isoformat()]
        parts += [one.envelope.id for one in self.alerts]
        said = msgspec.json.encode([parts, (self.monitor or b"").hex()])
        return hashlib.sha256(said).hexdigest()[:32]


Tell = Callable[[Notification], Awaitable[Refusal | None]]
"""Tries once to tell a receiver; None where it has accepted all of it."""


class PeopleChannel(Protocol):
    """The channel of a ``[[receivers]]`` table: how its people are told.

    Attributes
    ----------
    kind
        The channel's key in the table, for logs and metrics.
    takes_acknowledgements
        Whether it is told when somebody acknowledges an alert.
    takes_heartbeats
        Whether it is told each hour that the monitor lives, if nobody says otherwise: programs
        wait for that, people in a chat do not.
    resend_every
        Seconds after which open alerts are sent again whatever ``repeat`` says, since the other
        side forgets what is not repeated; 0 for never. Such a repeat tells nobody anything new:
        it is neither recorded nor does it wait for other alerts.
    """

    kind: ClassVar[str]
    takes_acknowledgements: ClassVar[bool]
    takes_heartbeats: ClassVar[bool]

    @property
    def resend_every(self) -> float:
        """Seconds after which open alerts are sent again; 0 for never."""

    def open(self, language: Language) -> AbstractAsyncContextManager[Tell]:
        """Connect to the receiver, for as long as the context lasts."""
