"""What scope and new codes must be, worked out from raw events and rows alone, the slow way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from streams.registry.control import RegistryRow
from streams.registry.entry import CodeEntry
from streams.registry.plan import PLAN
from tests.detection.misuse.events import RawEvent, day_number

Key = tuple[str, str, str]
"""Level, entity and kind of an alert."""


class Rows:
    """All entries as of some rows, on a day."""

    def __init__(self, rows: Iterable[RegistryRow], day: int) -> None:
        latest: dict[str, Any] = {}
        for row in rows:
            latest[row.key] = row.entry
        self._all = {key: entry for key, entry in latest.items() if entry is not None}
        self._day = day_number(day)

    def any(self, kind: str) -> bool:
        return any(key.startswith(f"{kind}/") for key in self._all)

    def entry(self, kind: str, name: str) -> Any:
        entry = self._all.get(f"{kind}/{name}")
        return entry if entry is not None and entry.holds_on(self._day) else None

    def cover(self, number: str) -> CodeEntry | None:
        covering = [
            entry
            for key, entry in self._all.items()
            if key.startswith("code/")
            and entry.holds_on(self._day)
            and (entry.length is None or len(number) <= entry.length)
            and (entry.id == number or (number.isdigit() and number.startswith(entry.id)))
        ]
        return max(covering, key=lambda entry: len(entry.id), default=None)

    def is_code(self, event: RawEvent) -> bool:
        """Whether the event's number is one: named as such, or known."""
        number = event.access_code or event.sender
        lapsed = any(
            key.startswith("code/")
            and (entry.length is None or len(number) <= entry.length)
            and (entry.id == number or (number.isdigit() and number.startswith(entry.id)))
            for key, entry in self._all.items()
        )
        return bool(event.access_code or lapsed or PLAN.class_of(number))

    def filed(self, signature: str, number: str) -> bool:
        return any(
            key.startswith("filing/")
            and entry.signature == signature
            and entry.holds_on(self._day)
            and (entry.code == number or (number.isdigit() and number.startswith(entry.code)))
            for key, entry in self._all.items()
        )


def breaches_of(event: RawEvent, rows: Rows) -> Iterator[tuple[Key, str]]:
    """What of an event is not allowed, and what was used."""
    number = event.access_code or event.sender
    entry = rows.cover(number)
    level = "access_code" if entry is not None or event.access_code else "sender"
    if entry is None and not rows.is_code(event):
        pass
    elif entry is None:
        plan = PLAN.class_of(number)
        if rows.any("code"):
            yield (level, number, "code"), number
        elif plan is not None and plan.use == "noncommercial" and event.kind == "marketing":
            yield (level, number, "purpose"), "marketing"
    else:
        yield from _scope("access_code", entry, event)
        if entry.account and event.account and event.account != entry.account:
            yield (level, entry.id, "account"), event.account
        known = rows.entry("signature", str(event.signature)) or not rows.any("signature")
        judged = event.signature and known and rows.any("filing")
        if judged and not rows.filed(str(event.signature), number):
            yield (level, number, "pair"), str(event.signature)
    if event.signature:
        signature = rows.entry("signature", event.signature)
        if signature is not None:
            yield from _scope("signature", signature, event)
        elif rows.any("signature"):
            yield ("signature", event.signature, "signature"), event.signature
    for kind in ("merchant", "platform"):
        name = getattr(event, kind)
        declared = rows.entry(kind, name) if name else None
        if declared is not None:
            yield from _scope(kind, declared, event)
            wanted = getattr(declared, "platform", None)
            if wanted and event.platform and event.platform != wanted:
                yield (kind, name, "platform"), event.platform


def _scope(level: str, entry: Any, event: RawEvent) -> Iterator[tuple[Key, str]]:
    if entry.categories and event.category and event.category not in entry.categories:
        yield (level, entry.id, "category"), event.category
    regions = getattr(entry, "regions", ())
    if regions and event.region and event.region not in regions:
        yield (level, entry.id, "region"), event.region
    kinds = getattr(entry, "kinds", ())
    if kinds and event.kind == "marketing" and "marketing" not in kinds:
        yield (level, entry.id, "purpose"), "marketing"


class Told(NamedTuple):
    """A revision that opens or ends an alert."""

    day: int
    step: str
    key: Key
    observed: int
    found: tuple[str, ...]
    reason: str | None = None


def scope_alerts(
    events: Sequence[RawEvent], rows_by_day: Sequence[Sequence[RegistryRow]], quiet: int
) -> list[Told]:
    """All openings and ends, day by day."""
    out: list[Told] = []
    open_: dict[Key, tuple[int, int, set[str]]] = {}
    for day, known in enumerate(rows_by_day):
        rows = Rows(known, day)
        found: dict[Key, list[str]] = {}
        for event in events:
            if event.day == day:
                for key, value in breaches_of(event, rows):
                    found.setdefault(key, []).append(value)
        for key in sorted({*found, *open_}):
            last, number, values = open_.get(key, (day, 0, set()))
            if key in found:
                now = (day, number + len(found[key]), values | set(found[key]))
                if key not in open_:
                    out.append(Told(day, "opened", key, now[1], tuple(sorted(now[2]))))
                open_[key] = now
                continue
            again = [breaches_of(_with(key, value, day), rows) for value in sorted(values)]
            allowed = all(key != each for found_again in again for each, _ in found_again)
            if allowed or day - last >= quiet:
                reason = "allowed" if allowed else None
                out.append(Told(day, "resolved", key, number, tuple(sorted(values)), reason))
                del open_[key]
    return out


def _with(key: Key, value: str, day: int) -> RawEvent:
    level, name, kind = key
    used = RawEvent(day, name if level == "sender" else "\0")
    if level != "sender":
        used = RawEvent(day, "\0", **{level: name})
    field = {"pair": "signature", "purpose": "kind"}.get(kind, kind)
    return used if kind in ("code", "signature") else used._replace(**{field: value})  # type: ignore[arg-type]


def new_codes(
    events: Sequence[RawEvent],
    rows_by_day: Sequence[Sequence[RegistryRow]],
    *,
    silence: int,
    learn: int,
    remembered: int,
) -> list[tuple[int, Key, int | None]]:
    """Day, place and days of silence of each new code."""
    out = []
    first = min((event.day for event in events), default=0)
    for day, known in enumerate(rows_by_day):
        rows = Rows(known, day)

        def code(event: RawEvent, rows: Rows = rows) -> tuple[str, str]:
            number = event.access_code or event.sender
            entry = rows.cover(number)
            if entry is not None:
                return "access_code", entry.id
            return "access_code" if event.access_code else "sender", number

        used = {code(e)[::-1] for e in events if e.day == day and rows.is_code(e)}
        for name in sorted({name for name, _ in used}):
            level = min(level for each, level in used if each == name)
            before = [e.day for e in events if e.day < day and code(e)[1] == name]
            last = max((each for each in before if each >= day - remembered), default=None)
            if day - first >= learn and (last is None or day - last > silence):
                kind = "first" if last is None else "again"
                out.append((day, (level, name, kind), None if last is None else day - last))
    return out
