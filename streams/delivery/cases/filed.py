"""Reads cases again that are over and no longer held: their events still stand on the topic."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.cases.book import CaseBook
from streams.cases.case import Case, acted_on, begun
from streams.cases.event import CaseEvent, OpenCase, decode_case_event

WITHIN_S: Final = 5.0
"""How long the topic may take to answer."""

_AT_ONCE: Final = 2
_NEAR: Final = 50
"""Records that are read over rather than sought past."""

_log = logging.getLogger(__name__)


class FiledCases:
    """Finds cases, held or not.

    Parameters
    ----------
    book
        The cases that are held, and where the events of others stand.
    new_consumer
        Makes a consumer without a group, not started, with more settings of aiokafka's.
    """

    def __init__(self, book: CaseBook, new_consumer: Callable[..., AIOKafkaConsumer]) -> None:
        self._book, self._new_consumer = book, new_consumer
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def case(self, case_id: str) -> Case | None:
        """Return a case; None where there is none, or its events cannot be had now."""
        held = self._book.fold.case(case_id)
        offsets = list(self._book.fold.offsets(case_id))
        if held is not None or not offsets:
            return held
        async with self._reading:
            events = await self._events(offsets)
        return _folded([event for event in events if event.case_id == case_id])

    async def _events(self, offsets: Sequence[int]) -> list[CaseEvent]:
        place = TopicPartition(self._book.topics.cases, 0)
        consumer = self._new_consumer(fetch_max_wait_ms=100)
        try:
            async with asyncio.timeout(WITHIN_S):
                await consumer.start()
                consumer.assign([place])
                return await _read(consumer, place, offsets)
        except (KafkaError, TimeoutError) as error:
            _log.warning("a case that is over cannot be read now: %r", error)
            return []
        finally:
            await consumer.stop()


async def _read(
    consumer: AIOKafkaConsumer, place: TopicPartition, offsets: Sequence[int]
) -> list[CaseEvent]:
    found: list[CaseEvent] = []
    wanted, at = list(offsets), -_NEAR - 1
    while wanted:
        if not at <= wanted[0] <= at + _NEAR:
            consumer.seek(place, wanted[0])
        batches: dict[Any, Any] = await consumer.getmany(place, timeout_ms=500)
        for record in batches.get(place, ()):
            if record.offset in wanted:
                found.append(decode_case_event(record.value or b"", record.timestamp / 1000))
            wanted = [offset for offset in wanted if offset > record.offset]
            at = record.offset + 1
            if not wanted:
                break
    return found


def _folded(events: Sequence[CaseEvent]) -> Case | None:
    case: Case | None = None
    for event in events:  # only what was done stands among them
        if isinstance(event, OpenCase):
            case = begun(event)
        elif case is not None:
            case = acted_on(case, event)
    return case
