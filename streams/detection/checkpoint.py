"""Checkpoints of a shard: how its state is cut into slots, and when they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

import msgspec

from detectors.state import State

ROWS_A_SLOT = 1024
"""Entities packed into one slot of the state table: at most 200 KB."""

VERSION = 3
"""Version of the form of checkpoints."""

AT_MOST = 0.1
"""Share of the time that checkpoints may take, however large the state."""

QUIET_S = 10.0
"""If no record has come for this long, the state is stored even if no bucket has closed."""


class StateLost(Exception):
    """A checkpoint cannot be read, or names slots that are missing: detect must stop."""


class Part(Protocol):
    """State that is stored in slots of its own."""

    def pack(self, rows_a_slot: int) -> tuple[bytes, int, Iterator[bytes]]:
        """State as bytes: what all rows share, how many pieces, and the pieces, packed one by one.

        A million entities' pieces together would be as much memory again as their state. Nothing
        may be closed until all have been taken.
        """
        ...

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """Take the state that `pack` gave, bit for bit; pieces are let go one by one."""
        ...


class RowsPart:
    """A part that is a `State` with rows.

    Parameters
    ----------
    state
        The state.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def pack(self, rows_a_slot: int) -> tuple[bytes, int, Iterator[bytes]]:
        """See `Part`."""
        rows = len(self._state)
        starts = range(0, rows, rows_a_slot)
        pieces = (self._state.pack_rows(at, min(at + rows_a_slot, rows)) for at in starts)
        return self._state.pack_shared(), len(starts), pieces

    def unpack(self, shared: bytes, pieces: Iterable[bytes]) -> None:
        """See `Part`."""
        self._state.unpack(shared, pieces)


class StoredGroup(NamedTuple):
    """What is stored of a group: its own values, and its parts by name."""

    own: State
    parts: Mapping[str, Part]


class CheckpointHead(msgspec.Struct):
    """What the last slot of a checkpoint says: that it is complete, and what it is made of."""

    reached: int
    first_needed: int
    groups: dict[str, bytes]
    sizes: dict[str, int]
    v: int = VERSION


class _Version(msgspec.Struct):
    v: int = 1


class Checkpoints:
    """The checkpoints of a shard: written, outdated, restored.

    Parameters
    ----------
    shard
        Number of the shard.
    groups
        State of its groups, by name.
    """

    def __init__(self, shard: int, groups: Mapping[str, StoredGroup]) -> None:
        self._shard, self._groups = shard, groups
        self._stored: dict[int, set[bytes]] = {}

    def slots(self, reached: int, first_needed: int) -> Iterator[tuple[bytes, bytes]]:
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
        """
        for key, value in self._packed(reached, first_needed):
            self._stored.setdefault(reached, set()).add(key)
            yield key, value

    def _packed(self, reached: int, first_needed: int) -> Iterator[tuple[bytes, bytes]]:
        sizes: dict[str, int] = {}
        for name, group in self._groups.items():
            for part_name, part in group.parts.items():
                shared, number_of, pieces = part.pack(ROWS_A_SLOT)
                stem = f"{name}/{part_name}"
                sizes[stem] = number_of
                yield self._slot(reached, stem, "shared"), shared
                for number, piece in enumerate(pieces):
                    yield self._slot(reached, stem, str(number)), piece
        own = {name: group.own.pack_shared() for name, group in self._groups.items()}
        head = CheckpointHead(reached=reached, first_needed=first_needed, groups=own, sizes=sizes)
        yield self._head(reached), msgspec.msgpack.encode(head)

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
            found = msgspec.msgpack.decode(packed, type=_Version).v
            if found != VERSION:
                raise ValueError(f"form {found}, this version reads form {VERSION}")
            head = msgspec.msgpack.decode(packed, type=CheckpointHead)
            self._unpack(slots, head)
        except (msgspec.DecodeError, ValueError, TypeError, KeyError) as error:
            raise StateLost(
                f"shard {self._shard}: the checkpoint at counts offset {max(heads)} must be one"
                f" that this version can read; it was written by another ({error}). Go on with"
                " that version, or reset detect: operations/README.md says how"
            ) from None
        return head

    def _check_none(self, slots: Mapping[bytes, bytes]) -> None:
        # Earlier versions had their head here. To begin anew would silently forget its state.
        if slots.get(f"{self._shard}/head".encode()) is not None:
            raise StateLost(
                f"shard {self._shard}: the checkpoint must be one that this version can read; it"
                " was written by an earlier one. Go on with that version, or reset detect:"
                " operations/README.md says how"
            )

    def _unpack(self, slots: Mapping[bytes, bytes], head: CheckpointHead) -> None:
        for name, group in self._groups.items():
            if name not in head.groups:
                continue
            group.own.unpack(head.groups[name], ())
            for part_name, part in group.parts.items():
                stem = f"{name}/{part_name}"
                if stem in head.sizes:
                    names = ["shared", *(str(n) for n in range(head.sizes[stem]))]
                    keys = [self._slot(head.reached, stem, name) for name in names]
                    shared, *pieces = keys
                    part.unpack(
                        self._found(slots, shared, stem, keys),
                        (self._found(slots, key, stem, keys) for key in pieces),
                    )

    def _found(
        self, slots: Mapping[bytes, bytes], key: bytes, stem: str, keys: list[bytes]
    ) -> bytes:
        value = slots.get(key)
        if value is None:
            there = sum(slots.get(each) is not None for each in keys)
            reached = int(key.split(b"/")[1])
            raise StateLost(
                f"shard {self._shard}: the checkpoint at counts offset {reached}"
                f" must have {len(keys)} slots of {stem}; found {there}. Delete the state directory"
                " to rebuild it from the changelog; if that does not help, the changelog topic has"
                " lost data"
            )
        return value

    def _head(self, reached: int) -> bytes:
        return f"{self._shard}/{reached}/head".encode()

    def _slot(self, reached: int, stem: str, name: str) -> bytes:
        return f"{self._shard}/{reached}/{stem}/{name}".encode()


class CheckpointPace:
    """Says when a checkpoint is due: soon after the state has changed, and not all the time.

    Parameters
    ----------
    every_s
        How long a change may wait for a checkpoint, if the state is small.

    Attributes
    ----------
    changed_at
        When the first close happened that no checkpoint holds yet (none holds open buckets).

    Examples
    --------
    >>> pace = CheckpointPace(every_s=5.0)
    >>> pace.took(now_s=100.0, closed=True)
    >>> pace.due(104.0), pace.due(105.0)
    (False, True)
    >>> pace.stored(took_s=2.0, busy_s=2.0)  # a large state: the next is 20 s after a change
    >>> pace.took(now_s=110.0, closed=True)
    >>> pace.due(129.0), pace.due(130.0)
    (False, True)
    """

    def __init__(self, every_s: float) -> None:
        self.changed_at: float | None = None
        self._every_s = every_s
        self._taken_at: float | None = None
        self._cost_s = 0.0

    def took(self, now_s: float, *, closed: bool) -> None:
        """Note that a record has been taken, and whether it closed a bucket."""
        self._taken_at = now_s
        if closed and self.changed_at is None:
            self.changed_at = now_s

    def stored(self, took_s: float, busy_s: float) -> None:
        """Note that everything is in a checkpoint, how long it took, and its processor time.

        A wait for broker or disk holds judging up as well, but it counts up to `every_s` only.
        Otherwise the next checkpoint after an outage would be put off by ten times the outage,
        and a restart would have all of that to read again.
        """
        self.changed_at = self._taken_at = None
        self._cost_s = max(busy_s, min(took_s, self._every_s))

    def due(self, now_s: float) -> bool:
        """Whether a checkpoint is due now, by the same clock as the other times."""
        least_s = self._cost_s / AT_MOST
        if self.changed_at is not None and now_s - self.changed_at >= max(self._every_s, least_s):
            return True
        quiet_s = max(min(self._every_s, QUIET_S), least_s)
        return self._taken_at is not None and now_s - self._taken_at >= quiet_s
