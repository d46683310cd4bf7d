"""What a receiver is told now of a group: what is news, what is hidden, what waits. Pure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from streams.alerts.cloudevent import Alert
from streams.delivery.channels.notification import Notification, Notified, Reason
from streams.delivery.notify.groups import AlertGroup, LastSaid
from streams.delivery.notify.known_alerts import KnownAlert, KnownAlerts, weight
from streams.delivery.notify.record import MOST_ALERTS
from streams.delivery.notify.table import Receiver

_FIRST_REASON: Final[tuple[Reason, ...]] = (
    "escalated", "new", "changed", "acknowledged", "resolved",
)  # fmt: skip


def wake_for(known: KnownAlert, group: AlertGroup, at_s: float) -> None:
    """Let the news of a group wait for no morning once an alert among them is critical."""
    if known.severity == "critical":
        group.hold_s = min(group.hold_s, at_s)


class Deeds(Protocol):
    """What people did, as far as it decides who is told."""

    def acknowledged_by(self, alert: Alert) -> str | None:
        """Who has acknowledged an alert; None where nobody has, or where that no longer holds."""

    def hidden_until(self, alert: Alert, at: dt.datetime) -> dt.datetime | None:
        """Until when a silence or a snooze hides an alert, of those that hide it at a moment."""

    def was_hidden(self, alert: Alert, at: dt.datetime) -> bool:
        """Whether a silence or a snooze hid an alert at a moment that is past."""

    def last_hidden(self, alert: Alert, now: dt.datetime) -> dt.datetime | None:
        """When the last silence or snooze ended that hid an alert."""

    def has_lapsed(self, alert: Alert) -> bool:
        """Whether somebody had acknowledged an alert before it became more severe."""


class Composer:
    """Makes the notifications of one receiver.

    Parameters
    ----------
    receiver
        The receiver.
    zone
        The time zone of its quiet hours.
    known
        The alerts.
    deeds
        What people did.
    link
        Gives the address of an alert's page.
    """

    def __init__(
        self,
        receiver: Receiver,
        zone: dt.tzinfo,
        known: KnownAlerts,
        deeds: Deeds,
        link: Callable[[str], str | None],
    ) -> None:
        self.receiver, self._zone = receiver, zone
        self._known, self._deeds, self._link = known, deeds, link
        self.again_s = receiver.channel.resend_every or receiver.repeat or math.inf
        """Seconds after which what stands is said again."""

    def is_news(self, known: KnownAlert, said: LastSaid | None, settled_s: float) -> bool:
        """Whether a receiver is to be told of an alert, hidden or not.

        Parameters
        ----------
        known
            The alert.
        said
            What it was told of it.
        settled_s
            Of alerts that ended by this time it is owed nothing.
        """
        over = not known.is_open
        if over and known.changed_s <= settled_s:
            return False
        if said is None:
            # An early alert that nobody was told of, and that is refuted, never was.
            return known.is_open or known.revision > 0
        if said.closed:
            return False
        if over:
            return self.receiver.resolved or known.state == "retracted"
        return known.weight > weight(said.severity) or self._is_acknowledged_now(known, said)

    def compose(
        self,
        group: AlertGroup,
        said: Mapping[str, LastSaid],
        now_s: float,
        settled: Callable[[KnownAlert], None],
    ) -> Notification | None:
        """Return what is to be sent now; None where all of it waits, which the group then says.

        Parameters
        ----------
        group
            The group, which is due.
        said
            What the receiver was told of each alert.
        now_s
            The time, epoch s.
        settled
            Is told of each alert that is over, and was hidden when it ended.
        """
        for alert_id, until_s in list(group.hidden.items()):
            if until_s <= now_s:
                del group.hidden[alert_id]
                group.news[alert_id] = now_s
                wake_for(self._known[alert_id], group, now_s)
        if group.next_look(self.receiver.wait, self.receiver.interval) > now_s:
            return None
        news = self._visible_news(group, said, now_s, settled)
        morning_s = self._morning_s(news, now_s)
        if news and morning_s is not None:
            group.hold_s = morning_s
        elif news:
            reasons = {self._reason(group, known, said.get(known.alert_id)) for known in news}
            return self._notification(
                group, news, next(one for one in _FIRST_REASON if one in reasons), now_s
            )
        if group.standing and group.repeat_s <= now_s:
            again = self._said_again(group, said, now_s)
            if again:
                return self._notification(group, again, "repeat", now_s)
        group.due_s = None
        return None

    def unrecorded(self, reason: Reason) -> bool:
        """Whether no record is kept of such a notification: it only keeps the other side awake."""
        return reason == "repeat" and self.receiver.channel.resend_every > 0

    def acknowledged_by(self, known: KnownAlert) -> str | None:
        """Who has acknowledged an alert."""
        return self._deeds.acknowledged_by(known.alert())

    def hidden_until_s(self, known: KnownAlert, at_s: float) -> float | None:
        """Until when an alert is hidden that is hidden at a moment, epoch s."""
        until = self._deeds.hidden_until(known.alert(), dt.datetime.fromtimestamp(at_s, dt.UTC))
        return None if until is None else until.timestamp()

    def asked_since_s(self, known: KnownAlert, now_s: float) -> float:
        """Since when somebody could answer, as far as it is not since they were told, epoch s.

        That is since the last silence ended; or since it became worse than it was acknowledged.
        """
        alert = known.alert()
        ended = self._deeds.last_hidden(alert, dt.datetime.fromtimestamp(now_s, dt.UTC))
        seen_s = -math.inf if ended is None else ended.timestamp()
        return max(seen_s, known.risen_s if self._deeds.has_lapsed(alert) else -math.inf)

    def _is_acknowledged_now(self, known: KnownAlert, said: LastSaid) -> bool:
        return (
            self.receiver.channel.takes_acknowledgements
            and not said.acknowledged
            and self.acknowledged_by(known) is not None
        )

    def _visible_news(
        self,
        group: AlertGroup,
        said: Mapping[str, LastSaid],
        now_s: float,
        settled: Callable[[KnownAlert], None],
    ) -> list[KnownAlert]:
        visible = []
        waiting = list(group.news)
        if len(waiting) > MOST_ALERTS:
            waiting.sort(key=lambda alert_id: -self._known[alert_id].weight)
        for alert_id in waiting:
            known = self._known[alert_id]
            if alert_id in group.escalated and self.acknowledged_by(known) is not None:
                del group.news[alert_id], group.escalated[alert_id]
                continue
            if known.is_open or alert_id not in said:  # the end of what was told is always told
                until_s = self.hidden_until_s(known, now_s) if known.is_open else None
                if until_s is not None:
                    del group.news[alert_id]
                    group.hidden[alert_id] = max(until_s, now_s + 1.0)
                    continue
                # Whether the end of an alert is told was decided when it ended.
                if not known.is_open and self._deeds.was_hidden(
                    known.alert(), dt.datetime.fromtimestamp(known.changed_s, dt.UTC)
                ):
                    del group.news[alert_id]
                    settled(known)
                    continue
            visible.append(known)
            if len(visible) == MOST_ALERTS:
                break
        return visible

    def _morning_s(self, alerts: list[KnownAlert], now_s: float) -> float | None:
        """Until when alerts wait for the end of quiet hours; None where they do not."""
        quiet = self.receiver.quiet
        if quiet is None or any(known.severity == "critical" for known in alerts):
            return None
        return quiet.ends(now_s, self._zone)

    def _said_again(
        self, group: AlertGroup, said: Mapping[str, LastSaid], now_s: float
    ) -> list[KnownAlert]:
        """Return what is to be said again now; the group then says when to look once more."""
        standing = [self._known[alert_id] for alert_id in group.standing]
        seen = [known for known in standing if self.hidden_until_s(known, now_s) is None]
        group.repeat_s = now_s + self.again_s
        if self.unrecorded("repeat"):
            return seen  # all of it: the other side forgets
        told_s = {one.alert_id: said[one.alert_id].at_s for one in seen}
        left = [known for known in seen if self.acknowledged_by(known) is None]
        left.sort(key=lambda known: told_s[known.alert_id])
        morning_s = self._morning_s([], now_s)
        waking = [one for one in left if morning_s is None or one.severity == "critical"]
        first_s = math.inf if morning_s is None or not left else morning_s
        if waking:
            first_s = min(first_s, told_s[waking[0].alert_id] + self.again_s)
        if first_s > now_s:
            group.repeat_s = min(group.repeat_s, first_s)
            return []
        group.repeat_s = now_s  # what this notification leaves out is looked at after it
        # Those that come soon come along, so that a family that grew is told together again.
        late_s = now_s - self.again_s / 2
        first = waking[:1]
        others = [known for known in left if known is not first[0]]
        come = [*first, *(known for known in others if told_s[known.alert_id] <= late_s)]
        return come[:MOST_ALERTS]

    def _reason(self, group: AlertGroup, known: KnownAlert, said: LastSaid | None) -> Reason:
        if not known.is_open:
            return "resolved"
        if said is None:
            return "escalated" if known.alert_id in group.escalated else "new"
        return "changed" if known.weight > weight(said.severity) else "acknowledged"

    def _notification(
        self, group: AlertGroup, alerts: list[KnownAlert], reason: Reason, now_s: float
    ) -> Notification:
        if group.due_s is None:
            group.due_s = min(now_s, group.look_s)
        notified = []
        for known in alerts:
            envelope = known.envelope()
            by = self._deeds.acknowledged_by(envelope.alert) if known.is_open else None
            link = self._link(known.alert_id)
            notified.append(Notified(envelope, known.raw, by, link, known.first_severity))
        told_now = {known.alert_id for known in alerts}
        fires = any(known.is_open for known in alerts) or any(
            self._known[alert_id].is_open for alert_id in group.standing if alert_id not in told_now
        )
        return Notification(
            receiver=self.receiver.name,
            group=group.key,
            status="firing" if fires else "resolved",
            reason=reason,
            alerts=tuple(notified),
            at=dt.datetime.fromtimestamp(group.due_s, dt.UTC),
        )
