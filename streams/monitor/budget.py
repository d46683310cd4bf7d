"""The budget of false alerts, split into shares that add to 1.

Half of a group's share goes to senders, where nearly all entities are, the rest in
equal parts to the other levels; signals share alike; a quarter of each is for
entities in their first bucket, which are judged apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.config.model import Config
from streams.counts.bucket import DAY_S

NEWCOMERS_SHARE = 0.25
SENDERS_SHARE = 0.5
LARGEST_ALPHA = 0.01
"""However few the entities: a threshold below e-value 100 would wake people for nothing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """False alerts a day that one level and signal of one group and shard may cost."""

    known_per_day: float
    newcomers_per_day: float

    def alpha(self, entities: int, bucket_s: int) -> float:
        """Chance of a false alert an entity and bucket that keeps the budget."""
        buckets_per_day = DAY_S / bucket_s
        return min(LARGEST_ALPHA, self.known_per_day / (max(entities, 1) * buckets_per_day))

    def alpha_first(self, newcomers_per_day: float) -> float:
        """Chance of a false alert a newcomer that keeps the budget."""
        return min(LARGEST_ALPHA, self.newcomers_per_day / max(newcomers_per_day, 1e-9))


def split_budget(config: Config) -> dict[tuple[str, str, str], Budget]:
    """Budget by (group, level, signal).

    Examples
    --------
    >>> from streams.config.load import parse_config
    >>> shares = split_budget(parse_config({"detect": {"budget_per_day": 4.0}}))
    >>> shares["1m", "sender", "sends"]
    Budget(known_per_day=0.75, newcomers_per_day=0.25)
    >>> round(sum(b.known_per_day + b.newcomers_per_day for b in shares.values()), 12)
    4.0
    """
    shares: dict[tuple[str, str, str], Budget] = {}
    levels = config.count.levels
    others = [level for level in levels if level != "sender"]
    for group, sources in config.groups.items():
        signals = sorted({source.signal for source in sources})
        part = config.detect.budget_per_day / (
            len(config.groups) * len(signals) * config.detect.shards
        )
        for level in levels:
            if not others or "sender" not in levels:
                share = part / len(levels)
            elif level == "sender":
                share = part * SENDERS_SHARE
            else:
                share = part * (1 - SENDERS_SHARE) / len(others)
            for signal in signals:
                shares[group, level, signal] = Budget(
                    share * (1 - NEWCOMERS_SHARE), share * NEWCOMERS_SHARE
                )
    return shares
