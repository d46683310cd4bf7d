"""Cursors: how far a reader has read a feed, written ``EPOCH.NUMBER``."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from streams.alerts.identity import EPOCH

PATTERN: Final = r"^([1-9][0-9]{0,15}\.)?[0-9]{1,16}$"
"""What a cursor looks like in an address."""

RULE: Final = "a cursor, as pages give it in `after`, such as 1.57: epoch 1, item 57"

_READ = re.compile(PATTERN)


class Cursor(NamedTuple):
    """A place in a feed: the last item read.

    Attributes
    ----------
    epoch
        The epoch in which the number was given. Numbers begin again at 1 with the next.
    number
        The item's number; 0 before the first.

    Examples
    --------
    >>> str(Cursor(2, 57)), Cursor(2, 57) < Cursor(3, 0)
    ('2.57', True)
    """

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.number}"


class Beginning(NamedTuple):
    """The beginning of a feed, whatever its epoch."""


def read_cursor(text: str) -> Cursor | Beginning:
    """Read a cursor.

    ``0`` is the beginning of the feed, whatever its epoch. Any other number without an epoch is of
    epoch 1: cursors were written so before they named the epoch.

    Raises
    ------
    ValueError
        Where it is none.

    Examples
    --------
    >>> read_cursor("2.57"), read_cursor("57"), read_cursor("0")
    (Cursor(epoch=2, number=57), Cursor(epoch=1, number=57), Beginning())
    """
    if _READ.fullmatch(text) is None:
        raise ValueError(f"a cursor must be {RULE}; found {text[:80]!r}")
    epoch, _, number = text.rpartition(".")
    if not epoch and int(number) == 0:
        return Beginning()
    return Cursor(int(epoch or EPOCH), int(number))
