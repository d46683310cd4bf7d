"""Who sends: sizes, habits, names and how often their messages are complained about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.items import Sender
from streams.simulate.counts import F8, WEEK_H, week_shapes

Rows = npt.NDArray[np.intp]

PLATFORMS = ("mall", "market", "bank", "parcel", "travel", "games", "insurance", "municipal")
CATEGORIES = ("retail", "finance", "logistics", "leisure", "public")

ACCESS_CODE_DIGITS = 10
"""Of a sender's id: a hundred ids have one access code."""

MEDIAN_PER_DAY, LOG_SPREAD = 4.0, 1.5
"""Of the senders' daily messages, log-normal: one in a hundred sends over 130."""

LARGEST_PER_DAY = 20_000.0

DISPERSION = 2.0
"""Variance over mean of an hour's messages."""

COMPLAINTS_PER_MESSAGE, COMPLAINT_SPREAD = 0.004, 0.8
"""Median and spread of the logarithm."""


@dataclass(frozen=True)
class Population:
    """Senders as columns; row i is sender i.

    Attributes
    ----------
    senders
        Their names: id, access code (its first digits), signature (some share one), account and
        merchant (of the signature, and some share one), platform and its category.
    per_hour
        Mean messages an hour, over a week.
    shape
        Share of it by hour of the week, rows of four habits; Monday's first is 0.
    habit
        Which row of `shape` is whose.
    complaint_rate
        Complaints a message.
    """

    senders: list[Sender]
    per_hour: F8
    shape: F8
    habit: Rows
    complaint_rate: F8

    def __len__(self) -> int:
        """How many senders."""
        return len(self.senders)

    def mean(self, hour: int) -> F8:
        """Messages expected of each in an hour, counted from a Monday's first."""
        return np.asarray(self.per_hour * self.shape[self.habit, hour % WEEK_H])


def populate(senders: int, rng: np.random.Generator, owners: np.random.Generator) -> Population:
    """Draw a population.

    Parameters
    ----------
    senders
        How many, 1 or more.
    rng
        Where the chance comes from.
    owners
        The same, of who owns the signatures: it came later, and changes no other draw.
    """
    per_day = MEDIAN_PER_DAY * np.exp(LOG_SPREAD * rng.standard_normal(senders))
    signatures = rng.integers(0, max(1, senders // 4), senders)
    platforms = rng.integers(0, len(PLATFORMS), max(1, senders // 4))
    accounts = owners.integers(0, max(1, senders // 8), len(platforms))
    merchants = owners.integers(0, max(1, senders // 16), len(platforms))
    names = []
    for number, signature in enumerate(signatures.tolist()):
        platform = int(platforms[signature])
        names.append(
            Sender(
                f"1069{number:08d}",
                access_code=f"1069{number:08d}"[:ACCESS_CODE_DIGITS],
                signature=f"sign-{signature:05d}",
                account=f"account-{accounts[signature]:05d}",
                merchant=f"merchant-{merchants[signature]:05d}",
                platform=PLATFORMS[platform],
                category=CATEGORIES[platform % len(CATEGORIES)],
            )
        )
    return Population(
        names,
        np.minimum(per_day, LARGEST_PER_DAY) / 24.0,
        _shapes(),
        rng.choice(4, senders, p=[0.55, 0.2, 0.2, 0.05]).astype(np.intp),
        COMPLAINTS_PER_MESSAGE * np.exp(COMPLAINT_SPREAD * rng.standard_normal(senders)),
    )


def _shapes() -> F8:
    """Office hours, evenings and weekends, all day long, nights; each with a mean of 1."""
    hour = np.arange(WEEK_H)
    clock, weekend = hour % 24, hour >= 120
    busy = [
        ~weekend & (clock >= 8) & (clock < 19),
        (clock >= 18) & (clock < 23) | weekend & (clock >= 10) & (clock < 23),
        (clock >= 7) & (clock < 23),
        clock < 6,
    ]
    return week_shapes(busy, 10.0)
