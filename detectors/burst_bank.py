"""Burst detection for all entities of one level and one signal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import baseline, school
from detectors.baseline import Baseline
from detectors.cohort_prior import CohortPrior
from detectors.focus_bank import FocusBank, Onset
from detectors.gamma_poisson import capped_mean, tail
from detectors.gauge import Gauge
from detectors.outlook import Outlook, band, least
from detectors.peer_counts import PeerCounts
from detectors.school import School
from detectors.shiryaev_roberts import step

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DAY_S = 86_400.0

BLOCK = 1 << 13
"""Rows at a time: what one block needs stays in the processor's cache."""

LEAST_EXPOSURE = 1e-6

SPARSE = 1.0
"""Entities expected to count less than this are capped at 3 in the common factor."""

FITS = 0.1
"""A count with at least this chance to be reached or passed fits its baseline."""


SETTLING_DAYS = 7.0
"""Age of a monitor up to which nobody is young."""

RISEN = 1.5
"""A count of so many times its own expectation may stand out among its peers."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one closed bucket says of each row, newcomers last."""

    evidence_nats: F8
    threshold_nats: F8
    expected: F8
    """Predictive mean of the count, from before the bucket."""
    fits: Flags
    """Whether the count fits the baseline; worked out for alarmed rows, else true."""
    among_peers: Flags
    """Rows whose evidence is their rank among their peers: newcomers and young ones."""
    spared: Rows
    """Rows below their threshold that would have reached it had the calendar not raised them."""


class BurstBank:
    r"""Predictive Shiryaev-Roberts e-detectors, their baselines and onsets, as arrays.

    Row i is entity i in order of first sight. In each closed bucket an entity's count x
    is judged against what the past predicts, then learned:

    1. the past predicts a negative binomial (`Baseline`);
    2. evidence :math:`\ln \sum_k w_k R_k` (`shiryaev_roberts.step`);
    3. the winsorised count is learned, after forgetting :math:`1 - \lambda`;
    4. Poisson-FOCuS takes the count and its expectation in, for the onset.

    Newcomers are judged once, by their first count among recent first counts
    (`PeerCounts`), and begin with the posterior that the cohort suggests (`CohortPrior`).
    While they are young a count that their own few days do not fit may also stand out among
    the counts of their peers: a rise over the first days teaches the baseline what it should
    show, but the cohort knows that such counts are rare. Whichever of the two passes its
    threshold by more is what a row's evidence is.

    Threshold: :math:`-\ln \alpha`. If predictives are right, alarms in n buckets are at
    most :math:`\alpha n` in expectation, whatever n, re-openings included, and this adds
    over entities. Forgetting, winsorising and estimated dispersions break the condition:
    the budget is then a measured property. Of the inflow of R, which is what spends the
    budget, an entity gets a share :math:`(r + .003)/(r + .3)` at rate r, relative to the
    mean over all, since nearly none of those that are silent will ever burst.

    Nothing here depends on a row's position or company, except what all share; shared
    sums run in row order.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    ratios, levels
        Alternatives, as `shiryaev_roberts.step` takes them; equally weighted.
    keep_per_day
        Weight that what was learned keeps after a day.
    shape
        Shape that forgetting stops at: the width of one cell of the cohort's mixture.
    expectation_cv
        Relative error of the exposure.
    winsor_sd
        Counts are learned as at most this many of their class's deviations over the mean.
    common_weight
        κ of the common factor: counts that pull it to 1.
    school_buckets
        Buckets after its first in which an entity shows its rate to the cohort.
    young_buckets
        Buckets after its first in which an entity is judged among its peers as well.
    first_per_day
        Newcomers expected a day before any has been seen.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors. arXiv 2203.03532.

    Examples
    --------
    >>> bank = BurstBank(86_400.0)
    >>> none = np.zeros(0)
    >>> _ = bank.close(none, np.array([10.0, 1.0]), alarmed=none > 0, alpha=1e-3, alpha_first=1e-3)
    >>> calm = np.zeros(2, dtype=bool)
    >>> for _ in range(20):
    ...     judged = bank.close(np.array([10.0, 0.0]), none, alarmed=calm, alpha=1e-3,
    ...                         alpha_first=1e-3)
    >>> judged.expected.round()
    array([10.,  0.])
    >>> judged = bank.close(np.array([12.0, 25.0]), none, alarmed=calm, alpha=1e-3,
    ...                     alpha_first=1e-3)
    >>> (judged.evidence_nats >= judged.threshold_nats).tolist()
    [False, True]
    >>> bank.onset(1).observed
    25.0
    """

    def __init__(
        self,
        bucket_s: float,
        *,
        ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 10.0),
        levels: tuple[tuple[float, float], ...] = ((5.0, 1.0), (20.0, 10.0)),
        keep_per_day: float = 0.97,
        shape: float = 0.3,
        expectation_cv: float = 0.1,
        winsor_sd: float = 3.0,
        common_weight: float = 50.0,
        school_buckets: int | None = None,
        young_buckets: int | None = None,
        first_per_day: float = 1000.0,
    ) -> None:
        days = bucket_s / DAY_S
        self._ratios, self._levels = ratios, levels
        self._common_weight = common_weight
        self._first = PeerCounts(days, keep_per_day=keep_per_day, start_per_day=first_per_day)
        self._young = PeerCounts(days, keep_per_day=keep_per_day, start_per_day=first_per_day)
        self._young_buckets = young_buckets or max(28, round(1.0 / days))
        self._before: dict[int, F8] = {}
        self._entered: list[int] = []
        """Rows known before each of the last `young_buckets` buckets."""
        self._baseline = Baseline(
            days,
            keep_per_day=keep_per_day,
            shape=shape,
            expectation_cv=expectation_cv,
            winsor_sd=winsor_sd,
        )
        self._school = School(
            CohortPrior(days, keep_per_day=keep_per_day),
            school_buckets or max(7, round(1.0 / (24.0 * days))),
        )
        self._gauge = Gauge(days)
        self._focus = FocusBank()
        self._r = np.zeros((len(ratios) + len(levels), 0))
        self._mean_share = 1.0
        self.n = 0

    def turn(self, slot: int | None) -> None:
        """Say in which hour of the week the bucket at hand lies (`Profile`), if it is known.

        It holds for all that is asked until the next turn, and goes into no checkpoint.
        """
        self._baseline.slot = slot

    @property
    def first_per_day(self) -> float:
        """Newcomers a day, decayed mean."""
        return self._first.per_day

    @property
    def young_per_day(self) -> float:
        """Counts of young entities a day, decayed mean."""
        return self._young.per_day

    @property
    def expected_first(self) -> float:
        """Mean first count of recent newcomers."""
        return self._first.mean

    def common_factor(
        self, x: F8, first: F8, exposure: float = 1.0, raised: F8 | None = None
    ) -> float:
        r"""What the bulk of entities did in a bucket, against what was expected of it.

        .. math::

            f = \frac{\kappa + \sum u \min(x, c) + \sum_{new} \min(x, 3)}
                     {\kappa + \sum u E[\min(X, c)] + N}

        c is 3 for sparse entities and three predictive deviations over the mean for others,
        whose weight u makes them count as if three were expected of them: the factor is
        about the bulk, so none may be the bulk by itself. N is the forecast of the
        newcomers' capped total.

        Parameters
        ----------
        x, first
            Counts of known entities and of newcomers.
        exposure
            Exposure known without looking at the counts, e.g. from a profile.
        raised
            By how much the calendar raises each row, newcomers last; None: nobody.
        """
        seen, due = self._common_weight, self._common_weight
        for at in range(0, self.n, BLOCK):
            rows = slice(at, min(at + BLOCK, self.n))
            of = exposure if raised is None else exposure * raised[rows]
            a, b, mean = self._baseline.predictive(rows, of)
            sparse = capped_mean(a, b, of)
            deviation = np.sqrt(mean + mean * mean / a)
            busy = mean >= SPARSE
            weight = np.where(busy, np.minimum(1.0, 3.0 / mean), 1.0)
            cap = np.where(busy, mean + 3.0 * deviation, 3.0)
            seen += float(np.sum(weight * np.minimum(x[rows], cap)))
            due += float(np.sum(np.where(busy, weight * mean, sparse)))
        forecast = self._first.capped_total
        if forecast is not None:
            evened = first if raised is None else first / raised[self.n :]
            seen += float(np.sum(np.minimum(evened, 3.0)))
            due += forecast * exposure
        return seen / due

    def close(
        self,
        x: F8,
        first: F8,
        *,
        exposure: float = 1.0,
        alarmed: Flags,
        alpha: float,
        alpha_first: float,
        alpha_young: float = 0.0,
        learn: bool = True,
        raised: F8 | None = None,
        without: float = 1.0,
    ) -> Judgement:
        """Judge one closed bucket, then learn from it.

        Parameters
        ----------
        x
            Counts of the n known entities.
        first
            Counts of newcomers, all above 0; they become rows n, n + 1, ...
        exposure
            Exposure of the bucket: profile times common factor.
        alarmed
            Known entities with an open alert: R stays 0, nothing is learned.
        alpha, alpha_first, alpha_young
            Chance of a false alarm of a known entity and bucket, of a newcomer, and of a
            young entity and bucket in which it counts.
        learn
            False keeps the bucket out of all that is learned; R and the onset go on.
        raised
            By how much, at least 1, the calendar raises each row's expectation, newcomers
            last; None: nobody's. Newcomers and young ones are judged and learned by their
            counts divided by it. A raise is an operator's guess: counts between the plain and
            the raised expectation leave the rate as it is.
        without
            Exposure that the bucket would have had with nobody raised.
        """
        n, m = self.n, len(first)
        x = np.ascontiguousarray(x, dtype=np.float64)
        first = np.ascontiguousarray(first, dtype=np.float64)
        exposure = max(exposure, LEAST_EXPOSURE)
        lesson = self._gauge.relative(exposure)
        evidence, expected = np.empty(n + m), np.empty(n + m)
        threshold = np.full(n + m, -math.log(alpha))
        self._before = {}
        fits = np.ones(n + m, dtype=np.bool_)
        young = self._active_young(x, alarmed)
        ages = x[young], first  # counts that are judged by the age of who has them
        up = None
        would = np.zeros(0, dtype=np.intp)
        if raised is not None:
            up = raised[young]
            ages = ages[0] / up, first / raised[n:]
            would = self._over_without(
                x, first, raised, young, alarmed, without, (alpha, alpha_first, alpha_young)
            )
        risen, ranks = self._risen(young, ages[0], exposure, lesson, alpha_young)
        self._remember(risen)
        shares = 0.0
        for at in range(0, n, BLOCK):
            rows = slice(at, min(at + BLOCK, n))
            held = np.flatnonzero(alarmed[rows])
            of = exposure if raised is None else exposure * raised[rows]
            a, b, mean = self._baseline.predictive(rows, of)
            share = _share(mean / of)
            shares += float(np.sum(share))
            state = self._r[:, rows]
            inflow = share / self._mean_share
            evidence[rows] = step(
                state, inflow, a, b, x[rows], of, self._ratios, self._levels, state
            )
            expected[rows] = mean
            if len(held):
                state[:, held] = 0.0
                on_held = of if isinstance(of, float) else of[held]
                fits[rows][held] = tail(a[held], b[held], x[rows][held], on_held) >= FITS
            self._remember(at + np.flatnonzero(evidence[rows] >= threshold[rows]))
            if learn:
                calm = ~alarmed[rows]
                stretch = None
                if raised is not None:
                    plain = mean / raised[rows]
                    stretch = np.clip(x[rows] / plain, 1.0, raised[rows])
                    mean = plain * stretch
                learned = self._baseline.learn(rows, x[rows], mean, exposure, lesson, calm, stretch)
                self._school.learn(rows, learned if stretch is None else learned / stretch, calm)
        among_peers = np.zeros(n + m, dtype=np.bool_)
        if len(risen):
            limit = -math.log(alpha_young)
            more = ranks - limit > evidence[risen] - threshold[risen]
            evidence[risen[more]], threshold[risen[more]] = ranks[more], limit
            among_peers[risen[more]] = True
        evidence[n:] = self._first.evidence(ages[1], lesson)
        expected[n:] = self._first.mean
        if raised is not None:
            expected[n:] *= raised[n:]
        if n:
            self._mean_share = shares / n
        self._focus.close(expected[:n], x, ~alarmed)
        if learn:
            self._gauge.learn(exposure)
            self._first.learn(ages[1], lesson)
            if self._entered:
                self._young.learn(ages[0], lesson)
            self._baseline.pass_bucket(lesson)
            self._school.pass_bucket(self._baseline.exposure)
        # Whoever counts in a monitor's first week was mostly there before it.
        if self._first.age_days > SETTLING_DAYS:
            self._entered = [*self._entered, n][-self._young_buckets :]
        if m:
            self._baseline.grow(*self._school.enter(ages[1], lesson, self._baseline.exposure))
            self._focus.grow(m)
            self._r = np.concatenate([self._r, np.zeros((len(self._r), m))], axis=1)
            self.n += m
        threshold[n:] = -math.log(alpha_first)
        among_peers[n:] = True
        spared = would[evidence[would] < threshold[would]]
        return Judgement(evidence, threshold, expected, fits, among_peers, spared)

    def _over_without(
        self,
        x: F8,
        first: F8,
        raised: F8,
        young: Rows,
        alarmed: Flags,
        exposure: float,
        alphas: tuple[float, float, float],
    ) -> Rows:
        """Of raised rows, those that would have reached their threshold with nobody raised."""
        n = len(x)
        exposure = max(exposure, LEAST_EXPOSURE)
        lesson = self._gauge.relative(exposure)
        alpha, alpha_first, alpha_young = alphas
        rows = np.flatnonzero((raised[:n] > 1.0) & (x > 0.0) & ~alarmed)
        over = self.score(rows, x[rows], exposure=exposure) >= -math.log(alpha)
        up = young[raised[young] > 1.0]
        peers, _ = self._risen(up, x[up], exposure, lesson, alpha_young)
        ranks = self._first.evidence(first, lesson)
        new = np.flatnonzero((raised[n:] > 1.0) & (ranks >= -math.log(alpha_first)))
        return np.unique(np.concatenate([rows[over], peers, n + new]))

    def _active_young(self, x: F8, alarmed: Flags) -> Rows:
        """Young rows that count and have no alert."""
        start = self._entered[0] if self._entered else self.n
        return start + np.flatnonzero((x[start:] > 0.0) & ~alarmed[start:])

    def _remember(self, rows: Rows) -> None:
        """Keep the baselines of rows that may be about to have an alert."""
        if len(rows):
            self._before.update(zip(rows.tolist(), self._baseline.snapshot(rows).T, strict=True))

    def _risen(
        self, rows: Rows, x: F8, exposure: float, lesson: float, alpha: float
    ) -> tuple[Rows, F8]:
        """Young rows that rank high among their peers and are above their own baseline."""
        if alpha <= 0.0 or not len(rows):
            return rows[:0], x[:0]
        ranks = self._young.evidence(x, lesson)
        high = np.flatnonzero(ranks >= -math.log(alpha))
        _, _, mean = self._baseline.predictive(rows[high], exposure)
        high = high[x[high] >= RISEN * mean]
        return rows[high], ranks[high]

    def score(self, rows: Rows, x: F8, *, exposure: float = 1.0) -> F8:
        """Evidence that these counts would give if the bucket closed now."""
        exposure = max(exposure, LEAST_EXPOSURE)
        x = np.ascontiguousarray(x, dtype=np.float64)
        a, b, mean = self._baseline.predictive(rows, exposure)
        inflow = _share(mean / exposure) / self._mean_share
        state = np.ascontiguousarray(self._r[:, rows])
        return step(state, inflow, a, b, x, exposure, self._ratios, self._levels, None)

    def score_open(
        self, row: int, count: float, alpha: float, alpha_young: float, raised: float = 1.0
    ) -> tuple[float, float]:
        """Evidence and threshold of a row without an alert if its bucket closed now."""
        rows, x = np.array([row], dtype=np.intp), np.array([count])
        evidence, limit = float(self.score(rows, x, exposure=raised)[0]), -math.log(alpha)
        if self._entered and row >= self._entered[0]:
            _, rank = self._risen(rows, x / raised, 1.0, 1.0, alpha_young)
            if len(rank) and float(rank[0]) + math.log(alpha_young) > evidence - limit:
                return float(rank[0]), -math.log(alpha_young)
        return evidence, limit

    def score_first(self, x: F8) -> F8:
        """Evidence that newcomers with these first counts would give."""
        return self._first.evidence(np.ascontiguousarray(x, dtype=np.float64), 1.0)

    def outlook(
        self,
        row: int,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        raised: float = 1.0,
    ) -> Outlook:
        """What a row's count in the next bucket may be, before `close` judges it.

        Parameters
        ----------
        row
            An entity without an alert; of others only the band means something.
        alpha, alpha_young, exposure, raised
            As `close` will get them; `raised` is the row's.
        """
        exposure = max(exposure, LEAST_EXPOSURE)
        lesson = self._gauge.relative(exposure)
        exposure *= raised
        at = np.array([row], dtype=np.intp)
        a, b, mean = self._baseline.predictive(at, exposure)
        young = alpha_young > 0.0 and bool(self._entered) and row >= self._entered[0]

        def alarms(x: F8) -> Flags:
            over = self.score(np.repeat(at, len(x)), x, exposure=exposure) >= -math.log(alpha)
            if young:
                ranks = self._young.evidence(x / raised, lesson)
                over |= (ranks >= -math.log(alpha_young)) & (x >= RISEN * mean)
            # Only what counts can open an alert.
            return np.asarray(over & (x > 0.0))

        return Outlook(*band(float(a[0]), float(b[0]), exposure), least(alarms))

    def outlook_first(
        self, alpha_first: float, *, exposure: float = 1.0, raised: float = 1.0
    ) -> Outlook:
        """What a newcomer's first count may be, before `close` judges it."""
        lesson = self._gauge.relative(max(exposure, LEAST_EXPOSURE))
        limit = -math.log(alpha_first)

        def alarms(x: F8) -> Flags:
            return np.asarray((self._first.evidence(x / raised, lesson) >= limit) & (x > 0.0))

        return Outlook(None, None, least(alarms))

    def expected_of(self, rows: Rows, exposure: float) -> F8:
        """Predictive mean of these rows."""
        return self._baseline.predictive(rows, max(exposure, LEAST_EXPOSURE))[2]

    def reset(self, rows: Rows) -> None:
        """Start these rows' evidence anew, after an alert."""
        self._r[:, rows] = 0.0
        self._focus.reset(rows)

    def hold(self, row: int) -> None:
        """Begin an alert: what the last bucket taught of the row is taken back.

        The baseline that an alert is followed by is the one from before it.
        """
        if row in self._before:
            self._baseline.put_back(row, self._before[row])
        self.reset(np.array([row], dtype=np.intp))

    def adopt_level(self, rows: Rows, rate: F8) -> None:
        """Take a burst that outlived its longest life for the new level.

        Parameters
        ----------
        rows
            Entities.
        rate
            Their new counts a unit of exposure.
        """
        self._baseline.adopt(rows, rate)
        self.reset(rows)

    def onset(self, row: int) -> Onset | None:
        """Where the stretch that stands out most began, or None if none does."""
        return self._focus.onset(row)

    def pack_shared(self) -> bytes:
        """What belongs to all rows: msgpack of plain values."""
        return msgspec.msgpack.encode(
            _Shared(
                self._mean_share,
                self._focus.closed,
                self._first.dump(),
                self._young.dump(),
                self._entered,
                self._gauge.dump(),
                self._baseline.dump_shared(),
                self._school.dump_shared(),
            )
        )

    def pack(self, start: int, stop: int) -> bytes:
        """Rows start..stop-1: msgpack of the arrays' little-endian bytes, one after another.

        131 bytes a row with six alternatives, and 28 for each start that Poisson-FOCuS holds.
        """
        return msgspec.msgpack.encode(
            [
                *self._baseline.dump(start, stop),
                *self._school.dump(start, stop),
                *(r[start:stop].tobytes() for r in self._r),
                self._focus.dump(start, stop),
            ]
        )

    @classmethod
    def restore(
        cls, bucket_s: float, shared: bytes, chunks: list[bytes], **settings: Any
    ) -> BurstBank:
        """Bank as it was packed, to the last bit.

        Parameters
        ----------
        bucket_s
            Bucket size in seconds.
        shared
            What `pack_shared` gave.
        chunks
            What `pack` gave, in the order of the rows.
        **settings
            As given to the bank that was packed.
        """
        bank = cls(bucket_s, **settings)
        common = msgspec.msgpack.decode(shared, type=_Shared)
        bank._mean_share = common.mean_share
        bank._first.load(common.first)
        bank._young.load(common.young)
        bank._entered = common.entered
        bank._gauge.load(common.gauge)
        bank._baseline.load_shared(common.baseline)
        bank._school.load_shared(common.school)
        pieces = [msgspec.msgpack.decode(chunk, type=list[bytes]) for chunk in chunks]
        for *_, focus in pieces:
            bank._focus.load(focus)
        bank._focus.closed = common.closed
        if pieces:
            columns = [b"".join(parts) for parts in zip(*pieces, strict=True)]
            own = baseline.COLUMNS + bank._baseline.profile.kinds - 1
            to = own + school.COLUMNS
            bank._baseline.load(columns[:own])
            bank._school.load(columns[own:to])
            bank._r = np.stack([np.frombuffer(column) for column in columns[to:-1]])
            bank.n = bank._r.shape[1]
        return bank


def _share(rate: F8) -> F8:
    """How much of the budget an entity of this rate gets, before dividing by the mean."""
    return (rate + 0.003) / (rate + 0.3)


class _Shared(msgspec.Struct):
    mean_share: float
    closed: int
    first: list[bytes | float]
    young: list[bytes | float]
    entered: list[int]
    gauge: list[float]
    baseline: bytes
    school: bytes
