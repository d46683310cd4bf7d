"""Puts together what serve knows of entities."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.config.model import Config
from streams.delivery.entities.asking import Asking
from streams.delivery.entities.follower import SeriesFollower
from streams.delivery.entities.library import Library
from streams.delivery.registry.follower import RegistryFollower
from streams.delivery.topic_writer import TopicWriter
from streams.series.store.store import SeriesStore


class EntityParts(NamedTuple):
    """What pages ask, what follows the topics, and what writes questions."""

    library: Library
    follower: SeriesFollower
    registry: RegistryFollower
    writer: TopicWriter

    def start(self) -> list[asyncio.Task[None]]:
        """Follow the topics."""
        return [
            asyncio.create_task(self.follower.run(), name="series"),
            asyncio.create_task(self.registry.run(), name="registry"),
        ]


def entities_of(
    config: Config, connection: Connection, new_consumer: Callable[..., AIOKafkaConsumer]
) -> EntityParts:
    """Make it for a serve process.

    Parameters
    ----------
    config, connection
        The configuration, and the broker.
    new_consumer
        Makes a consumer without a group, not started, with more settings of aiokafka's.
    """
    writer = TopicWriter(for_aiokafka(connection), config.topic("asked"))
    asking = Asking(writer.write, len(config.groups), lambda: dt.datetime.now(dt.UTC))
    library = Library(config, asking)
    kept = config.serve.series
    follower = SeriesFollower(
        connection,
        new_consumer,
        (config.topic("series"), config.topic("alerts")),
        config.serve_dir,
        partial(SeriesStore, keep_s=kept.keep, most_bytes=kept.most_gb << 30),
        library,
    )
    registry = RegistryFollower(connection, new_consumer, config.topic("registry"))
    library.declared = lambda: registry.declared
    return EntityParts(library, follower, registry, writer)
