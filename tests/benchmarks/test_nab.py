"""The scoring of the Numenta benchmark, on series small enough to reckon by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.nab import (
    Series,
    calibrated,
    left_out,
    normalised,
    outcome,
    records,
    tail_nats,
    totals,
    worth,
)

SERIES = Series("one.csv", [], np.zeros(1000), [(400, 449), (700, 749)])


def _sigmoid(x: float) -> float:
    return 2.0 / (1.0 + math.exp(5.0 * x)) - 1.0


def _earned(*rows: int) -> float:
    scores = np.zeros(1000)
    scores[list(rows)] = 9.0
    return float(totals(SERIES, scores, np.array([5.0]))[0])


def test_a_detector_that_says_nothing_has_0_and_a_perfect_one_100() -> None:
    """The two ends of the scale."""
    assert normalised(_earned(), 2) == pytest.approx(0.0)
    assert normalised(_earned(400, 700), 2) == pytest.approx(100.0)


def test_only_the_earliest_detection_of_a_window_counts() -> None:
    """Later ones neither add nor take away; a late one alone earns little."""
    assert _earned(400, 420, 449) == pytest.approx(_earned(400))
    late = _sigmoid(-1.0 / 50.0) / _sigmoid(-1.0)
    assert _earned(449) == pytest.approx(late - 1.0)


def test_a_false_positive_costs_by_its_distance_behind_the_last_window() -> None:
    """Just behind a window nearly nothing, far behind or before the first all of it."""
    nothing = _earned()
    assert _earned(200) - nothing == pytest.approx(-0.11)
    assert _earned(450) - nothing == pytest.approx(0.11 * _sigmoid(1.0 / 49.0))
    assert _earned(999) - nothing == pytest.approx(-0.11)


def test_the_first_part_of_a_series_is_not_judged() -> None:
    """15 per cent of the rows, neither earned nor paid for."""
    assert _earned(149) == pytest.approx(_earned())
    assert worth(SERIES)[1][149] == -2
    assert worth(SERIES)[1][150] == -1


def test_what_is_left_out_is_scored_at_the_threshold_of_the_others() -> None:
    """A file whose scores are ten times the others' is judged by theirs."""
    good, loud = np.zeros(1000), np.zeros(1000)
    good[[400, 700]], good[200] = 5.0, 1.0
    loud[[400, 700]], loud[200:300] = 50.0, 10.0
    result = outcome([SERIES] * 2, [good, loud])
    best, _ = result.best([0, 1])
    assert normalised(best, 4) == pytest.approx(50.0)
    # At 5 the loud file pays for a hundred rows; at 50 the other finds nothing.
    assert left_out([result], [2, 2]) == pytest.approx(float(normalised(-2.0 + 2.0 - 11.0, 4)))


def test_a_hold_lets_only_new_heights_through() -> None:
    """A score that the hold has seen reached is not said again."""
    assert records(np.array([3.0, 2.0, 5.0, 5.0, 4.0, 3.0]), 3).tolist() == [3, 0, 5, 0, 0, 0]
    assert records(np.array([5.0, 4.0, 4.0]), 2).tolist() == [5, 0, 0]


def test_a_heavy_tail_is_measured_by_itself() -> None:
    """Scores up to the start stay; the first one above does too; what follows is divided."""
    scores = calibrated(np.array([1.0, 14.0, 14.0, 14.0]), 4.0)
    assert scores == pytest.approx([1.0, 14.0, 8.0, 4.0 + 10.0 / (25.0 / 7.0)])


def test_scores_depend_on_the_past_only() -> None:
    """What comes later changes no score."""
    counts = np.random.default_rng(1).poisson(5.0, 300).astype(np.float64)
    whole = calibrated(tail_nats(counts, 10.0), 4.0)
    assert np.array_equal(calibrated(tail_nats(counts[:200], 10.0), 4.0), whole[:200])
