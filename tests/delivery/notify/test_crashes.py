"""Whatever comes and whenever the sender dies: nobody is left untold, and repeats are bounded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any

import pytest

from streams.alerts.cloudevent import Entity
from streams.delivery.channels.notification import Notification
from streams.delivery.notify.quiet_hours import QuietHours
from streams.delivery.notify.table import Receiver
from tests.delivery.notify.world import START_S, World, receiver

DAYS = 2
ZONE = dt.timezone(dt.timedelta(hours=8))
QUIET = {"from": "22:00", "to": "08:00"}
CALM_S = 40 * 3600.0
"""Enough for every wait: a quiet night, an interval, a silence's end."""


def receivers(chance: Random) -> list[Receiver]:
    """A few receivers with all kinds of keys; the last one is told of what is escalated."""
    found = []
    for number in range(chance.randint(1, 3)):
        keys: dict[str, Any] = {
            "match": chance.choice([None, {"severity": "critical"}, {"id": "s1*"}, {"id": "*1"}]),
            "continue": chance.random() < 0.7,
            "group_by": chance.choice(["family", "alert"]),
            "wait": chance.choice(["0s", "10s", "5m"]),
            "interval": chance.choice(["0s", "5m", "1h"]),
            "repeat": chance.choice(["0s", "4h"]),
            "resolved": chance.random() < 0.7,
        }
        if chance.random() < 0.3:
            keys["quiet"] = QUIET
        if chance.random() < 0.4:
            keys |= {"escalate_after": "30m", "escalate_to": "last"}
        found.append(receiver(f"r{number}", **keys))
    return [*found, receiver("last", match=[], monitor=True, wait="0s", repeat="0s")]


class Life:
    """An alert's life, and what is true of it at the end."""

    def __init__(self, number: int, chance: Random) -> None:
        self.alert_id = f"{number:016x}"
        self.entity = f"s{chance.randint(1, 12)}"
        self.parent = (
            f"{chance.randint(0, number - 1):016x}" if number and chance.random() < 0.4 else None
        )
        self.begins_s = START_S + chance.random() * DAYS * 86_400
        self.steps: list[tuple[float, dict[str, Any]]] = []
        severity, at_s, revision = "warning", self.begins_s, 1
        if chance.random() < 0.2:
            self._step(at_s, "early", "early", 0, severity)
            at_s += chance.random() * 60
            if chance.random() < 0.4:
                self._step(at_s, "retracted", "retracted", 0, severity)
                return
        self._step(at_s, "opened", "open", revision, severity)
        for _ in range(chance.randint(0, 3)):
            at_s += chance.expovariate(1 / 3000)
            revision += 1
            severity = "critical" if chance.random() < 0.3 else severity
            self._step(at_s, "updated", "open", revision, severity)
        if chance.random() < 0.8:
            at_s += chance.expovariate(1 / 5000)
            self._step(at_s, "resolved", "resolved", revision + 1, severity)

    def _step(self, at_s: float, event: str, state: str, revision: int, severity: str) -> None:
        keys = {"event": event, "state": state, "revision": revision, "severity": severity}
        self.steps.append((at_s, keys))

    @property
    def ends_open(self) -> bool:
        return bool(self.steps[-1][1]["state"] == "open")


def play(seed: int) -> tuple[World, list[Life]]:
    """Let alerts live, people silence and acknowledge, receivers fail and the sender die."""
    chance = Random(seed)
    world = World(receivers(chance), ZONE)
    lives = [Life(number, chance) for number in range(40)]
    world.dies_after_sending = lambda: chance.random() < 0.08
    events: list[tuple[float, int, Any]] = []
    for life in lives:
        for at_s, keys in life.steps:
            events.append((at_s, len(events), ("alert", life, keys)))
        if chance.random() < 0.3:
            events.append(
                (life.begins_s + chance.expovariate(1 / 2000), len(events), ("ack", life))
            )
    for _ in range(6):
        at_s = START_S + chance.random() * DAYS * 86_400
        until_s = at_s + chance.expovariate(1 / 20_000)
        events.append((at_s, len(events), ("silence", f"s{chance.randint(1, 12)}", until_s)))
    for _ in range(8):
        at_s = START_S + chance.random() * DAYS * 86_400
        events.append((at_s, len(events), ("die",)))
        events.append(
            (at_s + chance.random() * 7200, len(events), ("turn", f"r{chance.randint(0, 2)}"))
        )
    for at_s, _, event in sorted(events, key=lambda each: each[:2]):
        world.run_until(max(at_s, world.now_s))
        match event:
            case ("alert", life, keys):
                world.publish(life.alert_id, parent=life.parent, entity=_entity(life), **keys)
            case ("ack", life):
                world.deeds.acknowledged[life.alert_id] = "mei"
                world.act(life.alert_id)
            case ("silence", entity, until_s):
                world.deeds.silences.append((entity, at_s, until_s))
                world.act(None)
            case ("die",):
                world.die()
            case ("turn", name):
                world.down ^= {name}
    world.down.clear()
    world.run(CALM_S)
    return world, lives


def _entity(life: Life) -> Entity:
    return Entity("sender", life.entity)


def _matches(each: Receiver, life: Life, severity: str) -> bool:
    if each.match is None:
        return True
    for table in each.match:
        if table.severity:
            return severity == "critical"
        wanted: str = table.id[0]
        return (
            life.entity.startswith(wanted[:-1])
            if wanted.endswith("*")
            else life.entity.endswith(wanted[1:])
        )
    return False


def _routed(world: World, life: Life) -> set[str]:
    """Who should be told: by any revision, since the route follows the severity."""
    found = set()
    for _, keys in life.steps:
        for each in world._receivers:
            if _matches(each, life, keys["severity"]):
                found.add(each.name)
                if not each.continue_:
                    break
    return found


@pytest.mark.parametrize("seed", range(8))
def test_everybody_is_told_and_little_twice(seed: int) -> None:
    """Each alert that is not hidden, to each of its receivers; repeats only of what was lost."""
    world, lives = play(seed)
    assert len(world.sent) > 10
    assert world.deaths > 5
    for life in lives:
        for name in sorted(_routed(world, life)):
            _check_told(world, life, next(one for one in world._receivers if one.name == name))
    digests = Counter(one.digest for _, one in world.sent)
    assert sum(digests.values()) - len(digests) <= len(world.lost)
    news = Counter(
        (one.receiver, alert.alert_id, alert.state, alert.severity)
        for _, one in world.sent
        if one.reason in ("new", "changed", "resolved", "escalated")
        for alert in (each.envelope.alert for each in one.alerts)
    )
    assert sum(news.values()) - len(news) <= sum(len(one.alerts) for one in world.lost)
    _check_waits(world)


def _check_told(world: World, life: Life, box: Receiver) -> None:
    last_s, last = life.steps[-1]
    states = [
        each.envelope.alert.state
        for _, one in world.sent
        if one.receiver == box.name
        for each in one.alerts
        if each.envelope.alert.alert_id == life.alert_id
    ]
    if not states:
        # Refuted before anybody was told, or hidden when it ended.
        assert last["state"] == "retracted" or (
            not life.ends_open
            and any(
                entity == life.entity and since_s <= last_s < until_s
                for entity, since_s, until_s in world.deeds.silences
            )
        ), (box.name, life.alert_id, last)
    elif last["state"] == "retracted" or (not life.ends_open and box.resolved):
        assert states[-1] == last["state"]


def _check_waits(world: World) -> None:
    """At night only what is critical is told; intervals pass between a group's notifications."""
    quiet = QuietHours.model_validate(QUIET)
    before: dict[tuple[str, str], tuple[float, Notification]] = {}
    for at_s, one in world.sent:
        box = next(each for each in world._receivers if each.name == one.receiver)
        if box.quiet is not None and quiet.ends(at_s, ZONE) is not None:
            assert any(each.envelope.alert.severity == "critical" for each in one.alerts)
        assert at_s >= one.at.timestamp() - 0.001
        last_s, last = before.get((box.name, one.group), (0.0, one))
        if last.status == "firing" and last not in world.lost and box.resolved:
            assert at_s - last_s >= min(box.interval, box.repeat or box.interval) - 0.001
        before[box.name, one.group] = at_s, one


@pytest.mark.parametrize("seed", [7, 8])
def test_two_that_read_the_same_owe_the_same(seed: int) -> None:
    """Whatever the order in which two processes read the topics, they would send the same next."""
    world, lives = play(seed)
    world._receivers = [receiver("all", match={"id": "*"}), *world._receivers]
    world.start()
    for life in lives[:10]:
        world.opened(f"f{life.alert_id[1:]}", entity=_entity(life))
    world.start()

    def owed() -> list[tuple[str, str, list[str]]]:
        found = [world.notifier.due(each.name, world.now_s + 60) for each in world._receivers]
        return [
            (one.group, one.reason, sorted(each.envelope.id for each in one.alerts))
            for one in found
            if one is not None
        ]

    expected = owed()
    assert expected
    for order in range(5):
        world.order = Random(order)
        world.start()
        assert owed() == expected
