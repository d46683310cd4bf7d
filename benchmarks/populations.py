"""Simulated senders, and a stream that watches them: what the benchmarks share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from scipy import stats

from streams.alerts.lifecycle import AlertChange, Rules
from streams.config.detect import BurstTable
from streams.config.model import Config
from streams.counts.bucket import DAY_S
from streams.detection.context.bucket import BucketContext, EntityCounts
from streams.detection.context.budget import Budget, split_budget
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import JudgeSettings
from streams.detection.judges.volume import volume_judges
from streams.detection.signals import KNOWN, NEWCOMER, SLOW, YOUNG
from streams.simulate.counts import F8

Rows = npt.NDArray[np.intp]

RULES = Rules(min_count=1, exit_after=3, min_hold=1, longest_life_s=14 * DAY_S)
"""As shipped."""

SIZES = (0.1, 1.0, 10.0, 100.0)
"""Borders of the size classes: true mean a bucket."""

SIZE_NAMES = ("under 0.1", "0.1 to 1", "1 to 10", "10 to 100", "over 100")


def size_class(mean: F8) -> Rows:
    """Index into `SIZE_NAMES` of each mean."""
    return np.searchsorted(np.array(SIZES), mean, side="right")


def upper_limit(found: int, level: float = 0.95) -> float:
    """Upper confidence limit of a Poisson mean of which `found` were seen.

    Examples
    --------
    >>> round(upper_limit(0), 2), round(upper_limit(10), 2)
    (3.0, 16.96)
    """
    return float(stats.chi2.ppf(level, 2 * (found + 1)) / 2.0)


@dataclass(frozen=True)
class Ledger(Budget):
    """A budget that notes what it last allowed, by the detector that may spend it."""

    allowed: dict[str, float] = field(default_factory=dict)

    def alpha(self, entities: int, bucket_s: int) -> float:
        """As `Budget`."""
        self.allowed[KNOWN] = Budget.alpha(self, entities, bucket_s)
        return self.allowed[KNOWN]

    def alpha_first(self, newcomers_per_day: float) -> float:
        """As `Budget`."""
        self.allowed[NEWCOMER] = Budget.alpha_first(self, newcomers_per_day)
        return self.allowed[NEWCOMER]

    def alpha_young(self, counts_per_day: float) -> float:
        """As `Budget`."""
        self.allowed[YOUNG] = Budget.alpha_young(self, counts_per_day)
        return self.allowed[YOUNG]

    def alpha_slow(self, entities: int) -> float:
        """As `Budget`; of a day, noted for all entities together."""
        alpha = Budget.alpha_slow(self, entities)
        self.allowed[SLOW] = alpha * entities / 7.0
        return alpha


@dataclass(frozen=True)
class Closed:
    """What one closed bucket opened, and what the budget allowed, by detector."""

    opened: dict[str, Rows]
    nominal: dict[str, float]

    @property
    def all_opened(self) -> Rows:
        """Senders for whom an alert was opened."""
        return np.concatenate(list(self.opened.values()))


class Watch:
    """One level and signal of the monitor, fed with the counts of senders 0, 1, 2, ...

    Parameters
    ----------
    senders
        How many there are, over the whole run.
    bucket_s
        Bucket size.
    per_day
        False alerts a day that the stream may cost, split as the shipped budget is.
    """

    def __init__(self, senders: int, bucket_s: int, per_day: float) -> None:
        self.bucket_s = bucket_s
        shares = split_budget(Config())
        shipped = next(b for (_, *of), b in shares.items() if of == ["sender", "sends"])
        scale = per_day / shipped.total
        self._ledger = Ledger(
            scale * shipped.known_per_day,
            scale * shipped.newcomers_per_day,
            scale * shipped.young_per_day,
            scale * shipped.slow_per_day,
        )
        self._entities = Entities("60s", "sender", "sends", bucket_s)
        settings = JudgeSettings(
            level="sender",
            signal="sends",
            narrowest=True,
            bucket_s=bucket_s,
            timezone="UTC",
            rules=RULES,
            budget=self._ledger,
            burst=BurstTable(),
        )
        self._judges = volume_judges(settings, {("sends", "sender"): self._entities})
        self._starts: list[int] = []
        self._first_seen = np.full(senders, -1, dtype=np.intp)
        self._order: Rows = np.zeros(0, dtype=np.intp)
        self._closed = 0

    @property
    def known(self) -> Rows:
        """Senders that have counted, in order of first sight."""
        return self._order

    def close(self, counts: F8) -> Closed:
        """Close one bucket with these counts of all senders; its exposure is the common factor."""
        fresh = np.flatnonzero((counts > 0.0) & (self._first_seen < 0))
        known, first = counts[self._order], counts[fresh]
        age = self._closed - self._first_seen[self._order]
        start = self._closed * self.bucket_s
        new = [f"{sender:09d}" for sender in fresh]
        changes = self._judge(start, EntityCounts(known, new, first))
        # How many tries each detector had.
        tries = {
            KNOWN: len(known),
            NEWCOMER: len(fresh),
            YOUNG: int(np.sum((known > 0.0) & (age <= max(14, DAY_S // self.bucket_s)))),
        }
        nominal = {name: self._ledger.allowed[name] * n for name, n in tries.items()}
        nominal[SLOW] = self._ledger.allowed.pop(SLOW, 0.0)
        self._order = np.concatenate([self._order, fresh])
        self._first_seen[fresh] = self._closed
        self._closed += 1
        opened: dict[str, list[int]] = {name: [] for name in nominal}
        for change in changes:
            if change.step == "opened":
                opened[change.alert.detector].append(int(change.entity))
        return Closed({k: np.array(v, dtype=np.intp) for k, v in opened.items()}, nominal)

    def _judge(self, start: int, counts: EntityCounts) -> list[AlertChange]:
        """Take a bucket through the judges; it begins on a Monday."""
        self._starts.append(start)
        sends = frozenset({"sends"})
        bucket = BucketContext(
            start=start,
            end=start + self.bucket_s,
            day=start // DAY_S,
            hour=None if self.bucket_s >= DAY_S else start // 3600 % 168,
            counts={},
            occasions=[],
            begun=sends,
            lost=frozenset(),
            complete=sends,
            starts={"sends": self._starts},
            entities={("sends", "sender"): counts},
        )
        prepared = [judge.prepare(bucket) for judge in self._judges]
        factor = prepared[0].factor
        bucket = replace(bucket, factors={} if factor is None else {("sends", "sender"): factor})
        changes = []
        for judge, ready in zip(self._judges, prepared, strict=True):
            judged = judge.judge(bucket, ready)
            judge.learn(bucket, judged)
            changes += judged.changes
        return changes


Means = Callable[[int], F8]
"""Mean count of every sender in the n-th bucket."""
