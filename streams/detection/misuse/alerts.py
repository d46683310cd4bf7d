"""Lives of alerts on misuse: opened when something is found, updated when it grows, resolved.

* *Open*: at the first finding about a place.
* *Update*: its size has doubled since the last revision, its severity has risen, or a day has
  passed and it goes on. A bucket of a day is a day, of 23 hours or of 25 where clocks change.
* *Resolve*: nothing was found for the judge's `quiet_s`; or what was found is allowed now, with the
  reason ``allowed``; or too many are open and a critical one takes the place of a warning, with the
  reason ``displaced``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from detectors.state import State
from streams.alerts.identity import EPOCH, alert_id
from streams.alerts.lifecycle import AlertChange, OpenAlert, Severity, Step
from streams.alerts.misuse.basis import Basis, ScopeBasis, capped
from streams.alerts.misuse.sentences import ALLOWED, DISPLACED
from streams.counts.bucket import DAY_S
from streams.detection.misuse.judge import MisuseBucket, MisuseFound, MisuseJudge, MisusePlace
from streams.detection.misuse.table import MisuseFacts
from streams.items import LEVELS, Level

MOST_OPEN: Final = 10_000
"""Alerts of a judge that are open at once at most. A critical one beyond them takes the place of
the warning that was found least lately, and of these of the smallest. What else is found beyond
them opens none, until others have ended."""

MOST_VALUES: Final = 200
"""Names that an alert gathers at most. With more it does not end before it is quiet."""


class _OpenMisuse(msgspec.Struct, array_like=True):
    """An open alert.

    Attributes
    ----------
    place
        What it is about.
    alert
        The alert.
    values
        What was used, in order, at most `MOST_VALUES`.
    overfull
        Whether there was more than these.
    """

    place: MisusePlace
    alert: OpenAlert
    values: list[str]
    overfull: bool = False

    def gather(self, values: Iterable[str]) -> None:
        """Add what was used."""
        both = sorted({*self.values, *values})
        self.overfull = self.overfull or len(both) > MOST_VALUES
        self.values = both[:MOST_VALUES]


class MisuseAlerts:
    """Open alerts of one judge.

    Parameters
    ----------
    facts
        The signal.
    group, bucket_s
        The group, and its bucket size.

    Attributes
    ----------
    beyond
        Findings of the last bucket for which there was no room.
    epoch
        Epoch of the ids of the alerts that open.
    state
        What a checkpoint stores.
    """

    def __init__(self, facts: MisuseFacts, group: str, bucket_s: int) -> None:
        self._facts, self._group, self._bucket_s = facts, group, bucket_s
        self._open: dict[MisusePlace, _OpenMisuse] = {}
        self._kinds = set[str | None]()
        self.beyond = 0
        self.epoch = EPOCH
        self.state = State()
        self.state.shared(self, beyond=int)
        self.state.listed(self, _rows=_OpenMisuse)
        self.state.before_pack(self._list)
        self.state.after_unpack(self._derive)
        self._rows: list[_OpenMisuse] = []

    def _list(self) -> None:
        self._rows = [self._open[place] for place in sorted(self._open, key=_order)]

    def _derive(self) -> None:
        self._open = {held.place: held for held in self._rows}
        self._kinds = {place.kind for place in self._open}
        self._rows = []

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def levels(self) -> list[Level]:
        """Levels that have an open alert, from the widest."""
        return [level for level in LEVELS if any(at == level for at, *_ in self._open)]

    def alerts_on(self, level: Level, entity: str) -> list[OpenAlert]:
        """Open alerts of an entity, by kind."""
        kinds = sorted(self._kinds, key=lambda kind: kind or "")
        held = (self._open.get(MisusePlace(level, entity, kind)) for kind in kinds)
        return [each.alert for each in held if each is not None]

    def close(
        self, judge: MisuseJudge, found: Iterable[MisuseFound], bucket: MisuseBucket
    ) -> list[AlertChange]:
        """Take all open alerts through a closed bucket.

        Parameters
        ----------
        judge
            Whose alerts they are.
        found
            What it found in the bucket.
        bucket
            The bucket.
        """
        changes: list[AlertChange] = []
        self.beyond = 0
        every = sorted(found, key=_turn)
        if len(self._open) + len(every) > MOST_OPEN:  # what is critical comes before the others
            every.sort(key=lambda each: each.severity != "critical")
        seen = {one.place for one in every if not one.over}
        weakest = self._weakest({one.place: one.severity for one in every if not one.over})
        for one in every:
            if one.over:
                changes.append(self._said_once(one, bucket))
                continue
            full = one.place not in self._open and len(self._open) >= MOST_OPEN
            if full and one.severity == "critical" and (place := next(weakest, None)):
                changes.append(self._end(place, DISPLACED))
                full = False
            if full:
                self.beyond += 1
                continue
            step = self._follow(one, bucket)
            if step is not None:
                changes.append(self._change(one.place, step))
        for place in sorted(self._open.keys() - seen, key=_order):
            held = self._open[place]
            held.alert.held += 1
            held.alert.quiet += 1
            allowed = not held.overfull and judge.allowed(place, held.values, bucket)
            quiet_s = bucket.closed.start - held.alert.last_bucket
            if allowed or quiet_s >= judge.quiet_s:
                changes.append(self._end(place, ALLOWED if allowed else None))
        return changes

    def _weakest(self, found: Mapping[MisusePlace, Severity]) -> Iterator[MisusePlace]:
        """Give the warnings of before this bucket: what was not found again comes first."""

        def worth(place: MisusePlace) -> tuple[object, ...]:
            alert = self._open[place].alert
            return place in found, alert.last_bucket, alert.observed, _order(place)

        yield from sorted(
            (
                place
                for place, held in self._open.items()
                if held.alert.severity == "warning" and found.get(place) != "critical"
            ),
            key=worth,
        )

    def _end(self, place: MisusePlace, reason: str | None) -> AlertChange:
        self._open[place].alert.end(reason)
        change = self._change(place, "resolved")
        del self._open[place]
        return change

    def _follow(self, found: MisuseFound, bucket: MisuseBucket) -> Step | None:
        step: Step | None = None
        held = self._open.get(found.place)
        start, end = bucket.closed.start, bucket.closed.end
        if held is None:
            step, held = "opened", _OpenMisuse(found.place, self._opened(found, start), [])
            self._open[found.place] = held
            self._kinds.add(found.place.kind)
        else:
            held.alert.held += 1
        self._count(held, found, start)
        alert = held.alert
        size = alert.observed if found.size is None else found.size
        worse = found.severity == "critical" and alert.severity != "critical"
        if worse:
            alert.severity = "critical"
        doubled = size >= 2 * alert.size_at_last_revision
        next_day = self._bucket_s == DAY_S or end - alert.last_revision_end >= DAY_S
        if step is None and (worse or doubled or next_day):
            step = "updated"
        if step is not None:
            alert.update(end, size)
        return step

    def _count(self, held: _OpenMisuse, found: MisuseFound, start: int) -> None:
        held.gather(found.values)
        alert = held.alert
        alert.quiet, alert.last_bucket = 0, start
        alert.observed = alert.observed + found.count if found.observed is None else found.observed
        # Floats, as a checkpoint gives them back: two workers must write the same bytes.
        alert.highest = max(alert.highest, float(found.count))
        alert.expected, alert.basis = found.expected, _with(found.basis, held)
        alert.evidence_nats = max(alert.evidence_nats, found.evidence_nats)
        alert.threshold_nats = found.threshold_nats

    def _said_once(self, found: MisuseFound, bucket: MisuseBucket) -> AlertChange:
        """Return the only revision of an alert that is over when it is found."""
        held = _OpenMisuse(found.place, self._opened(found, bucket.closed.start), [])
        self._count(held, found, bucket.closed.start)
        held.alert.end(None)
        place = found.place
        return AlertChange(
            place.level, self._facts.name, place.entity, "resolved", held.alert, place.kind
        )

    def begin_again(self) -> list[AlertChange]:
        """Return all open alerts as opened: each has its first revision again."""
        for held in self._open.values():
            held.alert.revision = 1
        return [self._change(place, "opened") for place in sorted(self._open, key=_order)]

    def _opened(self, found: MisuseFound, start: int) -> OpenAlert:
        place, facts = found.place, self._facts
        kind = place.kind if found.about is None else f"{place.kind}/{found.about}"
        name = alert_id(
            self._group, place.level, place.entity, facts.name, facts.detector, self._bucket_s,
            start, epoch=self.epoch, kind=kind,
        )  # fmt: skip
        return OpenAlert(
            alert_id=name,
            detector=facts.detector,
            revision=0,
            onset=start if found.onset is None else found.onset,
            first_bucket=start,
            last_bucket=start,
            observed=0.0,
            expected=0.0,
            exposure=0.0,
            evidence_nats=0.0,
            threshold_nats=0.0,
            severity="warning",
            size_at_last_revision=0.0,
            alarmed=0.0,
            highest=0.0,
            last_revision_end=start,
        )

    def _change(self, place: MisusePlace, step: Step) -> AlertChange:
        alert = replace(self._open[place].alert)
        return AlertChange(place.level, self._facts.name, place.entity, step, alert, place.kind)


def _with(basis: Basis, held: _OpenMisuse) -> Basis:
    """Return a basis with what an alert has gathered."""
    if not isinstance(basis, ScopeBasis):
        return basis
    return replace(basis, found=capped(held.values), found_number=len(held.values))


def _order(place: MisusePlace) -> tuple[str, str, str]:
    return place.level, place.entity, place.kind or ""


def _turn(found: MisuseFound) -> tuple[str, str, str, str]:
    return *_order(found.place), found.about or ""
