"""Checkpoints of a shard: how its state is written into slots, and read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from streams.alerts.era import Era
from streams.detection.slots import Cut, Frames
from streams.registry.stored import StoredRegistry
from streams.registry.table import Registry
from streams.stored.parts import PagedPart, Part, StoredGroup

ROWS_A_PIECE = 1024
"""Entities that are packed at once."""

FORM = 6
"""The form of checkpoints that is written; `OLDEST` and all between are read, too.

Forms 4 and 5 differ in what their states hold: see `State.since`.
"""

OLDEST = FORM - 2
"""The oldest form that is read."""


class StateLost(Exception):
    """A checkpoint cannot be read, or names slots that are missing: detect must stop."""


class CheckpointHead(msgspec.Struct):
    """What the last slot of a checkpoint says: that it is complete, and what it is made of.

    Attributes
    ----------
    reached
        Counts offset through which the state is complete.
    first_needed
        Counts offset from which a restart must read.
    slots, crc
        How many slots hold the state, and their checksum.
    groups
        How many groups of sources the state is of.
    era
        The epoch, and what the state was warmed by.
    registry
        Seq of the last row of the registry that was taken; what changes is stored apart.
    """

    reached: int
    first_needed: int
    slots: int
    crc: int
    groups: int
    era: Era = Era()
    registry: int = 0
    v: int = FORM


_checkpoint_head = msgspec.msgpack.Decoder(CheckpointHead)


class _GroupFrame(msgspec.Struct, array_like=True):
    """Before the parts of a group: its name, its own state, and how many parts follow."""

    name: str
    own: bytes
    parts: int


_group_frame = msgspec.msgpack.Decoder(_GroupFrame)


class _PartFrame(msgspec.Struct, array_like=True):
    """Before the pieces of a part: its name, what all rows share, and how many pieces follow."""

    name: str
    shared: bytes
    pieces: int


_part_frame = msgspec.msgpack.Decoder(_PartFrame)


class _Version(msgspec.Struct):
    v: int = 1


_version = msgspec.msgpack.Decoder(_Version)


def epoch_of(head: bytes) -> int:
    """Epoch of the state that a head belongs to; 0 where this version cannot read the head."""
    try:
        return _checkpoint_head.decode(head).era.epoch
    except msgspec.DecodeError:
        return 0


class Checkpoints:
    """The checkpoints of a shard: written, outdated, restored.

    Parameters
    ----------
    shard
        Number of the shard.
    groups
        State of its groups, by name.
    registry
        What is declared about codes and names.
    """

    def __init__(
        self, shard: int, groups: Mapping[str, StoredGroup], registry: Registry | None = None
    ) -> None:
        self._shard, self._groups = shard, groups
        self._registry = Registry() if registry is None else registry
        self._stored_registry = StoredRegistry(shard, self._registry)
        self._begin_of_pages = f"{shard}/pages/"
        self._paged = {
            (group, name): PagedPart(f"{self._begin_of_pages}{group}/{name}/", pages)
            for group, of in groups.items()
            for name, pages in of.paged.items()
        }
        self._ownerless: set[bytes] = set()
        self._stored: dict[int, set[bytes]] = {}

    def slots(
        self,
        reached: int,
        first_needed: int,
        era: Era = Era(),  # noqa: B008 (frozen)
    ) -> Iterator[tuple[bytes, bytes]]:
        """Slots of the present state: ``(key, value)``, the head last.

        The same records always lead to the same state, bit for bit, and keys hold `reached`. So
        two workers may both hold the shard, one of them without right: they write the same values
        to the same keys, or they write to different keys. Neither spoils the other's state.
        Write the head only when all other slots have arrived. Slots are packed when they are
        asked for: take no record until the last slot has been packed.

        Parameters
        ----------
        reached
            Counts offset through which the state is complete.
        first_needed
            Counts offset from which a restart must read.
        era
            The epoch, and what the state was warmed by.
        """
        yield from self._stored_registry.changed()
        for part in self._paged.values():
            yield from part.stored.changed()
        for key, value in self._packed(reached, first_needed, era):
            self._stored.setdefault(reached, set()).add(key)
            yield key, value

    def _packed(self, reached: int, first_needed: int, era: Era) -> Iterator[tuple[bytes, bytes]]:
        cut = Cut(self._frames())
        for number, slot in enumerate(cut):
            yield self._slot(reached, number), slot
        head = CheckpointHead(
            *(reached, first_needed, cut.number, cut.crc, len(self._groups), era),
            self._registry.seq,
        )
        yield self._head(reached), msgspec.msgpack.encode(head)

    def _frames(self) -> Iterator[bytes]:
        for name, group in self._groups.items():
            parts = self._parts(name)
            of_group = _GroupFrame(name, group.own.pack_shared(), len(parts))
            yield msgspec.msgpack.encode(of_group)
            for part_name, part in parts.items():
                shared, number_of, pieces = part.pack(ROWS_A_PIECE)
                yield msgspec.msgpack.encode(_PartFrame(part_name, shared, number_of))
                yield from pieces

    def _parts(self, group: str) -> dict[str, Part]:
        paged = {name: part for (of, name), part in self._paged.items() if of == group}
        return {**self._groups[group].parts, **paged}

    def outdated(self, reached: int) -> Iterator[list[bytes]]:
        """Keys of checkpoints older than `reached`, to be deleted now that one is complete.

        Yields
        ------
        list
            Keys to be deleted before the next: a head goes before what it names.
        """
        for older in sorted(self._stored):
            if older < reached:
                keys = self._stored.pop(older)
                head = self._head(older)
                yield [head]
                yield sorted(keys - {head})
        gone = set(self._stored_registry.outdated()) | self._ownerless
        gone = gone.union(*(part.stored.outdated() for part in self._paged.values()))
        self._ownerless = set()
        if gone:
            yield sorted(gone)

    def restore(self, slots: Mapping[bytes, bytes]) -> CheckpointHead | None:
        """Take the farthest complete checkpoint; returns its head, or None where there is none.

        Raises
        ------
        StateLost
            Where the head names a slot that is missing, or another version wrote it.
        """
        for key in slots.keys():  # noqa: SIM118 (RocksDB has keys(), and no iteration)
            number, *rest = key.split(b"/", 2)
            if number == str(self._shard).encode() and len(rest) == 2 and rest[0].isdigit():
                self._stored.setdefault(int(rest[0]), set()).add(key)
        heads = [at for at, keys in self._stored.items() if self._head(at) in keys]
        packed = slots.get(self._head(max(heads))) if heads else None
        if packed is None:
            self._check_none(slots)
            return None
        try:
            found = _version.decode(packed).v
            if not OLDEST <= found <= FORM:
                raise ValueError(f"form {found}, this version reads forms {OLDEST} to {FORM}")
            head = _checkpoint_head.decode(packed)
            self._unpack(slots, head)
            self._stored_registry.restore(head.registry, slots, slots.keys())
            self._read_pages(slots)
        except (msgspec.DecodeError, ValueError, TypeError, KeyError) as error:
            raise StateLost(
                f"shard {self._shard}: the checkpoint at counts offset {max(heads)} must be one"
                f" that this version can read; it was written by another ({error}). Go on with"
                " that version, or reset detect: operations/README.md says how"
            ) from None
        return head

    def _read_pages(self, slots: Mapping[bytes, bytes]) -> None:
        keys = [
            key
            for key in slots.keys()  # noqa: SIM118 (see `restore`)
            if key.startswith(self._begin_of_pages.encode())
        ]
        for part in self._paged.values():
            part.read(slots, keys)
        # What the configuration no longer has.
        begins = {part.stored.begin.encode() for part in self._paged.values()}
        self._ownerless = {key for key in keys if key.rsplit(b"/", 3)[0] + b"/" not in begins}

    def _check_none(self, slots: Mapping[bytes, bytes]) -> None:
        # Earlier versions had their head here. To begin anew would silently forget its state.
        if slots.get(f"{self._shard}/head".encode()) is not None:
            raise StateLost(
                f"shard {self._shard}: the checkpoint must be one that this version can read; it"
                " was written by an earlier one. Go on with that version, or reset detect:"
                " operations/README.md says how"
            )

    def _unpack(self, slots: Mapping[bytes, bytes], head: CheckpointHead) -> None:
        keys = [self._slot(head.reached, number) for number in range(head.slots)]
        frames = Frames(self._found(slots, keys))
        for _ in range(head.groups):
            of_group = _group_frame.decode(frames.next())
            group = self._groups.get(of_group.name)
            if group is not None:
                group.own.unpack(of_group.own, ())
            parts = {} if group is None else self._parts(of_group.name)
            for _ in range(of_group.parts):
                of_part = _part_frame.decode(frames.next())
                pieces = (frames.next() for _ in range(of_part.pieces))
                part = parts.get(of_part.name)
                if part is not None:
                    part.unpack(of_part.shared, pieces)
                for _ in pieces:
                    pass  # what the configuration no longer has
        frames.end(head.crc)

    def _found(self, slots: Mapping[bytes, bytes], keys: list[bytes]) -> Iterator[bytes]:
        for key in keys:
            value = slots.get(key)
            if value is None:
                there = sum(slots.get(each) is not None for each in keys)
                reached = int(key.split(b"/")[1])
                raise StateLost(
                    f"shard {self._shard}: the checkpoint at counts offset {reached}"
                    f" must have {len(keys)} slots; found {there}. Delete the state directory"
                    " to rebuild it from the changelog; if that does not help, the changelog topic"
                    " has lost data"
                )
            yield value

    def _head(self, reached: int) -> bytes:
        return f"{self._shard}/{reached}/head".encode()

    def _slot(self, reached: int, number: int) -> bytes:
        return f"{self._shard}/{reached}/{number}".encode()
