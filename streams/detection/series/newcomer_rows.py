"""Of single entities: what their newcomers were judged by in a closed bucket."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import msgspec
import numpy as np

from detectors.burst.prediction_band import band, bands, least_of_each
from detectors.cohort.arrivals import ArrivalBank, ArrivalJudgement
from streams.alerts.lifecycle import AlertChange, OpenAlert
from streams.detection.context.bucket import F8, BucketContext, Flags, Rows
from streams.detection.judges.entities import Entities
from streams.detection.series.volume_rows import MOST_WITH_ALERT, NEARLY
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

    def exposures_of(self, rows: Rows) -> float | F8:
        """Exposure of some rows."""
        return self.exposure if isinstance(self.exposure, float) else self.exposure[rows]


class WatchedArrivals(msgspec.Struct, frozen=True):
    """A row before its bucket: least counts of each series that open an alert, and its alert.

    `alarms_known` says whether it was asked which counts would open one.
    """

    alarms_at: Sequence[float | None]
    alert_id: str | None
    alarms_known: bool = True


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
            rows += self._may_open(bucket.hour, counts).tolist()
        return self._of(list(dict.fromkeys(rows)), bucket.hour, counts)

    def _may_open(self, hour: int | None, counts: ArrivalCounts) -> Rows:
        """Rows that may have an alert by this bucket: hardly more than those that will."""
        calm = counts.x[0] >= FEWEST
        calm[list(self._entities.alerts)] = False
        rows, needed = np.flatnonzero(calm), counts.threshold_nats - math.log(NEARLY)
        asked = self._bank.open_evidence(rows, counts.x[:, rows], counts.exposures_of(rows), hour)
        may: Rows = rows[(asked.evidence_nats >= needed).any(axis=0)]
        return may

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
        at, exposure = np.array([row], dtype=np.intp), counts.exposure_of(row)
        before = self._of([row], hour, counts)[row]
        asked = self._bank.open_evidence(at, counts.x[:, at], exposure, hour)
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

    def _of(
        self, rows: Sequence[int], hour: int | None, counts: ArrivalCounts
    ) -> dict[int, WatchedArrivals]:
        """What rows are about to be judged by, and their alerts: all are asked at once."""
        alerts = self._entities.alerts
        found = {
            row: WatchedArrivals((None, None), alerts[row].alert_id if row in alerts else None)
            for row in rows
        }
        calm = np.array([row for row in rows if row not in alerts], dtype=np.intp)
        came, exposure = counts.x[:, calm], counts.exposures_of(calm)

        def reached(series: int) -> Callable[[F8], Flags]:
            def over(numbers: F8) -> Flags:
                asked = came.copy()
                asked[series] = numbers
                nats = self._bank.open_evidence(calm, asked, exposure, hour).evidence_nats
                return np.asarray((nats[series] >= counts.threshold_nats) & (asked[0] >= FEWEST))

            return over

        numbers = np.array([least_of_each(reached(n), len(calm)) for n in range(len(SERIES))])
        for row, of_row in zip(calm.tolist(), numbers.T.tolist(), strict=True):
            at = tuple(None if math.isnan(number) else number for number in of_row)
            found[row] = WatchedArrivals(at, None)
        return found

    def with_changed(
        self,
        bucket: BucketContext,
        before: Mapping[int, WatchedArrivals],
        changes: Sequence[AlertChange],
    ) -> Mapping[int, WatchedArrivals]:
        """Add to the watched whose alert the bucket publishes, whoever expected it."""
        rows, added = self._entities.rows, dict[int, WatchedArrivals]()
        for change in changes if bucket.inspect.series else ():
            if (row := rows[change.entity]) not in before:
                opened = change.step == "opened"
                alert_id = None if opened else change.alert.alert_id
                added[row] = WatchedArrivals((None, None), alert_id, alarms_known=not opened)
        return {**before, **added}

    def watched(
        self,
        bucket: BucketContext,
        before: Mapping[int, WatchedArrivals],
        counts: ArrivalCounts,
        arrived: ArrivalJudgement,
        changes: Sequence[AlertChange],
    ) -> Sequence[FullRow]:
        """All figures of the watched: the series that has the alert, else that of the new ids.

        `changes` are what became of alerts in the bucket.
        """
        entities, found, rows = self._entities, [], np.array([*before], dtype=np.intp)
        of_bucket = bucket.entities[entities.signal, entities.level]
        with_alert: dict[int, OpenAlert] = {
            **{entities.rows[change.entity]: change.alert for change in changes},
            **entities.alerts,
        }
        of_alert = [with_alert.get(row) for row in before]
        series = [0 if alert is None else SERIES.index(alert.detector) for alert in of_alert]
        shape, rate = arrived.shape[series, rows], arrived.rate[series, rows]
        low, high = bands(shape, rate, arrived.exposure[rows])
        for n, (row, asked) in enumerate(before.items()):
            at, alert = series[n], of_alert[n]
            figures = WatchedEntity(
                start=bucket.start,
                end=bucket.end,
                count=float(counts.x[at, row]),
                expected=float(arrived.expected[at, row]),
                low=float(low[n]),
                high=float(high[n]),
                alarms_at=None if asked.alert_id is not None else asked.alarms_at[at],
                evidence_nats=float(arrived.evidence_nats[at, row]),
                threshold_nats=counts.threshold_nats,
                factor=counts.factor,
                raised=of_bucket.calendar_factor(row),
                learned=entities.signal in bucket.complete and row not in entities.alerts,
                judged=True,
                fits=self._bank.fits(counts.x, arrived, at, row),
                alert_id=asked.alert_id if alert is None else alert.alert_id,
                detector=SERIES[at],
                alarms_known=asked.alarms_known,
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
        """Who new ids came to, but for those before; None where nobody asked for it."""
        if not bucket.inspect.series:
            return None
        entities, known = self._entities, counts.x.shape[1]
        alerts = entities.alerts
        come = counts.x[0] > 0.0
        come[list(before)] = False
        rows = np.flatnonzero(come)
        series = np.array(
            [SERIES.index(alerts[row].detector) if row in alerts else 0 for row in rows.tolist()],
            dtype=np.intp,
        )
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
            count=counts.x[series, rows].astype(np.int64),
            expected=arrived.expected[series, rows].astype(np.float32),
            shape=arrived.shape[series, rows].astype(np.float32),
            evidence_nats=arrived.evidence_nats[series, rows].astype(np.float32),
            threshold_nats=np.full(len(rows), counts.threshold_nats, np.float32),
            raised=raised.astype(np.float32),
            flags=flags.astype(np.uint8),
            detectors=list(SERIES),
            detector=series.astype(np.uint8),
        )
