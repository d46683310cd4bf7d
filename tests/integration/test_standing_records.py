"""What pages read on topics when somebody looks: the last rejects, and the oldest actions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.actions.action import Action, encode_action
from streams.broker.client.connection import Connection
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import TopicSpec
from streams.config.load import parse_config
from streams.delivery.console.log.whole_log import WholeLog
from streams.delivery.console.monitor.rejects_reader import LAST, RejectsReader
from streams.delivery.standing_records import TopicUnread, standing_records
from tests.actions.examples import acknowledge, silence


def _made(kafka: str, topic: str, partitions: int = 1) -> Connection:
    connection = Connection(kafka)
    ensure(connection, [TopicSpec(topic, partitions)])
    return connection


def _write(connection: Connection, topic: str, *records: tuple[bytes, bytes, int]) -> None:
    writer = RecordWriter(connection)
    for key, value, partition in records:
        writer.write(topic, value, key, partition)
    writer.flush()


def test_the_last_records_of_each_partition_come_once(kafka: str, tmp_path: Path) -> None:
    """And those alone that stood there at the call; a topic that is not there is told."""
    topic = f"{tmp_path.name}-standing"
    connection = _made(kafka, topic, 2)
    records = [(b"%d" % n, b"%d" % n, n % 2) for n in range(600)]
    _write(connection, topic, *records)

    async def values(name: str, **last: Any) -> list[int]:
        found = standing_records(connection, name, **last)
        return sorted([int(record.value or b"") async for record in found])

    assert asyncio.run(values(topic)) == list(range(600))
    assert asyncio.run(values(topic, last=3)) == list(range(594, 600))
    with pytest.raises(TopicUnread, match="none"):
        asyncio.run(values(f"{topic}-none"))


def test_the_last_rejects_are_read_when_asked_for(kafka: str, tmp_path: Path) -> None:
    """Of many only the last ones."""
    config = parse_config({"name": tmp_path.name.replace("_", "-")})
    topic = config.topic("rejects")
    connection = _made(kafka, topic)
    reject = {"v": 2, "reason": "not_json", "detail": "x", "topic": "t", "partition": 0}
    values = [orjson.dumps({**reject, "offset": n}) for n in range(LAST + 7)]
    _write(connection, topic, *((value, value, 0) for value in values))
    found = asyncio.run(RejectsReader(config, connection).read())
    (rejects,) = found.by_source.values()
    assert (rejects.total, rejects.reasons[0].place, found.problem) == (
        LAST,
        f"t[0] @{LAST + 6}",
        None,
    )


def test_the_log_is_whole_on_its_topic(kafka: str, tmp_path: Path) -> None:
    """Repeats, conflicts and what cannot be read are left out, as in serve's memory."""
    topic = f"{tmp_path.name}-actions"
    connection = _made(kafka, topic)
    done = (acknowledge(1), acknowledge(2), silence(4))
    actions: list[Action] = [*done[:2], done[0], acknowledge(3, expects=0), done[2]]
    values = [*map(encode_action, actions), b"{"]
    _write(connection, topic, *((b"k", value, 0) for value in values))
    log = WholeLog(connection, topic, {})

    async def read() -> None:
        assert [action async for action in log.actions()] == list(done)
        assert await log.before(done[2].id, lambda action: True, 1) == [done[1]]

    asyncio.run(read())
