"""The calendar's factor: more is expected of the rows that it names, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from detectors import BurstBank
from tests.detectors.packed import packed

F8 = npt.NDArray[np.float64]

ALPHAS: dict[str, Any] = {"alpha": 1e-4, "alpha_first": 1e-3, "alpha_young": 1e-3}
RATES = np.array([5.0, 40.0, 40.0, 0.5, 3.0, 60.0, 20.0])


def grown(buckets: int = 60) -> BurstBank:
    """A bank that has seen steady senders."""
    rng = np.random.default_rng(8)
    bank, none = BurstBank(86_400.0), np.zeros(0)
    bank.close(none, np.maximum(RATES, 1.0), alarmed=none > 0, **ALPHAS)
    for _ in range(buckets):
        close(bank, rng.poisson(RATES).astype(float))
    return bank


def close(bank: BurstBank, x: F8, first: F8 | None = None, **settings: Any) -> Any:
    first = np.zeros(0) if first is None else first
    return bank.close(x, first, alarmed=np.zeros(len(x), dtype=np.bool_), **ALPHAS, **settings)


def test_nobody_raised_is_the_same_to_the_last_bit() -> None:
    """A row that the calendar does not name is judged and learned as without a calendar."""
    plain, raised = grown(), grown()
    x = np.rint(RATES * 1.3)
    one = close(plain, x, np.array([4.0]))
    two = close(raised, x, np.array([4.0]), calendar_factor=np.ones(8))
    assert one.evidence_nats.tobytes() == two.evidence_nats.tobytes()
    assert packed(plain) == packed(raised)


def test_a_raise_is_the_rows_own() -> None:
    """The factor of one row changes no bit of the evidence and expectation of another."""
    plain, raised = grown(), grown()
    x = np.rint(RATES * 1.3)
    by = np.ones(7)
    by[1] = 3.0
    one, two = close(plain, x), close(raised, x, calendar_factor=by)
    others = np.arange(7) != 1
    assert one.evidence_nats[others].tobytes() == two.evidence_nats[others].tobytes()
    assert two.expected[1] == pytest.approx(3.0 * one.expected[1])


def test_what_was_expected_is_prevented_and_a_larger_count_is_not() -> None:
    """Three times the usual count at factor 3 is reported as prevented; ten times is a burst."""
    bank, by = grown(), np.full(7, 1.0)
    by[1:3] = 3.0
    x = RATES.round()
    x[1], x[2] = 120.0, 400.0
    judged = close(bank, x, calendar_factor=by)
    over = judged.evidence_nats >= judged.threshold_nats
    assert over.tolist() == [False, False, True, False, False, False, False]
    assert judged.prevented.tolist() == [1]


def test_a_raised_newcomer_is_judged_by_its_share() -> None:
    """A first count is divided by the calendar's factor before it is ranked."""
    rng = np.random.default_rng(2)
    bank, x = grown(), RATES.round()
    for _ in range(60):
        first = rng.integers(1, 11, 40).astype(float)
        close(bank, np.concatenate([x, np.zeros(bank.n - 7)]), first)
    x = np.concatenate([x, np.zeros(bank.n - 7)])
    by = np.ones(bank.n + 2)
    by[bank.n] = 3.0
    judged = close(bank, x, np.array([24.0, 24.0]), calendar_factor=by)
    over = judged.evidence_nats >= judged.threshold_nats
    assert over[-2:].tolist() == [False, True]
    assert judged.prevented.tolist() == [bank.n - 2]


@pytest.mark.parametrize("times", [1.0, 2.0, 3.0])
def test_a_guessed_factor_teaches_little(times: float) -> None:
    """The rate stays, whether a raised sender counts as usual or as much as the factor says."""
    bank, by = grown(120), np.ones(7)
    by[5] = 3.0
    rows = np.array([5], dtype=np.intp)
    before = float(bank.expected_of(rows, 1.0)[0])
    for _ in range(7):
        x = RATES.round()
        x[5] *= times
        close(bank, x, calendar_factor=by)
    assert float(bank.expected_of(rows, 1.0)[0]) == pytest.approx(before, rel=0.12)


def test_the_common_factor_is_against_the_raised_expectation() -> None:
    """Where all rows do what the calendar said, the common factor is 1."""
    bank, none, by = grown(), np.zeros(0), np.full(7, 3.0)
    assert bank.common_factor(3.0 * RATES, none, calendar_factor=by).value == pytest.approx(
        1.0, abs=0.15
    )
    assert bank.common_factor(3.0 * RATES, none).value > 1.25
