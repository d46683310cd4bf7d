"""Counts of a period beside those of the period before and of a year before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from detectors.comparison.rate_ratio import Bounded, rate_ratio


class ComparedCount(NamedTuple):
    """A count, and how it has changed.

    Attributes
    ----------
    now
        Of the period.
    before, year_before
        Of the period before, and of a year before; None where nothing of it is recorded.
    change, change_in_year
        The rates a recorded day, this one over the earlier one, with its 95 % interval; None where
        nothing can be said.
    """

    now: int
    before: int | None
    year_before: int | None
    change: Bounded | None
    change_in_year: Bounded | None


class NamedCount(NamedTuple):
    """A count of something that has a name.

    Attributes
    ----------
    name
        Its name; "" is what did not say it.
    share
        Its part of all; None of nothing.
    compared
        The count.
    """

    name: str
    share: float | None
    compared: ComparedCount


class Exposures(NamedTuple):
    """How much of each period is recorded, in days, and how much its counts scatter.

    Attributes
    ----------
    now, before, year_before
        Days; 0 where nothing is recorded.
    dispersion
        Variance of a day's count over that of a Poisson count, 1 or more.
    """

    now: float
    before: float
    year_before: float
    dispersion: float


def compare(counts: Sequence[int], over: Exposures) -> ComparedCount:
    """Compare a count with those of earlier periods.

    Parameters
    ----------
    counts
        Of the period, of that before, and of a year before.
    over
        Over what they were counted.

    Examples
    --------
    >>> found = compare([30, 15, 0], Exposures(7.0, 7.0, 0.0, 1.0))
    >>> found.change.value, found.year_before, found.change_in_year
    (2.0, None, None)
    """
    now, before, year_before = counts
    return ComparedCount(
        now,
        before if over.before else None,
        year_before if over.year_before else None,
        rate_ratio(now, over.now, before, over.before, over.dispersion),
        rate_ratio(now, over.now, year_before, over.year_before, over.dispersion),
    )


def largest(
    counts: Sequence[Mapping[str, int]], over: Exposures, most: int | None = None
) -> tuple[NamedCount, ...]:
    """Compare the largest of named counts; those that did not say a name stand last.

    Parameters
    ----------
    counts
        By name: of the period, of that before, of a year before.
    over
        Over what they were counted.
    most
        How many names there are at most; None is all.
    """
    now, before, _ = counts
    whole = sum(now.values())
    names = sorted(
        set(now) | (set(before) if most is None else set()), key=lambda n: (-now.get(n, 0), n)
    )
    kept = [name for name in names if name][:most]
    kept += [""] if now.get("") else []
    return tuple(
        NamedCount(
            name,
            now.get(name, 0) / whole if whole else None,
            compare([each.get(name, 0) for each in counts], over),
        )
        for name in kept
    )
