"""A detect worker of one shard: the real `ShardProtocol`, with simulated clients around it."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator

from streams.detection.protocol import (
    Acknowledge,
    Delete,
    Publish,
    Refuse,
    ShardProtocol,
    Step,
    Store,
    Turn,
)
from tests.simulation.broker import Broker

Flying = bytes | tuple[bytes, bytes | None]
"""An alert, or a slot, or that a slot is gone."""


class WorkerProcess:
    """One process; another may have been given its shard without its knowing.

    Attributes
    ----------
    flying
        Alerts and slots on their way to the broker.
    local
        Its own copy of the slots.
    position
        Next offset of ``counts`` that it reads.
    """

    def __init__(
        self, number: int, broker: Broker, local: dict[bytes, bytes] | None = None
    ) -> None:
        self.flying: deque[Flying] = deque()
        self.local = dict(broker.changelog[number]) if local is None else local
        self.position = broker.acknowledged[number]
        self.judging = ShardProtocol(number, broker.config, self.local)
        self.unstored = False
        self.number = number
        self._broker = broker
        self._steps: Iterator[Step] | None = None
        self._deleted: list[bytes] = []

    @property
    def busy(self) -> bool:
        return self._steps is not None

    @property
    def left(self) -> int:
        """Records of ``counts`` that it has not read."""
        return len(self._broker.counts[self.number]) - self.position

    def take(self) -> None:
        """Begin with the next record."""
        value, written_s = self._broker.counts[self.number][self.position]
        self._steps = self.judging.take(self.position, value, written_s)
        self.position += 1
        self.unstored = True

    def checkpoint(self) -> None:
        """Begin to store the state."""
        self._steps = self.judging.checkpoint()
        self.unstored = False

    def step(self) -> str:
        """Take the next step; nothing may be flying any more."""
        assert self._steps is not None
        assert not self.flying
        for key in self._deleted:
            self.local.pop(key, None)
        self._deleted = []
        match next(self._steps, None):
            case Publish(alerts):
                self.flying += [alert.value for alert in alerts]
                return f"publishes {len(alerts)}"
            case Store(slots):
                self.local.update(slots)
                self.flying += slots
                return f"stores {', '.join(key.decode() for key, _ in slots)}"
            case Delete(keys):
                self._deleted = keys
                self.flying += [(key, None) for key in keys]
                return f"deletes {', '.join(key.decode() for key in keys)}"
            case Acknowledge(before):
                if self._broker.judges[self.number] is self:
                    self._broker.acknowledged[self.number] = before
                return f"acknowledges before {before}"
            case Turn():
                return "lets others work"
            case Refuse():
                raise AssertionError("a counts record is none")
            case None:
                self._steps = None
        return "done"

    def deliver(self) -> None:
        """The first of what is flying arrives."""
        one = self.flying.popleft()
        if isinstance(one, bytes):
            self._broker.alerts[self.number].append(one)
        else:
            key, value = one
            changelog = self._broker.changelog[self.number]
            if value is None:
                changelog.pop(key, None)
            else:
                changelog[key] = value

    def crash(self, chance: random.Random) -> None:
        """End at once: of alerts the first few still arrive, of slots any."""
        if self.flying and isinstance(self.flying[0], bytes):
            keep = chance.randint(0, len(self.flying))
            while len(self.flying) > keep:
                self.flying.pop()
        else:
            self.flying = deque(slot for slot in self.flying if chance.random() < 0.5)
        while self.flying:
            self.deliver()
        self._steps = None
