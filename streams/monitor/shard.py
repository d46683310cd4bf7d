"""A shard: a complete monitor of some of the entities, and its checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from streams.alerts.dress import Published
from streams.config.model import Config
from streams.items import Counts
from streams.monitor.group import Group
from streams.monitor.watch import Watcher, unwatched

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
    """

    def __init__(self, number: int, config: Config, watcher: Watcher = unwatched) -> None:
        self.number = number
        self.groups = {
            name: Group(name, sources, config, number, watcher)
            for name, sources in config.groups.items()
        }
        self._group_of = {
            source.name: name for name, sources in config.groups.items() for source in sources
        }
        self.position = 0
        self.generation = 0
        self.unknown_sources: set[str] = set()

    def take(self, offset: int, counts: Counts, written_s: float | None = None) -> list[Published]:
        """Take a counts record; return the alerts it leads to, in order of publication.

        Records before `position` may come again after a restart; they change nothing.
        A source that the configuration does not name is passed over, and remembered.
        """
        self.position = max(self.position, offset + 1)
        name = self._group_of.get(counts.source)
        if name is None:
            self.unknown_sources.add(counts.source)
            return []
        return self.groups[name].take(offset, counts, written_s)

    @property
    def first_needed(self) -> int:
        """Counts offset from which a restart must read, given the present state."""
        return min(group.first_needed(self.position) for group in self.groups.values())

    def checkpoint(self) -> Iterator[tuple[bytes, bytes]]:
        """Slots of the present state: ``(key, value)``, the head last.

        Two generations take turns, and the head names the one that is complete: a
        crash among these writes leaves the state before, whole. The head must be
        written only when all others are known to have arrived.
        """
        generation = self.generation + 1
        sizes: dict[str, int] = {}
        for name, group in self.groups.items():
            for (signal, level), stream in group.all_streams.items():
                shared, pieces = stream.pack(ROWS_A_SLOT)
                stem = f"{name}/{level}/{signal}"
                sizes[stem] = len(pieces)
                yield self._slot(generation, stem, "shared"), shared
                for number, piece in enumerate(pieces):
                    yield self._slot(generation, stem, str(number)), piece
        head = _Head(
            generation=generation,
            position=self.position,
            first_needed=self.first_needed,
            groups={name: group.pack() for name, group in self.groups.items()},
            sizes=sizes,
        )
        self.generation = generation
        yield self._head_key, msgspec.msgpack.encode(head)

    def restore(self, slot: Callable[[bytes], bytes | None]) -> bool:
        """Take the last complete checkpoint, if there is one.

        Raises
        ------
        StateLost
            Where the head names a slot that is missing.
        """
        packed = slot(self._head_key)
        if packed is None:
            return False
        head = msgspec.msgpack.decode(packed, type=_Head)
        self.generation = head.generation
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
                    found = [slot(self._slot(head.generation, stem, n)) for n in names]
                    pieces = [piece for piece in found if piece is not None]
                    if len(pieces) != len(names):
                        raise StateLost(
                            f"shard {self.number}: checkpoint {head.generation} must have"
                            f" {len(names)} slots of {stem}; found {len(pieces)}. Delete the state"
                            " directory to rebuild it from the changelog; if that does not help,"
                            " the changelog topic has lost data"
                        )
                    stream.unpack(pieces[0], pieces[1:])
        return True

    @property
    def _head_key(self) -> bytes:
        return f"{self.number}/head".encode()

    def _slot(self, generation: int, stem: str, name: str) -> bytes:
        return f"{self.number}/{generation % 2}/{stem}/{name}".encode()


class _Head(msgspec.Struct):
    generation: int
    position: int
    first_needed: int
    groups: dict[str, bytes]
    sizes: dict[str, int]
    v: int = 1
