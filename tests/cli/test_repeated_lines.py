"""A library that says the same many times a second says it once a minute in our logs."""

from __future__ import annotations

import itertools
import logging

from hypothesis import given
from hypothesis import strategies as st

from streams.cli.repeated_lines import EVERY_S, MOST_KNOWN, OnceAMinute


class Clock:
    """Seconds that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def record(message: str, name: str = "aiokafka.conn") -> logging.LogRecord:
    """A record of a logger."""
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, "%s", (message,), None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 40)), max_size=60))
def test_each_message_passes_once_a_minute(said: list[tuple[str, float]]) -> None:
    """The first one, and then none for a minute; what was held is counted, and none is lost."""
    clock = Clock()
    repeated = OnceAMinute("aiokafka", clock)
    passed: dict[str, list[float]] = {}
    shown: list[str] = []
    for message, wait_s in said:
        clock.now_s += wait_s
        one = record(message)
        if repeated.filter(one):
            passed.setdefault(message, []).append(clock.now_s)
            shown.append(one.getMessage())
    assert set(passed) == {message for message, _ in said}
    for times in passed.values():
        assert all(b - a >= EVERY_S for a, b in itertools.pairwise(times))
    assert all(one[0] in "abc" and (len(one) == 1 or " times since" in one) for one in shown)


def test_what_was_held_is_counted() -> None:
    """In the line that passes next."""
    clock = Clock()
    repeated = OnceAMinute("aiokafka", clock)
    assert [repeated.filter(record("away")) for _ in range(1001)] == [True] + [False] * 1000
    clock.now_s = EVERY_S
    one = record("away")
    assert repeated.filter(one)
    assert one.getMessage() == "away (and 1,000 times since this was said)"


def test_our_own_lines_all_pass() -> None:
    repeated = OnceAMinute("aiokafka", Clock())
    assert all(repeated.filter(record("counted", "streams.x")) for _ in range(3))


def test_memory_is_bounded() -> None:
    """Whatever a library says."""
    repeated = OnceAMinute("aiokafka", Clock())
    for number in range(MOST_KNOWN + 1):
        assert repeated.filter(record(f"{number} {'x' * 10_000}"))
    assert repeated.filter(record(f"0 {'x' * 10_000}"))
    assert not repeated.filter(record(f"{MOST_KNOWN} {'x' * 10_000}"))
