"""Of single entities: what their complaint rate was judged by in a closed bucket."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np

from detectors.burst.prediction_band import PredictionBand, ends_of
from detectors.rate.bank import RateBank, RateJudgement
from detectors.rate.baseline import Due
from streams.alerts.lifecycle import AlertChange
from streams.detection.context.bucket import F8, BucketContext, Flags, Rows
from streams.detection.judges.entities import Entities
from streams.detection.series.volume_rows import MOST_WITH_ALERT, NEARLY
from streams.detection.signals import RATE
from streams.series.record import FITS, JUDGED, LEARNED, WITH_ALERT, FullRow, SeriesBlock
from streams.series.watched import WatchedEntity

NOTHING = PredictionBand(None, None, None)
"""Where it was not asked what was usual."""


class RateWatched(NamedTuple):
    """Of an entity before its bucket: the band of usual complaints, and its alert.

    `alarms_known` says whether the band knows which number would be an alert.
    """

    band: PredictionBand
    alert_id: str | None
    alarms_known: bool = True


class RateCounts(msgspec.Struct, frozen=True):
    """The rows of a bucket, as the bank judges them.

    Attributes
    ----------
    complaints, due, judged
        As `RateBank.close` gets them.
    factor, alpha
        Common factor, and chance of a false alarm.
    """

    complaints: F8
    due: Due
    judged: Flags
    factor: float
    alpha: float


class RateBefore(msgspec.Struct, frozen=True):
    """What is known of single entities before a bucket is judged.

    Attributes
    ----------
    watched
        Band and alert of the rows whose figures are all reported.
    rows, shape
        Rows that have complaints and are judged, and the shape of what was expected of each.
    """

    watched: Mapping[int, RateWatched]
    rows: Rows
    shape: F8


NOTHING_BEFORE = RateBefore({}, np.zeros(0, dtype=np.intp), np.zeros(0))


class RateRows:
    """Reports single entities of a level's complaint rate; it changes nothing.

    Parameters
    ----------
    entities, bank
        The judge's.
    """

    def __init__(self, entities: Entities, bank: RateBank) -> None:
        self._entities, self._bank = entities, bank

    def before(self, bucket: BucketContext, counts: RateCounts) -> RateBefore:
        """Ask what the judgement will change, before the bucket is judged."""
        entities, found = self._entities, NOTHING_BEFORE
        names = bucket.inspect.watched(entities.level)
        rows = [entities.rows[name] for name in names if name in entities.rows]
        if bucket.inspect.series:
            active = np.flatnonzero((counts.complaints > 0.0) & counts.judged)
            shape, _, nats = self._bank.open_evidence(
                active, counts.complaints, counts.due, counts.factor
            )
            found = RateBefore({}, active, shape)
            rows += islice(entities.alerts, MOST_WITH_ALERT)
            over = ~entities.with_alert()[active] & (nats >= -math.log(counts.alpha * NEARLY))
            rows += islice(active[over].tolist(), MOST_WITH_ALERT)
        asked = [row for row in dict.fromkeys(rows) if counts.judged[row]]
        return msgspec.structs.replace(found, watched=self._of(asked, counts))

    def outlook(
        self,
        row: int,
        sends: float,
        complaints: float,
        span: tuple[int, int],
        alpha: float,
        factor: float,
    ) -> WatchedEntity:
        """Say what the sends so far lead one to expect of an open bucket.

        Parameters
        ----------
        row
            The row, which the rate judges.
        sends, complaints
            What it has counted so far.
        span
            Start and end of the bucket.
        alpha, factor
            Chance of a false alarm, and the common factor that is expected.
        """
        x = np.zeros((2, len(self._entities)))
        x[:, row] = sends, complaints
        due, rows = self._bank.due(x[0]), np.array([row], dtype=np.intp)
        counts = RateCounts(x[1], due, x[1] >= 0.0, factor, alpha)
        band, alert_id, _ = self._of([row], counts)[row]
        _, mean, nats = self._bank.open_evidence(rows, x[1], due, factor)
        return WatchedEntity(
            start=span[0],
            end=span[1],
            count=complaints,
            expected=float(mean[0]),
            low=band.low,
            high=band.high,
            alarms_at=band.alarms_at,
            evidence_nats=0.0 if alert_id is not None else float(nats[0]),
            threshold_nats=-math.log(alpha),
            factor=factor,
            raised=1.0,
            learned=False,
            judged=True,
            fits=band.high is None or complaints <= band.high,
            alert_id=alert_id,
            detector=RATE,
        )

    def _of(self, rows: Sequence[int], counts: RateCounts) -> dict[int, RateWatched]:
        """What entities are about to be judged by, and their alerts."""
        asked = np.array(rows, dtype=np.intp)
        bands = self._bank.bands(asked, counts.due, counts.alpha, factor=counts.factor)
        found: dict[int, RateWatched] = {}
        for row, band in zip(rows, bands, strict=True):
            alert = self._entities.alerts.get(row)
            found[row] = RateWatched(band, None)
            if alert is not None:
                found[row] = RateWatched(replace(band, alarms_at=None), alert.alert_id)
        return found

    def with_changed(
        self,
        bucket: BucketContext,
        before: RateBefore,
        judgement: RateJudgement,
        changes: Sequence[AlertChange],
    ) -> RateBefore:
        """Add to the watched whose alert the bucket publishes, and of whom nobody expected it.

        There are some only where more have or may have an alert than are asked about before.
        """
        rows, added = self._entities.rows, dict[int, str | None]()
        for change in changes if bucket.inspect.series else ():
            if (row := rows[change.entity]) not in before.watched:
                added[row] = None if change.step == "opened" else change.alert.alert_id
        if not added:
            return before
        asked = np.array([*added], dtype=np.intp)
        counted = np.isin(asked, before.rows)
        shape = before.shape[np.searchsorted(before.rows, asked[counted])]
        ends = iter(ends_of(shape, shape, judgement.expected[asked[counted]]))
        watched = {
            row: RateWatched(next(ends) if is_known else NOTHING, alert_id, alarms_known=False)
            for (row, alert_id), is_known in zip(added.items(), counted.tolist(), strict=True)
        }
        return msgspec.structs.replace(before, watched={**before.watched, **watched})

    def watched(
        self,
        bucket: BucketContext,
        before: RateBefore,
        counts: RateCounts,
        judgement: RateJudgement,
        *,
        learned: bool,
    ) -> Sequence[FullRow]:
        """All figures of the entities that are watched, or that have, get or had an alert."""
        entities, found = self._entities, []
        for row, (band, alert_id, alarms_known) in before.watched.items():
            alert = entities.alerts.get(row)
            ended = alert is None and alert_id is not None
            figures = WatchedEntity(
                start=bucket.start,
                end=bucket.end,
                count=float(counts.complaints[row]),
                expected=float(judgement.expected[row]),
                low=band.low,
                high=band.high,
                alarms_at=band.alarms_at,
                evidence_nats=float(judgement.evidence_nats[row]),
                threshold_nats=judgement.threshold_nats,
                factor=counts.factor,
                raised=1.0,
                learned=learned and alert is None and not ended,
                judged=True,
                fits=bool(judgement.fits[row]),
                alert_id=alert_id if alert is None else alert.alert_id,
                detector=RATE,
                alarms_known=alarms_known,
            )
            found.append(FullRow(entities.level, entities.names[row], entities.signal, figures))
        return found

    def block(
        self,
        bucket: BucketContext,
        before: RateBefore,
        counts: RateCounts,
        judgement: RateJudgement,
        *,
        learned: bool,
    ) -> SeriesBlock | None:
        """Who had complaints, but for those that `watched` reports; None where nobody asked."""
        if not bucket.inspect.series:
            return None
        entities, with_alert = self._entities, self._entities.with_alert()
        elsewhere = np.zeros(len(entities), dtype=np.bool_)
        elsewhere[list(before.watched)] = True
        here = ~elsewhere[before.rows]
        rows, ones = before.rows[here], np.ones(int(np.count_nonzero(here)), np.float32)
        flags = JUDGED + LEARNED * (~with_alert[rows] & learned) + FITS * judgement.fits[rows]
        return SeriesBlock(
            level=entities.level,
            signal=entities.signal,
            factor=counts.factor,
            ids=list(map(entities.names.__getitem__, rows.tolist())),
            count=counts.complaints[rows].astype(np.int64),
            expected=judgement.expected[rows].astype(np.float32),
            shape=before.shape[here].astype(np.float32),
            evidence_nats=judgement.evidence_nats[rows].astype(np.float32),
            threshold_nats=ones * np.float32(judgement.threshold_nats),
            raised=ones,
            flags=(flags + WITH_ALERT * with_alert[rows]).astype(np.uint8),
            detectors=[RATE],
            detector=np.zeros(len(rows), np.uint8),
        )
