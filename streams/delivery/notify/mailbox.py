"""What one receiver is owed: its groups, what each waits for, and what is due. Pure.

Nothing here is stored. It follows from the alerts, from what people did, and from the records of
what was sent; so whoever folds these owes the same, and a crash loses nothing.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from streams.delivery.channels.notification import Notification
from streams.delivery.notify.composer import Composer, wake_for
from streams.delivery.notify.groups import AlertGroup, LastSaid
from streams.delivery.notify.known_alerts import KnownAlert, KnownAlerts
from streams.delivery.notify.record import Sent

UNKNOWN_REMEMBERED: Final = 500_000
"""What was said of alerts that are not known (yet) is remembered for so many, the last ones."""


class Mailbox:
    """What one receiver is owed.

    Parameters
    ----------
    composer
        Makes its notifications, and names the receiver.
    known
        The alerts.
    """

    def __init__(self, composer: Composer, known: KnownAlerts) -> None:
        self.composer, self.receiver, self._known = composer, composer.receiver, known
        self._groups: dict[str, AlertGroup] = {}
        self._group_of: dict[str, str] = {}
        self._said: dict[str, LastSaid] = {}
        self._said_of_unknown: dict[str, LastSaid] = {}
        self._looks: list[tuple[float, str]] = []
        self._owed_since: dict[str, float] = {}
        self._escalations: list[tuple[float, str]] = []
        self._attended: dict[str, None] = {}
        self.settled_s = -math.inf
        """Of alerts that ended by this time nothing is owed."""

    def take_alert(self, known: KnownAlert) -> None:
        """Look at an alert that is this receiver's, after whatever has changed about it."""
        alert_id = known.alert_id
        said = self._said.get(alert_id)
        if said is None and (said := self._said_of_unknown.pop(alert_id, None)) is not None:
            self._said[alert_id] = said
        if alert_id in self._attended:
            del self._attended[alert_id]
            self._attend(alert_id, -math.inf)
        if said is None and alert_id not in self._group_of and not self._is_news(known, said):
            return
        group = self._group(known, said)
        if said is not None:
            group.sent_s = said.at_s if group.sent_s is None else max(group.sent_s, said.at_s)
            self._owe(alert_id, said.due_s)
        if known.is_open and said is not None and not said.closed:
            if alert_id not in group.standing or not self.receiver.channel.resend_every:
                group.repeat_s = min(group.repeat_s, said.at_s + self.composer.again_s)
            group.standing[alert_id] = None
        else:
            group.standing.pop(alert_id, None)
        self._sort_in(known, said, group)
        self._plan(group)

    def put_aside(self, known: KnownAlert) -> None:
        """Hold nothing of an alert that is over and was not told, until it is looked at again."""
        alert_id = known.alert_id
        if alert_id in self._said or alert_id in self._said_of_unknown:
            self.take_alert(known)
        else:
            self.forget(alert_id)

    def _sort_in(self, known: KnownAlert, said: LastSaid | None, group: AlertGroup) -> None:
        alert_id = known.alert_id
        if not self._is_news(known, said):
            group.news.pop(alert_id, None)
            group.hidden.pop(alert_id, None)
            group.escalated.pop(alert_id, None)
        elif alert_id not in group.hidden or not known.is_open:
            group.hidden.pop(alert_id, None)
            group.news.setdefault(alert_id, known.changed_s)
            wake_for(known, group, known.changed_s)

    def escalate(self, known: KnownAlert, at_s: float) -> None:
        """Take an alert that another receiver has left unacknowledged."""
        if known.alert_id in self._said:
            return
        group = self._group(known, None)
        group.escalated[known.alert_id] = None
        if known.alert_id not in group.hidden:
            group.news.setdefault(known.alert_id, at_s)
            wake_for(known, group, at_s)
        self._plan(group)

    def take_record(self, record: Sent) -> list[KnownAlert]:
        """Take what was sent, or given up; return the alerts that are known."""
        found = []
        for one in record.alerts:
            before = self._said.get(one.alert_id) or self._said_of_unknown.get(one.alert_id)
            said = LastSaid.by(record, one, before)
            known = self._known.get(one.alert_id)
            if known is None:
                if not self._known.is_done(one.alert_id):
                    self._remember_unknown(one.alert_id, said)
                continue
            self._said[one.alert_id] = said
            group = self._group(known, said)
            group.news.pop(one.alert_id, None)
            group.escalated.pop(one.alert_id, None)
            found.append(known)
        if (sent := self._groups.get(record.group)) is not None:
            sent.due_s, sent.put_off_s = None, -math.inf
            sent.sent_s = max(sent.sent_s or 0.0, record.at.timestamp())
        for known in found:
            self.take_alert(known)
        return found

    def resent(self, group: str, at_s: float) -> None:
        """Take that what stands was sent again where no record is kept of it."""
        if (found := self._groups.get(group)) is not None:
            found.due_s, found.put_off_s = None, -math.inf
            found.repeat_s = at_s + self.composer.again_s
            self._plan(found)

    def put_off(self, group: str, until_s: float) -> None:
        """Try nothing of a group until a time."""
        if (found := self._groups.get(group)) is not None:
            found.put_off_s = until_s
            self._plan(found)

    def look_again(self, alerts: Iterable[KnownAlert] | None) -> None:
        """Look at alerts about which people did something; None: at all that are hidden."""
        if alerts is None:
            for alert_id in list(self._attended):
                del self._attended[alert_id]
                self._attend(alert_id, -math.inf)
            for group in self._groups.values():
                if group.hidden:
                    group.hidden = dict.fromkeys(group.hidden, -math.inf)
                    self._plan(group)
            return
        for known in alerts:
            if known.alert_id in self._group_of or known.alert_id in self._said:
                self.take_alert(known)

    def owes(self, alert_id: str) -> bool:
        """Whether the receiver is still to be told something of an alert that is over."""
        group = self._groups.get(self._group_of.get(alert_id, ""))
        return group is not None and alert_id in group.news

    def waits(self, group: str) -> bool:
        """Whether a notification of a group has fallen due, and is not yet accepted."""
        found = self._groups.get(group)
        return found is not None and found.due_s is not None

    def forget_unknown(self) -> None:
        """Forget what was said of the end of alerts that the topic of alerts holds no more."""
        kept = self._said_of_unknown.items()
        self._said_of_unknown = {one: said for one, said in kept if not said.closed}

    def waits_since(self, group: str, alert_id: str) -> float | None:
        """Since when an alert is news of a group; None where it is none."""
        found = self._groups.get(group)
        return None if found is None else found.news.get(alert_id)

    def knows(self, alert_id: str) -> bool:
        """Whether the receiver was told of an alert, or is to be."""
        return (
            alert_id in self._said
            or alert_id in self._group_of
            or alert_id in self._said_of_unknown
        )

    @property
    def next_escalation_s(self) -> float:
        """When an alert may have to be escalated."""
        return self._escalations[0][0] if self._escalations else math.inf

    def unattended(self, now_s: float) -> Iterator[tuple[KnownAlert, float]]:
        """Yield each alert that is to be escalated, and since when."""
        while self._escalations and self._escalations[0][0] <= now_s:
            at_s, alert_id = heapq.heappop(self._escalations)
            known = self._known.get(alert_id)
            if known is None or not known.is_open or alert_id not in self._owed_since:
                continue
            hidden_s = self.composer.hidden_until_s(known, now_s)
            asked_s = max(self._owed_since[alert_id], self.composer.asked_since_s(known, now_s))
            due_s = asked_s + (self.receiver.escalate_after or 0.0)
            if hidden_s is not None:
                self._attended[alert_id] = None
                self._attend(alert_id, max(hidden_s, now_s + 1.0))
            elif self.composer.acknowledged_by(known) is not None:
                self._attended[alert_id] = None
            elif due_s > now_s:
                self._attend(alert_id, due_s)
            else:
                self._attended[alert_id] = None
                yield known, max(at_s, due_s)

    def forget(self, alert_id: str) -> None:
        """Forget an alert that is over, and of which nothing is owed."""
        self._said.pop(alert_id, None)
        self._owed_since.pop(alert_id, None)
        self._attended.pop(alert_id, None)
        group = self._groups.get(self._group_of.pop(alert_id, ""))
        if group is None:
            return
        for each in (group.news, group.hidden, group.standing, group.escalated):
            each.pop(alert_id, None)
        if group.is_empty:
            del self._groups[group.key]

    def oldest_owed_end(self) -> float:
        """When the first of the alerts ended that are over and of which something is owed."""
        ends = [
            known.changed_s
            for group in self._groups.values()
            for alert_id in group.news
            if not (known := self._known[alert_id]).is_open
        ]
        return min(ends, default=math.inf)

    @property
    def next_look_s(self) -> float:
        """When something may be due."""
        while self._looks and not self._stands(*self._looks[0]):
            heapq.heappop(self._looks)
        return self._looks[0][0] if self._looks else math.inf

    def due(self, now_s: float, settled: Callable[[KnownAlert], None]) -> Notification | None:
        """Return the notification that has been due for longest; it stays due until it is recorded.

        Parameters
        ----------
        now_s
            The time, epoch s.
        settled
            Is told of each alert that is over and that this receiver need not be told of.
        """
        while self.next_look_s <= now_s:
            group = self._groups[self._looks[0][1]]
            found = self.composer.compose(group, self._said, now_s, settled)
            if found is not None:
                for one in found.alerts:
                    self._owe(one.envelope.alert.alert_id, found.at.timestamp())
                return found
            self._plan(group)
        return None

    def _is_news(self, known: KnownAlert, said: LastSaid | None) -> bool:
        if said is None and self.receiver.name not in known.receivers:
            group = self._groups.get(self._group_of.get(known.alert_id, ""))
            return known.is_open and group is not None and known.alert_id in group.escalated
        return self.composer.is_news(known, said, self.settled_s)

    def _owe(self, alert_id: str, since_s: float) -> None:
        """Note since when an alert is owed, or was told: an escalation counts from there."""
        if self.receiver.escalate_to is None or alert_id in self._owed_since:
            return
        self._owed_since[alert_id] = since_s
        self._attend(alert_id, since_s + (self.receiver.escalate_after or 0.0))

    def _attend(self, alert_id: str, at_s: float) -> None:
        heapq.heappush(self._escalations, (at_s, alert_id))

    def _group(self, known: KnownAlert, said: LastSaid | None) -> AlertGroup:
        key = self._group_of.get(known.alert_id)
        if key is None:
            by_family = self.receiver.group_by == "family"
            key = known.family if by_family else known.alert_id
            if said is not None:
                key = said.group
            self._group_of[known.alert_id] = key
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = AlertGroup(key)
        return group

    def _plan(self, group: AlertGroup) -> None:
        if group.is_empty:
            self._groups.pop(group.key, None)
            return
        look_s = group.next_look(self.receiver.wait, self.receiver.interval)
        if look_s != group.look_s and look_s < math.inf:
            heapq.heappush(self._looks, (look_s, group.key))
        group.look_s = look_s

    def _stands(self, at_s: float, key: str) -> bool:
        group = self._groups.get(key)
        return group is not None and group.look_s == at_s

    def _remember_unknown(self, alert_id: str, said: LastSaid) -> None:
        self._said_of_unknown.pop(alert_id, None)
        self._said_of_unknown[alert_id] = said
        if len(self._said_of_unknown) > UNKNOWN_REMEMBERED:
            del self._said_of_unknown[next(iter(self._said_of_unknown))]
