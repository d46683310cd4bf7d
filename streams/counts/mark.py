"""Where counting of a lane can resume, and how the metadata of an offset commit store it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from streams.counts.clock.watermark import RECORDS, Votes

METADATA_BYTES = 4096
"""What brokers take as the metadata of a commit (`offset.metadata.max.bytes`)."""


class Room(NamedTuple):
    """How many idle decisions a mark has room for; each takes at most 46 of its bytes.

    Attributes
    ----------
    steps
        In so many steps, at most, a lane falls idle over the time in which its buckets are open.
    settled
        If a mark has so many decisions, no more are taken that only settle held events.
    most
        Decisions in a mark, by the two above.
    """

    steps: int
    settled: int
    most: int


ROOMS = {1: Room(48, 12, 64), 2: Room(16, 4, 21), 3: Room(5, 1, 6)}
"""By how many sources share a topic: their marks are in one commit."""

Begin = Literal["oldest", "newest"]
"""The record of a lane to begin with, where no mark is left."""

_AROUND, _NAMED = 20, 135
"""Bytes around the marks of sources that share a topic, and those of each one's name and offset."""

FORM = 2
"""The form of the metadata that is written: 1 was written without ``v``. Both are read."""

_encode = msgspec.json.Encoder().encode


class UnreadableMark(Exception):
    """The metadata of a commit are not this program's, or a later version wrote them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a lane from which counting can resume, with the lane's state there.

    Attributes
    ----------
    offset
        Next record to be read.
    front
        The largest event time accepted before it, epoch s; None before the first.
    closed
        Buckets that end by this time were closed before it, also by idle decisions and end marks.
    votes
        The last votes of the lane's watermark before it.
    published
        The largest watermark ever published: totals below it are published and final.
    idle
        Idle decisions at or after `offset`: ``(offset, through)``; at most `Room.most`.
    read
        The next record that had never been read when this was the mark; the records between are
        read again. It is only reported: it decides nothing.
    """

    offset: int
    front: float | None = None
    closed: float = float("-inf")
    published: float = float("-inf")
    idle: tuple[tuple[int, float], ...] = ()
    read: int = field(default=0, compare=False)
    votes: Votes = Votes()  # noqa: RUF009 (immutable)


class _StoredMark(msgspec.Struct, omit_defaults=True):
    """JSON has no infinity: None stands for minus infinity.

    Of the votes' times the first stands as it is, of the others the steps from one to the next.
    """

    front: float | None = None
    closed: float | None = None
    published: float | None = None
    idle: list[tuple[int, float | None]] = []
    read: int = 0
    times: Annotated[list[int], msgspec.Meta(max_length=RECORDS.kept)] = []
    prompt: int = 0
    at: int = 0


class _Metadata(_StoredMark, omit_defaults=True):
    """A lane's state; without ``v`` it is of form 1.

    The states of another's topic, which several sources may share, stand in `sources` by name, each
    with its own offset, and nothing stands beside them.
    """

    sources: dict[str, _StoredMark] = {}
    v: Annotated[int, msgspec.Meta(ge=1, le=FORM)] = 1


_metadata = msgspec.json.Decoder(_Metadata)


def encode_mark(mark: Mark) -> str:
    """Return the metadata of the offset commit: the lane's state at the committed offset."""
    return _encode(_Metadata(**_stored(mark), v=FORM)).decode()


def encode_marks(marks: Mapping[str, Mark]) -> tuple[int, str]:
    """Return offset and metadata of the commit of another's topic: the marks by source.

    Whoever goes on begins at the smallest of their offsets.
    """
    states = {name: _StoredMark(**_stored(mark), at=mark.offset) for name, mark in marks.items()}
    metadata = _encode(_Metadata(sources=states, v=FORM)).decode()
    return min(mark.offset for mark in marks.values()), metadata


def decode_mark(offset: int, metadata: str | None) -> Mark:
    """Read a commit back; one without metadata is a plain offset with no state.

    Raises
    ------
    UnreadableMark
        Where the metadata are not this program's, or a later version wrote them.
    """
    return _mark(offset, _read(metadata)) if metadata else Mark(offset)


def decode_marks(offset: int, metadata: str | None, names: Collection[str]) -> dict[str, Mark]:
    """Read a commit of another's topic back: the marks of those of its sources that have one.

    A plain offset, and a mark without a source's name, is that of each.

    Raises
    ------
    UnreadableMark
        As `decode_mark`.
    """
    if metadata and (found := _read(metadata)).sources:
        return {name: _mark(one.at, one) for name, one in found.sources.items() if name in names}
    return dict.fromkeys(names, decode_mark(offset, metadata))


def _stored(mark: Mark) -> dict[str, Any]:
    return {
        "front": mark.front,
        "closed": _finite(mark.closed),
        "published": _finite(mark.published),
        "idle": [(at, _finite(through)) for at, through in mark.idle],
        "read": mark.read,
        "times": [after - before for before, after in pairwise((0, *mark.votes.times))],
        "prompt": mark.votes.prompt,
    }


def _read(metadata: str) -> _Metadata:
    try:
        return _metadata.decode(metadata)
    except msgspec.DecodeError as error:
        raise UnreadableMark(
            f"the metadata of its commit must be those of `weathervane count`, of form {FORM} or"
            f" older; found {metadata[:80]!r} ({error})"
        ) from None


def _mark(offset: int, found: _StoredMark) -> Mark:
    low = float("-inf")
    return Mark(
        offset,
        found.front,
        low if found.closed is None else found.closed,
        low if found.published is None else found.published,
        tuple((at, low if through is None else through) for at, through in found.idle),
        found.read,
        Votes(tuple(accumulate(found.times)), found.prompt),
    )


def fits(mark: Mark, sharing: int = 1) -> bool:
    """Whether a broker takes a mark: any does that was made by this version alone.

    Of sources that share a topic each has an equal part of the commit.
    """
    room = METADATA_BYTES if sharing == 1 else (METADATA_BYTES - _AROUND) // sharing - _NAMED
    return len(encode_mark(mark)) <= room


def _finite(value: float) -> float | None:
    return None if value == float("-inf") else value
