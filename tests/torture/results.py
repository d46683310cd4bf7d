"""What a run gives, and how two runs differ."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.items import Counts

TotalKey = tuple[str, int, int, str, str]
"""Source, lane, bucket, level, id."""

WHOLE = -1
"""The index of a reject that is a record's only item."""

SHOWN = 5
"""Differences of a kind that are named; the rest are only counted."""


@dataclass
class Results:
    """What can be compared of a run.

    Attributes
    ----------
    alerts
        Revisions from 1 on by shard, in order of publication, repeats left out.
    totals, tallies
        The largest total of each lane, bucket and entity; likewise what became of records.
    rejects
        Places of what was rejected: topic, partition, offset, the reason, and the index.
    problems
        What is wrong with the run by itself: two versions of one revision, a number out
        of order.
    """

    alerts: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    totals: dict[TotalKey, int] = field(default_factory=dict)
    tallies: dict[tuple[str, int, int], tuple[int, ...]] = field(default_factory=dict)
    rejects: set[tuple[Any, ...]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def alert_count(self) -> int:
        """Revisions over all shards."""
        return sum(len(lines) for lines in self.alerts.values())

    def add_counts(self, counts: Counts) -> None:
        """Merge a record of the topic counts."""
        for total in counts.totals:
            key = (counts.source, counts.lane, total.bucket, total.level, total.id)
            self.totals[key] = max(total.count, self.totals.get(key, 0))
        for tally in counts.tallies:
            place = (counts.source, counts.lane, tally.bucket)
            figures = (tally.events, tally.late, tally.duplicates, tally.rejects)
            self.tallies[place] = max(figures, self.tallies.get(place, figures))

    def add_alerts(self, shard: int, lines: Iterable[bytes]) -> None:
        """Take a partition of alerts as it stands: repeats and early ones are left out."""
        seen: dict[str, bytes] = {}
        last: dict[str, int] = {}
        for line in lines:
            event = json.loads(line)
            data = event["data"]
            if data["revision"] == 0:
                continue
            if (before := seen.get(event["id"])) is not None:
                if before != line:
                    self.problems.append(f"two versions of revision {event['id']}")
                continue
            seen[event["id"]] = line
            expected = last.get(data["group"], 0) + 1
            if data["feed_no"] != expected:
                self.problems.append(
                    f"shard {shard}: feed number {data['feed_no']} where {expected} was next"
                )
            last[data["group"]] = data["feed_no"]
            self.alerts[shard].append(line)


def differences(undisturbed: Results, found: Results) -> list[str]:
    """Say what differs, a line each; none where the two are the same.

    Examples
    --------
    >>> one, other = Results(), Results()
    >>> one.totals["sends", 0, 60, "all", "all"] = 5
    >>> differences(one, other)
    ["total of ('sends', 0, 60, 'all', 'all'): 5 undisturbed, None found"]
    """
    out = [*undisturbed.problems, *found.problems]
    for what, left, right in (
        ("total", undisturbed.totals, found.totals),
        ("tally", undisturbed.tallies, found.tallies),
    ):
        out += _unequal(what, left, right)
    missing, surplus = undisturbed.rejects - found.rejects, found.rejects - undisturbed.rejects
    out += [f"reject {place} is missing" for place in sorted(missing)]
    out += [f"reject {place} is too many" for place in sorted(surplus)]
    for shard in sorted({*undisturbed.alerts, *found.alerts}):
        out += _unlike(shard, undisturbed.alerts.get(shard, []), found.alerts.get(shard, []))
    return out


def _unequal(what: str, left: Mapping[Any, Any], right: Mapping[Any, Any]) -> list[str]:
    return [
        f"{what} of {key}: {left.get(key)} undisturbed, {right.get(key)} found"
        for key in sorted({*left, *right})
        if left.get(key) != right.get(key)
    ]


def _unlike(shard: int, left: list[bytes], right: list[bytes]) -> list[str]:
    """Groups close independently: the order is that within a group."""
    return _unequal("alert", _numbered(shard, left), _numbered(shard, right))


def _numbered(shard: int, lines: list[bytes]) -> dict[tuple[int, str, int], bytes]:
    out = {}
    for line in lines:
        data = json.loads(line)["data"]
        out[shard, data["group"], data["feed_no"]] = line
    return out


def shown(lines: list[str]) -> list[str]:
    """The first few of them, and how many there are."""
    if len(lines) <= SHOWN:
        return lines
    return [*lines[:SHOWN], f"... and {len(lines) - SHOWN} more"]
