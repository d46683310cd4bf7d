"""A shard: a complete monitor of some of the entities, and its checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from streams.alerts.rendering import Published
from streams.config.model import Config
from streams.detection.bucket_result import OnClose, untold
from streams.detection.close import Group
from streams.detection.merge import ClosedBucket
from streams.detection.watched_entity import Watcher, unwatched
from streams.items import Counts

ROWS_A_SLOT = 1024
"""Entities packed into one slot of the state table: at most 200 KB."""


class StateLost(Exception):
    """A checkpoint names slots that are not there: detect must stop, not guess."""


class Shard:
    """Judges the entities of one partition of ``counts``.

    Parameters
    ----------
    number
        The partition.
    config
        The configuration.
    watcher
        Whom each stream is to tell of, if anybody.
    on_close
        Is told of every closed bucket.

    Attributes
    ----------
    position
        Next counts offset to be read.
    reached
        Counts offset through which the state is complete. After a restart `position` lies
        before it: totals of buckets that were open are read again, which changes nothing.
    """

    def __init__(
        self,
        number: int,
        config: Config,
        watcher: Watcher = unwatched,
        on_close: OnClose = untold,
    ) -> None:
        self.number = number
        self.groups = {
            name: Group(name, sources, config, number, watcher, on_close)
            for name, sources in config.groups.items()
        }
        self._group_of = {
            source.name: name for name, sources in config.groups.items() for source in sources
        }
        self.position = 0
        self.reached = 0
        self.unknown_sources: set[str] = set()
        self._stored: dict[int, set[bytes]] = {}

    def take(self, offset: int, counts: Counts, written_s: float | None = None) -> list[Published]:
        """Take a counts record; return the alerts it leads to, in order of publication.

        Records before `position` may come again after a restart; they change nothing.
        A source that the configuration does not name is passed over, and remembered.
        """
        self.skip(offset)
        name = self._group_of.get(counts.source)
        if name is None:
            self.unknown_sources.add(counts.source)
            return []
        return self.groups[name].take(offset, counts, written_s)

    def judge(self, group: str, bucket: ClosedBucket) -> list[Published]:
        """Judge a bucket that has been closed elsewhere, as a recording of it is."""
        return self.groups[group].judge(bucket)

    def skip(self, offset: int) -> None:
        """Pass over a counts record."""
        self.position = max(self.position, offset + 1)
        self.reached = max(self.reached, self.position)

    @property
    def buckets_closed(self) -> int:
        """Buckets closed since the shard was made, over all groups."""
        return sum(group.buckets_closed for group in self.groups.values())

    @property
    def first_needed(self) -> int:
        """Counts offset from which a restart must read, given the present state."""
        return min(group.first_needed(self.position) for group in self.groups.values())

    def checkpoint(self) -> Iterator[tuple[bytes, bytes]]:
        """Slots of the present state: ``(key, value)``, the head last.

        Keys hold `reached`, and a state is the same in every bit wherever the same records
        led to it: two workers that both hold the shard, one of them unknowingly, write the
        same values to the same keys, or to different ones, and spoil nothing of each other.
        The head must be written only when all others are known to have arrived. Slots are
        packed as they are asked for: nothing may be taken in until the last one has been.
        """
        for key, value in self._packed():
            self._stored.setdefault(self.reached, set()).add(key)
            yield key, value

    def _packed(self) -> Iterator[tuple[bytes, bytes]]:
        sizes: dict[str, int] = {}
        for name, group in self.groups.items():
            for (signal, level), stream in group.all_streams.items():
                shared, number_of, pieces = stream.pack(ROWS_A_SLOT)
                stem = f"{name}/{level}/{signal}"
                sizes[stem] = number_of
                yield self._slot(self.reached, stem, "shared"), shared
                for number, piece in enumerate(pieces):
                    yield self._slot(self.reached, stem, str(number)), piece
        head = _Head(
            reached=self.reached,
            first_needed=self.first_needed,
            groups={name: group.pack() for name, group in self.groups.items()},
            sizes=sizes,
        )
        yield self._head(self.reached), msgspec.msgpack.encode(head)

    def outdated(self) -> Iterator[list[bytes]]:
        """Keys of older checkpoints, to be deleted now that the last one is complete.

        Yields
        ------
        list
            Keys to be deleted before the next: a head goes before what it names.
        """
        for reached in sorted(self._stored):
            if reached < self.reached:
                keys = self._stored.pop(reached)
                head = self._head(reached)
                yield [head]
                yield sorted(keys - {head})

    def restore(self, slots: Mapping[bytes, bytes]) -> bool:
        """Take the farthest complete checkpoint, if there is one.

        Raises
        ------
        StateLost
            Where the head names a slot that is missing, or another version wrote it.
        """
        for key in slots.keys():  # noqa: SIM118 (RocksDB's are met by name, not by iteration)
            number, *rest = key.split(b"/", 2)
            if number == str(self.number).encode() and len(rest) == 2 and rest[0].isdigit():
                self._stored.setdefault(int(rest[0]), set()).add(key)
        heads = [at for at, keys in self._stored.items() if self._head(at) in keys]
        packed = slots.get(self._head(max(heads))) if heads else None
        if packed is None:
            self._check_none(slots)
            return False
        try:
            self._unpack(slots, msgspec.msgpack.decode(packed, type=_Head))
        except (msgspec.DecodeError, ValueError, TypeError, KeyError) as error:
            raise StateLost(
                f"shard {self.number}: the checkpoint at counts offset {max(heads)} must be one"
                f" that this version can read; it was written by another ({error}). Go on with"
                " that version, or reset detect: operations/README.md says how"
            ) from None
        return True

    def _check_none(self, slots: Mapping[bytes, bytes]) -> None:
        # Where the head once stood; to begin anew beside it would be to forget silently.
        if slots.get(f"{self.number}/head".encode()) is not None:
            raise StateLost(
                f"shard {self.number}: the checkpoint must be one that this version can read; it"
                " was written by an earlier one. Go on with that version, or reset detect:"
                " operations/README.md says how"
            )

    def _unpack(self, slots: Mapping[bytes, bytes], head: _Head) -> None:
        self.reached = head.reached
        # What lies between is read again: totals of buckets that were open.
        self.position = head.first_needed
        for name, group in self.groups.items():
            if name not in head.groups:
                continue
            group.unpack(head.groups[name])
            for (signal, level), stream in group.all_streams.items():
                stem = f"{name}/{level}/{signal}"
                if stem in head.sizes:
                    names = ["shared", *(str(n) for n in range(head.sizes[stem]))]
                    keys = [self._slot(head.reached, stem, name) for name in names]
                    shared, *pieces = keys
                    stream.unpack(
                        self._found(slots, shared, stem, keys),
                        (self._found(slots, key, stem, keys) for key in pieces),
                    )

    def _found(
        self, slots: Mapping[bytes, bytes], key: bytes, stem: str, keys: list[bytes]
    ) -> bytes:
        value = slots.get(key)
        if value is None:
            there = sum(slots.get(one) is not None for one in keys)
            reached = int(key.split(b"/")[1])
            raise StateLost(
                f"shard {self.number}: the checkpoint at counts offset {reached}"
                f" must have {len(keys)} slots of {stem}; found {there}. Delete the state directory"
                " to rebuild it from the changelog; if that does not help, the changelog topic has"
                " lost data"
            )
        return value

    def _head(self, reached: int) -> bytes:
        return f"{self.number}/{reached}/head".encode()

    def _slot(self, reached: int, stem: str, name: str) -> bytes:
        return f"{self.number}/{reached}/{stem}/{name}".encode()


class _Head(msgspec.Struct):
    reached: int
    first_needed: int
    groups: dict[str, bytes]
    sizes: dict[str, int]
    v: int = 2
