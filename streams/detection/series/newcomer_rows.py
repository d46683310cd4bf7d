"""Of single entities: what their newcomers were judged by in a closed bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import msgspec
import numpy as np

from detectors.burst.prediction_band import band, least
from detectors.cohort.arrivals import ArrivalBank, ArrivalJudgement
from streams.detection.context.bucket import F8, BucketContext, Flags
from streams.detection.judges.entities import Entities
from streams.detection.series.volume_rows import MOST_WITH_ALERT
from streams.detection.signals import NEW_IDS, NEW_IDS_EVENTS
from streams.series.record import FITS, JUDGED, LEARNED, WITH_ALERT, FullRow, SeriesBlock
from streams.series.watched import WatchedEntity

FEWEST = 3
"""Fewer new ids in a bucket are no flood: each is judged by its own count."""

SERIES = (NEW_IDS, NEW_IDS_EVENTS)
"""Detector of each series of the bank."""


class ArrivalCounts(msgspec.Struct, frozen=True):
    """The rows of a bucket, as the bank judges them.

    Attributes
    ----------
    x, exposure
        Of all rows: new ids and their events; and what is expected of them, over what is usual.
    factor
        What those known for long did, against what was expected of them.
    threshold_nats
        Evidence that opens an alert.
    """

    x: F8
    exposure: float | F8
    factor: float
    threshold_nats: float

    def exposure_of(self, row: int) -> float:
        """Exposure of a row."""
        return self.exposure if isinstance(self.exposure, float) else float(self.exposure[row])


class WatchedArrivals(msgspec.Struct, frozen=True):
    """A row before its bucket: least counts of each series that open an alert, and its alert."""

    alarms_at: Sequence[float | None]
    alert_id: str | None


class NewcomerRows:
    """Reports single entities by who came to them; it changes nothing.

    Parameters
    ----------
    entities, bank
        The judge's.
    """

    def __init__(self, entities: Entities, bank: ArrivalBank) -> None:
        self._entities, self._bank = entities, bank

    def before(self, bucket: BucketContext, counts: ArrivalCounts) -> Mapping[int, WatchedArrivals]:
        """Ask what the judgement will change of who is watched, before the bucket is judged."""
        entities = self._entities
        names = bucket.inspect.watched(entities.level)
        rows = [entities.rows[name] for name in names if name in entities.rows]
        if bucket.inspect.series:
            rows += islice(entities.alerts, MOST_WITH_ALERT)
            calm = (counts.x[0] >= FEWEST) & ~entities.with_alert()
            rows += islice(np.flatnonzero(calm).tolist(), MOST_WITH_ALERT)
        return {row: self._of(row, bucket.hour, counts) for row in dict.fromkeys(rows)}

    def outlook(
        self, row: int, hour: int | None, counts: ArrivalCounts, span: tuple[int, int]
    ) -> WatchedEntity:
        """Say what is expected of an open bucket of a row, and which number would be a flood.

        Parameters
        ----------
        row, hour
            The row, and the hour of the week.
        counts
            What has come so far: of the others, nothing.
        span
            Start and end of the bucket.
        """
        before, exposure = self._of(row, hour, counts), counts.exposure_of(row)
        asked = self._bank.open_evidence(row, counts.x[:, row : row + 1], exposure, hour)
        low, high = band(
            float(asked.shape[0, 0]), float(asked.rate[0, 0]), float(asked.exposure[0])
        )
        count = float(counts.x[0, row])
        return WatchedEntity(
            start=span[0],
            end=span[1],
            count=count,
            expected=float(asked.expected[0, 0]),
            low=low,
            high=high,
            alarms_at=before.alarms_at[0],
            evidence_nats=0.0 if before.alert_id is not None else float(asked.evidence_nats[0, 0]),
            threshold_nats=counts.threshold_nats,
            factor=counts.factor,
            raised=exposure / counts.factor,
            learned=False,
            judged=True,
            fits=count <= high,
            alert_id=before.alert_id,
            detector=NEW_IDS,
        )

    def _of(self, row: int, hour: int | None, counts: ArrivalCounts) -> WatchedArrivals:
        alert = self._entities.alerts.get(row)
        if alert is not None:
            return WatchedArrivals([None, None], alert.alert_id)
        own = counts.exposure_of(row)

        def reached(series: int) -> Callable[[F8], Flags]:
            def over(asked_for: F8) -> Flags:
                asked = np.repeat(counts.x[:, row : row + 1], len(asked_for), axis=1)
                asked[series] = asked_for
                nats = self._bank.open_evidence(row, asked, own, hour).evidence_nats
                return np.asarray((nats[series] >= counts.threshold_nats) & (asked[0] >= FEWEST))

            return over

        return WatchedArrivals([least(reached(series)) for series in range(len(SERIES))], None)

    def watched(
        self,
        bucket: BucketContext,
        before: Mapping[int, WatchedArrivals],
        counts: ArrivalCounts,
        arrived: ArrivalJudgement,
    ) -> Sequence[FullRow]:
        """All figures of the watched: the series that has the alert, else that of the new ids."""
        entities, found = self._entities, []
        of_bucket = bucket.entities[entities.signal, entities.level]
        for row, asked in before.items():
            alert = entities.alerts.get(row)
            series = 0 if alert is None else SERIES.index(alert.detector)
            shape, rate = float(arrived.shape[series, row]), float(arrived.rate[series, row])
            low, high = band(shape, rate, float(arrived.exposure[row]))
            figures = WatchedEntity(
                start=bucket.start,
                end=bucket.end,
                count=float(counts.x[series, row]),
                expected=float(arrived.expected[series, row]),
                low=low,
                high=high,
                alarms_at=None if asked.alert_id is not None else asked.alarms_at[series],
                evidence_nats=float(arrived.evidence_nats[series, row]),
                threshold_nats=counts.threshold_nats,
                factor=counts.factor,
                raised=of_bucket.calendar_factor(row),
                learned=entities.signal in bucket.complete and alert is None,
                judged=True,
                fits=self._bank.fits(counts.x, arrived, series, row),
                alert_id=asked.alert_id if alert is None else alert.alert_id,
                detector=SERIES[series],
            )
            found.append(FullRow(entities.level, entities.names[row], entities.signal, figures))
        return found

    def block(
        self,
        bucket: BucketContext,
        before: Mapping[int, WatchedArrivals],
        counts: ArrivalCounts,
        arrived: ArrivalJudgement,
    ) -> SeriesBlock | None:
        """Who new ids came to, but for those that `watched` reports; None where nobody asked."""
        if not bucket.inspect.series:
            return None
        entities, known = self._entities, counts.x.shape[1]
        come = counts.x[0] > 0.0
        come[list(before)] = False
        rows = np.flatnonzero(come)
        with_alert = entities.with_alert()[:known][rows]
        calendar = bucket.entities[entities.signal, entities.level].calendar
        raised = np.ones(len(rows)) if calendar is None else calendar[rows]
        complete = entities.signal in bucket.complete
        flags = JUDGED + FITS + LEARNED * (~with_alert & complete) + WITH_ALERT * with_alert
        return SeriesBlock(
            level=entities.level,
            signal=entities.signal,
            factor=counts.factor,
            ids=list(map(entities.names.__getitem__, rows.tolist())),
            count=counts.x[0, rows].astype(np.int64),
            expected=arrived.expected[0, rows].astype(np.float32),
            shape=arrived.shape[0, rows].astype(np.float32),
            evidence_nats=arrived.evidence_nats[0, rows].astype(np.float32),
            threshold_nats=np.full(len(rows), counts.threshold_nats, np.float32),
            raised=raised.astype(np.float32),
            flags=flags.astype(np.uint8),
            detectors=[NEW_IDS],
            detector=np.zeros(len(rows), np.uint8),
        )
