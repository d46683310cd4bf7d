"""What may be asked of a bank of burst detectors before a bucket closes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.baseline import Baseline
from detectors.common_factor import common_factor
from detectors.gauge import Gauge
from detectors.outlook import Outlook, band, least
from detectors.peers import RISEN, Peers
from detectors.shiryaev_roberts import step

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

LEAST_EXPOSURE = 1e-6


class OpenBank:
    """What `BurstBank` judges by, and the questions about it: none changes it.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    baseline, peers
        Without an entity yet.
    ratios, levels, common_weight
        As `BurstBank` takes them.
    """

    def __init__(
        self,
        bucket_days: float,
        baseline: Baseline,
        peers: Peers,
        *,
        ratios: tuple[float, ...],
        levels: tuple[tuple[float, float], ...],
        common_weight: float,
    ) -> None:
        self._baseline, self._peers = baseline, peers
        self._ratios, self._levels = ratios, levels
        self._common_weight = common_weight
        self._gauge = Gauge(bucket_days)
        self._r = np.zeros((len(ratios) + len(levels), 0))
        self._mean_share = 1.0
        self.n = 0

    @property
    def first_per_day(self) -> float:
        """Newcomers a day, decayed mean."""
        return self._peers.first.per_day

    @property
    def young_per_day(self) -> float:
        """Counts of young entities a day, decayed mean."""
        return self._peers.young.per_day

    @property
    def expected_first(self) -> float:
        """Mean first count of recent newcomers."""
        return self._peers.first.mean

    def common_factor(
        self, x: F8, first: F8, exposure: float = 1.0, raised: F8 | None = None
    ) -> float:
        """What the bulk did in a bucket, against what was expected: `common_factor`."""
        return common_factor(
            self._baseline,
            x,
            first,
            self._peers.first.capped_total,
            weight=self._common_weight,
            exposure=exposure,
            raised=raised,
        )

    def score(self, rows: Rows, x: F8, *, exposure: float = 1.0) -> F8:
        """Evidence that these counts would give if the bucket closed now."""
        exposure = max(exposure, LEAST_EXPOSURE)
        x = np.ascontiguousarray(x, dtype=np.float64)
        a, b, mean = self._baseline.predictive(rows, exposure)
        inflow = share_of(mean / exposure) / self._mean_share
        state = np.ascontiguousarray(self._r[:, rows])
        if self._baseline.new_hour:
            state[:] = 0.0
        return step(state, inflow, a, b, x, exposure, self._ratios, self._levels, None)

    def score_open(
        self, row: int, count: float, alpha: float, alpha_young: float, raised: float = 1.0
    ) -> tuple[float, float]:
        """Evidence and threshold of a row without an alert if its bucket closed now."""
        rows, x = np.array([row], dtype=np.intp), np.array([count])
        evidence, limit = float(self.score(rows, x, exposure=raised)[0]), -math.log(alpha)
        if self._peers.young_row(row):
            _, rank = self._peers.risen(self._baseline, rows, x / raised, 1.0, 1.0, alpha_young)
            if len(rank) and float(rank[0]) + math.log(alpha_young) > evidence - limit:
                return float(rank[0]), -math.log(alpha_young)
        return evidence, limit

    def score_first(self, x: F8) -> F8:
        """Evidence that newcomers with these first counts would give."""
        return self._peers.first.evidence(np.ascontiguousarray(x, dtype=np.float64), 1.0)

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
        young = alpha_young > 0.0 and self._peers.young_row(row)

        def alarms(x: F8) -> Flags:
            over = self.score(np.repeat(at, len(x)), x, exposure=exposure) >= -math.log(alpha)
            if young:
                ranks = self._peers.young.evidence(x / raised, lesson)
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
            return np.asarray((self._peers.first.evidence(x / raised, lesson) >= limit) & (x > 0.0))

        return Outlook(None, None, least(alarms))

    def expected_of(self, rows: Rows, exposure: float) -> F8:
        """Predictive mean of these rows."""
        return self._baseline.predictive(rows, max(exposure, LEAST_EXPOSURE))[2]

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
        peers, _ = self._peers.risen(self._baseline, up, x[up], exposure, lesson, alpha_young)
        ranks = self._peers.first.evidence(first, lesson)
        new = np.flatnonzero((raised[n:] > 1.0) & (ranks >= -math.log(alpha_first)))
        return np.unique(np.concatenate([rows[over], peers, n + new]))


def share_of(rate: F8) -> F8:
    """How much of the budget an entity of this rate gets, before dividing by the mean."""
    return (rate + 0.003) / (rate + 0.3)
