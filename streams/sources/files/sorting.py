"""The items of files in the order of their times, in bounded memory: an external merge sort.

What does not fit into memory goes, sorted, into a file without a name in the system's temporary
folder, and is merged from there. Items of the same time stay in their order.
"""

from __future__ import annotations

import heapq
import os
import struct
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

import msgspec

from streams.items import Complaint, Reject, Send, Skipped
from streams.sources.files.stored import Unopenable

RUN_BYTES = 1 << 25
"""Bytes of items that are sorted in memory at once."""

FAN_IN = 256
"""Runs that are merged at once."""

_CHUNK = 1 << 16
_HEAD = struct.Struct("<dI")
_FIRST = float("-inf")

Item = Send | Complaint | Reject | Skipped


class _Rejected(msgspec.Struct, tag_field="type", tag="reject"):
    reject: Reject


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Send | Complaint | _Rejected).decode

_Keyed = tuple[float, bytes]
"""An item's time, epoch s, and its bytes."""


class _Sorted(NamedTuple):
    """A sorted part of a file: where it begins and ends."""

    file: IO[bytes]
    start: int
    end: int


def in_order(items: Iterable[Item]) -> Iterator[Item]:
    """Yield rejects first, in their order, then the events by their times.

    Nothing is yielded before all is read, but for what is skipped.

    Raises
    ------
    Unopenable
        Where the temporary folder has no room.

    Examples
    --------
    >>> import datetime as dt
    >>> from streams.items import Sender
    >>> def send(day):
    ...     time = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
    ...     return Send(1, str(day), time, "sms", Sender("x"), "s")
    >>> [event.event_id for event in in_order(map(send, [9, 2, 5]))]
    ['2', '5', '9']
    """
    held: list[_Keyed] = []
    size = 0
    runs: list[_Sorted] = []
    try:
        for item in items:
            if isinstance(item, Skipped):
                yield item
                continue
            held.append(_keyed(item))
            size += len(held[-1][1])
            if size >= RUN_BYTES:
                held.sort(key=_time)
                runs.append(_write(runs[-1].file if runs else _unnamed(), held))
                held, size = [], 0
        while len(runs) > FAN_IN:
            runs = _fewer(runs)
        held.sort(key=_time)
        for _, value in heapq.merge(*map(_read, runs), held, key=_time):
            found = _decode(value)
            yield found.reject if isinstance(found, _Rejected) else found
    except OSError as error:
        raise Unopenable(
            f"{tempfile.gettempdir()}: --sort must have room there for what it sorts;"
            f" {error.strerror}: free some, or set TMPDIR"
        ) from None
    finally:
        for run in runs:
            run.file.close()


def _unnamed() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _keyed(item: Send | Complaint | Reject) -> _Keyed:
    if isinstance(item, Reject):
        return _FIRST, _encode(_Rejected(item))
    return item.event_time.timestamp(), _encode(item)


def _time(keyed: _Keyed) -> float:
    return keyed[0]


def _write(file: IO[bytes], items: Iterable[_Keyed]) -> _Sorted:
    """Append a run to a file."""
    start = file.seek(0, os.SEEK_END)
    parts: list[bytes] = []
    size = 0
    for time_s, value in items:
        parts += (_HEAD.pack(time_s, len(value)), value)
        size += len(value)
        if size >= _CHUNK:
            file.write(b"".join(parts))
            parts, size = [], 0
    file.write(b"".join(parts))
    file.flush()
    return _Sorted(file, start, file.tell())


def _read(run: _Sorted) -> Iterator[_Keyed]:
    at, rest = run.start, b""
    while at < run.end:
        run.file.seek(at)
        data = rest + run.file.read(min(_CHUNK, run.end - at))
        at += len(data) - len(rest)
        place = 0
        while place + _HEAD.size <= len(data):
            time_s, length = _HEAD.unpack_from(data, place)
            after = place + _HEAD.size + length
            if after > len(data):
                break
            yield time_s, data[place + _HEAD.size : after]
            place = after
        rest = data[place:]


def _fewer(runs: Sequence[_Sorted]) -> list[_Sorted]:
    """Merge neighbouring runs into longer ones, in another file."""
    file = _unnamed()
    merged = [
        _write(file, heapq.merge(*map(_read, runs[at : at + FAN_IN]), key=_time))
        for at in range(0, len(runs), FAN_IN)
    ]
    runs[0].file.close()
    return merged
