"""Rows leave a bank: who stays is judged on as if nobody had left, but for what all rows share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detectors import BurstBank
from detectors.rate.bank import RateBank
from detectors.row_selection import Kept
from detectors.slow.bank import SlowBank
from tests.detectors.packed import packed

F8 = npt.NDArray[np.float64]

HOUR_S, DAY_S = 3600.0, 86_400.0
ROWS = 40


def _stays(seed: int, rows: int) -> Kept:
    return Kept(np.flatnonzero(np.random.default_rng(seed).random(rows) < 0.6))


def _burst(bucket_s: float, seed: int, *, own_week: bool = False) -> BurstBank:
    """A bank after some buckets, with newcomers in each."""
    bank, rng = BurstBank(bucket_s, young_buckets=5, own_week=own_week), np.random.default_rng(seed)
    for bucket in range(12 * round(DAY_S / bucket_s)):
        _close(bank, rng, bucket, new=bucket % 3 if bucket else ROWS)
    return bank


def _close(bank: BurstBank, rng: np.random.Generator, bucket: int, new: int = 0) -> F8:
    judged = bank.close(
        rng.poisson(1.0, bank.n).astype(float),
        (rng.poisson(2.0, new) + 1).astype(float),
        hour=bucket % 168,
        alarmed=np.zeros(bank.n, dtype=bool),
        alpha=1e-3,
        alpha_first=1e-3,
        alpha_young=1e-3,
    )
    return judged.evidence_nats


@pytest.mark.parametrize("own_week", [False, True])
def test_what_a_burst_bank_knows_of_a_row_goes_with_it(own_week: bool) -> None:
    """Youth, onset, evidence and what is still to be learned from newcomers, at its new place."""
    bank, before = (_burst(6 * HOUR_S, 1, own_week=own_week) for _ in range(2))
    kept = _stays(2, bank.n)
    bank.state.keep(kept)
    assert bank.n == len(kept)
    old = kept.rows.tolist()
    assert [bank.onset(n) for n in range(bank.n)] == [before.onset(row) for row in old]
    young = [before.peers.is_young(row) for row in old]
    assert [bank.peers.is_young(n) for n in range(bank.n)] == young
    assert 0 < sum(young) < len(young)
    x, rows = np.full(bank.n, 3.0), np.arange(bank.n)
    scores = bank.open.score(rows, x, hour=3)
    assert scores.tolist() == before.open.score(kept.rows, x, hour=3).tolist()
    first, first_before = bank.watched_from, before.watched_from
    assert first is not None
    assert first_before is not None
    assert first == kept.below(first_before)


def test_a_bank_goes_on_alike_after_it_was_stored() -> None:
    """Rows left, then the state was packed and unpacked: evidence and bytes are the same."""
    bank, again = _burst(DAY_S, 3), BurstBank(DAY_S, young_buckets=5)
    bank.state.keep(_stays(4, bank.n))
    shared, pieces = packed(bank, 7)
    again.state.unpack(shared, iter(pieces))
    for bucket in range(12, 25):
        evidence = [
            _close(one, np.random.default_rng(bucket), bucket, new=2) for one in (bank, again)
        ]
        assert evidence[0].tolist() == evidence[1].tolist()
    assert packed(bank, 9) == packed(again, 9)


def test_leaving_in_steps_is_leaving_at_once() -> None:
    """So no holder of rows follows in one way only, in any of the banks."""
    slow = [SlowBank(DAY_S) for _ in range(2)]
    rates = [RateBank(DAY_S) for _ in range(2)]
    all_rows, none = np.ones(ROWS, dtype=bool), np.zeros(ROWS, dtype=bool)
    for one, rate in zip(slow, rates, strict=True):
        rng = np.random.default_rng(5)
        one.grow(np.arange(ROWS, dtype=np.uint8) % 7)
        rate.grow(ROWS)
        for day in range(60):
            x = rng.poisson(4.0, ROWS).astype(float)
            one.add(day, x, 1.0)
            one.end_day(day)
            sends = 100.0 * x
            rate.close(sends, x, rate.due(sends), judged=all_rows, alarmed=none, alpha=1e-3)
        rate.grow(3)
    bursts = [_burst(DAY_S, 6) for _ in range(2)]
    for step_by_step, at_once in (slow, rates, bursts):
        rows = len(step_by_step.state)
        first = _stays(7, rows)
        second = _stays(8, len(first))
        step_by_step.state.keep(first)
        step_by_step.state.keep(second)
        at_once.state.keep(Kept(first.rows[second.rows]))
        assert packed(step_by_step, 2) == packed(at_once, 2)


def test_a_row_that_comes_back_is_expected_as_if_it_had_stayed() -> None:
    """As of a row that has been silent for long, and it is not young."""
    stays, leaves = (BurstBank(DAY_S, young_buckets=5) for _ in range(2))
    busy, quiet = np.full(ROWS, 4.0), np.zeros(ROWS)
    quiet[1:] = 4.0
    for bank in (stays, leaves):
        for day in range(150):
            rows = bank.n
            x = (busy if day < 60 else quiet)[:rows]
            first = busy if day == 0 else np.zeros(0)
            bank.close(x, first, alarmed=np.zeros(rows, dtype=bool), alpha=1e-3, alpha_first=1e-3)
            if bank is leaves and day == 120:
                numbers = bank.remember(np.array([0]))
                bank.state.keep(Kept(np.arange(1, ROWS)))
                quiet = quiet[1:]
    leaves.recall(numbers)
    expected = [
        float(b.expected_of(np.array([row]), 1.0)[0]) for b, row in ((stays, 0), (leaves, ROWS - 1))
    ]
    assert 0.0 < expected[0] < 0.2
    assert expected[0] / 2.0 < expected[1] < 2.0 * expected[0]
    assert not leaves.peers.is_young(ROWS - 1)
