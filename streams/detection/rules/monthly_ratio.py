"""Complaints for so many messages in a calendar month, with the exact bound of a Poisson count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from detectors.distributions.poisson_bound import is_above, lower_bound
from streams.detection.rules.standing import (
    MOST_FOLLOWED,
    CountedBucket,
    RuleRow,
    RuleStanding,
    month_of,
)
from streams.rule_packs.parameters import MonthlyRatioRule

LATE_DAYS = 10
"""So long into a month late complaints of the one before are still counted for that."""


@dataclass(slots=True)
class _Month:
    """What an entity has had in a month; `late` where a complaint came after the month's end."""

    messages: int = 0
    complaints: int = 0
    met_on: int = 0
    late: bool = False


STAYS = 0.5
"""A warning ends below this part of the ratio at which it began, so that it does not open and end
in turn as complaints and messages come."""


class MonthlyRatio:
    """Follows complaints and messages of a calendar month.

    A *warning* follows the plain ratio, since that is what is counted against the sender. While the
    month goes on, the rule is *met* only if the complaints show that the rate itself is at `close`
    or above: messages to come would bring down a ratio that is high by chance. When the month is
    over, the plain ratio decides. Fewer complaints than `least_complaints` are no ratio, so that a
    single one about a sender of a few thousand messages says nothing. A month that was met stands
    on for `LATE_DAYS`, and late complaints may still make it so.

    Parameters
    ----------
    rule
        The rule.
    most
        Entities that are followed at most.

    Examples
    --------
    >>> follow = MonthlyRatio(MonthlyRatioRule(warn=0.25, close=0.4))
    >>> sent = {"small": 20_000, "large": 10_000_000}
    >>> day = CountedBucket(0, 86400, 740_000, 740_001, sent, {"small": 1, "large": 4}, {})
    >>> [(s.entity, s.have, round(s.at_least, 3), s.met) for s in follow.close(day)]
    [('large', 0.4, 0.137, False)]
    """

    def __init__(self, rule: MonthlyRatioRule, most: int = MOST_FOLLOWED) -> None:
        self._rule, self._most = rule, most
        self._bound_of = lru_cache(maxsize=10_000)(lower_bound)
        self._months: dict[str, _Month] = {}
        self._before: dict[str, _Month] = {}
        self._month = 0
        self._complained: set[str] = set()
        self._near: set[str] = set()
        self._past: set[str] = set()

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket: see `Evaluator`."""
        month, of_month, _ = month_of(bucket.day)
        if month > self._month:
            self._begin(month)
        touched = {entity for entity in bucket.messages if entity in self._complained}
        for entity, messages in bucket.messages.items():
            self._of(entity).messages += messages
        for entity, complaints in bucket.complaints.items():
            self._of(entity).complaints += complaints
            touched.add(entity)
        for day, entity, complaints, _ in bucket.late:
            of_bucket = month_of(day)[0]
            if of_bucket == month:
                self._of(entity).complaints += complaints
                touched.add(entity)
            elif of_bucket == month - 1 and of_month <= LATE_DAYS and entity in self._before:
                held = self._before[entity]
                held.complaints += complaints
                held.late = True
                self._past.add(entity)
        self._complained |= touched
        self._bound()
        return self._standings(bucket, touched)

    def _begin(self, month: int) -> None:
        """Begin a month; that before it is kept for late complaints."""
        self._before = self._months if month == self._month + 1 else {}
        self._past = {entity for entity in self._complained if self._before_stands(entity)}
        self._months, self._complained, self._near = {}, set(), set()
        self._month = month

    def _before_stands(self, entity: str) -> bool:
        """Whether there is something to say of an entity's last month: it was met, or changed."""
        held = self._before.get(entity)
        return held is not None and (held.late or held.met_on > 0)

    def _of(self, entity: str) -> _Month:
        held = self._months.get(entity)
        if held is None:
            held = self._months[entity] = _Month()
        return held

    def release(self, entity: str) -> None:
        """The rule is not about it: see `Evaluator`."""
        for months in (self._before, self._months):
            if entity in months:
                months[entity].met_on = 0
        if not self._before_stands(entity):
            self._past.discard(entity)

    def _bound(self) -> None:
        """Let go of those with the fewest complaints and messages, where there are too many."""
        if len(self._months) <= self._most:
            return
        ranked = sorted((of.complaints, of.messages, entity) for entity, of in self._months.items())
        for _, _, entity in ranked[: len(ranked) - self._most * 9 // 10]:
            del self._months[entity]
            self._complained.discard(entity)
            self._near.discard(entity)

    def _standings(self, bucket: CountedBucket, touched: set[str]) -> list[RuleStanding]:
        _, day, length = month_of(bucket.day)
        over = month_of(bucket.next_day)[0] > self._month
        found: dict[str, RuleStanding] = {}
        if day > LATE_DAYS:
            self._before, self._past = {}, set()
        for entity in sorted(self._past):
            past = month_of(bucket.day - day)[2]
            held = self._before[entity]
            standing = self._standing(entity, held, bucket.day, past, past, over=True)
            if standing is not None:
                found[entity] = standing._replace(since=bucket.day - day - past + 1)
        for entity in sorted(
            self._complained if over else self._near | (touched & self._months.keys())
        ):
            standing = self._standing(
                entity, self._months[entity], bucket.day, day, length, over=over
            )
            if standing is None:
                self._near.discard(entity)
                continue
            self._near.add(entity)
            if entity not in found or standing.met:
                found[entity] = standing
        return [found[entity] for entity in sorted(found)]

    def _standing(
        self, entity: str, held: _Month, today: int, day: int, length: int, *, over: bool
    ) -> RuleStanding | None:
        """How far an entity is; None where there is nothing to warn of."""
        rule, complaints = self._rule, held.complaints
        ratio = complaints * rule.per / held.messages if held.messages else 0.0
        warned = entity in self._near and self._months.get(entity) is held
        if complaints < rule.least_complaints or ratio < rule.warn * (STAYS if warned else 1.0):
            held.met_on = 0
            return None
        closing = held.messages * rule.close / rule.per
        sure = ratio >= rule.close and is_above(complaints, closing, rule.confidence)
        if not held.met_on and (sure or (over and ratio >= rule.close)):
            held.met_on = today
        at_least = self._bound_of(complaints, rule.confidence)
        return RuleStanding(
            entity=entity,
            met=bool(held.met_on),
            have=ratio,
            need=rule.close,
            size=float(complaints),
            since=today - day + 1,
            day=day,
            of_days=length,
            met_on=held.met_on or None,
            complaints=complaints,
            messages=held.messages,
            at_least=at_least * rule.per / held.messages,
        )

    def rows(self, rule: str) -> Iterable[RuleRow]:
        """Month, messages, complaints, when it was met, whether any were late, if it is near."""
        for month, months in ((self._month - 1, self._before), (self._month, self._months)):
            for entity in sorted(months):
                held = months[entity]
                numbers = [month, held.messages, held.complaints, held.met_on, int(held.late)]
                numbers.append(int(entity in self._near and month == self._month))
                yield RuleRow(rule, entity, numbers)

    def restore(self, rows: Iterable[RuleRow]) -> None:
        """Go on from what `rows` gave."""
        stored = list(rows)
        self._month = max((row.numbers[0] for row in stored), default=0)
        for row in stored:
            month, messages, complaints, met_on, late, near = row.numbers
            held = _Month(messages, complaints, met_on, bool(late))
            if month != self._month:
                self._before[row.entity] = held
                if self._before_stands(row.entity):
                    self._past.add(row.entity)
                continue
            self._months[row.entity] = held
            if complaints:
                self._complained.add(row.entity)
            if near:
                self._near.add(row.entity)
