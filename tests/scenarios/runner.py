"""Scenarios: counts over time go in, alerts over time come out. The file says both.

A scenario is a TOML file::

    about = "What users are promised."
    after = 60                     # optional: alerts that begin before this bucket are no matter
    [config]                       # as in weathervane.toml; UTC where it names no zone
    [[counts]]
    entity = "sender/a"            # or signature/..., platform/..., all/all; "nobody": no sender
    platform = "Mall"              # optional: the sender's; so are signature and category
    source = "sends"               # the default
    many = 40                      # optional: so many entities, a-1, a-2, ...
    buckets = "5x48 40x3 ~5x20"    # 48 buckets of 5, 3 of 40, 20 drawn around 5
    [[alerts]]
    entity = "sender/a"
    signal = "sends"               # the default; "source" for entity = "source/sends"
    kind = "gap"                   # of an alert on a source
    detector = "trees"             # which opened it; left out: any
    parent = "platform/Mall"       # entity of the alert that it is part of; left out: none
    opens = "48..49"               # the bucket that opens it lies in this range
    resolves = "52..60"            # left out: it is still open at the end
    reason = "level_shift"         # of the resolution; left out: none
    early = "48"                   # an early alert was raised in this bucket

A count is a number, or ``~`` and a mean (drawn from Poisson's distribution, the same on
every run), or a number with ``!``: that total is also written before its bucket is over.
``~5x5/~1x2`` repeated is written ``(~5x5 ~1x2)x8``. All alerts must be listed: what is not
expected is an error. An alert that is only early and then withdrawn has ``early`` alone.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from streams.alerts.cloudevent import Alert
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.counts.wire import families
from streams.detection.shard import Shard
from streams.items import Counts, Level, Total

START_S = 1_772_409_600.0
"""Bucket 0: the day, hour or minute that holds it; a Monday in March 2026."""

_REPEAT = re.compile(r"\(([^()]*)\)x(\d+)")
_RUN = re.compile(r"(~)?(\d+(?:\.\d+)?)(!)?(?:x(\d+))?")


class CountsTable(msgspec.Struct, forbid_unknown_fields=True):
    """A ``[[counts]]`` table."""

    entity: str
    buckets: str
    source: str = "sends"
    many: int | None = None
    signature: str | None = None
    platform: str | None = None
    category: str | None = None


class AlertTable(msgspec.Struct, forbid_unknown_fields=True):
    """An ``[[alerts]]`` table."""

    entity: str
    signal: str = "sends"
    opens: str | None = None
    resolves: str | None = None
    reason: str | None = None
    early: str | None = None
    kind: str | None = None
    detector: str | None = None
    parent: str | None = None


class Scenario(msgspec.Struct, forbid_unknown_fields=True):
    """A scenario file."""

    about: str
    counts: list[CountsTable]
    config: dict[str, Any] = {}
    alerts: list[AlertTable] = []
    after: int = 0


@dataclass(frozen=True)
class Cell:
    """What one entity counts in one bucket."""

    count: int
    early: bool


@dataclass
class Life:
    """An alert as it came out; times are bucket numbers."""

    entity: str
    signal: str
    early: int | None = None
    withdrawn: int | None = None
    opened: int | None = None
    resolved: int | None = None
    reason: str | None = None
    observed: float = 0.0
    expected: float = 0.0
    detector: str = ""
    kind: str | None = None
    parent: str | None = None

    @property
    def begun(self) -> int:
        """Bucket of the first that was heard of it."""
        return min(number for number in (self.early, self.opened) if number is not None)

    def __str__(self) -> str:
        parts = [_named(self)]
        if self.early is not None:
            parts.append(f"early in {self.early},")
        if self.withdrawn is not None:
            parts.append("withdrawn,")
        if self.opened is not None:
            by = f" by {self.detector}" if self.detector else ""
            counts = f"({self.observed:g} of {self.expected:.3g})"
            parts.append(f"opens in {self.opened}{by} {counts},")
            end = "stays open" if self.resolved is None else f"resolves in {self.resolved}"
            parts.append(end)
        if self.reason is not None:
            parts.append(f"({self.reason})")
        return " ".join(parts).rstrip(",")


def load(path: Path) -> Scenario:
    """Read a scenario file; unknown keys are refused."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Scenario)


def cells(notation: str, seed: str) -> list[Cell]:
    """Counts of an entity, bucket by bucket.

    Examples
    --------
    >>> [cell.count for cell in cells("(5x2 0)x2 40!", "")]
    [5, 5, 0, 5, 5, 0, 40]
    """
    while _REPEAT.search(notation):
        notation = _REPEAT.sub(lambda m: " ".join([m[1]] * int(m[2])), notation)
    chance = random.Random(seed)  # the same on every machine
    out: list[Cell] = []
    for word in notation.split():
        run = _RUN.fullmatch(word)
        if run is None:
            raise ValueError(f"buckets must be words such as 5x48, ~5x48 or 40!; got {word!r}")
        drawn, number, early, times = run.groups()
        for _ in range(int(times or 1)):
            count = _poisson(float(number), chance) if drawn else int(number)
            out.append(Cell(count, early is not None))
    return out


def lives(scenario: Scenario) -> list[Life]:
    """Run a scenario through a shard; what came out, in order of first appearance."""
    config = parse_config({"timezone": "UTC", **scenario.config})
    entities = dict(_entities(scenario))
    names = {source for source, _, _ in entities}
    groups = {config.sources[name].group for name in names}
    if len(groups) != 1:
        raise ValueError(f"a scenario must have one group; got {sorted(groups)}")
    sources = config.groups[groups.pop()]
    buckets = Buckets(sources[0].bucket_s, sources[0].timezone)
    length = max(len(row) for row in entities.values())
    starts = [buckets.start(START_S)]
    for _ in range(length):
        starts.append(buckets.end(starts[-1]))
    shard = Shard(0, config)
    found: dict[str, Life] = {}
    belongs = {name.removeprefix("sender/"): _belongs(table) for table, name, _ in _rows(scenario)}
    stream = _records(entities, belongs, [source.name for source in sources], starts, config)
    for offset, (record, written_s) in enumerate(stream):
        for published in shard.take(offset, record, written_s):
            number = _number(published.alert, buckets, starts, record)
            _note(found, published.alert, number)
    return [life for life in found.values() if life.begun >= scenario.after]


def compare(expected: Iterable[AlertTable], found: list[Life]) -> list[str]:
    """Lines of what differs; none where all is as promised."""
    left, lines = list(found), []
    for table in expected:
        hit = next((life for life in left if _fits(table, life)), None)
        if hit is None:
            lines.append(f"- expected {_say(table)}")
        else:
            left.remove(hit)
    return lines + [f"+ found    {life}" for life in left]


def _records(
    entities: dict[tuple[str, Level, str], list[Cell]],
    belongs: dict[str, set[tuple[Level, str]]],
    sources: list[str],
    starts: list[int],
    config: Config,
) -> Iterator[tuple[Counts, float | None]]:
    """What the counter would write: early totals, then each source's totals and watermark."""
    size = config.sources[sources[0]].bucket_s
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        for early in (True, False):
            for name in sources:
                totals = [
                    Total(start, level, entity, row[number].count)
                    for (source, level, entity), row in entities.items()
                    if source == name and number < len(row)
                    if row[number].count and (row[number].early or not early)
                ]
                if early and not totals:
                    continue
                parents = {
                    (total.bucket, total.id): belongs.get(total.id, set()) for total in totals
                }
                record = Counts(
                    source=name,
                    lane=0,
                    lanes=1,
                    bucket_s=size,
                    totals=totals,
                    families=families(totals, parents),
                    watermark=None if early else float(end),
                )
                yield (
                    record,
                    (start + end) / 2 if early else end + 10.0,
                )


def _entities(scenario: Scenario) -> Iterator[tuple[tuple[str, Level, str], list[Cell]]]:
    sums: dict[tuple[str, Level, str], list[Cell]] = {}
    levels = scenario.config.get("count", {}).get("levels", ["sender"])
    for table, name, row in _rows(scenario):
        level, _, entity = name.partition("/")
        if name != "nobody":
            yield (table.source, level, entity), row
        if level not in ("sender", "nobody"):
            continue
        wider = [("all", "all"), *_belongs(table)]
        for of_level, of_name in wider:
            if of_level in levels:
                of = sums.setdefault((table.source, of_level, of_name), [])
                of += [Cell(0, False)] * (len(row) - len(of))
                for at, cell in enumerate(row):
                    of[at] = Cell(of[at].count + cell.count, False)
    yield from sums.items()


def _rows(scenario: Scenario) -> Iterator[tuple[CountsTable, str, list[Cell]]]:
    """Each entity's row, and its table."""
    for table in scenario.counts:
        many = range(1, table.many + 1) if table.many else [0]
        for number in many:
            entity = f"{table.entity}-{number}" if number else table.entity
            yield table, entity, cells(table.buckets, f"{table.source}/{entity}")


def _belongs(table: CountsTable) -> set[tuple[Level, str]]:
    names: list[tuple[Level, str | None]] = [
        ("signature", table.signature),
        ("platform", table.platform),
        ("category", table.category),
    ]
    return {(level, name) for level, name in names if name is not None}


def _number(alert: Alert, buckets: Buckets, starts: list[int], record: Counts) -> int:
    """Number of the bucket that caused a revision."""
    if alert.revision == 0:
        labels = [buckets.label(start) for start in starts]
        return labels.index(alert.first_bucket)
    assert record.watermark is not None
    return starts.index(int(record.watermark)) - 1


def _note(found: dict[str, Life], alert: Alert, number: int) -> None:
    entity = f"{alert.entity.level}/{alert.entity.id}"
    life = found.setdefault(alert.alert_id, Life(entity, alert.signal, kind=alert.kind))
    if alert.parent is not None:
        life.parent = found[alert.parent].entity
    match alert.event:
        case "early":
            life.early = number
        case "retracted":
            life.withdrawn = number
        case "opened":
            life.opened = number
            life.observed, life.expected = alert.observed, alert.expected
            life.detector = alert.detector
        case "resolved":
            life.resolved, life.reason = number, alert.reason


def _fits(table: AlertTable, life: Life) -> bool:
    return (
        (table.entity, table.signal, table.reason) == (life.entity, life.signal, life.reason)
        and (table.kind, table.parent) == (life.kind, life.parent)
        and table.detector in (None, life.detector)
        and _within(table.early, life.early)
        and _within(table.opens, life.opened)
        and _within(table.resolves, life.resolved)
        and (life.withdrawn is not None) == (table.opens is None)
    )


def _within(promised: str | None, number: int | None) -> bool:
    if promised is None or number is None:
        return promised is None and number is None
    low, _, high = promised.partition("..")
    return int(low) <= number <= int(high or low)


def _say(table: AlertTable) -> str:
    parts = [_named(table)]
    if table.early is not None:
        parts.append(f"early in {table.early},")
    if table.opens is None:
        parts.append("withdrawn")
    else:
        by = "" if table.detector is None else f" by {table.detector}"
        parts.append(f"opens in {table.opens}{by},")
        parts.append("stays open" if table.resolves is None else f"resolves in {table.resolves}")
    if table.reason is not None:
        parts.append(f"({table.reason})")
    return " ".join(parts)


def _named(of: AlertTable | Life) -> str:
    kind = "" if of.kind is None else f" {of.kind}"
    parent = "" if of.parent is None else f" of {of.parent}"
    return f"{of.entity} {of.signal}{kind}{parent}:"


def _poisson(mean: float, chance: random.Random) -> int:
    """Count the arrivals of a unit of time, one exponential wait after another."""
    count, at = 0, chance.expovariate(mean) if mean else 1.0
    while at < 1.0:
        count += 1
        at += chance.expovariate(mean)
    return count
