"""Late complaints: what rules count of a bucket that was closed when they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from streams.counts.facts.hashes import NameHashes
from streams.counts.facts.people import People
from streams.facts.record import Late
from streams.items import Level
from streams.sources.batch import SenderKey
from streams.sources.event_facts import EventFacts

MOST_LATE = 10_000
"""Senders and buckets that late complaints of one bucket of a lane may name: the first ones, in the
order of the records. Further ones are only in the tally of late events."""

LATE_WITHIN_S = 62 * 86400
"""Complaints whose bucket is further back are only tallied: no rule looks back so
far (`streams.rule_packs.parameters.MOST_DAYS`)."""

MOST_LATE_IDS = 20_000
"""Event ids of late complaints that a bucket remembers: a repeat of one of them is dropped. Others
add to the total again, but not to the reporters."""

LateKey = tuple[int, SenderKey]
"""The bucket of a late complaint's time, and its sender."""


class LateComplaints:
    """Complaints that came while a bucket was the lane's first one that had not closed.

    Parameters
    ----------
    bucket
        The start of that bucket, epoch s.
    levels
        The levels at which they are counted.
    names
        Hashes of names.
    """

    def __init__(self, bucket: int, levels: Sequence[Level], names: NameHashes) -> None:
        self._bucket, self._levels = bucket, levels
        self._seen: set[str] = set()
        self._counts: dict[LateKey, int] = {}
        self._reporters: People[LateKey] = People(MOST_LATE, names)
        self._valid: People[LateKey] = People(MOST_LATE, names)

    def is_new(self, event_id: str) -> bool:
        """Whether a complaint is no repeat, as far as known; note its id."""
        if event_id in self._seen:
            return False
        if len(self._seen) < MOST_LATE_IDS:
            self._seen.add(event_id)
        return True

    def add(self, of_bucket: int, sender: SenderKey, count: int, facts: EventFacts) -> None:
        """Take a complaint of an earlier bucket."""
        if of_bucket < self._bucket - LATE_WITHIN_S:
            return
        key = of_bucket, sender
        if key in self._counts:
            self._counts[key] += count
        elif len(self._counts) < MOST_LATE:
            self._counts[key] = count
        else:
            return
        self._reporters.note(key, facts.people["reporters"][0])
        self._reporters.settle()
        self._valid.note(key, facts.people["valid_reporters"][0])
        self._valid.settle()

    def flushed(self) -> Iterator[Late]:
        """Yield what came for each entity and each bucket, in order."""
        for level in self._levels:
            named = {key: _entity(key, level) for key in self._counts}
            counts: dict[str, int] = {}
            for key, count in self._counts.items():
                name = named[key]
                if name is not None:
                    counts[name] = counts.get(name, 0) + count
            reporters, valid = self._reporters.by_name(named), self._valid.by_name(named)
            for name in sorted(counts):
                of_bucket, _, entity_id = name.partition("\t")
                yield Late(
                    self._bucket,
                    int(of_bucket),
                    level,
                    entity_id,
                    counts[name],
                    min(reporters.k, valid.k),
                    reporters.packed.get(name, b""),
                    valid.packed.get(name, b""),
                )


def _entity(key: LateKey, level: Level) -> str | None:
    """Return the bucket, and the entity of a level that a sender counts for, as one text."""
    of_bucket, sender = key
    name: str | None
    if level == "all":
        name = "all"
    elif isinstance(sender, str):
        name = sender if level == "sender" else None
    else:
        name = sender.id if level == "sender" else attrgetter(level)(sender)
    return None if name is None else f"{of_bucket}\t{name}"
