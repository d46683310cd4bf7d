"""Hashes for sketches: of people, who come as keyed hashes, and of names.

An adversary who could choose hashes could make few look like a million, or a million like few.
Hashes of people are keyed by the operator's secret: nobody else can tell which are small. They are
mixed here only so that any form of them is spread evenly. Names are hashed by a public key, since
every lane must hash alike: so whoever tries a million names finds one whose hash is small. What
that can do is bounded: below `K` different ones a sketch counts each, whatever its hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from streams.facts.record import HASH_BYTES
from streams.sources.event_facts import NAMED

Hashes = npt.NDArray[np.uint64]

NAMES_CACHED = 200_000

_DIGITS = 16  # of a person's hash: 64 bits
_PUBLIC_KEY = b"weathervane: names of a sketch"
_SHIFT = np.uint64(64 - 8 * HASH_BYTES)


def mixed(hashes: Hashes) -> Hashes:
    """Spread 64-bit numbers evenly: the finalizer of SplitMix64 (Steele, Lea, Flood 2014).

    It is a permutation: different people stay different up to the hash's 48 bits.

    Examples
    --------
    >>> mixed(np.array([0, 1], dtype=np.uint64)).tolist()
    [248629889170205, 159472906176770]
    """
    out = hashes + np.uint64(0x9E37_79B9_7F4A_7C15)
    out = (out ^ (out >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    out = (out ^ (out >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return (out ^ (out >> np.uint64(31))) >> _SHIFT


class NameHashes(dict[str, int]):
    """Hashes of names, each computed once.

    Examples
    --------
    >>> hashes = NameHashes()
    >>> hashes["Mall"] == NameHashes()["Mall"] < 2**48
    True
    """

    def __missing__(self, name: str) -> int:
        if len(self) >= NAMES_CACHED:
            self.clear()
        digest = blake2b(name.encode(), digest_size=HASH_BYTES, key=_PUBLIC_KEY).digest()
        found = self[name] = int.from_bytes(digest, "big")
        return found


def hashes_of(texts: Sequence[str], names: NameHashes) -> Hashes:
    r"""Return the hashes of people, or of what is known by a name after `NAMED`.

    Examples
    --------
    >>> names = NameHashes()
    >>> hashes_of(["00000000000000FF", "00000000000000ff" * 2, "\0call 7"], names).tolist()
    [56677738038824, 56677738038824, 163201619158688]
    """
    try:
        digits = bytes.fromhex("".join([text[:_DIGITS] for text in texts]))
    except ValueError:  # some are known by names
        return np.concatenate([_hash(text, names) for text in texts])
    return mixed(np.frombuffer(digits, dtype=">u8").astype(np.uint64))


def _hash(text: str, names: NameHashes) -> Hashes:
    if text.startswith(NAMED):
        return np.array([names[text]], dtype=np.uint64)
    return mixed(np.array([int(text[:_DIGITS], 16)], dtype=np.uint64))
