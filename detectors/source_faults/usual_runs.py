"""How often runs of a kind begin, and how long they last: the length that is unusual."""

from __future__ import annotations

import math

from detectors.state import State


class UsualRuns:
    r"""Runs of buckets of a source, e.g. of empty ones, and the length from which a run is unusual.

    Let there be λ runs a day of mean length ℓ, with geometric lengths. Then runs of at least k
    buckets come :math:`\lambda e^{-k/\ell}` times a day, which is less than r times a day for

    .. math:: k \ge \ell \ln(\lambda / r)

    A source that sends once an hour, on the hour, has empty minutes between: they are usual.

    Parameters
    ----------
    bucket_days
        Bucket size in days.
    keep_per_day
        Weight that a run keeps after a day.

    Examples
    --------
    >>> runs = UsualRuns(1 / 1440)
    >>> runs.too_long(1.0)
    0.0
    >>> for _ in range(48):
    ...     for _ in range(60):
    ...         runs.pass_bucket()
    ...     runs.add(59)
    >>> round(runs.too_long(1.0))
    188
    """

    def __init__(self, bucket_days: float, *, keep_per_day: float = 0.9) -> None:
        self._bucket_days = bucket_days
        self._keep = keep_per_day**bucket_days
        self._runs = self._length = self._days = 0.0
        self.state = State()
        self.state.shared(self, _runs=float, _length=float, _days=float)

    def pass_bucket(self) -> None:
        """Let a bucket pass."""
        self._runs *= self._keep
        self._length *= self._keep
        self._days = self._days * self._keep + self._bucket_days

    def add(self, length: int) -> None:
        """Learn a run that has ended, of this number of buckets."""
        self._runs += 1.0
        self._length += length

    def too_long(self, per_day: float) -> float:
        """Length in buckets that is reached less than `per_day` times a day."""
        rate = self._runs / max(self._days, 1.0)
        if rate <= per_day:
            return 0.0
        return self._length / self._runs * math.log(rate / per_day)
