"""The columns of some records: every place in them that holds texts or numbers, with these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.sources.formats.first_line import is_value

MOST_COLUMNS = 400
"""Places that are looked at: a record with more holds data in its keys."""

MOST_DEEP = 6
_PLAIN = re.compile(r"[^\W\d][\w-]*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+|\d+")
_AS_TEXT = str | int | float


@dataclass
class FoundPlace:
    """A place, and what some records have there.

    Attributes
    ----------
    place
        A column's name, or a path, as a source's table names it.
    name
        The last name of the place, by which people mean something.
    texts
        The values as texts, of the records that have one, in their order.
    arrays
        Whether it is an array of texts.
    """

    place: str
    name: str
    texts: list[str] = field(default_factory=list)
    arrays: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name, in small letters.

        Examples
        --------
        >>> FoundPlace("$.tplSign", "tplSign").words, FoundPlace("x", "SRC_addr").words
        (('tpl', 'sign'), ('src', 'addr'))
        """
        return tuple(word.lower() for word in _WORD.findall(self.name))

    @property
    def distinct(self) -> int:
        """How many different texts it has."""
        return len(set(self.texts))


def columns_of_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[FoundPlace]:
    """Return the columns of a table.

    Examples
    --------
    >>> [(c.place, c.texts) for c in columns_of_rows(["a", "b"], [["1", ""], ["2", "x"]])]
    [('a', ['1', '2']), ('b', ['x'])]
    """
    columns = [FoundPlace(name, name) for name in header[:MOST_COLUMNS]]
    for row in rows:
        for column, text in zip(columns, row, strict=False):
            if text.strip():
                column.texts.append(text)
    return columns


def columns_of_documents(documents: Iterable[Any]) -> list[FoundPlace]:
    """Return the places of objects of JSON, in the order in which they appear.

    Examples
    --------
    >>> columns = columns_of_documents([{"a": {"b c": 1}, "to": ["x", "y"]}, {"a": {"b c": 2}}])
    >>> [(column.place, column.texts, column.arrays) for column in columns]
    [("$.a['b c']", ['1', '2'], False), ('$.to', ['x', 'y'], True)]
    """
    found: dict[str, FoundPlace] = {}
    for document in documents:
        for place, name, value in _leaves("$", "", document, 0):
            if place not in found:
                if len(found) >= MOST_COLUMNS:
                    continue
                found[place] = FoundPlace(place, name)
            column = found[place]
            if isinstance(value, list):
                column.arrays = True
                column.texts += map(str, value)
            elif str(value).strip():
                column.texts.append(str(value))
    return list(found.values())


def arrays_of_objects(documents: Iterable[Any]) -> list[str]:
    """Return the paths of arrays that hold objects, the outermost: each may be of many events.

    Examples
    --------
    >>> arrays_of_objects([{"data": [{"a": 1}], "meta": {"pages": [{"n": 1}]}}])
    ['$.data', '$.meta.pages']
    >>> arrays_of_objects([[{"a": 1}]])
    ['$']
    """
    found: dict[str, None] = {}

    def walk(place: str, value: Any, depth: int) -> None:
        if isinstance(value, list):
            if value and all(isinstance(one, Mapping) for one in value):
                found[place] = None
        elif isinstance(value, Mapping) and depth < MOST_DEEP:
            for key, inner in value.items():
                if not is_value(str(key).removeprefix("@")):
                    walk(_join(place, str(key)), inner, depth + 1)

    for document in documents:
        walk("$", document, 0)
    return list(found)


def _leaves(place: str, name: str, value: Any, depth: int) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, Mapping):
        if depth < MOST_DEEP:
            for key, inner in value.items():
                if not is_value(str(key).removeprefix("@")):
                    yield from _leaves(_join(place, str(key)), str(key), inner, depth + 1)
    elif isinstance(value, list):
        if value and all(isinstance(one, str) for one in value):
            yield place, name, value
    elif isinstance(value, _AS_TEXT) and not isinstance(value, bool):
        yield place, name, value


def _join(place: str, key: str) -> str:
    if _PLAIN.fullmatch(key):
        return f"{place}.{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{place}['{escaped}']"
