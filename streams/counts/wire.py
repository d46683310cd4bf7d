"""What the counter writes: records of the topic ``counts``, and commit metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping

import msgspec

from streams.counts.lane import Flush, Mark
from streams.items import Counts, Family, Level, Total

TOTALS_A_RECORD = 4000
"""Keeps a record under about 400 KB."""

NAMES_A_RECORD = 14_000
"""Ids in a record, families' included: under 8 MB if each is as long as may be."""

PARENTS_A_SENDER = 100
"""Of a sender with more in a bucket, the first by level and name."""

Parents = Mapping[tuple[int, str], set[tuple[Level, str]]]
"""What a sender belongs to in a bucket, by bucket and sender."""

_encode = msgspec.json.Encoder().encode
_counts = msgspec.json.Decoder(Counts)


class Unreadable(Exception):
    """A record of ``counts`` or a commit's metadata is not one of this program's."""


def shard_of(level: str, entity_id: str, shards: int) -> int:
    """Shard of an entity: by the hash of its id, the same on every machine.

    Examples
    --------
    >>> shard_of("sender", "106900012345", 1)
    0
    """
    if shards == 1:
        return 0
    digest = hashlib.blake2b(f"{level}/{entity_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards


def records(
    source: str, lane: int, lanes: int, bucket_s: int, flush: Flush, shards: int
) -> Iterator[tuple[int, Counts]]:
    """Split a lane's flush into records, each with its shard.

    Every shard gets the watermark, in its last record: whoever has read that has
    read all before it.
    """
    by_shard: list[list[Total]] = [[] for _ in range(shards)] if shards > 1 else [flush.totals]
    if shards > 1:
        for total in flush.totals:
            by_shard[shard_of(total.level, total.id, shards)].append(total)
    for shard, totals in enumerate(by_shard):
        tallies = flush.tallies if shard == 0 else []
        if not totals and not tallies and flush.watermark is None:
            continue
        chunks = list(_chunks(totals, flush.parents)) or [[]]
        for number, chunk in enumerate(chunks):
            last = number == len(chunks) - 1
            yield (
                shard,
                Counts(
                    source=source,
                    lane=lane,
                    lanes=lanes,
                    bucket_s=bucket_s,
                    totals=chunk,
                    tallies=tallies if last else [],
                    families=families(chunk, flush.parents),
                    watermark=flush.watermark if last else None,
                    idle=last and flush.idle,
                ),
            )


def _chunks(totals: list[Total], parents: Parents) -> Iterator[list[Total]]:
    """Totals by record: neither too many nor of too many names."""
    if not parents:
        for at in range(0, len(totals), TOTALS_A_RECORD):
            yield totals[at : at + TOTALS_A_RECORD]
        return
    chunk: list[Total] = []
    names = 0
    for total in totals:
        of = parents.get((total.bucket, total.id), ()) if total.level == "sender" else ()
        more = 1 + min(len(of), PARENTS_A_SENDER)
        if len(chunk) == TOTALS_A_RECORD or names + more > NAMES_A_RECORD:
            yield chunk
            chunk, names = [], 0
        chunk.append(total)
        names += more
    if chunk:
        yield chunk


def families(totals: list[Total], parents: Parents) -> list[Family]:
    """Who among these totals' senders belongs together.

    Examples
    --------
    >>> mall = {(0, "a"): {("platform", "Mall")}, (0, "b"): {("platform", "Mall")}}
    >>> families([Total(0, "sender", "a", 1), Total(0, "sender", "b", 2)], mall)
    [Family(level='platform', id='Mall', members=[0, 1])]
    """
    if not parents:
        return []
    found: dict[tuple[Level, str], list[int]] = {}
    for place, total in enumerate(totals):
        if total.level == "sender":
            of: Collection[tuple[Level, str]] = parents.get((total.bucket, total.id), ())
            if len(of) > PARENTS_A_SENDER:
                of = sorted(of)[:PARENTS_A_SENDER]
            for parent in of:
                found.setdefault(parent, []).append(place)
    return [Family(level, name, found[level, name]) for level, name in sorted(found)]


def encode_counts(counts: Counts) -> bytes:
    """JSON of a counts record."""
    return _encode(counts)


def decode_counts(value: bytes) -> Counts:
    """Read a counts record.

    Raises
    ------
    Unreadable
        Where it is none.
    """
    try:
        return _counts.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a counts record: {error}") from None


class _Metadata(msgspec.Struct, omit_defaults=True):
    """JSON has no infinity: None stands for it."""

    front: float | None = None
    closed: float | None = None
    published: float | None = None
    idle: list[tuple[int, float | None]] = []
    read: int = 0
    v: int = 1


def encode_mark(mark: Mark) -> str:
    """Metadata of the offset commit: the lane's state at the committed offset."""
    return _encode(
        _Metadata(
            front=mark.front,
            closed=_finite(mark.closed),
            published=_finite(mark.published),
            idle=[(at, _finite(through)) for at, through in mark.idle],
            read=mark.read,
        )
    ).decode()


def decode_mark(offset: int, metadata: str | None) -> Mark:
    """Read a commit back; without metadata it is a plain offset with no state.

    Raises
    ------
    Unreadable
        Where the metadata are not this program's.
    """
    if not metadata:
        return Mark(offset)
    try:
        found = msgspec.json.decode(metadata, type=_Metadata)
    except msgspec.DecodeError as error:
        raise Unreadable(
            f"commit metadata {metadata[:80]!r} is not the counter's: {error}"
        ) from None
    low = float("-inf")
    return Mark(
        offset,
        found.front,
        low if found.closed is None else found.closed,
        low if found.published is None else found.published,
        tuple((at, low if through is None else through) for at, through in found.idle),
        found.read,
    )


def _finite(value: float) -> float | None:
    return None if value == float("-inf") else value
