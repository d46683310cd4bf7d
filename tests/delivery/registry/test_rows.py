"""The topic of the registry is read from its beginning, and told when all of it is known."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaError

from streams.delivery.registry.rows import follow_rows
from streams.registry.entry import MerchantEntry
from streams.registry.topic_rows import encode_row


class Scripted:
    """A consumer that gives its batches one by one, and then fails."""

    def __init__(self, batches: list[list[Any]], head: int) -> None:
        self._batches, self._head, self._at = iter(batches), head, 0
        self.stopped = False

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    def assign(self, places: list[Any]) -> None:
        self._place = places[0]

    async def seek_to_beginning(self, place: Any) -> None:
        self._at = 0

    async def end_offsets(self, places: list[Any]) -> dict[Any, int]:
        return {places[0]: self._head}

    async def position(self, place: Any) -> int:
        return self._at

    async def getmany(self, **_: Any) -> dict[Any, list[Any]]:
        batch = next(self._batches, None)
        if batch is None:
            raise KafkaError("the broker has gone")
        self._at += len(batch)
        return {self._place: batch} if batch else {}


def _record(offset: int, name: str) -> Any:
    value = encode_row(MerchantEntry(id=name))
    return SimpleNamespace(offset=offset, key=f"merchant/{name}".encode(), value=value, headers=[])


def _followed(batches: list[list[Any]], head: int) -> tuple[list[str], Scripted]:
    said: list[str] = []
    consumer = Scripted(batches, head)
    with pytest.raises(KafkaError):
        asyncio.run(
            follow_rows(
                lambda: cast("Any", consumer),
                "registry",
                lambda row: said.append(row.key),
                lambda: said.append("caught up"),
            )
        )
    return said, consumer


def test_it_is_told_when_all_is_known_that_was_there_and_after_each_batch() -> None:
    """Not before: a part of the registry would call the rest undeclared."""
    batches = [[_record(0, "a")], [_record(1, "b")], [], [_record(2, "c")]]
    said, consumer = _followed(batches, head=2)
    assert said == ["merchant/a", "merchant/b", "caught up", "merchant/c", "caught up"]
    assert consumer.stopped


def test_an_empty_topic_is_known_at_once() -> None:
    """Nothing is declared."""
    assert _followed([[]], head=0)[0] == ["caught up"]


def test_a_record_that_is_no_row_is_passed_over() -> None:
    """What somebody else wrote hides no row."""
    garbage = SimpleNamespace(offset=0, key=b"merchant/x", value=b"{", headers=[])
    assert _followed([[garbage, _record(1, "a")]], head=2)[0] == ["merchant/a", "caught up"]
