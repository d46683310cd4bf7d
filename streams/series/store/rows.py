"""Keys and values of the store: one row an entity, signal and bucket. Pure.

Rows of one entity stand beside each other, in the order of time. A key begins with the entity's
digest, so that whoever chooses names cannot choose where rows stand: the digest has a secret key.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec
import numpy as np

from streams.detection.signals import Signal
from streams.items import LEVELS
from streams.series.record import COLUMNS, SeriesBlock
from streams.series.watched import WatchedEntity

DIGEST_BYTES: Final = 16
ROW, ALERT = b"r", b"a"
"""First bytes of keys: of the rows, and of what was published about alerts."""

_COMPACT, _WHOLE = b"\x00", b"\x01"
_EPOCH: Final = 2**40
"""Added to times, so that those before 1970 stand before the others."""

_VALUE: Final = np.dtype(
    [
        ("form", "u1"),
        *((name, kind) for name, kind in COLUMNS.items()),
        ("factor", "<f4"),
        ("span", "<u4"),
    ]
)
_AFTER_DIGEST = struct.Struct(">BHQ")
STREAM_BYTES: Final = 3
"""Bytes after the digest that say the signal and the shard; those after them say the time."""

_whole = msgspec.msgpack.Decoder(WatchedEntity)


class Digests:
    """Digests of entities, by a key that only this store knows.

    Parameters
    ----------
    secret
        The key.
    """

    def __init__(self, secret: bytes) -> None:
        self._levels = {
            level: hashlib.blake2b(digest_size=DIGEST_BYTES, key=secret, person=level.encode()[:16])
            for level in (*LEVELS, "source")
        }

    def of_ids(self, level: str, ids: Iterable[str]) -> list[bytes]:
        """Return the digest of each id of a level."""
        empty, out = self._levels[level], []
        for entity in ids:
            found = empty.copy()
            found.update(entity.encode("utf-8", "surrogatepass"))
            out.append(found.digest())
        return out

    def of_one(self, level: str, entity: str) -> bytes:
        """Return the digest of one entity."""
        return self.of_ids(level, (entity,))[0]


class StoredRow(NamedTuple):
    """A row as it was read."""

    signal: Signal
    shard: int
    entity: WatchedEntity


def after_digest(signal: int, shard: int, start: int) -> bytes:
    """Return the end of a row's key, after `ROW` and the digest; a signal has a number here."""
    return _AFTER_DIGEST.pack(signal, shard, start + _EPOCH)


def packed(block: SeriesBlock, detectors: Sequence[int], span_s: int) -> list[bytes]:
    """Write the rows of a block as values.

    Parameters
    ----------
    block
        The block.
    detectors
        The store's number of each of the block's detectors.
    span_s
        How long the bucket is.
    """
    rows = np.zeros(len(block), _VALUE)
    for name in COLUMNS:
        rows[name] = getattr(block, name)
    if len(block):
        rows["detector"] = np.asarray(detectors, np.uint8)[block.detector]
    rows["factor"], rows["span"] = block.factor, span_s
    raw, size = rows.tobytes(), _VALUE.itemsize
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def packed_whole(entity: WatchedEntity) -> bytes:
    """Write all figures of an entity as a value."""
    return _WHOLE + msgspec.msgpack.encode(entity)


def unpacked(pairs: Iterable[tuple[bytes, bytes]], words: Sequence[str]) -> Iterator[StoredRow]:
    """Read rows.

    Parameters
    ----------
    pairs
        Their keys and values.
    words
        The store's signals and detectors, by number.
    """
    for key, value in pairs:
        code, shard, moved = _AFTER_DIGEST.unpack_from(key, 1 + DIGEST_BYTES)
        signal, start = cast("Signal", words[code]), moved - _EPOCH
        if value[:1] == _COMPACT:
            yield StoredRow(signal, shard, _compact(value, signal, start, words))
        else:
            yield StoredRow(signal, shard, _whole.decode(value[1:]))


def _compact(value: bytes, signal: Signal, start: int, words: Sequence[str]) -> WatchedEntity:
    row = np.frombuffer(value, _VALUE)
    columns: dict[str, Any] = {name: row[name] for name in COLUMNS}
    columns["detector"] = np.zeros(1, np.uint8)
    name = words[int(row["detector"][0])]
    factor = float(row["factor"][0])
    block = SeriesBlock(
        level="all",
        signal=signal,
        factor=factor if math.isfinite(factor) else 1.0,
        ids=[""],
        detectors=[name],
        **columns,
    )
    return block.watched(0, start, start + int(row["span"][0]))


def time_key(time_s: float) -> bytes:
    """Return the end of the keys that stand for a time."""
    return struct.pack(">Q", int(min(max(time_s, 1 - _EPOCH), _EPOCH)) + _EPOCH)


def alert_key(digest: bytes, time_s: float, alert_id: str, revision: int, event: str) -> bytes:
    """Return the key of a revision: those of an entity stand in the order of time."""
    return ALERT + digest + time_key(time_s) + f"{alert_id}/{revision:09}/{event}".encode()


def next_prefix(prefix: bytes) -> bytes:
    """Return the first key that comes after all those with a prefix."""
    number = int.from_bytes(prefix, "big") + 1
    return number.to_bytes(len(prefix), "big")
