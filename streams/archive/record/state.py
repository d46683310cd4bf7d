"""Where a recorder continues: the state of its shards and the next record of each partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from streams.archive.atomic_files import atomic_file
from streams.archive.manifest import ArchiveUnusable, Versioned, require_version

FOLDER = "state"
"""The folder of a recorder's own files in an archive."""

_FILE = "state.msgpack"
_VERSION = 1
_SIZE = 4

Slot = tuple[bytes, bytes]
"""Key and value of a piece of a shard's state."""


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"topic {self.topic}, partition {self.number}"


class RecorderState(NamedTuple):
    """What is stored: the next offset of each partition, and the slots of the shards' state."""

    following: dict[Partition, int]
    slots: dict[bytes, bytes]


class _Head(msgspec.Struct):
    """The first frame of the file; the slots follow, and an empty frame ends it."""

    following: list[tuple[str, int, int]]
    v: int = _VERSION


_version = msgspec.msgpack.Decoder(Versioned)
_head = msgspec.msgpack.Decoder(_Head)
_slot = msgspec.msgpack.Decoder(Slot)


def state_file(root: Path) -> Path:
    """Name the file of an archive's state."""
    return root / FOLDER / _FILE


def write_state(root: Path, following: Mapping[Partition, int], slots: Iterable[Slot]) -> None:
    """Replace the stored state by a new one.

    Raises
    ------
    OSError
        If the disk does not take it; the old state is still there.
    """
    head = _Head([(*place, offset) for place, offset in sorted(following.items())])
    with atomic_file(state_file(root)) as file:
        # One frame at a time: all of them together may be larger than the state in memory.
        for frame in (head, *slots, None):
            packed = msgspec.msgpack.encode(frame)
            file.write(len(packed).to_bytes(_SIZE) + packed)


def read_state(root: Path) -> RecorderState | None:
    """Read an archive's state; None if there is none yet.

    Raises
    ------
    ArchiveUnusable
        If it cannot be read, or another version wrote it.
    """
    path = state_file(root)
    try:
        with path.open("rb") as file:
            frames = _frames(file)
            first = next(frames)
            require_version(path, _version.decode(first), _VERSION)
            head = _head.decode(first)
            slots = dict(_slot.decode(frame) for frame in frames)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, StopIteration, msgspec.DecodeError) as error:
        raise ArchiveUnusable(
            f"{path}: must be a file that `weathervane record` wrote; it is not ({error}). Restore"
            " it, or record into another folder"
        ) from None
    following = {Partition(topic, number): offset for topic, number, offset in head.following}
    return RecorderState(following, slots)


def _frames(file: BinaryIO) -> Iterator[bytes]:
    end = msgspec.msgpack.encode(None)
    while True:
        size = int.from_bytes(file.read(_SIZE))
        frame = file.read(size)
        if frame == end:
            return
        if not frame or len(frame) < size:
            raise EOFError("it breaks off")
        yield frame
