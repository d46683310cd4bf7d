"""A cap on the messages of a brand in a day or month, whatever campaign they belong to."""

from __future__ import annotations

from detectors.pages import PagedTable
from streams.detection.rules.standing import (
    MOST_FOLLOWED,
    CountedBucket,
    RuleStanding,
    month_of,
)
from streams.rule_packs.parameters import CapRule


class Cap:
    """Follows the messages of a calendar day or month.

    Parameters
    ----------
    rule
        The rule.
    most
        Entities that are followed at most.

    Examples
    --------
    >>> follow = Cap(CapRule(period="day", most=100))
    >>> day = CountedBucket(0, 60, 700, 700, {"brand": 90, "other": 10}, {}, {})
    >>> [(s.entity, s.have, s.need, s.met) for s in follow.close(day)]
    [('brand', 90, 100, False)]
    """

    def __init__(self, rule: CapRule, most: int = MOST_FOLLOWED) -> None:
        self._rule, self._most = rule, most
        self.period = 0
        self.let_go = 0
        self._sent: PagedTable[int] = PagedTable(int)
        self._met_on: PagedTable[int] = PagedTable(int)
        self._near: set[str] = set()
        self.pages = {"sent": self._sent, "met_on": self._met_on}
        self._sent.after_restore(self._derive)

    def _derive(self) -> None:
        self._near = {entity for entity, sent in self._sent.items() if sent >= self._warn}

    @property
    def _warn(self) -> float:
        return self._rule.most * self._rule.warn_share

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket: see `Evaluator`."""
        month, of_month, length = month_of(bucket.day)
        monthly = self._rule.period == "month"
        period = month if monthly else bucket.day
        if period > self.period:
            self.period, self._near = period, set()
            self._sent.clear()
            self._met_on.clear()
        warn = self._warn
        for entity, messages in bucket.messages.items():
            self._sent[entity] = sent = self._sent.get(entity, 0) + messages
            if sent >= warn:
                self._near.add(entity)
        self._bound()
        day, of_days = (of_month, length) if monthly else (1, 1)
        return [self._standing(entity, bucket.day, day, of_days) for entity in sorted(self._near)]

    @property
    def waits(self) -> bool:
        """See `Evaluator`."""
        return bool(self._near)

    def release(self, entity: str) -> None:
        """The rule is not about it: see `Evaluator`."""
        self._met_on.discard(entity)

    def _bound(self) -> None:
        """Let go of those with the fewest messages, where there are too many."""
        if len(self._sent) <= self._most:
            return
        ranked = sorted((sent, entity) for entity, sent in self._sent.items())
        gone = ranked[: len(ranked) - self._most * 9 // 10]
        self.let_go += len(gone)
        for _, entity in gone:
            del self._sent[entity]
            self._near.discard(entity)
            self._met_on.discard(entity)

    def _standing(self, entity: str, today: int, day: int, of_days: int) -> RuleStanding:
        sent = self._sent[entity]
        met = sent > self._rule.most
        if met:
            self._met_on.setdefault(entity, today)
        return RuleStanding(
            entity=entity,
            met=met,
            have=sent,
            need=self._rule.most,
            size=sent,
            since=today - day + 1,
            day=day,
            of_days=of_days,
            met_on=self._met_on.get(entity),
        )
