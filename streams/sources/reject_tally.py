"""How many rejects there are, why, where the first of each is, and how many are too many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from streams.items import Place, Reject

SHOWN = 5
"""Reasons that are printed, the most frequent first."""

_LIMIT = re.compile(r"(?P<number>\d{1,15})|(?P<share>\d{1,3}(?:\.\d{1,6})?) ?%", re.ASCII)


@dataclass(slots=True)
class ReasonCount:
    """The rejects of one reason.

    Attributes
    ----------
    reason
        Its word.
    count
        How many there are.
    first, detail
        Where the first of them was, and what was wrong with it.
    """

    reason: str
    count: int
    first: Place
    detail: str


class RejectTally:
    """Counts rejects by reason; what it holds does not grow with them."""

    def __init__(self) -> None:
        self.total = 0
        self._by_reason: dict[str, ReasonCount] = {}

    def add(self, reject: Reject) -> None:
        """Count a reject."""
        self.total += 1
        found = self._by_reason.get(reject.reason)
        if found is None:
            self._by_reason[reject.reason] = ReasonCount(
                reject.reason, 1, reject.place, reject.detail
            )
        else:
            found.count += 1

    def reasons(self) -> list[ReasonCount]:
        """Return the reasons, the most frequent first."""
        return sorted(self._by_reason.values(), key=lambda found: (-found.count, found.reason))

    def lines(self, items: int) -> list[str]:
        """Say how many of the items are rejects, and why; nothing where there are none."""
        if not self.total:
            return []
        share = 100 * self.total / max(items, 1)
        percent = f"{share:.0f}" if share >= 10 else f"{share:.2g}"
        of_all = f"{self.total:,} of {items:,} items are rejects ({percent} %):"
        reasons = self.reasons()
        lines = [
            f"  {found.count:,} {found.reason}; the first is {where(found.first)}: {found.detail}"
            for found in reasons[:SHOWN]
        ]
        others = sum(found.count for found in reasons[SHOWN:])
        rest = [f"  {others:,} with {len(reasons) - SHOWN} other reasons"] if others else []
        return [of_all, *lines, *rest]

    def document(self) -> list[dict[str, Any]]:
        """Return the reasons for JSON, the most frequent first."""
        return [
            {
                "reason": found.reason,
                "count": found.count,
                "first": _place(found.first),
                "detail": found.detail,
            }
            for found in self.reasons()
        ]


def where(place: Place) -> str:
    """Return a place in words.

    Examples
    --------
    >>> where(Place(file="calls.csv", line=3))
    'calls.csv, record 3'
    >>> where(Place("sends", 0, 17))
    'topic sends, partition 0, offset 17'
    >>> where(Place("sends", 0, 17, index=2))
    'topic sends, partition 0, offset 17, item 2'
    """
    item = "" if place.index is None else f", item {place.index}"
    if place.file is not None:
        return f"{place.file}, record {place.line}{item}"
    return f"topic {place.topic}, partition {place.partition}, offset {place.offset}{item}"


def _place(place: Place) -> dict[str, Any]:
    item = {} if place.index is None else {"index": place.index}
    if place.file is not None:
        return {"file": place.file.encode("utf-8", "replace").decode(), "line": place.line, **item}
    return {"topic": place.topic, "partition": place.partition, "offset": place.offset, **item}


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """How many rejects are too many: a number, or a share of the items.

    Attributes
    ----------
    text
        As it was given.
    number, share
        The most that there may be; one of them is None.

    Examples
    --------
    >>> RejectLimit.parse("3").exceeded(4, items=1_000_000)
    True
    >>> RejectLimit.parse("0.5%").exceeded(5, items=1000)
    False
    """

    text: str
    number: int | None = None
    share: Fraction | None = None

    @classmethod
    def parse(cls, text: str) -> RejectLimit:
        """Read ``100`` or ``1%``.

        Raises
        ------
        ValueError
            Where it is neither.
        """
        found = _LIMIT.fullmatch(text.strip())
        share = None if found is None or found["share"] is None else Fraction(found["share"]) / 100
        if found is None or (share is not None and share > 1):
            raise ValueError(f"must be a number such as 100, or 0% to 100%; got {text!r}")
        return cls(text.strip(), None if found["number"] is None else int(found["number"]), share)

    def exceeded(self, rejects: int, items: int) -> bool:
        """Whether there are more rejects than it allows."""
        if self.number is not None:
            return rejects > self.number
        assert self.share is not None, "parse gives one of them"
        return rejects > self.share * items

    def problem(self, rejects: int, items: int) -> str:
        """Say that there are more rejects than it allows."""
        of_records = "" if self.share is None else f" of the {items:,} items"
        return (
            f"rejects must be at most {self.text}{of_records}; there are {rejects:,}:"
            " --max-rejects allows more"
        )


DEFAULT_LIMIT = RejectLimit.parse("1%")
