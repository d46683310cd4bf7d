"""The budget of false alerts, split into shares that add to 1.

Groups and signals get equal shares, but sources that nobody named (`sends` and `complaints`, there
by default) get a twentieth of a named one's share. Of a signal's share most goes to senders, since
most entities are senders, and a level with one entity could not spend more than `LARGEST_ALPHA` a
bucket anyway. A stream's share is split, as ``[detect.split]`` says, between entities with a
baseline, entities in their first bucket, young ones, which are judged among their peers, and slow
rises (`streams.detection.judges.slow_rise`). A small part is for floods of newcomers. Where a group
has both signals, half of the share of complaints is for those that are joined to sends. Where
recipients are judged, they have a quarter of the share of sends. The shares
of detectors of others, and of the signals of misuse that are asked for, are taken off first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from streams.config.detect import SplitTable
from streams.config.model import Config
from streams.counts.bucket import DAY_S
from streams.detection.misuse.table import MISUSE_TABLE
from streams.detection.signals import SIGNAL_TABLE, signals_of
from streams.items import LEVEL_TABLE, LEVELS

_WEIGHTS = {facts.name: facts.budget_weight for facts in LEVEL_TABLE}

UNNAMED_WEIGHT = 0.05
LARGEST_ALPHA = 0.01
"""However few entities there are: a threshold below an e-value of 100 would alert too easily."""


@dataclass(frozen=True, slots=True)
class Budget:
    """False alerts a day that one level and signal of one group and shard may cost."""

    known_per_day: float
    newcomers_per_day: float = 0.0
    young_per_day: float = 0.0
    slow_per_day: float = 0.0
    """For slow rises; 0: they are not looked for."""

    beside: tuple[tuple[str, float], ...] = ()
    """Names of the detectors of others, and what each may cost here."""

    @property
    def total(self) -> float:
        """The sum of all parts."""
        own = self.known_per_day + self.newcomers_per_day + self.young_per_day + self.slow_per_day
        return own + sum(per_day for _, per_day in self.beside)

    def alpha(self, entities: int, bucket_s: int) -> float:
        """Chance of a false alert an entity and bucket that keeps the budget."""
        buckets_per_day = DAY_S / bucket_s
        alpha = self.known_per_day / ((entities or 1) * buckets_per_day)
        return LARGEST_ALPHA if alpha > LARGEST_ALPHA else alpha

    def alpha_first(self, newcomers_per_day: float) -> float:
        """Chance of a false alert a newcomer that keeps the budget."""
        least = newcomers_per_day if newcomers_per_day > 1e-9 else 1e-9
        alpha = self.newcomers_per_day / least
        return LARGEST_ALPHA if alpha > LARGEST_ALPHA else alpha

    def alpha_young(self, counts_per_day: float) -> float:
        """Chance of a false alert a young entity and bucket with a count that keeps the budget."""
        least = counts_per_day if counts_per_day > 1e-9 else 1e-9
        alpha = self.young_per_day / least
        return LARGEST_ALPHA if alpha > LARGEST_ALPHA else alpha

    def alpha_slow(self, entities: int) -> float:
        """Chance of a false alert an entity and week that keeps the budget."""
        return min(LARGEST_ALPHA, 7.0 * self.slow_per_day / max(entities, 1))


class Alphas(NamedTuple):
    """Chances of a false alert that keep a stream's budget: see the methods of `Budget`."""

    known: float
    first: float
    young: float


def misuse_budget(config: Config, share: float) -> float:
    """False alerts a day that a signal of misuse may cost in one group and shard.

    Examples
    --------
    >>> from streams.config.load import parse_config
    >>> round(misuse_budget(parse_config({"detect": {"shards": 2}}), 0.02), 6)
    0.05
    """
    return config.detect.budget_per_day * share / (len(config.groups) * config.detect.shards)


def _misuse_shares(config: Config) -> float:
    asked = config.detect.misuse.signals
    return sum(facts.share for facts in MISUSE_TABLE if facts.name in asked)


def split_budget(config: Config) -> dict[tuple[str, str, str], Budget]:
    """Budget by (group, level, signal).

    Examples
    --------
    >>> from streams.config.load import parse_config
    >>> shares = split_budget(parse_config({"detect": {"budget_per_day": 4.0}}))
    >>> round(shares["1m", "sender", "sends"].total, 12)
    1.372
    >>> round(sum(b.total for b in shares.values()), 12)
    4.0
    """
    shares: dict[tuple[str, str, str], Budget] = {}
    levels = {level: _WEIGHTS[level] for level in config.count.levels}
    weights: dict[tuple[str, str], float] = {}
    for group, sources in config.groups.items():
        for source in sources:
            weight = 1.0 if source.named else UNNAMED_WEIGHT
            key = (group, source.signal)
            weights[key] = max(weight, weights.get(key, 0.0))
    beside, split = _split_beside(config, weights), config.detect.split
    own = 1.0 - sum(table.share for table in config.detect.beside) - _misuse_shares(config)
    ours_per_day = own * config.detect.budget_per_day
    above = {level: levels[level] for level in [each for each in LEVELS if each in levels][:-1]}
    # Newcomers are counted over all that a group counts: their part is taken off each share.
    wide = [facts for facts in SIGNAL_TABLE if not facts.needs and above]
    per_weight = ours_per_day / (sum(weights.values()) * config.detect.shards)
    judged = signals_of([signal for _, signal in weights], config.detect.misuse.signals)
    for (group, signal), weight in weights.items():
        joined = [
            facts
            for facts in SIGNAL_TABLE
            if facts.kind is None
            and facts.events == signal
            and all((group, needed) in weights for needed in facts.needs)
        ]
        apart = [facts for facts in judged if facts.distinct and facts.needs == (signal,)]
        for facts in wide:
            for level, level_weight in above.items():
                part = facts.share * per_weight * weight * level_weight / sum(above.values())
                place = (group, level, facts.name)
                shares[place] = Budget(part + (shares[place].total if place in shares else 0.0))
        rest = per_weight * weight * (1.0 - sum(facts.share for facts in wide))
        for level, level_weight in levels.items():
            share = rest * level_weight / sum(levels.values())
            for facts in joined:
                shares[group, level, facts.name] = Budget(facts.share * share)
            for facts in apart:
                shares[group, level, facts.name] = _split(split, facts.share * share)
            share *= 1.0 - sum(facts.share for facts in [*joined, *apart])
            of_others = tuple(beside.get((group, level, signal), ()))
            shares[group, level, signal] = _split(split, share, of_others)
    return shares


def _split(split: SplitTable, share: float, beside: tuple[tuple[str, float], ...] = ()) -> Budget:
    return Budget(
        share * (1 - split.newcomers - split.young - split.slow),
        share * split.newcomers,
        share * split.young,
        share * split.slow,
        beside=beside,
    )


def _split_beside(
    config: Config, weights: dict[tuple[str, str], float]
) -> dict[tuple[str, str, str], list[tuple[str, float]]]:
    """What each detector of others may cost a day, by (group, level, signal)."""
    out: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    for table in config.detect.beside:
        places = {
            (group, level, signal): weight * _WEIGHTS[level]
            for (group, signal), weight in weights.items()
            if signal in table.signals
            for level in table.levels
        }
        per_day = config.detect.budget_per_day * table.share / config.detect.shards
        for place, weight in places.items():
            out.setdefault(place, []).append((table.name, per_day * weight / sum(places.values())))
    return out
