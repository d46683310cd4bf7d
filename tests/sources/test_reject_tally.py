"""Rejects are counted by reason, and a limit says how many are too many."""

from __future__ import annotations

import pytest

from streams.items import Place, Reject
from streams.sources.reject_tally import SHOWN, RejectLimit, RejectTally


def _tally(*reasons: str) -> RejectTally:
    tally = RejectTally()
    for number, reason in enumerate(reasons, 1):
        tally.add(Reject(reason, f"why {number}", Place(file="a.csv", line=number), b""))
    return tally


def test_the_most_frequent_reasons_come_first() -> None:
    """Each with its number, and place and detail of its first."""
    tally = _tally("ragged", "bad_time", "bad_time")
    assert tally.lines(150) == [
        "3 of 150 items are rejects (2 %):",
        "  2 bad_time; the first is a.csv, record 2: why 2",
        "  1 ragged; the first is a.csv, record 1: why 1",
    ]
    assert _tally().lines(150) == []
    assert tally.document()[0] == {
        "reason": "bad_time",
        "count": 2,
        "first": {"file": "a.csv", "line": 2},
        "detail": "why 2",
    }


def test_other_reasons_are_summed_up() -> None:
    """However many reasons there are, a few lines say what there is."""
    lines = _tally(*(f"r{number}" for number in range(SHOWN + 3))).lines(1000)
    assert len(lines) == SHOWN + 2
    assert lines[-1] == "  3 with 3 other reasons"


@pytest.mark.parametrize(
    ("limit", "rejects", "items", "exceeded"),
    [
        ("0", 0, 0, False),
        ("0", 1, 1, True),
        ("3", 3, 3, False),
        ("1%", 0, 0, False),
        ("1%", 1, 100, False),
        ("1%", 1, 99, True),
        ("0.1 %", 1, 1000, False),
        ("0.1%", 2, 1000, True),
        ("100%", 5, 5, False),
    ],
)
def test_a_limit(limit: str, rejects: int, items: int, exceeded: bool) -> None:
    """A number, or a share of the items, exact to the last one."""
    assert RejectLimit.parse(limit).exceeded(rejects, items) is exceeded
