"""Whether the share of messages of a kind rises: an e-process on beta-binomial counts of days."""

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

A_DAY: Final = 20.0
"""Messages that a day teaches at most."""

FIRST_CORRELATION, FIRST_WEIGHT = 0.02, 100.0
"""How alike two messages of a day are, before anything is known, and for how many days of all
entities that counts."""

PEERS: Final = 2.0
"""Days that the correlation of all others counts for."""

CORRELATIONS: Final = (0.001, 0.9)
MOST_SQUARED: Final = 9.0
"""Squared deviations, in variances, that teach a correlation at most: a rise is no dispersion."""

COHORT: Final = 10.0
"""Messages that the share of all others counts for, before there are own ones."""

ENOUGH: Final = 30.0
"""Messages of which an entity must have taught before it is judged."""

FIRST_DAYS: Final = 7
"""Days with messages on which an entity is only learned."""

KEEP: Final = 0.999
KEEP_ALIKE: Final = 0.98
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
        Logarithm of the Shiryaev-Roberts statistic of each rise, of past days.
    last_day, days
        The last day with messages, and how many such days there were before it.
    found, known
        Of that day: messages of the kind, and all of which it is known.
    alike, weight
        Correlations of past days, and the weight that they have; both fade.
    """

    with_it: float = 0.0
    without: float = 0.0
    nats: list[float] = msgspec.field(default_factory=lambda: [-math.inf] * len(ODDS))
    last_day: int = 0
    days: int = 0
    found: int = 0
    known: int = 0
    alike: float = 0.0
    weight: float = 0.0


class ShareBank:
    r"""Evidence that an entity's share has risen.

    k of n messages of a day are beta-binomial with the entity's own share m, to which the share of
    all others is the prior. Messages of a campaign are alike, so shares vary more than coin tosses
    would. The correlation r of two messages of a day is the entity's own, from

    .. math:: E (k - n m)^2 = n m (1 - m) (1 + (n - 1) r)

    with that of all others as the prior, and a day teaches as much as :math:`n / (1 + (n - 1) r)`
    coin tosses. Buckets of a day are added up: a campaign lasts for many. For each factor of the
    odds,

    .. math:: R \leftarrow (R + 1) \, \frac{BB(k; n, m')}{BB(k; n, m)}

    and the evidence is the logarithm of their mean: an e-detector. If the predictive is right, at
    most :math:`\alpha` n false alarms are expected in n days at evidence :math:`-\ln \alpha`.

    Attributes
    ----------
    shares
        What is remembered, stored beside `state`.
    passed_over
        How often an entity was not judged, since too many are remembered.

    References
    ----------
    J. L. Fleiss, B. Levin, M. C. Paik: Statistical Methods for Rates and Proportions (2003),
    chapter 15. J. Shin, A. Ramdas, A. Rinaldo: E-detectors: a nonparametric framework for
    sequential change detection. New England J. Stat. Data Sci. 2 (2024).

    Examples
    --------
    >>> shares = ShareBank()
    >>> for day in range(30):
    ...     _ = shares.score("a", 1, 20, day)
    >>> shares.score("a", 1, 20, 30) < 5 < 10 < shares.score("a", 15, 20, 31)
    True
    """

    def __init__(self) -> None:
        self.shares: PagedTable[Share] = PagedTable(Share)
        self.passed_over = 0
        self._with, self._all = 0.0, 0.0
        self._alike, self._weight = 0.0, 0.0
        self.state = State()
        self.state.shared(self, _with=float, _all=float, _alike=float, _weight=float)

    def __len__(self) -> int:
        """How many entities are known."""
        return len(self.shares)

    def usual(self, entity: str) -> float:
        """The share that is expected of an entity."""
        its = self.shares.get(entity, None)
        return self._usual(Share() if its is None else its)

    def score(self, entity: str, found: int, known: int, day: int) -> float:
        """Evidence after a bucket; a day is learned when a later one begins.

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
            its = self.shares[entity] = Share(last_day=day)
        self.shares.note_change(entity)
        if its.last_day != day:
            self._end_day(its)
            its.last_day, its.found, its.known = day, 0, 0
            its.days += 1
        its.found, its.known = its.found + found, its.known + known
        nats = self._judged(its)
        top = max(nats)
        if top == -math.inf:
            return 0.0
        return top + math.log(sum(math.exp(each - top) for each in nats) / len(ODDS))

    def _end_day(self, its: Share) -> None:
        """Learn the day that was the last one."""
        its.nats = self._judged(its)
        alike = self._correlation(its)
        teaches = min(float(its.known), A_DAY) / (1.0 + (its.known - 1) * alike) / its.known
        self._learn_correlation(its, alike)
        part, rest = its.found * teaches, (its.known - its.found) * teaches
        fade = KEEP * min(1.0, STRENGTH / (its.with_it + its.without + part + rest))
        its.with_it, its.without = (its.with_it + part) * fade, (its.without + rest) * fade
        self._with, self._all = KEEP * self._with + part, KEEP * self._all + part + rest

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

    def _correlation(self, its: Share) -> float:
        """How alike two messages of a bucket are: 0 for coin tosses, 1 where all are the same."""
        pooled = self._alike + FIRST_CORRELATION * FIRST_WEIGHT
        pooled /= self._weight + FIRST_WEIGHT
        own = (its.alike + PEERS * pooled) / (its.weight + PEERS)
        return min(max(own, CORRELATIONS[0]), CORRELATIONS[1])

    def _learn_correlation(self, its: Share, alike: float) -> None:
        known = its.known
        if known < 2 or not its.days:
            return  # of one message, or of the first day, a deviation says nothing
        usual = self._usual(its)
        squared = (its.found - known * usual) ** 2 / (known * usual * (1.0 - usual))
        squared = min(squared, MOST_SQUARED * (1.0 + (known - 1) * alike))
        weight = min(known - 1, A_DAY) / A_DAY
        seen = weight * min((squared - 1.0) / (known - 1), 1.0)
        its.alike, its.weight = KEEP_ALIKE * its.alike + seen, KEEP_ALIKE * its.weight + weight
        self._alike, self._weight = KEEP * self._alike + seen, KEEP * self._weight + weight

    def _judged(self, its: Share) -> list[float]:
        """The statistic of each rise, with the present day."""
        if its.with_it + its.without < ENOUGH or its.days < FIRST_DAYS or not its.known:
            return its.nats
        found, known, usual = its.found, its.known, self._usual(its)
        known_of = its.with_it + its.without + COHORT
        strength = 1.0 / (1.0 / known_of + self._correlation(its))
        base = _log_chance(found, known, usual, strength)
        out = []
        for times, before in zip(ODDS, its.nats, strict=True):
            odds = times * usual / (1.0 - usual)
            ratio = _log_chance(found, known, odds / (1.0 + odds), strength) - base
            out.append(min((max(before, 0.0) + math.log1p(math.exp(-abs(before)))) + ratio, 500.0))
        return out


def _log_chance(found: int, known: int, mean: float, strength: float) -> float:
    """Logarithm of the beta-binomial chance, without what depends on the counts alone."""
    a, b = mean * strength, (1.0 - mean) * strength
    return math.lgamma(a + found) - math.lgamma(a) + math.lgamma(b + known - found) - math.lgamma(b)
