"""Burst detection for all entities of one level and one signal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.evidence import Evidence
from detectors.burst.focus_bank import FocusBank, Onset
from detectors.burst.judgement import Judgement
from detectors.burst.open_bucket import LEAST_EXPOSURE, OpenBucket
from detectors.burst.tail_evidence import TailEvidence
from detectors.cohort.newcomers import Peers
from detectors.cohort.prior import CohortPrior
from detectors.cohort.prior_learning import School
from detectors.distributions.gamma_poisson import tail
from detectors.exposure.common_factor import BLOCK, common_factor
from detectors.exposure.factor_split import Gauge
from detectors.state import State

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DAY_S = 86_400.0

FITS = 0.1
"""A count with at least this chance to be reached or passed fits its baseline."""


class BurstBank:
    r"""Predictive Shiryaev-Roberts e-detectors, their baselines and onsets, as arrays.

    Row i is entity i in order of first sight. In each closed bucket an entity's count x
    is judged against what the past predicts, then learned:

    1. the past predicts a negative binomial (`Baseline`);
    2. evidence :math:`\ln \sum_k w_k R_k` (`Evidence`);
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
    the budget is then a measured property.

    Nothing here depends on a row's position or company, except what all share; shared
    sums run in row order.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    detector
        What judges those that have counted before: ``"e-sr"``, over buckets, or ``"tail"``, each
        bucket by itself (`TailEvidence`).
    ratios, levels
        Alternatives of the former, as `shiryaev_roberts.step` takes them; equally weighted.
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
    alone
        Whether each row has a week of its own (`Season`): for few, without a common factor.

    Attributes
    ----------
    open
        What may be asked of a bucket before it closes.
    peers
        What newcomers and young entities are judged by.
    state
        What is held of the past: 131 bytes a row with six alternatives, and 28 for each start
        that Poisson-FOCuS holds.

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
        detector: Literal["e-sr", "tail"] = "e-sr",
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
        alone: bool = False,
    ) -> None:
        days = bucket_s / DAY_S
        self._baseline = Baseline(
            days,
            keep_per_day=keep_per_day,
            shape=shape,
            expectation_cv=expectation_cv,
            winsor_sd=winsor_sd,
            alone=alone,
        )
        self.peers = Peers(
            days,
            keep_per_day=keep_per_day,
            first_per_day=first_per_day,
            young_buckets=young_buckets or max(28, round(1.0 / days)),
        )
        self._common_weight = common_weight
        self._gauge = Gauge(days)
        self._evidence = (
            Evidence(ratios, levels, half=0.3) if detector == "e-sr" else TailEvidence(half=0.3)
        )
        self.open = OpenBucket(self._baseline, self.peers, self._evidence, self._gauge)
        self._school = School(
            CohortPrior(days, keep_per_day=keep_per_day),
            school_buckets or max(7, round(1.0 / (24.0 * days))),
        )
        self._focus = FocusBank()
        self._before: dict[int, tuple[Any, ...]] = {}
        self.state = State()
        self.state.include(
            baseline=self._baseline.state,
            prior_learning=self._school.state,
            evidence=self._evidence.state,
            focus=self._focus.state,
            peers=self.peers.state,
            factor_split=self._gauge.state,
        )

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self._baseline)

    def turn(self, slot: int | None) -> None:
        """Say in which hour of the week the bucket at hand lies (`Profile`), if it is known.

        It holds for all that is asked until the next turn, and goes into no checkpoint.
        """
        self._baseline.slot = slot

    def common_factor(
        self, x: F8, first: F8, exposure: float = 1.0, raised: F8 | None = None
    ) -> float:
        """What the bulk did in a bucket, against what was expected: `common_factor`."""
        return common_factor(
            self._baseline,
            x,
            first,
            self.peers.first.capped_total,
            weight=self._common_weight,
            exposure=exposure,
            raised=raised,
        )

    def expected_of(self, rows: Rows, exposure: float) -> F8:
        """Predictive mean of these rows."""
        return self._baseline.predictive(rows, max(exposure, LEAST_EXPOSURE))[2]

    def forecast(self, exposure: float | F8) -> tuple[F8, F8, F8, F8]:
        """What `close` is about to judge known entities by, at this exposure.

        Returns
        -------
        tuple[F8, F8, F8, F8]
            Widened shape and rate, mean, and share of the budget over the mean share.
        """
        of = np.maximum(np.broadcast_to(exposure, (self.n,)), LEAST_EXPOSURE)
        a, b, mean = self._baseline.predictive(slice(0, self.n), of)
        return a, b, mean, self._evidence.share(mean / of) / self._evidence.mean_share

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
        young = self.peers.active(x, alarmed)
        ages = x[young], first  # counts that are judged by the age of who has them
        up = None
        would = np.zeros(0, dtype=np.intp)
        if raised is not None:
            up = raised[young]
            ages = ages[0] / up, first / raised[n:]
            would = self.open.over_without(
                x, first, raised, young, alarmed, without, (alpha, alpha_first, alpha_young)
            )
        risen, ranks = self.peers.risen(
            self._baseline, young, ages[0], exposure, lesson, alpha_young
        )
        self._remember(risen)
        shares = 0.0
        if self._baseline.new_hour:
            # A wrong guess of a new hour is wrong all through the first day, and must not add up.
            self._evidence.reset()
        for at in range(0, n, BLOCK):
            rows = slice(at, min(at + BLOCK, n))
            held = np.flatnonzero(alarmed[rows])
            of = exposure if raised is None else exposure * raised[rows]
            a, b, mean = self._baseline.predictive(rows, of)
            share = self._evidence.share(mean / of)
            shares += float(np.sum(share))
            evidence[rows] = self._evidence.take(rows, share, a, b, x[rows], of)
            expected[rows] = mean
            if len(held):
                self._evidence.reset(at + held)
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
        evidence[n:] = self.peers.first.evidence(ages[1], lesson)
        expected[n:] = self.peers.first.mean
        if raised is not None:
            expected[n:] *= raised[n:]
        if n:
            self._evidence.mean_share = shares / n
        self._focus.close(expected[:n], x, ~alarmed)
        if learn:
            self._gauge.learn(exposure)
            self.peers.learn(ages[1], ages[0], lesson)
            self._baseline.pass_bucket(lesson)
            self._school.pass_bucket(self._baseline.exposure)
        self.peers.pass_bucket(n)
        if m:
            self._baseline.enter(*self._school.enter(ages[1], lesson, self._baseline.exposure))
            self.state.grow_to(n + m)
        threshold[n:] = -math.log(alpha_first)
        among_peers[n:] = True
        spared = would[evidence[would] < threshold[would]]
        return Judgement(evidence, threshold, expected, fits, among_peers, spared)

    def _remember(self, rows: Rows) -> None:
        """Keep the baselines of rows that may be about to have an alert."""
        if len(rows):
            columns = self._baseline.state.select(rows)
            self._before.update(zip(rows.tolist(), zip(*columns, strict=True), strict=True))

    def reset(self, rows: Rows) -> None:
        """Start these rows' evidence anew, after an alert."""
        self._evidence.reset(rows)
        self._focus.reset(rows)

    def hold(self, row: int) -> None:
        """Begin an alert: what the last bucket taught of the row is taken back.

        The baseline that an alert is followed by is the one from before it.
        """
        rows = np.array([row], dtype=np.intp)
        if row in self._before:
            self._baseline.state.put(rows, self._before[row])
        self.reset(rows)

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
        """See `State.pack_shared`."""
        return self.state.pack_shared()

    def pack(self, start: int, stop: int) -> bytes:
        """See `State.pack_rows`."""
        return self.state.pack_rows(start, stop)

    @classmethod
    def restore(
        cls, bucket_s: float, shared: bytes, chunks: Iterable[bytes], **settings: Any
    ) -> BurstBank:
        """Bank as it was packed, to the last bit."""
        bank = cls(bucket_s, **settings)
        bank.state.unpack(shared, chunks)
        return bank
