"""Misuse that is no burst: what happens, by whom, when, and what the registry says beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np

from streams.items import Level
from streams.registry.entry import CodeEntry, Entry, FilingEntry, MerchantEntry, SignatureEntry
from streams.simulate.incidents import QUIET_DAYS
from streams.simulate.population import Population

MisuseKind = Literal[
    "new_code", "other_signature", "other_category", "other_region", "sub_letting", "snowshoe",
    "fan_out", "brigading", "default_consent", "opt_out", "reporters", "ratio", "night", "cap",
]  # fmt: skip


class LabelledMisuse(NamedTuple):
    """What is labelled: the signal by which it should show, of which entity, and for how long."""

    signal: str
    level: Level
    length_h: int


MISUSE_OF_KIND: Final[dict[MisuseKind, LabelledMisuse]] = {
    "new_code": LabelledMisuse("new_code", "access_code", 72),
    "other_signature": LabelledMisuse("scope", "access_code", 72),
    "other_category": LabelledMisuse("scope", "access_code", 72),
    "other_region": LabelledMisuse("scope", "access_code", 72),
    "sub_letting": LabelledMisuse("sublet", "access_code", 120),
    "snowshoe": LabelledMisuse("snowshoe", "signature", 120),
    "fan_out": LabelledMisuse("fan_out", "sender", 48),
    "brigading": LabelledMisuse("complaint_rate", "sender", 48),
    "default_consent": LabelledMisuse("consent", "sender", 120),
    "opt_out": LabelledMisuse("consent", "sender", 120),
    "reporters": LabelledMisuse("rule", "sender", 8 * 24),
    "ratio": LabelledMisuse("rule", "sender", 8 * 24),
    "night": LabelledMisuse("rule", "sender", 48),
    "cap": LabelledMisuse("rule", "signature", 24),
}
"""Every kind, in the order in which they take turns."""

CATEGORY, OTHER_CATEGORY = "retail", "loans"
REGION, OTHER_REGION = "north", "south"
SIGNATURES, MERCHANTS, MERCHANTS_BEFORE = 4, 12, 3
"""Of a code that is sub-let: before, it has one signature."""

SNOWSHOE_CODES = 12
UNFILED = "brand-filed-nowhere"
"""A signature that is registered, and filed with no code."""


@dataclass(frozen=True)
class Misuse:
    """One incident, with a code of its own that nobody else sends from.

    Attributes
    ----------
    kind
        What.
    number
        Which one, from 0: its names follow from it.
    start, stop
        Hours since the beginning; stop is not in it.
    """

    kind: MisuseKind
    number: int
    start: int
    stop: int

    @property
    def code(self) -> str:
        """Its access code."""
        return f"1068{self.number:06d}"

    @property
    def sender(self) -> str:
        """Its sender: the code, extended. The law's complaints are about one outside the plan."""
        return f"140{self.number:06d}" if self.kind == "reporters" else f"{self.code}01"

    @property
    def signature(self) -> str:
        """Its own signature."""
        return f"brand-{self.number:05d}"

    @property
    def entity(self) -> str:
        """Whom the label names."""
        names = {"access_code": self.code, "signature": self.signature, "sender": self.sender}
        level = MISUSE_OF_KIND[self.kind].level
        return f"{level}/{names[level]}"

    @property
    def signal(self) -> str:
        """The signal by which it should show."""
        return MISUSE_OF_KIND[self.kind].signal

    def at(self, hour: int) -> bool:
        """Whether it happens in an hour."""
        return self.start <= hour < self.stop

    def spread_codes(self) -> list[str]:
        """The codes over which a snowshoe spreads."""
        return [f"1067{self.number:04d}{n:02d}" for n in range(SNOWSHOE_CODES)]

    def merchants(self, number: int) -> list[str]:
        """Names of its merchants."""
        return [f"shop-{self.number:05d}-{n}" for n in range(number)]

    def signatures(self, number: int) -> list[str]:
        """Its signature, and those of others who send from its code."""
        return [self.signature, *(f"{self.signature}-{n}" for n in range(1, number))]


def plan_misuse(
    days: int, number: int, rng: np.random.Generator, quiet_days: int = QUIET_DAYS
) -> list[Misuse]:
    """Draw incidents, in order of their number; what does not fit into the days is left out.

    Parameters
    ----------
    days, number
        How long the simulation is, and how number there are.
    rng
        Where the chance comes from.
    quiet_days
        Nothing happens before.
    """
    kinds, first, out = list(MISUSE_OF_KIND), 24 * quiet_days, list[Misuse]()
    for n in range(number):
        kind = kinds[n % len(kinds)]
        length = MISUSE_OF_KIND[kind].length_h
        if 24 * days - length >= first:
            start = int(rng.integers(first, 24 * days - length + 1)) // 24 * 24
            out.append(Misuse(kind, n, max(start, first), max(start, first) + length))
    return out


def registry_of(population: Population, misuse: list[Misuse]) -> list[Entry]:
    """Return what was declared: all that happens outside incidents is within it.

    Parameters
    ----------
    population
        The usual senders: their codes, signatures and filings.
    misuse
        The incidents, with codes of their own.
    """
    entries: dict[str, Entry] = {}

    def add(entry: Entry) -> None:
        entries.setdefault(f"{type(entry).__name__}/{entry.id}", entry)

    for sender in population.senders:
        code, signature = sender.access_code or "", sender.signature or ""
        add(CodeEntry(id=code, holder="reseller"))
        add(SignatureEntry(id=signature, owner=sender.account))
        add(FilingEntry(code=code, signature=signature))
        add(MerchantEntry(id=sender.merchant or ""))
    add(SignatureEntry(id=UNFILED))
    for one in misuse:
        for signature in one.signatures(SIGNATURES):
            add(SignatureEntry(id=signature, owner=signature))  # others', but for the first
        for merchant in one.merchants(MERCHANTS):
            add(MerchantEntry(id=merchant))
        if one.kind == "reporters":
            continue  # nobody registered it
        scoped = one.kind != "night"
        categories, regions = ((CATEGORY,), (REGION,)) if scoped else ((), ())
        add(CodeEntry(id=one.code, holder=one.signature, categories=categories, regions=regions))
        add(FilingEntry(code=one.code, signature=one.signature))
        if one.kind == "snowshoe":
            for code in one.spread_codes():
                add(CodeEntry(id=code, holder="reseller"))  # nobody filed the signature there
    return list(entries.values())
