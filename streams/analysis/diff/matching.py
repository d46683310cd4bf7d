"""What two configurations alert of the same counts: matched one to one, compared, ranked. Pure.

An alert of one and an alert of the other are the same where group, entity and signal are equal
(complaints by number and by rate are one signal; source faults need the same kind) and some of
their time, from the onset to the end of the last bucket, is common. Ids do not matter: they
differ where another detector found it, or a bucket sooner. Where several could be matched,
equal ids go first, then those that share the longest time; each is matched once at most.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from streams.alerts.history import Life
from streams.detection.signals import events_signal

Change = Literal["severity", "delay", "onset", "end"]
"""What a pair may differ in: highest severity, when it opened, onset, when it ended."""

SEVERITY_PART, LEAST_PART = 0.5, 0.01
"""How much of an alert a change of severity, and any change, counts as."""

_Key = tuple[str, str, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """An alert of A, of B, or of both; `until_s` is where the recording ends."""

    a: Life | None
    b: Life | None
    until_s: float

    @property
    def one(self) -> Life:
        """That of A where there is one, else that of B."""
        life = self.a or self.b
        assert life is not None
        return life

    @property
    def side(self) -> Literal["only_a", "only_b", "both"]:
        """Who has it."""
        if self.b is None:
            return "only_a"
        return "only_b" if self.a is None else "both"

    @property
    def changes(self) -> tuple[Change, ...]:
        """What differs, of an alert that both have; evidence and expectation may besides."""
        if self.a is None or self.b is None:
            return ()
        a, b = self.a, self.b
        differs: dict[Change, bool] = {
            "severity": a.severity != b.severity,
            "delay": a.opened_s != b.opened_s,
            "onset": a.onset_s != b.onset_s,
            "end": (a.ended_s, a.state) != (b.ended_s, b.state),
        }
        return tuple(name for name, so in differs.items() if so)

    @property
    def agrees(self) -> bool:
        """Whether both have it and tell the same."""
        return self.side == "both" and not self.changes

    @property
    def nats(self) -> float:
        """How far it is beyond chance, of the two the farther: see `beyond_chance`."""
        return max(beyond_chance(life) for life in (self.a, self.b) if life is not None)

    @property
    def part(self) -> float:
        """How much of the alert differs: 1 where only one has it.

        Of one that both have, the largest of: the part of the time in which only one had it
        open; the part of the whole by which the onset moved; a half where severity differs.
        """
        if self.a is None or self.b is None:
            return 1.0
        a, b = self.a, self.b
        ends = [self.until_s if life.ended_s is None else life.ended_s for life in (a, b)]
        union = max(ends) - min(a.opened_s, b.opened_s)
        common = max(min(ends) - max(a.opened_s, b.opened_s), 0.0)
        whole = max(ends) - min(a.onset_s, b.onset_s)
        parts = [LEAST_PART if self.changes else 0.0]
        if union > 0.0:
            parts.append(1.0 - common / union)
        if whole > 0.0:
            parts.append(abs(a.onset_s - b.onset_s) / whole)
        if a.severity != b.severity:
            parts.append(SEVERITY_PART)
        return min(max(parts), 1.0)

    @property
    def weight(self) -> float:
        """How telling a difference is: nats times the part that differs."""
        return self.nats * self.part


@dataclass(frozen=True, slots=True)
class Diff:
    """All alerts of two configurations.

    Attributes
    ----------
    pairs
        In order of opening.
    """

    pairs: tuple[Pair, ...]

    @property
    def differences(self) -> list[Pair]:
        """Those that differ, the most telling first."""
        return sorted((p for p in self.pairs if not p.agrees), key=lambda p: (-p.weight, _at(p)))

    @property
    def same(self) -> int:
        """How many alerts both have and tell alike."""
        return sum(pair.agrees for pair in self.pairs)

    @property
    def sides(self) -> dict[str, int]:
        """How many differ, by who has them: ``only_a``, ``only_b``, ``changed``."""
        counter = Counter(pair.side for pair in self.pairs if not pair.agrees)
        changed = counter["both"]
        return {"only_a": counter["only_a"], "only_b": counter["only_b"], "changed": changed}

    @property
    def changes(self) -> dict[str, int]:
        """How many of those that both have differ in what."""
        counter = Counter(change for pair in self.pairs for change in pair.changes)
        names: tuple[Change, ...] = ("severity", "delay", "onset", "end")
        return {name: counter[name] for name in names}


def compare(a: Sequence[Life], b: Sequence[Life], *, until_s: float) -> Diff:
    """Match the alerts of two configurations, and say where they differ.

    Parameters
    ----------
    a, b
        Alerts of each.
    until_s
        End of the recording, epoch s: until when what is open has been open.
    """
    of_a, of_b = _by_key(a), _by_key(b)
    pairs = [
        pair
        for key in {**of_a, **of_b}
        for pair in _matched(of_a.get(key, []), of_b.get(key, []), until_s)
    ]
    return Diff(tuple(sorted(pairs, key=_at)))


def beyond_chance(life: Life) -> float:
    """How far a count over an alert's whole life is from what was expected, in nats.

    The logarithm of how much likelier it is at its own rate than at the expected one, were
    counts Poisson: S ln(S/E) - (S - E). Unlike the detector's evidence it means the same
    whatever the configuration, and grows with the size. Fewer than expected, as it may be over a
    life that went on when the burst was over, are beyond chance in alerts on data only.
    """
    seen, due = max(life.observed, 0.0), max(life.expected, 1e-6)
    if seen < due and life.level != "source":
        return 0.0
    return (seen * math.log(seen / due) if seen > 0.0 else 0.0) - (seen - due)


def _by_key(lives: Sequence[Life]) -> dict[_Key, list[Life]]:
    out: dict[_Key, list[Life]] = defaultdict(list)
    for life in sorted(lives, key=lambda life: (life.opened_s, life.first_s, life.alert_id)):
        out[life.group, life.level, life.entity, events_signal(life.signal), life.kind].append(life)
    return out


def _matched(a: Sequence[Life], b: Sequence[Life], until_s: float) -> Iterator[Pair]:
    candidates = [
        (x.alert_id != y.alert_id, -_common(_alarmed(x), _alarmed(y)), -common, i, j)
        for i, x in enumerate(a)
        for j, y in enumerate(b)
        if (common := _common(_whole(x), _whole(y))) > 0.0
    ]
    left_a, left_b = dict(enumerate(a)), dict(enumerate(b))
    for *_, i, j in sorted(candidates):
        if i in left_a and j in left_b:
            yield Pair(left_a.pop(i), left_b.pop(j), until_s)
    yield from (Pair(life, None, until_s) for life in left_a.values())
    yield from (Pair(None, life, until_s) for life in left_b.values())


def _alarmed(life: Life) -> tuple[float, float]:
    return life.first_s, life.last_s


def _whole(life: Life) -> tuple[float, float]:
    return min(life.onset_s, life.first_s), life.last_s


def _common(one: tuple[float, float], other: tuple[float, float]) -> float:
    return min(one[1], other[1]) - max(one[0], other[0])


def _at(pair: Pair) -> tuple[float, str, str, str, str, str]:
    one = pair.one
    return one.opened_s, one.level, one.entity, one.signal, one.alert_id, pair.side
