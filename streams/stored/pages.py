"""How pages are stored beside a checkpoint: those that changed since the last one.

The keys hold the number and the version of a page, so that two workers write the same values to the
same keys: see `streams.detection.checkpoint.Checkpoints`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol

import msgspec

PIECE_BYTES: Final = 200_000
"""Size of the largest value: brokers refuse large records."""


class PageVersion(msgspec.Struct, array_like=True, frozen=True):
    """A version of a page: in how many pieces it is stored, and its checksum."""

    version: int
    pieces: int
    crc: int


class Paged(Protocol):
    """What is stored in pages.

    Attributes
    ----------
    first
        Pages with smaller numbers were those of a state before.
    versions
        The version of each page that was ever changed. A page's versions only grow.
    """

    @property
    def first(self) -> int:
        """See the class."""
        ...

    @property
    def versions(self) -> Mapping[int, int]:
        """See the class."""
        ...

    def pack(self, number: int) -> bytes:
        """Return what is stored of a page."""
        ...


class StoredPages:
    """Writes pages, and reads them again.

    Parameters
    ----------
    begin
        What their keys begin with, to the last ``/``.
    paged
        Gives what has them now.

    Attributes
    ----------
    begin
        See above.
    index
        What is stored of each page, by number. A checkpoint must hold it.
    """

    def __init__(self, begin: str, paged: Callable[[], Paged]) -> None:
        self.begin, self._paged = begin, paged
        self.index: dict[int, PageVersion] = {}
        self._older: set[bytes] = set()

    def changed(self) -> Iterator[tuple[bytes, bytes]]:
        """Give what must be stored before a checkpoint holds the index; take all of it."""
        paged, index = self._paged(), dict[int, PageVersion]()
        for number, version in sorted(paged.versions.items()):
            before = self.index.get(number)
            if before is not None and before.version == version:
                index[number] = before
                continue
            packed = paged.pack(number)
            starts = range(0, len(packed), PIECE_BYTES)
            stored = PageVersion(version, len(starts), zlib.crc32(packed))
            index[number] = stored
            for key, at in zip(self._keys(number, stored), starts, strict=True):
                yield key, packed[at : at + PIECE_BYTES]
        for number, before in self.index.items():
            if index.get(number) != before:
                self._older.update(self._keys(number, before))
        self.index = index

    def outdated(self) -> set[bytes]:
        """Give the keys that only older states need, now that the present one is stored.

        What a farther state needs stays: another worker may be about to name it.
        """
        gone, self._older = self._older, set()
        return gone

    def read(
        self, index: dict[int, PageVersion], slots: Mapping[bytes, bytes], keys: Iterable[bytes]
    ) -> Iterator[bytes]:
        """Take an index; give what it names, page by page.

        Parameters
        ----------
        index
            As a checkpoint holds it.
        slots
            What is stored.
        keys
            Their keys.

        Raises
        ------
        ValueError
            Where something is missing, or damaged.
        """
        self.index = index
        for number, stored in index.items():
            packed = b"".join(found(slots, key) for key in self._keys(number, stored))
            if zlib.crc32(packed) != stored.crc:
                raise ValueError(f"page {self.begin}{number} is not the one that was written")
            yield packed
        # Only now it is known which is the first page.
        self._older = {key for key in keys if self._is_older(key)}

    def _is_older(self, key: bytes) -> bool:
        """Whether a key is left over from a state before this one."""
        begin, _, rest = key.partition(self.begin.encode())
        parts = rest.split(b"/")
        if begin or len(parts) != 3:
            return False
        try:
            number, version, _ = map(int, parts)
        except ValueError:
            return False  # of something else that has a name of its own
        stored = self.index.get(number)
        if stored is None:
            return number < self._paged().first
        return version < stored.version

    def _keys(self, number: int, stored: PageVersion) -> list[bytes]:
        begin = f"{self.begin}{number}/{stored.version}/"
        return [f"{begin}{piece}".encode() for piece in range(stored.pieces)]


def found(slots: Mapping[bytes, bytes], key: bytes) -> bytes:
    """Return what is stored under a key.

    Raises
    ------
    ValueError
        Where it is missing.
    """
    value = slots.get(key)
    if value is None:
        raise ValueError(f"{key.decode()} is missing")
    return value
