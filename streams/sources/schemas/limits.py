"""What a schema and a record may cost: both come from strangers.

A schema that has passed may make any record: of 1 MiB, an array of 2^60 values that take no byte,
a list that holds itself to any depth. So each record has a budget of values and of depth, and a
schema that could not keep to it is refused when it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streams.sources.rejects import Undecodable

LARGEST_SCHEMA = 262_144
"""Bytes of a schema's text, with those of all that it refers to."""

MOST_REFERENCES = 64
"""Schemas that one schema may refer to, directly or not."""

MOST_TYPES = 10_000
"""Types in a schema: a field, an item, a branch is one each."""

MOST_OF_ONE = 10_000
"""Values that one value may hold without an array or a map in between."""

MOST_VALUES = 200_000
"""Values of a record."""

DEEPEST = 128
"""Values that one may meet on the way from the record to its innermost value."""

Read = Callable[[bytes, int], tuple[Any, int]]
"""Reads a value at a place; returns it with the place behind it."""


class BadSchema(Exception):
    """A schema cannot be used; the text says why."""


class RecordBudget:
    """How many values, and how deep, a record may still be.

    Attributes
    ----------
    values, levels
        What is left of `MOST_VALUES` and `DEEPEST`.
    """

    __slots__ = ("levels", "values")

    def __init__(self) -> None:
        self.values, self.levels = MOST_VALUES, DEEPEST

    def reset(self) -> None:
        """Begin a record."""
        self.values, self.levels = MOST_VALUES, DEEPEST

    def spend(self, values: int) -> None:
        """Take values off.

        Raises
        ------
        Undecodable
            Where so many are not left.
        """
        self.values -= values
        if self.values < 0:
            raise Undecodable("too_big", f"a record must hold at most {MOST_VALUES} values")

    def descend(self, levels: int) -> None:
        """Go down; whoever does adds them to `levels` again.

        Raises
        ------
        Undecodable
            Where that is too deep.
        """
        self.levels -= levels
        if self.levels < 0:
            raise Undecodable("too_deep", f"values must be nested at most {DEEPEST} deep")
