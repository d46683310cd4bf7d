"""The slow baseline of a stream: rises that the fast one has learned away.

It goes by days, whatever the size of the buckets: at the end of each the last seven are
judged against a level at least four weeks old (`SlowBank`), and alerts that it opened are
followed by that level, frozen. An entity has one open alert of a signal, whoever opened it:
while one is open the slow baseline neither judges nor learns the entity, and a burst on top of
a ramp is the ramp's alert, updated, and followed by the fast baseline until it is over.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.distributions.gamma_poisson import tail
from detectors.slow.bank import HELD, WEEK, SlowBank
from streams.alerts.lifecycle import Episode, Rules, Step, follow
from streams.alerts.opening import opened
from streams.counts.bucket import DAY_S, Buckets
from streams.detection.context.budget import Budget
from streams.detection.signals import SLOW

EXIT_AFTER_DAYS, MIN_HOLD_DAYS = 3, 1
"""Of alerts in groups whose buckets are no days, where the configured numbers are of buckets."""

FITS = 0.1
"""A day with at least this chance to be reached or passed fits the level."""

LONGEST_PAUSE_DAYS = 2 * WEEK * (HELD + 1)
"""Days without a judged bucket after which no more are ended: nothing is left to forget."""

F8 = npt.NDArray[np.float64]


class _Followed(msgspec.Struct):
    """What an open alert is followed by, and the day so far."""

    shape: float
    per_day: float
    count: float = 0.0
    exposure: float = 0.0
    burst: bool = False
    """Whether the fast baseline follows it now."""


@dataclass(frozen=True, slots=True)
class Rise:
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


class SlowBaseline:
    """Slow rises of one stream; its rows are the stream's.

    Parameters
    ----------
    bucket_s
        Bucket size in seconds.
    timezone
        In which its days are.
    rules
        When alerts begin and end.
    budget
        False alerts a day; `slow_per_day` of them.
    """

    def __init__(self, bucket_s: int, timezone: str, rules: Rules, budget: Budget) -> None:
        self._bucket_s = bucket_s
        self._days = Buckets(DAY_S, timezone)
        if bucket_s != DAY_S:
            rules = replace(rules, exit_after=EXIT_AFTER_DAYS, min_hold=MIN_HOLD_DAYS)
        self._rules, self._budget = rules, budget
        self._bank = SlowBank(float(bucket_s))
        self._day = 0
        self._day_end: int | None = None
        self._followed: dict[int, _Followed] = {}

    @property
    def rows(self) -> list[int]:
        """Rows with an alert that is followed here now."""
        return [row for row, followed in self._followed.items() if not followed.burst]

    def grow(self, names: Sequence[str]) -> None:
        """Add rows; the weekday on which a week of theirs ends hangs on the name alone."""
        ends = [zlib.crc32(name.encode()) % WEEK for name in names]
        self._bank.grow(np.array(ends, dtype=np.uint8))

    def close(
        self,
        start: int,
        end: int,
        counts: F8,
        exposure: float,
        up: F8 | None,
        apart: Sequence[int],
        *,
        learn: bool,
    ) -> list[Rise] | None:
        """Take a closed bucket; at the end of a day say who has risen, else None.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        counts
            Of all rows.
        exposure
            Common factor of the bucket.
        up
            By how much the calendar raises each row, if anybody.
        apart
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
            plain = counts if up is None else counts / up
            self._bank.add(self._day, plain, exposure, np.array(apart, dtype=np.intp))
            for row in self.rows:
                followed = self._followed[row]
                followed.count += float(counts[row])
                followed.exposure += exposure if up is None else exposure * float(up[row])
        return self._end_day() if end >= self._day_end else None

    def _end_day(self) -> list[Rise]:
        assert self._day_end is not None
        judged = self._bank.end_day(self._day)
        limit = float(-np.log(self._budget.alpha_slow(self._bank.rows_with_level)))
        rises = []
        for at in np.flatnonzero(judged.evidence_nats >= limit).tolist():
            row, per_day = int(judged.rows[at]), float(judged.per_day[at])
            days, observed, expected = self._bank.onset(judged, at, self._day)
            rises.append(
                Rise(
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

    def enter(self, rise: Rise, alert_id: str, start: int, end: int) -> Episode | None:
        """Open an alert for a rise, if it is worth one."""
        episode = opened(
            self._rules,
            alert_id,
            SLOW,
            start=start,
            end=end,
            onset=rise.onset,
            count=rise.count,
            observed=rise.observed,
            expected=rise.expected,
            exposure=0.0,
            alarmed=0.0,
            highest=rise.count / WEEK,
            evidence=rise.evidence_nats,
            threshold=rise.threshold_nats,
        )
        if episode is None:
            return None
        self._followed[rise.row] = _Followed(rise.shape, rise.per_day)
        self._bank.hold(np.array([rise.row], dtype=np.intp))
        return episode

    def follow(self, row: int, episode: Episode, start: int, end: int) -> Step | None:
        """Take an alert through the day that has just ended; it changes `episode`."""
        followed = self._followed[row]
        if followed.exposure <= 0.0:
            return None
        count, exposure, expected = self._take(followed)
        shape, rate = np.array([followed.shape]), np.array([followed.shape / followed.per_day])
        days = exposure * self._bucket_s / DAY_S
        step = follow(
            episode,
            self._rules,
            bucket=start,
            end=end,
            count=count,
            expected=expected,
            exposure=exposure,
            fits=bool(tail(shape, rate, np.array([count]), days)[0] >= FITS),
        )
        if step == "resolved":
            self.leave(row, shifted=episode.reason == "level_shift")
        return step

    def _take(self, followed: _Followed) -> tuple[float, float, float]:
        """Count, exposure and expectation of the day so far, which begins anew."""
        count, exposure = followed.count, followed.exposure
        followed.count = followed.exposure = 0.0
        return count, exposure, followed.per_day * exposure * self._bucket_s / DAY_S

    def overtaken(self, row: int, episode: Episode, count: float, exposure: float) -> None:
        """The fast baseline has found a burst on top, in a bucket of this count."""
        followed = self._followed[row]
        followed.count += count
        followed.exposure += exposure
        followed.burst = True
        count, exposure, expected = self._take(followed)
        episode.observed += count
        episode.alarmed += count
        episode.expected += expected
        episode.exposure += exposure

    def takes_back(self, row: int) -> bool:
        """Whether the alert goes on when the burst that the fast baseline found is over."""
        return row in self._followed

    def take_back(self, row: int) -> None:
        """Follow the alert again, from the next bucket on."""
        self._followed[row].burst = False

    def leave(self, row: int, *, shifted: bool) -> None:
        """An alert has ended: evidence begins anew; at a new level, so does what is known."""
        self._followed.pop(row, None)
        at = np.array([row], dtype=np.intp)
        if shifted:
            self._bank.forget(at)
        else:
            self._bank.reset(at)

    def restart(self, rows: npt.NDArray[np.intp]) -> None:
        """Begin these rows' evidence anew."""
        self._bank.reset(rows)

    def pack_shared(self) -> bytes:
        """State that all rows share, and the open alerts'."""
        return msgspec.msgpack.encode(
            _Shared(
                self._day, self._day_end, sorted(self._followed.items()), self._bank.pack_shared()
            )
        )

    def pack(self, start: int, stop: int) -> bytes:
        """State of rows start..stop-1."""
        return self._bank.pack(start, stop)

    def unpack(self, shared: bytes, pieces: list[bytes]) -> None:
        """Take the state that `pack_shared` and `pack` gave, bit for bit."""
        common = msgspec.msgpack.decode(shared, type=_Shared)
        self._day, self._day_end = common.day, common.day_end
        self._followed = dict(common.followed)
        self._bank = SlowBank.restore(float(self._bucket_s), common.bank, pieces)


class _Shared(msgspec.Struct):
    day: int
    day_end: int | None
    followed: list[tuple[int, _Followed]]
    bank: bytes
