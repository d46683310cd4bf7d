"""An alert opens once, tells what matters, does not flap and does not live for ever."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.lifecycle import Finding, OpenAlert, Rules, Step, follow, open_alert

BUCKET = 60


def _rules(
    *, min_count: int = 1, exit_after: int = 3, min_hold: int = 1, life_buckets: int = 1000
) -> Rules:
    return Rules(min_count, exit_after, min_hold, float(life_buckets * BUCKET))


def _opened(observed: float = 10.0, expected: float = 2.0, evidence: float = 9.0) -> OpenAlert:
    """An alert that bucket 0 has opened, at a threshold of 8 nats."""
    found = _finding(observed, observed, expected, evidence)
    alert = open_alert(_rules(), "0123456789abcdef", found, start=0, end=0)
    assert alert is not None
    return alert


def _finding(count: float, observed: float, expected: float, evidence: float) -> Finding:
    return Finding(
        detector="e-sr",
        onset=0,
        observed=observed,
        expected=expected,
        count=count,
        exposure=1.0,
        alarmed=observed,
        highest=observed,
        evidence_nats=evidence,
        threshold_nats=8.0,
    )


def _live(
    alert: OpenAlert, rules: Rules, counts: Iterable[float], *, expected: float = 2.0
) -> list[Step | None]:
    """Close bucket 1, 2, ... until it is resolved; a count of at most twice the expected fits."""
    steps: list[Step | None] = []
    for number, count in enumerate(counts, start=1):
        step = follow(
            alert,
            rules,
            bucket=number * BUCKET,
            end=(number + 1) * BUCKET,
            count=count,
            expected=expected,
            exposure=1.0,
            fits=count <= 2 * expected,
        )
        steps.append(step)
        if step == "resolved":
            break
    return steps


@pytest.mark.parametrize(
    ("count", "observed", "evidence", "opens"),
    [
        (5, 5, 8.0, True),
        (5, 5, 7.99, False),
        (0, 50, 99.0, False),
        (1, 4, 9.0, False),
        (1, 5, 9.0, True),
    ],
)
def test_what_opens_an_alert(count: float, observed: float, evidence: float, opens: bool) -> None:
    """The threshold, a count in this bucket, and `min_count` since the onset: all three."""
    rules = _rules(min_count=5)
    found = _finding(count, observed, 2.0, evidence)
    alert = open_alert(rules, "0123456789abcdef", found, start=0, end=BUCKET)
    assert (alert is not None) is opens


def test_it_resolves_after_enough_fitting_buckets_in_a_row() -> None:
    """Three quiet buckets end it, not two; one loud one begins the count anew."""
    assert _live(_opened(), _rules(), [2, 2, 5, 2, 2, 2, 2]) == [None] * 5 + ["resolved"]


def test_it_is_held_for_a_minimum() -> None:
    """However quiet it gets at once, an alert is not resolved before `min_hold` buckets."""
    steps = _live(_opened(), _rules(exit_after=1, min_hold=5), [0] * 9)
    assert steps == [None] * 4 + ["resolved"]


def test_no_hold_resolves_at_the_first_chance() -> None:
    """`exit_after` 1 without a hold: the next fitting bucket ends it."""
    assert _live(_opened(), _rules(exit_after=1, min_hold=0), [1]) == ["resolved"]


def test_readers_are_told_when_the_total_has_doubled() -> None:
    """A long burst gives a handful of updates, not one a bucket."""
    alert = _opened(observed=10)
    assert _live(alert, _rules(), [5, 5, 5, 5, 5, 10]) == [
        None,
        "updated",
        None,
        None,
        None,
        "updated",
    ]
    assert (alert.revision, alert.size_at_last_revision, alert.observed) == (3, 45, 45)


def test_quiet_buckets_are_no_news() -> None:
    """What fits the baseline adds to the total but is never announced as growth."""
    assert _live(_opened(observed=2), _rules(exit_after=9), [2, 2, 2, 2]) == [None] * 4


def test_it_turns_critical_once() -> None:
    """Twenty times the expectation: an update with the new severity, which never falls back."""
    alert = _opened(observed=15, expected=1.0)
    severities = [alert.severity]
    assert _live(alert, _rules(), [65, 9, 9, 2], expected=2.0) == ["updated", None, None, None]
    severities.append(alert.severity)
    assert severities == ["warning", "critical"]


@pytest.mark.parametrize(
    ("observed", "expected", "evidence", "severity"),
    [
        (10, 2.0, 9.0, "warning"),
        (10, 2.0, 15.0, "critical"),
        (20, 1.0, 9.0, "critical"),
        (19, 0.1, 9.0, "warning"),
        (19, 0.0, 9.0, "warning"),
    ],
)
def test_what_is_critical(observed: float, expected: float, evidence: float, severity: str) -> None:
    """A thousand times the evidence needed, or at least twenty, and twenty times the expected."""
    assert _opened(observed, expected, evidence).severity == severity


def test_a_burst_that_stays_becomes_the_new_level() -> None:
    """An alert that outlives the longest life is resolved with the reason `level_shift`."""
    alert = _opened()
    steps = _live(alert, _rules(life_buckets=6), itertools.repeat(30))
    assert steps[-1] == "resolved"
    assert len(steps) == 5  # the bucket that opened it is the first of six
    assert alert.reason == "level_shift"


def test_the_new_level_is_that_of_the_alert_s_own_buckets() -> None:
    """An onset long before the first alarm adds to what was observed, not to the new level."""
    alert = _opened(observed=300)
    alert.onset, alert.alarmed = -20 * BUCKET, 30
    _live(alert, _rules(life_buckets=6), itertools.repeat(30))
    assert (alert.observed, alert.rate) == (450, 30.0)


def test_back_to_normal_in_its_last_bucket_is_no_level_shift() -> None:
    """Where both could end it, the counts decide: it is back to normal."""
    alert = _opened()
    assert _live(alert, _rules(life_buckets=4), [1, 1, 1])[-1] == "resolved"
    assert alert.reason is None


@pytest.mark.parametrize("exit_after", [2, 3, 10])
def test_alternating_counts_do_not_flap(exit_after: int) -> None:
    """On, off, on, off: one alert, which stays open and says little."""
    counts = [30, 0] * 200
    steps = _live(_opened(), _rules(exit_after=exit_after), counts)
    assert "resolved" not in steps
    assert steps.count("updated") < 12


def test_the_last_bucket_is_the_last_loud_one() -> None:
    """What is said of the end is when it was last out of the ordinary, not when we were sure."""
    alert = _opened()
    _live(alert, _rules(), [9, 9, 1, 1, 1])
    assert alert.last_bucket == 2 * BUCKET


@given(
    st.lists(st.integers(0, 40), max_size=80),
    st.integers(1, 5),
    st.integers(0, 8),
    st.integers(2, 60),
)
def test_revisions_count_up_whatever_comes(
    counts: list[int], exit_after: int, min_hold: int, life: int
) -> None:
    """Every step is the next revision, nothing follows a resolution, no life is too long."""
    rules = _rules(exit_after=exit_after, min_hold=min_hold, life_buckets=life)
    alert = _opened()
    steps = _live(alert, rules, counts)
    assert alert.revision == 1 + sum(step is not None for step in steps)
    assert "resolved" not in steps[:-1]
    assert len(steps) <= life
    assert alert.observed == 10 + sum(counts[: len(steps)])
