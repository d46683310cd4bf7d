"""The watch of a look-back: whom judging looks at after a case was handled, how long, against what.

A watch is a row as those of the registry are, and takes the same way: topic, sequencer, control
record, checkpoint, archive. So it has one place among the buckets, in a replay too.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from streams.config.detection.look_back import LONGEST_WATCH_DAYS
from streams.items import Level, Name

WATCH: Final = "watch"
"""The kind of its rows: their keys are ``watch/`` and the case's id."""

OF_WATCH: Final = "watch/"
"""Keys of its rows begin so. They wait for no other row, and no other row for them."""

MOST_WATCHES: Final = 10_000
"""Watches at once: rows that would add more are passed over, and counted."""

MOST_MARKS: Final = 20
"""Names of one level by which successors are known."""

Marks = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_MARKS)]

WatchedSignal = Literal["sends", "complaints"]


class WatchEntry(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    kw_only=True,
    tag_field="kind",
    tag=WATCH,
):
    """A watch. It begins with the first bucket that is not closed, and ends by its span.

    Attributes
    ----------
    id
        The case.
    group, level, entity
        Whom it is about, and the group of sources whose buckets are judged.
    signal
        What is counted of it.
    days
        How long it lasts, in days of 86,400 s of event time.
    mean_per_day
        What it counted a day before the case; None where nobody knows.
    signatures, accounts, merchants
        What it used: others that use them may be its successors.
    """

    id: Name
    group: Name
    level: Level
    entity: Name
    signal: WatchedSignal
    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_WATCH_DAYS)]
    mean_per_day: Annotated[float, msgspec.Meta(gt=0.0, le=1e12)] | None = None
    signatures: Marks = ()
    accounts: Marks = ()
    merchants: Marks = ()
