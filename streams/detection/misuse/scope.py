"""Uses that the registry does not allow: exact, bucket by bucket.

What is not declared is not restricted: a code is unregistered only where codes are registered at
all, a pair of code and signature is unfiled only where filings are, and an entry without categories
takes any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from detectors.pages import PagedTable
from detectors.state import State
from streams.alerts.misuse.basis import ScopeBasis, capped
from streams.detection.misuse.judge import (
    MisuseBucket,
    MisuseFound,
    MisuseJudge,
    MisusePlace,
    MisuseSettings,
)
from streams.detection.misuse.uses import UsedCode, code_of, uses_in
from streams.facts.bucket import SourceUse
from streams.items import Level
from streams.registry.entry import MerchantEntry
from streams.registry.plan import PLAN
from streams.registry.table import Registry

MARKETING: Final = "marketing"
"""The one kind of complaint that says what a message was for."""

_FIELDS: Final = {
    "account": "account", "category": "category", "region": "region", "purpose": "kind",
    "platform": "platform", "pair": "signature",
}  # fmt: skip
"""The field of a use that has what is found, by kind."""


class Breach(NamedTuple):
    """A use that is not allowed.

    Attributes
    ----------
    place
        What it is about.
    value
        What was used.
    basis
        What the registry says; `found` is filled in later.
    """

    place: MisusePlace
    value: str
    basis: ScopeBasis


def breaches(use: SourceUse, registry: Registry, day: int) -> Iterator[Breach]:
    """Give what of a use the registry does not allow.

    Parameters
    ----------
    use
        The use.
    registry, day
        The registry as it holds, and on which day.
    """
    used = code_of(use, registry, day)
    if used is not None:
        yield from _of_code(used, use, registry, day)
    if use.signature is not None:
        entry = registry.signature(use.signature, day)
        if entry is not None:
            allowed = (entry.categories, entry.regions, entry.kinds)
            yield from _of_scope("signature", use.signature, entry.owner, allowed, use)
        elif registry.number_of("signature"):
            yield _breach("signature", use.signature, "signature", use.signature)
    if use.merchant is not None:
        merchant = registry.merchant(use.merchant, day)
        if merchant is not None:
            yield from _of_merchant(merchant, use)
    if use.platform is not None:
        platform = registry.platform(use.platform, day)
        if platform is not None:
            allowed = (platform.categories, (), ())
            yield from _of_scope("platform", use.platform, platform.operator, allowed, use)


def _of_code(used: UsedCode, use: SourceUse, registry: Registry, day: int) -> Iterator[Breach]:
    level, number, entry = used.level, used.number, used.entry
    if entry is None:
        if registry.number_of("code"):
            lapsed = registry.lapsed(number, day)
            basis = ScopeBasis(
                [], 0, plan=used.plan,
                entry=None if lapsed is None else lapsed.id,
                holder=None if lapsed is None else lapsed.holder,
            )  # fmt: skip
            yield Breach(MisusePlace(level, number, "code"), number, basis)
        elif use.kind == MARKETING and _is_noncommercial(number):
            basis = ScopeBasis([], 0, plan=used.plan)
            yield Breach(MisusePlace(level, number, "purpose"), MARKETING, basis)
        return
    allowed = (entry.categories, entry.regions, entry.kinds)
    if entry.account is not None and use.account not in (None, entry.account):
        yield _breach(
            level, entry.id, "account", str(use.account), entry.id, entry.holder, (entry.account,)
        )
    yield from _of_scope(level, entry.id, entry.holder, allowed, use)
    if (
        use.signature is not None
        and registry.number_of("filing")
        and (registry.signature(use.signature, day) or not registry.number_of("signature"))
        and registry.filed(use.signature, number, day) is None
    ):
        yield _breach(level, number, "pair", use.signature, entry.id, entry.holder)


def _of_scope(
    level: Level, name: str, holder: str | None, allowed: Sequence[Sequence[str]], use: SourceUse
) -> Iterator[Breach]:
    categories, regions, kinds = allowed
    if categories and use.category is not None and use.category not in categories:
        yield _breach(level, name, "category", use.category, name, holder, categories)
    if regions and use.region is not None and use.region not in regions:
        yield _breach(level, name, "region", use.region, name, holder, regions)
    if kinds and use.kind == MARKETING and MARKETING not in kinds:
        yield _breach(level, name, "purpose", MARKETING, name, holder, kinds)


def _of_merchant(entry: MerchantEntry, use: SourceUse) -> Iterator[Breach]:
    allowed = (entry.categories, entry.regions, ())
    yield from _of_scope("merchant", entry.id, entry.platform, allowed, use)
    if entry.platform is not None and use.platform not in (None, entry.platform):
        yield _breach(
            "merchant", entry.id, "platform", str(use.platform), entry.id, None, (entry.platform,)
        )


def _breach(
    level: Level,
    name: str,
    kind: str,
    value: str,
    entry: str | None = None,
    holder: str | None = None,
    allowed: Sequence[str] = (),
) -> Breach:
    basis = ScopeBasis(
        [], 0, entry=entry, holder=holder, allowed=capped(allowed), allowed_number=len(allowed)
    )
    return Breach(MisusePlace(level, name, kind), value, basis)


def _is_noncommercial(number: str) -> bool:
    found = PLAN.class_of(number)
    return found is not None and found.use == "noncommercial"


class ScopeJudge:
    """Finds uses that the registry does not allow. It remembers nothing.

    Parameters
    ----------
    quiet_s
        How long nothing must be found for an alert to end.
    """

    waits = False

    def __init__(self, quiet_s: float) -> None:
        self.quiet_s = quiet_s
        self.state = State()
        self.pages: dict[str, PagedTable[Any]] = {}
        self.let_go = 0

    def close(self, bucket: MisuseBucket) -> Iterable[MisuseFound]:
        """See `MisuseJudge`."""
        counts: dict[MisusePlace, int] = {}
        values: dict[MisusePlace, set[str]] = {}
        bases: dict[MisusePlace, ScopeBasis] = {}
        for use in uses_in(bucket.closed):
            for place, value, basis in breaches(use, bucket.registry, bucket.day):
                counts[place] = counts.get(place, 0) + use.total
                values.setdefault(place, set()).add(value)
                bases[place] = basis
        return [
            MisuseFound(
                place=place, count=count, basis=bases[place], values=tuple(sorted(values[place]))
            )
            for place, count in counts.items()
        ]

    def allowed(self, place: MisusePlace, values: Sequence[str], bucket: MisuseBucket) -> bool:
        """See `MisuseJudge`: each value is judged again, as if it was used once more."""
        return not any(
            breach.place == place
            for value in values
            for breach in breaches(_use_again(place, value), bucket.registry, bucket.day)
        )


def _use_again(place: MisusePlace, value: str) -> SourceUse:
    named = {_FIELDS[place.kind]: value} if place.kind in _FIELDS else {}
    if place.level != "sender":
        named = {place.level: place.entity, **named}
    return SourceUse("", "sender", place.entity)._replace(**named)  # type: ignore[arg-type]


def judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of a group."""
    return [ScopeJudge(settings.config.detect.misuse.quiet)]
