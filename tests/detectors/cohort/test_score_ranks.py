"""Ranks turn scores of any scale into a number of false alarms a day."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cohort.score_ranks import BLOCKS, LEAST_DAYS, ScoreRanks
from tests.detectors.packed import packed, restored

_scores = st.lists(st.lists(st.integers(0, 12), max_size=9), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(_scores, st.integers(0, 12), st.floats(0.05, 3.0))
def test_what_could_alarm_is_ranked_exactly(
    buckets: list[list[int]], score: int, rate: float
) -> None:
    """With few scores held, p is that of all scores, or larger where it is far from an alarm."""
    ranks = ScoreRanks(per_day=rate)
    span = max(LEAST_DAYS, 4.0 / rate)
    block = span / BLOCKS
    blocks: list[tuple[float, list[int]]] = []
    for scores in buckets:
        ranks.learn(np.array(scores, dtype=np.float64), days=1.0)
        if not blocks or blocks[-1][0] >= block:
            blocks.append((0.0, []))
        days, before = blocks[-1]
        blocks[-1] = (days + 1.0, before + scores)
    recent = [float(s) for _, scores in blocks[-BLOCKS:] for s in scores]
    exact = (1 + sum(s >= score for s in recent)) / (1 + len(recent))
    p = math.exp(-float(ranks.evidence(np.array([float(score)]))[0]))
    assert p >= exact - 1e-12
    days_held = sum(days for days, _ in blocks[-BLOCKS:])
    if exact * (1 + len(recent)) <= rate * days_held:
        assert p == pytest.approx(exact)


def test_false_alarms_are_as_many_as_they_may_be() -> None:
    """Exchangeable scores of any distribution give about as many alarms as set, not more."""
    chance = np.random.default_rng(3)
    alarms, days, per_day = 0, 3000, 0.5
    ranks = ScoreRanks(per_day=per_day)
    for _ in range(days):
        scores = chance.standard_cauchy(200) ** 3
        limit = ranks.threshold(at_most=200.0)
        alarms += int(np.count_nonzero(ranks.evidence(scores) >= limit))
        ranks.learn(scores, days=1.0)
    expected = per_day * days
    assert 0.8 * expected <= alarms <= expected + 3.0 * math.sqrt(expected)


def test_order_within_a_bucket_does_not_matter() -> None:
    """Entities have no order: their scores of a bucket may come in any order."""
    scores = np.random.default_rng(1).normal(size=(50, 200))
    one, other = ScoreRanks(0.3), ScoreRanks(0.3)
    for bucket in scores:
        one.learn(bucket, days=1.0)
        other.learn(bucket[::-1], days=1.0)
    assert packed(one) == packed(other)


def test_it_goes_on_from_its_state() -> None:
    """Packed and unpacked, the history is the same."""
    chance = np.random.default_rng(2)
    ranks, again = ScoreRanks(0.3), ScoreRanks(0.3)
    for _ in range(45):
        ranks.learn(chance.normal(size=30), days=0.7)
    restored(packed(ranks), again)
    scores = chance.normal(size=30)
    for one in (ranks, again):
        one.learn(scores, days=0.7)
    assert packed(again) == packed(ranks)
    assert again.evidence(scores).tolist() == ranks.evidence(scores).tolist()
    assert again.threshold(30.0) == ranks.threshold(30.0)


def test_the_state_is_bounded() -> None:
    """However many scores there were, a few of each of 32 blocks are held."""
    ranks = ScoreRanks(0.5)
    for _ in range(400):
        ranks.learn(np.random.default_rng(4).normal(size=5000), days=0.25)
    assert len(ranks.blocks) == BLOCKS
    assert len(ranks.state.pack_shared()) <= BLOCKS * 8 * (0.5 * LEAST_DAYS + 11)


def test_infinite_scores_are_the_highest() -> None:
    """Infinite scores rank above all others."""
    ranks = ScoreRanks(0.5)
    for _ in range(30):
        ranks.learn(np.arange(50.0), days=1.0)
    high, top = np.exp(-ranks.evidence(np.array([49.0, math.inf])))
    assert top < high
