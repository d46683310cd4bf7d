"""Stands where processes, broker and topics would be looked at; a test sets what is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable

from streams.actions.action import Action
from streams.config.model import Config
from streams.delivery.console.frame.watched import Watched
from streams.delivery.console.log.whole_log import WholeLog
from streams.delivery.console.monitor.rejects_reader import LastRejects
from streams.delivery.console.monitor.topic_rejects import TopicRejects
from streams.delivery.monitor.shared_look import shared_look
from streams.delivery.shared_answer import SharedAnswer
from streams.health.status import BrokerState, Health, health_of
from tests.access.known import NOW


class AllActions(WholeLog):
    """The topic of actions, all of which were done."""

    def __init__(self) -> None:
        self.done: list[Action] = []

    async def actions(self) -> AsyncIterator[Action]:
        for action in self.done:
            yield action


class LookedAt:
    """What is found when somebody looks.

    Attributes
    ----------
    health
        What the next look at processes and broker finds.
    rejects
        What stands on the topic of rejects: keys and values.
    log
        The topic of actions.
    looks
        How often processes and broker were looked at.
    """

    def __init__(self, config: Config, now: Callable[[], dt.datetime]) -> None:
        self.health = health_of(config, [], BrokerState(), NOW.timestamp())
        self.rejects: list[tuple[bytes, bytes]] = []
        self.log, self.looks = AllActions(), 0
        self._config = config
        look = shared_look(config, self._look, now)
        self.watched = Watched(look, SharedAnswer(self._read, now), self.log)

    def _look(self) -> Health:
        self.looks += 1
        return self.health

    async def _read(self) -> LastRejects:
        found = TopicRejects(self._config)
        for key, value in self.rejects:
            found.take(key, value, NOW.timestamp())
        return LastRejects(found.by_source())
