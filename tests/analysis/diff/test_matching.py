"""Alerts of two configurations, matched one to one and ranked; all lives here are made up."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from streams.alerts.history import Life
from streams.analysis.diff.matching import Diff, beyond_chance, compare
from streams.analysis.diff.sentences import what_differs, why_it_ranks
from tests.analysis.labels.examples import DAY, day, life

UNTIL = day(28)


def diff(a: list[Life], b: list[Life]) -> Diff:
    return compare(a, b, until_s=UNTIL)


def test_a_configuration_agrees_with_itself() -> None:
    """Nothing differs, whatever the alerts, open ones and source faults among them."""
    alerts = [
        life(3, 5),
        life(8, 9),
        life(9, 12, entity="b", ended_s=None, state="open"),
        life(9, 10, level="source", entity="sends", signal="source", kind="gap"),
    ]
    found = diff(alerts, list(alerts))
    assert (found.differences, found.same) == ([], 4)


def test_alerts_that_only_one_has_are_told() -> None:
    """By side; another entity, signal, group or kind of fault is another alert."""
    one = life(3, 5)
    others: list[dict[str, Any]] = [
        {"entity": "b"}, {"signal": "complaints"}, {"group": "1h"}, {"level": "platform"},
        {"kind": "gap"},
    ]  # fmt: skip
    for changed in others:
        found = diff([one], [dataclasses.replace(one, **changed)])
        assert found.sides == {"only_a": 1, "only_b": 1, "changed": 0}


def test_another_id_is_the_same_alert_where_the_time_is_common() -> None:
    """A detector that opens it a day later gives another id: that is a delay, and no more."""
    a = life(3, 6)
    b = life(4, 6, alert_id="f" * 16, detector="tail", onset_s=a.onset_s, ended_s=a.ended_s)
    (pair,) = diff([a], [b]).differences
    assert (pair.a, pair.b, pair.changes) == (a, b, ("delay",))
    assert what_differs(pair) == "opens 1 day later in B"


def test_time_that_only_touches_is_not_common() -> None:
    """An alert that ends where another's onset lies is another one."""
    found = diff([life(3, 5)], [life(6, 8)])
    assert found.sides == {"only_a": 1, "only_b": 1, "changed": 0}


def test_complaints_are_one_signal_however_they_are_judged() -> None:
    """By number in one configuration, by rate in the other: the same alert."""
    a = life(3, 5, signal="complaints")
    b = life(3, 5, signal="complaint_rate", alert_id="f" * 16)
    assert diff([a], [b]).same == 1


def test_each_alert_is_matched_once() -> None:
    """Two alerts that one long one covers: the one that shares most time is it, one is new."""
    long, short, longer = life(3, 20), life(3, 5), life(8, 20, alert_id="f" * 16)
    found = diff([long], [short, longer])
    assert found.sides == {"only_a": 0, "only_b": 1, "changed": 1}
    (changed,) = [pair for pair in found.differences if pair.side == "both"]
    assert changed.b == short  # the same id, before what shares more time
    other = dataclasses.replace(short, alert_id="e" * 16)
    (changed,) = [p for p in diff([long], [other, longer]).differences if p.side == "both"]
    assert changed.b == longer


def test_every_change_is_named() -> None:
    """Severity, delay, onset and end, each by itself."""
    one = life(5, 8)
    changes: dict[str, dict[str, Any]] = {
        "severity": {"severity": "critical"},
        "delay": {"opened_s": one.opened_s + DAY},
        "onset": {"onset_s": one.onset_s - DAY},
        "end": {"ended_s": None, "state": "open"},
    }
    for name, changed in changes.items():
        (pair,) = diff([one], [dataclasses.replace(one, **changed)]).differences
        assert pair.changes == (name,)
        assert 0.0 < pair.part < 1.0


def test_who_has_it_open_still_is_said() -> None:
    """Where the one has ended and the other has not, by its side; equal ends are no change."""
    ended, still = life(5, 8), life(5, 8, ended_s=None, state="open")
    for a, b, side in ((ended, still, "B"), (still, ended, "A")):
        (pair,) = diff([a], [b]).differences
        assert what_differs(pair) == f"still open in {side}"
    assert diff([still], [dataclasses.replace(still)]).differences == []


def test_evidence_alone_is_no_change() -> None:
    """Another detector weighs the same burst otherwise; readers are told the same."""
    one = life(5, 8)
    other = dataclasses.replace(one, evidence_nats=99.0, expected=5.1, detector="tail")
    assert diff([one], [other]).differences == []


def test_the_most_telling_is_first() -> None:
    """A large burst that is lost goes before a small one, both before a large one's late start."""
    small = life(3, 5, entity="small", observed=20.0)
    large = life(3, 5, entity="large", observed=500.0)
    moved = life(3, 20, entity="moved", observed=500.0, ended_s=day(22))
    late = dataclasses.replace(moved, opened_s=moved.opened_s + 0.01 * DAY)
    found = diff([small, moved, large], [late])
    assert [pair.one.entity for pair in found.differences] == ["large", "moved", "small"]
    assert why_it_ranks(found.differences[0]) == (
        "500 counted, 5 expected: 1,808 nats beyond chance"
    )
    assert why_it_ranks(found.differences[1]).endswith(
        "1,808 nats beyond chance, 1% of them different"
    )


def test_what_is_missing_is_beyond_chance_too() -> None:
    """A source fault is about what did not come: nothing where 40 were due is 40 nats."""
    gap = life(3, 5, level="source", entity="sends", signal="source", observed=0.0, expected=40.0)
    assert beyond_chance(gap) == pytest.approx(40.0)
    calm = life(3, 5, observed=8.0, expected=27.0)
    assert beyond_chance(calm) == 0.0  # of a sender it is no burst


def test_the_order_of_what_is_given_does_not_matter() -> None:
    """However alerts are shuffled, the same pairs come in the same order."""
    rng = random.Random(4)
    a = [life(n, n + 3, entity=f"e{n % 3}", alert_id=f"{n:016x}") for n in range(2, 20)]
    b = [life(n + 1, n + 3, entity=f"e{n % 3}", alert_id=f"{n + 99:016x}") for n in range(2, 20)]
    first = diff(a, b)
    for _ in range(20):
        assert diff(rng.sample(a, len(a)), rng.sample(b, len(b))) == first
