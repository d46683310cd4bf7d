"""Follows ``series`` and ``alerts`` into serve's store, from where the store says that it is.

Whatever goes wrong here ends nothing: serve works without its store, says what is wrong, and tries
again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.broker.client.connection import Connection
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.offsets import partition_count
from streams.broker.topics.origin import Origin, origin_of
from streams.delivery.entities.library import Library
from streams.delivery.entities.taken import Taken
from streams.series.store.database import DamagedStore, StoreError, free_bytes, remove, slot
from streams.series.store.store import SeriesStore

_origin = msgspec.json.Decoder(Origin)

LEAST_FREE_BYTES: Final = 512 << 20
"""So much stays free on the disk: with less, the store takes nothing more."""

_AT_ONCE: Final = 8
_AGAIN_AFTER_S: Final = 10.0
_FETCH_BYTES: Final = 4 << 20
_log = logging.getLogger(__name__)


class SeriesFollower:
    """Keeps the store of a `Library` up to date.

    Parameters
    ----------
    connection
        The broker.
    new_consumer
        Makes a consumer without a group, not started, with more settings of aiokafka's.
    topics
        The topics ``series`` and ``alerts``.
    root
        Where stores of serve processes are.
    open_store
        Opens the store of a folder.
    library
        What reads the store, and waits for answers.
    free
        How many bytes the disk of a folder still takes.
    """

    def __init__(
        self,
        connection: Connection,
        new_consumer: Callable[..., AIOKafkaConsumer],
        topics: tuple[str, str],
        root: Path,
        open_store: Callable[[Path], SeriesStore],
        library: Library,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._connection, self._new_consumer = connection, new_consumer
        self._series, self._alerts = topics
        self._root, self._open_store, self._free = root, open_store, free
        self._library = library
        self._followed_s = time.monotonic()

    @property
    def standing_s(self) -> float:
        """For how long the store has not taken what there is; near 0 while it follows, seconds."""
        return max(time.monotonic() - self._followed_s, 0.0)

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                with slot(self._root) as folder:
                    await self._hold_or_remove(folder)
            except (StoreError, KafkaError, KafkaEdgeError) as error:
                self._say(str(error) or repr(error))
            except Exception as error:  # a view that is missing ends nothing
                _log.exception("the store of series has failed")
                self._say(f"the store of series has failed: {type(error).__name__}")
            await asyncio.sleep(_AGAIN_AFTER_S)

    def _say(self, problem: str | None) -> None:
        if problem is not None and problem != self._library.problem:
            _log.warning("pages of entities show nothing new: %s", problem)
        self._library.problem = problem

    async def _hold_or_remove(self, folder: Path) -> None:
        """Hold the store of a folder; one that is damaged goes, and is then made anew."""
        try:
            await self._hold(folder)
        except DamagedStore as error:
            self._say(
                f"the store of series is of no use, and is made anew from the topics: {error}"
            )
            await asyncio.to_thread(remove, folder)

    async def _hold(self, folder: Path) -> None:
        """Keep the store of a folder open, and follow into it."""
        store = await asyncio.to_thread(self._opened, folder)
        self._library.store = store
        try:
            while True:
                try:
                    await self._follow(store)
                except (KafkaError, KafkaEdgeError) as error:
                    self._say(f"the topic {self._series} must be one that can be read; {error}")
                await asyncio.sleep(_AGAIN_AFTER_S)
        finally:
            self._library.store = None
            store.close()

    def _opened(self, folder: Path) -> SeriesStore:
        """Open the store of a folder; one of other topics is made anew."""
        self._require_room(folder)
        store = self._open_store(folder)
        try:
            is_other = self._is_other(store)
        except BaseException:
            store.close()
            raise
        if is_other:
            store.close()
            remove(folder)
            return self._opened(folder)
        return store

    def _is_other(self, store: SeriesStore) -> bool:
        """Whether what a store holds is of topics that are there no more."""
        for topic in (self._series, self._alerts):
            origin = origin_of(self._connection, topic)
            was = store.origin(topic)
            if was is not None and _origin.decode(was).differs(origin):
                _log.warning("%s is another topic than before: its store is made anew", topic)
                return True
            store.set_origin(topic, msgspec.json.encode(origin))
        return False

    async def _follow(self, store: SeriesStore) -> None:
        consumer = self._new_consumer(max_partition_fetch_bytes=_FETCH_BYTES)
        try:
            await consumer.start()
            places = [
                TopicPartition(topic, number)
                for topic in (self._series, self._alerts)
                for number in range(
                    await asyncio.to_thread(partition_count, self._connection, topic)
                )
            ]
            consumer.assign(places)
            await self._seek(consumer, store, places)
            self._say(None)
            while True:
                await self._take(consumer, store, places)
        finally:
            await consumer.stop()

    async def _seek(
        self, consumer: AIOKafkaConsumer, store: SeriesStore, places: Sequence[TopicPartition]
    ) -> None:
        first = await consumer.beginning_offsets(list(places))
        end = await consumer.end_offsets(list(places))
        for place in places:
            position = store.position((place.topic, place.partition))
            if position is None or not first[place] <= position <= end[place]:
                position = first[place]
            consumer.seek(place, position)

    async def _take(
        self, consumer: AIOKafkaConsumer, store: SeriesStore, places: Sequence[TopicPartition]
    ) -> None:
        if store.damage is not None:
            raise DamagedStore(store.damage)  # whoever reads it finds damage too
        batches: dict[Any, Any] = await consumer.getmany(
            *places, timeout_ms=500, max_records=_AT_ONCE
        )
        if not batches:
            self._followed_s = time.monotonic()
            return
        taken = await asyncio.to_thread(Taken.read, batches, self._series)
        for outlook in taken.outlooks:
            self._library.answer(outlook)
        while True:
            try:
                await asyncio.to_thread(self._require_room, self._root)
                break
            except StoreError as error:
                self._say(str(error))
                await asyncio.sleep(_AGAIN_AFTER_S)
        await asyncio.to_thread(store.write, taken.buckets, taken.alerts, taken.positions)
        self._followed_s = time.monotonic()
        self._say(None)

    def _require_room(self, folder: Path) -> None:
        free = self._free(folder)
        if free < LEAST_FREE_BYTES:
            raise StoreError(
                f"{folder}: must have {LEAST_FREE_BYTES >> 20} MB free for the store of series;"
                f" {free >> 20} MB are. Free some, or set serve.series.most_gb lower"
            )
