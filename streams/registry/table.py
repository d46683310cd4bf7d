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
    CodeEntry,
    Entry,
    EntryKind,
    FilingEntry,
    MerchantEntry,
    PlatformEntry,
    SignatureEntry,
    split_key,
)
from streams.registry.pages import EntryPages
from streams.registry.plan import PLAN, PlanEntry
from streams.registry.watch import MOST_WATCHES, OF_WATCH, WATCH, WatchEntry

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
    pages
        The entries, as checkpoints store them.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.refused = 0
        self.pages = EntryPages()
        self._lengths: Counter[int] = Counter()
        self._descending: tuple[int, ...] = ()
        self._signatures_of: Counter[str] = Counter()
        self._codes_of: Counter[str] = Counter()

    def take(self, rows: Iterable[RegistryRow]) -> None:
        """Take rows in their order; what was taken before is passed over."""
        pages = self.pages
        for row in rows:
            if row.seq <= self.seq:
                continue
            self.seq = row.seq
            if row.key.startswith(OF_WATCH):  # no part of an import that comes around it
                self._put(row, row.seq)
            elif row.goes_on or pages.waiting:
                self._wait(row)
            else:
                self._put(row, row.seq)
        self._descending = tuple(sorted(self._lengths, reverse=True))

    def begin(self, rows: Iterable[RegistryRow], seq: int) -> None:
        """Begin with all rows through one; the newest of a key stands for those before it."""
        self.take(rows)
        self.seq = max(self.seq, seq)

    def take_over(self, other: Registry) -> None:
        """Become what another one is; it may not be used any more."""
        self.__dict__.update(other.__dict__)

    def copy(self) -> Registry:
        """Return one that goes on by itself."""
        made = Registry()
        made.seq, made.refused, made.pages = self.seq, self.refused, self.pages.copy()
        made._lengths, made._descending = self._lengths.copy(), self._descending
        made._signatures_of, made._codes_of = self._signatures_of.copy(), self._codes_of.copy()
        return made

    def _wait(self, row: RegistryRow) -> None:
        """Keep a row until the last that belongs to it has come; then put all."""
        waiting = self.pages.waiting
        if row.goes_on:
            if len(waiting) >= MOST_ENTRIES:
                self.refused += 1
                return
            waiting.append(row)
            self.pages.change(row.key.partition("/")[2], row.seq)
            return
        self.pages.waiting = []
        for one in (*waiting, row):
            self._put(one, row.seq)

    def _put(self, row: RegistryRow, seq: int) -> None:
        kind, name = split_key(row.key)
        self.pages.change(name, seq)
        before, after = self.pages.get(kind, name), row.entry
        if after is None:
            if before is not None:
                self.pages.remove(kind, name)
                self._count(before, -1)
            return
        if before is None:
            full = kind == WATCH and self.number_of(WATCH) >= MOST_WATCHES
            if full or len(self.pages) >= MOST_ENTRIES:
                self.refused += 1
                return
            self._count(after, 1)
        self.pages.put(kind, name, after)

    def restore(
        self, seq: int, refused: int, versions: dict[int, int], packed: Iterable[bytes]
    ) -> None:
        """Take a stored state, its pages in any order; there must be none yet."""
        self.seq, self.refused, self.pages.versions = seq, refused, versions
        for page in packed:
            for entry in self.pages.unpack(page):
                self._count(entry, 1)
        self.pages.arrange()
        self._descending = tuple(sorted(self._lengths, reverse=True))

    def _count(self, entry: Entry, step: int) -> None:
        """Note that an entry is there, or is gone."""
        if isinstance(entry, CodeEntry):
            _add(self._lengths, len(entry.id), step)
        elif isinstance(entry, FilingEntry):
            _add(self._lengths, len(entry.code), step)
            _add(self._signatures_of, entry.code, step)
            _add(self._codes_of, entry.signature, step)

    def __len__(self) -> int:
        """How many entries there are, of all kinds."""
        return len(self.pages)

    def number_of(self, kind: EntryKind) -> int:
        """How many entries of a kind there are: where there is none, nothing was declared."""
        return self.pages.number_of(kind)

    def entries(self, kind: EntryKind) -> Iterator[Entry]:
        """Give the entries of a kind, by id."""
        return self.pages.entries(kind)

    def get(self, kind: EntryKind, name: str) -> Entry | None:
        """Give an entry by its very id, whether it holds or not."""
        entry: Entry | None = self.pages.get(kind, name)
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
        for prefix in self._prefixes(number):
            entry: CodeEntry | None = self.pages.get("code", prefix)
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
        return _valid(self.pages.get("signature", name), day)

    def merchant(self, name: str, day: int) -> MerchantEntry | None:
        """Find what is declared about a merchant on a day."""
        return _valid(self.pages.get("merchant", name), day)

    def platform(self, name: str, day: int) -> PlatformEntry | None:
        """Find what is declared about a platform on a day."""
        return _valid(self.pages.get("platform", name), day)

    def filed(self, signature: str, number: str, day: int) -> FilingEntry | None:
        """Find the filing by which a signature may be sent from a number on a day."""
        for prefix in self._prefixes(number):
            entry: FilingEntry | None = self.pages.get("filing", f"{prefix}/{signature}")
            if entry is not None and entry.holds_on(day):
                return entry
        return None

    def watches(self) -> list[WatchEntry]:
        """Give the watches, by case."""
        found = self.pages.entries(WATCH) if self.number_of(WATCH) else ()
        return [entry for entry in found if isinstance(entry, WatchEntry)]

    def signatures_filed(self, code: str) -> int:
        """How many signatures are filed with this very code, whenever they hold."""
        return self._signatures_of[code]

    def codes_filed(self, signature: str) -> int:
        """How many codes a signature is filed with, whenever they hold."""
        return self._codes_of[signature]


def _valid(entry: _E | None, day: int) -> _E | None:
    return entry if entry is not None and entry.holds_on(day) else None


def _add(counter: Counter[Any], name: Any, step: int) -> None:
    counter[name] += step
    if not counter[name]:
        del counter[name]
