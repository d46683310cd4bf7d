"""Judges slow rises: growth that the baseline of bursts has learned before it stands out.

It goes by days, whatever the size of the buckets: at the end of each the last seven are
judged against a level at least four weeks old (`SlowBank`), and alerts that it opened are
followed by that level, frozen. An entity has one open alert of a signal, whoever opened it:
while one is open, the entity's slow rise is neither judged nor learned. A burst on top of a slow
rise updates the rise's alert, which is followed bucket by bucket until the burst is over.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence, Set
from dataclasses import replace

import msgspec
import numpy as np

from detectors.distributions.gamma_poisson import tail
from detectors.slow.bank import HELD, WEEK, SlowBank
from detectors.state import State
from streams.alerts.lifecycle import AlertChange, Finding, OpenAlert, Rules, Step, follow
from streams.counts.bucket import DAY_S, Buckets
from streams.detection.context.bucket import F8, BucketContext, Flags, Rows
from streams.detection.context.budget import Budget
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import NO_ROWS, Judged, Prepared, from_row
from streams.detection.signals import SLOW
from streams.series.record import FullRow, SeriesBlock

EXIT_AFTER_DAYS, MIN_HOLD_DAYS = 3, 1
"""Used where buckets are shorter than a day, since the configured numbers count buckets."""

FITS = 0.1
"""A day's count fits the level if a count as large has at least this chance."""

LONGEST_PAUSE_DAYS = 2 * WEEK * (HELD + 1)
"""After this many days without a judged bucket everything is forgotten: no more days are ended."""


class SlowPrepared(Prepared, frozen=True, kw_only=True):
    """Rows that have an open alert before the bucket is judged."""

    with_alert: Set[int]


_WITHOUT_ALERT = SlowPrepared(with_alert=NO_ROWS)


class _Followed(msgspec.Struct):
    """What an open alert is followed by, and its day so far."""

    shape: float
    per_day: float
    count: float = 0.0
    exposure: float = 0.0
    burst: bool = False
    """Whether a burst is on top: then it is followed bucket by bucket."""


class _Rise(msgspec.Struct, frozen=True):
    """A row whose last seven days stand out, at the end of a day."""

    row: int
    count: float
    onset: int
    observed: float
    expected: float
    evidence_nats: float
    threshold_nats: float
    shape: float
    per_day: float


class SlowRiseJudge:
    """Judges the slow rises of a stream, after its bursts have been judged.

    Parameters
    ----------
    entities
        The stream's.
    timezone
        In which its days are.
    rules
        When alerts begin and end.
    budget
        False alerts a day; `slow_per_day` of them.
    """

    def __init__(self, entities: Entities, timezone: str, rules: Rules, budget: Budget) -> None:
        self.signal, self.level = entities.signal, entities.level
        self._entities = entities
        self._bucket_s = entities.bucket_s
        self._days = Buckets(DAY_S, timezone)
        if self._bucket_s != DAY_S:
            rules = replace(rules, exit_after=EXIT_AFTER_DAYS, min_hold=MIN_HOLD_DAYS)
        self._rules, self._budget = rules, budget
        self._bank = SlowBank(float(self._bucket_s))
        self._day = 0
        self._day_end: int | None = None
        self._followed: dict[int, _Followed] = {}
        self.numbers = 0
        self.state = State()
        self.state.shared(self, _day=int, _day_end=int | None)
        self.state.keyed_by_row(self, _followed=dict[int, _Followed])
        self.state.include(bank=self._bank.state)
        self.state.after_unpack(self._derive)
        self.state.after_keep(lambda _: self._derive())

    def _derive(self) -> None:
        self._entities.by_bucket[self.rows] = False

    def holds(self) -> Flags:
        """See `Judge`: no row."""
        return from_row(len(self._bank), None)

    def remember(self, rows: Rows) -> F8:
        """See `Judge`: nothing. A row that comes back has no level yet."""
        return np.zeros((self.numbers, len(rows)))

    def recall(self, names: Sequence[str], numbers: F8) -> None:
        """See `Judge`."""
        self.grow(names)

    @property
    def rows(self) -> list[int]:
        """Rows with an alert that is followed by the day now."""
        return [row for row, followed in self._followed.items() if not followed.burst]

    def prepare(self, bucket: BucketContext) -> Prepared:
        """See `Judge`."""
        alerts = self._entities.alerts
        return SlowPrepared(with_alert=frozenset(alerts)) if alerts else _WITHOUT_ALERT

    def judge(self, bucket: BucketContext, prepared: SlowPrepared) -> Judged:
        """See `Judge`."""
        entities, counts = self._entities, bucket.entities[self.signal, self.level]
        self.skip(bucket, prepared)
        if counts.new:
            self.grow(counts.new)
        busy: Sequence[int] = ()
        if prepared.with_alert or entities.alerts:
            busy = sorted(prepared.with_alert | entities.alerts.keys())
        factor = bucket.factor(self.signal, self.level).value
        learn = self.signal in bucket.complete
        rises = self.close(
            bucket.start,
            bucket.end,
            counts.all_rows,
            factor,
            counts.calendar,
            busy,
            learn=learn,
        )
        for row, followed in self._followed.items():
            # A burst on top of it is over: from the next bucket on it is followed here again.
            followed.burst = followed.burst and bool(entities.by_bucket[row])
        if rises is None:
            return Judged(changes=[])
        claims = bucket.claims.get((self.signal, self.level))
        changes = self._follow(bucket)
        for rise in rises:
            claimed = claims is not None and claims.claimed[rise.row]
            if rise.row not in busy and not claimed:
                change = self._open(rise, bucket)
                if change is not None:
                    changes.append(change)
        return Judged(changes=changes)

    def skip(self, bucket: BucketContext, prepared: Prepared) -> None:
        """See `Judge`."""
        claims = bucket.claims.get((self.signal, self.level))
        if claims is not None and len(claims.released):
            self._bank.reset(claims.released)

    def learn(self, bucket: BucketContext, judged: Judged) -> None:
        """See `Judge`: nothing has to wait."""

    def watched(self, bucket: BucketContext, judged: Judged) -> Sequence[FullRow]:
        """See `Judge`: the judge of bursts reports the bucket."""
        return ()

    def block(self, bucket: BucketContext, judged: Judged) -> SeriesBlock | None:
        """See `Judge`: as `watched`."""
        return None

    def grow(self, names: Sequence[str]) -> None:
        """Add rows; the weekday on which a week of theirs ends depends on the name alone."""
        ends = [zlib.crc32(name.encode()) % WEEK for name in names]
        self._bank.grow(np.array(ends, dtype=np.uint8))

    def close(
        self,
        start: int,
        end: int,
        counts: F8,
        exposure: float,
        calendar: F8 | None,
        busy: Sequence[int],
        *,
        learn: bool,
    ) -> list[_Rise] | None:
        """Take a closed bucket; at the end of a day say which rows have risen, else None.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        counts
            Of all rows.
        exposure
            Common factor of the bucket.
        calendar
            By how much the calendar multiplies what is expected of each row, if of any.
        busy
            Rows that have an alert, or had one in this bucket.
        learn
            False where the bucket is truncated: then it is left out.
        """
        if self._day_end is None:
            self._day_end = self._days.end(self._days.start(start))
        for _ in range(LONGEST_PAUSE_DAYS):
            if start < self._day_end:
                break
            self._end_day()
        else:
            self._day_end = self._days.end(self._days.start(start))
        if learn:
            plain = counts if calendar is None else counts / calendar
            incomplete = np.array(busy, dtype=np.intp) if busy else None
            self._bank.add(self._day, plain, exposure, incomplete)
            for row in self.rows if self._followed else ():
                followed = self._followed[row]
                followed.count += float(counts[row])
                followed.exposure += (
                    exposure if calendar is None else exposure * float(calendar[row])
                )
        return self._end_day() if end >= self._day_end else None

    def _end_day(self) -> list[_Rise]:
        assert self._day_end is not None
        judged = self._bank.end_day(self._day)
        limit = float(-np.log(self._budget.alpha_slow(self._bank.rows_with_level)))
        rises = []
        for at in np.flatnonzero(judged.evidence_nats >= limit).tolist():
            row, per_day = int(judged.rows[at]), float(judged.per_day[at])
            days, observed, expected = self._bank.onset(judged, at, self._day)
            rises.append(
                _Rise(
                    row=row,
                    count=float(judged.x[at]),
                    onset=self._days.back(self._day_end, days),
                    observed=float(np.round(observed)),
                    expected=expected,
                    evidence_nats=float(judged.evidence_nats[at]),
                    threshold_nats=limit,
                    shape=float(judged.shape[at]),
                    per_day=per_day,
                )
            )
        self._day += 1
        self._day_end = self._days.end(self._day_end)
        return rises

    def _open(self, rise: _Rise, bucket: BucketContext) -> AlertChange | None:
        """Open an alert for a rise, if it is worth one."""
        finding = Finding(
            detector=SLOW,
            onset=rise.onset,
            observed=rise.observed,
            expected=rise.expected,
            count=rise.count,
            exposure=0.0,
            alarmed=0.0,
            highest=rise.count / WEEK,
            evidence_nats=rise.evidence_nats,
            threshold_nats=rise.threshold_nats,
        )
        change = self._entities.open(
            rise.row, finding, self._rules, start=bucket.start, end=bucket.end, by_day=True
        )
        if change is not None:
            self._followed[rise.row] = _Followed(rise.shape, rise.per_day)
            self._bank.hold(np.array([rise.row], dtype=np.intp))
        return change

    def _follow(self, bucket: BucketContext) -> list[AlertChange]:
        """Take the alerts through the day that has just ended."""
        changes = []
        for row in self.rows:
            alert = self._entities.alerts[row]
            step = self._follow_row(row, alert, bucket)
            if step == "resolved":
                changes.append(self._entities.close(row))
                self.leave(row, shifted=alert.reason == "level_shift")
            elif step is not None:
                changes.append(self._entities.change(row, step))
        return changes

    def _follow_row(self, row: int, alert: OpenAlert, bucket: BucketContext) -> Step | None:
        followed = self._followed[row]
        if followed.exposure <= 0.0:
            return None
        count, exposure, expected = self._take_day(followed)
        shape, rate = np.array([followed.shape]), np.array([followed.shape / followed.per_day])
        days = exposure * self._bucket_s / DAY_S
        return follow(
            alert,
            self._rules,
            bucket=bucket.start,
            end=bucket.end,
            count=count,
            expected=expected,
            exposure=exposure,
            fits=bool(tail(shape, rate, np.array([count]), days)[0] >= FITS),
        )

    def _take_day(self, followed: _Followed) -> tuple[float, float, float]:
        """Count, exposure and expectation of the day so far, which begins anew."""
        count, exposure = followed.count, followed.exposure
        followed.count = followed.exposure = 0.0
        return count, exposure, followed.per_day * exposure * self._bucket_s / DAY_S

    def overtaken(self, row: int, alert: OpenAlert, count: float, exposure: float) -> None:
        """A burst has been found on top of a rise, in a bucket of this count."""
        followed = self._followed[row]
        followed.count += count
        followed.exposure += exposure
        followed.burst = True
        count, exposure, expected = self._take_day(followed)
        alert.observed += count
        alert.alarmed += count
        alert.expected += expected
        alert.exposure += exposure

    def has_alert(self, row: int) -> bool:
        """Whether the row's alert is of a slow rise, and goes on when a burst on top is over."""
        return row in self._followed

    def leave(self, row: int, *, shifted: bool) -> None:
        """An alert has ended: evidence begins anew; at a new level, so does what is known."""
        self._followed.pop(row, None)
        at = np.array([row], dtype=np.intp)
        if shifted:
            self._bank.forget(at)
        else:
            self._bank.reset(at)
