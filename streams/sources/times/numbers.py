"""Times that are whole numbers in their records: a column of them needs no texts in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from streams.sources.times.time_format import NEWEST

_LEAST_S, _BELOW_S = 10**9, int(NEWEST.timestamp())
"""Seconds since 1970 of ten digits, before `NEWEST`."""


class NumberForm(NamedTuple):
    """What whole numbers mean as times.

    Attributes
    ----------
    text
        Makes the text of one, as which it is read where it stands alone.
    per_s
        How many are a second since 1970; None where that is for their digits to say.
    """

    text: Callable[[int], str]
    per_s: int | None


DIGITS = NumberForm(str, None)
"""Numbers whose text is their digits: ten of them are seconds, 13 are milliseconds."""


class Numbers(NamedTuple):
    """A column of times that are all whole numbers.

    Examples
    --------
    >>> Numbers([1772442000123, 1772442000], DIGITS).texts()
    ['1772442000123', '1772442000']
    """

    values: Sequence[int]
    form: NumberForm

    def texts(self) -> list[str]:
        """Return the text of each."""
        return list(map(self.form.text, self.values))

    def seconds(self) -> list[float] | None:
        """Return them as epoch s, where that is sure: what `quick` says of the text of each.

        A float of milliseconds or microseconds over their number in a second is rounded once, as
        `datetime.timestamp` does it.

        Examples
        --------
        >>> Numbers([1772442000123], DIGITS).seconds(), Numbers([1772442000], DIGITS).seconds()
        ([1772442000.123], [1772442000.0])
        >>> Numbers([1772442000123, 1772442000], DIGITS).seconds()
        """
        least, most = min(self.values), max(self.values)
        for per_s in (1, 1_000) if self.form.per_s is None else (self.form.per_s,):
            if _LEAST_S * per_s <= least and most < _BELOW_S * per_s:
                return [value / per_s for value in self.values]
        return None
