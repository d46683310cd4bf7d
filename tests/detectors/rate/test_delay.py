"""The delay to a complaint: its fit has no bias, and a few numbers hold the past exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detectors.rate.delay import DAY_S, PHONE_CALLS, Delay
from detectors.rate.delayed_sends import DelayedSends

HOUR_S = 3600.0
BUCKETS = [60.0, 900.0, HOUR_S, DAY_S]
MIXED = Delay((0.5, 0.3, 0.15), (HOUR_S, DAY_S, 10 * DAY_S), 0.05, 90 * DAY_S)


def _drawn(delay: Delay, n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    part = rng.choice(len(delay.weights) + 1, n, p=[*delay.weights, delay.floor])
    means = np.array([*delay.means_s, 0.0])[part]
    flat = rng.uniform(0.0, delay.horizon_s, n)
    return np.where(part < len(delay.weights), rng.exponential(1.0, n) * means, flat)


@pytest.mark.parametrize(
    ("hours", "share"),
    # Of the 13,592 delays of the day that PHONE_CALLS is fitted to.
    [
        (1, 0.79797),
        (3.66, 0.5),
        (6, 0.41988),
        (22.2, 0.25),
        (48, 0.15266),
        (129.03, 0.1),
        (168, 0.07137),
        (240, 0.04407),
        (336, 0.03119),
    ],
)
def test_the_shipped_delay_follows_the_real_one(hours: float, share: float) -> None:
    """The share of longer delays is within 12 % of the real one, from an hour to 14 days."""
    assert float(PHONE_CALLS.beyond(hours * HOUR_S)) == pytest.approx(share, rel=0.12)


@pytest.mark.parametrize("bucket_s", BUCKETS)
@pytest.mark.parametrize("delay", [PHONE_CALLS, MIXED])
def test_shares_sum_to_one(delay: Delay, bucket_s: float) -> None:
    """The shares of all buckets sum to 1."""
    n = math.ceil(40 * max(delay.means_s) / bucket_s)
    assert math.fsum(delay.shares(bucket_s, n)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("bucket_s", [HOUR_S, DAY_S])
def test_shares_are_what_messages_spread_over_a_bucket_give(bucket_s: float) -> None:
    """The shares agree with a million simulated messages."""
    n = 1_000_000
    at = np.random.default_rng(1).uniform(0.0, bucket_s, n) + _drawn(MIXED, n, 2)
    seen = np.bincount(np.floor(at / bucket_s).astype(int))[:5] / n
    error = np.sqrt(seen / n)
    assert np.all(np.abs(seen - MIXED.shares(bucket_s, 5)) < 4 * error)


def test_a_fit_finds_what_the_delays_were_drawn_from() -> None:
    """A fit to twenty thousand delays has the tail of the mixture within 10 %, up to 20 days."""
    fit = Delay.fit(_drawn(MIXED, 20_000, 3), exponentials=3)
    for days in (0.02, 0.1, 1.0, 5.0, 20.0):
        ratio = float(fit.beyond(days * DAY_S)) / float(MIXED.beyond(days * DAY_S))
        assert ratio == pytest.approx(1.0, rel=0.1)
    assert math.fsum((*fit.weights, fit.floor)) == pytest.approx(1.0, abs=1e-12)


def test_recent_messages_do_not_make_the_delay_short() -> None:
    """Right truncation is corrected, for messages of at most six days and a mean delay of two."""
    rng = np.random.default_rng(4)
    delays, ago = rng.exponential(2 * DAY_S, 20_000), rng.uniform(0.0, 6 * DAY_S, 20_000)
    seen = delays < ago
    corrected = Delay.fit(delays[seen], ago[seen], exponentials=1, horizon_s=1000 * DAY_S)
    naive = Delay.fit(delays[seen], exponentials=1, horizon_s=1000 * DAY_S)
    assert corrected.means_s[0] == pytest.approx(2 * DAY_S, rel=0.1)
    assert naive.means_s[0] < 1.5 * DAY_S


def test_impossible_delays_are_left_out() -> None:
    """Delays below zero or beyond the horizon change nothing."""
    good = _drawn(MIXED, 500, 5)
    bad = np.concatenate([good, [-1.0, -DAY_S, 1e9, math.nan]])
    assert Delay.fit(bad) == Delay.fit(good)


def test_a_fit_repeats_itself() -> None:
    """The same delays give the same numbers, to the last bit."""
    delays = _drawn(MIXED, 1000, 6)
    assert Delay.fit(delays) == Delay.fit(delays.copy())


def test_too_few_delays_are_refused() -> None:
    """Too few delays are refused; the error says how many are needed."""
    with pytest.raises(ValueError, match=r"at least 40 delays .* found 3"):
        Delay.fit([1.0, 2.0, 3.0, -4.0])


def test_weights_that_lose_complaints_are_refused() -> None:
    """Weights that do not sum to 1 would bias every expectation."""
    with pytest.raises(ValueError, match="sum to 1"):
        Delay((0.5, 0.3), (1.0, 2.0), 0.1, 10.0)
    with pytest.raises(ValueError, match="the same length"):
        Delay((0.5, 0.5), (1.0,), 0.0, 10.0)
    with pytest.raises(ValueError, match="above 0"):
        Delay((1.0,), (0.0,), 0.0, 10.0)


@pytest.mark.parametrize("bucket_s", [HOUR_S, DAY_S])
def test_the_recursion_is_the_convolution(bucket_s: float) -> None:
    """Without a floor, a few decaying numbers equal the sum over all past sends to 1e-9."""
    delay = Delay((0.6, 0.3, 0.1), (HOUR_S, DAY_S, 10 * DAY_S), 0.0, 90 * DAY_S)
    sends = np.random.default_rng(7).poisson(20.0, 300).astype(float)
    shares, delayed = delay.shares(bucket_s, len(sends)), DelayedSends(delay, bucket_s)
    state = [0.0] * delayed.size
    for t, n in enumerate(sends.tolist()):
        exact = math.fsum(shares[: t + 1] * sends[t::-1])
        assert delayed.due(state, n, t) == pytest.approx(exact, rel=1e-9)
        state = delayed.after(state, n, t)


@pytest.mark.parametrize("first", [0, 1, 44, 88, 89, 90, 130])
def test_each_send_counts_once(first: int) -> None:
    """In the end every message counts 1, whenever it was sent."""
    delay = Delay((0.4,), (DAY_S,), 0.6, 90 * DAY_S)
    delayed = DelayedSends(delay, DAY_S)
    state, dues = [0.0] * delayed.size, []
    for t in range(first + 250):
        n = 1.0 if t == first else 0.0
        dues.append(delayed.due(state, n, t))
        state = delayed.after(state, n, t)
    assert math.fsum(dues) == pytest.approx(1.0, abs=1e-12)
    assert min(dues[first : first + 90]) > 0.0


def test_steady_sends_are_due_in_full() -> None:
    """After the longest delays, 50 sends a day are 50 messages due a day."""
    delayed = DelayedSends(MIXED, DAY_S)
    state = [0.0] * delayed.size
    for t in range(400):
        due = delayed.due(state, 50.0, t)
        state = delayed.after(state, 50.0, t)
    # The floor's blocks start sends anew together, but their sum is the same in each bucket.
    assert due == pytest.approx(50.0, rel=1e-6)


def test_uncovered_is_what_is_missing() -> None:
    """The share of complaints about unrecorded sends is 1 minus the recorded shares."""
    delayed = DelayedSends(MIXED, HOUR_S)
    for buckets in (1, 2, 30, 1000):
        missing = 1.0 - math.fsum(MIXED.shares(HOUR_S, buckets))
        assert delayed.uncovered(buckets) == pytest.approx(missing, abs=1e-9)
    assert (
        DelayedSends(PHONE_CALLS, DAY_S).uncovered(9)
        > 0.05
        > DelayedSends(PHONE_CALLS, DAY_S).uncovered(11)
    )
