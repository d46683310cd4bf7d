"""Proposes a level for what the ids of a sample have in common: ids rotate, and that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from streams.items import Level
from streams.names.derived import Derive, first_digits, network, registrable_domain

MOSTLY = 0.9
"""Part of the ids that must have it."""

EACH = 3
"""Ids that share one of the names of the level, on average, at least; of the beginnings of numbers
there are no more than would be as many as share one of them."""

_COMMENT_AT = 38


class SharedLevel(NamedTuple):
    """A level that follows from the ids of senders.

    Attributes
    ----------
    level
        Its name.
    key, value
        How it follows, as the configuration says it.
    ids, names
        How many different ids were looked at, and what they come to.
    """

    level: Level
    key: str
    value: str
    ids: int
    names: int

    def lines(self, levels: Sequence[Level]) -> str:
        """Return the commented table, given the levels that are counted by default."""
        counted = ", ".join(f'"{name}"' for name in (*levels[:-1], self.level, levels[-1]))
        came = f"# the {self.ids} different ids looked at have {self.names}"
        return "\n".join(
            [
                "# Whoever changes the sender's id shows at what the ids have in common. To count",
                f"# it, set count.levels = [{counted}] and uncomment:",
                f"# [levels.{self.level}]",
                f"# {self.key} = {self.value}".ljust(_COMMENT_AT) + came,
                "",
            ]
        )


def shared_level(ids: Sequence[str]) -> SharedLevel | None:
    """Find what most of some senders' ids share with others; None: nothing.

    Examples
    --------
    >>> shared_level([f"106900{n % 2}{n * 7919 % 10_000:04}" for n in range(40)])
    SharedLevel(level='access_code', key='digits', value='7', ids=40, names=2)
    >>> shared_level([f"news{n}@m{n}.shop{n % 3}.example" for n in range(30)])
    SharedLevel(level='domain', key='registrable_domain', value='true', ids=30, names=3)
    >>> shared_level([f"192.0.2.{n}" for n in range(30)])
    SharedLevel(level='account', key='network', value='true', ids=30, names=1)
    >>> shared_level(["a", "b", "c", "d"]) is None
    True
    """
    different = list(dict.fromkeys(ids))
    for level, key, value, derive in _ways(different):
        names = [name for each in different if (name := derive(each)) is not None]
        number = len(set(names))
        each = max(EACH, number) if key == "digits" else EACH
        if number and len(names) >= MOSTLY * len(different) and len(names) >= each * number:
            return SharedLevel(level, key, value, len(different), number)
    return None


def _ways(ids: Sequence[str]) -> Iterator[tuple[Level, str, str, Derive]]:
    """Yield the ways in which a level may follow; of numbers the longest beginning first."""
    yield "account", "network", "true", network
    yield "domain", "registrable_domain", "true", registrable_domain
    whole: Callable[[str], str | None] = first_digits(20)
    lengths = [len(digits) for each in ids if (digits := whole(each)) is not None]
    for length in range(min(lengths, default=0) - 1, 2, -1):
        yield "access_code", "digits", str(length), first_digits(length)
