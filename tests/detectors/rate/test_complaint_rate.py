"""Complaints that the sends explain are expected; complaints that they do not explain are found."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from detectors.burst.shiryaev_roberts import step
from detectors.distributions.dispersion import Dispersion
from detectors.rate.bank import RateBank, RateJudgement
from detectors.rate.complaint_rate import ComplaintRate
from detectors.rate.delay import DAY_S, PHONE_CALLS
from detectors.rate.prior import RatePrior
from tests.detectors.packed import packed, restored

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

HOUR_S = 3600.0
ALPHA = 1e-4


def _features(sends: float, complaints: float) -> dict[Hashable, Any]:
    return {"sends": sends, "complaints": complaints}


def _rate(bank: RateBank, row: int) -> float:
    """Complaints a message."""
    return float(bank._baseline.a[row] / bank._baseline.b[row])


def _judge(bank: RateBank, sends: F8, x: F8, alpha: float = ALPHA) -> Flags:
    """Close a bucket with all rows judged; return which alarmed. Their evidence begins anew."""
    due = bank.due(sends)
    judged = np.ones(bank.n, dtype=np.bool_)
    factor = bank.common_factor(x, due, judged)
    found = bank.close(sends, x, due, factor=factor, judged=judged, alarmed=~judged, alpha=alpha)
    over = found.evidence_nats >= found.threshold_nats
    bank.reset(np.flatnonzero(over))
    return over


def _complaints(rng: np.random.Generator, sends: F8, p: F8, bucket_s: float) -> F8:
    """Complaints of each bucket and sender about sends, a row a bucket, by PHONE_CALLS."""
    out = np.zeros_like(sends)
    shares = PHONE_CALLS.shares(bucket_s, len(sends))
    for t in range(len(sends)):
        out[t] = rng.poisson(p * (shares[: t + 1] @ sends[t::-1]))
    return out


def test_scalar_equals_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """With fixed values for what the cohort teaches, both forms agree to 1e-9 for 200 buckets."""
    bank = RateBank(HOUR_S, levels=())
    monkeypatch.setattr("detectors.distributions.dispersion.CLASS_WEIGHT", 1e300)
    bank._baseline.dispersion = Dispersion(0.97, start=0.4, start_weight=1e300, own_weight=1e300)
    sends = np.array([300.0, 4.0])
    bank._baseline.prior.begun = True  # its prior is what was given
    bank.grow(2)
    scalars = [
        ComplaintRate(a, b, bucket_s=HOUR_S, overdispersion=0.4)
        for a, b in zip(bank._baseline.a.tolist(), bank._baseline.b.tolist(), strict=True)
    ]
    rng = np.random.default_rng(1)
    everyone = np.ones(2, dtype=np.bool_)
    for t in range(200):
        bank._evidence.mean_share = 1.0
        n = rng.poisson(sends * (t % 24 < 12)).astype(float)
        x = rng.poisson(np.array([2.0, 0.1]) * (4.0 if t > 180 else 1.0)).astype(float)
        due = bank.due(n)
        share = bank._baseline.a / bank._baseline.b * due.total
        share = (share + 0.003) / (share + 0.1)
        before = bank._evidence.r.copy()
        judged = bank.close(n, x, due, judged=everyone, alarmed=~everyone, alpha=ALPHA)
        for i, scalar in enumerate(scalars):
            features = _features(float(n[i]), float(x[i]))
            assert float(judged.expected[i]) == pytest.approx(scalar.expected(features), rel=1e-9)
            # The scalar form has an inflow of 1: give it the bank's, which follows the size.
            scalar._r = [(r + float(share[i])) - 1.0 for r in before[:, i]]
            assert float(judged.evidence_nats[i]) == pytest.approx(
                scalar.score_one(features), abs=1e-9
            )
            scalar.learn_one(features)
            assert scalar._r == pytest.approx(bank._evidence.r[:, i].tolist(), rel=1e-9)
        bank._factor_split._sum = bank._factor_split._square = 1.0


def test_scalar_scoring_changes_nothing() -> None:
    """A score changes nothing; a copy and a pickle go on in the same way."""
    detector = ComplaintRate()
    for x in (3, 4, 9):
        detector.learn_one(_features(1000, x))
    before = pickle.dumps(detector)
    score = detector.score_one(_features(1000, 500))
    assert pickle.dumps(detector) == before
    for other in (copy.deepcopy(detector), pickle.loads(before)):
        assert other.score_one(_features(1000, 500)) == score
    assert detector.clone().score_one(_features(10, 0)) == ComplaintRate().score_one(
        _features(10, 0)
    )


def test_an_exposure_for_each_is_that_of_one_for_all() -> None:
    """The e-SR step with an array of equal exposures gives the same bits as with one number."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0.1, 9.0, 50), rng.uniform(0.1, 9.0, 50)
    x = rng.poisson(3.0, 50).astype(float)
    r = rng.uniform(0.0, 5.0, (3, 50))
    one, each = r.copy(), r.copy()
    first = step(one, np.ones(50), a, b, x, 0.7, (1.5, 4.0), ((5.0, 1.0),), one)
    second = step(each, np.ones(50), a, b, x, np.full(50, 0.7), (1.5, 4.0), ((5.0, 1.0),), each)
    assert np.array_equal(first, second)
    assert np.array_equal(one, each)


def test_false_alarms_stay_within_alpha() -> None:
    """Rates from the prior, changing sends, no forgetting: at most alpha n alarms."""
    rng = np.random.default_rng(3)
    runs, buckets, alpha = 2000, 150, 1e-3
    a, b = np.full(runs, 0.5), np.full(runs, 50.0)
    p = rng.gamma(a, 1.0 / b)
    sends = rng.poisson(100.0, (buckets, runs)) * (rng.random((buckets, runs)) < 0.3)
    shares = PHONE_CALLS.shares(DAY_S, buckets)
    r, alarms = np.zeros((6, runs)), 0
    levels = ((5.0, 1.0), (20.0, 10.0))
    for t in range(buckets):
        due = np.maximum(shares[: t + 1] @ sends[t::-1], 1e-9)
        x = rng.poisson(p * due).astype(float)
        evidence = step(r, np.ones(runs), a, b, x, due, (1.5, 2.0, 4.0, 10.0), levels, r)
        over = evidence >= -math.log(alpha)
        alarms += int(over.sum())
        r[:, over] = 0.0
        a, b = a + x, b + due
    assert alarms <= alpha * runs * buckets


def _population(seed: int, n: int, days: int) -> tuple[np.random.Generator, F8, F8]:
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(5.0, 1.5, n))
    p = np.minimum(rng.gamma(0.5, 0.01 / 0.5, n), 0.2)
    return rng, rng.poisson(size, (days, n)).astype(float), p


@pytest.mark.parametrize("bucket_s", [HOUR_S, DAY_S])
def test_recording_that_begins_today_raises_no_flood(bucket_s: float) -> None:
    """A sender that has long sent, but is recorded only from today, has no additional alarms."""
    buckets = 120 + 7 * round(DAY_S / bucket_s)
    rng, sends, p = _population(4, 400, buckets)
    x = _complaints(rng, sends, p, bucket_s)[120:]
    bank, alarms = RateBank(bucket_s), 0
    bank.grow(400)
    for t in range(len(x)):
        alarms += int(_judge(bank, sends[120 + t], x[t]).sum())
    assert alarms <= max(ALPHA * 400 * len(x), 1)


def _first_days(p: float, seed: int) -> float:
    """Highest score of a sender with a known rate, in the first three days of recording."""
    rng = np.random.default_rng(seed)
    detector = ComplaintRate(200.0, 200.0 / p, bucket_s=HOUR_S)
    scores = []
    for _ in range(72):
        features = _features(1000.0, float(rng.poisson(1000.0 * p)))
        scores.append(detector.score_one(features))
        detector.learn_one(features)
    return max(scores)


def test_messages_of_before_the_recording_are_allowed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaints about earlier messages are uncertain, not surprising, also at a known rate."""
    assert max(_first_days(0.02, seed) for seed in range(10)) < 2.0
    monkeypatch.setattr("detectors.rate.delayed_sends.DelayedSends.uncovered", lambda *_: 0.0)
    assert min(_first_days(0.02, seed) for seed in range(10)) > 7.0


def test_a_campaign_and_its_wave_are_explained() -> None:
    """Ten times the sends, then none: neither the rise nor the wave after it is an alarm."""
    rng, sends, p = _population(5, 300, 120)
    sends[100, :30] *= 10.0
    sends[101:, :30] = 0.0
    x = _complaints(rng, sends, p, DAY_S)
    bank = RateBank(DAY_S)
    bank.grow(sends.shape[1])
    late = np.zeros(300, dtype=int)
    for t in range(120):
        over = _judge(bank, sends[t], x[t])
        late += over * (t >= 100)
    assert x[101:106, :30].sum() > 100
    assert late[:30].sum() <= 1


def test_a_raised_rate_is_found() -> None:
    """With steady sends, a tripled rate is found for ten or more expected complaints."""
    rng, sends, p = _population(6, 300, 110)
    x = _complaints(rng, sends, p, DAY_S)
    bank = RateBank(DAY_S)
    bank.grow(sends.shape[1])
    heavy = np.flatnonzero(p * sends.mean(axis=0) > 10.0)[:10]
    found = np.zeros(300, dtype=np.bool_)
    for t in range(110):
        if t >= 100:
            x[t, heavy] = rng.poisson(3.0 * p[heavy] * sends[t, heavy])
        over = _judge(bank, sends[t], x[t])
        if t >= 100:
            found |= over
    assert len(heavy) >= 5
    assert found[heavy].all()
    assert int(found.sum()) <= len(heavy) + 1


def test_rows_not_judged_gather_nothing() -> None:
    """Complaints of rows that are not judged change neither evidence nor rate."""
    bank = RateBank(DAY_S)
    sends = np.array([100.0, 100.0])
    bank.grow(2)
    judged = np.array([True, False])
    for x in (1.0, 50.0, 50.0):
        due = bank.due(sends)
        bank.close(sends, np.full(2, x), due, judged=judged, alarmed=~judged & judged, alpha=ALPHA)
    assert bank._evidence.r[:, 0].all()
    assert not bank._evidence.r[:, 1].any()
    assert _rate(bank, 0) > 1.05 * _rate(bank, 1)
    assert bank.onset(1) is None


def test_packed_and_restored_it_goes_on_the_same() -> None:
    """A checkpoint at any bucket, in any pieces, changes no later bit; nor do empty buckets."""
    rng, sends, p = _population(7, 30, 60)
    sends[20:40] = 0.0
    x = _complaints(rng, sends, p, DAY_S)
    through, broken = RateBank(DAY_S), RateBank(DAY_S)
    for bank in (through, broken):
        bank.grow(sends.shape[1])
    for t in range(60):
        if t in (1, 25, 33):
            broken = restored(packed(broken, 7, 19), RateBank(DAY_S))
        assert np.array_equal(_judge(through, sends[t], x[t]), _judge(broken, sends[t], x[t]))
        assert packed(through) == packed(broken)


def test_an_entity_does_not_depend_on_its_place() -> None:
    """The past sends of a row are the same to the last bit, alone and among 10,000 rows."""
    rng = np.random.default_rng(8)
    alone = RateBank(HOUR_S)
    full = RateBank(HOUR_S)
    alone.grow(1)
    full.grow(10_000)
    for _ in range(40):
        n = float(rng.poisson(9.0))
        for bank in (alone, full):
            _judge(bank, np.full(bank.n, n), np.zeros(bank.n))
    assert (full._past == alone._past).all()


def test_a_level_shift_is_learned() -> None:
    """After an alert that did not end, the new rate is expected."""
    bank = RateBank(DAY_S)
    sends = np.array([1000.0])
    bank.grow(1)
    for _ in range(50):
        _judge(bank, sends, np.array([2.0]))
    bank.adopt_level(np.array([0]), np.array([0.05]))
    due = bank.due(sends)
    expected = _rate(bank, 0) * float(due.total[0])
    assert expected == pytest.approx(50.0, rel=0.05)


def test_a_hole_in_the_sends_is_filled() -> None:
    """If the sends of a bucket were lost, the usual sends are assumed."""
    bank = RateBank(DAY_S)
    sends = np.array([500.0, 20.0])
    bank.grow(2)
    for _ in range(100):
        _judge(bank, sends, np.zeros(2))
    assert bank.usual_sends() == pytest.approx(sends, rel=1e-3)


def test_the_cohorts_spread_is_learned_and_stays_wide() -> None:
    """Similar senders narrow the prior, odd ones widen it, both within the stated bounds."""
    alike, odd = RatePrior(1.0, 1, rate=0.01), RatePrior(1.0, 1, rate=0.01)
    shape = np.full(2000, 100.0)
    for prior, rates in ((alike, 0.01), (odd, np.where(np.arange(2000) % 50, 1e-4, 0.5))):
        prior.enter(0, 2000)
        prior.add(2000 * 1.0, 2000 * 100.0)
        prior.pass_bucket(shape, shape / rates)
    assert 1.0 / alike.gamma()[0] == pytest.approx(2.0, rel=1e-3)
    assert 2.0 < 1.0 / odd.gamma()[0] <= 20.0 + 1e-3


def test_judgements_say_what_was_due() -> None:
    """The exposure is the messages due: with steady sends, the sends of a bucket."""
    bank = RateBank(DAY_S)
    sends = np.array([200.0])
    bank.grow(1)
    judged = np.ones(1, dtype=np.bool_)
    for _ in range(30):
        found: RateJudgement = bank.close(
            sends, np.ones(1), bank.due(sends), judged=judged, alarmed=~judged, alpha=ALPHA
        )
        assert float(found.exposure[0]) == pytest.approx(200.0, rel=1e-9)
        assert found.fits.all()


def test_fresh_senders_move_no_factor() -> None:
    """Thousands of messages by ids that nobody complains about yet: others' complaints fit."""
    rng, bank = np.random.default_rng(4), RateBank(DAY_S)
    bank.grow(50)
    sends = np.full(50, 1000.0)
    for _ in range(40):
        _judge(bank, sends, rng.poisson(3.0, 50).astype(float))
    bank.grow(400)
    sends, x = np.repeat([1000.0, 500.0], [50, 400]), np.repeat([3.0, 0.0], [50, 400])
    for _ in range(4):
        due = bank.due(sends)
        everybody = np.ones(450, dtype=np.bool_)
        assert bank.common_factor(x, due, everybody) == pytest.approx(1.0, abs=0.15)
        assert not _judge(bank, sends, x)[:50].any()
