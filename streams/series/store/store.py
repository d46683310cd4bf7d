"""The store: takes records of ``series`` and what was published, and gives an entity's rows.

Rows come with their names, in small pieces: nothing else in the process runs while the database
takes one. How far the topics have been read comes with the last piece. So whatever ends the
process, all that was read up to the stored positions is there; what is read again replaces itself.
"""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from rocksdict import WriteBatch

from streams.items import Level
from streams.series.record import BucketSeries, SeriesBlock
from streams.series.store.database import DEFAULT, DamagedStore, Database
from streams.series.store.name_chunks import Named
from streams.series.store.names import MOST_NAMES, Matches, Names
from streams.series.store.rows import (
    ALERT,
    ROW,
    STREAM_BYTES,
    Digests,
    StoredRow,
    after_digest,
    alert_key,
    next_prefix,
    packed,
    packed_whole,
    time_key,
    unpacked,
)
from streams.series.store.segments import (
    PIECES,
    Segment,
    between,
    outdated,
    segment_of_family,
    too_many,
    wanted,
)

FORM: Final = 1
"""Of what is in the files. A store of another form is read again from the topics."""

_SECRET, _FORM, _WORDS = b"secret", b"form", b"words"
_POSITION, _NEWEST, _ORIGIN = b"p|", b"n|", b"o|"
_NUMBER = struct.Struct(">q")
_PIECE: Final = 2_000
"""Rows that are written at once, in some hundredths of a second."""

_TRIM_EVERY: Final = 16
"""After so many batches is looked how large the segments are."""


class StoredRevision(NamedTuple):
    """A revision of an alert, as it is kept: who it is about, when it was, and its bytes."""

    group: str
    level: str
    id: str
    time_s: float
    alert_id: str
    revision: int
    event: str
    raw: bytes


Place = tuple[str, int]
"""A topic, and the number of a partition."""


class SeriesStore:
    """An open store.

    Parameters
    ----------
    folder
        Where it is.
    keep_s, most_bytes
        How long rows are kept, and how many bytes they may have, about.
    most_names
        How many names are held.

    Raises
    ------
    StoreError
        Where it cannot be opened.
    """

    def __init__(
        self, folder: Path, *, keep_s: float, most_bytes: int, most_names: int = MOST_NAMES
    ) -> None:
        self._database = Database(folder)
        self._keep_s, self._most = keep_s, most_bytes
        self._batches = 0
        try:
            self._load(folder, most_names)
        except (ValueError, struct.error, msgspec.MsgspecError) as error:
            self._database.close()
            raise DamagedStore(f"{folder}: must hold what can be read; {error}") from None
        except BaseException:
            self._database.close()
            raise

    def _load(self, folder: Path, most_names: int) -> None:
        database = self._database
        form = database.get(DEFAULT, _FORM)
        if form is not None and _NUMBER.unpack(form)[0] != FORM:
            raise DamagedStore(f"{folder}: must be of form {FORM}")
        batch = WriteBatch(raw_mode=True)
        batch.put(_FORM, _NUMBER.pack(FORM))
        secret = database.get(DEFAULT, _SECRET) or os.urandom(32)
        batch.put(_SECRET, secret)
        database.write(batch)
        self._digests = Digests(secret)
        self._words: list[str] = msgspec.msgpack.decode(database.get(DEFAULT, _WORDS) or b"\x90")
        found = [segment_of_family(part) for part in database.parts]
        self._segments = sorted(one for one in found if one is not None)
        self._newest = {
            key[len(_NEWEST) :].decode(): int(_NUMBER.unpack(value)[0])
            for key, value in database.with_prefix(DEFAULT, _NEWEST)
        }
        self.names = Names(database, self._digests, most_names)

    @property
    def damage(self) -> str | None:
        """What showed, at any call, that its files are damaged; None where nothing did."""
        return self._database.damage

    def position(self, place: Place) -> int | None:
        """Return the offset from which a partition is to be read; None where it never was."""
        found = self._database.get(DEFAULT, _position_key(place))
        return None if found is None else int(_NUMBER.unpack(found)[0])

    def origin(self, topic: str) -> bytes | None:
        """Return what was said of a topic whose records are here; None where there are none."""
        return self._database.get(DEFAULT, _ORIGIN + topic.encode())

    def set_origin(self, topic: str, said: bytes) -> None:
        """Say which topic it is whose records are here."""
        batch = WriteBatch(raw_mode=True)
        batch.put(_ORIGIN + topic.encode(), said)
        self._database.write(batch)

    def write(
        self,
        buckets: Iterable[BucketSeries],
        alerts: Iterable[StoredRevision],
        positions: Mapping[Place, int],
    ) -> None:
        """Write what was read, and then how far that is.

        Parameters
        ----------
        buckets, alerts
            What was read. What is written again replaces what was there.
        positions
            The offset after the last record of each partition.

        Raises
        ------
        StoreError
            Where it cannot be written: then the store must be opened anew.
        """
        batch, held = WriteBatch(raw_mode=True), 0
        self.names.drop_oldest(batch)
        for bucket in buckets:
            for block in bucket.blocks:
                for begin in range(0, len(block), _PIECE):
                    part = block.part(slice(begin, begin + _PIECE))
                    if held + len(part) > _PIECE:
                        self._database.write(batch)
                        batch, held = WriteBatch(raw_mode=True), 0
                    self._add_block(batch, bucket, part)
                    held += len(part)
            self._add_whole(batch, bucket)
        for alert in alerts:
            self._add_alert(batch, alert)
        for place, offset in positions.items():
            batch.put(_position_key(place), _NUMBER.pack(offset))
        self._database.write(batch)
        self._batches += 1
        if self._batches % _TRIM_EVERY == 1:
            self._trim()

    def _add_block(self, batch: WriteBatch, bucket: BucketSeries, block: SeriesBlock) -> None:
        part = self._database.handle(self._part(batch, bucket.group, bucket.start, bucket.end))
        digests = self._digests.of_ids(block.level, block.ids)
        self.names.add(batch, block.level, block.ids, digests)
        numbers = [self._word(batch, name) for name in block.detectors]
        end = after_digest(self._word(batch, block.signal), bucket.shard, bucket.start)
        values = packed(block, numbers, bucket.end - bucket.start)
        for digest, value in zip(digests, values, strict=True):
            batch.put(ROW + digest + end, value, part)

    def _add_whole(self, batch: WriteBatch, bucket: BucketSeries) -> None:
        part = self._database.handle(self._part(batch, bucket.group, bucket.start, bucket.end))
        for row in bucket.full:
            digest = self._digests.of_one(row.level, row.id)
            self.names.add(batch, row.level, [row.id], [digest])
            end = after_digest(self._word(batch, row.signal), bucket.shard, bucket.start)
            batch.put(ROW + digest + end, packed_whole(row.entity), part)

    def _add_alert(self, batch: WriteBatch, alert: StoredRevision) -> None:
        at = int(alert.time_s)
        part = self._database.handle(self._part(batch, alert.group, at, at))
        digest = self._digests.of_one(alert.level, alert.id)
        if alert.level != "source":
            self.names.add(batch, alert.level, [alert.id], [digest])
        key = alert_key(digest, alert.time_s, alert.alert_id, alert.revision, alert.event)
        batch.put(key, alert.raw, part)

    def _part(self, batch: WriteBatch, group: str, start: int, end: int) -> str:
        """Return the column family of a bucket, made where there is none."""
        of_group = self._of_group(group)
        segment = wanted(of_group, group, start, self._keep_s)
        if segment not in of_group:
            self._begin(segment)
        if end > self._newest.get(group, end - 1):
            self._newest[group] = end
            batch.put(_NEWEST + group.encode(), _NUMBER.pack(end))
        return segment.family

    def _begin(self, segment: Segment) -> None:
        self._database.make(segment.family)
        self._segments = sorted({*self._segments, segment})

    def _of_group(self, group: str) -> list[Segment]:
        return [segment for segment in self._segments if segment.group == group]

    def _word(self, batch: WriteBatch, word: str) -> int:
        """Return the number of a signal or a detector."""
        if word not in self._words:
            self._words = [*self._words, word]
            batch.put(_WORDS, msgspec.msgpack.encode(self._words))
        return self._words.index(word)

    def _trim(self) -> None:
        """Drop what is old, or beyond the bytes; begin a segment where one has become large."""
        for segment in outdated(self._segments, self._newest, self._keep_s):
            self._drop(segment)
        sizes = {segment: self._database.size(segment.family) for segment in self._segments}
        for group in sorted({segment.group for segment in self._segments}):
            last, newest = self._of_group(group)[-1], self._newest.get(group)
            if sizes[last] > self._most / PIECES and newest is not None and newest > last.first:
                self._begin(Segment(group, newest))
        for segment in too_many(sizes, self._newest, self._most):
            self._drop(segment)

    def _drop(self, segment: Segment) -> None:
        self._segments = [one for one in self._segments if one != segment]
        self._database.drop(segment.family)

    @property
    def groups(self) -> list[str]:
        """The groups that it has rows or alerts of."""
        return sorted({segment.group for segment in self._segments})

    @property
    def newest(self) -> Mapping[str, int]:
        """End of the newest bucket of each group, epoch s."""
        return dict(self._newest)

    @property
    def size_bytes(self) -> int:
        """How many bytes its rows have, about."""
        return sum(self._database.size(segment.family) for segment in self._segments)

    def rows(
        self, group: str, level: Level, entity: str, from_s: float, to_s: float, most: int
    ) -> list[StoredRow]:
        """Read an entity's rows of a group: the last ones of each signal and shard, in their order.

        Parameters
        ----------
        group, level, entity
            Whose rows.
        from_s, to_s
            Only buckets that begin in this span, epoch s.
        most
            How many there are at most, of each signal and shard.
        """
        prefix = ROW + self._digests.of_one(level, entity)
        found: dict[bytes, list[tuple[bytes, bytes]]] = {}
        within = between(self._of_group(group), from_s, to_s)
        for segment in reversed(within):
            for stream in self._streams(segment, prefix):
                pairs = found.setdefault(stream, [])
                scan = self._database.scan(
                    segment.family,
                    prefix + stream + time_key(from_s),
                    prefix + stream + time_key(to_s),
                    newest_first=True,
                )
                pairs += itertools.islice(scan, most - len(pairs))
        pairs = [pair for stream in sorted(found) for pair in reversed(found[stream])]
        return list(unpacked(pairs, self._words))

    def _streams(self, segment: Segment, prefix: bytes) -> Iterator[bytes]:
        """Yield what follows an entity's digest in its keys: signals and shards."""
        begin, end = prefix, next_prefix(prefix)
        while (key := self._database.first(segment.family, begin, end)) is not None:
            stream = key[len(prefix) : len(prefix) + STREAM_BYTES]
            yield stream
            begin = next_prefix(prefix + stream)

    def alerts(self, group: str, level: str, entity: str, most: int) -> list[bytes]:
        """Return the last revisions of an entity's alerts of a group, in the order of time."""
        prefix = ALERT + self._digests.of_one(level, entity)
        newest_first = (
            raw
            for segment in reversed(self._of_group(group))
            for _, raw in self._database.scan(
                segment.family, prefix, next_prefix(prefix), newest_first=True
            )
        )
        return list(itertools.islice(newest_first, most))[::-1]

    def search(self, part: str, limit: int, level: Level | None = None) -> Matches:
        """Find names that hold a part: see `Names.search`."""
        return self.names.search(part, limit, level)

    def knows(self, level: Level, entity: str) -> bool:
        """Whether an entity has been seen."""
        return self.names.holds(Named(level, entity))

    def close(self) -> None:
        """Close it."""
        self._database.close()


def _position_key(place: Place) -> bytes:
    topic, partition = place
    return _POSITION + f"{topic}|{partition}".encode()
