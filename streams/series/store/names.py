"""The names of all entities in the store: their chunks on disk, and the search through them."""

from __future__ import annotations

import heapq
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from rocksdict import WriteBatch

from streams.items import LEVELS, Level, name_problem
from streams.names.canonical import form_of_stored
from streams.series.store.database import DEFAULT, Database
from streams.series.store.name_chunks import (
    CHUNK_BYTES,
    KnownDigests,
    Named,
    folded,
    found_in,
    heads,
    line_of,
    rank,
    searchable,
)
from streams.series.store.rows import Digests

MOST_NAMES: Final = 2_000_000
"""So many names are held; with one more the chunk that was written first goes. Who counts again
has a name again."""

MOST_MATCHES: Final = 2_000
"""A search ends after so many, and looks at the newest names first."""

_TEXT, _DIGESTS = b"t", b"d"
_END: Final = b"u"
_NUMBER = struct.Struct(">I")


class Matches(NamedTuple):
    """What a search found: the best first, and whether there are more."""

    found: list[Named]
    is_whole: bool


class Names:
    """Names of the store.

    Parameters
    ----------
    database, digests
        Where they are, and the store's digests.
    most
        How many names are held.
    """

    def __init__(self, database: Database, digests: Digests, most: int = MOST_NAMES) -> None:
        self._database, self._digests, self._most = database, digests, most
        known, self._counts = [np.zeros(0, np.uint64)], dict[int, int]()
        for key, value in database.with_prefix(DEFAULT, _DIGESTS):
            known.append(np.frombuffer(value, "<u8"))
            self._counts[_NUMBER.unpack(key[1:])[0]] = len(value) // 8
        self._known = KnownDigests(np.concatenate(known))
        self._last = max(self._counts, default=0)
        self._text = database.get(DEFAULT, _TEXT + _NUMBER.pack(self._last)) or b""
        self._heads = database.get(DEFAULT, _DIGESTS + _NUMBER.pack(self._last)) or b""

    def __len__(self) -> int:
        return len(self._known)

    def add(
        self, batch: WriteBatch, level: Level, ids: Sequence[str], digests: Sequence[bytes]
    ) -> None:
        """Add those that are new to what a batch writes.

        Parameters
        ----------
        batch
            The batch.
        level, ids, digests
            Entities of a level.
        """
        firsts = heads(digests)
        places = self._known.unknown(firsts)
        lines, taken = [], []
        for place in places:
            self._known.add(int(firsts[place]))
            if name_problem(ids[place]) is None:
                lines.append(line_of(Named(level, ids[place])))
                taken.append(digests[place][:8])
        at = 0
        while at < len(lines):
            room, end = CHUNK_BYTES - len(self._text), at
            while end < len(lines) and (room > 0 or end == at):
                room -= len(lines[end])
                end += 1
            self._text += b"".join(lines[at:end])
            self._heads += b"".join(taken[at:end])
            number = _NUMBER.pack(self._last)
            batch.put(_TEXT + number, self._text)
            batch.put(_DIGESTS + number, self._heads)
            self._counts[self._last] = len(self._heads) // 8
            at = end
            if len(self._text) >= CHUNK_BYTES:
                self._last += 1
                self._text = self._heads = b""

    def drop_oldest(self, batch: WriteBatch) -> None:
        """Drop the oldest chunks of too many; the batch must not have added any yet."""
        while sum(self._counts.values()) > self._most and len(self._counts) > 1:
            oldest = min(self._counts)
            number = _NUMBER.pack(oldest)
            gone = self._database.get(DEFAULT, _DIGESTS + number) or b""
            self._known.forget(np.frombuffer(gone, "<u8"))
            batch.delete(_TEXT + number)
            batch.delete(_DIGESTS + number)
            del self._counts[oldest]

    def holds(self, named: Named) -> bool:
        """Whether an entity has been seen."""
        digest = self._digests.of_ids(named.level, (named.id,))
        return not self._known.unknown(heads(digest))

    def search(self, part: str, limit: int, level: Level | None = None) -> Matches:
        """Find names that hold a part, in any case.

        Parameters
        ----------
        part
            Any characters; they are brought to the form of names first.
        limit
            How many names are wanted.
        level
            Only names of this level.
        """
        form = form_of_stored(part)
        wanted = searchable(form)
        if wanted is None:
            return Matches([], is_whole=True)
        levels = LEVELS if level is None else (level,)
        exact = [Named(one, form) for one in levels if self.holds(Named(one, form))]
        found, is_whole = dict.fromkeys(exact), True
        chunks = self._database.scan(DEFAULT, _TEXT, _END, newest_first=True)
        for _, chunk in chunks:
            for named in found_in(bytes(chunk), wanted):
                if level is None or named.level == level:
                    found[named] = None
            if len(found) > MOST_MATCHES:
                is_whole = False
                break
        plain = folded(form)
        best = heapq.nsmallest(limit, found, key=lambda named: rank(named, plain))
        return Matches(best, is_whole and len(found) <= limit)
