"""Whether all that has been written has been counted and judged."""

from __future__ import annotations

from streams.broker.client.connection import Connection
from streams.broker.topics.offsets import committed, end_offsets
from streams.broker.topics.plan import count_group, detect_group
from streams.config.model import Config


def undone(connection: Connection, config: Config) -> tuple[int, int]:
    """Records not yet counted for good, and counts not yet in a checkpoint.

    Both stages commit only what a restart does not need again: with the sources ended,
    zero and zero means that all alerts are out.
    """
    topics = [source.topic for source in config.sources.values()]
    return (
        _behind(connection, count_group(config), topics),
        _behind(connection, detect_group(config), ["counts"]),
    )


def _behind(connection: Connection, group: str, topics: list[str]) -> int:
    done = committed(connection, group)
    ends = end_offsets(connection, topics)
    return sum(max(end - max(done.get(place, 0), 0), 0) for place, end in ends.items())
