"""The detectors of `BurstBank`, and what becomes of a state that was made with another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from detectors import BurstBank, Judgement
from detectors.burst.tail_evidence import TailEvidence
from tests.detectors.packed import packed, restored

F8 = npt.NDArray[np.float64]
DAY_S = 86_400.0
NONE = np.zeros(0)
ALPHA = 1e-3


def _learned(bank: BurstBank, days: int = 40, seed: int = 3) -> BurstBank:
    rng = np.random.default_rng(seed)
    rates = np.repeat([0.5, 5.0, 50.0], 20)
    _day(bank, NONE, np.maximum(rng.poisson(rates), 1).astype(float))
    for _ in range(days):
        _day(bank, rng.poisson(rates).astype(float))
    return bank


def _day(bank: BurstBank, x: F8, first: F8 = NONE) -> Judgement:
    calm = np.zeros(len(x), dtype=np.bool_)
    return bank.close(x, first, alarmed=calm, alpha=ALPHA, alpha_first=ALPHA)


def test_the_tail_finds_a_spike_and_forgets_it() -> None:
    """Each day by itself: a tenfold count alarms, and the usual count after it does not."""
    bank = _learned(BurstBank(DAY_S, detector=TailEvidence))
    usual = np.repeat([0.0, 5.0, 50.0], 20)
    spike = usual.copy()
    spike[25] = 50.0
    found = _day(bank, spike)
    over = np.flatnonzero(found.evidence_nats >= found.threshold_nats)
    assert over.tolist() == [25]
    after = _day(bank, usual)
    assert not np.any(after.evidence_nats >= after.threshold_nats)


def test_the_tail_keeps_no_evidence_over_days() -> None:
    """A lasting doubling is found by e-SR; each of its days is too little for the tail."""
    found = {}
    banks = {"e-sr": BurstBank(DAY_S), "tail": BurstBank(DAY_S, detector=TailEvidence)}
    for name, new in banks.items():
        bank = _learned(new)
        usual = np.repeat([0.0, 5.0, 50.0], 20)
        usual[45] = 85.0
        first = _day(bank, usual)
        days = [first, *(_day(bank, usual) for _ in range(3))]
        found[name] = [bool(d.evidence_nats[45] >= d.threshold_nats[45]) for d in days]
    assert any(found["e-sr"])
    assert not any(found["tail"])


def test_false_alarms_of_the_tail_keep_their_budget() -> None:
    """Steady senders alarm no more often than alpha allows, over all of them."""
    rng = np.random.default_rng(7)
    bank = BurstBank(DAY_S, detector=TailEvidence)
    rates = rng.gamma(0.5, 4.0, 4000) + 0.05
    _day(bank, NONE, np.maximum(rng.poisson(rates), 1).astype(float))
    alarms = 0
    for day in range(90):
        found = _day(bank, rng.poisson(rates).astype(float))
        if day >= 30:
            alarms += int(np.count_nonzero(found.evidence_nats >= found.threshold_nats))
    assert alarms <= 1.5 * ALPHA * 60 * len(rates)


@pytest.mark.parametrize(
    "other", [{"ratios": (3.0, 9.0)}, {"ratios": (1.6, 2.1, 4.1, 10.1)}, {"detector": TailEvidence}]
)
def test_another_detector_goes_on_with_what_was_learned(other: dict[str, Any]) -> None:
    """A stored state is read with other settings: expectations stay, evidence begins anew."""
    old = _learned(BurstBank(DAY_S))
    state = packed(old, 30)
    new = restored(state, BurstBank(DAY_S, **other))
    rows = np.arange(60)
    assert new.expected_of(rows, 1.0).tolist() == old.expected_of(rows, 1.0).tolist()
    fresh = restored(state, BurstBank(DAY_S, **other))
    fresh.reset(rows)
    usual = np.repeat([1.0, 5.0, 50.0], 20)
    assert _day(new, usual).evidence_nats.tolist() == _day(fresh, usual).evidence_nats.tolist()
    for settings in (other, {}):
        assert restored(packed(new), BurstBank(DAY_S, **settings)).n == 60
