"""A world in which alerts come and go, people act, and whoever sends dies at any moment."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from streams.alerts.cloudevent import Alert, decode_event
from streams.delivery.channels.notification import Notification
from streams.delivery.notify.notifier import Notifier
from streams.delivery.notify.record import decode, encode, sent_record
from streams.delivery.notify.table import Receiver
from tests.alerts.examples import raw

START_S = 1_580_515_200.0
"""2020-02-01 00:00 UTC."""


def moment(at_s: float) -> dt.datetime:
    """The same as a date."""
    return dt.datetime.fromtimestamp(at_s, dt.UTC)


def receiver(name: str, **keys: Any) -> Receiver:
    """A receiver as a configuration has it."""
    return Receiver.model_validate(
        {"name": name, "webhook": {"url": f"https://{name}.example/"}, **keys}
    )


@dataclass
class Deeds:
    """What people did: who has acknowledged what, and which senders are silenced when."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    silences: list[tuple[str, float, float]] = field(default_factory=list)

    def acknowledged_by(self, alert: Alert) -> str | None:
        return self.acknowledged.get(alert.alert_id)

    def hidden_until(self, alert: Alert, at: dt.datetime) -> dt.datetime | None:
        for entity, since_s, until_s in self.silences:
            if entity == alert.entity.id and since_s <= at.timestamp() < until_s:
                return moment(until_s)
        return None

    def was_hidden(self, alert: Alert, at: dt.datetime) -> bool:
        return self.hidden_until(alert, at) is not None

    def last_hidden(self, alert: Alert, now: dt.datetime) -> dt.datetime | None:
        ends = [
            until_s
            for entity, _, until_s in self.silences
            if entity == alert.entity.id and until_s <= now.timestamp()
        ]
        return moment(max(ends)) if ends else None

    def has_lapsed(self, alert: Alert) -> bool:
        return False


class World:
    """Topics, deeds and a process that sends; time is what it is told to be."""

    def __init__(self, receivers: Sequence[Receiver], zone: dt.tzinfo = dt.UTC) -> None:
        self._receivers, self._zone = receivers, zone
        self.now_s = START_S
        self.published: list[tuple[float, bytes]] = []
        self.records: list[bytes] = []
        self.deeds = Deeds()
        self.sent: list[tuple[float, Notification]] = []
        self.down: set[str] = set()
        self.dies_after_sending: Callable[[], bool] = lambda: False
        self.deaths = 0
        self.lost: list[Notification] = []
        self.order = Random(1)
        self.settles = True
        self.start()

    def start(self) -> None:
        """Begin anew from the topics, read in any order."""
        self.notifier = Notifier(self._receivers, self._zone, {}, self.deeds)
        steps = [partial(self._take_line, line) for line in self.records]
        at = 0
        for published_s, value in self.published:
            at = self.order.randint(at, len(steps))
            steps.insert(at, partial(self._take, published_s, value))
            at += 1
        for step in steps:
            step()
        if (begun := self.notifier.begin(moment(self.now_s))) is not None:
            self._record(encode(begun))

    def die(self) -> None:
        """Lose all that is in memory, and begin anew."""
        self.deaths += 1
        self.start()

    def publish(self, alert_id: str, **changes: Any) -> None:
        """Publish a revision of an alert."""
        value = raw(alert_id=alert_id, **changes)
        self.published.append((self.now_s, value))
        self._take(self.now_s, value)

    def opened(self, alert_id: str, **changes: Any) -> None:
        """Open an alert, at its first revision."""
        self.publish(alert_id, **{"event": "opened", "state": "open", "revision": 1, **changes})

    def resolved(self, alert_id: str, **changes: Any) -> None:
        """Resolve an alert, at its second revision."""
        keys = {"event": "resolved", "state": "resolved", "revision": 2, **changes}
        self.publish(alert_id, **keys)

    def act(self, alert_id: str | None) -> None:
        """Tell the process that people did something about an alert, or a silence."""
        self.notifier.deeds_changed(None if alert_id is None else [alert_id])

    def run_until(self, end_s: float) -> None:
        """Let time go on, and send what falls due."""
        while True:
            due_s, name = min(
                (self.notifier.next_due_s(each.name), each.name) for each in self._receivers
            )
            if due_s > end_s:
                break
            self.now_s = max(self.now_s, due_s)
            found = self.notifier.due(name, self.now_s)
            if found is not None:
                self._send(name, found)
        self.now_s = end_s
        if self.settles and (settled := self.notifier.settled(end_s, moment(end_s))) is not None:
            self._record(encode(settled))

    def run(self, seconds: float) -> None:
        """Let some time go on."""
        self.run_until(self.now_s + seconds)

    def said(self, name: str) -> list[str]:
        """What a receiver was told, in short: reason, and each alert's number and state."""
        return [
            " ".join(
                [one.reason]
                + [
                    f"{each.envelope.alert.alert_id[-1]}:{each.envelope.alert.state}"
                    for each in one.alerts
                ]
            )
            for _, one in self.sent
            if one.receiver == name
        ]

    def times(self, name: str) -> list[float]:
        """When a receiver was told, in seconds from the start."""
        return [round(at_s - START_S, 3) for at_s, one in self.sent if one.receiver == name]

    def _send(self, name: str, found: Notification) -> None:
        if name in self.down:
            self.notifier.put_off(name, found.group, self.now_s + 60.0)
            return
        self.sent.append((self.now_s, found))
        if self.notifier.unrecorded(found):
            self.notifier.resent(name, found.group, self.now_s)
        elif self.dies_after_sending():
            self.lost.append(found)
            self.die()
        else:
            self._record(encode(sent_record(found, moment(self.now_s), 1)))

    def _record(self, line: bytes) -> None:
        self.records.append(line)
        self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        self.notifier.take_record(decode(line))

    def _take(self, published_s: float, value: bytes) -> None:
        self.notifier.take_alert(decode_event(value), value, published_s)


NEVER = math.inf
