"""How a registry is stored beside a checkpoint: pages that changed, and an index that names all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from streams.registry.table import Registry
from streams.stored.pages import PageVersion, StoredPages, found


class _Index(msgspec.Struct):
    """Which versions make up the registry as of a row; a page that never had an entry is none."""

    seq: int
    refused: int
    pages: dict[int, PageVersion]


_index = msgspec.msgpack.Decoder(_Index)


class StoredRegistry:
    """Writes a registry, and reads it again.

    Parameters
    ----------
    shard
        Number of the shard.
    registry
        The shard's.
    """

    def __init__(self, shard: int, registry: Registry) -> None:
        self._begin = f"{shard}/registry/"
        self._registry = registry
        self._pages = StoredPages(self._begin, lambda: registry.pages)
        self._seq = 0
        self._older: set[bytes] = set()

    def changed(self) -> Iterator[tuple[bytes, bytes]]:
        """Give what must be stored before a head names the present state; mostly nothing."""
        registry = self._registry
        if registry.seq == self._seq:
            return
        yield from self._pages.changed()
        index = _Index(registry.seq, registry.refused, self._pages.index)
        yield self._index_key(registry.seq), msgspec.msgpack.encode(index)
        if self._seq:
            self._older.add(self._index_key(self._seq))
        self._seq = registry.seq

    def outdated(self) -> list[bytes]:
        """Give the keys that only older states need, now that the present one is stored; sorted."""
        gone = sorted(self._older | self._pages.outdated())
        self._older.clear()
        return gone

    def restore(self, seq: int, slots: Mapping[bytes, bytes], keys: Iterable[bytes]) -> None:
        """Read the registry as of a row.

        Parameters
        ----------
        seq
            The row, as the head names it; 0 is none.
        slots
            What is stored.
        keys
            Their keys.

        Raises
        ------
        ValueError
            Where something is missing, or damaged.
        """
        if not seq:
            return
        index = _index.decode(found(slots, self._index_key(seq)))
        versions = {number: stored.version for number, stored in index.pages.items()}
        packed = self._pages.read(index.pages, slots, keys)
        self._registry.restore(seq, index.refused, versions, packed)
        self._seq = seq
        self._older = {key for key in keys if self._is_older(key)}

    def _is_older(self, key: bytes) -> bool:
        """Whether a key is of an index before this one."""
        begin, _, rest = key.partition(f"{self._begin}index/".encode())
        return not begin and bool(rest) and int(rest) < self._seq

    def _index_key(self, seq: int) -> bytes:
        return f"{self._begin}index/{seq}".encode()
