"""When in the week an entity counts is learned, by kinds of weeks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detectors import BurstBank
from detectors.exposure.hours_seen import HOURS
from detectors.exposure.profile import Profile
from tests.detectors.packed import packed, restored

F8 = npt.NDArray[np.float64]

ROWS = 90
PRIVATE = np.arange(ROWS) % 3 == 0
RATES = np.geomspace(0.3, 30.0, ROWS)


def shape(hour: int) -> F8:
    """Two in three rows are busy in office hours, the others in the evening; ten to one."""
    clock, weekend = hour % 24, hour % HOURS >= 120
    office = 10.0 if 8 <= clock < 18 and not weekend else 1.0
    private = 10.0 if clock >= 18 else 1.0
    return np.where(PRIVATE, private, office)


def counts(rng: np.random.Generator, hour: int) -> F8:
    return rng.poisson(0.3 * RATES * shape(hour)).astype(float)


def run(bank: BurstBank, hours: range, *, hours_known: bool = True, seed: int = 4) -> int:
    """Close these hours; return how many alerts calm senders would have."""
    found = 0
    for hour in hours:
        x, first = counts(np.random.default_rng([seed, hour]), hour), np.zeros(0)
        if not bank.n:
            x, first = first, np.maximum(x, 1.0)
        known_hour = hour % HOURS if hours_known else None
        common = bank.common_factor(x, first, hour=known_hour)
        judged = bank.close(
            x,
            first,
            exposure=common.value,
            hour=known_hour,
            alarmed=np.zeros(bank.n, dtype=np.bool_),
            alpha=1e-6,
            alpha_first=1e-6,
            found=common,
        )
        over = np.flatnonzero(judged.evidence_nats >= judged.threshold_nats)
        bank.reset(over)
        found += len(over)
    return found


def noon_bursts(bank: BurstBank, hour: int, known_hour: int | None, seed: int) -> int:
    """Of the six busiest of the evening, how many have a burst if one alone counts so at noon."""
    found, state = 0, packed(bank)
    for sender in np.flatnonzero(PRIVATE)[-6:].tolist():
        x, one = (
            counts(np.random.default_rng([seed, hour]), hour),
            restored(state, BurstBank(3600.0)),
        )
        x[sender] = 0.3 * RATES[sender] * 10.0
        judged = one.close(
            x,
            np.zeros(0),
            exposure=one.common_factor(x, np.zeros(0), hour=known_hour).value,
            hour=known_hour,
            alarmed=np.zeros(ROWS, dtype=np.bool_),
            alpha=1e-6,
            alpha_first=1e-6,
        )
        found += bool(judged.evidence_nats[sender] >= judged.threshold_nats[sender])
    return found


def test_habits_are_no_bursts_and_hide_none() -> None:
    """Unusual hours raise no alert; the count of a usual evening at noon does, mostly.

    Where the kinds of weeks are learned within four weeks, two in three populations know them apart
    so well after three weeks that all six are found; in the third the evidence is 9 nats.
    """
    found = 0
    for seed in (4, 5, 6):
        bank = BurstBank(3600.0)
        run(bank, range(2 * HOURS), seed=seed)
        assert run(bank, range(2 * HOURS, 3 * HOURS), seed=seed) <= 2
        found += noon_bursts(bank, 3 * HOURS + 12, 12, seed)
    assert found >= 12
    without = BurstBank(3600.0)
    run(without, range(3 * HOURS), hours_known=False)
    assert noon_bursts(without, 3 * HOURS + 12, None, 4) == 0


def test_the_first_week_of_those_who_keep_other_hours_is_quiet() -> None:
    """While no day has been seen, an evening is no burst; a hundredfold hour is."""
    bank = BurstBank(3600.0)
    assert run(bank, range(HOURS)) <= 3
    fresh = BurstBank(3600.0)
    run(fresh, range(11))
    rows, steady = np.flatnonzero(~PRIVATE)[-3:], 0.3 * RATES[~PRIVATE][-3:] * 10.0
    assert (fresh.open.score(rows, 100.0 * steady, hour=11) > -np.log(1e-6)).all()
    assert (fresh.open.score(rows, 10.0 * steady, hour=11) < -np.log(1e-6)).all()


def test_kinds_are_distinguished() -> None:
    """Small and large senders are expected in the hours of their kind."""
    bank, rows = BurstBank(3600.0), np.arange(ROWS, dtype=np.intp)
    run(bank, range(4 * HOURS))
    noon = bank.expected_of(rows, 1.0, hour=11)
    ratio = bank.expected_of(rows, 1.0, hour=20) / noon
    assert (ratio[PRIVATE] > 3.0 * np.median(ratio[~PRIVATE])).mean() > 0.9


def test_a_checkpoint_keeps_the_profile_to_the_last_bit() -> None:
    """Packed and restored, a bank goes on as if it had not been interrupted."""
    whole = BurstBank(3600.0)
    run(whole, range(200))
    again = restored(packed(whole, *range(30, ROWS, 30)), BurstBank(3600.0))
    assert run(whole, range(200, 260)) == run(again, range(200, 260))
    assert packed(whole) == packed(again)


def test_without_an_hour_there_is_no_profile() -> None:
    """A bank that is not given the hour learns no profile."""
    bank = BurstBank(3600.0)
    run(bank, range(50), hours_known=False)
    untaught = Profile(1.0 / 24.0)
    untaught.state.grow_to(ROWS)
    assert packed(bank._baseline.profile) == packed(untaught)


def test_rows_are_independent() -> None:
    """What is expected of a row does not depend on its position or on other rows."""
    profile = Profile(1.0 / 24.0)
    profile.state.grow_to(ROWS)
    rng = np.random.default_rng(3)
    for hour in range(2 * HOURS):
        profile.add(slice(0, ROWS), hour % HOURS, counts(rng, hour), RATES)
        profile.pass_bucket(hour % HOURS)
    factor, spread = profile.factor(slice(0, ROWS), 12)
    order = rng.permutation(ROWS)
    shuffled = profile.factor(order, 12)
    assert shuffled[0].tobytes() == factor[order].tobytes()
    alone = profile.factor(np.array([7]), 12)
    assert (alone[0][0], alone[1][0]) == (factor[7], spread[7])


@pytest.mark.parametrize("bucket_s", [60.0, 3600.0])
def test_shapes_are_ratios(bucket_s: float) -> None:
    """The shape of each kind has a mean of 1 over what is expected in a week."""
    profile = Profile(bucket_s / 86_400.0)
    profile.state.grow_to(ROWS)
    rng = np.random.default_rng(3)
    for hour in range(HOURS):
        profile.add(slice(0, ROWS), hour, counts(rng, hour), RATES)
        profile.pass_bucket(hour)
    weight = profile._due.sum(axis=0) + profile._weight
    assert (profile._shapes * weight).sum(axis=1) / weight.sum() == pytest.approx(1.0)
