"""Takes the texts of an item's fields out of a document, as a source's table says.

A document is what a format makes of a record: an object of JSON, a row of CSV, a report. The
format says how a place is looked up in it, and nothing here knows which format it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from streams.sources.formats.format import Columns, Constant, Field, Values
from streams.sources.rejects import Undecodable

Find = Callable[[Any], Any]
"""Looks up one place in a document; None where it is not there."""

Finder = Callable[[str, Field], Find]
"""Makes a `Find` of a place, as the table names it, and the field that it is for."""

JOINED: frozenset[Field] = frozenset(("time", "occurred_at"))
"""Fields whose places are joined; of any other field the first place with a value counts."""


class Mapper:
    """Takes fields out of documents.

    Parameters
    ----------
    columns
        Where each field stands.
    finder
        How a place is looked up.

    Examples
    --------
    >>> columns = Columns("s", {"time": ("day", "hour"), "sender": ("code", Constant("1069"))})
    >>> mapper = Mapper(columns, lambda place, _: lambda document: document.get(place))
    >>> mapper.values({"day": "2026-03-02", "hour": "08:00:00", "code": None})
    ('2026-03-02 08:00:00', '1069')
    """

    def __init__(self, columns: Columns, finder: Finder) -> None:
        self._fields = [
            (field, _texts(field, [_find(place, field, finder) for place in places]))
            for field, places in columns.named.items()
        ]
        self._kinds = columns.kinds

    def values(self, document: Any) -> Values:
        """Return the texts of a document's fields, in the order of the columns.

        Raises
        ------
        Undecodable
            Where a field holds what no text can be made of.
        """
        values = tuple([text(document) for _, text in self._fields])
        if self._kinds is not None and self._fields[-1][0] == "kind":
            found = " ".join((values[-1] or "").split())
            return (*values[:-1], self._kinds.get(found, self._kinds.get("*")))
        return values


def _find(place: str | Constant, field: Field, finder: Finder) -> Find:
    if isinstance(place, Constant):
        value = place.value
        return lambda _: value
    return finder(place, field)


def _texts(field: Field, finds: Sequence[Find]) -> Callable[[Any], str | None]:
    if len(finds) == 1:
        (find,) = finds
        return lambda document: as_text(field, find(document))
    if field in JOINED:

        def joined(document: Any) -> str | None:
            texts = [as_text(field, find(document)) for find in finds]
            return " ".join(text for text in texts if text) or None

        return joined

    def first(document: Any) -> str | None:
        for find in finds:
            if text := as_text(field, find(document)):
                return text
        return None

    return first


def as_text(field: Field, value: Any) -> str | None:
    """Return a field's value as the text that a column of CSV would hold.

    Raises
    ------
    Undecodable
        Where it is neither text nor a number.
    """
    if value is None or type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    if type(value) is float and field in JOINED:
        return f"{value:.6f}"
    raise Undecodable("wrong_type", f"{field} must be text or a whole number; found another type")
