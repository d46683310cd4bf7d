"""What one receiver is told together, and what it has been told of each alert. Pure."""

from __future__ import annotations

import math

import msgspec

from streams.alerts.lifecycle import Severity
from streams.delivery.notify.record import Sent, SentAlert


class LastSaid(msgspec.Struct):
    """What a receiver was last told of an alert.

    Attributes
    ----------
    group
        The group that it was told in.
    at_s, due_s
        When it was told, and when that fell due: epoch s.
    revision, closed, severity, acknowledged
        What was said.
    """

    group: str
    at_s: float
    due_s: float
    revision: int
    closed: bool
    severity: Severity
    acknowledged: bool

    @staticmethod
    def by(record: Sent, one: SentAlert, before: LastSaid | None) -> LastSaid:
        """Return what is known after a record; of two, what is newer."""
        at_s, due_s = record.at.timestamp(), record.due.timestamp()
        closed, acknowledged = one.closed, one.acknowledged
        revision, severity = one.revision, one.severity
        if before is not None:
            due_s = min(due_s, before.due_s)
            closed = closed or before.closed
            if before.at_s > at_s:
                at_s, revision = before.at_s, before.revision
                severity, acknowledged = before.severity, before.acknowledged
        return LastSaid(record.group, at_s, due_s, revision, closed, severity, acknowledged)


class AlertGroup(msgspec.Struct):
    """Alerts that a receiver is told of together.

    Attributes
    ----------
    key
        Its stable name.
    news
        What the receiver does not know yet: alerts, each with the time from which it waits.
    escalated
        Those of the news that another receiver has left unacknowledged.
    hidden
        Alerts that would be news, and until when a silence or a snooze hides each.
    standing
        Open alerts that the receiver knows of.
    sent_s
        When the last notification was sent; None where none was.
    repeat_s
        When what stands is to be repeated.
    hold_s
        Until when news wait for quiet hours to end; nothing critical is among them.
    put_off_s
        Until when nothing is tried, after a refusal.
    due_s
        When the notification that waits fell due; None where none does.
    look_s
        When it is to be looked at next.
    """

    key: str
    news: dict[str, float] = msgspec.field(default_factory=dict)
    escalated: dict[str, None] = msgspec.field(default_factory=dict)
    hidden: dict[str, float] = msgspec.field(default_factory=dict)
    standing: dict[str, None] = msgspec.field(default_factory=dict)
    sent_s: float | None = None
    repeat_s: float = math.inf
    hold_s: float = -math.inf
    put_off_s: float = -math.inf
    due_s: float | None = None
    look_s: float = math.inf

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell, now or later."""
        return not (self.news or self.hidden or self.standing)

    def next_look(self, wait_s: float, interval_s: float) -> float:
        """Return when something may be due.

        Parameters
        ----------
        wait_s
            How long the first news of a group wait.
        interval_s
            The shortest time between a notification of the group and the next news.
        """
        at_s = math.inf
        if self.news:
            first_s = next(iter(self.news.values()))
            # Due no earlier than it came: an escalation counts from there.
            begin_s = (
                first_s + wait_s if self.sent_s is None else max(first_s, self.sent_s + interval_s)
            )
            at_s = max(begin_s, self.hold_s)
        if self.standing:
            at_s = min(at_s, self.repeat_s)
        if self.hidden:
            at_s = min(at_s, *self.hidden.values())
        return max(at_s, self.put_off_s)
