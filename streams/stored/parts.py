"""What a checkpoint is made of: state in rows, and state in pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import msgspec

from detectors.pages import PagedTable
from detectors.state import State
from streams.stored.pages import PageVersion, StoredPages

_index = msgspec.msgpack.Decoder(dict[int, PageVersion])


class Part(Protocol):
    """State that is stored piece by piece."""

    def pack(self, rows_a_piece: int) -> tuple[bytes, int, Iterator[bytes]]:
        """State as bytes: what all rows share, how many pieces, and the pieces, packed one by one.

        A million entities' pieces together would be as much memory again as their state. Nothing
        may be closed until all have been taken.
        """
        ...

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take the state that `pack` gave, bit for bit; pieces are let go one by one."""
        ...


class RowsPart:
    """A part that is a `State` with rows.

    Parameters
    ----------
    state
        The state.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def pack(self, rows_a_piece: int) -> tuple[bytes, int, Iterator[bytes]]:
        """See `Part`."""
        shared = self._state.pack_shared()  # first: it brings the columns up to date
        pack, rows = partial(self._state.pack_rows, prepare=False), len(self._state)
        starts = range(0, rows, rows_a_piece)
        return shared, len(starts), (pack(at, min(at + rows_a_piece, rows)) for at in starts)

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """See `Part`."""
        self._state.unpack(shared, pieces)


class StoredGroup(NamedTuple):
    """What is stored of a group: its own values, and its parts by name.

    What is in pages is stored beside the slots, and only where it has changed.
    """

    own: State
    parts: Mapping[str, Part]
    paged: Mapping[str, PagedTable[Any]] = {}


class PagedPart:
    """A part of which a checkpoint holds the index of its pages.

    Parameters
    ----------
    begin
        What the keys of the pages begin with.
    pages
        The pages.
    """

    def __init__(self, begin: str, pages: PagedTable[Any]) -> None:
        self._pages = pages
        self._index: dict[int, PageVersion] = {}
        self.stored = StoredPages(begin, lambda: pages)

    def pack(self, rows_a_piece: int) -> tuple[bytes, int, Iterator[bytes]]:
        """See `Part`: all that changed has been stored."""
        return msgspec.msgpack.encode(self.stored.index), 0, iter(())

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """See `Part`; `read` comes next."""
        self._index = _index.decode(shared)

    def read(self, slots: Mapping[bytes, bytes], keys: Iterable[bytes]) -> None:
        """Read the pages that the index names."""
        versions = {number: stored.version for number, stored in self._index.items()}
        self._pages.restore(versions, self.stored.read(self._index, slots, keys))
