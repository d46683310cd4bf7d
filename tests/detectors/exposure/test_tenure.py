"""Who is proven: nobody is within a week, whatever is sent, and whatever the size of a bucket."""

from types import SimpleNamespace

import numpy as np
import pytest

from detectors.burst.baseline import Baseline
from detectors.exposure.common_factor import bulk_of
from detectors.exposure.tenure import FULL_AGE_DAYS, Tenure
from detectors.state import State

DOUBTED = 0.25


def watched(bucket_days: float, pattern: list[float]) -> list[bool]:
    """Whether a row that begins in a monitor of 40 days is proven, after each of its buckets."""
    tenure = Tenure(bucket_days)
    tenure.enter(1)
    for _ in range(round(40.0 / bucket_days)):
        tenure.pass_bucket(np.ones(1))
    tenure.enter(1)
    found = []
    for count in pattern:
        tenure.pass_bucket(np.array([1.0, count]))
        old, new = tenure.trusts(2, DOUBTED)
        assert old == 1.0
        found.append(bool(new == 1.0))
    return found


def test_three_days_and_a_week_make_a_row_proven() -> None:
    """It has counted on three days, the first of them a week ago."""
    assert watched(1.0, [1.0] * 10).index(True) == 6
    assert watched(1.0, [1.0, 1.0] + [0.0] * 18).count(True) == 0
    assert watched(1.0, [1.0, 1.0] + [0.0] * 8 + [1.0, 0.0]).index(True) == 10


@pytest.mark.parametrize("hours", [1, 6])
def test_hours_of_one_day_are_one_day(hours: int) -> None:
    """However busy an id is for two days, it is not proven by that."""
    a_day = 24 // hours
    assert not any(watched(hours / 24.0, [1.0] * (2 * a_day) + [0.0] * (20 * a_day)))
    assert any(watched(hours / 24.0, [1.0] * (3 * a_day) + [0.0] * (20 * a_day)))


def test_weight_grows_with_age() -> None:
    """Ids that were busy for a week weigh a small part of what old senders do."""
    tenure = Tenure(1.0)
    tenure.enter(1)
    for day in range(120):
        tenure.pass_bucket(np.ones(len(tenure.ages.since)))
        if day == 100:
            tenure.enter(1)

    def due(rows: int) -> float:
        """What is expected of the first of these rows, as they weigh."""
        baseline = Baseline(1.0)
        baseline.enter(np.full(rows, 1.0), np.full(rows, 2.0))
        return bulk_of(baseline, tenure, np.zeros(rows), np.zeros(0), None).proven_due

    assert (due(2) - due(1)) / due(1) == pytest.approx((20.0 / FULL_AGE_DAYS) ** 2, abs=0.02)


def test_rows_of_an_older_checkpoint_are_proven() -> None:
    """It held no ages: its rows are taken for old, and rows to come are not."""
    tenure = Tenure(1.0)
    older = State()
    older.columns(SimpleNamespace(rates=np.zeros(0)), "rates")
    older.grow_to(2)
    tenure.state.unpack(older.pack_shared(), iter([older.pack_rows(0, 2)]))
    tenure.enter(1)
    for _ in range(4):
        tenure.pass_bucket(np.ones(3))
    assert tenure.trusts(3, DOUBTED).tolist() == [1.0, 1.0, DOUBTED]
