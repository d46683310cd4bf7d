"""Proposes the ``time_format`` of a column from its texts; says so where they leave it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from streams.sources.times.candidates import Candidate, is_read, plausible
from streams.sources.times.time_format import LONGEST
from streams.sources.times.usual import usual

MOST_TEXTS = 10_000
"""Distinct texts that are looked at."""

MOST_FORMATS = 8


@dataclass(frozen=True, slots=True)
class Proposal:
    """How the texts of a column may be read as times.

    Attributes
    ----------
    times
        How many distinct texts are times.
    others
        How many are not, by the best proposal.
    usual
        Whether all of these times are read without a ``time_format``.
    alternatives
        Values of ``time_format``: one where the texts leave no doubt, several where they do. Empty
        where none is needed, or none can be found.
    example
        A text that the alternatives read differently.

    Examples
    --------
    >>> propose(["03/04/2024", "13/04/2024"]).alternatives
    (('%d/%m/%Y',),)
    >>> propose(["03/04/2024"]).problem
    'may be %m/%d/%Y or %d/%m/%Y: these texts do not say which'
    >>> propose(["2024-04-03"]).usual, propose(["Shop"]).times
    (True, 0)
    """

    times: int
    others: int
    usual: bool = False
    alternatives: tuple[tuple[str, ...], ...] = ()
    example: str | None = None

    @property
    def problem(self) -> str | None:
        """A sentence where the texts leave open which time they mean; None where they do not."""
        if len(self.alternatives) < 2:
            return None
        ways = " or ".join(", ".join(formats) for formats in self.alternatives)
        return f"may be {ways}: these texts do not say which"


def propose(texts: Iterable[str]) -> Proposal:
    """Propose how the texts of a column are read as times.

    Parameters
    ----------
    texts
        As they stand in the column; empty ones are passed over.
    """
    distinct: dict[str, None] = {}
    for text in texts:
        if text.strip() and len(distinct) < MOST_TEXTS:
            distinct[text] = None
    plain = sum(is_read(usual, text) for text in distinct)
    found = {text: plausible(text) if len(text) <= LONGEST else () for text in distinct}
    reads: Counter[str] = Counter()
    for each in found.values():
        reads.update({candidate.order: 1 for candidate in each})
    most = max(reads.values(), default=0)
    if plain >= most:
        return Proposal(plain, len(distinct) - plain, usual=plain > 0)
    orders = [order for order, number in reads.items() if number == most]
    alternatives = tuple(_formats(order, found.values()) for order in orders)
    example = next((text for text, each in found.items() if len(each) > 1), None)
    return Proposal(
        most,
        len(distinct) - most,
        alternatives=alternatives,
        example=example if len(orders) > 1 else None,
    )


def _formats(order: str, found: Iterable[tuple[Candidate, ...]]) -> tuple[str, ...]:
    """Return the formats of one order, the commonest first."""
    formats: Counter[str] = Counter()
    for each in found:
        formats.update(candidate.format for candidate in each if candidate.order == order)
    return tuple(form for form, _ in formats.most_common(MOST_FORMATS))
