"""Reads the last records of the topic ``rejects``, when a page asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from streams.broker.client.connection import Connection
from streams.config.model import Config
from streams.delivery.console.monitor.topic_rejects import SourceRejects, TopicRejects
from streams.delivery.standing_records import TopicUnread, standing_records

LAST: Final = 500
"""Records of a partition that are read: one may have 90 KB."""


class LastRejects(msgspec.Struct, frozen=True):
    """The last rejects of each source; `problem` says why there are none."""

    by_source: Mapping[str, SourceRejects]
    problem: str | None = None


class RejectsReader:
    """Reads the topic.

    Parameters
    ----------
    config, connection
        The configuration, and the broker.
    """

    def __init__(self, config: Config, connection: Connection) -> None:
        self._config, self._connection = config, connection
        self._topic = config.topic("rejects")

    async def read(self) -> LastRejects:
        """Return what is there now; no error of the broker's ends a page."""
        found = TopicRejects(self._config)
        try:
            async for record in standing_records(self._connection, self._topic, last=LAST):
                found.take(record.key, record.value, record.timestamp / 1000)
        except TopicUnread as error:
            return LastRejects({}, str(error))
        return LastRejects(found.by_source())
