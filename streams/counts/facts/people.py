"""Who is met how often matters not, only how many: sketches of a bucket's people by sender.

Events are noted as they come, which costs next to nothing, and looked at many at once.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Generic, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from streams.counts.facts.hashes import Hashes, NameHashes, hashes_of
from streams.facts.record import HASH_BYTES, LEAST_K, K

NOTED, WAITING = 16_384, 262_144
"""How many events wait as they came, and how many hashes wait to be sorted: 16 bytes each."""

OWNERS_AT_ONCE = 1 << 64 - 8 * HASH_BYTES

HASHES_A_SENDER = 8
"""Hashes that a bucket keeps at most on average, for each sender that it may admit."""

_OF_HASH = np.uint64((1 << 8 * HASH_BYTES) - 1)

Key = TypeVar("Key", bound=Hashable)
Numbers = npt.NDArray[np.int64]


class Packed(NamedTuple):
    """Sketches of entities: `packed` hashes by name, `k` at most each."""

    k: int
    packed: dict[str, bytes]


def smallest(owners: Numbers, hashes: Hashes, k: int) -> tuple[Numbers, Hashes]:
    """Return the `k` smallest different hashes of each owner, by owner and in ascending order.

    Examples
    --------
    >>> owners, hashes = np.array([1, 0, 1, 1, 1]), np.array([5, 9, 3, 5, 4], dtype=np.uint64)
    >>> [of.tolist() for of in smallest(owners, hashes, 2)]
    [[0, 1, 1], [9, 3, 4]]
    """
    blocks = range(0, int(owners.max(initial=-1)) + 1, OWNERS_AT_ONCE)
    if len(blocks) == 1:
        return _smallest(owners, hashes, k)
    found = []
    for begin in blocks:
        own = (owners >= begin) & (owners < begin + OWNERS_AT_ONCE)
        of_block, those = _smallest(owners[own] - begin, hashes[own], k)
        found.append((of_block + begin, those))
    found = found or [(owners, hashes)]
    return np.concatenate([each for each, _ in found]), np.concatenate([each for _, each in found])


def _smallest(owners: Numbers, hashes: Hashes, k: int) -> tuple[Numbers, Hashes]:
    # Owner and hash in one number: to sort by both is five times as slow.
    both = owners.astype(np.uint64) << np.uint64(8 * HASH_BYTES) | hashes
    both.sort()
    new = np.ones(len(both), dtype=bool)
    np.not_equal(both[1:], both[:-1], out=new[1:])
    both = both[new]
    owners = (both >> np.uint64(8 * HASH_BYTES)).astype(np.int64)
    sizes = np.bincount(owners)
    rank = np.arange(len(both)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    few = rank < k
    return owners[few], both[few] & _OF_HASH


class People(Generic[Key]):
    """The sketch of each sender's people in a bucket.

    If all have so many that there is no room, `k` is halved until there is. That depends on the set
    of what was noted alone, not on when: the number of hashes kept for a `k` only grows.

    Parameters
    ----------
    room
        How many senders there may be: it keeps `HASHES_A_SENDER` times as many hashes.
    names
        Hashes of names.

    Examples
    --------
    >>> people = People(10, NameHashes())
    >>> people.note("a", "00000000000000ff")
    >>> people.note_all(["a", "b", "b"], ["00000000000000ff", "00000000000000aa", None])
    >>> found = people.by_name({"a": "Mall", "b": "Mall"})
    >>> found.k, len(found.packed["Mall"])
    (128, 12)
    """

    def __init__(self, room: int, names: NameHashes) -> None:
        self._names = names
        self._most = HASHES_A_SENDER * room
        self.k = K
        self._keys: list[Key] = []
        self._texts: list[str | None] = []
        self._numbers: dict[Key, int] = {}
        self._new: list[tuple[Numbers, Hashes]] = []
        self._waiting = 0
        self._owners = np.zeros(0, dtype=np.int64)
        self._hashes = np.zeros(0, dtype=np.uint64)

    def note(self, key: Key, text: str | None) -> None:
        """Note whom an event is about, and the hash or the name of a person."""
        self._keys.append(key)
        self._texts.append(text)

    def note_all(self, keys: Sequence[Key], texts: Sequence[str | None]) -> None:
        """Note many, as `note` does one by one."""
        self._keys += keys
        self._texts += texts

    def settle(self, admitted: Container[Key] | None = None, *, last: bool = False) -> None:
        """Look at what was noted, once that is enough.

        Parameters
        ----------
        admitted
            Senders that the bucket has room for: of others nothing is kept. None are all.
        last
            Whether to look at it in any case.
        """
        if not self._keys or not (last or len(self._keys) >= NOTED):
            if last:
                self._trim()
            return
        numbers = self._numbers
        if None in self._texts:
            known = [text is not None for text in self._texts]
            self._keys = list(compress(self._keys, known))
            self._texts = list(compress(self._texts, known))
        found = list(map(numbers.get, self._keys))
        if None in found:
            for key in self._keys:
                if key not in numbers and (admitted is None or key in admitted):
                    numbers[key] = len(numbers)
            found = [numbers.get(key, -1) for key in self._keys]
        owners = np.array(found, dtype=np.int64)
        hashes = hashes_of(cast("list[str]", self._texts), self._names)
        self._keys, self._texts = [], []
        own = owners >= 0  # of others there is nothing in this bucket
        if not own.all():
            owners, hashes = owners[own], hashes[own]
        self._new.append((owners, hashes))
        self._waiting += len(owners)
        if last or self._waiting >= max(WAITING, len(self._owners)):
            self._trim()

    def _trim(self) -> None:
        if not self._new:
            return
        owners, hashes = zip((self._owners, self._hashes), *self._new, strict=True)
        self._new, self._waiting = [], 0
        self._owners, self._hashes = smallest(
            np.concatenate(owners), np.concatenate(hashes), self.k
        )
        while len(self._owners) > self._most and self.k > LEAST_K:
            self.k //= 2
            self._owners, self._hashes = smallest(self._owners, self._hashes, self.k)

    def by_name(self, names: Mapping[Key, str | None]) -> Packed:
        """Return the sketches of wider entities; `names` says which one each sender belongs to.

        Call `settle` with ``last`` before.
        """
        self.settle(last=True)
        found_names = [names.get(key) for key in self._numbers]
        wider = {name: at for at, name in enumerate(dict.fromkeys(filter(None, found_names)))}
        of_key = np.array([wider.get(name or "", -1) for name in found_names], dtype=np.int64)
        owners = of_key[self._owners] if len(of_key) else self._owners
        named = owners >= 0
        owners, hashes = smallest(owners[named], self._hashes[named], self.k)
        ends = np.cumsum(np.bincount(owners, minlength=len(wider))) * HASH_BYTES
        packed = _bytes_of(hashes)
        begin = 0
        found: dict[str, bytes] = {}
        for name, end in zip(wider, ends.tolist(), strict=True):
            found[name] = packed[begin:end]
            begin = end
        return Packed(self.k, found)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._numbers)


def _bytes_of(hashes: Hashes) -> bytes:
    wide = hashes.astype(">u8").view(np.uint8).reshape(-1, 8)
    return wide[:, 8 - HASH_BYTES :].tobytes()
