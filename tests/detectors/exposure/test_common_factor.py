"""The common factor: what all do together is seen, and no crowd of fresh ids moves it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from detectors import BurstBank
from detectors.exposure.common_factor import FoundFactor
from detectors.kernels.library import kernel
from streams.simulate.counts import draw

F8 = npt.NDArray[np.float64]
NONE = np.zeros(0)

_MIDDLE = kernel("middle_chances")


def closed(bank: BurstBank, x: F8, first: F8, hour: int | None = None) -> FoundFactor:
    """Close a bucket in which nobody alarms; return its common factor."""
    found = bank.common_factor(x, first, hour=hour)
    bank.close(
        x,
        first,
        exposure=found.value,
        hour=hour,
        alarmed=np.zeros(bank.n, dtype=np.bool_),
        alpha=1e-9,
        alpha_first=1e-9,
        found=found,
    )
    return found


class Crowd(NamedTuple):
    """A bank that has watched some senders for weeks, what they count, and the next bucket."""

    bank: BurstBank
    rates: F8
    hour: int | None

    def counts(self, seed: int) -> F8:
        return np.random.default_rng([9, seed]).poisson(self.rates).astype(float)


def crowd(kind: str, bucket_s: float = 86_400.0, buckets: int = 60) -> Crowd:
    rng = np.random.default_rng(3)
    rates = np.full(150, 20.0)
    if kind == "mixed":
        rates = np.clip(np.exp(rng.normal(0.0, 1.5, 300)), 0.05, 60.0)
    hourly = bucket_s < 86_400.0
    bank = BurstBank(bucket_s)
    here = Crowd(bank, rates, None)
    closed(bank, NONE, np.maximum(here.counts(0), 1.0), 0 if hourly else None)
    for bucket in range(1, buckets):
        closed(bank, here.counts(bucket), NONE, bucket % 168 if hourly else None)
    return Crowd(bank, rates, buckets % 168 if hourly else None)


def test_the_middle_of_a_count_is_exact() -> None:
    """P(X < x) + P(X = x)/2, as SciPy has it, for shapes and counts of all sizes."""
    rng = np.random.default_rng(1)
    shape = np.exp(rng.uniform(np.log(0.02), np.log(2000.0), 3000))
    mean = np.exp(rng.uniform(np.log(0.05), np.log(1e5), 3000))
    x = rng.negative_binomial(shape, shape / (shape + mean)).astype(float)
    x[::3] = np.round(mean[::3] * rng.uniform(0.0, 3.0, 1000))
    out = np.empty(3000)
    _MIDDLE(shape, mean, x, out)
    law = stats.nbinom(shape, shape / (shape + mean))
    assert out == pytest.approx(0.5 * (law.cdf(x) + law.cdf(x - 1.0)), abs=1e-6)


@pytest.mark.parametrize("kind", ["steady", "mixed"])
@pytest.mark.parametrize("times", [0.1, 0.5, 2.0, 5.0])
def test_what_all_do_is_seen(kind: str, times: float) -> None:
    """On a holiday, a truncated day, a day posted twice."""
    bank, rates, _ = crowd(kind)
    rng = np.random.default_rng(7)
    usual = bank.common_factor(rng.poisson(rates).astype(float), NONE)
    found = bank.common_factor(rng.poisson(times * rates).astype(float), NONE)
    assert found.proven
    # κ pulls to 1 where little is expected.
    assert found.value / usual.value == pytest.approx(times, rel=0.3)


@pytest.fixture(scope="module")
def known() -> dict[str, Crowd]:
    """Crowds that are only looked at."""
    return {
        "steady": crowd("steady"),
        "mixed": crowd("mixed"),
        "hours": crowd("steady", 3600.0, 24 * 15),
    }


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["steady", "mixed", "hours"]),
    ids=st.integers(1, 3000),
    messages=st.sampled_from([1.0, 3.0, 10.0, 50.0, 1e5]),
    seed=st.integers(0, 5),
)
def test_fresh_ids_hardly_move_it(
    known: dict[str, Crowd], kind: str, ids: int, messages: float, seed: int
) -> None:
    """However many they are, and whatever they send."""
    bank, _, hour = known[kind]
    x = known[kind].counts(seed)
    without = bank.common_factor(x, NONE, hour=hour).value
    with_them = bank.common_factor(x, np.full(ids, messages), hour=hour).value
    assert with_them == pytest.approx(without, rel=0.04)


@pytest.mark.parametrize("kind", ["steady", "mixed"])
def test_a_flood_that_falls_silent_is_not_missed(kind: str) -> None:
    """It teaches next to nothing about silence, nor what newcomers do; the factor stays."""
    here = crowd(kind)
    usual = here.bank.common_factor(here.counts(60), NONE).value
    mean = np.mean(here.bank.forecast(usual)[2])
    closed(here.bank, here.counts(60), np.full(2000, 10.0))
    for bucket in range(61, 71):
        x = np.concatenate([here.counts(bucket), np.zeros(2000)])
        found = closed(here.bank, x, NONE)
        assert found.value == pytest.approx(usual, rel=0.15)
    known = here.bank.forecast(usual)[2][: len(here.rates)]
    assert np.mean(known) == pytest.approx(mean, rel=0.1)
    assert (here.bank.peers.first.capped_total or 0.0) < 0.1 * 2000.0


def test_ids_that_sleep_after_two_weeks_take_nobody_along() -> None:
    """Twice as many as the known, for 14 days; then all of them fall silent together."""
    here = crowd("steady")
    rng = np.random.default_rng(5)
    usual = closed(here.bank, here.counts(60), rng.poisson(10.0, 300).astype(float)).value
    for bucket in range(61, 90):
        theirs = rng.poisson(10.0, 300).astype(float) if bucket < 74 else np.zeros(300)
        found = closed(here.bank, np.concatenate([here.counts(bucket), theirs]), NONE)
        assert found.value == pytest.approx(usual, rel=0.2)


def test_months_of_churn_do_not_make_it_drift() -> None:
    """Senders that end and begin all the time: rates and factor do not move apart."""
    rng = np.random.default_rng(8)
    bank, values = BurstBank(86_400.0), []
    ends = np.zeros(0)
    for day in range(150):
        x = rng.poisson(3.0, len(ends)) * (ends > day)
        new = rng.poisson(3.0, 20 if day else 600) + 1.0
        values.append(closed(bank, x.astype(float), new.astype(float)).value)
        ends = np.concatenate([ends, day + rng.geometric(0.03, len(new))])
    assert np.mean(values[110:]) == pytest.approx(np.mean(values[70:110]), rel=0.1)


@pytest.mark.parametrize("dispersion", [1.0, 3.0, 10.0])
def test_counts_that_are_more_skewed_than_predicted_do_not_make_it_drift(dispersion: float) -> None:
    """Most count less than their mean and a few much more: that is no common fall."""
    rng = np.random.default_rng(4)
    rates = np.concatenate([np.full(1000, 1.5), np.exp(rng.normal(0.0, 2.0, 1000))])
    bank = BurstBank(86_400.0)
    closed(bank, NONE, np.maximum(draw(rates, dispersion, rng), 1.0))
    values = [closed(bank, draw(rates, dispersion, rng), NONE).value for _ in range(150)]
    assert np.mean(values[130:]) == pytest.approx(np.mean(values[60:80]), rel=0.15)


def test_it_is_the_plain_ratio_while_nobody_is_proven() -> None:
    """As in the first days of a monitor."""
    bank = BurstBank(86_400.0)
    closed(bank, NONE, np.full(50, 10.0))
    found = bank.common_factor(np.full(50, 20.0), NONE)
    assert not found.proven
    assert found.value > 1.2
