"""Judges volume: compares the count of each entity with its own past and with its peers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pkgutil import resolve_name

import numpy as np

from detectors import BurstBank
from detectors.burst.baseline import NUMBERS
from detectors.kernels.library import ALL_ROWS
from detectors.source_faults.usual_counts import Established
from detectors.state import State
from streams.counts.bucket import DAY_S
from streams.detection.bucket_result import Forecast
from streams.detection.context.bucket import (
    F8,
    BucketContext,
    EntityCounts,
    Flags,
    Rows,
)
from streams.detection.context.budget import Alphas
from streams.detection.judges.burst_alerts import (
    BurstAlerts,
    JudgedRows,
    VolumeJudged,
)
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import (
    NO_ROWS,
    AllEntities,
    Judge,
    JudgeSettings,
    from_row,
)
from streams.detection.judges.level_factor import VolumePrepared, level_factor
from streams.detection.judges.newcomers import flooded
from streams.detection.judges.open_bucket import OpenBucketJudge
from streams.detection.judges.slow_rise import SlowRiseJudge
from streams.detection.plugins.beside import Beside, Seen, Suspect, besides
from streams.detection.series.volume_rows import NOTHING_BEFORE, VolumeRows
from streams.detection.signals import EVIDENCE_OF_DETECTOR
from streams.items import LEVEL_TABLE
from streams.series.record import FullRow, SeriesBlock

LARGE_LEVELS = {facts.name for facts in LEVEL_TABLE if facts.large}


def volume_judges(settings: JudgeSettings, entities: AllEntities) -> list[Judge]:
    """Make the judges of a stream's volume: of bursts, then of slow rises if they have a budget.

    Parameters
    ----------
    settings
        What they are made from.
    entities
        Entities of all streams of the group.
    """
    own = entities[settings.signal, settings.level]
    if settings.budget.slow_per_day <= 0.0:
        return [VolumeJudge(own, settings)]
    slow = SlowRiseJudge(own, settings.timezone, settings.rules, settings.budget)
    return [VolumeJudge(own, settings, slow), slow]


class VolumeJudge:
    """Judges the volume of all entities of one level and signal.

    Parameters
    ----------
    entities
        The stream's.
    settings
        What the judge is made from.
    slow
        Judge of the stream's slow rises, if there is one.

    Attributes
    ----------
    besides
        Detectors beside ours, which may also open alerts.
    open_bucket
        Judges counts of a bucket that may still change.
    """

    def __init__(
        self, entities: Entities, settings: JudgeSettings, slow: SlowRiseJudge | None = None
    ) -> None:
        self.signal, self.level = settings.signal, settings.level
        self.entities = entities
        self._settings = settings
        self._detector = settings.burst.detector
        self.besides: list[Beside] = besides(
            settings.beside, settings.budget, settings.bucket_s, settings.timezone
        )
        new_bank = partial(
            BurstBank,
            float(settings.bucket_s),
            detector=resolve_name(EVIDENCE_OF_DETECTOR[settings.burst.detector]),
            ratios=tuple(settings.burst.ratios),
            keep_per_day=settings.burst.keep_per_day,
            own_week=settings.level in LARGE_LEVELS,
        )
        self._bank = new_bank()
        self._alerts = BurstAlerts(entities, self._bank, self._detector, slow, settings.rules)
        self.open_bucket = OpenBucketJudge(
            entities, self._bank, new_bank, self._detector, self._alphas, settings.rules.min_count
        )
        self._rows = VolumeRows(entities, self._bank, self._detector)
        self.state = State()
        self.state.include(bank=self._bank.state)
        self.numbers = NUMBERS

    def holds(self) -> Flags:
        """See `Judge`: newcomers stay until the cohort's prior has learned from them."""
        return from_row(len(self.entities), self._bank.watched_from)

    def remember(self, rows: Rows) -> F8:
        """See `Judge`."""
        return self._bank.remember(rows)

    def recall(self, names: Sequence[str], numbers: F8) -> None:
        """See `Judge`."""
        self._bank.recall(numbers)

    def expected_total(self, hour: int | None) -> float:
        """What all known entities together are expected to count in a bucket of this hour."""
        rows = np.arange(len(self.entities), dtype=np.intp)
        return float(np.sum(self._bank.expected_of(rows, 1.0, hour=hour)))

    def usual(
        self, rows: Rows, factor: float, bucket: BucketContext
    ) -> tuple[list[float], list[float], float]:
        """What is usual for some rows in a bucket that has been judged.

        Parameters
        ----------
        rows
            Known rows.
        factor
            The common factor.
        bucket
            The bucket.

        Returns
        -------
        tuple[list[float], list[float], float]
            How busy each is in the bucket, 1 being a usual one; the variance of its count over the
            mean; and how busy one is of whom nothing is known.
        """
        calendar = bucket.entities[self.signal, self.level].calendar
        exposure = factor * (1.0 if calendar is None else calendar[rows])
        shape, _, mean = self._bank.predicted(rows, exposure, bucket.hour)
        usual = self._bank.usual_factor
        busy = mean / self._bank.expected_of(rows, usual)
        return busy.tolist(), (1.0 + mean / shape).tolist(), factor / usual

    def established(self, names: Collection[str], day: int, hour: int | None) -> Established:
        """Which of these entities are established, and what is expected of all who are.

        Parameters
        ----------
        names
            Entities that count in a bucket.
        day, hour
            Day and hour of the week of the bucket.
        """
        old, row_of = self.entities.old_rows(day), self.entities.rows
        among = places = ALL_ROWS
        if old.any():
            rows = np.array([row_of.get(name, -1) for name in names], dtype=np.intp)
            among = ((rows >= 0) & old[rows]).nonzero()[0]
            places = (np.cumsum(old) - 1)[rows[among]]

        def predict(exposure: float) -> tuple[F8, F8]:
            a, b = self._bank.usual(exposure, hour)
            return a[old], b[old]

        return Established(among, places, predict)

    def prepare(self, bucket: BucketContext) -> VolumePrepared:
        """See `Judge`: each level has a common factor of its own."""
        return level_factor(
            self._bank, bucket, self.signal, self.level, narrowest=self._settings.narrowest
        )

    def skip(self, bucket: BucketContext, prepared: VolumePrepared) -> None:
        """See `Judge`."""
        claims = bucket.claims.get((self.signal, self.level))
        if claims is not None and len(claims.released):
            self._bank.reset(claims.released)

    def judge(self, bucket: BucketContext, prepared: VolumePrepared) -> VolumeJudged:
        """See `Judge`."""
        self.skip(bucket, prepared)
        counts = bucket.entities[self.signal, self.level]
        factor, calendar = bucket.factor(self.signal, self.level), counts.calendar
        claims = bucket.claims.get((self.signal, self.level))
        rows = len(counts.known) + len(counts.new)
        claimed = np.zeros(rows, dtype=np.bool_) if claims is None else claims.claimed
        # In the very first bucket every entity is new.
        newcomers_per_day = (
            self._bank.peers.first.per_day or len(counts.new) * DAY_S / self._settings.bucket_s
        )
        alphas = self._alphas(newcomers_per_day)
        before = frozenset(self.entities.alerts) if self.besides else NO_ROWS
        in_flood = (
            flooded(bucket, counts.new, newcomers_per_day, self._settings)
            if bucket.flooded
            else None
        )
        before_it = (
            self._rows.before(bucket, counts, factor.value, alphas, in_flood, claimed)
            if bucket.inspect.looks
            else NOTHING_BEFORE
        )
        forecast = None
        if bucket.inspect.forecasts:
            exposure = _exposures(factor.value, calendar, rows)
            forecast = self._forecast(counts, exposure, claimed, alphas, bucket.hour)
        judgement = self._bank.close(
            counts.known,
            counts.first,
            exposure=factor.value,
            alarmed=self.entities.by_bucket,
            alpha=alphas.known,
            alpha_first=alphas.first,
            alpha_young=alphas.young,
            learn=self.signal in bucket.complete,
            calendar_factor=calendar,
            exposure_without_calendar=factor.without_calendar,
            hour=bucket.hour,
            found=prepared.found,
            flooded=in_flood,
        )
        if counts.new:
            self.entities.add(counts.new, bucket.day)
        judged = JudgedRows(
            counts.all_rows, factor.value, calendar, len(counts.known), judgement, claimed
        )
        changes = self._alerts.follow(bucket, judged) if self.entities.alerts else []
        seen: Seen | None = None
        suspects: list[Suspect] = []
        if self.besides:
            exposure = _exposures(factor.value, calendar, rows)
            seen = Seen(bucket.start, judged.counts, judgement.expected, exposure)
            with_alert = self.entities.with_alert()
            suspects = [s for beside in self.besides for s in beside.suspects(seen, with_alert)]
        if len(judgement.over) or suspects:
            changed = {change.entity for change in changes}
            changes += self._alerts.begin(bucket, judged, suspects, changed)
        return VolumeJudged(
            changes=changes,
            forecast=forecast,
            prevented=self._prevented(judged) if len(judgement.prevented) else (),
            rows=judged,
            seen=seen,
            alert_rows=before,
            before=before_it,
        )

    def _prevented(self, judged: JudgedRows) -> list[str]:
        """Entities that would have an alert without the calendar."""
        return [
            self.entities.names[row]
            for row in judged.judgement.prevented.tolist()
            if judged.counts[row] >= self._settings.rules.min_count and not judged.claimed[row]
        ]

    def learn(self, bucket: BucketContext, judged: VolumeJudged) -> None:
        """See `Judge`: detectors beside ours learn from entities without an alert."""
        if judged.seen is not None:
            with_alert = self.entities.with_alert()
            ended = sorted(judged.alert_rows - self.entities.alerts.keys())
            for beside in self.besides:
                beside.learn(
                    judged.seen, with_alert, ended, complete=self.signal in bucket.complete
                )

    def _alphas(self, newcomers_per_day: float) -> Alphas:
        budget = self._settings.budget
        return Alphas(
            budget.alpha(len(self.entities), self._settings.bucket_s),
            budget.alpha_first(newcomers_per_day),
            budget.alpha_young(self._bank.peers.young.per_day),
        )

    def _forecast(
        self,
        counts: EntityCounts,
        exposure: F8,
        claimed: Flags,
        alphas: Alphas,
        hour: int | None,
    ) -> Forecast:
        """The forecast by which the bucket will be judged."""
        n, alarmed = len(counts.known), self.entities.by_bucket
        judged = ~alarmed & ~claimed[:n]
        shape, rate, mean, share = self._bank.forecast(exposure[:n], hour=hour)
        young = self._bank.peers.active(counts.known, alarmed)
        return Forecast(
            rows=self.entities.rows,
            counts=counts.known,
            exposure=exposure[:n],
            shape=shape,
            rate=rate,
            mean=mean,
            judged=judged,
            alpha=np.minimum(alphas.known * share, 1.0),
            newcomers=alphas.first * len(counts.first),
            young=alphas.young * int(np.count_nonzero(judged[young])),
        )

    def watched(self, bucket: BucketContext, judged: VolumeJudged) -> Sequence[FullRow]:
        """See `Judge`."""
        return self._rows.watched(bucket, judged)

    def block(self, bucket: BucketContext, judged: VolumeJudged) -> SeriesBlock | None:
        """See `Judge`."""
        return self._rows.block(bucket, judged)


def _exposures(factor: float, calendar: F8 | None, rows: int) -> F8:
    """Exposure of each row: the same for all where the calendar raises none."""
    return np.full(rows, factor) if calendar is None else factor * calendar
