"""The part of a serve process that proves: what answers, and what keeps the trees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from streams.broker.client.connection import Connection
from streams.config.model import Config
from streams.delivery.meters import ServeMetrics
from streams.delivery.proofs.keeper import ProofKeeper
from streams.delivery.proofs.key_holder import KeyHolder
from streams.delivery.proofs.live import LiveProofs


class Proving(NamedTuple):
    """What answers, and what follows the topics for it."""

    live: LiveProofs
    keeper: ProofKeeper


def proving_of(
    config: Config,
    connection: Connection,
    new_consumer: Callable[[], AIOKafkaConsumer],
    metrics: ServeMetrics,
    now: Callable[[], dt.datetime],
) -> Proving:
    """Make it for a configuration; nothing is read yet."""
    live = LiveProofs(config.name)
    keeper = ProofKeeper(
        live,
        KeyHolder(config.serve.feed_keys, config.name),
        config.topic("checkpoints"),
        connection,
        new_consumer,
        metrics,
        now,
    )
    return Proving(live, keeper)
