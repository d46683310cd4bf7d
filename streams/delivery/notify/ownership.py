"""Which serve sends: one of all, the member of a consumer group that has the one partition."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import InvalidSessionTimeoutError

from streams.delivery.channels.channel import where_it_failed

QUICK_SESSION: Final[Mapping[str, Any]] = {
    "session_timeout_ms": 6_000,
    "heartbeat_interval_ms": 1_500,
}
"""So long after a kill another process sends. It is the least that brokers allow by default."""

_RESTART_AFTER_S = 5.0
_log = logging.getLogger(__name__)


class Ownership:
    """Follows whether this process is the one that sends.

    While the broker is away that is as it was: what one sends then, it cannot record, and so it
    sends no more than one notification to each receiver.

    Parameters
    ----------
    new_consumer
        Makes a consumer of the group, not started and without a topic, with these settings of
        aiokafka's.
    topic
        The topic whose partition decides.
    on_gained
        Called when this process is to send.
    on_lost
        Called when it is not any more; the group waits for it.
    """

    def __init__(
        self,
        new_consumer: Callable[..., AIOKafkaConsumer],
        topic: str,
        on_gained: Callable[[], None],
        on_lost: Callable[[], Awaitable[None]],
    ) -> None:
        self._new_consumer, self._topic = new_consumer, topic
        self._on_gained, self._on_lost = on_gained, on_lost
        self._session: Mapping[str, Any] = QUICK_SESSION

    async def run(self) -> None:
        """Be a member of the group until cancelled."""
        while True:
            try:
                await self._belong(self._new_consumer(**self._session))
            except InvalidSessionTimeoutError:
                _log.warning(
                    "the broker's group.min.session.timeout.ms is over 6 s: after a kill another"
                    " process sends 10 s later"
                )
                self._session = {}
            except Exception as error:
                said = where_it_failed(error)
                _log.warning("who sends notifications is not known now: %s", said)
            await asyncio.sleep(_RESTART_AFTER_S)

    async def _belong(self, consumer: AIOKafkaConsumer) -> None:
        listener = _Moves(consumer, self._on_gained, self._on_lost)
        try:
            await consumer.start()
            consumer.subscribe([self._topic], listener=listener)
            while True:
                # Nothing comes, since the partition is paused; errors of the group do.
                await consumer.getmany(timeout_ms=1000)
        finally:
            await self._on_lost()
            await consumer.stop()


class _Moves(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        on_gained: Callable[[], None],
        on_lost: Callable[[], Awaitable[None]],
    ) -> None:
        self._consumer, self._on_gained, self._on_lost = consumer, on_gained, on_lost

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if revoked:
            await self._on_lost()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        if assigned:
            self._consumer.pause(*assigned)
            self._on_gained()
