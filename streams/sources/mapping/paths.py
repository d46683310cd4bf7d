"""Paths into documents: names, positions and ``[*]``, as JSONPath writes them.

A document is what a record's bytes are decoded to: objects, arrays, texts and numbers.
"""

from __future__ import annotations

import enum
import re
from typing import Any, Final

LONGEST_PATH = 1000
"""Characters."""


class All(enum.Enum):
    """The step of a path that goes to all of an array."""

    ALL = "[*]"


ALL: Final = All.ALL

WHOLE = "$$"
"""A path that begins so is of the whole record, not of an item."""

Path = tuple[str | int | All, ...]

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]]+)
      | \[(?P<index>\d{1,6})\]
      | \[(?P<all>\*)\]
      | \[(?P<quote>['"])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\])+)(?P=quote)\]""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_path(text: str) -> Path:
    r"""Parse a path: names after dots or in brackets and quotes, positions, ``[*]``.

    Raises
    ------
    ValueError
        Where the text is not a path.

    Examples
    --------
    >>> parse_path("$.items[0].x")
    ('items', 0, 'x')
    >>> parse_path("from.addr")
    ('from', 'addr')
    >>> parse_path("$.tags['ses:from-domain'][0]"), parse_path('["a b"]')
    (('tags', 'ses:from-domain', 0), ('a b',))
    >>> parse_path("to[*].addr")
    ('to', <All.ALL: '[*]'>, 'addr')
    """
    path = text.removeprefix("$")
    if path == text and not text.startswith("["):
        path = f".{text}"
    steps: list[str | int | All] = []
    at = 0
    while at < len(path) <= LONGEST_PATH and (found := _STEP.match(path, at)):
        if found["index"]:
            steps.append(int(found["index"]))
        elif found["all"]:
            steps.append(ALL)
        else:
            steps.append(found["name"] or _ESCAPED.sub(r"\1", found["quoted"]))
        at = found.end()
    if at < len(path) or not steps:
        raise ValueError(
            "must be a path such as $.from.addr, items[0].id or $.tags['a.b']; found"
            f" {text[:LONGEST_PATH]!r}"
        )
    return tuple(steps)


def follow(document: Any, path: Path) -> Any:
    """Return the value at the path; None where there is none.

    A path with ``[*]`` gives the list of all values that it reaches, without those that are null.

    Examples
    --------
    >>> follow({"items": [{"x": 1}]}, ("items", 0, "x"))
    1
    >>> follow({"items": []}, ("items", 0, "x"))
    >>> follow({"items": [{"x": 1}, {}, {"x": 3}]}, ("items", ALL, "x"))
    [1, 3]
    """
    for number, step in enumerate(path):
        if type(step) is str:
            if not isinstance(document, dict):
                return None
            document = document.get(step)
        elif type(step) is int:
            if not isinstance(document, list) or step >= len(document):
                return None
            document = document[step]
        else:
            return _follow_all(document, path[number + 1 :])
    return document


def _follow_all(document: Any, path: Path) -> list[Any] | None:
    if not isinstance(document, list):
        return None
    found = [follow(value, path) for value in document]
    if ALL in path:
        found = [value for values in found if values is not None for value in values]
    return [value for value in found if value is not None]


def path_problem(text: str) -> str | None:
    """Say what is wrong with a path; None where nothing is."""
    try:
        parse_path(text)
    except ValueError as error:
        return str(error)
    return None


def steps_of(place: str) -> Path:
    """Return the steps of a path in a table, of the whole record or of an item."""
    return parse_path(place[1:] if place.startswith(WHOLE) else place)
