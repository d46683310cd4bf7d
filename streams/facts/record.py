"""What a record of ``counts`` holds beside totals: the structs of the wire.

Sketches of many entities stand in one struct, in bytes: a list for each would take three times as
much as the hashes. `streams/facts/pack.py` makes them and reads them.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec

HASH_BYTES = 6
"""Bytes of a hash, as in `detectors.distinct.bottom_k`: counting imports no detectors."""

K = 128
"""Hashes of a sketch at most."""

LEAST_K = 8
"""Where a bucket has little room: exact up to 7, with a standard error of 41 % above."""

DistinctOf = Literal[
    "reporters",
    "valid_reporters",
    "optouts",
    "recipients",
]
"""Of what a sketch says how many different ones there were: of people.

Of complaints: the `reporters`; the `valid_reporters`, who complained soon enough and were not found
wrong; the `optouts`, who complained that an opt-out was ignored. Of sends the `recipients`. What
events name beside their sender is in their uses.
"""

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""How many; as exact as JSON's readers have numbers."""

BucketStart = Annotated[int, msgspec.Meta(ge=-86_400, le=253_402_214_400)]
"""Epoch s, from 1970 in every time zone to the end of the calendar: it always has a day."""

EVERY_DISTINCT: tuple[DistinctOf, ...] = get_args(DistinctOf)


class Distinct(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Sketches of some entities of a record, all of one thing.

    ``places`` are the indices of their totals in the record's ``totals``, two bytes each, the lower
    first; ``sizes`` how many hashes the sketch of each has, a byte each; ``hashes`` those of one
    after the other, as `Sketch.pack` gives them. Each sketch keeps ``k`` at most.
    """

    what: DistinctOf
    k: int
    places: bytes
    sizes: bytes
    hashes: bytes


class Consent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How many messages of an entity had which consent; ``place`` is that of its total.

    ``unknown`` are those that said so; messages that say nothing are in none of the four.
    """

    place: Number
    explicit: Number
    default: Number
    none: Number
    unknown: Number


class Use(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How something was used in a bucket: what the events named together, and how many they were.

    ``place`` is that of the total of the narrowest entity that is counted, mostly the sender.
    ``region`` and ``kind`` are those of complaints.
    """

    place: Number
    access_code: str | None
    signature: str | None
    category: str | None
    platform: str | None
    merchant: str | None
    account: str | None
    region: str | None
    kind: str | None
    count: Number


class CellTotal(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How many events of a bucket of the lane had these names; None is what they do not say.

    ``region`` and ``kind`` are those of complaints. Where there was no room for more cells, the
    others are one of kind `SURPLUS`, without other names.
    """

    bucket: BucketStart
    category: str | None
    platform: str | None
    region: str | None
    kind: str | None
    count: Number


class Late(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Complaints that came when the bucket of their time, ``of_bucket``, was closed in the lane.

    ``bucket`` is the first one that the lane had not closed then: at its close they take effect.
    The hashes are those of the sketches of their reporters, and of the valid ones among these:
    ``k`` at most.
    """

    bucket: BucketStart
    of_bucket: BucketStart
    level: str
    id: str
    count: Number
    k: int
    reporters: bytes
    valid_reporters: bytes
