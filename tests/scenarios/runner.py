"""Runs a scenario through a shard, and compares its alerts with those that are promised."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.alerts.cloudevent import Alert
from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.counts.wire import families
from streams.detection.shard import Shard
from streams.items import Counts, Level, Total
from streams.registry.control import RegistryRows
from tests.scenarios.events import records_of_events
from tests.scenarios.scenario import (
    AlertTable,
    Cell,
    CountsTable,
    Scenario,
    cells,
    parents,
    rows,
)

START_S = 1_772_409_600.0
"""Bucket 0: the day, hour or minute that holds it; a Monday in March 2026."""


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
    severity: str = ""
    bases: list[dict[str, Any]] = field(default_factory=list)

    @property
    def begun(self) -> int:
        """Bucket of its first revision."""
        bounds = (self.early, self.opened, self.resolved)
        return min(number for number in bounds if number is not None)

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
        elif self.resolved is not None:
            parts.append(f"said once in {self.resolved},")
        if self.reason is not None:
            parts.append(f"({self.reason})")
        if self.bases:
            parts.append(f"{self.severity}, {self.bases[-1]}")
        return " ".join(parts).rstrip(",")


def lives(scenario: Scenario) -> list[Life]:
    """Run a scenario through a shard; return its alerts in the order of their first revisions."""
    config = parse_config({"timezone": "UTC", **scenario.config})
    if bool(scenario.counts) == bool(scenario.events):
        raise ValueError("a scenario must have either counts or events")
    drawn = list(rows(scenario))
    entities = dict(_entities(scenario, drawn))
    drawn_events = [(table, cells(table.buckets, f"{table}")) for table in scenario.events]
    names = {source for source, _, _ in entities} | {table.source for table in scenario.events}
    groups = {config.sources[name].group for name in names}
    if len(groups) != 1:
        raise ValueError(f"a scenario must have one group; got {sorted(groups)}")
    sources = config.groups[groups.pop()]
    buckets = Buckets(sources[0].bucket_s, sources[0].timezone)
    length = max(map(len, [*entities.values(), *(row for _, row in drawn_events)]))
    starts = [buckets.start(START_S)]
    for _ in range(length):
        starts.append(buckets.end(starts[-1]))
    shard = Shard(0, config)
    found: dict[str, Life] = {}
    belongs = {name.removeprefix("sender/"): parents(table) for table, name, _ in drawn}
    stream: Iterable[tuple[Counts | RegistryRows, float | None]]
    if scenario.events:
        stream = records_of_events(scenario, drawn_events, sources, starts, config.count.levels)
    else:
        stream = _records(entities, belongs, [source.name for source in sources], starts, config)
    for offset, (record, written_s) in enumerate(stream):
        if isinstance(record, RegistryRows):
            shard.control(offset, record)
            continue
        for published in shard.take(offset, record, written_s):
            number = _number(published.alert, buckets, starts, record)
            _note(found, published.alert, number)
    return [life for life in found.values() if life.begun >= scenario.after]


def compare(expected: Iterable[AlertTable], found: list[Life]) -> list[str]:
    """Return a line for each difference; none where the alerts are as promised."""
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
                by_total = {
                    (total.bucket, total.id): belongs.get(total.id, set()) for total in totals
                }
                record = Counts(
                    source=name,
                    lane=0,
                    lanes=1,
                    bucket_s=size,
                    totals=totals,
                    families=families(totals, by_total),
                    watermark=None if early else float(end),
                )
                yield (
                    record,
                    (start + end) / 2 if early else end + 10.0,
                )


def _entities(
    scenario: Scenario, drawn: list[tuple[CountsTable, str, list[Cell]]]
) -> Iterator[tuple[tuple[str, Level, str], list[Cell]]]:
    sums: dict[tuple[str, Level, str], list[Cell]] = {}
    levels = scenario.config.get("count", {}).get("levels", ["sender"])
    for table, name, row in drawn:
        level, _, entity = name.partition("/")
        if name != "nobody":
            yield (table.source, level, entity), row
        if level not in ("sender", "nobody"):
            continue
        wider = [("all", "all"), *parents(table)]
        for summed_level, summed_name in wider:
            if summed_level in levels:
                summed = sums.setdefault((table.source, summed_level, summed_name), [])
                summed += [Cell(0, False)] * (len(row) - len(summed))
                for at, cell in enumerate(row):
                    summed[at] = Cell(summed[at].count + cell.count, False)
    yield from sums.items()


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
    life.severity = alert.severity
    if alert.basis is not None:
        life.bases.append(msgspec.to_builtins(alert.basis))
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
        and table.severity in (None, life.severity)
        and (not table.basis or any(_holds(table.basis, basis) for basis in life.bases))
        and _within(table.early, life.early)
        and _within(table.opens, life.opened)
        and _within(table.resolves, life.resolved)
        and (life.withdrawn is not None) == (table.opens is None and table.resolves is None)
    )


def _holds(promised: dict[str, Any], basis: dict[str, Any]) -> bool:
    return all(name in basis and basis[name] == value for name, value in promised.items())


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
        parts.append("withdrawn" if table.resolves is None else f"said once in {table.resolves}")
    else:
        by = "" if table.detector is None else f" by {table.detector}"
        parts.append(f"opens in {table.opens}{by},")
        parts.append("stays open" if table.resolves is None else f"resolves in {table.resolves}")
    if table.reason is not None:
        parts.append(f"({table.reason})")
    if table.basis or table.severity:
        parts.append(f"{table.severity}, {table.basis}")
    return " ".join(parts)


def _named(alert: AlertTable | Life) -> str:
    kind = "" if alert.kind is None else f" {alert.kind}"
    parent = "" if alert.parent is None else f" of {alert.parent}"
    return f"{alert.entity} {alert.signal}{kind}{parent}:"
