"""Poisson-FOCuS: exact, equal to the reference, and both forms equal."""

from __future__ import annotations

import copy
import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import FocusBank, PoissonFOCuS

ORACLE = Path(__file__).parents[2] / "data" / "surveillance_glr_cusum.csv"

Series = list[tuple[int, float]]

series = st.lists(
    st.tuples(
        st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 200)),
        st.floats(0.001, 20.0, allow_subnormal=False),
    ),
    min_size=1,
    max_size=40,
)


def brute_force(counts: Series) -> float:
    """Try every start."""
    best, s, b = 0.0, 0.0, 0.0
    for x, expected in reversed(counts):
        s, b = s + x, b + expected
        if s > b:
            best = max(best, s * math.log(s / b) - (s - b))
    return best


def run_bank(counts: Series, chosen: list[bool] | None = None) -> FocusBank:
    bank = FocusBank()
    bank.grow(1)
    for i, (x, expected) in enumerate(counts):
        judged = chosen is None or chosen[i]
        bank.close(np.array([expected]), np.array([float(x)]), np.array([judged]))
    return bank


def test_equals_the_reference_with_resets_after_alarms() -> None:
    """With known expectations the statistic equals `glrpois` of R's surveillance."""
    focus = PoissonFOCuS()
    with ORACLE.open(newline="") as lines:
        for row in csv.DictReader(lines):
            focus.learn_one({"count": float(row["x"]), "expected": float(row["mu0"])})
            assert focus.nats == pytest.approx(float(row["glrpois"]), rel=0, abs=1e-12)
            if focus.nats >= 5.0:
                focus.reset()


@given(series)
def test_is_exact(counts: Series) -> None:
    """Pruning never loses the best start."""
    focus = PoissonFOCuS()
    for i, (x, expected) in enumerate(counts):
        score = focus.score_one({"count": x, "expected": expected})
        focus.learn_one({"count": x, "expected": expected})
        exact = brute_force(counts[: i + 1])
        assert focus.nats == pytest.approx(exact, rel=1e-9, abs=1e-9)
        assert score == pytest.approx(exact, rel=1e-9, abs=1e-9)


@given(series)
def test_bank_equals_scalar_where_it_counts(counts: Series) -> None:
    """Skipping buckets without counts gives the same maximum as updating in every bucket."""
    focus, bank = PoissonFOCuS(), FocusBank()
    bank.grow(1)
    for x, expected in counts:
        focus.learn_one({"count": x, "expected": expected})
        bank.close(np.array([expected]), np.array([float(x)]), np.array([True]))
        if x > 0:
            onset = bank.onset(0)
            nats = 0.0 if onset is None else onset.nats
            assert nats == pytest.approx(focus.nats, rel=1e-9, abs=1e-9)
            if onset is not None and nats > 1e-6:
                s, b = onset.observed, onset.expected
                assert nats == pytest.approx(s * math.log(s / b) - (s - b))
                since = counts[: bank.closed][-onset.buckets_ago :]
                assert sum(x for x, _ in since) == pytest.approx(s)
                assert sum(m for _, m in since) == pytest.approx(b)


def test_scoring_changes_nothing() -> None:
    """A score leaves the detector as it was."""
    focus = PoissonFOCuS(2.0)
    for x in [1, 5, 0, 7]:
        focus.learn_one({"count": x})
    before = copy.deepcopy(vars(focus))
    focus.score_one({"count": 30})
    assert vars(focus) == before


def test_rows_are_independent() -> None:
    """The onset of a row is the same alone, among others, and in another position."""
    rng = np.random.default_rng(3)
    n, closes = 400, 60
    means = rng.gamma(0.3, 2.0, n) + 1e-3
    counts = rng.poisson(means * np.where(rng.random((closes, n)) < 0.1, 4, 1)).astype(float)
    everybody, order = FocusBank(), rng.permutation(n)
    shuffled, few = FocusBank(), FocusBank()
    everybody.grow(n)
    shuffled.grow(n)
    few.grow(10)
    for x in counts:
        everybody.close(means, x, np.ones(n, dtype=np.bool_))
        shuffled.close(means[order], x[order], np.ones(n, dtype=np.bool_))
        few.close(means[:10], x[:10], np.ones(10, dtype=np.bool_))
    assert [shuffled.onset(i) for i in range(n)] == [everybody.onset(int(i)) for i in order]
    assert [few.onset(i) for i in range(10)] == [everybody.onset(i) for i in range(10)]


def test_rows_not_judged_stand_still() -> None:
    """A bucket in which a row has an alert counts only for the row's clock."""
    plain = run_bank([(8, 2.0), (7, 2.0)]).onset(0)
    held = run_bank([(8, 2.0), (500, 2.0), (7, 2.0)], [True, False, True]).onset(0)
    assert plain is not None
    assert held is not None
    assert held.observed == plain.observed == 15.0
    assert (held.nats, held.expected) == (plain.nats, plain.expected)


def test_onset_is_where_a_burst_begins() -> None:
    """After 40 calm buckets, five of triple counts: the onset says five buckets ago."""
    rng = np.random.default_rng(5)
    calm = [(int(x), 20.0) for x in rng.poisson(20, 40)]
    burst = [(int(x), 20.0) for x in rng.poisson(60, 5)]
    onset = run_bank(calm + burst).onset(0)
    assert onset is not None
    assert onset.buckets_ago == 5
    assert onset.expected == 100.0


def test_reset_forgets() -> None:
    """After a reset nothing stands out any more."""
    bank = run_bank([(9, 2.0)])
    bank.reset(np.array([0]))
    assert bank.onset(0) is None


def test_holds_few_starts() -> None:
    """In control, 2,000 busy rows hold few starts each after 500 buckets."""
    rng = np.random.default_rng(7)
    bank = FocusBank()
    bank.grow(2000)
    for _ in range(500):
        x = rng.poisson(10.0, 2000).astype(float)
        bank.close(np.full(2000, 10.0), x, np.ones(2000, dtype=np.bool_))
    assert len(bank.state.pack_rows(0, 2000)) / 2000 < 16 + 28 * 4
