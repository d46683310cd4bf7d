"""The reference of rule packs: what each file says, rule by rule."""

from __future__ import annotations

import json

from streams.detection.rules.readiness import needs
from streams.language.catalogue import ENGLISH
from streams.rule_packs.book import CountedRule, rules_of
from streams.rule_packs.pack import PACK_NAMES, Pack, load_pack
from tests.documents.reference.tables import table


def packs() -> str:
    """Give the table of all rules, and each pack with what it says."""
    rows = [
        (
            f"`{rule.id}`",
            rule.entry.title.en,
            f"`{rule.entry.kind}`",
            "yes" if rule.entry.confirmed else "no",
        )
        for rule in rules_of(PACK_NAMES, {})
    ]
    head = ["rule", "what it says", "kind", "figures read in their source"]
    return "\n\n".join([table(head, rows), *(_pack(load_pack(name)) for name in PACK_NAMES)])


def _pack(pack: Pack) -> str:
    rules = "\n\n".join(_rule(rule) for rule in rules_of([pack.name], {}))
    return f"## {pack.name}\n\n{pack.title.en}. {pack.note.en.strip()}\n\n{rules}"


def _rule(rule: CountedRule) -> str:
    entry, duty = rule.entry, rule.entry.duty
    due = ""
    if duty.days is not None:
        due = f", within {duty.days} {'business days' if duty.business else 'days'}"
    rows = [
        (f"`{key}`", f"`{json.dumps(value, ensure_ascii=False)}`", _from(rule, key))
        for key, value in rule.parameters.model_dump(mode="json", by_alias=True).items()
        if value is not None
    ]
    return "\n\n".join(
        [
            f"### {rule.id}",
            entry.title.en + ".",
            f"- Clause: {entry.clause}\n"
            f"- Document: <{entry.source}> ({entry.date or 'undated'})\n"
            f"- Evidence: {entry.evidence.en.strip()}\n"
            f"- Duty: {duty.what.en}{due}\n"
            f"- Needs: {needs(rule, ENGLISH)}",
            table(["parameter", "value", "from"], rows),
        ]
    )


def _from(rule: CountedRule, key: str) -> str:
    if key in rule.entry.ours or key not in rule.entry.parameters:
        return "chosen by Weathervane"
    return "the document" if rule.entry.confirmed else "reports, not confirmed"
