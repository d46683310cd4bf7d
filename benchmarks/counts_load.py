"""Records of the topic ``counts`` as a counter writes them, of as many senders as wanted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from streams.counts.open_bucket import Flush
from streams.counts.wire import encode_counts, records
from streams.items import Level, Tally, Total

BUCKET_S = 60
SENDERS_A_SIGNATURE = 20
PLATFORMS = 100
START = 1_772_409_600

Ints = npt.NDArray[np.int64]


class CountsLoad:
    """Senders of one source in one lane; each has a signature and a platform.

    Parameters
    ----------
    senders
        How many.
    active
        Share of them that count in a bucket.
    seed
        Of the counts.
    source
        The source's name.
    categories
        How many categories the platforms have; 0: that level is not counted.

    Examples
    --------
    >>> load = CountsLoad(100, 0.5, seed=1)
    >>> everybody, half = (sum(1 for t in load.totals(k) if t.level == "sender") for k in (0, 1))
    >>> everybody, 30 < half < 70
    (100, True)
    """

    def __init__(
        self,
        senders: int,
        active: float,
        *,
        seed: int,
        source: str = "sends",
        categories: int = 0,
    ) -> None:
        self.senders, self.active = senders, active
        self.source, self.categories = source, categories
        self._rng = np.random.default_rng(seed)
        # Most have a few a minute, some a thousand.
        self._rates = np.minimum(2.0 + 3.0 * self._rng.pareto(1.2, senders), 1000.0)

    @property
    def entities(self) -> int:
        """Over all levels."""
        signatures = -(-self.senders // SENDERS_A_SIGNATURE)
        return self.senders + signatures + self.platforms + self.categories + 1

    @property
    def platforms(self) -> int:
        """How many platforms there are."""
        return min(PLATFORMS, self.senders)

    def counts(self, bucket: int) -> Ints:
        """Of each sender; in the first bucket nobody is silent, so that all are known."""
        counts = np.maximum(self._rng.poisson(self._rates), 1)
        if bucket:
            counts[self._rng.random(self.senders) >= self.active] = 0
        return counts

    def totals(self, bucket: int) -> list[Total]:
        """Totals of a bucket, level by level."""
        start, counts = START + BUCKET_S * bucket, self.counts(bucket)
        on = np.flatnonzero(counts)
        out = [Total(start, "sender", _sender(n), int(counts[n])) for n in on.tolist()]
        levels: list[tuple[Level, Ints]] = [
            ("signature", on // SENDERS_A_SIGNATURE),
            ("platform", on % self.platforms),
        ]
        if self.categories:
            levels.append(("category", on % self.platforms % self.categories))
        for level, total_of in levels:
            sums = np.bincount(total_of, weights=counts[on]).astype(np.int64)
            names = np.flatnonzero(sums).tolist()
            out += [Total(start, level, f"{level}-{n}", int(sums[n])) for n in names]
        return [*out, Total(start, "all", "all", int(counts.sum()))]

    def bucket(self, bucket: int) -> Iterator[bytes]:
        """Encoded records of a bucket that closes with them."""
        totals = self.totals(bucket)
        start = START + BUCKET_S * bucket
        flush = Flush(totals, [Tally(start, totals[-1].count, 0, 0, 0)], float(start + BUCKET_S))
        for total in totals:
            if total.level == "sender":
                number = int(total.id[-9:])
                flush.parents[start, total.id] = {
                    ("signature", f"signature-{number // SENDERS_A_SIGNATURE}"),
                    ("platform", f"platform-{number % self.platforms}"),
                }
        for _, counts in records(self.source, 0, 1, BUCKET_S, flush, 1):
            yield encode_counts(counts)


def idle_complaints(until: int) -> Iterator[bytes]:
    """The other source of the group, with nothing to say through a bucket."""
    end = float(START + BUCKET_S * (until + 1))
    for _, counts in records("complaints", 0, 1, BUCKET_S, Flush(watermark=end, idle=True), 1):
        yield encode_counts(counts)


def _sender(number: int) -> str:
    return f"1069{number:09d}"
