"""Whether the first line of a table names its columns, or is a record already.

A record holds people. What is taken for a name of a column may be shown and written into a
configuration, so whatever looks like a value is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import unicodedata2

from streams.sources.times.candidates import is_read, plausible
from streams.sources.times.usual import usual

LONGEST_NAME = 100
"""A longer cell is what somebody wrote, and no name."""

_LONG_NUMBER = re.compile(r"\d{7}")
_LETTER = re.compile(r"[^\W\d_xX]")
_LEAST_DIGITS = 3
_OF_LOGS = frozenset(("@timestamp", "@version"))
"""Columns of logs whose names begin like those of people."""


def is_value(cell: str) -> bool:
    """Whether a cell can be no name: an address, a time, a long number, a phone number, a text.

    Examples
    --------
    >>> [is_value(name) for name in ("sent at", "号码", "area_code_2020", "c1", "@timestamp")]
    [False, False, False, False, False]
    >>> [is_value(value) for value in ("(202) 555-0101", "138****1234", "a@b.example")]
    [True, True, True]
    """
    text = unicodedata2.normalize("NFKC", cell).strip()
    if len(text) > LONGEST_NAME:
        return True
    if "@" in text and text not in _OF_LOGS:
        return True
    digits = sum(map(str.isdigit, text))
    if digits < _LEAST_DIGITS:
        return False
    if _LONG_NUMBER.search(text) or not _LETTER.search(text) or 2 * digits >= len(text):
        return True
    return is_read(usual, text) or bool(plausible(text))


def is_record(first: Sequence[str]) -> bool:
    """Whether a first line looks like a record: one of its cells is a value."""
    return any(map(is_value, first))


def names_columns(first: Sequence[str], rows: Sequence[Sequence[str]], *, known: int) -> bool:
    """Whether a first line names the columns of the rows after it.

    That none of its cells looks like a value is not enough, since a record may hold only words.
    Something must say that they are names: a column below which only values stand, or two names
    that are known. And no name stands in its own column.

    Parameters
    ----------
    first, rows
        The first line's cells, and those of the lines after it.
    known
        How many of the cells are what people call a field of an event.

    Examples
    --------
    >>> rows = [["Li", "13800000001"], ["Wu", "13800000002"]]
    >>> names_columns(["nom", "tel"], rows, known=0)
    True
    >>> names_columns(["Wu", "tel"], rows, known=0)
    False
    """
    if is_record(first):
        return False
    names = [cell.strip() for cell in first]
    below = [row for row in rows if [cell.strip() for cell in row] != names]  # or several headers
    only_values = 0
    for name, column in zip(names, _columns(below, len(names)), strict=True):
        if name in column and name:
            return False
        only_values += bool(name and column) and all(map(is_value, column))
    return only_values > 0 or known >= 2


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Return the cells of each column that are not empty."""
    cells = [[row[at].strip() for row in rows if at < len(row)] for at in range(width)]
    return [[cell for cell in column if cell] for column in cells]
