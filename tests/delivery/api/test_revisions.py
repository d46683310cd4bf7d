"""Older revisions are read from the topic, by where they stand; the last is always there."""

from __future__ import annotations

import asyncio

import pytest

from streams.alerts.cloudevent import decode_event
from streams.delivery.api import revisions as module
from streams.delivery.api.board import MOST_TIMES, Board, BoardRow, OffsetPlace
from tests.alerts.examples import numbered, raw
from tests.delivery.api.alerts_topic import AlertsTopic


def written(topic: AlertsTopic, board: Board, text: bytes) -> None:
    written_s = float(topic.end)
    board.take(decode_event(text), text, written_s, OffsetPlace(0, topic.add(text, written_s)))


def lived(revisions: int, between: int = 0) -> tuple[AlertsTopic, BoardRow]:
    """An alert with so many revisions, between those of others."""
    topic, board = AlertsTopic(), Board(1000)
    for number in range(1, revisions + 1):
        for other in range(between):
            written(topic, board, numbered(number * 100 + other))
        written(topic, board, raw(revision=number, event="opened" if number == 1 else "updated"))
    row = board.alert("2b1926685558e977")
    assert row is not None
    return topic, row


def numbers(topic: AlertsTopic, row: BoardRow) -> tuple[list[int], bool]:
    found = asyncio.run(topic.revisions().read(row))
    assert found.found[-1].raw == row.raw
    return [one.envelope.alert.revision for one in found.found], found.is_whole


@pytest.mark.parametrize("between", [0, 1, 7, module._NEAR * 2])
def test_all_revisions_come_in_their_order(between: int) -> None:
    """Whatever stands between them; each with its bytes and the time at which it was written."""
    topic, row = lived(4, between)
    found = asyncio.run(topic.revisions().read(row))
    assert found.is_whole
    for one, offset in zip(found.found, row.offsets, strict=True):
        assert (one.raw, one.written_s) == (topic.records[offset].value, float(offset))
    # What is far away is sought, what is near is read over.
    assert len(topic.seeks) == (3 if between > module._NEAR else 1)


def test_of_many_the_first_and_the_last_are_known() -> None:
    """The row takes no more memory, and says that others were left out."""
    topic, row = lived(MOST_TIMES + 10)
    found, whole = numbers(topic, row)
    assert found == [1, *range(12, MOST_TIMES + 11)]
    assert not whole


def test_what_is_gone_from_the_topic_is_left_out() -> None:
    """By retention, or by compaction that nobody should have set: what there is comes."""
    topic, row = lived(5)
    topic.begins = 1
    del topic.records[0], topic.records[2]
    assert numbers(topic, row) == ([2, 4, 5], False)


def test_another_alert_at_its_place_is_not_its_revision() -> None:
    """The topic was made anew, or holds what nobody can read."""
    topic, row = lived(3)
    topic.records[0] = topic.records[0]._replace(value=numbered(9))
    topic.records[1] = topic.records[1]._replace(value=b"{}")
    assert numbers(topic, row) == ([3], False)


def test_a_topic_that_does_not_answer_hides_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a moment the last revision comes alone."""
    monkeypatch.setattr(module, "WITHIN_S", 0.01)
    topic, row = lived(3)
    topic.answers = False
    assert numbers(topic, row) == ([3], False)
    assert topic.stopped == 1


def test_what_was_read_is_held_up_to_a_bound() -> None:
    """A second page reads nothing; with little room the oldest are read again."""
    topic, row = lived(4)
    size = len(raw())

    async def twice(most_bytes: int) -> int:
        revisions = topic.revisions(most_bytes=most_bytes)
        topic.seeks.clear()
        first, second = await revisions.read(row), await revisions.read(row)
        assert first == second or most_bytes < 3 * size
        return len(topic.seeks)

    assert asyncio.run(twice(10 * size)) == 1
    assert asyncio.run(twice(2 * size)) == 2


def test_an_early_alert_that_was_confirmed_has_both() -> None:
    """Its revision 0, and those from 1 on."""
    topic, board = AlertsTopic(), Board(10)
    written(topic, board, raw(event="early", state="early", revision=0, feed_no=None))
    written(topic, board, raw())
    row = board.alert("2b1926685558e977")
    assert row is not None
    assert numbers(topic, row) == ([0, 1], True)
