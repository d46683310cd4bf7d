"""The rules that a configuration asks for: those of its packs, with what it overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from pydantic import ValidationError

from streams.rule_packs.pack import PACK_NAMES, Pack, RuleEntry, load_pack, parameters_of
from streams.rule_packs.parameters import KINDS, DistinctReportersRule, Parameters

Overrides = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Parameters as a user wants them, by pack and rule."""


@dataclass(frozen=True)
class CountedRule:
    """A rule with the parameters by which it counts.

    Attributes
    ----------
    pack
        The name of its pack.
    entry
        The rule as the pack states it.
    parameters
        What it counts, and how much.
    """

    pack: str
    entry: RuleEntry
    parameters: Parameters

    @cached_property
    def id(self) -> str:
        """What alerts call it: ``PACK.RULE``."""
        return f"{self.pack}.{self.entry.id}"

    @property
    def changed(self) -> tuple[str, ...]:
        """Parameters that are not those of the pack."""
        shipped = parameters_of(self.entry, {})
        return tuple(
            field.alias or name
            for name, field in type(self.parameters).model_fields.items()
            if getattr(self.parameters, name) != getattr(shipped, name)
        )


def rules_of(packs: Sequence[str], overrides: Overrides) -> tuple[CountedRule, ...]:
    """Return all rules of some packs, in the order of the packs' names.

    Parameters
    ----------
    packs
        Names of packs.
    overrides
        What `override_problems` finds nothing wrong with.
    """
    found = []
    for name in sorted(packs):
        for entry in load_pack(name).rules:
            own = dict(overrides.get(name, {}).get(entry.id, {}))
            found.append(CountedRule(name, entry, parameters_of(entry, own)))
    return tuple(found)


@cache
def rule_ids() -> tuple[str, ...]:
    """Ids of all rules that are shipped: the kinds that alerts of rules may have."""
    return tuple(rule.id for rule in rules_of(PACK_NAMES, {}))


def override_problems(packs: Sequence[str], overrides: Overrides) -> Iterator[str]:
    """Say what is wrong with overridden parameters, each with the key of the file."""
    for name, rules in sorted(overrides.items()):
        if name not in packs:
            yield f"rules.{name} must be a pack of detect.rules; name it there, or remove the table"
            continue
        pack = load_pack(name)
        for rule_id, own in sorted(rules.items()):
            yield from _rule_problems(pack, rule_id, dict(own))
    yield from _validity_problems(packs, overrides)


def _rule_problems(pack: Pack, rule_id: str, own: dict[str, Any]) -> Iterator[str]:
    key, entry = f"rules.{pack.name}.{rule_id}", pack.rule(rule_id)
    if entry is None:
        rules = ", ".join(each.id for each in pack.rules)
        yield f"{key} must be a rule of the pack ({rules}); remove it"
        return
    known = {field.alias or name for name, field in KINDS[entry.kind].model_fields.items()}
    unknown = sorted(own.keys() - known)
    for name in unknown:
        yield f"{key}.{name} is not a key; remove it (`weathervane rules show` shows every key)"
    try:
        parameters_of(entry, {name: value for name, value in own.items() if name in known})
    except ValidationError as error:
        from streams.config.problems import lines  # it reads the model, which reads this module

        for detail in error.errors():
            yield from (f"{key}{'.' if detail['loc'] else ' '}{line}" for line in lines(detail))


def _validity_problems(packs: Sequence[str], overrides: Overrides) -> Iterator[str]:
    """Complaints are counted as valid once, so the rules in use must agree on what that is."""
    try:
        rules = rules_of(packs, overrides)
    except ValidationError:
        return  # said already
    first: CountedRule | None = None
    for rule in rules:
        parameters = rule.parameters
        if not isinstance(parameters, DistinctReportersRule) or parameters.valid_days is None:
            continue
        if first is None:
            first = rule
        elif parameters.valid_days != valid_days_of([first]):
            yield (
                f"rules.{rule.pack}.{rule.entry.id}.valid_days must be that of"
                f" {first.id}, {valid_days_of([first])}: complaints are counted as valid once;"
                f" got {parameters.valid_days}"
            )


def valid_days_of(rules: Sequence[CountedRule]) -> int | None:
    """Within how many days of what it is about a complaint is valid; None: no rule says."""
    for rule in rules:
        if isinstance(rule.parameters, DistinctReportersRule) and rule.parameters.valid_days:
            return rule.parameters.valid_days
    return None


def deciding_of(rules: Sequence[CountedRule]) -> list[dict[str, Any]]:
    """Return what of the rules stands in alerts or decides them, for the configuration's hash."""
    return [
        {
            "id": rule.id,
            "clause": rule.entry.clause,
            "duty": rule.entry.duty.model_dump(mode="json"),
            "parameters": rule.parameters.model_dump(mode="json", by_alias=True),
            "confirmed": rule.entry.confirmed,
            "kind": rule.entry.kind,
        }
        for rule in rules
    ]
