"""Draws the bursts that are injected into an archive: their senders, times and sizes.

A burst begins in a bucket in which its sender counts, has long been known, and does no more
than usual; it ends by time, however many of its buckets count anything. Senders are drawn by
classes of their size in turn, since nearly all are small. All that happens in a bucket is drawn
from it and those before, so that later data changes nothing.
Pure: the same buckets and seed, the same bursts.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streams.analysis.injection.bursts import Burst, Change, Injection
from streams.analysis.injection.name_shares import Named, Naming, Shares, spread
from streams.analysis.injection.usual_counts import Usual
from streams.archive.manifest import Manifest
from streams.archive.read.buckets import RecordedBucket, unsharded
from streams.archive.tables import ShardGroup
from streams.counts.bucket import DAY_S
from streams.counts.wire import shard_of
from streams.items import Level

RATIOS = (3.0, 5.0, 10.0, 30.0)
CLASSES_PER_DAY = (1.0, 10.0, 100.0, 1000.0)
"""Borders of the classes of size, in counts a day."""

MOST_BURSTS = 400
MOST_SHARE = 0.05
"""Largest part of a day's senders that may have a burst at the same time, and that may begin one in
a day. With more of them, bursts would be normal."""

LEAST_PER_DAY = 5.0
"""Least count a day that a burst multiplies (and at least 1 a bucket), as ten times nothing is
nothing. A smaller sender's burst has a larger ratio than the drawn one, and records that ratio."""

REST_DAYS = 7.0
"""Least time between two bursts of one sender."""

THINNED = 12
"""Senders of a source that are thinned, at most."""

KEPT_SHARE = 0.25
"""Of the bursts, where there are senders large enough to be thinned."""

DRAWN_SHAPE = 10.0
"""Of the negative binomial: the mean of a bucket varies by a third."""

_Key = tuple[ShardGroup, str]
"""A source's group, all its shards as one, and its name."""


def draw(
    buckets: Callable[[], Iterable[RecordedBucket]],
    manifest: Manifest,
    *,
    since_s: float,
    until_s: float,
    seed: int,
    apart: Mapping[str, Sequence[tuple[float, float]]],
) -> Injection:
    """Draw bursts into an archive.

    Parameters
    ----------
    buckets
        Gives the archive's buckets in their order; called twice.
    manifest
        What they were counted by.
    since_s, until_s
        Before, nothing begins: there it is learned who is how large; after, nothing lasts.
    seed
        Of all that is drawn.
    apart
        Spans of senders that a label tells of: no burst comes near them.
    """
    before: dict[_Key, Usual] = {}
    for recorded in unsharded(buckets()):
        if recorded.bucket.end > since_s:
            break
        for key, counts in _by_source(recorded, manifest):
            if counts or key in before:
                size = manifest.sources[key[1]].bucket_s
                before.setdefault(key, Usual(size)).learn(counts)
    sources = {
        key: _SourceDrawing(
            key,
            usual,
            manifest,
            until_s,
            _per_day(usual, since_s, until_s, len(before)),
            seed,
            apart,
        )
        for key, usual in sorted(before.items())
    }
    changes: dict[tuple[ShardGroup, int], list[Change]] = defaultdict(list)
    for recorded in unsharded(buckets()):
        group, bucket = recorded.shard_group.group, recorded.bucket
        for key, counts in _by_source(recorded, manifest):
            if (source := sources.get(key)) is not None:
                for change in source.take(recorded, counts, begins=bucket.end > since_s):
                    shard = shard_of(change.level, change.entity, manifest.shards)
                    changes[ShardGroup(shard, group), bucket.start].append(change)
    bursts = [burst for source in sources.values() for burst in source.bursts()]
    return Injection(tuple(sorted(bursts, key=lambda b: (b.start, b.end, b.sender))), dict(changes))


def _by_source(
    recorded: RecordedBucket, manifest: Manifest
) -> Iterator[tuple[_Key, Mapping[str, int]]]:
    """What senders count by each source of the group: nothing is a count as well."""
    for source, counted in sorted(manifest.sources.items()):
        if counted.group == recorded.shard_group.group:
            yield (recorded.shard_group, source), recorded.bucket.sums.get((source, "sender"), {})


def _lengths(buckets_a_day: float) -> tuple[int, ...]:
    """Buckets that bursts last: one, a few, a day or more."""
    return 1, 4, max(round(buckets_a_day), 12)


def _per_day(usual: Usual, since_s: float, until_s: float, sources: int) -> float:
    """How many bursts begin in a day."""
    means = usual.means(np.arange(len(usual.senders), dtype=np.intp))
    daily = float((1.0 - np.exp(-means * usual.buckets_a_day)).sum())
    lasts = float(np.mean(_lengths(usual.buckets_a_day))) / usual.buckets_a_day
    most = MOST_BURSTS * DAY_S / (until_s - since_s) / sources
    return min(max(MOST_SHARE * daily / max(lasts, 1.0), 0.2), most)


@dataclass(slots=True)
class _Running:
    """A burst while it lasts: what it brings a bucket, of whose messages which shares."""

    sender: str
    shares: Shares
    ratio: float
    usual: float
    added: float
    kept: bool
    last: float
    start: int | None = None
    end: int = 0


class _SourceDrawing:
    """Draws the bursts of one source of a group, all shards of it as one."""

    def __init__(
        self,
        key: _Key,
        before: Usual,
        manifest: Manifest,
        until_s: float,
        per_day: float,
        seed: int,
        apart: Mapping[str, Sequence[tuple[float, float]]],
    ) -> None:
        place, self._name = key
        counted = manifest.sources[self._name]
        self._signal, self._bucket_s = counted.signal, counted.bucket_s
        self._all: tuple[Level, ...] = ("all",) if "all" in manifest.levels else ()
        self._until_s, self._apart = until_s, apart
        self._usual = Usual(self._bucket_s)
        self._per_bucket = per_day / self._usual.buckets_a_day
        name = zlib.crc32(f"{place.shard} {place.group} {self._name}".encode())
        self._rng = np.random.default_rng([seed, name])
        lengths = _lengths(self._usual.buckets_a_day)
        kinds = [(ratio, long) for ratio in RATIOS for long in lengths]
        self._kinds = _ShuffledKinds(kinds, self._rng)
        self._class = 0
        self._running: list[_Running] = []
        self._done: list[_Running] = []
        self._free: dict[str, float] = {}
        self._thinned = self._reserved(before)

    def _reserved(self, before: Usual) -> dict[str, float]:
        """Senders to be thinned, and by what ratio: at least one a bucket is left to them."""
        senders = before.senders
        means = before.means(np.arange(len(senders), dtype=np.intp))
        able = np.flatnonzero(means >= RATIOS[0])
        number = min(THINNED, len(able) // 4)
        out = {}
        for row in sorted(self._rng.choice(able, number, replace=False).tolist() if number else []):
            ratios = [ratio for ratio in RATIOS if ratio <= means[row]]
            out[senders[row]] = float(self._rng.choice(ratios))
        return out

    def take(
        self, recorded: RecordedBucket, counts: Mapping[str, int], *, begins: bool
    ) -> Iterator[Change]:
        """Draw what happens in a bucket."""
        start, end = recorded.bucket.start, recorded.bucket.end
        naming = Naming(recorded.bucket, self._name)
        # A day of local time may be an hour longer or shorter.
        over = [r for r in self._running if r.last - self._bucket_s / 2.0 <= start]
        self._done += over
        self._running = [running for running in self._running if running not in over]
        if begins:
            for _ in range(int(self._rng.poisson(self._per_bucket))):
                self._begin(start, counts, naming)
        now = sum(counts.values())
        level = min(now / self._usual.total, 3.0) if self._usual.total else 1.0
        spared = {running.sender for running in self._running if running.kept}
        for running in self._running:
            running.end = end
            if running.kept:
                running.start = start if running.start is None else running.start
                continue
            mean = running.added * level
            added = int(self._rng.poisson(mean * self._rng.gamma(DRAWN_SHAPE) / DRAWN_SHAPE))
            if added:
                running.start = start if running.start is None else running.start
                yield from self._of(running.sender, added, spread(added, running.shares, self._rng))
        for sender, ratio in self._thinned.items():
            if sender in counts and sender not in spared:
                left = int(self._rng.binomial(counts[sender], 1.0 / ratio))
                if less := counts[sender] - left:
                    yield from self._of(sender, -less, naming.take(sender, less, self._rng))
        self._usual.learn(counts)

    def _of(self, sender: str, added: int, named: Named) -> Iterator[Change]:
        """What comes to a sender, or goes, and with it to its roll-ups."""
        sign = 1 if added > 0 else -1
        wider = {(level, name): n for level, of in named.items() for name, n in of.items() if n}
        parents = frozenset(wider if added > 0 else ())
        yield Change(self._name, "sender", sender, added, parents)
        for level in self._all:
            yield Change(self._name, level, level, added)
        for (level, name), number in wider.items():
            yield Change(self._name, level, name, sign * number)

    def bursts(self) -> Iterator[Burst]:
        """Those that came to something."""
        for one in [*self._done, *self._running]:
            if one.start is not None:
                yield Burst(
                    self._signal, one.sender, one.start, one.end, one.ratio, one.usual, one.kept
                )

    def _begin(self, start: int, counts: Mapping[str, int], naming: Naming) -> None:
        ratio, long = self._kinds.next()
        kept = bool(self._thinned) and self._rng.random() < KEPT_SHARE
        last = start + long * self._bucket_s
        if last > self._until_s:
            return
        senders = list(counts)
        rows = self._usual.rows_of(senders)
        counted = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        places = np.flatnonzero(rows >= 0)
        places = places[self._usual.quiet(rows[places], counted[places])]
        means = self._usual.means(rows[places])
        able: dict[int, list[tuple[str, float]]] = defaultdict(list)
        classes = np.digitize(means * self._usual.buckets_a_day, CLASSES_PER_DAY)
        for place, size, mean in zip(
            places.tolist(), classes.tolist(), means.tolist(), strict=True
        ):
            if (senders[place] in self._thinned) == kept:
                able[size].append((senders[place], mean))
        for _ in range(len(CLASSES_PER_DAY) + 1):
            self._class = (self._class + 1) % (len(CLASSES_PER_DAY) + 1)
            if of_class := able.get(self._class):
                sender, mean = of_class[int(self._rng.integers(len(of_class)))]
                if self._is_free(sender, start, last):
                    self._run(sender, naming, mean, ratio, long, last, kept=kept)
                return

    def _run(
        self,
        sender: str,
        naming: Naming,
        mean: float,
        ratio: float,
        long: int,
        last: float,
        *,
        kept: bool,
    ) -> None:
        self._free[sender] = last + REST_DAYS * DAY_S
        if kept:
            ratio = self._thinned[sender]
            self._running.append(_Running(sender, {}, ratio, mean / ratio, 0.0, kept, last))
            return
        least = min(1.0, LEAST_PER_DAY / self._usual.buckets_a_day)
        added = (ratio - 1.0) * max(mean, least, 1.0 / long)
        if added > (ratio - 1.0) * mean:
            ratio = 1.0 + added / mean
        self._running.append(
            _Running(sender, naming.shares(sender), ratio, mean, added, kept, last)
        )

    def _is_free(self, sender: str, start: float, last: float) -> bool:
        rest = REST_DAYS * DAY_S
        return self._free.get(sender, 0.0) <= start and not any(
            start < until + rest and since - rest < last
            for since, until in self._apart.get(sender, ())
        )


class _ShuffledKinds:
    """Kinds of bursts, ratio and length, each as often as any other, in an order that is drawn."""

    def __init__(self, kinds: Sequence[tuple[float, int]], rng: np.random.Generator) -> None:
        self._kinds, self._rng = kinds, rng
        self._left: list[tuple[float, int]] = []

    def next(self) -> tuple[float, int]:
        """The next one."""
        if not self._left:
            self._left = [self._kinds[n] for n in self._rng.permutation(len(self._kinds))]
        return self._left.pop()
