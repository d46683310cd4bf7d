"""Complaints for so many messages in a calendar month, with the exact bound of a Poisson count."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from detectors.distributions.poisson_bound import is_above, lower_bound
from detectors.pages import PagedTable
from streams.detection.rules.standing import (
    MOST_FOLLOWED,
    CountedBucket,
    RuleStanding,
    month_of,
)
from streams.rule_packs.parameters import MonthlyRatioRule

LATE_DAYS = 10
"""So long into a month late complaints of the one before are still counted for that."""


class _Month(msgspec.Struct, array_like=True, gc=False):
    """What an entity has had in a month.

    Attributes
    ----------
    messages, complaints
        So many.
    met_on
        When the rule was met; 0: it was not.
    late
        Whether a complaint came after the month's end.
    near
        Whether it is warned of; this counts as long as the month lasts.
    """

    messages: int = 0
    complaints: int = 0
    met_on: int = 0
    late: bool = False
    near: bool = False


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
        self.period = 0
        self.let_go = 0
        self.pages: dict[str, PagedTable[_Month]] = {
            "even": PagedTable(_Month),
            "odd": PagedTable(_Month),
        }
        self._complained: set[str] = set()
        self._near: set[str] = set()
        self._past: set[str] = set()
        for pages in self.pages.values():
            pages.after_restore(self._derive)

    def _derive(self) -> None:
        months = self._months
        self._complained = {entity for entity, held in months.items() if held.complaints}
        self._near = {entity for entity, held in months.items() if held.near}
        self._past = {entity for entity in self._before if self._before_stands(entity)}

    @property
    def _months(self) -> PagedTable[_Month]:
        return self.pages["odd" if self.period % 2 else "even"]

    @property
    def _before(self) -> PagedTable[_Month]:
        return self.pages["even" if self.period % 2 else "odd"]

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket: see `Evaluator`."""
        month, of_month, _ = month_of(bucket.day)
        if month > self.period:
            self._begin(month)
        touched = {entity for entity in bucket.messages if entity in self._complained}
        months, before = self._months, self._before
        for entity, messages in bucket.messages.items():
            _of(months, entity).messages += messages
        for entity, complaints in bucket.complaints.items():
            _of(months, entity).complaints += complaints
            touched.add(entity)
        for day, entity, complaints, _ in bucket.late:
            of_bucket = month_of(day)[0]
            if of_bucket == month:
                _of(months, entity).complaints += complaints
                touched.add(entity)
            elif of_bucket == month - 1 and of_month <= LATE_DAYS and entity in before:
                held = _of(before, entity)
                held.complaints += complaints
                held.late = True
                self._past.add(entity)
        self._complained |= touched
        self._bound()
        return self._standings(bucket, touched)

    def _begin(self, month: int) -> None:
        """Begin a month; that before it is kept for late complaints."""
        follows = month == self.period + 1
        self.period = month
        self._months.clear()
        if not follows:
            self._before.clear()
        self._past = {entity for entity in self._complained if self._before_stands(entity)}
        self._complained, self._near = set(), set()

    def _before_stands(self, entity: str) -> bool:
        """Whether there is something to say of an entity's last month: it was met, or changed."""
        held = self._before.get(entity, None)
        return held is not None and (held.late or held.met_on > 0)

    @property
    def waits(self) -> bool:
        """See `Evaluator`."""
        return bool(self._complained or self._past)

    def release(self, entity: str) -> None:
        """The rule is not about it: see `Evaluator`."""
        for months in (self._before, self._months):
            if entity in months and months[entity].met_on:
                _of(months, entity).met_on = 0
        if not self._before_stands(entity):
            self._past.discard(entity)

    def _bound(self) -> None:
        """Let go of those with the fewest complaints and messages, where there are too many."""
        months = self._months
        if len(months) <= self._most:
            return
        ranked = sorted((of.complaints, of.messages, entity) for entity, of in months.items())
        gone = ranked[: len(ranked) - self._most * 9 // 10]
        self.let_go += len(gone)
        for _, _, entity in gone:
            del months[entity]
            self._complained.discard(entity)
            self._near.discard(entity)

    def _standings(self, bucket: CountedBucket, touched: set[str]) -> list[RuleStanding]:
        _, day, length = month_of(bucket.day)
        over = month_of(bucket.next_day)[0] > self.period
        found: dict[str, RuleStanding] = {}
        months, before = self._months, self._before
        if day > LATE_DAYS and len(before):
            before.clear()
            self._past = set()
        for entity in sorted(self._past):
            past = month_of(bucket.day - day)[2]
            standing = self._standing(entity, before, bucket.day, past, past, over=True)
            if standing is not None:
                found[entity] = standing._replace(since=bucket.day - day - past + 1)
        for entity in sorted(
            self._complained if over else self._near | {each for each in touched if each in months}
        ):
            standing = self._standing(entity, months, bucket.day, day, length, over=over)
            if (standing is not None) != months[entity].near:
                _of(months, entity).near = standing is not None
            if standing is None:
                self._near.discard(entity)
                continue
            self._near.add(entity)
            if entity not in found or standing.met:
                found[entity] = standing
        return [found[entity] for entity in sorted(found)]

    def _standing(
        self,
        entity: str,
        its: PagedTable[_Month],
        today: int,
        day: int,
        length: int,
        *,
        over: bool,
    ) -> RuleStanding | None:
        """How far an entity is; None where there is nothing to warn of."""
        rule, held = self._rule, its[entity]
        complaints = held.complaints
        ratio = complaints * rule.per / held.messages if held.messages else 0.0
        warned = held.near and its is self._months
        if complaints < rule.least_complaints or ratio < rule.warn * (STAYS if warned else 1.0):
            if held.met_on:
                _of(its, entity).met_on = 0
            return None
        closing = held.messages * rule.close / rule.per
        sure = ratio >= rule.close and is_above(complaints, closing, rule.confidence)
        if not held.met_on and (sure or (over and ratio >= rule.close)):
            _of(its, entity).met_on = today
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


def _of(months: PagedTable[_Month], entity: str) -> _Month:
    """Return what an entity has in a month, to be changed."""
    held = months.get(entity, None)
    if held is None:
        held = months[entity] = _Month()
    else:
        months.note_change(entity)
    return held
