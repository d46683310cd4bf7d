"""The alerts as they stand: the last revision of each, and no more than there may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.api.board import (
    MOST_TIMES,
    SORTS,
    Board,
    BoardRow,
    cursor,
    page,
)
from tests.alerts.examples import raw
from tests.delivery.api.board_revisions import revisions_since


def board_of(*texts: bytes, most: int = 10) -> Board:
    board = Board(most)
    for text in texts:
        board.take(decode_event(text), text, 0.0)
    return board


def test_the_last_revision_stands_whatever_comes_again() -> None:
    """A repeat and an older revision change nothing."""
    first, second = raw(revision=1), raw(revision=2, event="resolved", state="resolved")
    board = board_of(first, second, first, second)
    (row,) = board
    assert (row.state, row.revision, row.raw) == ("resolved", 2, second)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_an_early_alert_never_comes_back(order: tuple[int, ...]) -> None:
    """Early, refuted, opened, ended: the last of those that came stands, in whatever order."""
    life = [
        raw(event="early", state="early", revision=0),
        raw(event="retracted", state="retracted", revision=0),
        raw(event="opened", state="open", revision=1),
        raw(event="resolved", state="resolved", revision=2),
    ]
    for count in range(1, 5):
        came = order[:count]
        (row,) = board_of(*(life[n] for n in came), *(life[n] for n in came))
        assert row.raw == life[max(came)]


def test_the_oldest_goes_where_there_are_too_many() -> None:
    """What was changed last stays."""
    texts = [raw(alert_id=f"{n:016x}") for n in range(5)]
    assert [row.alert_id for row in board_of(*texts, most=3)] == [f"{n:016x}" for n in (2, 3, 4)]


def test_pages_are_in_one_order_and_hold_each_alert_once() -> None:
    """By the distance beyond chance, the same in every page."""
    texts = [raw(alert_id=f"{n:016x}", evidence_nats=20.0 + n % 3) for n in range(7)]
    board, found, after = board_of(*texts), [], None
    while rows := page(board, "beyond_chance", after, 3):
        found += rows
        after = cursor("beyond_chance", rows[-1])
    assert len({row.alert_id for row in found}) == len(found) == 7
    assert [row.beyond_nats for row in found] == sorted(
        (row.beyond_nats for row in found), reverse=True
    )


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_goes_on_where_the_last_one_ended_whatever_became_of_it(sort: str) -> None:
    """The alert at the end of a page may be gone from what is asked for, or from the board."""
    texts = [raw(alert_id=f"{n:016x}", evidence_nats=20.1 + n) for n in range(7)]
    board = board_of(*texts, most=7)
    first = page(board.in_progress, sort, None, 3)
    last = first[-1].alert_id
    over = raw(alert_id=last, event="resolved", state="resolved", revision=2)
    board.take(decode_event(over), over, 0.0)
    rest = page(board.in_progress, sort, cursor(sort, first[-1]), 10)
    assert [int(row.alert_id, 16) for row in first + rest] == [6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("after", ["", "|", "a|b|c|d", "x", "nan", "0" * 16])
def test_what_is_no_place_is_refused(sort: str, after: str) -> None:
    """A page that began anew would be read for ever."""
    with pytest.raises(ValueError, match="after must be"):
        page(board_of(raw()), sort, after, 3)


def test_it_is_known_when_each_revision_came_and_whether_it_tells() -> None:
    """A repeat came once; an update of figures tells nobody; what is from before is left out."""
    board = Board(10)
    texts = [
        raw(revision=1),
        raw(revision=2, event="updated"),
        raw(revision=2, event="updated"),
        raw(revision=3, event="updated", severity="critical"),
        raw(revision=4, event="resolved", state="resolved", severity="critical"),
    ]
    for second, text in enumerate(texts, 1):
        board.take(decode_event(text), text, float(second))
    since = dt.datetime.fromtimestamp(2, dt.UTC)
    found = list(revisions_since(board, since))
    assert [(each.written_at.timestamp(), each.tells) for each in found] == [
        (2.0, False), (4.0, True), (5.0, True),
    ]  # fmt: skip
    assert {each.envelope.alert.revision for each in found} == {4}


def test_of_one_alert_the_last_times_are_kept() -> None:
    """So that one which never ends takes no more memory."""
    board = Board(10)
    for number in range(1, MOST_TIMES + 10):
        text = raw(revision=number, event="updated")
        board.take(decode_event(text), text, float(number))
    (row,) = board
    assert list(row.written_s) == [-float(n) for n in range(10, MOST_TIMES + 10)]


CHANGES = st.lists(
    st.fixed_dictionaries(
        {
            "alert_id": st.sampled_from(["a", "b", "c", "d", "e"]),
            "revision": st.integers(1, 4),
            "state": st.sampled_from(["open", "resolved"]),
            "entity": st.sampled_from([Entity("sender", "1"), Entity("sender", "2")]),
            "parent": st.sampled_from([None, "a", "z"]),
        }
    ),
    max_size=30,
)


@given(CHANGES, st.integers(1, 4))
def test_what_is_found_by_an_index_is_what_a_look_at_all_finds(
    changes: list[dict[str, Any]], most: int
) -> None:
    """In progress, of an entity, under a parent: whatever came, and whatever had to go."""
    board = Board(most)
    for change in changes:
        text = raw(**change)
        before = board.version
        rows = [row.raw for row in board]
        board.take(decode_event(text), text, 0.0)
        assert (board.version != before) == ([row.raw for row in board] != rows)
    rows_now = list(board)
    assert len(rows_now) <= most

    def ids(rows: Iterable[BoardRow]) -> set[str]:
        return {row.alert_id for row in rows}

    assert ids(board.in_progress) == ids(row for row in rows_now if row.state == "open")
    for entity in ("sender/1", "sender/2"):
        assert board.of_entity(entity) == [row for row in rows_now if row.entity == entity]
    for parent in ("a", "z"):
        assert board.under(parent) == [row for row in rows_now if row.parent == parent]
    assert list(board.latest()) == rows_now[::-1]
