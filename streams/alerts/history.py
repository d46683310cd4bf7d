"""The lives of alerts, summed up from their published revisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from streams.alerts.cloudevent import Envelope


@dataclass(frozen=True, slots=True)
class Life:
    """An alert from its opening to its end; times in epoch s.

    Attributes
    ----------
    alert_id, group
        Its id and its group. In version 0.1 two groups might have alerts of one id.
    level, entity
        What it is about, named as it is counted today, however an earlier version wrote it; the
        level is ``source`` where the data are at fault.
    signal, kind, detector
        The signal, what is wrong with a source, and what found it.
    severity
        The highest that it reached.
    state
        As of the last revision: ``open``, ``resolved`` or ``retracted``.
    onset_s, first_s
        Start of what stands out, and of the first alarmed bucket.
    opened_s
        End of the bucket that opened it: readers could not know earlier.
    last_s
        End of the last alarmed bucket.
    ended_s
        End of the bucket that resolved or retracted it; None where nothing has.
    observed, expected, ratio, evidence_nats, revision, reason, parent
        As of the last revision.
    summary
        Its sentence when it opened.
    """

    alert_id: str
    group: str
    level: str
    entity: str
    signal: str
    kind: str | None
    detector: str
    severity: str
    state: str
    onset_s: float
    first_s: float
    opened_s: float
    last_s: float
    ended_s: float | None
    bucket_s: int
    observed: float
    expected: float
    ratio: float
    evidence_nats: float
    revision: int
    reason: str | None
    parent: str | None
    summary: str


def lives(events: Iterable[Envelope]) -> list[Life]:
    """Sum up alerts, in the order in which they opened.

    Parameters
    ----------
    events
        Revisions in any order. Repeats count once; early alerts are left out.
    """
    return sorted(map(life_of, by_alert(events)), key=attrgetter("opened_s"))


def by_alert(events: Iterable[Envelope]) -> list[list[Envelope]]:
    """Gather the revisions of each alert, in order; repeats once, early alerts left out."""
    alerts: dict[tuple[str, str], dict[int, Envelope]] = {}
    for event in events:
        alert = event.alert
        if alert.revision and alert.event != "ended":
            revisions = alerts.setdefault((alert.group, alert.alert_id), {})
            revisions.setdefault(alert.revision, event)
    return [[revisions[n] for n in sorted(revisions)] for revisions in alerts.values()]


def life_of(revisions: Sequence[Envelope]) -> Life:
    """Sum up one alert from its revisions in order; the last one must be there."""
    opening, closing = revisions[0], revisions[-1]
    first, last = opening.alert, closing.alert
    first_s = epoch_s(first.first_bucket)
    return Life(
        alert_id=last.alert_id,
        group=last.group,
        level=last.entity.level,
        entity=last.entity.in_form,
        signal=last.signal,
        kind=last.kind,
        detector=last.detector,
        severity=_highest(revisions),
        state=last.state,
        onset_s=epoch_s(first.onset),
        first_s=first_s,
        # The topic may have dropped the opening. Its time was the end of the first alarmed bucket.
        opened_s=epoch_s(opening.time) if first.revision == 1 else first_s + first.bucket_s,
        last_s=_end_of_last(revisions),
        ended_s=None if last.state == "open" else epoch_s(closing.time),
        bucket_s=last.bucket_s,
        observed=last.observed,
        expected=last.expected,
        ratio=last.ratio,
        evidence_nats=last.evidence_nats,
        revision=last.revision,
        reason=last.reason,
        parent=last.parent,
        summary=first.summary,
    )


def epoch_s(label: str) -> float:
    """Read a time of an alert, as epoch s.

    Examples
    --------
    >>> epoch_s("1970-01-01T08:01:00+08:00")
    60.0
    """
    return dt.datetime.fromisoformat(label).timestamp()


def _highest(revisions: Sequence[Envelope]) -> str:
    critical = any(event.alert.severity == "critical" for event in revisions)
    return "critical" if critical else "warning"


def _end_of_last(revisions: Sequence[Envelope]) -> float:
    """End of the last alarmed bucket: a day on which the clock changes is not `bucket_s` long."""
    last = revisions[-1].alert
    same = [event for event in revisions if event.alert.last_bucket == last.last_bucket]
    # No revision is published before the end of its last alarmed bucket.
    return min(epoch_s(last.last_bucket) + last.bucket_s, *(epoch_s(event.time) for event in same))
