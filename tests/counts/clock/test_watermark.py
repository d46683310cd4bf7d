"""No single clock says what time it is in a lane, and a recount says the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.counts.bucket import Buckets
from streams.counts.clock.watermark import DATES, RECORDS, Quorum, Watermark
from streams.counts.mark import Mark, decode_mark, encode_mark
from streams.sources.batch import EventBatch
from tests.events_of import DAY, T0, send

LATENESS_S = 10.0
NEVER = float("-inf")


class Vote(NamedTuple):
    """A record's times, in seconds after `T0`."""

    time_s: float
    written_s: float | None = None
    appended: bool = False


def _watermark(bucket_s: int = 60, quorum: Quorum = RECORDS) -> Watermark:
    return Watermark(Buckets(bucket_s, "UTC"), LATENESS_S, quorum=quorum)


def _take(watermark: Watermark, votes: Sequence[Vote]) -> float:
    """Return the watermark after some votes, in seconds after `T0`."""
    for time_s, written_s, appended in votes:
        written = None if written_s is None else T0 + written_s
        watermark.take(T0 + time_s, written, appended=appended)
    return watermark.closed - T0


def _steady(seconds: int, *, delay_s: float | None = None, appended: bool = False) -> list[Vote]:
    """Return one record a second, written `delay_s` after its time."""
    return [Vote(n, None if delay_s is None else n + delay_s, appended) for n in range(seconds)]


@given(st.lists(st.floats(0, 1e6), max_size=200))
def test_data_in_order_are_never_late(times: list[float]) -> None:
    """However sparse: the watermark never passes an event that has come."""
    watermark = _watermark()
    for time_s in sorted(times):
        assert _take(watermark, [Vote(time_s)]) <= time_s


def test_records_in_order_cost_fifty_two_of_them() -> None:
    """One a second: a minute is over 10 s (the lateness) and 52 records after its end."""
    watermark = _watermark()
    ends = [n for n in range(400) if watermark.take(T0 + n, None, appended=False)]
    assert ends == [52, 62, 122, 182, 242, 302, 362]


@pytest.mark.parametrize("ahead_s", [299.0, 3540.0, 7200.0])
@pytest.mark.parametrize("wrong", [1, 50])
def test_so_many_wrong_clocks_in_a_row_close_nothing(ahead_s: float, wrong: int) -> None:
    """One record at +59 min, or fifty at +4:59: what comes next is in time."""
    watermark = _watermark()
    _take(watermark, _steady(600))
    _take(watermark, [Vote(600 + ahead_s)] * wrong)
    for n in range(600, 1200):
        assert _take(watermark, [Vote(n)]) <= n - LATENESS_S


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_half_of_the_traffic_may_be_ahead(share: float) -> None:
    """Two hours ahead, from the first record on; the rest is judged on time."""
    chance, watermark = random.Random(1), _watermark()
    honest = 0
    for _ in range(20_000):
        ahead = chance.random() < share
        honest += not ahead
        closed = _take(watermark, [Vote(honest / 10 + 7200.0 * ahead)])
        assert closed <= honest / 10
    assert closed > honest / 10 - 90


def test_a_tenth_of_the_traffic_may_be_behind() -> None:
    """Two hours behind: late, and holding nobody up."""
    chance, watermark = random.Random(1), _watermark()
    for n in range(6_000):
        closed = _take(watermark, [Vote(n / 10 - 7200.0 * (chance.random() < 0.1))])
    assert closed >= 600 - 60 - 20


def test_more_wrong_than_that_moves_it() -> None:
    """The limit as it is: 53 of 64 in a row are believed."""
    watermark = _watermark()
    _take(watermark, _steady(600))
    assert _take(watermark, [Vote(900.0)] * 53) == 840


def test_times_of_writing_by_the_broker_stop_any_number_of_fast_clocks() -> None:
    """A flood of fresh ids at +4:59, nine in ten: their votes are no later than now."""
    watermark = _watermark()
    _take(watermark, _steady(600, delay_s=1.0, appended=True))
    for n in range(600, 900):
        flood = [Vote(n + 299.0, n, appended=True)] * 10
        assert _take(watermark, [*flood, Vote(n - 1.0, n, appended=True)]) <= n - LATENESS_S


def test_prompt_records_cost_no_delay() -> None:
    """Written within the lateness, by the broker's clock: the first beyond the end closes."""
    watermark = _watermark()
    votes = _steady(400, delay_s=2.0, appended=True)
    ends = [n for n, vote in enumerate(votes) if _take(watermark, [vote]) == n - LATENESS_S]
    assert ends == [70, 130, 190, 250, 310, 370]


def test_times_of_writing_by_the_sender_are_not_believed() -> None:
    """A fast clock that writes its records' times too."""
    watermark = _watermark()
    _take(watermark, _steady(600, delay_s=1.0))
    assert _take(watermark, [Vote(7200.0, 7200.0)] * 20) <= 540


def test_a_backlog_is_read_as_a_file_is() -> None:
    """Records that the broker has written long after their time: they say it together."""
    files, backlog = _watermark(), _watermark()
    times = [vote.time_s for vote in _steady(500)]
    assert [_take(files, [Vote(t)]) for t in times] == [
        _take(backlog, [Vote(t, 90 * DAY, appended=True)]) for t in times
    ]


def test_a_few_rows_of_a_later_day_end_a_day_of_dates() -> None:
    """Seven of the last eight; one wrong date ends nothing."""
    watermark = _watermark(DAY, DATES)
    _take(watermark, [Vote(0.0)] * 20)
    _take(watermark, [Vote(2.0 * DAY)])
    assert _take(watermark, [Vote(0.0)] * 20) <= 0
    assert _take(watermark, [Vote(1.0 * DAY + 10)] * 6) <= 0
    assert _take(watermark, [Vote(1.0 * DAY + 10)]) == DAY


_votes = st.builds(
    Vote,
    st.one_of(st.floats(0, 600), st.floats(0, 600), st.floats(0, 9000)),
    st.one_of(st.none(), st.floats(0, 700)),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(_votes, max_size=120), st.integers(0, 120))
def test_a_mark_holds_all_that_decides(votes: list[Vote], at: int) -> None:
    """Read back as Kafka gives it, the watermark goes on as if nothing had been."""
    whole, first = _watermark(), _watermark()
    _take(first, votes[:at])
    mark = decode_mark(1, encode_mark(Mark(1, closed=first.closed, votes=first.votes)))
    again = Watermark(Buckets(60, "UTC"), LATENESS_S, mark.closed, mark.votes)
    for vote in votes[:at]:
        _take(whole, [vote])
    assert [_take(again, [vote]) for vote in votes[at:]] == [
        _take(whole, [vote]) for vote in votes[at:]
    ]
    assert again.votes == whole.votes


@settings(deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([3, 30, 100, 300]))
def test_a_batch_counts_as_its_records_one_by_one(seed: int, appended: bool, size: int) -> None:
    """Whatever a batch holds: it is refused since it closes a bucket, or leaves the same votes.

    Where the broker sets the times, it may also be refused because it holds a prompt record.
    """
    chance = random.Random(seed)
    single, bulk = _watermark(), _watermark()
    now_s = 0.0
    for _ in range(12):
        rows = []
        for _ in range(chance.randint(1, size)):
            now_s += chance.expovariate(5.0)
            ahead_s = 300.0 * (chance.random() < 0.1)
            rows.append(Vote(now_s + ahead_s, now_s + chance.random(), appended))
        for row in rows:
            _take(single, [row])
        times = [send(row.time_s).event_time for row in rows]
        batch = EventBatch(times, ["a"] * len(rows))
        written = [T0 + (row.written_s or 0.0) for row in rows]
        before = bulk.closed
        if not bulk.take_all(batch, written, appended=appended):
            _take(bulk, rows)
            assert appended or bulk.closed > before
        assert bulk.closed == single.closed
        if chance.random() < 0.5:
            assert bulk.votes == single.votes
    assert bulk.votes == single.votes
    assert bulk.lag_s == pytest.approx(single.lag_s, abs=1e-5)


def test_the_lag_is_that_of_most_records() -> None:
    """A few that are behind do not count, nor does one that is ahead of its record."""
    watermark = _watermark()
    assert watermark.lag_s is None
    _take(watermark, [Vote(n, n + 2.0) for n in range(53)])
    _take(watermark, [Vote(n - 7200.0, n) for n in range(5)])
    _take(watermark, [Vote(n + 299.0, n) for n in range(5)])
    assert watermark.lag_s == 2.0
