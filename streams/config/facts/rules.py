"""What the lanes of a source must count beside totals for the rules that are in use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pydantic import ValidationError

from streams.facts.record import DistinctOf
from streams.facts.wanted import FactsWanted
from streams.items import Level
from streams.rule_packs.book import CountedRule, Overrides, rules_of, valid_days_of
from streams.rule_packs.parameters import CapRule, DistinctReportersRule, QuietHoursRule
from streams.sources.formats.format import Kind


def with_rules(
    wanted: FactsWanted,
    kind: Kind,
    levels: Collection[Level],
    packs: Sequence[str],
    overrides: Overrides,
) -> FactsWanted:
    """Add what rules want of a source to what else is wanted of it.

    Parameters
    ----------
    wanted
        What else is wanted.
    kind
        The source's kind.
    levels
        The levels that are counted.
    packs, overrides
        The packs in use, and parameters that a user has set: where these are wrong, nothing is
        added, since the configuration is refused.
    """
    if not packs:
        return wanted
    try:
        rules = rules_of(packs, overrides)
    except ValidationError:
        return wanted
    found = FactsWanted.all_of([wanted, *(_of(rule, kind, levels) for rule in rules)])
    days = valid_days_of(rules)
    return found if days is None else found._replace(valid_within_s=days * 86400.0)


def _of(rule: CountedRule, kind: Kind, levels: Collection[Level]) -> FactsWanted:
    parameters = rule.parameters
    if parameters.level not in levels:
        return FactsWanted()
    if kind == "send":
        by_category = isinstance(parameters, QuietHoursRule) and parameters.categories != ["*"]
        return FactsWanted(uses=by_category)
    if isinstance(parameters, QuietHoursRule | CapRule):
        return FactsWanted()
    distinct: Iterable[tuple[Level, DistinctOf]] = ()
    if isinstance(parameters, DistinctReportersRule):
        valid = parameters.valid_days is not None
        distinct = [(parameters.level, "valid_reporters" if valid else "reporters")]
    return FactsWanted(distinct=tuple(distinct), late=(parameters.level,))
