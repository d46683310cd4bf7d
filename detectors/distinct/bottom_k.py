"""How many different things there were: a sketch of the smallest of their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

K = 128
"""Hashes that a sketch keeps at most: the standard error of an estimate is about 9 %."""

HASH_BYTES = 6
HASHES = 1 << 8 * HASH_BYTES
"""A hash is a number below this. Among the 127 of an exact sketch two are alike once in 3e10."""


class Estimate(NamedTuple):
    """How many different things there were.

    Attributes
    ----------
    value
        Their number.
    exact
        Whether it is exact.
    relative_error
        The standard error, as a part of the number; 0 where it is exact.
    """

    value: int
    exact: bool
    relative_error: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """The `k` smallest of the hashes of a set: its size is exact below `k`, and estimated above.

    A sketch is a function of the set alone, whatever the order and the repeats, and the sketch of
    a union is the union's sketch. So it only grows, and may be written twice. The hashes must be
    those of a function whose values are uniform below `HASHES`.

    Attributes
    ----------
    packed
        The hashes in ascending order, `HASH_BYTES` each, the highest byte first.
    k
        How many it keeps at most.

    References
    ----------
    Z. Bar-Yossef et al.: Counting distinct elements in a data stream. RANDOM 2002.
    K. Beyer et al.: On synopses for distinct-value estimation under multiset operations. SIGMOD
    2007: the estimate (k - 1) / (the k-th smallest, as a part of all); its error 1 / sqrt(k - 2).

    Examples
    --------
    >>> few = Sketch.from_hashes([7, 3, 7])
    >>> few.count(), few.hashes
    (Estimate(value=2, exact=True, relative_error=0.0), (3, 7))
    >>> few.union(Sketch.from_hashes([3, 9])).hashes
    (3, 7, 9)
    """

    packed: bytes = b""
    k: int = K

    @classmethod
    def from_hashes(cls, hashes: Iterable[int], k: int = K) -> Sketch:
        """Make the sketch of a set of hashes."""
        smallest = sorted(set(hashes))[:k]
        return cls(b"".join(each.to_bytes(HASH_BYTES, "big") for each in smallest), k)

    @classmethod
    def unpack(cls, packed: bytes, k: int = K) -> Sketch:
        """Read what `pack` has returned.

        Raises
        ------
        ValueError
            Where these bytes are no sketch.
        """
        if not 3 <= k <= K:
            raise ValueError(f"k must be from 3 to {K}; found {k}")
        if len(packed) % HASH_BYTES or len(packed) > k * HASH_BYTES:
            raise ValueError(
                f"must be at most {k} hashes of {HASH_BYTES} bytes; found {len(packed)} bytes"
            )
        sketch = cls(packed, k)
        if any(one >= next_one for one, next_one in pairwise(sketch._pieces())):
            raise ValueError("hashes must be different and in ascending order")
        return sketch

    def pack(self) -> bytes:
        """Return its hashes as bytes; `k` is not in them."""
        return self.packed

    def union(self, *others: Sketch) -> Sketch:
        """Return the sketch of what is in any of these; its `k` is the smallest of theirs."""
        if all(other.packed == self.packed and other.k == self.k for other in others):
            return self
        k = min(self.k, *(other.k for other in others))
        pieces = {piece for sketch in (self, *others) for piece in sketch._pieces()}
        return Sketch(b"".join(sorted(pieces)[:k]), k)

    def count(self) -> Estimate:
        """Say how many different things there were."""
        found = len(self)
        if found < self.k:
            return Estimate(found, exact=True, relative_error=0.0)
        largest = int.from_bytes(self.packed[-HASH_BYTES:], "big")
        value = ((self.k - 1) * HASHES) // max(largest, 1)
        return Estimate(value, exact=False, relative_error=1 / sqrt(self.k - 2))

    @property
    def hashes(self) -> tuple[int, ...]:
        """The hashes that it keeps, in ascending order."""
        return tuple(int.from_bytes(piece, "big") for piece in self._pieces())

    def shared(self, other: Sketch) -> int:
        """How many of the hashes that it keeps another one keeps too."""
        return len(set(self._pieces()) & set(other._pieces()))

    def __len__(self) -> int:
        return len(self.packed) // HASH_BYTES

    def _pieces(self) -> Iterator[bytes]:
        packed = self.packed
        return (packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES))
