"""What a bank of burst detectors would say of a bucket that has not closed yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.burst.baseline import Baseline
from detectors.burst.evidence import Evidence
from detectors.burst.prediction_band import PredictionBand, ends_of, least_of_each, with_least
from detectors.cohort.newcomers import RISEN, Flooded, Peers
from detectors.columns import StoredShared
from detectors.exposure.factor_split import FactorSplit

if TYPE_CHECKING:
    from detectors.burst.bank import BurstBank

F8 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

LEAST_EXPOSURE = 1e-6
ONE: F8 = np.ones(1)
_shared = msgspec.msgpack.Decoder(StoredShared)


def recalled(bank: BurstBank, numbers: F8, empty: BurstBank) -> BurstBank:
    """Make, of a bank without rows, one that has only the rows that would come back to another.

    Parameters
    ----------
    bank, numbers
        The other one, and what is remembered of the rows: see `BurstBank.recall`.
    empty
        A new bank of the same kind. It gets what all rows of the other share.
    """
    shared = _shared.decode(bank.state.pack_shared())
    shared = msgspec.structs.replace(shared, rows=0)
    empty.state.unpack(msgspec.msgpack.encode(shared), ())
    empty.recall(numbers)
    return empty


class OpenBucketView:
    """Questions about the present bucket. No question changes what is known.

    All methods take the `exposure` of the bucket (the common factor that is expected of it), its
    `hour` of the week (0 to 167; None where it is not known), and the `calendar_factor`: the times
    by which the calendar raises what is expected of the row or rows.

    Parameters
    ----------
    baseline, peers, evidence, factor_split
        Parts of the bank.
    """

    def __init__(
        self, baseline: Baseline, peers: Peers, evidence: Evidence, factor_split: FactorSplit
    ) -> None:
        self._baseline, self._peers = baseline, peers
        self._evidence, self._factor_split = evidence, factor_split

    def score(self, rows: Rows, x: F8, *, exposure: float = 1.0, hour: int | None = None) -> F8:
        """Evidence that these counts would give if the bucket closed now, in nats."""
        exposure = max(exposure, LEAST_EXPOSURE)
        x = np.ascontiguousarray(x, dtype=np.float64)
        a, b, mean = self._baseline.predictive(rows, exposure, hour)
        share, _ = self._evidence.shares(mean, exposure)
        anew = self._baseline.is_new(hour)
        return self._evidence.score(rows, share, a, b, x, exposure, anew=anew)

    def score_row(
        self,
        row: int,
        count: float,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        hour: int | None = None,
        calendar_factor: float = 1.0,
    ) -> tuple[float, float]:
        """Evidence and threshold of a row without an alert if the bucket closed now.

        Parameters
        ----------
        row, count
            The row, and what it has counted so far.
        alpha, alpha_young, exposure, hour, calendar_factor
            As of `bands`; `calendar_factor` is the row's.
        """
        rows, x = np.array([row], dtype=np.intp), np.array([count])
        own_exposure = exposure * calendar_factor
        evidence = float(self.score(rows, x, exposure=own_exposure, hour=hour)[0])
        limit = -math.log(alpha)
        if self._peers.is_young(row):
            risen, ranks = self._risen(rows, x / calendar_factor, alpha_young, exposure, hour)
            if len(risen) and float(ranks[0]) + math.log(alpha_young) > evidence - limit:
                return float(ranks[0]), -math.log(alpha_young)
        return evidence, limit

    def may_alarm(
        self,
        rows: Rows,
        x: F8,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        hour: int | None = None,
        calendar_factor: float = 1.0,
    ) -> Flags:
        """Which rows would reach their threshold, by `score_row`; it asks all rows at once.

        Counts are over what is expected of the row.
        """
        own_exposure, limit = max(exposure * calendar_factor, LEAST_EXPOSURE), -math.log(alpha)
        over = np.zeros(len(rows), dtype=np.bool_)
        a, _, mean = self._baseline.predictive(rows, own_exposure, hour)
        share, _ = self._evidence.shares(mean, own_exposure)
        asked = np.flatnonzero(self._evidence.could_reach(rows, share, a, mean, x, limit))
        over[asked] = self.score(rows[asked], x[asked], exposure=own_exposure, hour=hour) >= limit
        young = np.flatnonzero(self._peers.are_young(rows))
        risen, _ = self._risen(rows[young], x[young] / calendar_factor, alpha_young, exposure, hour)
        return np.asarray(over | np.isin(rows, risen))

    def score_first(
        self,
        x: F8,
        alpha_first: float,
        *,
        exposure: float = 1.0,
        flooded: Flooded | None = None,
    ) -> F8:
        """Evidence that newcomers with these first counts would give, in nats.

        `flooded` says which of them came in a flood, if any did.
        """
        relative = self._factor_split.relative(max(exposure, LEAST_EXPOSURE))
        x = np.ascontiguousarray(x, dtype=np.float64)
        return self._peers.first_evidence(x, relative, alpha_first, flooded)

    def usual(
        self,
        rows: Rows,
        *,
        exposure: float = 1.0,
        hour: int | None = None,
        calendar_factor: F8 = ONE,
    ) -> list[PredictionBand]:
        """The two ends of `bands`: what counts may be, whatever would be an alert."""
        own_exposure = max(exposure, LEAST_EXPOSURE) * calendar_factor
        a, b, _ = self._baseline.predictive(rows, own_exposure, hour)
        return ends_of(a, b, own_exposure)

    def bands(
        self,
        rows: Rows,
        alpha: float,
        alpha_young: float,
        *,
        exposure: float = 1.0,
        hour: int | None = None,
        calendar_factor: F8 = ONE,
    ) -> list[PredictionBand]:
        """What the counts of some rows may be, before `BurstBank.close` judges them.

        All are asked at once: a hundred rows take hardly longer than one.

        Parameters
        ----------
        rows
            Rows without an alert.
        alpha, alpha_young, exposure, hour, calendar_factor
            As `close` will get them; `calendar_factor` is that of each row, or of all.
        """
        exposure = max(exposure, LEAST_EXPOSURE)
        relative = self._factor_split.relative(exposure)
        calendar = np.broadcast_to(calendar_factor, rows.shape)
        own_exposure = exposure * calendar
        a, b, mean = self._baseline.predictive(rows, own_exposure, hour)
        share, _ = self._evidence.shares(mean, own_exposure)
        anew = self._baseline.is_new(hour)
        young = self._peers.are_young(rows) if alpha_young > 0.0 else np.zeros(len(rows), np.bool_)

        def alarms(x: F8) -> Flags:
            nats = self._evidence.score(rows, share, a, b, x, own_exposure, anew=anew)
            over = nats >= -math.log(alpha)
            if young.any():
                ranks = self._peers.young.evidence(x[young] / calendar[young], relative)
                over[young] |= (ranks >= -math.log(alpha_young)) & (x >= RISEN * mean)[young]
            # Only a row that counts can open an alert.
            return np.asarray(over & (x > 0.0))

        return with_least(ends_of(a, b, own_exposure), least_of_each(alarms, len(rows)))

    def bands_first(
        self,
        alpha_first: float,
        *,
        exposure: float = 1.0,
        calendar_factor: F8 = ONE,
        fellows: F8 | None = None,
    ) -> list[PredictionBand]:
        """What the first counts of newcomers may be, before `BurstBank.close` judges them.

        `fellows` are the counts of the others in their flood, if they are in one, each over its
        calendar factor; `calendar_factor` is that of each newcomer.
        """
        relative = self._factor_split.relative(max(exposure, LEAST_EXPOSURE))
        limit = -math.log(alpha_first)

        def alarms(x: F8) -> Flags:
            ranks = self._peers.first_beside(x / calendar_factor, fellows, relative, alpha_first)
            return np.asarray((ranks >= limit) & (x > 0.0))

        number = len(calendar_factor)
        nothing = [PredictionBand(None, None, None)] * number
        return with_least(nothing, least_of_each(alarms, number))

    def alarms_without_calendar(
        self,
        x: F8,
        first: F8,
        calendar_factor: F8,
        young: Rows,
        alarmed: Flags,
        alphas: tuple[float, float, float],
        *,
        exposure: float,
        hour: int | None = None,
    ) -> Rows:
        """Which of the rows that the calendar raises would reach their threshold without it.

        Parameters
        ----------
        x, first, calendar_factor, alarmed
            As `BurstBank.close` gets them.
        young
            Rows that are also judged among their peers.
        alphas
            Chance of a false alarm of a known, a new and a young entity.
        exposure
            Exposure that the bucket would have had if the calendar raised no row.
        hour
            Hour of the week.
        """
        n = len(x)
        exposure = max(exposure, LEAST_EXPOSURE)
        relative = self._factor_split.relative(exposure)
        alpha, alpha_first, alpha_young = alphas
        rows = np.flatnonzero((calendar_factor[:n] > 1.0) & (x > 0.0) & ~alarmed)
        over = self.score(rows, x[rows], exposure=exposure, hour=hour) >= -math.log(alpha)
        raised = young[calendar_factor[young] > 1.0]
        peers, _ = self._risen(raised, x[raised], alpha_young, exposure, hour)
        ranks = self._peers.first_evidence(first, relative, alpha_first)
        new = np.flatnonzero((calendar_factor[n:] > 1.0) & (ranks >= -math.log(alpha_first)))
        return np.unique(np.concatenate([rows[over], peers, n + new]))

    def _risen(
        self, rows: Rows, x: F8, alpha_young: float, exposure: float, hour: int | None
    ) -> tuple[Rows, F8]:
        exposure = max(exposure, LEAST_EXPOSURE)
        relative = self._factor_split.relative(exposure)
        return self._peers.risen(self._baseline, rows, x, exposure, relative, alpha_young, hour)
