"""What was used in a bucket, and which code a use is of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streams.detection.merge import ClosedBucket
from streams.facts.bucket import SourceUse
from streams.items import SURPLUS, Level
from streams.registry.entry import CodeEntry
from streams.registry.plan import PlanEntry
from streams.registry.table import Registry


class UsedCode(NamedTuple):
    """The code of a use.

    Attributes
    ----------
    level
        ``access_code`` where events name one, or the registry knows it; otherwise ``sender``: an
        id that the plan has a class for, or that was registered.
    number
        As it was used, with its extension.
    code
        What it falls under: the registered code, or the number where there is none.
    entry
        That registered code, if it holds.
    plan
        The class that the plan has for a number that nobody registered.
    """

    level: Level
    number: str
    code: str
    entry: CodeEntry | None
    plan: str | None


def uses_in(closed: ClosedBucket) -> Iterator[SourceUse]:
    """Yield the uses of a bucket, also of senders whose events name nothing beside them.

    Lanes leave those out, since their totals say as much. Where a lane has not counted uses, totals
    say nothing of what was named: such sources have no more than what was counted.

    Parameters
    ----------
    closed
        The bucket.
    """
    named: dict[tuple[str, str], int] = {}
    for use in closed.facts.uses:
        if use.level == "sender":
            key = (use.source, use.id)
            named[key] = named.get(key, 0) + use.total
        yield use
    for (source, level), counts in sorted(closed.sums.items()):
        known = level == "sender" and source in closed.facts.uses_counted
        for name in sorted(counts) if known else ():
            left = counts[name] - named.get((source, name), 0)
            if left > 0:
                yield SourceUse(source, "sender", name, total=left)


def code_of(use: SourceUse, registry: Registry, day: int) -> UsedCode | None:
    """Find the code of a use: the access code that it names, or else the id of its sender.

    An id is a code only where the registry or the plan knows it: most are telephone numbers,
    addresses or accounts, and whoever sends chooses them.

    Parameters
    ----------
    use
        The use.
    registry, day
        The registry, and on which day.

    Returns
    -------
    UsedCode or None
        None where the use names no code, or there was no room for what it names.

    Examples
    --------
    >>> found = code_of(SourceUse("s", "sender", "106900012345"), Registry(), 738_000)
    >>> found.level, found.code, found.plan
    ('sender', '106900012345', 'national_other')
    >>> code_of(SourceUse("s", "sender", "13800138000"), Registry(), 738_000)
    """
    number = use.access_code
    if number is None:
        if use.level != "sender" or use.kind == SURPLUS:
            return None
        number = use.id
    cover = registry.code_of(number, day)
    if use.access_code is None and cover is None and registry.lapsed(number, day) is None:
        return None
    entry = cover if isinstance(cover, CodeEntry) else None
    named = entry is not None or use.access_code is not None
    return UsedCode(
        "access_code" if named else "sender",
        number,
        number if entry is None else entry.id,
        entry,
        cover.name if isinstance(cover, PlanEntry) else None,
    )
