"""The part of serve that follows cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.cases.book import CaseBook, case_topics
from streams.config.model import Config
from streams.delivery.cases.filed import FiledCases


class CasesPart(NamedTuple):
    """The cases on Kafka, and what finds those that are held no more."""

    book: CaseBook
    filed: FiledCases


def cases_of(
    config: Config, connection: Connection, new_consumer: Callable[..., AIOKafkaConsumer]
) -> CasesPart:
    """Make the part of serve that follows cases.

    Parameters
    ----------
    config, connection
        The configuration and the broker.
    new_consumer
        Makes a consumer without a group, not started, with more settings of aiokafka's.
    """
    book = CaseBook(for_aiokafka(connection), case_topics(config))
    return CasesPart(book, FiledCases(book, new_consumer))
