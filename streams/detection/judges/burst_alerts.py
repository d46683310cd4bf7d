"""Opens, updates and resolves the alerts of bursts, bucket by bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from detectors import BurstBank, Judgement
from detectors.burst.prediction_band import PredictionBand
from streams.alerts.lifecycle import AlertChange, Finding, Rules, follow
from streams.detection.context.bucket import F8, BucketContext, Flags, Rows
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import Judged
from streams.detection.judges.slow_rise import SlowRiseJudge
from streams.detection.plugins.beside import Seen, Suspect
from streams.detection.signals import NEWCOMER, YOUNG


class JudgedRows(msgspec.Struct, frozen=True):
    """The rows of a closed bucket, as the bank judged them.

    Attributes
    ----------
    counts
        Of each row, newcomers last.
    factor, calendar
        Common factor, and by how much the calendar raises each row; None: it raises none.
    known
        How many rows were known before the bucket.
    judgement
        What the bank found.
    claimed
        Rows that another signal judges.
    """

    counts: F8
    factor: float
    calendar: F8 | None
    known: int
    judgement: Judgement
    claimed: Flags

    def exposure(self, row: int) -> float:
        """Exposure of a row."""
        return self.factor if self.calendar is None else self.factor * float(self.calendar[row])


class WatchedBefore(msgspec.Struct, frozen=True):
    """An entity before its bucket is judged: the band of usual counts, and its alert.

    `alarms_known` says whether the band knows which count would be an alert.
    """

    band: PredictionBand
    alert_id: str | None
    alarms_known: bool = True


class VolumeBefore(msgspec.Struct, frozen=True):
    """What is known of single entities before a bucket is judged.

    Attributes
    ----------
    watched
        Those whose figures are all reported, by id.
    rows, shape, mean
        Known rows that count in the bucket, and what was expected of each, where it was asked for.
    """

    watched: Mapping[str, WatchedBefore]
    rows: Rows
    shape: F8
    mean: F8


class VolumeJudged(Judged, frozen=True, kw_only=True):
    """What the judge of volume found, and the values that `learn`, `watched` and `block` need."""

    rows: JudgedRows
    seen: Seen | None
    """What detectors beside ours learn from, if there are any."""
    alert_rows: frozenset[int]
    """Rows that had an open alert before the bucket."""
    before: VolumeBefore


class BurstAlerts:
    """Alerts that the bank of bursts opened, or took over from the slow rises while a burst lasts.

    Parameters
    ----------
    entities
        The stream's.
    bank, detector
        Its bank, and the name of the detector for entities that have counted before.
    slow
        Judge of its slow rises, if there is one.
    rules
        When alerts begin and end.
    """

    def __init__(
        self,
        entities: Entities,
        bank: BurstBank,
        detector: str,
        slow: SlowRiseJudge | None,
        rules: Rules,
    ) -> None:
        self._entities, self._bank, self._detector = entities, bank, detector
        self._slow, self._rules = slow, rules

    def follow(self, bucket: BucketContext, judged: JudgedRows) -> list[AlertChange]:
        """Take the alerts through a closed bucket."""
        rows = [row for row in self._entities.alerts if self._entities.by_bucket[row]]
        changes = [self._follow(row, bucket, judged) for row in rows]
        return [change for change in changes if change is not None]

    def _follow(self, row: int, bucket: BucketContext, judged: JudgedRows) -> AlertChange | None:
        alert = self._entities.alerts[row]
        step = follow(
            alert,
            self._rules,
            bucket=bucket.start,
            end=bucket.end,
            count=float(judged.counts[row]),
            expected=float(judged.judgement.expected[row]),
            exposure=judged.exposure(row),
            fits=bool(judged.judgement.fits[row]),
        )
        if step is None:
            return None
        if step != "resolved":
            return self._entities.change(row, step)
        self._entities.by_bucket[row] = False
        at = np.array([row], dtype=np.intp)
        self._bank.reset(at)
        if alert.reason is None and self._slow is not None and self._slow.has_alert(row):
            # The burst is over, but the slow rise below it may go on.
            alert.revision -= 1
            alert.quiet = 0
            return None
        if alert.reason == "level_shift":
            self._bank.adopt_level(at, np.array([alert.rate]))
        else:
            age_days = self._entities.age_days(row, bucket.day)
            habit = self._entities.habits.ended(row, alert, age_days)
            if habit is not None:
                self._bank.adopt_habit(row, *habit)
        if self._slow is not None:
            self._slow.leave(row, shifted=alert.reason == "level_shift")
        return self._entities.close(row)

    def begin(
        self,
        bucket: BucketContext,
        judged: JudgedRows,
        suspects: Sequence[Suspect],
        changed: set[str],
    ) -> list[AlertChange]:
        """Open alerts of bursts; where a slow rise has an alert already, update that alert.

        Parameters
        ----------
        bucket, judged
            The bucket, and its rows.
        suspects
            Rows that detectors beside ours suspect.
        changed
            Entities whose alert the bucket has changed already.
        """
        entities, judgement = self._entities, judged.judgement
        changes: list[AlertChange | None] = []
        for row in judgement.over.tolist():
            if not judged.counts[row] or entities.by_bucket[row] or judged.claimed[row]:
                continue
            if row in entities.alerts:
                changes.append(self._overtake(row, bucket, judged))
            elif entities.names[row] not in changed:
                changes.append(self._open(row, bucket, judged))
        for suspect in suspects:
            row = suspect.row
            free = not judged.claimed[row] and row not in entities.alerts
            if free and entities.names[row] not in changed:
                changes.append(self._open(row, bucket, judged, suspect))
        return [change for change in changes if change is not None]

    def _overtake(self, row: int, bucket: BucketContext, judged: JudgedRows) -> AlertChange:
        """Update a slow rise's alert because of a burst on top; it is now followed as a burst."""
        assert self._slow is not None
        alert, count = self._entities.alerts[row], float(judged.counts[row])
        self._slow.overtaken(row, alert, count, judged.exposure(row))
        alert.evidence_nats = float(judged.judgement.evidence_nats[row])
        alert.threshold_nats = float(judged.judgement.threshold_nats[row])
        alert.last_bucket, alert.quiet, alert.highest = bucket.start, 0, count
        alert.update(bucket.end, alert.observed)
        alert.grade()
        self._entities.by_bucket[row] = True
        self._bank.hold(row)
        return self._entities.change(row, "updated")

    def _open(
        self, row: int, bucket: BucketContext, judged: JudgedRows, suspect: Suspect | None = None
    ) -> AlertChange | None:
        newcomer = suspect is None and row >= judged.known
        judgement, count = judged.judgement, float(judged.counts[row])
        onset, observed, expected = bucket.start, count, float(judgement.expected[row])
        segment = None if newcomer else self._bank.onset(row)
        if segment is not None and segment.observed >= count:
            onset = bucket.start_of(self._entities.signal, segment.buckets_ago)
            observed, expected = float(segment.observed), float(segment.expected)
        evidence, threshold = (
            float(judgement.evidence_nats[row]),
            float(judgement.threshold_nats[row]),
        )
        detector = id_detector = NEWCOMER if newcomer else self._detector
        if suspect is not None:
            evidence, threshold = suspect.evidence_nats, suspect.threshold_nats
            detector = id_detector = suspect.detector
        elif judgement.among_peers[row] and not newcomer:
            # An early alert cannot know which of the two will judge a young entity in the end:
            # the id is the same.
            detector = YOUNG
        finding = Finding(
            detector=detector,
            onset=onset,
            observed=observed,
            expected=expected,
            count=count,
            exposure=judged.exposure(row),
            alarmed=count,
            highest=count,
            evidence_nats=evidence,
            threshold_nats=threshold,
        )
        change = self._entities.open(
            row,
            finding,
            self._rules,
            start=bucket.start,
            end=bucket.end,
            id_detector=id_detector,
        )
        if change is not None:
            self._bank.hold(row)
        return change
