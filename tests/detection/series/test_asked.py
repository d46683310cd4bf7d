"""Whom people ask for: bounded in number and in time."""

from __future__ import annotations

import datetime as dt

from streams.detection.series.asked import FRESH_S, LOOK_EVERY_S, MOST, REMEMBERED_S, AskedFor
from streams.series.asked import AskedEntity

NOW_S = 1_800_000_000.0


def _asked(name: str) -> AskedEntity:
    return AskedEntity(level="sender", id=name, at=dt.datetime(1, 1, 2, tzinfo=dt.UTC))


def test_the_last_thousand_are_remembered() -> None:
    """A flood of questions takes no more memory than that, and no more answers."""
    asked = AskedFor()
    asked.take(_asked("first"), NOW_S, NOW_S)
    for number in range(3 * MOST):
        asked.take(_asked(f"s{number % (2 * MOST)}"), NOW_S, NOW_S)
    assert len(asked) == MOST
    names = asked.by_level()["sender"]
    assert (names[0], names[-1]) == ("s0", f"s{MOST - 1}")
    waiting = 0
    while asked.next_waiting() is not None:
        waiting += 1
    assert waiting == MOST


def test_who_is_asked_for_again_stays() -> None:
    """And is answered again; the others need no new list."""
    asked = AskedFor()
    for name in ("a", "b", "a"):
        asked.take(_asked(name), NOW_S, NOW_S)
    assert asked.version == 2
    assert asked.by_level() == {"sender": ["b", "a"]}
    assert [asked.next_waiting() for _ in range(3)] == [("sender", "a"), ("sender", "b"), None]


def test_after_some_days_they_are_forgotten() -> None:
    """By the broker's time: a clock that is ahead keeps nobody longer."""
    asked = AskedFor()
    asked.take(_asked("ahead"), NOW_S + 1e9, NOW_S)
    asked.take(_asked("later"), NOW_S + 10.0, NOW_S + 10.0)
    before = asked.version
    asked.forget(NOW_S + REMEMBERED_S + 5.0)
    assert asked.by_level() == {"sender": ["later"]}
    assert asked.version == before + 1
    asked.forget(NOW_S + REMEMBERED_S + 12.0)
    assert len(asked) == 1  # it looks once a minute
    asked.forget(NOW_S + REMEMBERED_S + 12.0 + LOOK_EVERY_S)
    assert len(asked) == 0


def test_old_questions_are_not_answered_again() -> None:
    """After a start they are read again; nobody waits any more."""
    asked = AskedFor()
    asked.take(_asked("old"), NOW_S - FRESH_S - 1.0, NOW_S)
    asked.take(_asked("new"), NOW_S - FRESH_S + 1.0, NOW_S)
    assert asked.next_waiting() == ("sender", "new")
    assert asked.next_waiting() is None
    assert len(asked) == 2
