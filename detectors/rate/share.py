"""Whether the share of messages of a kind rises: an e-process on beta-binomial counts."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from detectors.pages import PagedTable
from detectors.state import State

ODDS: Final = (3.0, 10.0, 100.0)
"""Rises that are looked for, as factors of the odds."""

STRENGTH: Final = 200.0
"""Messages that a baseline counts for at most: shares vary more than coin tosses would."""

A_BUCKET: Final = 20.0
"""Messages that a bucket teaches at most."""

COHORT: Final = 10.0
"""Messages that the share of all others counts for, before there are own ones."""

ENOUGH: Final = 30.0
"""Messages of which an entity must have taught before it is judged."""

KEEP: Final = 0.999
LEAST_SHARE: Final = 0.001
MOST_ENTITIES: Final = 200_000
LEAST_NATS: Final = math.log(1000.0)


class Share(msgspec.Struct, array_like=True):
    """What is remembered of an entity.

    Attributes
    ----------
    with_it, without
        Messages of the kind, and others, as far as they count.
    nats
        Logarithm of the Shiryaev-Roberts statistic of each rise.
    last_day
        When it last counted.
    """

    with_it: float = 0.0
    without: float = 0.0
    nats: list[float] = msgspec.field(default_factory=lambda: [-math.inf] * len(ODDS))
    last_day: int = 0


class ShareBank:
    r"""Evidence that an entity's share has risen.

    k of n messages are beta-binomial with the entity's own share m, to which the share of all
    others is the prior, and a fixed strength. For each factor of the odds,

    .. math:: R \leftarrow (R + 1) \, \frac{BB(k; n, m')}{BB(k; n, m)}

    and the evidence is the logarithm of their mean: an e-detector. If the predictive is right, at
    most :math:`\alpha` n false alarms are expected in n buckets at evidence :math:`-\ln \alpha`.

    Attributes
    ----------
    shares
        What is remembered, stored beside `state`.
    passed_over
        How often an entity was not judged, since too many are remembered.

    References
    ----------
    J. Shin, A. Ramdas, A. Rinaldo: E-detectors: a nonparametric framework for sequential change
    detection. New England J. Stat. Data Sci. 2 (2024).

    Examples
    --------
    >>> shares = ShareBank()
    >>> for _ in range(30):
    ...     _ = shares.score("a", 1, 20, 0)
    >>> shares.score("a", 1, 20, 0) < 5 < 10 < shares.score("a", 15, 20, 0)
    True
    """

    def __init__(self) -> None:
        self.shares: PagedTable[Share] = PagedTable(Share)
        self.passed_over = 0
        self._with, self._all = 0.0, 0.0
        self.state = State()
        self.state.shared(self, _with=float, _all=float)

    def __len__(self) -> int:
        """How many entities are known."""
        return len(self.shares)

    def usual(self, entity: str) -> float:
        """The share that is expected of an entity."""
        its = self.shares.get(entity, None)
        return self._usual(Share() if its is None else its)

    def score(self, entity: str, found: int, known: int, day: int) -> float:
        """Evidence after a bucket; the bucket is learned.

        Parameters
        ----------
        entity
            Whose messages.
        found, known
            How many are of the kind, of how many of which that is known.
        day
            Number of the day.

        Returns
        -------
        float
            0 as long as too little is known.
        """
        its = self.shares.get(entity, None)
        if its is None:
            if len(self.shares) >= MOST_ENTITIES:
                self.passed_over += 1
                return 0.0
            its = self.shares[entity] = Share()
        self.shares.note_change(entity)
        its.last_day = day
        evidence = self._judge(its, found, known)
        teaches = min(float(known), A_BUCKET) / known
        part, rest = found * teaches, (known - found) * teaches
        fade = KEEP * min(1.0, STRENGTH / (its.with_it + its.without + part + rest))
        its.with_it, its.without = (its.with_it + part) * fade, (its.without + rest) * fade
        self._with, self._all = KEEP * self._with + part, KEEP * self._all + part + rest
        return evidence

    def reset(self, entity: str) -> None:
        """Begin the evidence anew, after an alarm."""
        self.shares[entity].nats = [-math.inf] * len(ODDS)
        self.shares.note_change(entity)

    def forget(self, before: int) -> None:
        """Forget entities that did not count since a day."""
        self.shares.keep(lambda _, its: its.last_day >= before)

    def _usual(self, its: Share) -> float:
        pooled = (self._with + 1.0) / (self._all + 20.0)
        share = (its.with_it + COHORT * pooled) / (its.with_it + its.without + COHORT)
        return min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)

    def _judge(self, its: Share, found: int, known: int) -> float:
        if its.with_it + its.without < ENOUGH:
            return 0.0
        usual = self._usual(its)
        strength = its.with_it + its.without + COHORT
        base = _log_chance(found, known, usual, strength)
        for number, times in enumerate(ODDS):
            odds = times * usual / (1.0 - usual)
            ratio = _log_chance(found, known, odds / (1.0 + odds), strength) - base
            before = its.nats[number]
            its.nats[number] = min(
                (max(before, 0.0) + math.log1p(math.exp(-abs(before)))) + ratio, 500.0
            )
        top = max(its.nats)
        return top + math.log(sum(math.exp(each - top) for each in its.nats) / len(ODDS))


def _log_chance(found: int, known: int, mean: float, strength: float) -> float:
    """Logarithm of the beta-binomial chance, without what depends on the counts alone."""
    a, b = mean * strength, (1.0 - mean) * strength
    return math.lgamma(a + found) - math.lgamma(a) + math.lgamma(b + known - found) - math.lgamma(b)
