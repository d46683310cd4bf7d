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
        self._seq = 0
        self._pages: dict[int, _PageVersion] = {}
        self._older: set[bytes] = set()

    def changed(self) -> Iterator[tuple[bytes, bytes]]:
        """Give what must be stored before a head names the present state; mostly nothing."""
        registry, versions = self._registry, self._registry.pages.versions
        if registry.seq == self._seq:
            return
        for number in range(PAGES):
            before = self._pages.get(number)
            if versions[number] == (0 if before is None else before.version):
                continue
            if before is not None:
                self._older.update(self._page_keys(number, before))
            packed = registry.pages.pack(number)
            starts = range(0, len(packed), PIECE_BYTES)
            stored = _PageVersion(versions[number], len(starts), zlib.crc32(packed))
            self._pages[number] = stored
            for key, at in zip(self._page_keys(number, stored), starts, strict=True):
                yield key, packed[at : at + PIECE_BYTES]
        pages = dict(sorted(self._pages.items()))
        index = msgspec.msgpack.encode(_Index(registry.seq, registry.refused, pages))
        yield self._index_key(registry.seq), index
        if self._seq:
            self._older.add(self._index_key(self._seq))
        self._seq = registry.seq

    def outdated(self) -> list[bytes]:
        """Give the keys that only older states need, now that the present one is stored; sorted.

        What a farther state needs stays: another worker may be about to name it.
        """
        gone = sorted(self._older)
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
        index = _index.decode(_found(slots, self._index_key(seq)))
        self._pages = index.pages
        versions = [0] * PAGES
        for number, stored in index.pages.items():
            versions[number] = stored.version
        self._registry.restore(seq, index.refused, versions, self._read(slots))
        self._seq = seq
        self._older = {key for key in keys if self._is_older(key, seq, versions)}

    def _is_older(self, key: bytes, seq: int, versions: list[int]) -> bool:
        """Whether a key is left over from a state before this one."""
        begin, _, rest = key.partition(self._begin.encode())
        parts = rest.split(b"/")
        if begin or not rest:
            return False
        if parts[0] == b"index":
            return int(parts[1]) < seq
        return int(parts[1]) < versions[int(parts[0])]

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
