"""An archive's time, cut for a search: to learn, to choose by, and held out. Pure.

What is held out is never shown to the search; a part of the time in which it is trained is judged
only by what lies before it. Every trial judges the whole archive in its order, so that in each
period a detector knows what it would have known then.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

WARM_UP, HELD_OUT = 0.25, 0.3
"""Parts of the time: in which a detector learns and nothing is scored, and that is held out."""

TRAINING = 3
"""Periods between them."""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time, epoch s."""

    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Periods:
    """Training periods, one after another, and what is held out after them."""

    training: tuple[Period, ...]
    held_out: Period

    @property
    def whole(self) -> Period:
        """All of the training."""
        return Period(self.training[0].since_s, self.training[-1].until_s)


def cut(since_s: float, until_s: float) -> Periods:
    """Cut an archive's time.

    Examples
    --------
    >>> periods = cut(0.0, 100.0)
    >>> [(of.since_s, of.until_s) for of in periods.training], periods.held_out.since_s
    ([(25.0, 40.0), (40.0, 55.0), (55.0, 70.0)], 70.0)
    """
    whole = until_s - since_s
    begin, end = since_s + WARM_UP * whole, until_s - HELD_OUT * whole
    edges = [begin + (end - begin) * k / TRAINING for k in range(TRAINING)] + [end]
    return Periods(tuple(Period(a, b) for a, b in pairwise(edges)), Period(end, until_s))
