"""What a source counted beside what is judged, and the warning of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

MOST_LATE = 0.01
"""A larger share of late events is a warning: the files are out of order."""

WORST = 5
"""Senders that a summary names."""


@dataclass(slots=True)
class SourceStrays:
    """What a source counted beside what is judged.

    Attributes
    ----------
    events
        How many events came; 0 where nobody knows.
    late, duplicates
        Events whose bucket had closed, and events whose id had been seen in their bucket.
    ahead
        Events more than a bucket ahead of their partition, and not only of a pause in it.
    late_senders, ahead_senders
        The senders that had most of them.
    lost
        By field, how many values events had to do without, since they were impossible.
    lost_because
        A sentence for each of these fields.
    """

    events: int = 0
    late: int = 0
    duplicates: int = 0
    ahead: int = 0
    late_senders: dict[str, int] = field(default_factory=dict)
    ahead_senders: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    lost_because: list[str] = field(default_factory=list)


def stray_warnings(sources: Mapping[str, SourceStrays]) -> Iterator[tuple[bool, str]]:
    """Yield sentences for each source of which events were late, ahead, or without a field.

    Before each stands whether it is a warning; a few late events are none.
    """
    for name, found in sources.items():
        yield from ((True, f"{name}: {sentence}") for sentence in found.lost_because)
        if found.late:
            warns = found.late > MOST_LATE * found.events
            of_all = f" of {found.events:,}" if found.events else ""
            text = (
                f"{name}: {found.late:,}{of_all} events came after their bucket had"
                f" closed, and are not judged{_most_of(found.late_senders)}; --sort puts files into"
                f" the order of their times, and a larger sources.{name}.lateness waits"
            )
            yield warns, text
        elif found.ahead:
            text = (
                f"{name}: {found.ahead:,} events are more than a bucket ahead of the others"
                f"{_most_of(found.ahead_senders)}; see to the clocks, or the time zone, of these"
                " senders"
            )
            yield True, text


def named(senders: Mapping[str, int]) -> str:
    """Return senders and their numbers in one line.

    Examples
    --------
    >>> named({"1069": 12_000, "b": 2})
    '1069: 12,000, b: 2'
    """
    return ", ".join(f"{name}: {number:,}" for name, number in senders.items())


def _most_of(senders: Mapping[str, int]) -> str:
    return f" (most of {named(senders)})" if senders else ""


def most_of_all(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the senders with most, over several counts of theirs; the worst first.

    Examples
    --------
    >>> most_of_all([{"b": 1, "a": 2}, {"b": 2}])
    {'b': 3, 'a': 2}
    """
    counts = Counter[str]()
    for part in parts:
        counts.update(part)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:WORST])
