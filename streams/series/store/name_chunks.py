r"""Names of all entities that were seen, and the search by any part of one. Pure.

Names stand in chunks, one after the other, each as a line: the name without case, then what the
name is. A search looks through all chunks, so that it finds any part, of any script, however short.
No name holds a control character, so none can pass for a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.items import LEVELS, Level, name_problem

CHUNK_BYTES: Final = 65_536
U8 = npt.NDArray[np.uint64]

_LINE, _WHAT = b"\n", b"\x1f"
_CODES: Final = {level: chr(ord("a") + place).encode() for place, level in enumerate(LEVELS)}
_LEVELS: Final = {code: level for level, code in _CODES.items()}


class Named(NamedTuple):
    """An entity by its name."""

    level: Level
    id: str


def folded(text: str) -> str:
    """Return a name, or a part of one, without case."""
    return text.casefold()


def line_of(named: Named) -> bytes:
    """Return the line of a name."""
    plain, name = folded(named.id).encode(), named.id.encode()
    return plain + _WHAT + _CODES[named.level] + (b"" if plain == name else name) + _LINE


def found_in(chunk: bytes, part: bytes) -> Iterator[Named]:
    """Yield the names of a chunk that hold a part, which is without case."""
    place = chunk.find(part)
    while place >= 0:
        begin, end = chunk.rfind(_LINE, 0, place) + 1, chunk.find(_LINE, place)
        line = chunk[begin:end]
        if (found := _read(line, part)) is not None:
            yield found
        place = chunk.find(part, end)


def _read(line: bytes, part: bytes) -> Named | None:
    plain, _, what = line.partition(_WHAT)
    if part not in plain:
        return None  # it is a part of the name with its case
    return Named(_LEVELS[what[:1]], (what[1:] or plain).decode())


def searchable(text: str) -> bytes | None:
    """Return what to look for in chunks; None where no name can hold it."""
    return folded(text).encode() if text and name_problem(text) is None else None


def rank(named: Named, part: str) -> tuple[int, int, str, str]:
    """Order what was found: the name itself, then those that begin with the part, then others."""
    name = folded(named.id)
    place = 0 if name == part else 1 if name.startswith(part) else 2
    return place, len(name), named.id, named.level


class KnownDigests:
    """Which entities have a name in the chunks, by the first eight bytes of their digests.

    It takes eight bytes an entity: two entities with the same ones are one in ten million million.
    """

    _MOST_RECENT: Final = 50_000

    def __init__(self, digests: U8) -> None:
        self._sorted = np.sort(digests)
        self._recent: set[int] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._recent)

    def unknown(self, digests: U8) -> list[int]:
        """Return the places of those that are not known yet."""
        places = np.searchsorted(self._sorted, digests)
        inside = places < len(self._sorted)
        known = np.zeros(len(digests), bool)
        known[inside] = self._sorted[places[inside]] == digests[inside]
        return [
            int(place)
            for place in np.flatnonzero(~known)
            if int(digests[place]) not in self._recent
        ]

    def add(self, digest: int) -> None:
        """Know one more."""
        self._recent.add(digest)
        if len(self._recent) > self._MOST_RECENT:
            recent = np.fromiter(self._recent, np.uint64, len(self._recent))
            self._sorted = np.union1d(self._sorted, recent)
            self._recent = set()

    def forget(self, digests: U8) -> None:
        """Know these no longer: who comes again is new."""
        self._sorted = np.setdiff1d(self._sorted, digests)
        self._recent.difference_update(map(int, digests))


def heads(digests: Iterable[bytes]) -> U8:
    """Return the first eight bytes of digests, as numbers."""
    return np.frombuffer(b"".join(digest[:8] for digest in digests), dtype="<u8")
