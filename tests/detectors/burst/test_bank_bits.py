"""The default bank: the bits of a row do not depend on its position or on other rows."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import pytest

from detectors import BurstBank
from tests.detectors.packed import packed, picked, restored

F8 = npt.NDArray[np.float64]

HOUR_S = 3600.0
ROWS = 41


def _counts(rng: np.random.Generator, hour: int) -> F8:
    rates = np.geomspace(0.05, 50.0, ROWS)
    burst = np.where((np.arange(ROWS) % 5 == 0) & (hour % 40 > 36), 6.0, 1.0)
    return rng.negative_binomial(3.0, 3.0 / (3.0 + rates * burst)).astype(float)


def _close(bank: BurstBank, x: F8, first: F8, hour: int) -> list[str]:
    """Close an hour; return the evidence of every row in hexadecimal."""
    judged = bank.close(
        x,
        first,
        exposure=1.1,
        hour=hour % 168,
        alarmed=np.zeros(bank.n, dtype=np.bool_),
        alpha=1e-6,
        alpha_first=1e-6,
        alpha_young=1e-6,
    )
    return [value.hex() for value in judged.evidence_nats.tolist()]


def _grown(hours: int) -> BurstBank:
    """A bank that has seen these hours; rows come with their first count."""
    bank, rng = BurstBank(HOUR_S), np.random.default_rng(21)
    _close(bank, np.zeros(0), np.maximum(_counts(rng, 0), 1.0), 0)
    for hour in range(1, hours):
        _close(bank, _counts(rng, hour), np.zeros(0), hour)
    return bank


@pytest.mark.parametrize("hours", [3, 60, 200])
def test_place_and_company_change_no_bit_of_a_row(hours: int) -> None:
    """From the same shared state, shuffled rows and a few rows alone have the same bits."""
    bank = _grown(hours)
    order = np.random.default_rng(2).permutation(ROWS).tolist()
    few = order[:5]
    x = _counts(np.random.default_rng(5), hours)
    shuffled = picked(bank, order, BurstBank(HOUR_S))
    alone = picked(bank, few, BurstBank(HOUR_S))
    whole = _close(bank, x, np.zeros(0), hours)
    assert _close(shuffled, x[order], np.zeros(0), hours) == [whole[row] for row in order]
    assert _close(alone, x[few], np.zeros(0), hours) == [whole[row] for row in few]
    rows = [bank.state.pack_rows(row, row + 1) for row in range(ROWS)]
    found = [shuffled.state.pack_rows(n, n + 1) for n in range(ROWS)]
    assert found == [rows[row] for row in order]
    assert [alone.state.pack_rows(n, n + 1) for n in range(len(few))] == [rows[row] for row in few]


@pytest.mark.parametrize(("m", "n"), [(0, 30), (1, 29), (17, 13)])
def test_a_checkpoint_among_empty_buckets_changes_no_bit(m: int, n: int) -> None:
    """Empty buckets before and after a checkpoint are the same as all of them at once."""
    through, broken = _grown(60), _grown(60)
    nothing = np.zeros(ROWS)
    for hour in range(60, 60 + m):
        assert _close(broken, nothing, np.zeros(0), hour) == _close(
            through, nothing, np.zeros(0), hour
        )
    broken = restored(packed(broken, *range(1, ROWS)), BurstBank(HOUR_S))
    for hour in range(60 + m, 60 + m + n):
        assert _close(broken, nothing, np.zeros(0), hour) == _close(
            through, nothing, np.zeros(0), hour
        )
    assert packed(broken) == packed(through)


def test_a_copy_goes_on_as_the_bank_does() -> None:
    """And each without the other."""
    bank = _grown(60)
    copied = copy.deepcopy(bank)
    for hour in range(60, 90):
        x = _counts(np.random.default_rng(hour), hour)
        assert _close(copied, x, np.zeros(0), hour) == _close(bank, x, np.zeros(0), hour)
    before = packed(bank)
    _close(copied, x + 5.0, np.zeros(0), 90)
    assert packed(bank) == before
