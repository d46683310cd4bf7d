"""An open bucket of a lane: what it has counted, and which totals must be written."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streams.counts.levels import parents_of, roll_up
from streams.counts.mark import Mark
from streams.counts.surplus import Surplus
from streams.facts.record import Late
from streams.items import SURPLUS_IDS, UNCHECKED, Level, Tally, Total
from streams.sources.batch import EventBatch, SenderKey
from streams.sources.event_facts import EventFacts

if TYPE_CHECKING:
    from streams.counts.facts.bucket_facts import BucketFacts, FlushedFacts
    from streams.counts.facts.late import LateComplaints

FIRST_EARLY_TOTAL = 5
"""A smaller total of an open bucket is not worth writing."""

EARLY_GROWTH = 2.5
"""A total of an open bucket is written again only when it has grown by this ratio: for a sender
with two events a second that is five totals a minute, instead of six at 2 (139 bytes on disk) and
nine at 1.5."""

MOST_IDS = 2_000_000
"""Event ids that the open buckets of a lane remember together, so that repeats are dropped."""

Parents = Mapping[tuple[int, str], set[tuple[Level, str]]]
"""What a sender belongs to in a bucket, by bucket and sender."""


def ids_a_bucket(bucket_s: int, open_s: float) -> int:
    """Return how many event ids a bucket remembers: an equal part of those of its lane.

    Buckets wait for `open_s`: the lateness, and how far an event may be ahead. A bucket's part is
    its own, so that a recount from its first record remembers the same ids: the first ones in the
    order of the records.

    Examples
    --------
    >>> ids_a_bucket(86400, 0.0), ids_a_bucket(60, 10.0), ids_a_bucket(60, 6 * 3600.0)
    (2000000, 1000000, 5540)
    """
    most_open = math.ceil(open_s / bucket_s) + 1
    return max(MOST_IDS // most_open, 1)


@dataclass(slots=True)
class Flush:
    """What a lane publishes at one time: final and early totals, tallies, and its watermark.

    Attributes
    ----------
    totals, tallies
        Totals that are new, and the tallies of closed buckets.
    watermark
        The lane's watermark where it rose; None where it did not.
    idle
        Whether an idle decision moved the lane last.
    parents
        What each sender of a bucket belongs to so far, by bucket and sender.
    facts, late
        What closed buckets counted beside totals, by bucket, and late complaints.
    """

    totals: list[Total] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    watermark: float | None = None
    idle: bool = False
    parents: dict[tuple[int, str], set[tuple[Level, str]]] = field(default_factory=dict)
    facts: dict[int, FlushedFacts] = field(default_factory=dict)
    late: list[Late] = field(default_factory=list)


@dataclass(slots=True)
class LaneBucket:
    """A bucket of a lane that may still change.

    Attributes
    ----------
    start, end
        Its time, epoch s.
    mark
        The position of its first record, and the lane's state there.
    counts
        Messages or complaints, by what they are counted by.
    levels
        Levels to roll up to when totals are written.
    most_senders
        How many senders it admits, each with what its events name beside it: the first ones, in
        the order of the records.
    surplus
        What it counts of others; None before the first of them.
    most_ids
        How many event ids it remembers.
    seen
        Event ids, where the source drops repeats: the first `most_ids`.
    unchecked
        Events with other ids, after them: whether they are repeats is not known, so they count.
    events, late, duplicates, rejects
        Records that came while it was the lane's newest bucket, by fate.
    written
        Totals already written, by level and id.
    facts, late_facts
        What it counts beside totals, and late complaints that came while it was the first one not
        closed; None where that is not wanted, or nothing came.
    """

    start: int
    end: int
    mark: Mark
    levels: Sequence[Level]
    most_senders: int
    most_ids: int = MOST_IDS
    counts: Counter[SenderKey] = field(default_factory=Counter)
    surplus: Surplus | None = None
    seen: set[str] = field(default_factory=set)
    unchecked: int = 0
    events: int = 0
    late: int = 0
    duplicates: int = 0
    rejects: int = 0
    written: dict[Level, dict[str, int]] = field(default_factory=dict)
    facts: BucketFacts | None = None
    late_facts: LateComplaints | None = None

    def is_new(self, event_id: str) -> bool:
        """Whether an event's id is new in this bucket, as far as known; note it as seen."""
        if event_id in self.seen:
            self.duplicates += 1
            return False
        if len(self.seen) < self.most_ids:
            self.seen.add(event_id)
        else:
            self.unchecked += 1
        return True

    def count(self, sender: SenderKey, count: int) -> None:
        """Count an event."""
        counts = self.counts
        if sender in counts:
            counts[sender] += count
        elif len(counts) < self.most_senders:
            counts[sender] = count
        else:
            if self.surplus is None:
                self.surplus = Surplus(counts, self.levels)
            self.surplus.add(sender, count)

    def take(self, sender: SenderKey, count: int, facts: EventFacts | None) -> None:
        """Count an event, and what is wanted of it beside its total."""
        self.count(sender, count)
        if facts is not None and self.facts is not None:
            self.facts.add((sender,), (count,), facts)

    def add(self, batch: EventBatch) -> None:
        """Count the events of a batch, as `take` would one by one."""
        if batch.counts is not None:
            for sender, count in zip(batch.senders, batch.counts, strict=True):
                self.count(sender, count)
        elif len(self.counts) + len(batch.senders) <= self.most_senders:
            self.counts.update(batch.senders)
        else:
            for sender in batch.senders:
                self.count(sender, 1)
        if batch.facts is not None and self.facts is not None:
            self.facts.add(batch.senders, batch.counts, batch.facts)

    def _totals(self) -> dict[Level, Mapping[str, int]]:
        """Totals of each level by id."""
        totals = roll_up(self.counts, self.levels)
        if self.surplus is not None:
            for level, counts in self.surplus.counts.items():
                sums = Counter(totals[level])
                sums.update(counts)
                totals[level] = sums
        return totals

    def write(self, out: Flush, *, final: bool) -> None:
        """Add the totals that are not yet written to a flush.

        Parameters
        ----------
        out
            The flush.
        final
            Whether the bucket has closed: if not, only totals that grew enough are written.
        """
        written_senders: Collection[str] = ()
        has_parents = False
        for level, totals in self._totals().items():
            written = self.written.setdefault(level, {})
            grown: Collection[tuple[str, int]] = totals.items()
            if not final:
                grown = [
                    (name, total)
                    for name, total in grown
                    if total >= FIRST_EARLY_TOTAL
                    and total != (before := written.get(name, 0))
                    and total >= EARLY_GROWTH * before
                ]
                written.update(grown)
            elif written and self.facts is None:  # facts come with the last total
                grown = [(name, total) for name, total in grown if total != written.get(name)]
            out.totals += [Total(self.start, level, name, total) for name, total in grown]
            if level == "sender":
                everyone = len(grown) == len(totals)
                written_senders = totals.keys() if everyone else {name for name, _ in grown}
            elif level != "all" and totals:
                has_parents = True
        # Early totals carry parents too: a total that has not grown since is not written again.
        if has_parents:
            for name, parents in parents_of(self.counts, self.levels, written_senders).items():
                out.parents[self.start, name] = parents
        if final and self.surplus is not None:
            out.totals += [
                Total(self.start, level, SURPLUS_IDS, ids) for level, ids in self.surplus.ids()
            ]
        if final and self.unchecked:
            out.totals.append(Total(self.start, self.levels[0], UNCHECKED, self.unchecked))
        if final and self.facts is not None:
            out.facts[self.start] = self.facts.flushed(self.levels)
        if final and self.late_facts is not None:
            out.late += self.late_facts.flushed()
        if final:
            out.tallies.append(
                Tally(self.start, self.events, self.late, self.duplicates, self.rejects)
            )


def shares_of(
    batch: EventBatch, buckets: Mapping[int, LaneBucket], earliest_s: float, latest_s: float
) -> list[tuple[LaneBucket, EventBatch]]:
    """Return the events of a batch that fall into each of some buckets, by their starts."""
    touched = [
        (start, bucket)
        for start, bucket in buckets.items()
        if start <= latest_s and earliest_s < bucket.end
    ]
    for start, bucket in touched:
        if start <= earliest_s and latest_s < bucket.end:
            return [(bucket, batch)]
    times_s = batch.times_s
    return [
        (bucket, batch.where([start <= time_s < bucket.end for time_s in times_s]))
        for start, bucket in touched
    ]
