"""Where counting of a lane can resume, and how the metadata of an offset commit store it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Annotated, Literal

import msgspec

from streams.counts.clock.watermark import RECORDS, Votes

METADATA_BYTES = 4096
"""What brokers take as the metadata of a commit (`offset.metadata.max.bytes`)."""

IDLE_STEPS = 48
"""In so many steps, at most, a lane falls idle over the time in which its buckets are open."""

MOST_SETTLED = 12
"""If a mark has so many idle decisions, no more are taken that only settle held events."""

MOST_IDLE = 64
"""Idle decisions in a mark, by the two above; a decision takes at most 46 of its bytes."""

Begin = Literal["oldest", "newest"]
"""The record of a lane to begin with, where no mark is left."""

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
        Idle decisions at or after `offset`: ``(offset, through)``; at most `MOST_IDLE`.
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


class _Metadata(msgspec.Struct, omit_defaults=True):
    """JSON has no infinity: None stands for minus infinity. Without ``v`` it is of form 1.

    Of the votes' times the first stands as it is, of the others the steps from one to the next.
    """

    front: float | None = None
    closed: float | None = None
    published: float | None = None
    idle: list[tuple[int, float | None]] = []
    read: int = 0
    times: Annotated[list[int], msgspec.Meta(max_length=RECORDS.kept)] = []
    prompt: int = 0
    v: Annotated[int, msgspec.Meta(ge=1, le=FORM)] = 1


def encode_mark(mark: Mark) -> str:
    """Return the metadata of the offset commit: the lane's state at the committed offset."""
    return _encode(
        _Metadata(
            front=mark.front,
            closed=_finite(mark.closed),
            published=_finite(mark.published),
            idle=[(at, _finite(through)) for at, through in mark.idle],
            read=mark.read,
            times=[after - before for before, after in pairwise((0, *mark.votes.times))],
            prompt=mark.votes.prompt,
            v=FORM,
        )
    ).decode()


def decode_mark(offset: int, metadata: str | None) -> Mark:
    """Read a commit back; one without metadata is a plain offset with no state.

    Raises
    ------
    UnreadableMark
        Where the metadata are not this program's, or a later version wrote them.
    """
    if not metadata:
        return Mark(offset)
    try:
        found = msgspec.json.decode(metadata, type=_Metadata)
    except msgspec.DecodeError as error:
        raise UnreadableMark(
            f"the metadata of its commit must be those of `weathervane count`, of form {FORM} or"
            f" older; found {metadata[:80]!r} ({error})"
        ) from None
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


def fits(mark: Mark) -> bool:
    """Whether a broker takes a mark: any does that was made by this version alone."""
    return len(encode_mark(mark)) <= METADATA_BYTES


def _finite(value: float) -> float | None:
    return None if value == float("-inf") else value
