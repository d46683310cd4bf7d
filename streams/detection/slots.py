"""One stream of bytes cut into slots of at most `SLOT_BYTES`, whatever it holds.

A slot is one record of the changelog and one value of RocksDB; brokers refuse large records. State
is written as frames, each with its length before it, and the stream is cut wherever a slot is full.
So no frame can make a slot too large: not even the frame of 30,000 open alerts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

SLOT_BYTES = 200_000
"""Size of all slots but the last."""

_LENGTH = 8


class Cut:
    """Frames as slots; what they are is known when the last slot has been taken.

    Parameters
    ----------
    frames
        Taken one by one, when a slot is asked for.

    Attributes
    ----------
    number, crc
        How many slots have been taken, and a checksum over them.

    Examples
    --------
    >>> cut = Cut([b"one frame", b"another"])
    >>> slots = list(cut)
    >>> cut.number, Frames(slots).next()
    (1, b'one frame')
    """

    def __init__(self, frames: Iterable[bytes]) -> None:
        self._frames = frames
        self.number = self.crc = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give the slots in order."""
        for slot in _cut(self._frames, SLOT_BYTES):
            self.number += 1
            self.crc = zlib.crc32(slot, self.crc)
            yield slot


def _cut(frames: Iterable[bytes], slot_bytes: int) -> Iterator[bytes]:
    held: list[memoryview] = []
    room = slot_bytes
    for frame in frames:
        for part in (len(frame).to_bytes(_LENGTH), frame):
            left = memoryview(part)
            while len(left) >= room:
                yield b"".join([*held, left[:room]])
                held, left, room = [], left[room:], slot_bytes
            if len(left):
                held.append(left)
                room -= len(left)
    if held:
        yield b"".join(held)


class Frames:
    """Slots as frames again.

    Parameters
    ----------
    slots
        Taken one by one, when a frame needs them.

    Attributes
    ----------
    crc
        Checksum over the slots taken so far.
    """

    def __init__(self, slots: Iterable[bytes]) -> None:
        self._slots = iter(slots)
        self._left = bytearray()
        self.crc = 0

    def next(self) -> bytes:
        """Give the next frame.

        Raises
        ------
        ValueError
            Where the slots end before it does.
        """
        return self._take(int.from_bytes(self._take(_LENGTH)))

    def end(self, crc: int) -> None:
        """Make sure that all slots have been read, and that they are those that were written.

        Raises
        ------
        ValueError
            Where something is left, or the checksum is another.
        """
        if self._left or next(self._slots, None) is not None or self.crc != crc:
            raise ValueError("the slots are not those that were written")

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            slot = next(self._slots, None)
            if slot is None:
                raise ValueError("the slots break off in the midst of a frame")
            self.crc = zlib.crc32(slot, self.crc)
            self._left += slot
        taken = bytes(self._left[:size])
        del self._left[:size]
        return taken
