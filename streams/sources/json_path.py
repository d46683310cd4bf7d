"""Where in a JSON document a field stands: ``$.from.addr``, ``from.addr``, ``items[0].x``."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]")

Path = tuple[str | int, ...]


def parse_path(text: str) -> Path:
    """Read a path: names with dots between, places in arrays in brackets.

    Raises
    ------
    ValueError
        Where it is none.

    Examples
    --------
    >>> parse_path("$.items[0].x")
    ('items', 0, 'x')
    >>> parse_path("from.addr")
    ('from', 'addr')
    """
    rest = text.removeprefix("$")
    if rest == text:
        rest = f".{text}" if not text.startswith("[") else text
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None or (match[1] and rest[at] != "."):
            break
        steps.append(match[1] or int(match[2]))
        at = match.end()
    if at < len(rest) or not steps:
        raise ValueError(f"must be a path such as $.from.addr or items[0].id; found {text!r}")
    return tuple(steps)


def follow(document: Any, path: Path) -> Any:
    """Return what stands at the path; None where nothing does.

    Examples
    --------
    >>> follow({"items": [{"x": 1}]}, ("items", 0, "x"))
    1
    >>> follow({"items": []}, ("items", 0, "x"))
    """
    for step in path:
        if isinstance(step, str):
            if not isinstance(document, dict):
                return None
            document = document.get(step)
        else:
            if not isinstance(document, list) or step >= len(document):
                return None
            document = document[step]
    return document
