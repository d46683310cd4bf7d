"""The slow bank finds ramps against an old level, and no cycles or common rises."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detectors.slow.bank import SlowBank
from tests.detectors.packed import packed, restored

F8 = npt.NDArray[np.float64]
ALARM_NATS = 8.0
NEVER = 10**6


def bank_of(rows: int) -> SlowBank:
    bank = SlowBank(86_400.0)
    bank.grow((np.arange(rows) % 7).astype(np.uint8))
    return bank


def alarms(bank: SlowBank, counts: F8, first_day: int = 0) -> dict[int, int]:
    """First day with an alarm, of each row that has one; `counts` has a row a day."""
    found: dict[int, int] = {}
    for day, x in enumerate(counts, first_day):
        bank.add(day, x, 1.0)
        judged = bank.end_day(day)
        for row in judged.rows[judged.evidence_nats >= ALARM_NATS].tolist():
            found.setdefault(row, day)
    return found


def ramps(base: float, growth: float, starts: npt.NDArray[np.intp], days: int) -> F8:
    """Poisson counts of rows that begin to grow on these days."""
    grown = np.maximum(np.arange(days)[:, None] - starts + 1, 0)
    counts: F8 = np.random.default_rng(3).poisson(base * growth**grown).astype(np.float64)
    return counts


@pytest.mark.parametrize(
    ("base", "growth", "within"), [(1.0, 1.1, 25), (10.0, 1.1, 16), (10.0, 1.03, 56)]
)
def test_a_ramp_is_found(base: float, growth: float, within: int) -> None:
    """Nine in ten ramps are found in time: 10 % a day from 1 a day, or 3 % a day from 10."""
    starts = np.full(300, NEVER)
    starts[:60] = 60 + np.arange(60) % 20
    found = alarms(bank_of(300), ramps(base, growth, starts, 80 + within))
    delays = np.array([found.get(row, NEVER) - starts[row] + 1 for row in range(60)])
    assert np.mean((delays > 0) & (delays <= within)) >= 0.9
    assert len(set(found) - set(range(60))) <= 1


def test_the_level_knows_nothing_younger_than_four_weeks() -> None:
    """Counts of the last 28 days change no expectation."""
    expected = []
    for lately in (0.0, 5.0):
        counts = np.ones((108, 50))
        counts[80:, :7] = lately
        counts[107, :7] = 20.0
        bank = bank_of(50)
        alarms(bank, counts[:107])
        bank.add(107, counts[107], 1.0)
        judged = bank.end_day(107)
        assert judged.rows.tolist() == list(range(7))
        expected.append(judged.per_day.tolist())
    calm, risen = expected
    assert calm == risen


def test_nobodys_weekdays_are_a_rise() -> None:
    """Senders that send only on working days, weekends or Mondays raise no alarm."""
    days = np.arange(200)[:, None] % 7
    kind = np.arange(120) % 4
    of_kind = [days < 5, days >= 5, days == 0, days >= 0]
    mean = 20.0 * np.select([kind == number for number in range(4)], of_kind)
    counts = np.random.default_rng(5).poisson(mean).astype(float)
    assert alarms(bank_of(120), counts) == {}


def test_what_all_do_is_nobodys_burst() -> None:
    """All grow by 2 % a day for two months: only the one that grows by 10 % alarms."""
    days = np.arange(140)
    common = 1.02 ** np.clip(days - 60, 0, 60)
    mean = 20.0 * common[:, None] * np.ones(400)
    mean[:, 0] = 20.0 * 1.1 ** np.clip(days - 60, 0, 40)
    found = alarms(bank_of(400), np.random.default_rng(7).poisson(mean).astype(float))
    assert set(found) == {0}


def test_the_young_are_not_judged() -> None:
    """No row is judged in its first four weeks, whatever it does."""
    bank = bank_of(14)
    for day in range(60):
        bank.add(day, np.full(14, float(day * day)), 1.0)
        judged = bank.end_day(day)
        assert not len(judged.rows) or day >= 28


def test_the_day_of_an_alert_teaches_nothing() -> None:
    """A burst that had an alert leaves no trace in the level."""
    plain, burst = bank_of(7), bank_of(7)
    nobody, everybody = np.zeros(0, dtype=np.intp), np.arange(7)
    for day in range(120):
        alert = 50 <= day < 53
        plain.add(day, np.full(7, 5.0), 1.0, everybody if alert else nobody)
        burst.add(day, np.full(7, 500.0 if alert else 5.0), 1.0, everybody if alert else nobody)
        same = [bank.end_day(day).evidence_nats.tolist() for bank in (plain, burst)]
        assert same[0] == same[1]
    assert plain.state.pack_rows(0, 7) == burst.state.pack_rows(0, 7)


def test_a_new_level_is_not_found_again() -> None:
    """A row at an adopted level raises no further alarm, neither within 35 days nor later."""
    counts = np.random.default_rng(9).poisson(10.0, (300, 30)).astype(float)
    counts[100:, 0] *= 4.0
    bank = bank_of(30)
    found = alarms(bank, counts[:115])
    assert found == {0: found[0]}
    assert found[0] > 100
    bank.forget(np.array([0]))
    assert alarms(bank, counts[115:], 115) == {}


def test_rows_of_the_same_counts_have_the_same_bits() -> None:
    """The position of a row and other rows change no bit of it."""
    rng = np.random.default_rng(11)
    bank = SlowBank(86_400.0)
    bank.grow(np.full(501, 3, dtype=np.uint8))
    for day in range(90):
        x = rng.poisson(3.0, 501).astype(float)
        x[7] *= 1.1 ** max(day - 60, 0)
        x[500] = x[7]
        bank.add(day, x, 1.0)
        judged = bank.end_day(day)
        at = {
            row: bits.hex()
            for row, bits in zip(judged.rows.tolist(), judged.evidence_nats.tolist(), strict=True)
        }
        assert at.get(7) == at.get(500)
    assert 7 in at
    assert bank.state.pack_rows(7, 8) == bank.state.pack_rows(500, 501)


def test_a_packed_bank_goes_on_to_the_last_bit() -> None:
    """After packing in the middle of a day and restoring, all results are the same."""
    rng = np.random.default_rng(13)
    bank = bank_of(50)
    hours = [rng.poisson(0.4, 50).astype(float) for _ in range(24 * 80)]
    for hour, x in enumerate(hours[:1500]):
        bank.add(hour // 24, x, 1.3)
        if hour % 24 == 23:
            bank.end_day(hour // 24)
    again = restored(packed(bank, 20), SlowBank(86_400.0))
    for hour, x in enumerate(hours[1500:], 1500):
        seen = []
        for one in (bank, again):
            one.add(hour // 24, x, 0.7)
            if hour % 24 == 23:
                seen.append(one.end_day(hour // 24).evidence_nats.tobytes())
        assert len(set(seen)) <= 1
    assert packed(again) == packed(bank)


def test_an_entity_takes_69_bytes() -> None:
    """The state of a row in a checkpoint."""
    bank = bank_of(1000)
    alarms(bank, np.ones((60, 1000)))
    assert len(bank.state.pack_rows(0, 1000)) / 1000 == pytest.approx(69, abs=0.2)


def test_days_that_were_lost_are_no_fall_and_no_rise() -> None:
    """After three days without records the week is shorter, and no row has risen."""
    bank = bank_of(30)
    rng = np.random.default_rng(15)
    for day in range(120):
        if day not in (70, 71, 72):
            bank.add(day, rng.poisson(8.0, 30).astype(float), 1.0)
        judged = bank.end_day(day)
        assert (judged.evidence_nats < ALARM_NATS).all()


def test_the_onset_is_where_the_rise_stands_out_most() -> None:
    """The onset of a step is right within a week; counts and expectation are of that stretch."""
    counts = np.full((120, 7), 10.0)
    counts[90:] = 30.0
    bank = bank_of(7)
    for day, x in enumerate(counts[:104]):
        bank.add(day, x, 1.0)
        judged = bank.end_day(day)
    for at in range(7):
        days, observed, expected = bank.onset(judged, at, 103)
        assert 7 < days < 21
        assert observed == 30.0 * min(days, 14) + 10.0 * max(days - 14, 0)
        assert expected == pytest.approx(days * judged.per_day[at])
