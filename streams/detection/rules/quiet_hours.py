"""Messages that are sent in hours in which they must not be: whole buckets in these hours."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from detectors.pages import PagedTable
from streams.detection.rules.standing import MOST_FOLLOWED, CountedBucket, RuleStanding
from streams.rule_packs.parameters import QuietHoursRule


class NightWatch:
    """Follows messages in quiet hours, from their begin to their end.

    A bucket counts if it lies in the hours as a whole. One that reaches beyond them says nothing,
    since its messages may have been sent in its other part: so fewer are counted, never more. A
    bucket of a day never counts.

    Parameters
    ----------
    rule
        The rule.
    timezone
        Whose clock says the hours.
    most
        Entities that are followed at most.

    Examples
    --------
    >>> rule = QuietHoursRule(**{"from": "22:00"}, to="08:00", categories=["*"], need=5)
    >>> watch = NightWatch(rule, "UTC")
    >>> late = CountedBucket(82_800, 86_400, 719_163, 719_164, {"a": 3}, {}, {})
    >>> [(s.entity, s.have, s.met) for s in watch.close(late)]
    [('a', 3, False)]
    """

    def __init__(self, rule: QuietHoursRule, timezone: str, most: int = MOST_FOLLOWED) -> None:
        self._rule, self._most = rule, most
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._begin, self._end = dt.time.fromisoformat(rule.from_), dt.time.fromisoformat(rule.to)
        self.period = 0
        self.let_go = 0
        self._sent: PagedTable[int] = PagedTable(int)
        self._met_on: PagedTable[int] = PagedTable(int)
        self.pages = {"sent": self._sent, "met_on": self._met_on}

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket: see `Evaluator`."""
        night = self.night_of(bucket.start, bucket.end)
        if night is None:
            self._begin_night(0)
            return []
        if night != self.period:
            self._begin_night(night)
        for entity, messages in bucket.messages.items():
            self._sent[entity] = self._sent.get(entity, 0) + messages
        if len(self._sent) > self._most:
            ranked = sorted((sent, entity) for entity, sent in self._sent.items())
            gone = ranked[: len(ranked) - self._most * 9 // 10]
            self.let_go += len(gone)
            for _, entity in gone:
                del self._sent[entity]
                self._met_on.discard(entity)
        since = dt.datetime.fromtimestamp(night, self._zone).toordinal()
        return [
            self._standing(entity, bucket.day, since)
            for entity in sorted(self._sent)
            if self._sent[entity] >= self._rule.warn
        ]

    def night_of(self, start: int, end: int) -> int | None:
        """When the quiet hours began in which a bucket lies as a whole; None where it does not.

        Parameters
        ----------
        start, end
            The bucket, epoch s.
        """
        local = dt.datetime.fromtimestamp(start, self._zone)
        over_midnight = self._begin > self._end
        first = local.date() - dt.timedelta(days=over_midnight and local.time() < self._begin)
        # Each minute is asked for: where clocks go back, the hours may begin or end twice.
        if not all(self._is_quiet(each) for each in (*range(start, end, 60), end - 1)):
            return None
        return int(dt.datetime.combine(first, self._begin, self._zone).timestamp())

    def _is_quiet(self, at: int) -> bool:
        time = dt.datetime.fromtimestamp(at, self._zone).time()
        if self._begin > self._end:
            return time >= self._begin or time < self._end
        return self._begin <= time < self._end

    @property
    def waits(self) -> bool:
        """See `Evaluator`."""
        return any(sent >= self._rule.warn for _, sent in self._sent.items())

    def release(self, entity: str) -> None:
        """The rule is not about it: see `Evaluator`."""
        self._met_on.discard(entity)

    def _begin_night(self, night: int) -> None:
        self.period = night
        self._sent.clear()
        self._met_on.clear()

    def _standing(self, entity: str, today: int, since: int) -> RuleStanding:
        sent, need = self._sent[entity], self._rule.need
        if sent >= need:
            self._met_on.setdefault(entity, today)
        return RuleStanding(
            entity=entity,
            met=sent >= need,
            have=sent,
            need=need,
            size=sent,
            since=since,
            day=today - since + 1,
            of_days=1 + (self._begin > self._end),
            met_on=self._met_on.get(entity),
        )


def can_tell(rule: QuietHoursRule, bucket_s: int, timezone: str) -> bool:
    """Whether any bucket of this size lies in the hours as a whole, on some day.

    Examples
    --------
    >>> rule = QuietHoursRule(**{"from": "22:00"}, to="08:00", categories=["*"], need=5)
    >>> can_tell(rule, 3600, "UTC"), can_tell(rule, 86_400, "UTC")
    (True, False)
    """
    watch = NightWatch(rule, timezone)
    return bucket_s < 86_400 and any(
        watch.night_of(start, start + bucket_s) is not None
        for start in range(0, 2 * 86_400, bucket_s)
    )
