"""The topic ``schemas``: decisions about schemas' ids, in one order for all who count."""

from __future__ import annotations

from collections.abc import Iterator

from streams.broker.client.connection import Connection
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.records import read_records
from streams.sources.schemas.decision import (
    Decision,
    decision_key,
    decode_decision,
    encode_decision,
)


class SchemaTopic:
    """Reads what is new on the topic, and writes to it.

    Parameters
    ----------
    connection
        The broker.
    topic
        The topic's name.
    """

    def __init__(self, connection: Connection, topic: str) -> None:
        self._connection, self._topic = connection, topic
        self._next = 0
        self._writer: RecordWriter | None = None

    def read(self) -> Iterator[Decision]:
        """Yield the decisions that have come since the last time, in their order.

        Raises
        ------
        TopicsError
            Where they cannot be read.
        """
        for message in read_records(self._connection, self._topic, 0, self._next):
            self._next = (message.offset() or 0) + 1
            decision = decode_decision(message.value())
            if decision is not None:
                yield decision

    def write(self, decision: Decision) -> None:
        """Write a decision; return once it has arrived.

        Raises
        ------
        WriteFailed
            Where it has not.
        """
        if self._writer is None:
            self._writer = RecordWriter(self._connection)
        self._writer.write(self._topic, encode_decision(decision), decision_key(decision), 0)
        self._writer.flush()
