"""The files of scenarios: counts over time go in, alerts over time come out.

A scenario is a TOML file::

    about = "What users are promised."
    after = 60                     # optional: alerts that begin before this bucket are ignored
    [config]                       # as in weathervane.toml; UTC where it names no zone
    [[counts]]
    entity = "sender/a"            # or signature/..., platform/..., all/all; "nobody": no sender
    platform = "Mall"              # optional: the sender's; so are signature and category
    source = "sends"               # the default
    entities = 40                  # optional: number of entities, a-1, a-2, ...
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
    basis = { have = 5, met = true } # of one of its revisions; others of its fields are as they are
    severity = "critical"          # at its end; left out: any

What lanes count beside totals (who complained, what was used, which consent) comes of events. A
scenario has counts or events::

    [[events]]
    sender = "1069001"             # left out: no sender
    signature = "Mall {1..4}"      # Mall 1, Mall 2, ..., one event after the other; so are
                                   # access_code, account, merchant, platform, category, region,
                                   # kind, consent, campaign, reporter, recipient
    source = "complaints"          # "sends" is the default
    count = 1000                   # of each event; 1 is the default
    of_bucket = 3                  # optional: they are of this bucket, and come late
    buckets = "5x48"               # as of counts: so many events
    [[registry]]
    from_bucket = 6                # the row holds from this bucket on; 0 is the default
    entry = { kind = "code", id = "1069001", categories = ["retail"] }
    removed = "code/1069001"       # in place of an entry: there is none any more

A count is a number, or ``~`` and a mean (drawn from Poisson's distribution, the same on
every run), or a number with ``!``: that total is also written before its bucket is over.
``3*~5`` is drawn around 5 and counts three times.
``~5x5/~1x2`` repeated is written ``(~5x5 ~1x2)x8``. All alerts must be listed: what is not
expected is an error. An alert that is only early and then withdrawn has ``early`` alone.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from streams.items import Level
from streams.registry.entry import Entry

_REPEAT = re.compile(r"\(([^()]*)\)x(\d+)")
_RUN = re.compile(r"(?:(\d+)\*)?(~)?(\d+(?:\.\d+)?)(!)?(?:x(\d+))?")


class CountsTable(msgspec.Struct, forbid_unknown_fields=True):
    """A ``[[counts]]`` table."""

    entity: str
    buckets: str
    source: str = "sends"
    entities: int | None = None
    signature: str | None = None
    platform: str | None = None
    category: str | None = None


class EventsTable(msgspec.Struct, forbid_unknown_fields=True):
    """An ``[[events]]`` table."""

    buckets: str
    source: str = "sends"
    sender: str | None = None
    access_code: str | None = None
    signature: str | None = None
    account: str | None = None
    merchant: str | None = None
    platform: str | None = None
    category: str | None = None
    region: str | None = None
    kind: str = "marketing"
    consent: str | None = None
    campaign: str | None = None
    reporter: str | None = None
    recipient: str | None = None
    of_bucket: int | None = None
    count: int = 1


class RegistryTable(msgspec.Struct, forbid_unknown_fields=True):
    """A ``[[registry]]`` table."""

    from_bucket: int = 0
    entry: Entry | None = None
    removed: str | None = None


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
    basis: dict[str, Any] = {}
    severity: str | None = None


class Scenario(msgspec.Struct, forbid_unknown_fields=True):
    """A scenario file."""

    about: str
    counts: list[CountsTable] = []
    events: list[EventsTable] = []
    registry: list[RegistryTable] = []
    config: dict[str, Any] = {}
    alerts: list[AlertTable] = []
    after: int = 0


@dataclass(frozen=True)
class Cell:
    """What one entity counts in one bucket."""

    count: int
    early: bool


def load(path: Path) -> Scenario:
    """Read a scenario file; unknown keys are refused."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Scenario)


def cells(notation: str, seed: str) -> list[Cell]:
    """Counts of an entity, bucket by bucket.

    Examples
    --------
    >>> [cell.count for cell in cells("(5x2 0)x2 40! 2*3x2", "")]
    [5, 5, 0, 5, 5, 0, 40, 6, 6]
    """
    while _REPEAT.search(notation):
        notation = _REPEAT.sub(lambda m: " ".join([m[1]] * int(m[2])), notation)
    chance = random.Random(seed)  # the same on every machine
    out: list[Cell] = []
    for word in notation.split():
        run = _RUN.fullmatch(word)
        if run is None:
            raise ValueError(f"buckets must be words such as 5x48, ~5x48 or 40!; got {word!r}")
        posted, drawn, number, early, times = run.groups()
        for _ in range(int(times or 1)):
            count = _poisson(float(number), chance) if drawn else int(number)
            out.append(Cell(int(posted or 1) * count, early is not None))
    return out


def rows(scenario: Scenario) -> Iterator[tuple[CountsTable, str, list[Cell]]]:
    """Each entity's row, and its table."""
    for table in scenario.counts:
        numbers = range(1, table.entities + 1) if table.entities else [0]
        for number in numbers:
            entity = f"{table.entity}-{number}" if number else table.entity
            yield table, entity, cells(table.buckets, f"{table.source}/{entity}")


def parents(table: CountsTable) -> set[tuple[Level, str]]:
    names: list[tuple[Level, str | None]] = [
        ("signature", table.signature),
        ("platform", table.platform),
        ("category", table.category),
    ]
    return {(level, name) for level, name in names if name is not None}


def _poisson(mean: float, chance: random.Random) -> int:
    """Count the arrivals of a unit of time, one exponential wait after another."""
    count, at = 0, chance.expovariate(mean) if mean else 1.0
    while at < 1.0:
        count += 1
        at += chance.expovariate(mean)
    return count
