"""The judge of rules: asks each rule's evaluator at a close, and says how far the rules are."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import Any

from detectors.pages import PagedTable
from detectors.state import State
from streams.alerts.misuse.basis import RuleBasis
from streams.counts.bucket import Buckets
from streams.detection.misuse.judge import (
    MisuseBucket,
    MisuseFound,
    MisuseJudge,
    MisusePlace,
    MisuseSettings,
)
from streams.detection.rules.cap import Cap
from streams.detection.rules.counted import counted
from streams.detection.rules.distinct_reporters import DistinctReporters
from streams.detection.rules.monthly_ratio import MonthlyRatio
from streams.detection.rules.quiet_hours import NightWatch
from streams.detection.rules.readiness import lacks
from streams.detection.rules.standing import Evaluator, RuleStanding
from streams.language.catalogue import ENGLISH
from streams.registry.entry import CodeEntry
from streams.registry.table import Registry
from streams.rule_packs.book import CountedRule
from streams.rule_packs.due import due_day
from streams.rule_packs.parameters import (
    CapRule,
    DistinctReportersRule,
    MonthlyRatioRule,
    Parameters,
    QuietHoursRule,
)


def evaluator_of(parameters: Parameters, timezone: str) -> Evaluator:
    """Make what counts a rule.

    Parameters
    ----------
    parameters
        The rule's.
    timezone
        The zone whose days and hours it counts by.
    """
    if isinstance(parameters, DistinctReportersRule):
        return DistinctReporters(parameters)
    if isinstance(parameters, MonthlyRatioRule):
        return MonthlyRatio(parameters)
    if isinstance(parameters, QuietHoursRule):
        return NightWatch(parameters, timezone)
    return Cap(parameters)


class RulesJudge:
    """Follows all rules of the configuration in one group.

    A rule takes no part in the budget: what it says follows from what was counted alone. Its alert
    lasts as long as there is something to warn of, and its window or period has not passed.

    Parameters
    ----------
    settings
        What it is made of.
    rules
        The rules that can run in the group.
    """

    quiet_s = 0.0

    def __init__(self, settings: MisuseSettings, rules: Sequence[CountedRule]) -> None:
        self._sources = settings.sources
        source = settings.sources[0]
        self._buckets = Buckets(source.bucket_s, source.timezone)
        self._zone = zoneinfo.ZoneInfo(source.timezone)
        self._rules = {rule.id: rule for rule in rules}
        self._evaluators = {
            rule.id: evaluator_of(rule.parameters, source.timezone) for rule in rules
        }
        self.pages: dict[str, PagedTable[Any]] = {
            f"{rule}/{name}": pages
            for rule, evaluator in self._evaluators.items()
            for name, pages in evaluator.pages.items()
        }
        self.state = State()
        self.state.keyed(self, _periods=dict[str, int])

    @property
    def waits(self) -> bool:
        """Whether a day or a row of the registry may let a rule be met: see `MisuseJudge`."""
        return any(evaluator.waits for evaluator in self._evaluators.values())

    @property
    def _periods(self) -> dict[str, int]:
        return {name: evaluator.period for name, evaluator in self._evaluators.items()}

    @_periods.setter
    def _periods(self, stored: dict[str, int]) -> None:
        for name, evaluator in self._evaluators.items():
            evaluator.period = stored.get(name, 0)

    @property
    def let_go(self) -> int:
        """Entities that rules have let go since the start: see `MisuseJudge`."""
        return sum(evaluator.let_go for evaluator in self._evaluators.values())

    def close(self, bucket: MisuseBucket) -> Iterator[MisuseFound]:
        """Count a bucket: see `MisuseJudge`."""
        for name, evaluator in self._evaluators.items():
            rule = self._rules[name]
            seen = counted(bucket.closed, rule.parameters, self._sources, self._buckets)
            for standing in evaluator.close(seen):
                if is_about(rule.parameters, standing.entity, bucket.registry, bucket.day):
                    yield self._found(rule, standing)
                else:
                    evaluator.release(standing.entity)

    def allowed(self, place: MisusePlace, _: object, bucket: MisuseBucket) -> bool:
        """Whether the rule is no longer about it: see `MisuseJudge`."""
        rule = self._rules.get(place.kind or "")
        if rule is None:
            return False
        return not is_about(rule.parameters, place.entity, bucket.registry, bucket.day)

    def _found(self, rule: CountedRule, standing: RuleStanding) -> MisuseFound:
        parameters, entry = rule.parameters, rule.entry
        due = None if standing.met_on is None else due_day(standing.met_on, entry.duty)
        # Floats, as a checkpoint gives them back: two workers must write the same bytes.
        observed = float(standing.have if standing.complaints is None else standing.complaints)
        expected = float(standing.need)
        if isinstance(parameters, MonthlyRatioRule) and standing.messages is not None:
            expected = standing.messages * parameters.close / parameters.per
        return MisuseFound(
            place=MisusePlace(parameters.level, standing.entity, rule.id),
            count=observed,
            observed=observed,
            expected=expected,
            size=float(standing.size),
            onset=self._midnight(standing.since),
            severity="warning" if standing.met_on is None else "critical",
            basis=RuleBasis(
                pack=rule.pack,
                counts=_COUNTS[type(parameters)],
                have=standing.have,
                need=standing.need,
                day=standing.day,
                of_days=standing.of_days,
                clause=entry.clause,
                met=standing.met,
                confirmed=entry.confirmed,
                complaints=standing.complaints,
                messages=standing.messages,
                at_least=standing.at_least,
                per=parameters.per if isinstance(parameters, MonthlyRatioRule) else None,
                duty=None if standing.met_on is None else entry.duty.what.en,
                due=None if due is None else self._buckets.label(self._midnight(due + 1)),
            ),
        )

    def _midnight(self, day: int) -> int:
        date = dt.date.fromordinal(day)
        return int(dt.datetime.combine(date, dt.time(), self._zone).timestamp())


_COUNTS: dict[type[Parameters], str] = {
    DistinctReportersRule: "reporters",
    MonthlyRatioRule: "ratio",
    QuietHoursRule: "night",
    CapRule: "messages",
}
"""What each kind of rule counts, in an alert."""


def is_about(parameters: Parameters, entity: str, registry: Registry, day: int) -> bool:
    """Whether a rule is about an entity, by what the registry says on a day.

    Parameters
    ----------
    parameters
        The rule's.
    entity
        The entity, of the rule's level.
    registry
        The registry. While it is empty nobody is registered.
    day
        The day.
    """
    if parameters.applies_to == "all":
        return True
    match parameters.level:
        case "signature":
            registered = registry.signature(entity, day) is not None
        case "merchant":
            registered = registry.merchant(entity, day) is not None
        case "platform":
            registered = registry.platform(entity, day) is not None
        case _:
            registered = isinstance(registry.code_of(entity, day), CodeEntry)
    return registered == (parameters.applies_to == "registered")


def judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of the rules that can run in a group; none where there is no such rule."""
    levels = settings.config.count.levels
    rules = [
        rule
        for rule in settings.config.rule_book
        if not lacks(rule, settings.sources, levels, ENGLISH)
    ]
    return [RulesJudge(settings, rules)] if rules else []
