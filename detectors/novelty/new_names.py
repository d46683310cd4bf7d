"""How surprising it is that so many new names appear under a subject on a day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from detectors.distributions.negative_binomial import upper_tail_nats
from detectors.novelty.tails import ALL, KEEP, NoveltyTails
from detectors.pages import PagedTable
from detectors.state import State

MOST_NAMES: Final = 256
"""Names of a subject that are remembered: beyond them those with the smallest hashes."""

MOST_SUBJECTS: Final = 100_000
"""Subjects that are remembered; further ones are not judged until others have left."""

HASHES: Final = 1 << 48
FIRST_DAYS: Final = 3
"""Active days of a subject on which all its names are its first ones: nothing is judged."""

AGES: Final = (7, 14, 28)
SIZES: Final = (2, 4, 8, 16, 32, 64, 128)
PER_AGE: Final = len(SIZES) + 1
CLASSES: Final = (len(AGES) + 1) * PER_AGE
WINDOWS: Final = (1, 2)
"""Active days over which new names are summed up."""

PEERS: Final = 100.0
"""Subject-days of a class, faded, from which it is judged."""

SETTLED_DAYS: Final = 14
"""Active days from which a subject that had no new names is judged by all others, where it has no
peers: on most of their days they had as many new names as it, or more."""

LEAST_NATS: Final = math.log(1000.0)
OWN: Final = 1.0
SPREAD: Final = 0.3
FACTOR_WEIGHT: Final = 20.0
CAPPED: Final = 3.0


class SubjectNames(msgspec.Struct, array_like=True):
    """What is remembered of a subject.

    Attributes
    ----------
    last_day, active_days
        The last day with a name, and how many such days there were before today.
    hashes, days
        Its names, and the day on which each was last seen.
    below
        Only names with hashes below this are remembered.
    found, expected
        New names on past days, and how many its class had expected; both fade.
    before
        New names of the active day before today.
    today
        Names seen today that are new: at most `MOST_NAMES`, with the smallest hashes.
    alarmed
        Whether today's may be an alarm: then they do not teach what is usual.
    """

    last_day: int
    active_days: int = 0
    hashes: list[int] = []
    days: list[int] = []
    below: int = HASHES
    found: float = 0.0
    expected: float = 0.0
    before: int = 0
    today: list[int] = []
    alarmed: bool = False


class Novelty(NamedTuple):
    """New names of a subject, and how surprising they are.

    Attributes
    ----------
    new
        Hashes of today's new names.
    days
        Active days that the most surprising number is of, and that number.
    number, expected
        That number, and what was expected.
    known
        Names that were known before; `exact` says whether that is no estimate.
    nats
        How surprising it is.
    """

    new: Sequence[int]
    days: int
    number: int
    expected: float
    known: int
    exact: bool
    nats: float


class NewNames:
    r"""New names a day, against a subject's own history and that of subjects like it.

    Two tail probabilities must both be small. The first is of the subject itself: its new names D
    are negative binomial, with the mean of its class times a Gamma factor that it has shown itself
    (an empirical-Bayes form of the Good-Turing question how likely the next name is new). The
    second is of its class, subjects with as many known names and active days: the empirical tail,
    continued geometrically beyond its last `TAIL_DAYS` exceedances,

    .. math:: P(D \ge d) = P(D \ge u) \, r^{d - u}, \qquad r = \frac{S + 1}{S + N + 2}

    for N exceedances of u by S altogether: peaks over threshold, for whole numbers. The evidence
    is minus the log of the larger one. Each is asked for today alone and with the active day
    before. A factor that all subjects share, as on a festival, divides the numbers.

    Parameters
    ----------
    memory_days
        A name that was not seen for so long is new again.
    learn_days
        At first there is no alarm for so many days.

    Attributes
    ----------
    subjects
        What is remembered, stored beside `state`.
    passed_over
        How often a subject was not judged, since too many are remembered.

    References
    ----------
    I. J. Good: The population frequencies of species and the estimation of population parameters.
    Biometrika 40 (1953). B. Efron, R. Thisted: Estimating the number of unseen species. Biometrika
    63 (1976). A. C. Davison, R. L. Smith: Models for exceedances over high thresholds. J. R. Stat.
    Soc. B 52 (1990).

    Examples
    --------
    >>> names = NewNames(90, 7)
    >>> for day in range(60):
    ...     for subject in "abcdefghij":
    ...         _ = names.score(subject, [1, 2], day)
    ...     names.learn(day)
    >>> [round(names.score("a", range(n), 60).nats, 1) for n in (4, 10)]
    [4.1, 7.7]
    >>> round(names.needed(0.1), 1)
    6.9
    """

    def __init__(self, memory_days: int, learn_days: int) -> None:
        self._memory, self._learn = memory_days, learn_days
        self.subjects: PagedTable[SubjectNames] = PagedTable(SubjectNames)
        self.passed_over = 0
        self._first_day: int | None = None
        self._active = 0.0
        """Subjects with a name on a day, lately."""
        self._tails = NoveltyTails(len(WINDOWS), CLASSES)
        self._counted, self._due = 0.0, 0.0
        self.state = State()
        self.state.shared(
            self, _first_day=int | None, _active=float, _counted=float,
            _due=float,
        )  # fmt: skip
        self.state.include(tails=self._tails.state)

    def knows(self, subject: str) -> bool:
        """Whether a subject is remembered."""
        return subject in self.subjects

    def score(
        self,
        subject: str,
        hashes: Iterable[int],
        day: int,
        exempt: Iterable[int] = (),
        factor: float = 1.0,
    ) -> Novelty | None:
        """Take in names of a subject, seen on a day; score those that are new.

        Parameters
        ----------
        subject
            Whose they are.
        hashes
            Uniform numbers below 2**48, one a name.
        day
            The day; days only grow, and `learn` ends each.
        exempt
            Hashes of names that are declared, and thus no news.
        factor
            By how much the calendar raises what is expected.

        Returns
        -------
        Novelty or None
            None where there is nothing new today, or too little is known of the subject. Where too
            little is known of others, there is no evidence: 0 nats.
        """
        if self._first_day is None:
            self._first_day = day
        its = self.subjects.get(subject, None)
        if its is None:
            if len(self.subjects) >= MOST_SUBJECTS:
                self.passed_over += 1
                return None
            its = self.subjects[subject] = SubjectNames(day)
        held = its.last_day, its.hashes, its.days, its.today
        if its.last_day != day or not (its.active_days or its.today or its.hashes):
            its.last_day = day
            self._due += self._tails.mean(_chain(its))
        known, today = dict(zip(its.hashes, its.days, strict=True)), set(its.today)
        declared, before = set(exempt), len(today)
        for each in hashes:
            if each in known or each in declared:
                if each < its.below:
                    known[each] = day
            elif each < its.below:
                today.add(each)
        its.hashes, its.days = list(known), list(known.values())
        its.today = sorted(today)[:MOST_NAMES]  # a flood of names: the smallest hashes of them
        if held != (its.last_day, its.hashes, its.days, its.today):
            self.subjects.note_change(subject)
        judged = its.active_days >= FIRST_DAYS
        if judged:
            self._counted += min(len(today), CAPPED) - min(before, CAPPED)
        if not today or not judged or day - self._first_day < self._learn:
            return None
        return self._judge(its, factor)

    def _peers(self, its: SubjectNames) -> tuple[int, ...]:
        """The classes by which a subject is judged, its own last; none if too little is known."""
        chain = _chain(its)
        if sum(self._tails.weight(place) for place in chain) >= PEERS:
            return chain
        settled = its.active_days >= SETTLED_DAYS and its.found < 1.0
        return (ALL,) if settled and self._tails.weight(ALL) >= PEERS else ()

    def _judge(self, its: SubjectNames, factor: float) -> Novelty:
        shared = (FACTOR_WEIGHT + self._counted) / (FACTOR_WEIGHT + self._due)
        factor = max(factor, shared, 1.0)
        places, best, rate = self._peers(its), None, its.below / HASHES
        for number, days in enumerate(WINDOWS):
            found, mean, least = len(its.today) + (its.before if days > 1 else 0), 0.0, 0.0
            if places:
                mean, least = self._surprise(its, number, places, found, factor)
            if best is None or least > best.nats:
                best = Novelty(
                    its.today, days, found, mean, round(len(its.hashes) / rate), rate == 1.0, least,
                )  # fmt: skip
        assert best is not None
        return best

    def _surprise(
        self, its: SubjectNames, window: int, places: Sequence[int], found: int, factor: float
    ) -> tuple[float, float]:
        """What was expected in a window, and how surprising it is what was found."""
        own = (OWN + its.found) / (OWN + its.expected)
        # A class that is judged by all others still has a mean of its own.
        usual = max(self._tails.mean(each) for each in (places, _chain(its)))
        mean = max(WINDOWS[window] * usual * own * factor, 1e-9)
        shape = 1.0 / (1.0 / (OWN + its.found) + SPREAD)
        nats = upper_tail_nats(np.array([float(found)]), np.array([mean]), np.array([shape]))
        return mean, min(float(nats[0]), self._tails.nats(window, places, found / factor))

    @property
    def asked(self) -> float:
        """Questions a day: subjects with a name, in each window."""
        return len(WINDOWS) * max(self._active, 1.0)

    def needed(self, per_day: float) -> float:
        """Evidence that an alarm needs, for so many false ones a day over all subjects.

        Parameters
        ----------
        per_day
            False alarms a day.
        """
        return max(math.log(self.asked / per_day), LEAST_NATS)

    def alarm(self, subject: str) -> None:
        """Note that a subject's names of today may be an alarm: they teach nothing."""
        its = self.subjects.get(subject, None)
        if its is not None:
            its.alarmed = True
            self.subjects.note_change(subject)

    def learn(self, day: int) -> None:
        """End a day: learn what was new on it; forget what was not seen for too long."""
        active = 0
        oldest = day - self._memory
        for name in sorted(self.subjects):
            its = self.subjects[name]
            if its.last_day != day:
                if its.last_day < oldest:
                    del self.subjects[name]
                continue
            active += 1
            self._learn_subject(its, day, oldest)
            self.subjects.note_change(name)
        self._tails.fade()
        self._active = active if self._active == 0.0 else 0.9 * self._active + 0.1 * active
        self._counted = self._due = 0.0

    def _learn_subject(self, its: SubjectNames, day: int, oldest: int) -> None:
        place, found = _class(its), len(its.today)
        if its.active_days >= FIRST_DAYS and not its.alarmed:
            mean = self._tails.mean(_chain(its))
            for window, number in enumerate((found, found + its.before)):
                self._tails.add(window, place, number)
            its.found, its.expected = KEEP * (its.found + found), KEEP * (its.expected + mean)
        its.before = 0 if its.alarmed or its.active_days < FIRST_DAYS else found
        both = {
            each: last for each, last in zip(its.hashes, its.days, strict=True) if last >= oldest
        }
        both |= dict.fromkeys(its.today, day)
        kept = sorted(both)[:MOST_NAMES]
        if len(both) > MOST_NAMES:
            its.below = kept[-1] + 1
        its.hashes, its.days = kept, [both[each] for each in kept]
        its.active_days += 1
        its.today, its.alarmed = [], False


def _class(its: SubjectNames) -> int:
    age = sum(its.active_days >= each for each in AGES)
    size = sum(len(its.hashes) >= each for each in SIZES)
    return age * PER_AGE + size


def _chain(its: SubjectNames) -> tuple[int, ...]:
    """Classes of subjects with as many names, from the youngest to its own."""
    own = _class(its)
    return tuple(range(own % PER_AGE, own + 1, PER_AGE))
