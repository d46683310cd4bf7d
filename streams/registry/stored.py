"""How a registry is stored beside a checkpoint: pages that changed, and an index that names all.

The keys of pages and indices hold what they are of, so that two workers write the same values to
the same keys: see `streams.detection.checkpoint.Checkpoints`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from streams.registry.pages import PAGES
from streams.registry.table import Registry

PIECE_BYTES = 200_000
"""Size of the largest value: brokers refuse large records."""


class _PageVersion(msgspec.Struct, array_like=True, frozen=True):
    """A version of a page: in how many pieces it is stored, and its checksum."""

    version: int
    pieces: int
    crc: int


class _Index(msgspec.Struct):
    """Which versions make up the registry as of a row; a page that never had an entry is none."""

    seq: int
    refused: int
    pages: dict[int, _PageVersion]


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
        self._pages: dict[int, _PageVersion] = {}
        self._there: set[bytes] = set()

    def changed(self) -> Iterator[tuple[bytes, bytes]]:
        """Give what must be stored before a head names the present state; mostly nothing."""
        registry, versions = self._registry, self._registry.pages.versions
        index = self._index_key(registry.seq)
        if not registry.seq or index in self._there:
            return
        for number in range(PAGES):
            before = self._pages.get(number)
            if versions[number] == (0 if before is None else before.version):
                continue
            packed = registry.pages.pack(number)
            starts = range(0, len(packed), PIECE_BYTES)
            stored = _PageVersion(versions[number], len(starts), zlib.crc32(packed))
            self._pages[number] = stored
            for key, at in zip(self._page_keys(number, stored), starts, strict=True):
                self._there.add(key)
                yield key, packed[at : at + PIECE_BYTES]
        self._there.add(index)
        pages = dict(sorted(self._pages.items()))
        yield index, msgspec.msgpack.encode(_Index(registry.seq, registry.refused, pages))

    def outdated(self) -> list[bytes]:
        """Give the keys that no head needs, now that the present state's is stored; sorted."""
        needed = {self._index_key(self._registry.seq)}
        if needed <= self._there and len(self._there) == self._number_needed:
            return []
        for number, stored in self._pages.items():
            needed.update(self._page_keys(number, stored))
        gone = sorted(self._there - needed)
        self._there &= needed
        return gone

    @property
    def _number_needed(self) -> int:
        return 1 + sum(stored.pieces for stored in self._pages.values())

    def restore(self, seq: int, slots: Mapping[bytes, bytes], keys: Iterable[bytes]) -> None:
        """Read the registry as of a row.

        Parameters
        ----------
        seq
            The row, as the head names it; 0 is none.
        slots
            What is stored.
        keys
            Their keys, or those that `is_one` says are of a registry.

        Raises
        ------
        ValueError
            Where something is missing, or damaged.
        """
        self._there = {key for key in keys if key.startswith(self._begin.encode())}
        if not seq:
            return
        index = msgspec.msgpack.decode(_found(slots, self._index_key(seq)), type=_Index)
        self._pages = index.pages
        versions = [0] * PAGES
        for number, stored in index.pages.items():
            versions[number] = stored.version
        self._registry.restore(seq, index.refused, versions, self._read(slots))

    def _read(self, slots: Mapping[bytes, bytes]) -> Iterator[bytes]:
        for number, stored in self._pages.items():
            packed = b"".join(_found(slots, key) for key in self._page_keys(number, stored))
            if zlib.crc32(packed) != stored.crc:
                raise ValueError(f"page {number} of the registry is not the one that was written")
            yield packed

    def _page_keys(self, number: int, stored: _PageVersion) -> list[bytes]:
        begin = f"{self._begin}{number}/{stored.version}/"
        return [f"{begin}{piece}".encode() for piece in range(stored.pieces)]

    def _index_key(self, seq: int) -> bytes:
        return f"{self._begin}index/{seq}".encode()


def _found(slots: Mapping[bytes, bytes], key: bytes) -> bytes:
    value = slots.get(key)
    if value is None:
        raise ValueError(f"{key.decode()} of the registry is missing")
    return value
