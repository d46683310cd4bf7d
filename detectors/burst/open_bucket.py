"""What a bank of burst detectors would say of a bucket that has not closed yet."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.evidence import Evidence
from detectors.burst.prediction_band import Outlook, band, least
from detectors.burst.tail_evidence import TailEvidence
from detectors.cohort.newcomers import RISEN, Peers
from detectors.exposure.factor_split import Gauge

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

LEAST_EXPOSURE = 1e-6


class OpenBucket:
    """Questions about the bucket at hand: none changes what it is answered from.

    Parameters
    ----------
    baseline, peers, evidence, gauge
        The bank's.
    """

    def __init__(
        self, baseline: Baseline, peers: Peers, evidence: Evidence | TailEvidence, gauge: Gauge
    ) -> None:
        self._baseline, self._peers = baseline, peers
        self._evidence, self._gauge = evidence, gauge

    def score(self, rows: Rows, x: F8, *, exposure: float = 1.0) -> F8:
        """Evidence that these counts would give if the bucket closed now."""
        exposure = max(exposure, LEAST_EXPOSURE)
        x = np.ascontiguousarray(x, dtype=np.float64)
        a, b, mean = self._baseline.predictive(rows, exposure)
        share = self._evidence.share(mean / exposure)
        anew = self._baseline.new_hour
        return self._evidence.would_be(rows, share, a, b, x, exposure, anew=anew)

    def score_row(
        self,
        row: int,
        count: float,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        raised: float = 1.0,
    ) -> tuple[float, float]:
        """Evidence and threshold of a row without an alert if its bucket closed now.

        Parameters
        ----------
        row, count
            Which, and what it has counted so far.
        alpha, alpha_young, exposure, raised
            As `outlook` takes them.
        """
        rows, x = np.array([row], dtype=np.intp), np.array([count])
        evidence = float(self.score(rows, x, exposure=exposure * raised)[0])
        limit = -math.log(alpha)
        if self._peers.young_row(row):
            exposure = max(exposure, LEAST_EXPOSURE)
            lesson = self._gauge.relative(exposure)
            _, rank = self._peers.risen(
                self._baseline, rows, x / raised, exposure, lesson, alpha_young
            )
            if len(rank) and float(rank[0]) + math.log(alpha_young) > evidence - limit:
                return float(rank[0]), -math.log(alpha_young)
        return evidence, limit

    def may_alarm(
        self,
        rows: Rows,
        x: F8,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        raised: float = 1.0,
    ) -> Flags:
        """Which rows `score_row` would find at their threshold or over it, all at once."""
        over = self.score(rows, x, exposure=exposure * raised) >= -math.log(alpha)
        young = np.flatnonzero(self._peers.young_rows(rows))
        exposure = max(exposure, LEAST_EXPOSURE)
        lesson = self._gauge.relative(exposure)
        risen, _ = self._peers.risen(
            self._baseline, rows[young], x[young] / raised, exposure, lesson, alpha_young
        )
        return np.asarray(over | np.isin(rows, risen))

    def score_first(self, x: F8, *, exposure: float = 1.0) -> F8:
        """Evidence that newcomers with these first counts would give."""
        lesson = self._gauge.relative(max(exposure, LEAST_EXPOSURE))
        return self._peers.first.evidence(np.ascontiguousarray(x, dtype=np.float64), lesson)

    def outlook(
        self,
        row: int,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        raised: float = 1.0,
    ) -> Outlook:
        """What a row's count may be, before `BurstBank.close` judges it.

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
        """What a newcomer's first count may be, before `BurstBank.close` judges it."""
        lesson = self._gauge.relative(max(exposure, LEAST_EXPOSURE))
        limit = -math.log(alpha_first)

        def alarms(x: F8) -> Flags:
            return np.asarray((self._peers.first.evidence(x / raised, lesson) >= limit) & (x > 0.0))

        return Outlook(None, None, least(alarms))

    def over_without(
        self,
        x: F8,
        first: F8,
        raised: F8,
        young: Rows,
        alarmed: Flags,
        exposure: float,
        alphas: tuple[float, float, float],
    ) -> Rows:
        """Of raised rows, those that would have reached their threshold with nobody raised.

        Parameters
        ----------
        x, first, raised, alarmed
            As `BurstBank.close` gets them.
        young
            Rows that are judged among their peers as well.
        exposure
            Exposure that the bucket would have had with nobody raised.
        alphas
            Chance of a false alarm of a known, a new and a young entity.
        """
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
