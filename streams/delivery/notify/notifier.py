"""Who is owed what, over all receivers: alerts, deeds and records in, notifications out. Pure.

The notifier reads no clock and sends nothing. It folds what comes from three topics, in whatever
order the topics are read, and says for each receiver what is due. What is due stays due until a
record says that it was sent: so after a crash, or in another process, it is sent again or for the
first time, never left out.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from streams.alerts.cloudevent import Envelope
from streams.delivery.channels.notification import Notification
from streams.delivery.notify.composer import Composer, Deeds
from streams.delivery.notify.known_alerts import KnownAlert, KnownAlerts
from streams.delivery.notify.mailbox import Mailbox
from streams.delivery.notify.record import Record, Settled
from streams.delivery.notify.routes import Routes
from streams.delivery.notify.table import Receiver

SETTLED_MARGIN_S = 600.0
"""Only of what ended so long ago is it said that nothing is owed: clocks of hosts differ."""


class Notifier:
    """Says what is due, and when.

    Parameters
    ----------
    receivers
        The ``[[receivers]]`` tables, in the file's order.
    zone
        The time zone of quiet hours.
    sources
        Names of the sources of each group.
    deeds
        What people did.
    link
        Gives the address of an alert's page, or None.
    """

    def __init__(
        self,
        receivers: Sequence[Receiver],
        zone: dt.tzinfo,
        sources: Mapping[str, Collection[str]],
        deeds: Deeds,
        link: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self.alerts = KnownAlerts()
        self._routes = Routes(receivers, sources)
        self._boxes = {
            receiver.name: Mailbox(Composer(receiver, zone, self.alerts, deeds, link), self.alerts)
            for receiver in receivers
        }
        self._finished_then, self._begun = 0, False
        self._escalating = {
            name: [box for box in self._boxes.values() if box.receiver.escalate_to == name]
            for name in self._boxes
        }

    def take_alert(self, envelope: Envelope, raw: bytes, published_s: float) -> None:
        """Take a revision of an alert.

        Parameters
        ----------
        envelope, raw
            The revision, as read and as published.
        published_s
            When it was published, epoch s.
        """
        known = self.alerts.take(envelope, raw, published_s)
        if known is None:
            return
        # Whoever it went to once hears of it on, whatever a later revision says.
        routed = self._routes.receivers_of(envelope.alert)
        known.receivers += tuple(name for name in routed if name not in known.receivers)
        boxes = self._boxes_of(known)
        if not (self._begun or known.is_open):
            for box in boxes:
                box.put_aside(known)
            return
        for box in boxes:
            box.take_alert(known)
        self._finish(known)

    def take_record(self, record: Record) -> None:
        """Take a record of what was sent, given up or settled; a repeat changes nothing."""
        if isinstance(record, Settled):
            self._finished_then = self.alerts.finished
            for name, at in record.receivers.items():
                if name in self._boxes:
                    box = self._boxes[name]
                    box.settled_s = max(box.settled_s, at.timestamp())
            self._look_at_over()
        elif record.receiver in self._boxes:
            for known in self._boxes[record.receiver].take_record(record):
                if self._begun:
                    self._finish(known)

    def deeds_changed(self, alert_ids: Iterable[str] | None) -> None:
        """Look again at alerts about which people did something; None: a silence came or went."""
        found = None
        if alert_ids is not None:
            found = [known for one in alert_ids if (known := self.alerts.get(one)) is not None]
        for box in self._boxes.values():
            box.look_again(found)

    def due(self, receiver: str, now_s: float) -> Notification | None:
        """Return what a receiver is to be sent now; it stays due until a record says otherwise."""
        box = self._boxes[receiver]
        for peer in self._escalating[receiver]:
            for known, since_s in peer.unattended(now_s):
                box.escalate(known, since_s)
        settled: list[KnownAlert] = []
        found = box.due(now_s, settled.append)
        for known in settled:
            self._finish(known)
        return found

    def next_due_s(self, receiver: str) -> float:
        """When something may be due for a receiver, epoch s; infinite where nothing waits."""
        peers = [peer.next_escalation_s for peer in self._escalating[receiver]]
        return min([self._boxes[receiver].next_look_s, *peers])

    def put_off(self, receiver: str, group: str, until_s: float) -> None:
        """Try a group again at a time, after a refusal."""
        self._boxes[receiver].put_off(group, until_s)

    def resent(self, receiver: str, group: str, at_s: float) -> None:
        """Take that what stands was sent again where no record is kept of it."""
        self._boxes[receiver].resent(group, at_s)

    def waits_since(self, notification: Notification, alert_id: str) -> float:
        """Since when a receiver should have been told what a notification says of an alert."""
        waits_s = self._boxes[notification.receiver].waits_since(notification.group, alert_id)
        return notification.at.timestamp() if waits_s is None else waits_s

    def waits(self, receiver: str, group: str) -> bool:
        """Whether a notification of a group has fallen due, and is not yet accepted."""
        return self._boxes[receiver].waits(group)

    def unrecorded(self, notification: Notification) -> bool:
        """Whether no record is to be kept of a notification."""
        return self._boxes[notification.receiver].composer.unrecorded(notification.reason)

    def settled(self, read_through_s: float, now: dt.datetime) -> Settled | None:
        """Return the record of what nobody is owed, where it says more than the one before.

        Parameters
        ----------
        read_through_s
            All alerts that were published by this time have been taken, epoch s.
        now
            The time.
        """
        if self.alerts.finished == self._finished_then:
            return None
        horizon_s = read_through_s - SETTLED_MARGIN_S
        found = {}
        for name, box in self._boxes.items():
            first_s = -math.inf if box.settled_s == -math.inf else box.settled_s
            # Just before the first end that is still owed.
            new_s = min(horizon_s, box.oldest_owed_end() - 0.001)
            found[name] = max(first_s, new_s)
        if all(found[name] <= box.settled_s for name, box in self._boxes.items()):
            return None
        return Settled(
            at=now,
            receivers={
                name: dt.datetime.fromtimestamp(at_s, dt.UTC)
                for name, at_s in found.items()
                if at_s > -math.inf
            },
        )

    def begin(self, now: dt.datetime) -> Settled | None:
        """Return the record that lets new receivers begin now, with what is open.

        None where every receiver has begun before. All that others have written has been taken.
        What is over is looked at only now: a start reads many such alerts, and most are settled.
        """
        self._begun = True
        for box in self._boxes.values():
            box.forget_unknown()
        new = [name for name, box in self._boxes.items() if box.settled_s == -math.inf]
        if new:
            return Settled(at=now, receivers=dict.fromkeys(new, now))
        self._look_at_over()
        return None

    def _look_at_over(self) -> None:
        """Look at the alerts that are over: nothing is owed of those that are settled."""
        for known in self.alerts.over():
            for box in self._boxes_of(known):
                box.take_alert(known)
            self._finish(known)

    def _boxes_of(self, known: KnownAlert) -> list[Mailbox]:
        return [
            box
            for name, box in self._boxes.items()
            if name in known.receivers or box.knows(known.alert_id)
        ]

    def _finish(self, known: KnownAlert) -> None:
        if known.is_open or self.alerts.get(known.alert_id) is None:
            return
        if not any(box.owes(known.alert_id) for box in self._boxes.values()):
            for box in self._boxes.values():
                box.forget(known.alert_id)
            self.alerts.finish(known)
