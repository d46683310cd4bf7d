"""What a user would run instead on daily counts by sender: a limit, and a tail.

All look at a matrix of counts, a row a sender and a column a listed day. An alert is opened
on a day that meets the criterion after `HOLD` listed days that did not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from benchmarks.ftc_episodes import LOOK_BACK, Counts, Day
from detectors.distributions.negative_binomial import upper_tail_nats

F8 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Rival = Callable[[Sequence[str], F8, F8], Flags]
"""Senders, their counts and all totals to the days that meet the criterion."""

Score = Callable[[F8, F8], F8]
"""Counts and all totals to what is the higher the stranger a count is."""

HOLD = 14
"""Listed days without the criterion after which it opens an alert again."""

PRIOR = 200.0
"""Complaints in `LOOK_BACK` days that every sender is taken to have had besides its own: what
finds most for the tail at 3.17 alerts a day, of priors from 1 to 400, with and without more
spread. At a small prior newcomers and the nearly silent take all alerts."""

LEAST = 3
"""Senders that never had so many complaints in a day are left out: no limit is so low."""


def matrix(days: Sequence[Mapping[str, int]], senders: Iterable[str]) -> F8:
    """Counts by sender and day."""
    return np.array([[day.get(s, 0) for day in days] for s in senders], dtype=np.float64)


def opened(met: Flags, hold: int = HOLD) -> Flags:
    """Days that open an alert, of those that meet a criterion.

    Examples
    --------
    >>> opened(np.array([[True, True, False, False, True, False, True]]), hold=2).astype(int)
    array([[1, 0, 0, 0, 1, 0, 0]])
    >>> opened(np.array([[True, False, False, True]]), hold=2).astype(int)
    array([[1, 0, 0, 1]])
    """
    sums = np.cumsum(np.pad(met, ((0, 0), (hold + 1, 0))), axis=1)
    before: Flags = sums[:, hold:-1] == sums[:, : -hold - 1]
    return met & before


def tail_nats(counts: F8, totals: F8, *, prior: float = PRIOR, own: bool = False) -> F8:
    r"""How surprising each count is to a negative binomial of the last `LOOK_BACK` days.

    .. math::

        m_t = N_t \frac{S + c}{\sum_d N_d}, \qquad
        \frac{1}{k} = \delta + \frac{1}{S + c}

    with :math:`N_d` all complaints of a day, which takes weekdays, trends and days posted
    twice out, S the sender's sum, and c the prior.

    Parameters
    ----------
    counts
        By sender and day.
    totals
        All complaints by day.
    prior
        c.
    own
        Whether :math:`\delta` is the sender's own excess variance over the same days,
        :math:`\sum_d (x_d - \mu_d)^2 - \mu_d` over :math:`\sum_d \mu_d^2`, where that is
        above 0; otherwise it is 0, and only what S does not tell of the mean is spread.

    Returns
    -------
    nats
        :math:`-\ln P(X \ge x)`; 0 in the first `LOOK_BACK` days.
    """
    nats = np.zeros_like(counts)
    for day in range(LOOK_BACK, counts.shape[1]):
        past, on = counts[:, day - LOOK_BACK : day], totals[day - LOOK_BACK : day]
        sums = past.sum(axis=1)
        wide = 1.0 / (sums + prior)
        if own:
            usual = np.outer(sums / on.sum(), on)
            excess = ((past - usual) ** 2 - usual).sum(axis=1)
            wide += np.maximum(excess, 0.0) / np.maximum((usual**2).sum(axis=1), 1e-9)
        mean = (sums + prior) * totals[day] / on.sum()
        nats[:, day] = upper_tail_nats(counts[:, day], mean, 1.0 / wide)
    return nats


def as_many(days: Counts, normal: set[Day], a_day: float, seed: int) -> dict[str, Rival]:
    """Rivals that open `a_day` alerts a normal day on these records.

    Parameters
    ----------
    days, normal
        The records, and the days on which alerts count.
    a_day
        What all of them open, save ``x >= 15``, which is what it is.
    seed
        By which the rule draws each sender's limit from the two whole numbers between
        which it would have to lie.
    """
    listed = list(days.values())
    often = sorted({s for counts in listed for s, count in counts.items() if s and count >= LEAST})
    counts, totals = matrix(listed, often), totals_of(listed)
    judged = np.array([day in normal for day in days])

    def opens(met: Flags) -> float:
        return float(opened(met)[:, judged].sum() / judged.sum())

    # From above: below some limit ever more senders are held for good, and open nothing.
    limit = int(counts.max())
    while opens(counts >= limit) <= a_day and limit > LEAST:
        limit -= 1
    at_limit, above_limit = opens(counts >= limit), opens(counts >= limit + 1)
    lower = (a_day - above_limit) / (at_limit - above_limit)

    def rule(senders: Sequence[str], x: F8, _: F8) -> Flags:
        coins = np.array([random.Random(f"{seed} {sender}").random() for sender in senders])
        met: Flags = x >= np.where(coins < lower, limit, limit + 1)[:, None]
        return met

    def plain(_: Sequence[str], x: F8, __: F8) -> Flags:
        met: Flags = x >= 15
        return met

    scores: dict[str, Score] = {
        "tail": tail_nats,
        "own tail": partial(tail_nats, prior=1.0, own=True),
    }
    tails = {name: _tail(score, counts, totals, opens, a_day) for name, score in scores.items()}
    return {"rule": rule, "x >= 15": plain, **tails}


def totals_of(listed: Sequence[Mapping[str, int]]) -> F8:
    """All complaints that name a sender, by day."""
    return np.array([sum(c for s, c in counts.items() if s) for counts in listed], dtype=np.float64)


def _tail(
    score: Score,
    counts: F8,
    totals: F8,
    opens: Callable[[Flags], float],
    a_day: float,
) -> Rival:
    nats = score(counts, totals)
    high = float(nats.max())
    low = 0.9 * high
    while opens(nats >= low) <= a_day and low > 0.1:
        low, high = 0.9 * low, low
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if opens(nats >= middle) > a_day else (low, middle)

    def tail(_: Sequence[str], x: F8, expected: F8) -> Flags:
        met: Flags = score(x, expected) >= high
        return met

    return tail
