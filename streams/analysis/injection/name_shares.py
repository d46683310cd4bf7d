"""How many of a sender's messages name a platform, a signature, a category: estimated. Pure.

An archive holds which platforms each sender belongs to, over all sources, and how many messages of
a source name each platform. It does not hold how many messages of one sender name a platform. The
estimate is the platform's share: its own count over the count of all its senders in that source.
Three bounds hold for the estimate:

* It is at most the count of the platform.
* The other senders of the platform can have sent the remaining messages.
* All platforms of a sender together are at most the sender's count, since a message names at most
  one platform.

So counts stay possible when messages of a sender are taken away, also from its platforms. No count
falls below zero. If each sender has at most one platform, no platform counts more than its
remaining senders, and neither do all platforms together. If all messages named a platform, its
count stays the sum of its senders' counts. Each bound looks at one name only. So where senders have
several platforms, about once in a thousand buckets a platform keeps one message more than its
senders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from streams.detection.context.groups import Wider
from streams.detection.merge import ClosedBucket
from streams.items import Level

Named = Mapping[Level, Mapping[str, int]]
"""How many messages name what, by level."""

Shares = Mapping[Level, Mapping[str, float]]
"""The same as shares of all messages."""


class Naming:
    """Estimates for one source of a closed bucket, and what is left when messages are taken.

    Parameters
    ----------
    bucket, source
        The bucket, all shards of it; and whose counts.

    Examples
    --------
    >>> sums = {("s", "sender"): {"a": 10, "b": 30}, ("s", "platform"): {"Mall": 20}}
    >>> belongs = {sender: {("platform", "Mall")} for sender in "ab"}
    >>> naming = Naming(ClosedBucket(0, 60, sums, belongs), "s")
    >>> naming.named("a"), naming.named("b")
    ({'platform': {'Mall': 5}}, {'platform': {'Mall': 15}})
    """

    def __init__(self, bucket: ClosedBucket, source: str) -> None:
        self._sums, self._parents, self._source = bucket.sums, bucket.parents, source
        self._senders = bucket.sums.get((source, "sender"), {})
        self._taken: dict[str, int] = {}
        self._left: dict[Level, int] = {}
        self._held: dict[Wider, int] = {}

    def named(self, sender: str) -> Named:
        """How many of a sender's messages carry each name."""
        count = self._senders[sender] - self._taken.get(sender, 0)
        bounds: dict[Level, dict[str, tuple[int, int, int]]] = {}
        for level, name in sorted(self._parents.get(sender, ())):
            if held := self._of(level, name):  # asked before anything is taken
                counted = self._members[level, name]
                least = min(max(held - (counted - count), 0), count)
                likely = count * min(held, counted) // max(counted, 1)
                bounds.setdefault(level, {})[name] = least, likely, min(held, count)
        return {level: self._fitted(level, of, count) for level, of in bounds.items()}

    def shares(self, sender: str) -> Shares:
        """The same as shares."""
        count = self._senders[sender] - self._taken.get(sender, 0)
        return {
            level: {name: number / count for name, number in by_name.items()}
            for level, by_name in self.named(sender).items()
        }

    def take(self, sender: str, number: int, rng: np.random.Generator) -> Named:
        """Take messages of a sender, drawn at random; returns how many of them named what."""
        count = self._senders[sender] - self._taken.get(sender, 0)
        out: dict[Level, dict[str, int]] = {}
        for level, shares in self.named(sender).items():
            rest = count - sum(shares.values())
            drawn = rng.multivariate_hypergeometric([*shares.values(), rest], number).tolist()
            out[level] = dict(zip(shares, drawn, strict=False))  # the last named none
            for name, less in out[level].items():
                self._held[level, name] -= less
                self._left[level] -= less
        for wider in self._parents.get(sender, ()):
            self._members[wider] -= number
        self._taken[sender] = self._taken.get(sender, 0) + number
        return out

    @cached_property
    def _all(self) -> int:
        return sum(self._senders.values())

    @cached_property
    def _members(self) -> dict[Wider, int]:
        """What the senders of each name count, less what has been taken: in one pass for all."""
        out: dict[Wider, int] = defaultdict(int)
        for sender, count in self._senders.items():
            for wider in self._parents.get(sender, ()):
                out[wider] += count
        return out

    def _of(self, level: Level, name: str) -> int:
        """What is left of a name."""
        wider = level, name
        if wider not in self._held:
            self._held[wider] = self._sums.get((self._source, level), {}).get(name, 0)
        return self._held[wider]

    def _fitted(
        self, level: Level, bounds: Mapping[str, tuple[int, int, int]], count: int
    ) -> dict[str, int]:
        """Likely numbers, or what is next to them that the level as a whole leaves possible."""
        out = _lowered(
            {name: (least, likely) for name, (least, likely, _) in bounds.items()}, count
        )
        if level not in self._left:
            self._left[level] = sum(self._sums[self._source, level].values())
        named, others = self._left[level], self._all - sum(self._taken.values()) - count
        short = min(named - others, count) - sum(out.values())
        for name, (_, _, most) in bounds.items():
            if short > 0:
                extra = min(short, most - out[name])
                out[name] += extra
                short -= extra
        return out


def spread(number: int, shares: Shares, rng: np.random.Generator) -> Named:
    """Draw from shares how many of `number` messages carry each name."""
    return {
        level: dict(
            zip(
                of,
                rng.multinomial(number, [*of.values(), max(1.0 - sum(of.values()), 0.0)]).tolist(),
                strict=False,  # the last name none
            )
        )
        for level, of in shares.items()
    }


def _lowered(bounds: Mapping[str, tuple[int, int]], count: int) -> dict[str, int]:
    """Likely numbers, brought down towards the least ones where they are more than all."""
    least = sum(low for low, _ in bounds.values())
    likely = sum(high for _, high in bounds.values())
    if likely <= count:
        return {name: high for name, (_, high) in bounds.items()}
    if least >= count:
        return {name: low * count // least for name, (low, _) in bounds.items()}
    return {
        name: low + (high - low) * (count - least) // (likely - least)
        for name, (low, high) in bounds.items()
    }
