"""The registry as judges ask it: what is declared about a code, a signature, a pair of them.

Pure: rows go in, in their order; the same rows lead to the same answers. Days are numbers, as those
of `streams.counts.bucket.Buckets.day`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from streams.registry.control import RegistryRow
from streams.registry.entry import (
    ENTRY_TYPES,
    CodeEntry,
    Entry,
    EntryKind,
    FilingEntry,
    MerchantEntry,
    PlatformEntry,
    SignatureEntry,
)
from streams.registry.plan import PLAN, PlanEntry

MOST_ENTRIES = 2_000_000
"""Entries of all kinds together: rows that would add more are passed over, and counted."""

_E = TypeVar("_E", SignatureEntry, MerchantEntry, PlatformEntry)


class Registry:
    """All entries, as of one row.

    Attributes
    ----------
    seq
        Of the last row that was taken, whether it holds yet or not.
    refused
        How many rows were passed over, since there was no room.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.refused = 0
        self._entries: dict[EntryKind, dict[str, Any]] = {kind: {} for kind in ENTRY_TYPES}
        self._waiting: list[RegistryRow] = []
        self._lengths: Counter[int] = Counter()
        self._descending: tuple[int, ...] = ()
        self._signatures_of: Counter[str] = Counter()
        self._codes_of: Counter[str] = Counter()

    def take(self, rows: Iterable[RegistryRow]) -> None:
        """Take rows in their order; what was taken before is passed over."""
        for row in rows:
            if row.seq <= self.seq:
                continue
            self.seq = row.seq
            self._waiting.append(row)
            if not row.goes_on:
                for waiting in self._waiting:
                    self._put(waiting)
                self._waiting.clear()
        self._descending = tuple(sorted(self._lengths, reverse=True))

    def _put(self, row: RegistryRow) -> None:
        kind, _, name = row.key.partition("/")
        entries: dict[str, Any] = self._entries[kind]  # type: ignore[index]
        before, after = entries.get(name), row.entry
        if after is None:
            if before is not None:
                del entries[name]
                self._count(before, -1)
            return
        if before is None:
            if len(self) >= MOST_ENTRIES:
                self.refused += 1
                return
            self._count(after, 1)
        entries[name] = after

    def _count(self, entry: Entry, step: int) -> None:
        """Note that an entry is there, or is gone."""
        counted: list[tuple[Counter[Any], Any]] = []
        if isinstance(entry, CodeEntry):
            counted = [(self._lengths, len(entry.id))]
        elif isinstance(entry, FilingEntry):
            counted = [(self._signatures_of, entry.code), (self._codes_of, entry.signature)]
            counted.append((self._lengths, len(entry.code)))
        for counter, name in counted:
            counter[name] += step
            if not counter[name]:
                del counter[name]

    def __len__(self) -> int:
        """How many entries there are, of all kinds."""
        return sum(map(len, self._entries.values()))

    def number_of(self, kind: EntryKind) -> int:
        """How many entries of a kind there are: where there is none, nothing was declared."""
        return len(self._entries[kind])

    def entries(self, kind: EntryKind) -> Iterator[Entry]:
        """Give the entries of a kind, by id."""
        of_kind = self._entries[kind]
        return (of_kind[name] for name in sorted(of_kind))

    def get(self, kind: EntryKind, name: str) -> Entry | None:
        """Give an entry by its very id, whether it holds or not."""
        entry: Entry | None = self._entries[kind].get(name)
        return entry

    def code_of(self, number: str, day: int) -> CodeEntry | PlanEntry | None:
        """Find what covers a number: the longest registered code, otherwise the plan's class.

        Parameters
        ----------
        number
            An access code, with or without an extension.
        day
            Codes that do not hold on it are passed over: `lapsed` finds them.
        """
        for entry in self._codes(number):
            if entry.holds_on(day):
                return entry
        return PLAN.class_of(number)

    def lapsed(self, number: str, day: int) -> CodeEntry | None:
        """Find the longest registered code that covers a number and does not hold on a day.

        None where a longer one, or none at all, covers it.
        """
        for entry in self._codes(number):
            return None if entry.holds_on(day) else entry
        return None

    def _codes(self, number: str) -> Iterator[CodeEntry]:
        codes: dict[str, CodeEntry] = self._entries["code"]
        for prefix in self._prefixes(number):
            entry = codes.get(prefix)
            if entry is not None and (entry.length is None or len(number) <= entry.length):
                yield entry

    def _prefixes(self, number: str) -> Iterator[str]:
        """Give what may be registered and covers a number, the longest first: digits extend."""
        if not (number.isascii() and number.isdigit()):
            yield number
            return
        size = len(number)
        for length in self._descending:
            if length <= size:
                yield number[:length]

    def signature(self, name: str, day: int) -> SignatureEntry | None:
        """Find what is declared about a signature on a day."""
        return _valid(self._entries["signature"].get(name), day)

    def merchant(self, name: str, day: int) -> MerchantEntry | None:
        """Find what is declared about a merchant on a day."""
        return _valid(self._entries["merchant"].get(name), day)

    def platform(self, name: str, day: int) -> PlatformEntry | None:
        """Find what is declared about a platform on a day."""
        return _valid(self._entries["platform"].get(name), day)

    def filed(self, signature: str, number: str, day: int) -> FilingEntry | None:
        """Find the filing by which a signature may be sent from a number on a day."""
        filings: dict[str, FilingEntry] = self._entries["filing"]
        for prefix in self._prefixes(number):
            entry = filings.get(f"{prefix}/{signature}")
            if entry is not None and entry.holds_on(day):
                return entry
        return None

    def signatures_filed(self, code: str) -> int:
        """How many signatures are filed with this very code, whenever they hold."""
        return self._signatures_of[code]

    def codes_filed(self, signature: str) -> int:
        """How many codes a signature is filed with, whenever they hold."""
        return self._codes_of[signature]


def _valid(entry: _E | None, day: int) -> _E | None:
    return entry if entry is not None and entry.holds_on(day) else None
