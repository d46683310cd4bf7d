"""Where a recorder goes on: its monitors' state and the next record of each partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from streams.archive.atomic_files import whole
from streams.archive.lock import FOLDER
from streams.archive.manifest import ArchiveUnusable, Versioned, require_version

_FILE = "state.msgpack"
_VERSION = 1
_SIZE = 4

Slot = tuple[bytes, bytes]


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"topic {self.topic}, partition {self.number}"


class State(NamedTuple):
    """What is stored: the next offset of each partition, and the monitors' slots."""

    following: dict[Partition, int]
    slots: dict[bytes, bytes]


class _Head(msgspec.Struct):
    """The first frame; slots follow, and an empty one at the end."""

    following: list[tuple[str, int, int]]
    v: int = _VERSION


_version = msgspec.msgpack.Decoder(Versioned)
_head = msgspec.msgpack.Decoder(_Head)
_slot = msgspec.msgpack.Decoder(Slot)


def state_file(root: Path) -> Path:
    """Where an archive's state is."""
    return root / FOLDER / _FILE


def write_state(root: Path, following: Mapping[Partition, int], slots: Iterable[Slot]) -> None:
    """Put a state in place of the one before, wholly or not at all.

    Raises
    ------
    OSError
        Where the disk does not take it; the one before is still there.
    """
    head = _Head([(*place, offset) for place, offset in sorted(following.items())])
    with whole(state_file(root)) as file:
        # A frame at a time: together they may be larger than what they are the state of.
        for frame in (head, *slots, None):
            packed = msgspec.msgpack.encode(frame)
            file.write(len(packed).to_bytes(_SIZE) + packed)


def read_state(root: Path) -> State | None:
    """Read an archive's state; None where there is none yet.

    Raises
    ------
    ArchiveUnusable
        Where it cannot be read, or another version wrote it.
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
            f"{path}: must be what `weathervane record` wrote; it is not ({error}): restore it, or"
            " record into another folder"
        ) from None
    return State({Partition(t, n): offset for t, n, offset in head.following}, slots)


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
