"""The alerts as they stand: the last revision of each, and no more than there may be."""

from __future__ import annotations

from streams.alerts.cloudevent import decode_event
from streams.delivery.api.board import Board, BoardFilter
from tests.alerts.examples import raw


def board_of(*texts: bytes, most: int = 10) -> Board:
    board = Board(most)
    for text in texts:
        board.take(decode_event(text), text)
    return board


def test_the_last_revision_stands_whatever_comes_again() -> None:
    """A repeat and an older revision change nothing."""
    first, second = raw(revision=1), raw(revision=2, event="resolved", state="resolved")
    board = board_of(first, second, first, second)
    (row,) = board
    assert (row.state, row.revision, row.raw) == ("resolved", 2, second)


def test_the_oldest_goes_where_there_are_too_many() -> None:
    """What was changed last stays."""
    texts = [raw(alert_id=f"{n:016x}") for n in range(5)]
    assert [row.alert_id for row in board_of(*texts, most=3)] == [f"{n:016x}" for n in (2, 3, 4)]


def test_pages_are_in_one_order_and_hold_each_alert_once() -> None:
    """By the distance beyond chance, the same in every page."""
    texts = [raw(alert_id=f"{n:016x}", evidence_nats=20.0 + n % 3) for n in range(7)]
    board, found, after = board_of(*texts), [], None
    while rows := board.page(BoardFilter(), "beyond_chance", after, 3):
        found += rows
        after = rows[-1].alert_id
    assert len({row.alert_id for row in found}) == len(found) == 7
    assert [row.beyond_nats for row in found] == sorted(
        (row.beyond_nats for row in found), reverse=True
    )
