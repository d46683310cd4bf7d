"""How long each row has been seen, and on how many days it counted: what makes it proven."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.kernels.library import NOTHING, kernel
from detectors.state import State

F8 = npt.NDArray[np.float64]
F4 = npt.NDArray[np.float32]
Marks = npt.NDArray[np.int8]

LEAST_AGE_DAYS = 7.0
"""Age from which a row may be proven; in the first two weeks of a monitor half of its own."""

FULL_AGE_DAYS = 56.0
"""Age from which a proven row has its full weight; at most that of the monitor."""

KNOWN_BEFORE = -1e6
"""Day on which rows of an older checkpoint were first seen: long ago."""

PROVEN_MARK = 6
"""Mark of a row that counted on three days; one more: today, too."""

_MARK = kernel("mark_days")
_TRUSTS = kernel("trusts")


class Ages(NamedTuple):
    """What a kernel needs to know of the rows' ages, in days.

    Attributes
    ----------
    since, marks
        When each row was first seen, and on how many days it counted.
    now
        The present.
    least, full
        Ages from which a row may be proven, and from which it has its full weight.
    """

    since: F4
    marks: Marks
    now: float
    least: float
    full: float


class Tenure:
    r"""When each row was first seen, and whether it counted on three days.

    A fresh id costs nothing, and a crowd of them could move whatever all rows share. Who counted
    on three days, the first of them a week ago, is *proven*, with the weight

    .. math:: w = \min(1, \text{age} / 56\,\text{days})^2

    so that ids must be kept busy for weeks before they weigh what old senders do. A monitor's
    first rows were there before the monitor: in its first weeks its own age is taken for 56 days,
    and half of it for the week.

    State: 5 bytes a row.

    Parameters
    ----------
    bucket_days
        Bucket size in days.

    Examples
    --------
    >>> tenure = Tenure(1.0)
    >>> tenure.enter(2)
    >>> for day in range(30):
    ...     tenure.pass_bucket(np.array([1.0, 0.0]))
    >>> tenure.trusts(2, 0.25)
    array([1.  , 0.25])
    """

    def __init__(self, bucket_days: float) -> None:
        self._bucket_days = bucket_days
        self._buckets_a_day = max(1, round(1.0 / bucket_days))
        self._buckets = 0
        self._since: F4 = np.zeros(0, dtype=np.float32)
        self._marks: Marks = np.zeros(0, dtype=np.int8)
        self.state = State()
        self.state.columns(self, "_since", fill=KNOWN_BEFORE)
        self.state.columns(self, "_marks", fill=PROVEN_MARK)
        self.state.shared(self, _buckets=int)
        self.state.since(6, "_since", "_marks", "_buckets")
        self.state.after_unpack(self._from_older_form)

    def _from_older_form(self) -> None:
        """Give a monitor whose checkpoint held no ages an age at which nothing depends on it."""
        if not self._buckets and len(self._since):
            self._buckets = math.ceil(FULL_AGE_DAYS / self._bucket_days)

    @property
    def days(self) -> float:
        """Age of the monitor."""
        return self._buckets * self._bucket_days

    @property
    def ages(self) -> Ages:
        """What a kernel needs to know of the rows' ages in the present bucket."""
        # A row's age counts its first bucket, as the monitor's counts the present one.
        days, own = self._bucket_days, self.days
        least = LEAST_AGE_DAYS if own > 2.0 * LEAST_AGE_DAYS else own / 2.0
        full = FULL_AGE_DAYS if own > FULL_AGE_DAYS else own
        full = days if full < days else full
        return Ages(self._since, self._marks, own + days, least + days, full)

    def enter(self, rows: int) -> None:
        """Add rows that count in the present bucket for the first time."""
        if not rows:
            return
        before = len(self._since)
        self.state.grow_to(before + rows)
        self._since[before:] = self.days
        self._marks[before:] = 0

    def trusts(self, rows: int, trust: float) -> F8:
        """How much each row may teach all others: 1 if it is proven, else `trust`; empty: 1 each.

        Parameters
        ----------
        rows
            How many there are.
        trust
            Of those that are not proven.
        """
        if trust >= 1.0:
            return NOTHING
        ages, out = self.ages, np.empty(rows)
        _TRUSTS(ages.since, ages.marks, ages.now, ages.least, trust, out)
        return out

    def pass_bucket(self, x: F8) -> None:
        """End a bucket with these counts of all rows."""
        _MARK(self._marks, x, self._buckets % self._buckets_a_day == 0)
        self._buckets += 1
