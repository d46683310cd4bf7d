"""*k* distinct reporters in *d* days: who complained last, and on which day, of every entity."""

from __future__ import annotations

from collections.abc import Iterable

from streams.detection.rules.standing import MOST_FOLLOWED, CountedBucket, RuleRow, RuleStanding
from streams.rule_packs.parameters import DistinctReportersRule

_Recent = list[tuple[int, int]]


def most_recent(recent: _Recent, day: int, hashes: Iterable[int], keep: int) -> _Recent:
    """Return the reporters who complained last: each with the last day, the latest first.

    Parameters
    ----------
    recent
        Day and hash of each so far.
    day, hashes
        Who complained on a day; it may be before others.
    keep
        How many are kept. Whoever is left out has as many others who complained on that day or
        later, and comes again only with a later day: so counts up to `keep` stay exact.

    Examples
    --------
    >>> most_recent([(5, 70), (3, 71)], 4, [71, 72], keep=3)
    [(5, 70), (4, 71), (4, 72)]
    """
    last = {reporter: of_day for of_day, reporter in recent}
    for reporter in hashes:
        if last.get(reporter, -1) < day:
            last[reporter] = day
    ranked = sorted((-of_day, reporter) for reporter, of_day in last.items())
    return [(-before, reporter) for before, reporter in ranked[:keep]]


class DistinctReporters:
    """Follows who complained about whom.

    The days are calendar days: `days` of them are today and those just before. A late complaint
    counts for its own day, from the bucket on with which it takes effect.

    Parameters
    ----------
    rule
        The rule.
    most
        Entities that are followed at most.

    Examples
    --------
    >>> rule = DistinctReportersRule(need=2, days=10, warn=1)
    >>> follow = DistinctReporters(rule)
    >>> one = CountedBucket(0, 60, 700, 700, {}, {"a": 1}, {"a": (71,)})
    >>> [(s.entity, s.have, s.met, s.day) for s in follow.close(one)]
    [('a', 1, False, 1)]
    """

    def __init__(self, rule: DistinctReportersRule, most: int = MOST_FOLLOWED) -> None:
        self._rule, self._most = rule, most
        self._recent: dict[str, _Recent] = {}
        self._met_on: dict[str, int] = {}
        self._near: set[str] = set()
        self._day = 0

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket: see `Evaluator`."""
        first = bucket.day - self._rule.days + 1
        if bucket.day > self._day:
            self._day = bucket.day
            self._forget(first)
        for entity, hashes in bucket.reporters.items():
            self._take(entity, bucket.day, hashes)
        for day, entity, _, hashes in bucket.late:
            if first <= day <= bucket.day:
                self._take(entity, day, hashes)
        self._bound()
        return [self._standing(entity, bucket.day) for entity in sorted(self._near)]

    def _take(self, entity: str, day: int, hashes: Iterable[int]) -> None:
        found = most_recent(self._recent.get(entity, []), day, hashes, self._rule.need)
        if found:
            self._recent[entity] = found
        if len(found) >= self._rule.warn:
            self._near.add(entity)

    def _forget(self, first: int) -> None:
        """Forget whoever complained before a day."""
        for entity in list(self._recent):
            recent = self._recent[entity]
            if recent[-1][0] >= first:
                continue
            left = [pair for pair in recent if pair[0] >= first]
            if left:
                self._recent[entity] = left
            else:
                del self._recent[entity]
            if len(left) < self._rule.warn:
                self._near.discard(entity)
                self._met_on.pop(entity, None)

    def _bound(self) -> None:
        """Let go of those with the fewest reporters, the oldest first, where there are too many."""
        if len(self._recent) <= self._most:
            return
        ranked = sorted((len(of), of[0][0], entity) for entity, of in self._recent.items())
        for _, _, entity in ranked[: len(ranked) - self._most * 9 // 10]:
            del self._recent[entity]
            self._near.discard(entity)
            self._met_on.pop(entity, None)

    def _standing(self, entity: str, day: int) -> RuleStanding:
        rule, recent = self._rule, self._recent[entity]
        have = len(recent)
        if have >= rule.need:
            self._met_on.setdefault(entity, day)
        since = recent[-1][0]
        return RuleStanding(
            entity=entity,
            met=have >= rule.need,
            have=have,
            need=rule.need,
            size=2.0**have,  # each further reporter is worth a revision
            since=since,
            day=day - since + 1,
            of_days=rule.days,
            met_on=self._met_on.get(entity),
        )

    def rows(self, rule: str) -> Iterable[RuleRow]:
        """The day, when it was met (0: not), then day and hash of each reporter."""
        for entity in sorted(self._recent):
            numbers = [self._day, self._met_on.get(entity, 0)]
            for pair in self._recent[entity]:
                numbers += pair
            yield RuleRow(rule, entity, numbers)

    def restore(self, rows: Iterable[RuleRow]) -> None:
        """Go on from what `rows` gave."""
        for row in rows:
            self._day, met_on, *pairs = row.numbers
            recent = list(zip(pairs[::2], pairs[1::2], strict=True))[: self._rule.need]
            self._recent[row.entity] = recent
            if len(recent) >= self._rule.warn:
                self._near.add(row.entity)
            if met_on:
                self._met_on[row.entity] = met_on
