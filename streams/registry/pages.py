"""Entries in pages: what a checkpoint stores again is only the pages that have changed.

An entry's page follows from its id. A page has a version: the seq of the row that changed it last.
So what is in a version of a page is the same, whoever writes it and whenever.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from streams.registry.control import RegistryRow
from streams.registry.entry import ROW_TYPES, Entry, EntryKind, kind_of

PAGES = 1024
"""A million entries have about a thousand in each page: some 150 KB."""

MOST_SHARED = 100_000
"""Values that entries share, as a rule: holders, carriers, lists of regions, days."""


class StoredPage(msgspec.Struct, array_like=True):
    """A page as it is stored: its entries by kind and id, and its rows that wait for others."""

    entries: list[Entry]
    waiting: list[RegistryRow]


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(StoredPage)


def page_of(name: str) -> int:
    """Return the page of an id.

    Examples
    --------
    >>> page_of("10690001")
    103
    """
    return zlib.crc32(name.encode()) % PAGES


class EntryPages:
    """All entries, and the rows that wait until the last that belongs to them has come.

    Attributes
    ----------
    versions
        Of each page that ever had a row, the seq of that which changed it last.
    waiting
        Rows in their order.
    """

    first = 0
    """Number of the first page: see `streams.stored.pages.Paged`."""

    def __init__(self) -> None:
        self.versions: dict[int, int] = {}
        self.waiting: list[RegistryRow] = []
        self._pages: dict[EntryKind, list[dict[str, Any]]] = {
            kind: [{} for _ in range(PAGES)] for kind in ROW_TYPES
        }
        self._numbers: dict[EntryKind, int] = dict.fromkeys(ROW_TYPES, 0)
        self._shared: dict[Any, Any] = {}

    def copy(self) -> EntryPages:
        """Return one that goes on by itself."""
        made = EntryPages()
        made.versions, made.waiting = self.versions.copy(), self.waiting.copy()
        made._pages = {kind: [page.copy() for page in of] for kind, of in self._pages.items()}
        made._numbers = self._numbers.copy()
        return made

    def get(self, kind: EntryKind, name: str) -> Any:
        """Give an entry by kind and id; None where there is none."""
        return self._pages[kind][zlib.crc32(name.encode()) % PAGES].get(name)

    def put(self, kind: EntryKind, name: str, entry: Entry) -> None:
        """Put an entry in the place of the one before."""
        page = self._pages[kind][page_of(name)]
        self._numbers[kind] -= len(page)
        page[name] = self._sharing(entry)
        self._numbers[kind] += len(page)

    def remove(self, kind: EntryKind, name: str) -> None:
        """Remove an entry that is there."""
        del self._pages[kind][page_of(name)][name]
        self._numbers[kind] -= 1

    def change(self, name: str, seq: int) -> None:
        """Note which row changed the page of an id."""
        self.versions[page_of(name)] = seq

    def number_of(self, kind: EntryKind) -> int:
        """How many entries of a kind there are."""
        return self._numbers[kind]

    def __len__(self) -> int:
        """How many entries there are."""
        return sum(self._numbers.values())

    def entries(self, kind: EntryKind) -> Iterator[Entry]:
        """Give the entries of a kind, by id."""
        found = {name: entry for page in self._pages[kind] for name, entry in page.items()}
        return (found[name] for name in sorted(found))

    def _sharing(self, entry: Entry) -> Entry:
        """Let an entry share what others hold too: a million of them have few holders."""
        if len(self._shared) > MOST_SHARED:
            self._shared.clear()
        share = self._shared.setdefault
        for field in entry.__struct_fields__:
            value = getattr(entry, field)
            if field not in ("id", "length") and value:
                msgspec.structs.force_setattr(entry, field, share(value, value))
        return entry

    def pack(self, page: int) -> bytes:
        """Return what is stored of a page."""
        entries = [
            of_kind[page][name]
            for of_kind in self._pages.values()
            for name in sorted(of_kind[page])
        ]
        waiting = [row for row in self.waiting if page_of(_name(row)) == page]
        return _encode(StoredPage(entries, waiting))

    def unpack(self, packed: bytes) -> list[Entry]:
        """Take what `pack` gave of a page; return its entries. `arrange` comes last."""
        stored = _decoder.decode(packed)
        for entry in stored.entries:
            self.put(kind_of(entry), entry.id, entry)
        self.waiting += stored.waiting
        return stored.entries

    def arrange(self) -> None:
        """Bring the rows that wait into their order: pages are read one by one."""
        self.waiting.sort(key=lambda row: row.seq)


def _name(row: RegistryRow) -> str:
    return row.key.partition("/")[2]
