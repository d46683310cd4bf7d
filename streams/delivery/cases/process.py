"""The part of serve that follows cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from streams.actions.kafka_desk import sources_of
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.cases.book import CaseBook, case_topics
from streams.config.model import Config
from streams.delivery.cases.filed import FiledCases
from streams.delivery.cases.watch import CasesWatch
from streams.delivery.meters import ServeMetrics


class CasesPart(NamedTuple):
    """The cases on Kafka, what finds those that are held no more, and what looks at all."""

    book: CaseBook
    filed: FiledCases
    watch: CasesWatch


def cases_of(
    config: Config,
    connection: Connection,
    new_consumer: Callable[..., AIOKafkaConsumer],
    metrics: ServeMetrics,
    now: Callable[[], dt.datetime],
) -> CasesPart:
    """Make the part of serve that follows cases.

    Parameters
    ----------
    config, connection
        The configuration and the broker.
    new_consumer
        Makes a consumer without a group, not started, with more settings of aiokafka's.
    metrics
        Where cases are counted.
    now
        The clock.
    """
    book = CaseBook(for_aiokafka(connection), case_topics(config))
    watch = CasesWatch(config, book, metrics, sources_of(config), now)
    return CasesPart(book, FiledCases(book, new_consumer), watch)
