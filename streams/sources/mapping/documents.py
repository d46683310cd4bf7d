"""What is in a document of objects and arrays: many items, in envelopes, with many recipients.

JSON, Avro and Protobuf are such documents. A path is relative to its item; one that begins with
``$$`` is of the whole record, so that an item may be told apart by what stands around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from streams.items import SKIPPED, Skipped
from streams.sources.formats.format import PEOPLE, Columns, Field, Headers, Values
from streams.sources.mapping.envelopes import unwrap
from streams.sources.mapping.mapper import Find, Mapper
from streams.sources.mapping.paths import (
    ALL,
    WHOLE,
    follow,
    parse_path,
    path_problem,
    steps_of,
)
from streams.sources.rejects import Undecodable

MOST_ITEMS = 10_000
"""Items of a record, at most: each may be a reject, which is larger than what it came from."""


class Scope(NamedTuple):
    """An item and the record that it is of."""

    item: Any
    record: Any


class DocumentItems:
    """Takes the items out of documents.

    Parameters
    ----------
    columns
        Which items there are, which are wanted, and where each field stands.

    Examples
    --------
    >>> columns = Columns("s", {"time": ("t",), "recipient": ("to",)}, items="$.data[*]")
    >>> DocumentItems(columns).items({"data": [{"t": 1, "to": ["a", "b"]}, {"t": 2}]})
    [('1', 'a'), ('1', 'b'), ('2', None)]
    """

    def __init__(self, columns: Columns) -> None:
        self._mapper = Mapper(columns, find_path)
        self._unwrap = columns.unwrap
        self._items = None if columns.items is None else parse_path(columns.items)
        fields = list(columns.named)
        self._person = next((at for at, field in enumerate(fields) if field in PEOPLE), None)
        self._id = fields.index("event_id") if "event_id" in fields else None

    def items(self, document: Any, headers: Headers = ()) -> list[Values | Undecodable | Skipped]:
        """Return the items of a record's document.

        Raises
        ------
        Undecodable
            Where nothing of it can be read.
        """
        record = document
        if self._unwrap:
            opened = unwrap(document, headers, self._unwrap)
            if opened is SKIPPED:
                return [SKIPPED]
            record, document = opened
        if self._items is None:
            return self._of_item(document, record)
        found = follow(document, self._items)
        if found is None and self._items == (ALL,):
            found = document  # an item without its array
        if isinstance(found, dict):
            found = [found]
        if not isinstance(found, list):
            raise Undecodable("missing", "items must be an array or an object; found neither")
        items = [one for item in found[: MOST_ITEMS + 1] for one in self._of_item(item, record)]
        if len(items) > MOST_ITEMS:
            raise Undecodable("too_many", f"a record must hold at most {MOST_ITEMS} items")
        return items

    def _of_item(self, item: Any, record: Any) -> list[Values | Undecodable | Skipped]:
        if not isinstance(item, dict):
            what = "a record" if self._items is None else "an item"
            return [Undecodable("not_json", f"{what} must be one JSON object; found another value")]
        try:
            values = self._mapper.values(Scope(item, record))
        except Undecodable as error:
            return [error]
        if self._person is None or values is SKIPPED:
            return [values]
        people: Any = values[self._person]
        return list(self._each(values, self._person, people)) if type(people) is list else [values]

    def _each(self, values: Values, person: int, people: list[str]) -> Iterator[Values]:
        """Yield the values once for each person, with an id of its own."""
        for number, text in enumerate(people):
            one = list(values)
            one[person] = text
            if self._id is not None and type(own := one[self._id]) is str and own:
                one[self._id] = f"{own}:{number}"
            yield tuple(one)


def place_problem(place: str) -> str | None:
    """Say what is wrong with a path in a table; None where nothing is."""
    return path_problem(place[1:] if place.startswith(WHOLE) else place)


def find_path(place: str, _: Field | None) -> Find:
    """Return what looks up a path in a `Scope`."""
    path = steps_of(place)
    if place.startswith(WHOLE):
        return lambda scope: follow(scope.record, path)
    return lambda scope: follow(scope.item, path)
