"""Of single entities: what their volume was judged by in a closed bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec
import numpy as np

from detectors import BurstBank, Judgement
from detectors.burst.prediction_band import PredictionBand, bands
from detectors.cohort.newcomers import Flooded
from streams.detection.context.bucket import F8, BucketContext, EntityCounts, Flags, Rows
from streams.detection.context.budget import Alphas
from streams.detection.judges.burst_alerts import (
    JudgedRows,
    VolumeBefore,
    VolumeJudged,
    WatchedBefore,
)
from streams.detection.judges.entities import Entities
from streams.detection.series.volume_bands import VolumeBands
from streams.detection.signals import NEWCOMER, YOUNG
from streams.series.record import FITS, JUDGED, LEARNED, WITH_ALERT, FullRow, SeriesBlock
from streams.series.watched import WatchedEntity

MOST_WITH_ALERT = 1000
"""Entities of a stream, with an alert or about to have one, whose figures are all reported; of
others there is the row of a block."""

NEARLY = 1.01
"""Chances are this many times larger where it is asked who may have an alert: the bank's own
evidence may differ in its last bits."""

NOTHING_BEFORE = VolumeBefore({}, np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0))


class VolumeRows:
    """Reports single entities of a stream's volume; it changes nothing.

    Parameters
    ----------
    entities, bank
        The stream's.
    detector
        Name of the detector for entities that have counted before.
    """

    def __init__(self, entities: Entities, bank: BurstBank, detector: str) -> None:
        self._entities, self._bank = entities, bank
        self._detector = detector

    def before(
        self,
        bucket: BucketContext,
        counts: EntityCounts,
        factor: float,
        alphas: Alphas,
        in_flood: Flooded | None,
        claimed: Flags,
    ) -> VolumeBefore:
        """Ask what the judgement will change, before the bucket is judged.

        Parameters
        ----------
        bucket, counts, factor, alphas, in_flood
            As the bucket will be judged by.
        claimed
            Rows that another signal judges, newcomers last.
        """
        entities, names = self._entities, list(bucket.inspect.watched(self._entities.level))
        found = NOTHING_BEFORE
        if bucket.inspect.series:
            rows = np.flatnonzero(counts.known)
            exposure = _exposure(factor, counts.calendar, rows)
            shape, _, mean = self._bank.predicted(rows, exposure, bucket.hour)
            found = VolumeBefore({}, rows, shape, mean)
            names += [entities.names[row] for row in islice(entities.alerts, MOST_WITH_ALERT)]
            calm = ~entities.by_bucket[rows] & ~claimed[rows] & (counts.known[rows] > mean)
            may = self._may_open(counts, factor, alphas, rows[calm], bucket.hour)
            names += islice(may, MOST_WITH_ALERT)
            new = self._may_be_new(counts, factor, alphas, in_flood)
            names += islice(new, MOST_WITH_ALERT)
        bands = VolumeBands(entities, self._bank, bucket, counts, factor, alphas, in_flood)
        watched = bands.ask(dict.fromkeys(names))
        return msgspec.structs.replace(found, watched=watched) if watched else found

    def _may_open(
        self, counts: EntityCounts, factor: float, alphas: Alphas, rows: Rows, hour: int | None
    ) -> Iterator[str]:
        """Known entities that may have an alert by this bucket."""
        calendar = np.ones(len(rows)) if counts.calendar is None else counts.calendar[rows]
        for raised in np.unique(calendar).tolist():
            among = rows[calendar == raised]
            over = self._bank.open.may_alarm(
                among, counts.known[among], min(alphas.known * NEARLY, 1.0),
                min(alphas.young * NEARLY, 1.0), exposure=factor, calendar_factor=raised, hour=hour,
            )  # fmt: skip
            yield from (self._entities.names[row] for row in among[over].tolist())

    def _may_be_new(
        self, counts: EntityCounts, factor: float, alphas: Alphas, in_flood: Flooded | None
    ) -> Iterator[str]:
        """Newcomers that may have an alert by this bucket."""
        if not counts.new:
            return
        nats = self._bank.open.score_first(
            counts.first_plain, alphas.first, exposure=factor, flooded=in_flood
        )
        needed = np.full(len(nats), -np.log(alphas.first))
        if in_flood is not None:
            needed[in_flood.flags] = -np.log(in_flood.alpha)
        over = np.flatnonzero(nats >= needed - np.log(NEARLY))
        yield from (counts.new[place] for place in over.tolist())

    def watched(self, bucket: BucketContext, judged: VolumeJudged) -> Sequence[FullRow]:
        """All figures of the entities that are watched, or that have, get or had an alert."""
        before: Mapping[str, WatchedBefore] = judged.before.watched
        if bucket.inspect.series:
            before = {**before, **dict(self._usual(judged))}
        entities = self._entities
        return [
            FullRow(entities.level, name, entities.signal, self._figures(bucket, judged, name, of))
            for name, of in before.items()
        ]

    def _unforeseen(self, judged: VolumeJudged) -> Mapping[str, str | None]:
        """Alert that was there before, of whom nobody expected and who has or changes an alert."""
        names, watched = self._entities.names, judged.before.watched
        found: dict[str, str | None] = {
            change.entity: None if change.step == "opened" else change.alert.alert_id
            for change in judged.changes
        }
        for row in islice(self._entities.alerts, MOST_WITH_ALERT):
            found.setdefault(names[row], None)
        return {name: alert_id for name, alert_id in found.items() if name not in watched}

    def _usual(self, judged: VolumeJudged) -> Iterator[tuple[str, WatchedBefore]]:
        """What is known of the unforeseen: not which count would have been an alert."""
        before, unforeseen = judged.before, self._unforeseen(judged)
        asked = np.array([self._entities.rows[name] for name in unforeseen], dtype=np.intp)
        known = np.isin(asked, before.rows)
        places = np.searchsorted(before.rows, asked[known])
        shape = before.shape[places]
        low, high = bands(shape, shape, before.mean[places])
        ends = zip(low.tolist(), high.tolist(), strict=True)
        for (name, alert_id), counted in zip(unforeseen.items(), known.tolist(), strict=True):
            least, most = next(ends) if counted else (None, None)
            usual = PredictionBand(least, most, None)
            yield name, WatchedBefore(usual, alert_id, alarms_known=False)

    def _figures(
        self, bucket: BucketContext, judged: VolumeJudged, name: str, before: WatchedBefore
    ) -> WatchedEntity:
        entities, rows = self._entities, judged.rows
        row = entities.rows[name]
        alert = entities.alerts.get(row)
        ended = alert is None and before.alert_id is not None
        judgement: Judgement = rows.judgement
        learned = entities.signal in bucket.complete and not entities.by_bucket[row]
        return WatchedEntity(
            start=bucket.start,
            end=bucket.end,
            count=float(rows.counts[row]),
            expected=float(judgement.expected[row]),
            low=before.band.low,
            high=before.band.high,
            alarms_at=before.band.alarms_at,
            evidence_nats=float(judgement.evidence_nats[row]),
            threshold_nats=float(judgement.threshold_nats[row]),
            factor=rows.factor,
            raised=1.0 if rows.calendar is None else float(rows.calendar[row]),
            learned=learned and not ended,
            judged=not rows.claimed[row],
            fits=bool(judgement.fits[row]),
            alert_id=before.alert_id if alert is None else alert.alert_id,
            detector=self._detector_of(rows, row),
            alarms_known=before.alarms_known,
        )

    def _detector_of(self, rows: JudgedRows, row: int) -> str:
        if row >= rows.known:
            return NEWCOMER
        return YOUNG if rows.judgement.among_peers[row] else self._detector

    def block(self, bucket: BucketContext, judged: VolumeJudged) -> SeriesBlock | None:
        """Who counted, but for those that `watched` reports; None where nobody asked."""
        if not bucket.inspect.series:
            return None
        entities, of_rows, before = self._entities, judged.rows, judged.before
        judgement, known = of_rows.judgement, of_rows.known
        new = np.arange(known, len(of_rows.counts), dtype=np.intp)
        rows = np.concatenate([before.rows, new])
        shape = np.concatenate([before.shape, np.full(len(new), np.nan)])
        elsewhere = np.zeros(len(of_rows.counts), dtype=np.bool_)
        elsewhere[[entities.rows[name] for name in before.watched]] = True
        elsewhere[[entities.rows[name] for name in self._unforeseen(judged)]] = True
        if elsewhere.any():
            shape, rows = shape[~elsewhere[rows]], rows[~elsewhere[rows]]
        learned = ~entities.by_bucket[rows] & (entities.signal in bucket.complete)
        flags = LEARNED * learned + JUDGED * ~of_rows.claimed[rows] + FITS * judgement.fits[rows]
        calendar = of_rows.calendar
        return SeriesBlock(
            level=entities.level,
            signal=entities.signal,
            factor=of_rows.factor,
            ids=list(map(entities.names.__getitem__, rows.tolist())),
            count=of_rows.counts[rows].astype(np.int64),
            expected=judgement.expected[rows].astype(np.float32),
            shape=shape.astype(np.float32),
            evidence_nats=judgement.evidence_nats[rows].astype(np.float32),
            threshold_nats=judgement.threshold_nats[rows].astype(np.float32),
            raised=np.ones(len(rows), np.float32)
            if calendar is None
            else calendar[rows].astype(np.float32),
            flags=(flags + WITH_ALERT * entities.with_alert()[rows]).astype(np.uint8),
            detectors=[self._detector, YOUNG, NEWCOMER],
            detector=np.where(rows >= known, 2, judgement.among_peers[rows]).astype(np.uint8),
        )


def _exposure(factor: float, calendar: F8 | None, rows: Rows) -> float | F8:
    """Exposure of these rows."""
    return factor if calendar is None else factor * calendar[rows]
