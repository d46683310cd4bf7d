"""The day and week of a total are expected, and a doubling is found within hours."""

from __future__ import annotations

import numpy as np

from detectors import BurstBank
from detectors.exposure.hours_seen import HOURS
from tests.detectors.packed import packed, restored

ALPHA = 0.01
NONE = np.zeros(0)


def mean(hour: int) -> float:
    """Ten times as much by day as by night, and less on weekends."""
    day = 10.0 if 8 <= hour % 24 < 20 else 1.0
    return 200.0 * day * (1.0 if hour % HOURS < 120 else 0.4)


def run(bank: BurstBank, hours: range, *, times: float = 1.0) -> list[int]:
    """Close these hours; return those with an alert."""
    found = []
    for hour in hours:
        x = np.array([float(np.random.default_rng([7, hour]).poisson(times * mean(hour)))])
        known, first = (x, NONE) if bank.n else (NONE, x)
        judged = bank.close(
            known,
            first,
            hour=hour % HOURS,
            alarmed=np.zeros(bank.n, dtype=np.bool_),
            alpha=ALPHA,
            alpha_first=1e-9,
        )
        if judged.evidence_nats[0] >= judged.threshold_nats[0]:
            bank.reset(np.array([0]))
            found.append(hour)
    return found


def test_a_totals_day_and_week_are_no_bursts() -> None:
    """Over six weeks there are at most ten alerts, as allowed."""
    assert len(run(BurstBank(3600.0, own_week=True), range(6 * HOURS))) <= 10


def test_a_doubling_of_the_total_is_found_within_hours() -> None:
    """In the fifth week, at night and at noon."""
    for hour in (2, 12):
        bank = BurstBank(3600.0, own_week=True)
        start = 4 * HOURS + 24 + hour
        run(bank, range(start))
        bank.reset(np.array([0]))
        assert run(bank, range(start, start + 6), times=2.0)


def test_a_checkpoint_keeps_the_season_to_the_last_bit() -> None:
    """Packed and restored, a total goes on as if it had not been interrupted."""
    whole = BurstBank(3600.0, own_week=True)
    run(whole, range(2 * HOURS + 5))
    again = restored(packed(whole), BurstBank(3600.0, own_week=True))
    later = range(2 * HOURS + 5, 3 * HOURS)
    assert run(whole, later, times=1.3) == run(again, later, times=1.3)
    assert packed(whole) == packed(again)
