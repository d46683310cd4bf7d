"""*k* distinct reporters in *d* days: who complained last, and on which day, of every entity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from detectors.distinct.bottom_k import HASH_BYTES
from detectors.pages import PagedTable
from streams.detection.rules.standing import MOST_FOLLOWED, CountedBucket, RuleStanding
from streams.rule_packs.parameters import DistinctReportersRule

MOST_REPORTERS_HELD: Final = 8_000_000
"""Reporters of all entities together that a rule remembers at most."""

_DAY_BYTES: Final = 4
_LAST_DAY: Final = (1 << 8 * _DAY_BYTES) - 1
_PAIR_BYTES: Final = _DAY_BYTES + HASH_BYTES


def _packed(day: int, reporter: int) -> bytes:
    """A day and a hash, so that the latest day sorts first, then the smallest hash."""
    return (_LAST_DAY - day).to_bytes(_DAY_BYTES, "big") + reporter.to_bytes(HASH_BYTES, "big")


def _pieces(recent: bytes) -> Iterator[bytes]:
    return (recent[at : at + _PAIR_BYTES] for at in range(0, len(recent), _PAIR_BYTES))


def _day_at(recent: bytes, at: int) -> int:
    """The day of a reporter, from the first (0) or the last (-1) of them."""
    begin = at * _PAIR_BYTES + (len(recent) if at < 0 else 0)
    return _LAST_DAY - int.from_bytes(recent[begin : begin + _DAY_BYTES], "big")


def pairs_of(recent: bytes) -> list[tuple[int, int]]:
    """Return day and hash of each reporter, the latest day first."""
    return [
        (_day_at(piece, 0), int.from_bytes(piece[_DAY_BYTES:], "big")) for piece in _pieces(recent)
    ]


def most_recent(recent: bytes, day: int, hashes: Iterable[int], keep: int) -> bytes:
    """Return the reporters who complained last: each with the last day, the latest first.

    Parameters
    ----------
    recent
        Day and hash of each so far, `_PAIR_BYTES` each: a million senders have some.
    day, hashes
        Who complained on a day; it may be before others.
    keep
        How many are kept. Whoever is left out has as many others who complained on that day or
        later, and comes again only with a later day: so counts up to `keep` stay exact.

    Examples
    --------
    >>> pairs_of(most_recent(most_recent(b"", 5, [70], 3), 4, [71, 72], keep=2))
    [(5, 70), (4, 71)]
    """
    last = {piece[_DAY_BYTES:]: piece for piece in _pieces(recent)}
    for reporter in hashes:
        piece = _packed(day, reporter)
        last[piece[_DAY_BYTES:]] = min(piece, last.get(piece[_DAY_BYTES:], piece))
    return b"".join(sorted(last.values())[:keep])


class DistinctReporters:
    """Follows who complained about whom.

    The days are calendar days: `days` of them are today and those just before. A late complaint
    counts for its own day, from the bucket on with which it takes effect. The rule counts as met
    from the day on which the last of `need` reporters took effect; once this day has left the
    window, from that on which the rule is met anew. Where not all who complained were kept one by
    one, what is counted is certain, and there may be more: it says "at least".

    Parameters
    ----------
    rule
        The rule.
    most, most_held
        Entities that are followed at most, and reporters of all of them.

    Examples
    --------
    >>> rule = DistinctReportersRule(need=2, days=10, warn=1)
    >>> follow = DistinctReporters(rule)
    >>> one = CountedBucket(0, 60, 700, 700, {}, {"a": 1}, {"a": (71,)})
    >>> [(s.entity, s.have, s.met, s.day) for s in follow.close(one)]
    [('a', 1, False, 1)]
    """

    def __init__(
        self,
        rule: DistinctReportersRule,
        most: int = MOST_FOLLOWED,
        most_held: int = MOST_REPORTERS_HELD,
    ) -> None:
        self._rule = rule
        self._most = min(most, max(1, most_held // rule.need))
        self._recent: PagedTable[bytes] = PagedTable(bytes)
        self._met_on: PagedTable[int] = PagedTable(int)
        self._cut_on: PagedTable[int] = PagedTable(int)
        self._near: set[str] = set()
        self.period = 0
        self.let_go = 0
        self.pages: dict[str, PagedTable[Any]] = {
            "recent": self._recent,
            "met_on": self._met_on,
            "cut_on": self._cut_on,
        }
        self._recent.after_restore(self._derive)

    def _derive(self) -> None:
        near = self._rule.warn * _PAIR_BYTES
        self._near = {entity for entity, recent in self._recent.items() if len(recent) >= near}

    def close(self, bucket: CountedBucket) -> list[RuleStanding]:
        """Count a bucket: see `Evaluator`."""
        first = bucket.day - self._rule.days + 1
        if bucket.day > self.period:
            self.period = bucket.day
            self._forget(first)
        for entity, day in bucket.cut.items():
            if day >= first:
                self._cut_on[entity] = max(day, self._cut_on.get(entity, day))
        for entity, hashes in bucket.reporters.items():
            self._take(entity, bucket.day, hashes)
        for day, entity, _, hashes in bucket.late:
            if first <= day <= bucket.day:
                self._take(entity, day, hashes)
        self._bound()
        return [self._standing(entity, bucket.day) for entity in sorted(self._near)]

    def _kept(self, entity: str) -> bytes:
        """Who complained last, of as many as the rule needs: it may have needed more."""
        return self._recent.get(entity, b"")[: self._rule.need * _PAIR_BYTES]

    def _take(self, entity: str, day: int, hashes: Iterable[int]) -> None:
        need, before = self._rule.need, self._kept(entity)
        found = most_recent(before, day, hashes, need)
        if found:
            self._recent[entity] = found
        if len(found) >= self._rule.warn * _PAIR_BYTES:
            self._near.add(entity)
        first = self.period - self._rule.days + 1
        if len(found) >= need * _PAIR_BYTES > len(before) and self._met_on.get(entity, 0) < first:
            self._met_on[entity] = self.period

    @property
    def waits(self) -> bool:
        """See `Evaluator`."""
        return bool(self._near)

    def release(self, entity: str) -> None:
        """The rule is not about it: see `Evaluator`."""
        self._met_on.discard(entity)

    def _forget(self, first: int) -> None:
        """Forget whoever complained before a day."""
        for entity in [of for of, recent in self._recent.items() if _day_at(recent, -1) < first]:
            left = b"".join(
                piece for piece in _pieces(self._recent[entity]) if _day_at(piece, 0) >= first
            )
            self._recent[entity] = left
            if len(left) < self._rule.warn * _PAIR_BYTES:
                self._near.discard(entity)
                self._met_on.discard(entity)
            if not left:
                del self._recent[entity]
        self._cut_on.keep(lambda _, day: day >= first)

    def _bound(self) -> None:
        """Let go of those with the fewest reporters, the oldest first, where there are too many."""
        if len(self._recent) <= self._most:
            return
        ranked = sorted((len(of), _day_at(of, 0), entity) for entity, of in self._recent.items())
        gone = ranked[: len(ranked) - self._most * 9 // 10]
        self.let_go += len(gone)
        for _, _, entity in gone:
            del self._recent[entity]
            self._near.discard(entity)
            self._met_on.discard(entity)
            self._cut_on.discard(entity)

    def _standing(self, entity: str, day: int) -> RuleStanding:
        rule, recent = self._rule, self._kept(entity)
        have = len(recent) // _PAIR_BYTES
        if have >= rule.need:
            self._met_on.setdefault(entity, day)
        since = _day_at(recent, -1)
        return RuleStanding(
            entity=entity,
            met=have >= rule.need,
            have=have,
            need=rule.need,
            size=2.0**have,  # each further reporter is worth a revision
            since=since,
            day=day - since + 1,
            of_days=rule.days,
            met_on=self._met_on.get(entity),
            at_least=float(have) if have < rule.need and entity in self._cut_on else None,
        )
