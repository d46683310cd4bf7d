"""Judges how many newcomers come: a flood of new ids is one alert, and its newcomers are in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from detectors.cohort.arrivals import ArrivalBank, ArrivalJudgement
from detectors.cohort.newcomers import Flooded
from detectors.state import State
from streams.alerts.lifecycle import AlertChange, Finding, follow
from streams.detection.context.bucket import (
    F8,
    NO_FACTOR,
    BucketContext,
    CommonFactor,
    EntityCounts,
    Flags,
    Flood,
    Rows,
)
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import (
    AllEntities,
    Judge,
    Judged,
    JudgeSettings,
    Prepared,
)
from streams.detection.series.newcomer_rows import (
    FEWEST,
    SERIES,
    ArrivalCounts,
    NewcomerRows,
    WatchedArrivals,
)
from streams.detection.signals import NEW_IDS, SIGNALS
from streams.items import LEVELS
from streams.series.record import FullRow, SeriesBlock
from streams.series.watched import WatchedEntity


def newcomers_judges(settings: JudgeSettings, entities: AllEntities) -> list[Judge]:
    """Make the judge of a level's newcomers.

    Parameters
    ----------
    settings
        What it is made from.
    entities
        Entities of all streams of the group.
    """
    known = [of for (signal, level), of in entities.items() if level == settings.level]
    own = entities[settings.signal, settings.level]
    return [NewcomersJudge(own, [of for of in known if of is not own], settings)]


class NewcomersJudged(Judged, frozen=True, kw_only=True):
    """What the judge found, and what `watched` and `block` need to report it."""

    counts: ArrivalCounts
    arrived: ArrivalJudgement
    before: Mapping[int, WatchedArrivals]
    """The watched rows."""


def flooded(
    bucket: BucketContext, new: Sequence[str], per_day: float, settings: JudgeSettings
) -> Flooded | None:
    """Say which newcomers came in a flood; None if none did.

    Parameters
    ----------
    bucket
        The bucket, with its floods.
    new
        Newcomers of a level; those of wider ones than the narrowest are in no flood.
    per_day
        How many are usual.
    settings
        Of their judge. However many come, their false alarms may cost no more.
    """
    if not bucket.flooded or not settings.narrowest:
        return None
    names = bucket.arrivals.names
    in_floods = {names[at] for flood in bucket.flooded for at in flood.members.tolist()}
    flags = np.array([name in in_floods for name in new], dtype=np.bool_)
    number = int(np.count_nonzero(flags))
    if not number:
        return None
    expected = max(flood.expected for flood in bucket.flooded)
    return Flooded(
        flags, settings.budget.alpha_first(max(per_day, number)), min(1.0, expected / number)
    )


class NewcomersJudge:
    """Judges the newcomers of the entities of one level, all together or of each signature.

    An entity has two series: how many new ids came, and how many events these had in their first
    bucket. Either may open its alert; the alert is followed in the series that opened it.

    Parameters
    ----------
    entities
        Those that newcomers came to.
    known
        Entities of the level, by the other signals: who is known to none of them may leave.
    settings
        What the judge is made from.
    """

    def __init__(
        self, entities: Entities, known: Sequence[Entities], settings: JudgeSettings
    ) -> None:
        self.signal, self.level = settings.signal, settings.level
        self.entities, self._known = entities, known
        self._settings = settings
        self._bank = ArrivalBank(float(settings.bucket_s))
        self._rows = NewcomerRows(entities, self._bank)
        self.numbers = 0
        self.state = State()
        self.state.include(bank=self._bank.state)

    def holds(self) -> Flags:
        """See `Judge`: an entity stays as long as it is known by another signal."""
        names = self.entities.names
        held = [any(name in of.rows for of in self._known) for name in names]
        return np.array(held, dtype=np.bool_)

    def remember(self, rows: Rows) -> F8:
        """See `Judge`: nothing."""
        return np.zeros((0, len(rows)))

    def recall(self, names: Sequence[str], numbers: F8) -> None:
        """See `Judge`: nobody is remembered."""

    def prepare(self, bucket: BucketContext) -> Prepared:
        """See `Judge`."""
        return Prepared()

    def skip(self, bucket: BucketContext, prepared: Prepared) -> None:
        """See `Judge`."""

    def judge(self, bucket: BucketContext, prepared: Prepared) -> NewcomersJudged:
        """See `Judge`."""
        counts, alarmed = bucket.entities[self.signal, self.level], self.entities.with_alert()
        x, exposure = self._series(bucket, counts), self._exposure(bucket, counts)
        threshold = self._threshold(len(counts.known))
        of_rows = ArrivalCounts(x, exposure, _of_the_bulk(bucket).value, threshold)
        before = self._rows.before(bucket, of_rows) if bucket.inspect.looks else {}
        arrived = self._bank.judge(x, exposure, bucket.hour, alarmed=alarmed)
        changes = [
            change
            for row in list(self.entities.alerts)
            if (change := self._follow(row, bucket, x, arrived)) is not None
        ]
        if arrived.highest_nats >= threshold:
            over = (arrived.evidence_nats >= threshold).any(axis=0) & (x[0] >= FEWEST) & ~alarmed
            changes += [
                change
                for row in over.nonzero()[0].tolist()
                if (change := self._open(row, bucket, x, arrived, threshold)) is not None
            ]
        held, complete = self.entities.with_alert(), self.signal in bucket.complete
        self._bank.learn(x, arrived, held, bucket.hour, complete=complete)
        if counts.new:
            self.entities.add(counts.new, bucket.day)
            self._bank.enter(len(counts.new))
        return NewcomersJudged(
            changes=changes,
            flooded=self._floods(bucket, arrived),
            counts=of_rows,
            arrived=arrived,
            before=self._rows.with_changed(bucket, before, changes),
        )

    def learn(self, bucket: BucketContext, judged: NewcomersJudged) -> None:
        """See `Judge`: nothing has to wait."""

    def _series(self, bucket: BucketContext, counts: EntityCounts) -> F8:
        """New ids, and their events, of each known row."""
        x = np.zeros((2, len(counts.known)))
        x[0] = counts.known
        for entity, events in bucket.arrivals.all_events(self.level):
            row = self.entities.rows.get(entity)
            if row is not None:
                x[1, row] = events
        return x

    def _exposure(self, bucket: BucketContext, counts: EntityCounts) -> float | F8:
        """What those known for long did, against what was expected of them."""
        factor = _of_the_bulk(bucket)
        if counts.calendar is None:
            return factor.value
        return factor.value * counts.calendar[: len(counts.known)]

    def _threshold(self, rows: int) -> float:
        """Evidence that opens an alert: two series share what the level may cost."""
        return -math.log(self._settings.budget.alpha(2 * rows, self._settings.bucket_s))

    def _floods(self, bucket: BucketContext, arrived: ArrivalJudgement) -> list[Flood]:
        """Return the floods that last in the bucket."""
        floods = []
        for row, alert in self.entities.alerts.items():
            members = bucket.arrivals.members(self.level, self.entities.names[row])
            if members is not None and alert.quiet == 0:
                floods.append(Flood(members, float(arrived.expected[0, row])))
        return floods

    def asked(
        self, row: int, x: F8, exposure: float, hour: int | None
    ) -> tuple[ArrivalJudgement, float]:
        """What counts of a row in an open bucket would say, and the evidence that is needed."""
        return self._bank.open_evidence(
            np.full(x.shape[1], row), x, exposure, hour
        ), self._threshold(len(self._bank))

    def outlook(
        self,
        row: int,
        came: tuple[int, int],
        factor: float,
        raised: float,
        hour: int | None,
        span: tuple[int, int],
    ) -> WatchedEntity:
        """What an open bucket says so far of a row: `came` are new ids, and their events."""
        x = np.zeros((2, len(self._bank)))
        x[:, row] = came
        exposure = np.full(len(self._bank), factor * raised)
        counts = ArrivalCounts(x, exposure, factor, self._threshold(len(self._bank)))
        return self._rows.outlook(row, hour, counts, span)

    def _follow(
        self, row: int, bucket: BucketContext, x: F8, arrived: ArrivalJudgement
    ) -> AlertChange | None:
        alert, entity = self.entities.alerts[row], self.entities.names[row]
        series = SERIES.index(alert.detector)
        came = bucket.arrivals.came(self.level, entity)
        if came is not None and alert.newcomers is not None:
            alert.newcomers = alert.newcomers.plus(came)
        step = follow(
            alert,
            self._settings.rules,
            bucket=bucket.start,
            end=bucket.end,
            count=float(x[series, row]),
            expected=float(arrived.expected[series, row]),
            exposure=float(arrived.exposure[row]),
            fits=self._bank.fits(x, arrived, series, row),
        )
        if step is None:
            return None
        if step != "resolved":
            return self.entities.change(row, step)
        if alert.reason == "level_shift":
            self._bank.adopt_level(row)
        else:
            self._bank.reset(row)
        return self.entities.close(row)

    def _open(
        self, row: int, bucket: BucketContext, x: F8, arrived: ArrivalJudgement, threshold: float
    ) -> AlertChange | None:
        evidence = arrived.evidence_nats[:, row]
        series = 0 if evidence[0] >= threshold else 1
        run = self._bank.run(x, arrived, series, row)
        count = float(x[series, row])
        finding = Finding(
            detector=SERIES[series],
            onset=bucket.start_of(self.signal, run.buckets),
            observed=run.observed,
            expected=run.expected,
            count=count,
            exposure=float(arrived.exposure[row]),
            alarmed=count,
            highest=count,
            evidence_nats=float(evidence[series]),
            threshold_nats=threshold,
        )
        # An early alert cannot know which series opens it in the end: the id is the same.
        change = self.entities.open(
            row, finding, self._settings.rules,
            start=bucket.start, end=bucket.end, id_detector=NEW_IDS,
        )  # fmt: skip
        if change is None:
            return None
        self._bank.reset(row)
        came = bucket.arrivals.came(self.level, self.entities.names[row])
        self.entities.alerts[row].newcomers = came
        return self.entities.change(row, "opened")

    def watched(self, bucket: BucketContext, judged: NewcomersJudged) -> Sequence[FullRow]:
        """See `Judge`."""
        return self._rows.watched(
            bucket, judged.before, judged.counts, judged.arrived, judged.changes
        )

    def block(self, bucket: BucketContext, judged: NewcomersJudged) -> SeriesBlock | None:
        """See `Judge`."""
        return self._rows.block(bucket, judged.before, judged.counts, judged.arrived)


_NARROWEST_FIRST = [(signal, level) for signal in SIGNALS for level in reversed(LEVELS)]


def _of_the_bulk(bucket: BucketContext) -> CommonFactor:
    """Common factor of the narrowest level, of the first signal that has one."""
    for stream in _NARROWEST_FIRST:
        if stream in bucket.factors:
            return bucket.factors[stream]
    return NO_FACTOR
