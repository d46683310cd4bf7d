"""Counts that all divide by one number: records that came several times over."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

DIVISORS = tuple(range(2, 9))

NEARLY_ALL = 0.9
"""At most a tenth of the entities may be off: some records came late, or came once."""

START_WEIGHT = 20.0
"""Entities for which chance, one in m, stands in before any has been seen."""

LEAST_HISTORY = 100.0
"""Counts that must have been seen before any bucket is called repeated."""


class Repeat(NamedTuple):
    """How many times over a bucket came, 1 for once, and the evidence for it."""

    times: int
    evidence_nats: float


class Divisibility:
    r"""Tells a bucket whose records came m times from one with that many records.

    If every record came m times, every entity's count divides by m, whether the total is
    twice the usual one or, on a quiet day, just the usual. Of n entities that counted, let k
    have a count that divides by m, and let q be the usual share of such counts in recent
    buckets. If divisibility were independent from one entity to the next,

    .. math:: P(K \ge k) \le e^{-n\,\mathrm{KL}(k/n \,\|\, q)}, \qquad
        \mathrm{KL}(p \,\|\, q) = p \ln\frac{p}{q} + (1 - p) \ln\frac{1 - p}{1 - q}

    (Hoeffding). Before counts have been seen q is 1/m, that of large counts; small ones
    divide more rarely. A source whose counts always divide (two segments a message, numbers
    rounded to tens) has q near 1, and is never called repeated. q is that of all entities
    together: where those whose counts always divide are alone at night, the night looks
    repeated.

    Parameters
    ----------
    keep
        Weight that what was seen keeps after a bucket.

    References
    ----------
    W. Hoeffding: Probability inequalities for sums of bounded random variables. JASA 58 (1963).

    Examples
    --------
    >>> shares = Divisibility(0.9)
    >>> day = np.repeat([1.0, 2.0, 3.0, 6.0], [400, 60, 30, 10])
    >>> shares.learn(day)
    >>> shares.test(day)
    Repeat(times=1, evidence_nats=0.0)
    >>> shares.test(2.0 * day[::10]).times, shares.test(3.0 * day[::10]).times
    (2, 3)
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._seen = 0.0
        self._divided = np.zeros(len(DIVISORS))

    def usual(self) -> F8:
        """Usual shares of counts that divide by each of `DIVISORS`."""
        chance = START_WEIGHT / np.array(DIVISORS, dtype=np.float64)
        return (chance + self._divided) / (START_WEIGHT + self._seen)

    def test(self, counts: F8, *, threshold_nats: float = 14.0) -> Repeat:
        """How many times over these counts, all above 0, came: the largest that stands out."""
        n = len(counts)
        if not n or self._seen < LEAST_HISTORY:
            return Repeat(1, 0.0)
        usual = self.usual()
        for at in reversed(range(len(DIVISORS))):
            share = float(np.count_nonzero(counts % DIVISORS[at] == 0.0)) / n
            if share >= NEARLY_ALL:
                evidence = n * _divergence(share, float(usual[at]))
                if evidence >= threshold_nats:
                    return Repeat(DIVISORS[at], evidence)
        return Repeat(1, 0.0)

    def learn(self, counts: F8) -> None:
        """Take in the counts of a bucket that came once, all above 0, perhaps none."""
        self._seen = self._keep * self._seen + len(counts)
        divided = [float(np.count_nonzero(counts % m == 0.0)) for m in DIVISORS]
        self._divided = self._keep * self._divided + np.array(divided)

    def forget(self) -> None:
        """Begin anew: what seemed repeated has lasted too long to be a mistake."""
        self._seen = 0.0
        self._divided = np.zeros(len(DIVISORS))

    def dump(self) -> list[float]:
        """State as plain values."""
        return [self._seen, *self._divided.tolist()]

    def load(self, state: list[float]) -> None:
        """Take the state that `dump` gave."""
        self._seen, *divided = state
        self._divided = np.array(divided)


def _divergence(p: float, q: float) -> float:
    if p <= q:
        return 0.0
    rest = (1.0 - p) * math.log((1.0 - p) / (1.0 - q)) if p < 1.0 else 0.0
    return p * math.log(p / q) + rest
