"""Kill -9 of two serves at random moments: every receiver is told of everything, little twice.

Alerts are published as detect would. One receiver is told of each alert at once, one of families
after a while, one refuses every third post. After a kill the broker waits until it takes the dead
one for gone, so most kills hit a takeover, too.
"""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path

from confluent_kafka import Producer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import LocalBroker, Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.config.load import load_config
from tests.alerts.examples import raw
from tests.delivery.receivers import Receiver, receiver
from tests.torture.fleet import Fleet, Member
from tests.torture.run import Outcome, timed
from tests.waiting.progress import until

SERVES = (Member("serve", "one"), Member("serve", "two"))
_ALL = '[[receivers]]\nname = "{name}"\ncontinue = true\nrepeat = "0s"\n{keys}\n' + (
    'webhook = {{ url = "{url}", timeout = "5s" }}\n'
)
KEYS = {
    "each": 'group_by = "alert"\nwait = "0s"\ninterval = "0s"',
    "families": 'wait = "1s"\ninterval = "2s"',
    "refusing": 'group_by = "alert"\nwait = "0s"\ninterval = "0s"',
}


class _Publisher:
    """Publishes alerts' revisions, and knows how each stands."""

    def __init__(self, place: Connection, topic: str, chance: random.Random) -> None:
        self._producer, self._topic = Producer(for_confluent(place)), topic
        self._chance = chance
        self._number = 0
        self.states: dict[str, str] = {}

    def go_on(self, steps: int) -> None:
        """Open alerts, children of others among them, and resolve some."""
        for _ in range(steps):
            opened = [key for key, state in self.states.items() if state == "open"]
            self._number += 1
            keys: dict[str, object] = {"feed_no": self._number}
            if opened and self._chance.random() < 0.45:
                alert_id = self._chance.choice(opened)
                keys |= {"event": "resolved", "state": "resolved", "revision": 2}
            else:
                alert_id = f"{self._number:016x}"
                if opened and self._chance.random() < 0.4:
                    keys["parent"] = self._chance.choice(opened)
            self.states[alert_id] = str(keys.get("state", "open"))
            self._producer.produce(self._topic, raw(alert_id=alert_id, **keys), key=b"k")
        self._producer.flush()


def torture(recipe: Recipe, data: Path, *, seed: int, kills: int, steps: int = 12) -> Outcome:
    """Kill one of two serves, or both, until there were so many kills; then compare."""
    chance = random.Random(seed)
    outcome = Outcome("notifications", {"kill -9": 0})
    with contextlib.ExitStack() as open_ones, timed(outcome):
        broker = LocalBroker(recipe, data_dir=data / "broker", port=free_port())
        open_ones.enter_context(broker)
        servers = {name: open_ones.enter_context(receiver()) for name in KEYS}
        text = 'name = "notify"\n' + "".join(
            _ALL.format(name=name, keys=KEYS[name], url=server.url)
            for name, server in servers.items()
        )
        fleet = open_ones.enter_context(Fleet(data, broker.bootstrap, text))
        config = load_config(fleet.configuration("one"), must_exist=True, environ={})
        place = Connection(broker.bootstrap)
        ensure(place, topic_plan(config))
        publisher = _Publisher(place, config.topic("alerts"), chance)
        fleet.start(*SERVES)
        until(lambda: _publishes(publisher, servers["each"]), "something is told")
        while outcome.disturbed["kill -9"] < kills:
            publisher.go_on(chance.randint(1, steps))
            servers["refusing"].answers += [503, 204, 204, 503]
            began = len(servers["each"].accepted)
            if chance.random() < 0.5:  # hit what is under way; else a takeover
                until(
                    lambda began=began: len(servers["each"].accepted) > began,  # type: ignore[misc]
                    "something is told",
                    seen=lambda: len(servers["each"].asked),
                )
            victims = chance.choice([SERVES[:1], SERVES[1:], SERVES])
            outcome.disturbed["kill -9"] += fleet.kill(*victims)
            fleet.start(*victims)
        publisher.go_on(steps)
        for name, server in servers.items():
            outcome.differences += _compared(name, server, publisher.states, outcome)
        outcome.alerts = len(publisher.states)
        outcome.ended = fleet.ended()
    return outcome


def _publishes(publisher: _Publisher, server: Receiver) -> bool:
    if not publisher.states:
        publisher.go_on(1)
    return bool(server.accepted)


def _whole(server: Receiver) -> list[bytes]:
    """The posts that came whole: a kill may cut one off."""
    return [body for body in list(server.accepted) if body.endswith(b"]")]


def _said(server: Receiver) -> list[tuple[str, str]]:
    """Each alert and state that was accepted, in order."""
    return [
        (event["data"]["alert_id"], event["data"]["state"])
        for body in _whole(server)
        for event in json.loads(body)
    ]


def _compared(name: str, server: Receiver, states: dict[str, str], outcome: Outcome) -> list[str]:
    def missing() -> set[tuple[str, str]]:
        return set(states.items()) - set(_said(server))

    with contextlib.suppress(AssertionError):
        until(lambda: not missing(), f"{name} is told", seen=lambda: len(server.accepted))
    if lacks := missing():
        return [f"{name} was not told of {len(lacks)} of {len(states)}: {sorted(lacks)[:3]}"]
    posts = _whole(server)
    repeats = len(posts) - len(set(posts))
    if repeats > outcome.disturbed["kill -9"]:
        return [f"{name} was told {repeats} times what it knew, after {outcome.disturbed} kills"]
    outcome.disturbed[f"repeats to {name}"] = repeats
    return []
