"""An entity as it is typed: a level, a slash and an id; and what else may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from streams.cli.console import fail

_MOST_NAMES = 5


def parse_entity(where: str, text: str, levels: Sequence[str]) -> tuple[str, str]:
    """Read ``sender/106900012345``, or end with status 2 and name `where` it stood."""
    level, slash, name = text.partition("/")
    if not slash or not name or level not in levels:
        fail(
            f"{where} must be a level, a slash and an id, such as sender/106900012345; got {text}",
            2,
        )
    return level, name


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Names most like one: those that hold it, then those that differ little.

    Examples
    --------
    >>> nearest("106900012354", ["106900012345", "106900099999", "95588"])
    ['106900012345']
    >>> nearest("Mall", ["The Mall", "Bank"])
    ['The Mall']
    """
    ends = (name[:3], name[-3:])
    alike, holding = [], []
    for other in known:
        if name in other:
            holding.append(other)
        elif other.startswith(ends[0]) or other.endswith(ends[1]):
            # A slip leaves one of the ends whole; comparing with every name takes too long.
            alike.append(other)
    close = difflib.get_close_matches(name, alike, _MOST_NAMES)
    return [*sorted(holding)[:_MOST_NAMES], *close][:_MOST_NAMES]
