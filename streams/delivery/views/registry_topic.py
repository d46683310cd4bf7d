"""The topic ``registry`` for serve: followed from its beginning while some view needs it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaConsumer

from streams.delivery.channels.channel import where_it_failed
from streams.delivery.registry.rows import follow_rows
from streams.registry.table import Registry

_LOOK_S: Final = 0.5
_RESTART_AFTER_S: Final = 5.0
_log = logging.getLogger(__name__)


class RegistryTopic:
    """Whose codes are whose, as the registry says now.

    Parameters
    ----------
    topic
        The topic.
    new_consumer
        Makes a consumer without a group, not started.
    is_needed
        Whether a view needs it: until then nothing is read.
    on_change
        Told when rows have come.
    """

    def __init__(
        self,
        topic: str,
        new_consumer: Callable[[], AIOKafkaConsumer],
        is_needed: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._topic, self._new_consumer = topic, new_consumer
        self._is_needed, self._on_change = is_needed, on_change
        self._registry: Registry | None = None

    @property
    def codes(self) -> Registry | None:
        """The registry; None where it has not been read to its end."""
        return self._registry

    async def run(self) -> None:
        """Follow the topic until cancelled; after an error it is read anew."""
        while True:
            if self._is_needed():
                try:
                    await self._follow()
                except Exception as error:
                    said = where_it_failed(error)
                    _log.warning("the registry cannot be followed now, which views need: %s", said)
                    await asyncio.sleep(_RESTART_AFTER_S)
            await asyncio.sleep(_LOOK_S)

    async def _follow(self) -> None:
        registry = Registry()

        def caught_up() -> None:
            self._registry = registry
            self._on_change()

        await follow_rows(
            self._new_consumer, self._topic, lambda row: registry.take([row]), caught_up
        )
