"""A warmed state is stored with what the topic registry says, whatever the archive told of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from streams.analysis import new_epoch
from streams.broker.client.connection import Connection
from streams.config.model import Config
from streams.detection.protocol import ShardProtocol
from streams.detection.shard import Shard
from streams.registry.control import (
    NO_ROWS,
    FirstRows,
    RegistryRow,
    RegistryRows,
    encode_control,
)
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry
from tests.analysis.test_warm import shaped

SHARDS = 2


def _row(seq: int, code: str) -> RegistryRow:
    return RegistryRow(seq, f"code/{code}", CodeEntry(id=code))


def _codes(registry: Registry) -> list[str]:
    return [entry.id for entry in registry.entries("code")]


class _Writer:
    """Keeps the slots of each shard."""

    slots: dict[int, dict[bytes, bytes]]

    def __init__(self, _: Connection, compression: str) -> None:
        assert compression == "none"

    def write(
        self, _: str, value: bytes, key: bytes, number: int, *__: Mapping[str, bytes]
    ) -> None:
        self.slots.setdefault(number, {})[key] = value

    def flush(self) -> None:
        return None


def _stored(
    monkeypatch: pytest.MonkeyPatch, config: Config, recorded: list[RegistryRow], topic: FirstRows
) -> dict[int, dict[bytes, bytes]]:
    """Warm shards with recorded rows, store them, and return the slots."""
    monkeypatch.setattr(_Writer, "slots", {}, raising=False)
    monkeypatch.setattr(new_epoch, "RecordWriter", _Writer)
    monkeypatch.setattr(new_epoch, "first_rows", lambda *_: topic)
    shards = [Shard(number, config) for number in range(SHARDS)]
    for shard in shards:
        shard.registry.take(recorded)
    new_epoch.store(Connection("kafka-1:9092"), config, shards, dict.fromkeys(range(SHARDS), 5))
    return _Writer.slots


@pytest.mark.parametrize(
    ("recorded", "topic"),
    [
        ([_row(1, "1062")], FirstRows([_row(1, "1062"), _row(2, "1065")], 2)),  # more came since
        # The archive is another cluster's, and has more rows than the topic.
        ([_row(n, f"1069{n}") for n in range(1, 9)], FirstRows([_row(2, "1065")], 2)),
        ([_row(n, f"1069{n}") for n in range(1, 9)], NO_ROWS),
        ([], FirstRows([_row(3, "1065")], 3)),
    ],
)
def test_a_stored_state_has_the_rows_of_the_topic_and_takes_the_next(
    monkeypatch: pytest.MonkeyPatch, recorded: list[RegistryRow], topic: FirstRows
) -> None:
    config = shaped(60, SHARDS)
    slots = _stored(monkeypatch, config, recorded, topic)
    rows, before = topic
    for number in range(SHARDS):
        judging = ShardProtocol(number, config, slots[number])
        assert judging.restored
        registry = judging.shard.registry
        codes = sorted(row.entry.id for row in rows if row.entry is not None)
        assert (_codes(registry), registry.seq) == (codes, before)
        control = RegistryRows(after=before, rows=[_row(before + 1, "1066")])
        list(judging.take(5, encode_control(control), 0.0))
        assert _codes(registry) == sorted([*codes, "1066"])
