"""Follows the topic ``registry``: pages show what is declared now.

Whatever goes wrong here ends nothing: serve works without the registry, and says what is wrong.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaConsumer

from streams.broker.client.connection import Connection
from streams.broker.topics.needed import missing_topics, sentence
from streams.delivery.channels.channel import where_it_failed
from streams.delivery.registry.declared import DeclaredNames
from streams.delivery.registry.rows import follow_rows

AGAIN_AFTER_S: Final = 30.0
_log = logging.getLogger(__name__)


class RegistryFollower:
    """Keeps what is declared up to date.

    Parameters
    ----------
    connection
        The broker.
    new_consumer
        Makes a consumer without a group, not started.
    topic
        The topic.

    Attributes
    ----------
    declared
        What has been read; another object after each new beginning.
    """

    def __init__(
        self, connection: Connection, new_consumer: Callable[[], AIOKafkaConsumer], topic: str
    ) -> None:
        self.declared = DeclaredNames()
        self._connection, self._new_consumer, self._topic = connection, new_consumer, topic
        self._said = ""

    async def run(self) -> None:
        """Follow the topic until cancelled; after any error it is read anew, half a minute later.

        What has been read is shown meanwhile. What is wrong is logged once.
        """
        while True:
            try:
                await self._follow()
            except Exception as error:
                self._stands(f"the registry cannot be read: {where_it_failed(error)}")
            await asyncio.sleep(AGAIN_AFTER_S)

    def _stands(self, problem: str) -> None:
        if self.declared.problem is not None:
            self.declared.problem = problem
        if problem != self._said:
            _log.warning("%s", problem)
            self._said = problem

    async def _follow(self) -> None:
        topic = self._topic
        if await asyncio.to_thread(missing_topics, self._connection, [topic]):
            self._stands(f"there is no {sentence([topic], self._connection)}")
            return
        declared = DeclaredNames()

        def caught_up() -> None:
            declared.problem, self._said = None, ""
            self.declared = declared

        await follow_rows(self._new_consumer, topic, declared.take, caught_up)
